import assert from "node:assert/strict";
import { equalBytes } from "../../core/mod.ts";
import { formatFraming, openSerial, type SerialPort } from "../../ports/mod.ts";
import { SYSTEM_CLOCK } from "../../ports/clock.ts";
import { openBindingPort } from "../../ports/serial/binding_port.ts";
import type { SerialOptions } from "../../ports/serial/settings.ts";
import { PortSession } from "../../protocols/link/mod.ts";
import { peerTest } from "../peers.ts";
import { bindingProblem, runChild, withPtyPair } from "./serial_pty.ts";
import { patternOf, receive, sendAll } from "./serial_traffic.ts";

const MEBIBYTE = 1 << 20;

/** Both ways to open a port: Linux's own, and that of macOS, which works on Linux too. */
const WAYS: Readonly<Record<string, (path: string, options?: SerialOptions) => Promise<SerialPort>>> = {
  "openSerial()": openSerial,
  "openBindingPort()": (path, options = {}) => openBindingPort(path, options, SYSTEM_CLOCK),
};

for (const [name, open] of Object.entries(WAYS)) {
  const options = { ignore: open !== openSerial && bindingProblem !== undefined };
  peerTest("socat", `${name} carries turns of 1, 2 and 257 bytes`, () =>
    withPtyPair(async ({ near, far }) => {
      await using host = new PortSession(await open(near));
      await using device = new PortSession(await open(far));
      for (const size of [1, 2, 257]) {
        const sent = patternOf(size, size);
        const [answer] = await Promise.all([
          host.run(function* (link) {
            link.send(sent);
            yield* link.flush();
            return yield* link.read(size, "echo", 20_000);
          }),
          device.run(function* (link) {
            link.send(yield* link.read(size, "bytes", 20_000));
            yield* link.flush();
          }),
        ]);
        assert(equalBytes(answer, sent), `${size} bytes`);
      }
    }), options);

  peerTest(
    "socat",
    `${name} carries 1 MiB both ways at once, and loses no byte`,
    () =>
      withPtyPair(async ({ near, far }) => {
        const [host, device] = [await open(near), await open(far)];
        const [down, up] = [patternOf(MEBIBYTE, 1), patternOf(MEBIBYTE, 2)];
        const [, , gotDown, gotUp] = await Promise.all([
          sendAll(host, down),
          sendAll(device, up),
          receive(device, MEBIBYTE),
          receive(host, MEBIBYTE),
        ]);
        assert(equalBytes(gotDown, down), "towards the device");
        assert(equalBytes(gotUp, up), "towards the host");
        await Promise.all([host.close(), device.close()]);
      }),
    options,
  );

  peerTest(
    "socat",
    `${name} closes while a read waits, twice if told so, and refuses what comes after`,
    () =>
      withPtyPair(async ({ near }) => {
        const port = await open(near);
        const reader = port.readable.getReader();
        const reading = reader.read();
        await Promise.all([port.close(), port.close()]);
        assert.equal((await reading).done, true);
        await assert.rejects(port.writable.getWriter().write(Uint8Array.of(1)), { code: "port-closed" });
        await assert.rejects(port.drain(), { code: "port-closed" });
        await assert.rejects(port.setBaudRate(9600), { code: "port-closed" });
        await assert.rejects(port.setFraming!({}), { code: "port-closed" });
      }),
    options,
  );

  peerTest(
    "socat",
    `${name} changes the rate while open, and bytes before and after arrive`,
    () =>
      withPtyPair(async ({ near, far }) => {
        const [host, device] = [await open(near, { baudRate: 9600 }), await open(far)];
        for (const baudRate of [1200, 115_200, 921_600, 123_456]) {
          await host.setBaudRate(baudRate);
          const bytes = patternOf(300, baudRate);
          await Promise.all([sendAll(host, bytes), receive(device, 300).then((got) => assert.deepEqual(got, bytes))]);
        }
        await assert.rejects(host.setBaudRate(0), RangeError);
        await Promise.all([host.close(), device.close()]);
      }),
    options,
  );
}

peerTest(
  "socat",
  "openSerial() says what a pseudo-terminal cannot do, and goes on",
  () =>
    withPtyPair(async ({ near }) => {
      const port = await openSerial(near, { parity: "even", dtr: false, rts: true });
      assert.equal(port.setSignals, undefined);
      assert.deepEqual(port.notices, [
        { code: "parity-refused", message: `${near} cannot do even parity: bytes go without it` },
        { code: "no-signals", message: `${near} has no DTR and RTS: they were left alone` },
      ]);
      await port.setBaudRate(9600);
      await port.setFraming!({ parity: "odd" });
      assert.equal(port.notices.length, 2);
      await assert.rejects(port.setFraming!({ dataBits: 7 }), {
        code: "port-settings",
        message: `Cannot set up ${near}: it cannot do the frame ${formatFraming({ dataBits: 7 })}, and would use 8n1`,
      });
      await port.close();
    }),
);

peerTest(
  "socat",
  "openBindingPort() says what a pseudo-terminal cannot do, and goes on",
  () =>
    withPtyPair(async ({ near }) => {
      const port = await openBindingPort(near, { parity: "even", dtr: false }, SYSTEM_CLOCK);
      assert.equal(port.setSignals, undefined);
      assert.deepEqual(port.notices.map(({ code }) => code), ["parity-refused", "no-signals"]);
      await port.setFraming!({ parity: "odd" });
      assert.equal(port.notices.length, 2);
      await assert.rejects(port.setFraming!({ dataBits: 7 }), {
        code: "port-settings",
        message: `Cannot set up ${near}: it cannot do the frame ${formatFraming({ dataBits: 7 })}, and would use 8n1`,
      });
      await port.close();
      // What cannot be set up is let go again.
      await assert.rejects(openBindingPort(near, { dataBits: 7 }, SYSTEM_CLOCK), { code: "port-settings" });
      await (await openBindingPort(near, {}, SYSTEM_CLOCK)).close();
      await assert.rejects(openBindingPort(`${near}_none`, {}, SYSTEM_CLOCK), { code: "port-absent" });
    }),
  { ignore: bindingProblem !== undefined },
);

/** What a program does while a read waits, and how it ends. */
const ENDS: readonly [string, { readonly code: number; readonly stdout: string; readonly stderr: RegExp }][] = [
  ["close", { code: 0, stdout: "true", stderr: /^$/ }],
  ["exit", { code: 5, stdout: "", stderr: /^$/ }],
  ["fail", { code: 1, stdout: "", stderr: /on purpose/ }],
];

for (const [deed, expected] of ENDS) {
  peerTest(
    "socat",
    `a program that has a read waiting ends by ${deed}, with --allow-ffi alone`,
    () =>
      withPtyPair(async ({ near }) => {
        const { code, stdout, stderr } = await runChild(deed, near);
        assert.match(stderr, expected.stderr);
        assert.deepEqual({ code, stdout }, { code: expected.code, stdout: expected.stdout });
      }),
  );
}

peerTest("socat", "a read that waits takes no processor time", () =>
  withPtyPair(async ({ near }) => {
    const { code, stdout, stderr } = await runChild("idle", near);
    assert.equal(code, 0, stderr);
    // Asking again and again takes a whole processor.
    assert(Number(stdout) < 200, `${stdout} ms of 500 ms`);
  }));
