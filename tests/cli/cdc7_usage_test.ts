/**
 * Command lines and files that are wrong for commands of seven bytes, and what a right file costs.
 */

import assert from "node:assert/strict";
import type { Bytes } from "../../core/bytes.ts";
import { MemoryImage } from "../../core/memory_image.ts";
import { formatIntelHex } from "../../packager/formats/intel_hex.ts";
import { withTempDir } from "../peers.ts";
import { DEVICE_PERMISSIONS } from "./device_commands.ts";
import { makeFirmware } from "./loader_device.ts";
import { runCli } from "./process.ts";
import { checkRefusals, type Refusal } from "./refusal.ts";

const APPLICATION = 0x0801_0000;

/** As the linker leaves it: a stack pointer, a reset vector some way behind it. */
function firmwareFor(address: number, sizeBytes: number): Bytes {
  return new Uint8Array(makeFirmware(address, 0x2002_0000, sizeBytes));
}

const SMALL = firmwareFor(APPLICATION, 600);

const CDC7 = ["--protocol", "cdc7", "--port", "tcp:127.0.0.1:7000"] as const;

function hexAt(address: number, data: Bytes): Bytes {
  return formatIntelHex(MemoryImage.fromSegments([{ address, data }]));
}

/** Firmware whose first words are others. */
function withVectors(stackPointer: number, resetVector: number): Bytes {
  const firmware = SMALL.slice();
  new Uint32Array(firmware.buffer, 0, 2).set([stackPointer, resetVector]);
  return firmware;
}

/** What is no application for this loader; `line` in one, behind the file's name. */
const WRONG: readonly (readonly [name: string, bytes: Bytes, line: string, args?: readonly string[]])[] = [
  ["far.hex", hexAt(0x0800_0000, SMALL), "it is 0x08000000 to 0x08000258"],
  ["far.bin", SMALL, "it is 0x08000000 to 0x08000258", ["--base", "0x08000000"]],
  ["external.hex", hexAt(0x9000_0000, SMALL), "it is 0x90000000 to 0x90000258"],
  ["late.hex", hexAt(0x0801_0200, SMALL), "it is 0x08010200 to 0x08010458"],
  [
    "far_linked.bin",
    firmwareFor(0x0800_0000, 600),
    "its reset vector 0x08000201 is not in 0x08010000 to 0x08010258",
  ],
  ["zeros.bin", new Uint8Array(64), "its reset vector 0x00000000 is even, and none"],
  [
    "behind.bin",
    withVectors(0x2002_0000, 0x0801_0259),
    "its reset vector 0x08010259 is not in 0x08010000 to 0x08010258",
  ],
  [
    "no_thumb.bin",
    withVectors(0x2002_0000, 0x0801_0200),
    "its reset vector 0x08010200 is even, and none",
  ],
  ["tiny.bin", Uint8Array.of(0, 0, 2, 0x20), "4 bytes are no vector table"],
  [
    "no_stack.bin",
    withVectors(0x0800_0001, 0x0801_0201),
    "its first word 0x08000001 is no address in RAM, and the device would not start it",
  ],
  ["large.bin", firmwareFor(APPLICATION, 458_753), "it is 0x08010000 to 0x08080001"],
];

Deno.test("coreslot flash over cdc7 refuses what is no application for it before it opens the port", () =>
  withTempDir(async (folder) => {
    for (const [name, bytes, line, args = []] of WRONG) {
      Deno.writeFileSync(`${folder}/${name}`, bytes);
      for (const command of [["flash", ...CDC7], ["plan", "--protocol", "cdc7"]]) {
        const { code, stderr } = await runCli([...command, name, ...args], {
          cwd: folder,
          permissions: DEVICE_PERMISSIONS,
        });
        assert.equal(code, 4, stderr);
        assert(unwrap(stderr).startsWith(`coreslot: ${name}: Cannot flash the image: ${line}`), stderr);
      }
    }
  }));

/** What a message says, whatever lines it stands in. */
function unwrap(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}

const NO_KEY =
  "This loader compares a checksum and boots whatever it was given: it has no key to verify an update with. " +
  "Updates are for --protocol cdc, ymodem, xmodem or an3155";
const LEAVE_OUT = "Leave it out, or choose another protocol";

/** Refused before the port is opened: nobody is there. */
const USAGE: readonly Refusal[] = [
  {
    args: ["flash", "update.cslot", ...CDC7],
    code: 2,
    line: "Cannot run flash: update.cslot is an update, and cdc7 carries firmware only",
    advice: NO_KEY,
  },
  {
    args: ["plan", "update.cslot", "--protocol", "cdc7"],
    code: 2,
    line: "Cannot run plan: update.cslot is an update, and cdc7 carries firmware only",
    advice: NO_KEY,
  },
  ...[["--key", "ed25519.pub.pem"], ["--layout", "stm32f411"], ["--go", "0x08010000"], ["--erase-all"]].map((flag) => ({
    args: ["flash", "cm4.hex", ...CDC7, ...flag],
    code: 2,
    line: `Cannot run flash: cdc7 has no use for ${flag[0]}`,
    advice: LEAVE_OUT,
  })),
  {
    args: ["info", ...CDC7],
    code: 2,
    line: "Cannot run info: cdc7 has no info, it only erases, writes and starts the application",
    advice: "The protocols that have it are an3155 and cdc",
  },
  {
    args: ["go", "0x08010000", ...CDC7, "--part", "stm32f411"],
    code: 2,
    line: "Cannot run go: cdc7 has no use for --part",
    advice: LEAVE_OUT,
  },
  ...[
    [["--part", "stm32f407"], "Cannot use --part stm32f407xg: this loader is for stm32f411xe"],
    [["--part", "stm32f411", "--profile", "st-iap"], "Cannot find profile st-iap: cdc7 has black-pill and mended"],
  ].map(([flags, line]) => ({
    args: ["emulate", "--protocol", "cdc7", "--listen", "tcp:127.0.0.1:0", ...flags!],
    code: 2,
    line: `${line}`,
  })),
];

Deno.test("coreslot says what cdc7 does not take, and opens no port", () => checkRefusals(USAGE));

Deno.test("coreslot plan counts what a download over cdc7 costs, beside the host that pads whole packets", () =>
  withTempDir(async (folder) => {
    Deno.writeFileSync(`${folder}/app.bin`, firmwareFor(APPLICATION, 640));
    const { code, stdout, stderr } = await runCli(["plan", "app.bin", "--protocol", "cdc7"], { cwd: folder });
    assert.equal(code, 0, stderr);
    // 7 bytes and 64 a packet; 3 for each packet, the command and the result.
    for (const row of ["bytes out +647 +711", "bytes in +36 +39", "turns +11 +12", "packets +10 +11"]) {
      assert.match(stdout, new RegExp(` ${row}\n`));
    }
  }));
