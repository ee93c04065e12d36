/**
 * Updates through the boot ROM, as the commands stage them.
 */

import assert from "node:assert/strict";
import { withEmulator } from "./emulator.ts";
import { type CliResult, runCli } from "./process.ts";
import { withRelease } from "./release.ts";

const PERMISSIONS = ["--allow-read", "--allow-write", "--allow-net=127.0.0.1"];
const EMULATE = ["--part", "stm32h747", "--protocol", "an3155", "--flash-file", "flash.bin"];

Deno.test("coreslot flash stages an update, verified first, and does not destroy the only set that boots", () =>
  withRelease(async (folder) => {
    const { code, stderr } = await withEmulator(EMULATE, { cwd: folder }, async ({ port }) => {
      const flash = (...args: readonly string[]): Promise<CliResult> =>
        runCli(["flash", ...args, "--protocol", "an3155", "--port", port], { cwd: folder, permissions: PERMISSIONS });

      const wrongKey = await flash("update.cslot", "--key", "p256.pub.pem");
      assert.deepEqual([wrongKey.code, wrongKey.stderr.includes("update.cslot: Cannot verify")], [5, true]);
      const wrongLayout = await flash("update.cslot", "--layout", "stm32f407");
      assert.equal(wrongLayout.code, 5, wrongLayout.stderr);

      const staged = await flash("update.cslot", "--key", "ed25519.pub.pem", "--layout", "stm32h747", "--json");
      assert.equal(staged.code, 0, staged.stderr);
      const { outcome, isVerified, policy, images } = JSON.parse(staged.stdout);
      assert.deepEqual([outcome, isVerified, policy], ["staged", true, "copy"]);
      assert.deepEqual(images, [
        { core: "CM7", addressStart: "0x08080000", sizeBytes: 1009 },
        { core: "CM4", addressStart: "0x08180000", sizeBytes: 1009 },
      ]);

      // Now slot B holds the only set there is, which is the update itself.
      const again = await flash("update.cslot", "--key", "ed25519.pub.pem");
      assert.equal(again.code, 8);
      assert.match(again.stderr, /Cannot stage the update: slot B holds this very update,/);
      assert.match(again.stderr, /Nothing on the device was changed.*\n.*There is nothing left to stage/s);
      const forced = await flash("update.cslot", "--force");
      assert.equal(forced.code, 0, forced.stderr);
      assert.match(forced.stderr, /^not verified here, for no --key is given: that is left to the device's loader\n/);
      assert.match(forced.stdout, /next +set BOOT0 low and reset the device/);
    });
    assert.equal(code, 0, stderr);
    // What `extract --format slot` says that slot B of CM7 holds.
    const args = ["extract", "update.cslot", "--core", "CM7", "--format", "slot", "--out", "slot.bin"];
    assert.equal((await runCli(args, { cwd: folder })).code, 0);
    const slot = Deno.readFileSync(`${folder}/slot.bin`);
    const file = Deno.readFileSync(`${folder}/flash.bin`).subarray(0x8_0000, 0x8_0000 + slot.length);
    assert(slot.every((byte, index) => byte === file[index]));
  }));

Deno.test("coreslot flash and plan tell flags for updates from flags for firmware", () =>
  withRelease(async (folder) => {
    const port = ["--protocol", "an3155", "--port"];
    const { code, stderr } = await withEmulator(EMULATE, { cwd: folder }, async (emulator) => {
      const cases: readonly (readonly [string[], string])[] = [
        [
          ["flash", "update.cslot", "--go", "0"],
          "Cannot run flash: update.cslot is an update, and --go is for firmware",
        ],
        [
          ["flash", "update.cslot", "--erase-all"],
          "Cannot run flash: update.cslot is an update, and --erase-all is for firmware",
        ],
        [
          ["flash", "update.cslot", "--crop"],
          "Cannot run flash: update.cslot is an update, and --crop is for firmware",
        ],
        [["flash", "cm4.hex", "--force"], "Cannot run flash: cm4.hex is firmware, and --force is for updates"],
        [["flash", "cm4.hex", "--key", "k"], "Cannot run flash: cm4.hex is firmware, and --key is for updates"],
      ];
      for (const [args, line] of cases) {
        const result = await runCli([...args, ...port, emulator.port], { cwd: folder, permissions: PERMISSIONS });
        assert.deepEqual([result.code, result.stderr], [2, `coreslot: ${line}\n`]);
      }
    });
    assert.equal(code, 0, stderr);
    const plan = await runCli(["plan", "update.cslot", "--protocol", "an3155", "--part", "stm32h747", "--json"], {
      cwd: folder,
    });
    const { ours, stm32flash, guard } = JSON.parse(plan.stdout);
    assert(ours.total.bytesOut < stm32flash.total.bytesOut && guard.bytesIn > 4 * 288);
  }));
