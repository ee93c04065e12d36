/**
 * Serial ports of Windows, under Wine: our code for it, its kernel32.dll as far as Wine has it, and a pseudo-terminal.
 */

import assert from "node:assert/strict";
import { equalBytes } from "../../core/mod.ts";
import { openSerial } from "../../ports/mod.ts";
import { peerTest } from "../peers.ts";
import { patternOf, receive, sendAll } from "./serial_traffic.ts";
import { runWindowsChild, windowsChildCommand, withComPort } from "./windows_com.ts";

const MEBIBYTE = 1 << 20;
/** This file's port. */
const PORT = "COM41";

peerTest(
  "deno-windows",
  "a port of Windows carries 1 MiB both ways at once, and loses no byte",
  () =>
    withComPort(PORT, async ({ far }) => {
      const device = await openSerial(far);
      const [got, , result] = await Promise.all([
        receive(device, MEBIBYTE),
        sendAll(device, patternOf(MEBIBYTE, 2)),
        runWindowsChild("exchange", PORT),
      ]);
      assert.deepEqual(result, { code: 0, stdout: "true", stderr: "" });
      assert(equalBytes(got, patternOf(MEBIBYTE, 1)), "towards the device");
      await device.close();
    }),
);

peerTest(
  "deno-windows",
  "a port of Windows changes rate and frame while open, and says what it cannot do",
  () =>
    withComPort(PORT, async ({ far }) => {
      const device = await openSerial(far);
      const echoing = device.readable.pipeTo(device.writable).catch(() => {});
      const { code, stdout, stderr } = await runWindowsChild("turns", PORT);
      assert.equal(code, 0, stderr);
      const { notices, hasSignals } = JSON.parse(stdout);
      assert.deepEqual(notices.map((notice: { code: string }) => notice.code), ["parity-refused", "no-signals"]);
      assert.equal(hasSignals, false);
      await device.close();
      await echoing;
    }),
);

/** What a program does with a port that exists, and what it prints. */
const DEEDS: readonly [deed: string, printed: unknown][] = [
  ["close", [true, "port-closed", "port-closed", "port-closed", "port-closed"]],
  ["stuck", "port-closed"],
];

for (const [deed, printed] of DEEDS) {
  peerTest(
    "deno-windows",
    `a port of Windows ends everything when it is closed: ${deed}`,
    () =>
      withComPort(PORT, async ({ far }) => {
        // Held open and never read.
        const silent = await openSerial(far);
        const { stdout, stderr } = await runWindowsChild(deed, PORT);
        assert.deepEqual(stdout === "" ? stderr : JSON.parse(stdout), printed);
        await silent.close();
      }),
  );
}

peerTest(
  "deno-windows",
  "a port of Windows lets what was written leave before it is closed",
  () =>
    withComPort(PORT, async ({ far }) => {
      const device = await openSerial(far);
      const [got, { stdout, stderr }] = await Promise.all([receive(device, 12_000), runWindowsChild("farewell", PORT)]);
      assert(equalBytes(got, patternOf(12_000, 3)));
      assert.deepEqual([stdout, stderr], ['"none"', ""]);
      await device.close();
    }),
);

/** What a program does while a read waits, and how it ends. */
const ENDS: readonly [string, code: number, stderr: RegExp][] = [
  ["exit", 5, /^$/],
  ["fail", 1, /on purpose/],
];

for (const [deed, code, stderr] of ENDS) {
  peerTest(
    "deno-windows",
    `a program on Windows that has a read waiting ends by ${deed}`,
    () =>
      withComPort(PORT, async () => {
        const result = await runWindowsChild(deed, PORT);
        assert.match(result.stderr, stderr);
        assert.equal(result.code, code);
      }),
  );
}

peerTest(
  "deno-windows",
  "a program on Windows ends although it leaves a port open",
  () =>
    withComPort(PORT, async ({ far }) => {
      const device = await openSerial(far);
      await using child = windowsChildCommand("forget", PORT).spawn();
      let printed = "";
      for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
        printed += text;
        if (printed === "open\n") await sendAll(device, Uint8Array.of(1));
      }
      assert.equal(printed, "open\nfalse\n");
      assert.equal((await child.status).code, 0);
      await child.stderr.cancel();
      await device.close();
    }),
);

peerTest(
  "deno-windows",
  "40 ports of Windows that wait take no thread each, and no processor time",
  () =>
    withComPort(PORT, async () => {
      const { stdout, stderr } = await runWindowsChild("many", PORT);
      const { isRead, ended, busyMs } = JSON.parse(stdout || JSON.stringify(stderr));
      assert.deepEqual([isRead, ended], [true, 40]);
      // Asking again and again takes a whole processor.
      assert(busyMs < 500, `${busyMs} ms of 1000 ms`);
    }),
);

peerTest(
  "deno-windows",
  "a device that goes away ends everything on its port of Windows",
  () =>
    withComPort(PORT, async ({ far, unplug }) => {
      const device = await openSerial(far);
      await using child = windowsChildCommand("vanish", PORT).spawn();
      await sendAll(device, await receive(device, 1));
      let printed = "";
      for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
        printed += text;
        if (printed === "open\n") await unplug();
      }
      assert.deepEqual(JSON.parse(printed.slice("open\n".length)), Array(5).fill("port-vanished"));
      await child.stderr.cancel();
      await device.close();
    }),
);

peerTest(
  "deno-windows",
  "a port that Windows does not have cannot be opened, and the error names those it has",
  async () => {
    const { code, message, advice } = JSON.parse((await runWindowsChild("open", "COM99")).stdout);
    assert.deepEqual([code, message], ["port-absent", "Cannot open COM99: there is no such port"]);
    assert.match(advice, /^Ports that are there: .*\bCOM41\b/);
  },
);

peerTest("deno-windows", "ports of Windows are listed, and looked at by name", async () => {
  const { ports, look } = JSON.parse((await runWindowsChild("list", PORT)).stdout);
  const described = (path: string) => ports.find((port: { path: string }) => port.path === path);
  assert.deepEqual(described(PORT), { path: PORT });
  assert.deepEqual(described("COM46"), {
    path: "COM46",
    vendorId: 0x0483,
    productId: 0x5740,
    serialNumber: "207B35A1",
    manufacturer: "STMicroelectronics",
    product: "STM32 Virtual ComPort",
  });
  assert.equal(look.isUsable, true);
  assert.equal(JSON.parse((await runWindowsChild("list", "COM99")).stdout).look, undefined);
});
