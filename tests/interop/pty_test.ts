/**
 * Our host over a real pseudo-terminal against our emulated device, each in a process of its own.
 */

import assert from "node:assert/strict";
import { equalBytes } from "../../core/bytes.ts";
import { withDevice } from "../cli/device_commands.ts";
import { runCli } from "../cli/process.ts";
import { peerTest } from "../peers.ts";
import { withPtyDevice } from "./pty_device.ts";
import { listenForBridge, openBridge, ptyEnd, tcpEnd, terminalEnd } from "../pty.ts";

/** All values of a byte, those among them that a terminal which is not raw would change or act upon. */
const FIRMWARE = Uint8Array.from({ length: 30_000 }, (_, index) => index * 7 + (index >> 8) & 0xff);

const PERMISSIONS = ["--allow-read", "--allow-write", "--allow-net=127.0.0.1"];

/** Protocols, how the device is emulated, and how its firmware is flashed. */
const CASES: readonly {
  readonly protocol: string;
  readonly args: readonly string[];
  readonly flags: readonly string[];
}[] = [
  { protocol: "an3155", args: [], flags: ["--base", "0x08000000"] },
  { protocol: "ymodem", args: ["--address", "0x08000000"], flags: [] },
];

peerTest(
  "socat",
  "coreslot needs --allow-ffi for a serial port, and nothing else",
  () =>
    withPtyDevice("stm32f407", {}, async ({ folder, pty }) => {
      const line = ["info", "--protocol", "an3155", "--port", pty, "--json"];
      const { code, stdout, stderr } = await runCli(line, { cwd: folder, permissions: ["--allow-ffi"] });
      assert.deepEqual([code, stderr], [0, ""]);
      assert.equal(JSON.parse(stdout).part, "stm32f407xg");
    }),
);

for (const { protocol, args, flags } of CASES) {
  peerTest("socat", `coreslot flash over ${protocol} on a serial port`, () =>
    withPtyDevice("stm32f407", {
      protocol,
      args: ["--flash-file", "flash.bin", ...args],
      files: { "firmware.bin": FIRMWARE },
      check: (folder) => {
        const flash = Deno.readFileSync(`${folder}/flash.bin`);
        assert(equalBytes(flash.subarray(0, FIRMWARE.length), FIRMWARE));
      },
    }, async ({ run }) => {
      const { code, stderr } = await run("flash", "firmware.bin", ...flags);
      assert.equal(code, 0, stderr);
      // The boot ROM has even parity, which a pseudo-terminal has not; the others have none.
      assert.equal(/cannot do even parity/.test(stderr), protocol === "an3155", stderr);
    }));

  peerTest("socat", `coreslot flash over ${protocol} through a pseudo-terminal`, () =>
    withDevice("stm32f407", {
      protocol,
      args: ["--flash-file", "flash.bin", ...args],
      files: { "firmware.bin": FIRMWARE },
      check: (folder) => {
        const flash = Deno.readFileSync(`${folder}/flash.bin`);
        assert(equalBytes(flash.subarray(0, FIRMWARE.length), FIRMWARE));
        assert(flash.subarray(FIRMWARE.length).every((byte) => byte === 0xff));
      },
    }, async ({ folder, port }) => {
      const pty = `${folder}/pty`;
      const hostSide = await listenForBridge(ptyEnd(pty));
      const deviceSide = await openBridge([terminalEnd(pty), tcpEnd(port)]);
      const line = ["flash", "firmware.bin", ...flags, "--protocol", protocol, "--port", hostSide.port];
      const { code, stderr } = await runCli(line, { cwd: folder, permissions: PERMISSIONS });
      await deviceSide.close();
      await hostSide.close();
      assert.equal(code, 0, stderr);
    }));
}
