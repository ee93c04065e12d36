import assert from "node:assert/strict";
import { type ByteLink, PortSession, type Procedure } from "../../protocols/link/mod.ts";
import { formatTcpAddress, listenTcp, type TcpListener } from "../tcp.ts";
import { parsePortSpec } from "../port_spec.ts";
import { parseBootEntry } from "./boot_entry.ts";
import { DeviceSession } from "./device_session.ts";

Deno.test("DeviceSession over TCP leaves out what TCP has not, talks, and connects anew", async () => {
  using listener = listenTcp({ hostname: "127.0.0.1", port: 0 });
  const serving = serve(listener, [
    function* (link) {
      yield* link.read(2, "command", 20_000);
      link.send(new TextEncoder().encode("... OK"));
      yield* link.flush();
    },
    function* (link) {
      link.send(Uint8Array.of(0x79));
      yield* link.flush();
    },
  ]);
  await using host = await DeviceSession.open(parsePortSpec(formatTcpAddress(listener.address)));
  const entry = parseBootEntry('dtr-on,baud-9600,mode-8n1,send-"go",expect-"OK"-within-20000,reopen:dtr-off');
  const before = host.session;
  await host.enter(entry);
  await host.leave(entry);
  assert.notEqual(host.session, before);
  assert.deepEqual(host.notices.map(({ code }) => code), ["no-signals", "no-baud-rate", "no-framing"]);
  assert.equal(await host.session.run((link) => link.readByte("ACK", 20_000)), 0x79);
  await serving;
});

Deno.test("DeviceSession says which answer did not come, and ends when it is told so", async () => {
  using listener = listenTcp({ hostname: "127.0.0.1", port: 0 });
  const controller = new AbortController();
  const serving = serve(listener, [
    function* (link) {
      link.send(new TextEncoder().encode("xO.K"));
      while (!link.isClosed) yield* link.sleep(1);
    },
  ]);
  const name = formatTcpAddress(listener.address);
  await using host = await DeviceSession.open(parsePortSpec(name), { signal: controller.signal });
  await assert.rejects(host.enter(parseBootEntry('expect-"x"-within-20000,expect-"OK"-within-20')), {
    code: "boot-entry-silent",
    message: `Cannot enter the loader: no answer "OK" on ${name} within 20 ms, but "O.K"`,
  });
  const entering = assert.rejects(host.enter(parseBootEntry("send-00,wait-60000")), /no more/);
  controller.abort(new Error("no more"));
  await entering;
  await host.close();
  await serving;
});

/** Runs one procedure for each connection, one after another, and keeps the last one's open until the other end closes. */
async function serve(
  listener: TcpListener,
  procedures: readonly ((link: ByteLink) => Procedure<void>)[],
): Promise<void> {
  const left = [...procedures];
  for await (const port of listener) {
    await using target = new PortSession(port);
    await target.run(left.shift()!);
    if (left.length === 0) return;
  }
}
