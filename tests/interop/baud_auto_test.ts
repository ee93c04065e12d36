/**
 * `--baud auto` against a device that follows rates up to a highest one.
 */

import assert from "node:assert/strict";
import { equalBytes } from "../../core/bytes.ts";
import { runCli } from "../cli/process.ts";
import { peerTest, withTempDir } from "../peers.ts";
import { SERIAL_PERMISSIONS, withPtyDevice } from "./pty_device.ts";
import { withRatedPty } from "./rated_pty.ts";

const FIRMWARE = Uint8Array.from({ length: 20_000 }, (_, index) => index * 11 + (index >> 8) & 0xff);

Deno.test({
  name: "coreslot flash --baud auto finds the highest rate that works, and flashes at it",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    withTempDir((folder) =>
      withRatedPty(256_000, async ({ path, chip }) => {
        Deno.writeFileSync(`${folder}/firmware.bin`, FIRMWARE);
        const line = ["flash", "firmware.bin", "--base", "0x08000000", "--protocol", "an3155", "--port", path];
        const options = { cwd: folder, permissions: SERIAL_PERMISSIONS };
        const { code, stderr } = await runCli([...line, "--baud", "auto", "--enter", "reset-dtr"], options);
        assert.equal(code, 0, stderr);
        assert.deepEqual(stderr.split("\n").slice(0, 6), [
          "921600 baud: does not work",
          "460800 baud: does not work",
          "256000 baud: works",
          `note: ${path} cannot do even parity: bytes go without it`,
          `note: ${path} has no DTR and RTS: steps of the boot entry were left out, so put the device into its loader by ` +
          "hand",
          "connected to stm32f407xg, boot ROM protocol 3.1",
        ]);
        assert(equalBytes(chip.read(0x0800_0000, FIRMWARE.length), FIRMWARE));
      })
    ),
});

peerTest(
  "socat",
  "coreslot info --baud auto ends when the device goes away, and tries no other rate",
  () =>
    withPtyDevice("stm32f407", { args: ["--faults", "unplug:h2t:2"] }, async ({ pty, run }) => {
      const { code, stderr } = await run("info", "--baud", "auto", "--enter", "reset-dtr");
      assert.equal(code, 7, stderr);
      assert.match(stderr, new RegExp(`^coreslot: ${pty}: Cannot go on: the device is gone\n`));
    }),
);
