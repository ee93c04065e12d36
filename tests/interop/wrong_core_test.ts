/**
 * Updates for cores that a device does not have, or for one core of two, at a serial port: refused in words, nothing changed.
 */

import assert from "node:assert/strict";
import { runCli } from "../cli/process.ts";
import { withRelease } from "../cli/release.ts";
import { peerTest } from "../peers.ts";
import { withPtyDevice } from "./pty_device.ts";

/** The part, the command, its exit code, and what it says, each clause in one line; `PORT` is the port. */
const REFUSALS: readonly {
  readonly part: string;
  readonly args: readonly string[];
  readonly code: number;
  readonly says: readonly string[];
}[] = [
  {
    part: "stm32f407",
    args: ["update.cslot", "--part", "stm32f407"],
    code: 8,
    says: [
      "coreslot: PORT: Cannot stage the update: it has an image for CM7, which stm32f407xg does not have",
      "Nothing on the device was changed, and it stays in its boot ROM",
      "Check which device is connected, and which update it needs",
    ],
  },
  {
    part: "stm32f407",
    args: ["update.cslot"],
    code: 8,
    says: [
      "coreslot: PORT: Cannot stage the update: it is for parts with product id 0x450, the device is " +
      "stm32f407xg with 0x413",
      "Nothing on the device was changed, and it stays in its boot ROM",
      "Check which device is connected, and which update it needs",
    ],
  },
  {
    part: "stm32h747",
    args: ["cm4.cslot"],
    code: 8,
    says: [
      "coreslot: cm4.cslot: Cannot stage the update: it is image 2 of 2, not the whole set",
      "Give the bundle: all cores get the same release, or none does",
    ],
  },
  {
    part: "stm32h747",
    args: ["cm4.cslot", "--layout", "stm32h747"],
    code: 5,
    says: [
      "coreslot: cm4.cslot: Cannot verify header.imageCount at offset 176: expected 2, for CM7 and CM4 of layout " +
      "stm32h747, got a file with 1",
      "Pack it for layout stm32h747, or verify with its own",
    ],
  },
  {
    part: "stm32h747",
    args: ["update.cslot", "--layout", "stm32f407"],
    code: 5,
    says: [
      "coreslot: update.cslot: Cannot verify images[0].imageCount at offset 208: expected 1, for CM4 of layout stm32f407, " +
      "got a file with 2",
      "Pack it for layout stm32f407, or verify with its own",
    ],
  },
];

for (const { part, args, code, says } of REFUSALS) {
  peerTest(
    "socat",
    `coreslot flash ${args.join(" ")} refuses what is not for the cores of an ${part}`,
    () =>
      withRelease(async (release) => {
        const extract = ["extract", "update.cslot", "--core", "CM4", "--format", "container", "--out", "cm4.cslot"];
        assert.equal((await runCli(extract, { cwd: release })).code, 0);
        const names = ["update.cslot", "cm4.cslot"];
        const files = Object.fromEntries(names.map((name) => [name, Deno.readFileSync(`${release}/${name}`)]));
        const flashFile = ["--flash-file", "flash.bin"];
        await withPtyDevice(part, {
          files,
          args: flashFile,
          tells: /device|chip|boot ROM/,
          check: (folder) => assert(Deno.readFileSync(`${folder}/flash.bin`).every((byte) => byte === 0xff)),
        }, async ({ pty, run }) => {
          const result = await run("flash", ...args);
          assert.equal(result.code, code, result.stderr);
          const lines = result.stderr.trimEnd().split("\n");
          const [line = "", ...advice] = lines.slice(lines.findIndex((text) => text.startsWith("coreslot: ")));
          assert.equal(line.replace(pty, "PORT"), says[0]);
          assert.equal(advice.map((text) => text.trim()).join(" "), says.slice(1).join(" "));
        });
      }),
  );
}
