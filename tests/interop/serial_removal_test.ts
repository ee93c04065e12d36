import assert from "node:assert/strict";
import {
  DeviceSession,
  openSerial,
  parseBootEntry,
  parsePortSpec,
  PortError,
  type SerialPort,
  waitForPort,
} from "../../ports/mod.ts";
import { SYSTEM_CLOCK } from "../../ports/clock.ts";
import { openBindingPort } from "../../ports/serial/binding_port.ts";
import { LinkClosedError, PortSession } from "../../protocols/link/mod.ts";
import { peerTest } from "../peers.ts";
import { bindingProblem, withPtyPair } from "./serial_pty.ts";

/** Both ways to open a port: Linux's own, and that of macOS, which works on Linux too. */
const WAYS: Readonly<Record<string, (path: string) => Promise<SerialPort>>> = {
  "openSerial()": openSerial,
  "openBindingPort()": (path) => openBindingPort(path, {}, SYSTEM_CLOCK),
};

for (const [name, open] of Object.entries(WAYS)) {
  const options = { ignore: open !== openSerial && bindingProblem !== undefined };
  peerTest(
    "socat",
    `${name}: a device that goes away while a procedure waits ends it, and the port is closed`,
    () =>
      withPtyPair(async ({ near, unplug }) => {
        const session = new PortSession(await open(near));
        const running = session.run((link) => link.readByte("a byte that never comes", Infinity));
        const ended = assert.rejects(running, (error) => {
          assert(error instanceof LinkClosedError && error.cause instanceof PortError);
          assert.equal(error.cause.code, "port-vanished");
          assert.equal(error.cause.message, `Cannot go on with ${near}: the device is gone`);
          return true;
        });
        await unplug();
        await ended;
        await session.close();
      }),
    options,
  );

  peerTest(
    "socat",
    `${name}: a device that goes away fails the next write and the next drain`,
    () =>
      withPtyPair(async ({ near, unplug }) => {
        const port = await open(near);
        await unplug();
        await assert.rejects(port.writable.getWriter().write(Uint8Array.of(1)), { code: "port-vanished" });
        await assert.rejects(port.drain(), { code: "port-vanished" });
        await assert.rejects(port.setBaudRate(9600), { code: "port-vanished" });
        await assert.rejects(port.setFraming!({}), { code: "port-vanished" });
        await port.close();
      }),
    options,
  );

  peerTest(
    "socat",
    `${name}: a write that waits for a device which takes nothing ends when the port is closed`,
    () =>
      withPtyPair(async ({ near, far }) => {
        const port = await open(near);
        // Held open and never read: socat stops taking bytes when this end is full.
        const silent = await open(far);
        const stuck = assert.rejects(port.writable.getWriter().write(new Uint8Array(1 << 20)), { code: "port-closed" });
        await port.close();
        await stuck;
        await silent.close();
      }),
    options,
  );
}

peerTest(
  "socat",
  "a port that comes back can be waited for and opened again",
  () =>
    withPtyPair(async ({ near, far, unplug, plugIn }) => {
      const spec = parsePortSpec(near);
      const first = await openSerial(near);
      await unplug();
      await assert.rejects(first.readable.getReader().read(), { code: "port-vanished" });
      await first.close();
      await assert.rejects(waitForPort(spec, { timeoutMs: 10 }), { code: "port-wait" });
      await assert.rejects(openSerial(near), { code: "port-absent" });
      const [back] = await Promise.all([waitForPort(spec, { timeoutMs: 20_000 }), plugIn()]);
      assert.deepEqual(back, spec);
      const [again, device] = [await openSerial(near), await openSerial(far)];
      const reader = device.readable.getReader();
      const [{ value }] = await Promise.all([reader.read(), again.writable.getWriter().write(Uint8Array.of(0x7f))]);
      assert.deepEqual(value, Uint8Array.of(0x7f));
      await Promise.all([again.close(), device.close()]);
    }),
);

peerTest(
  "socat",
  "DeviceSession: a command of the application, its answer, and the loader's own conversation",
  () =>
    withPtyPair(async ({ near, far }) => {
      await using device = new PortSession(await openSerial(far));
      await using host = await DeviceSession.open(parsePortSpec(near), { parity: "even" });
      const answering = device.run(function* (link) {
        yield* link.read(6, "command", 20_000);
        link.send(new TextEncoder().encode("noise OOK\r\n"));
        yield* link.flush();
        link.send(Uint8Array.of(0x79 ^ (yield* link.readByte("request", 20_000)) ^ 0x7f));
        yield* link.flush();
      });
      await host.enter(parseBootEntry('mode-8n1,dtr-on,send-"update",expect-"OK\\r\\n"-within-20000,baud-9600,wait-1'));
      const answer = await host.session.run(function* (link) {
        link.send(Uint8Array.of(0x7f));
        return yield* link.readByte("ACK", 20_000);
      });
      assert.equal(answer, 0x79);
      await answering;
      assert.deepEqual(host.notices.map(({ code }) => code), ["parity-refused", "no-signals"]);
    }),
);

peerTest(
  "socat",
  "DeviceSession: a device that restarts is opened again where it comes back",
  () =>
    withPtyPair(async ({ near, far, plugIn }) => {
      await using host = await DeviceSession.open(parsePortSpec(near));
      const before = host.session;
      await Promise.all([host.enter(parseBootEntry("touch-1200")), plugIn()]);
      assert.notEqual(host.session, before);
      await using device = new PortSession(await openSerial(far));
      const [answer] = await Promise.all([
        host.session.run((link) => link.readByte("byte", 20_000)),
        device.run(function* (link) {
          link.send(Uint8Array.of(0x42));
          yield* link.flush();
        }),
      ]);
      assert.equal(answer, 0x42);
    }),
);
