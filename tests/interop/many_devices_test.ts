/**
 * `--all`: many devices at once, on ports of different kinds.
 */

import assert from "node:assert/strict";
import { withDevice } from "../cli/device_commands.ts";
import { runCli } from "../cli/process.ts";
import { peerTest } from "../peers.ts";
import { SERIAL_PERMISSIONS, withPtyDevice } from "./pty_device.ts";

const FIRMWARE = Uint8Array.from({ length: 5000 }, (_, index) => index * 13 + (index >> 8) & 0xff);
const PERMISSIONS = [...SERIAL_PERMISSIONS, "--allow-net=127.0.0.1"];
const FLASH = ["flash", "firmware.bin", "--base", "0x08000000", "--protocol", "an3155", "--all"];

peerTest(
  "socat",
  "coreslot flash --all prints a line for each device and one for all",
  () =>
    withPtyDevice(
      "stm32f407",
      { files: { "firmware.bin": FIRMWARE } },
      ({ folder, pty }) =>
        withDevice("stm32f411", {}, async ({ port }) => {
          const options = { cwd: folder, permissions: PERMISSIONS };
          const { code, stdout, stderr } = await runCli([...FLASH, "--port", `${pty},${port}`], options);
          assert.equal(code, 0, stderr);
          const lines = stdout.trimEnd().split("\n");
          assert.deepEqual(
            lines.map((line) => line.trim().replace(/ {2,}done in .*/, "")).sort(),
            [
              "2 of 2 devices done",
              pty,
              port,
            ].sort(),
          );
          assert.equal(lines.at(-1), "  2 of 2 devices done");
          // What happens on the way says where.
          assert.match(stderr, new RegExp(`^${pty} +connected to stm32f407xg`, "m"));
          assert.match(stderr, new RegExp(`^${port} +connected to stm32f411xe`, "m"));
        }),
    ),
);

peerTest(
  "socat",
  "coreslot flash --all goes on with the others when one fails, and ends with 10",
  () =>
    withPtyDevice("stm32f407", { files: { "firmware.bin": FIRMWARE } }, async ({ folder, pty }) => {
      const gone = `${folder}/gone`;
      const options = { cwd: folder, permissions: PERMISSIONS };
      const line = [...FLASH, "--port", `${gone},${pty}`];
      const { code, stdout, stderr } = await runCli(line, options);
      assert.equal(code, 10, stderr);
      assert.match(stdout, new RegExp(`^ {2}${gone} +failed: Cannot open ${gone}: there is no such port\\. \\S`, "m"));
      assert.match(stdout, new RegExp(`^ {2}${pty} +done in `, "m"));
      assert.match(
        stderr,
        /^coreslot: Cannot run flash on every device: 1 of 2 failed\n {2}Run the same command again for those that failed, with/m,
      );
      const json = await runCli([...line, "--json"], options);
      const { devices, doneCount, failedCount } = JSON.parse(json.stdout);
      assert.deepEqual([doneCount, failedCount, json.code], [1, 1, 10]);
      assert.deepEqual(devices.map(({ port, outcome }: Record<string, unknown>) => [port, outcome]), [
        [gone, "failed"],
        [pty, "done"],
      ]);
      assert.deepEqual([devices[0].error.code, devices[1].report.writtenBytes], ["port-absent", 5000]);
      const { error } = JSON.parse(json.stderr);
      assert.deepEqual([error.code, error.exitCode, error.failedCount], ["some-failed", 10, 1]);
    }),
);

Deno.test("coreslot flash --all refuses a trace, and without a device says so", async () => {
  const refused = await runCli(["info", "--protocol", "an3155", "--all", "--trace", "-"], { permissions: PERMISSIONS });
  assert.deepEqual([refused.code, refused.stderr], [
    2,
    "coreslot: Cannot run info: --trace is for one device, not for several\n",
  ]);
});
