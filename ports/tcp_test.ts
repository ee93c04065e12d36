import assert from "node:assert/strict";
import { LinkClosedError, PortSession } from "../protocols/link/mod.ts";
import { PortError } from "./port_error.ts";
import { connectTcp, formatTcpAddress, listenTcp, parseTcpAddress, type TcpAddress } from "./tcp.ts";

const ADDRESSES: readonly [string, TcpAddress][] = [
  ["tcp:127.0.0.1:7000", { hostname: "127.0.0.1", port: 7000 }],
  ["tcp:localhost:0", { hostname: "localhost", port: 0 }],
  ["tcp:[::1]:65535", { hostname: "::1", port: 65535 }],
];

Deno.test("parseTcpAddress() and formatTcpAddress() are inverse", () => {
  for (const [text, address] of ADDRESSES) {
    assert.deepEqual(parseTcpAddress(text), address);
    assert.equal(formatTcpAddress(address), text);
  }
});

for (const bad of ["", "tcp:", "tcp:host", "tcp:host:", "tcp:host:x", "tcp:host:65536", "tcp:::1:7000", "udp:host:1"]) {
  Deno.test(`parseTcpAddress() refuses "${bad}"`, () => {
    assert.throws(() => parseTcpAddress(bad), (error) => error instanceof PortError && error.code === "port-syntax");
  });
}

Deno.test("connectTcp() and listenTcp() carry a conversation, and the end of one side closes the other", async () => {
  using listener = listenTcp({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const port of listener) {
      await using target = new PortSession(port);
      await target.run(function* (link) {
        const command = yield* link.read(2, "command", 5000);
        link.send(command.reverse());
        yield* link.flush();
      });
      break;
    }
  })();
  await using host = new PortSession(await connectTcp(listener.address));
  const answer = await host.run(function* (link) {
    link.send(Uint8Array.of(0x31, 0xce));
    return yield* link.read(2, "answer", 5000);
  });
  assert.deepEqual(answer, Uint8Array.of(0xce, 0x31));
  await serving;
  await assert.rejects(host.run((link) => link.readByte("more", Infinity)), LinkClosedError);
});

Deno.test("connectTcp() says that nobody listens", async () => {
  const gone = listenTcp({ hostname: "127.0.0.1", port: 0 });
  gone[Symbol.dispose]();
  await assert.rejects(
    connectTcp(gone.address),
    (error) => error instanceof PortError && error.code === "port-unreachable",
  );
});

Deno.test("listenTcp() says that the port is taken", () => {
  using first = listenTcp({ hostname: "127.0.0.1", port: 0 });
  assert.throws(
    () => listenTcp(first.address),
    (error) => error instanceof PortError && error.code === "port-unavailable",
  );
});
