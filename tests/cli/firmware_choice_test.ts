/**
 * Firmware that holds more than goes onto a device, and chips that are not in the table of parts.
 */

import assert from "node:assert/strict";
import { equalBytes } from "../../core/bytes.ts";
import { MemoryImage } from "../../core/memory_image.ts";
import { findPart } from "../../core/parts/find_part.ts";
import { writeImage } from "../../packager/formats/write_image.ts";
import { parseTrace } from "../../protocols/link/trace.ts";
import { withTempDir } from "../peers.ts";
import { withBootRomServer } from "./boot_rom_server.ts";
import { DEVICE_PERMISSIONS, withDevice } from "./device_commands.ts";
import { runCli } from "./process.ts";
import { withRelease } from "./release.ts";

const FIRMWARE = Uint8Array.from({ length: 5000 }, (_, index) => index * 13 + (index >> 8) & 0xff);
const PICTURES = new Uint8Array(3000).fill(0x5a);

/** Internal flash, and a QSPI flash as an STM32H7 has it in its address space. */
const BOTH = writeImage(
  MemoryImage.fromSegments([{ address: 0x0800_0000, data: FIRMWARE }, { address: 0x9000_0000, data: PICTURES }]),
  { format: "hex" },
);
const ELSEWHERE = writeImage(MemoryImage.fromSegments([{ address: 0x9000_0000, data: PICTURES }]), { format: "hex" });

const FILES = { "both.hex": BOTH, "elsewhere.hex": ELSEWHERE, "firmware.bin": FIRMWARE };

Deno.test("coreslot flash --crop leaves out what is not in the part's flash, and flash without it says so", () =>
  withDevice("stm32f407", {
    files: FILES,
    args: ["--flash-file", "flash.bin"],
    check: (folder) => {
      const flash = Deno.readFileSync(`${folder}/flash.bin`);
      assert(equalBytes(flash.subarray(0, FIRMWARE.length), FIRMWARE));
      assert(flash.subarray(FIRMWARE.length).every((byte) => byte === 0xff));
    },
  }, async ({ port, run, runJson }) => {
    const refused = await run("flash", "both.hex");
    assert.deepEqual([refused.code, refused.stderr.split("\n").slice(1)], [8, [
      `coreslot: ${port}: Cannot flash the image: stm32f407xg has no flash at 0x90000000, where the image has bytes`,
      "  Nothing on the device was changed",
      "  Leave these bytes out with --crop, or name the part that has them with --part",
      "",
    ]]);
    for (const part of [[], ["--part", "stm32f407"]]) {
      const { writtenBytes, notes } = await runJson("flash", "both.hex", "--crop", ...part);
      assert.deepEqual([writtenBytes, notes], [5000, [
        "3,000 bytes that are not in the flash of stm32f407xg were left out",
      ]]);
    }
    const { notes } = await runJson("flash", "firmware.bin", "--base", "0x08000000", "--crop");
    assert.deepEqual(notes, []);
    const nothing = await run("flash", "elsewhere.hex", "--crop");
    assert.equal(nothing.code, 2);
    assert.match(
      nothing.stderr,
      /Cannot crop the image: it has no bytes in the flash of stm32f407xg, it is 0x90000000/,
    );
  }));

Deno.test("coreslot plan --crop counts what flash --crop does", () =>
  withTempDir(async (folder) => {
    Deno.writeFileSync(`${folder}/both.hex`, BOTH);
    const line = ["plan", "both.hex", "--protocol", "an3155", "--part", "stm32f407", "--json"];
    assert.equal((await runCli(line, { cwd: folder })).code, 8);
    const { code, stdout } = await runCli([...line, "--crop"], { cwd: folder });
    assert.deepEqual([code, JSON.parse(stdout).writtenBlockCount], [0, Math.ceil(FIRMWARE.length / 256)]);
  }));

Deno.test("coreslot convert takes a range of a file, and says what to do when all of it is too large", () =>
  withTempDir(async (folder) => {
    Deno.writeFileSync(`${folder}/both.hex`, BOTH);
    const convert = (...args: readonly string[]) =>
      runCli(["convert", "both.hex", "out.bin", ...args], { cwd: folder });
    const whole = await convert();
    assert.equal(whole.code, 3);
    assert.match(
      whole.stderr,
      /takes 2281704376 bytes with its gaps.*\n {2}Take a range of it with --start and --size/,
    );
    assert.equal((await convert("--start", "0x08000000", "--size", "1M")).code, 0);
    assert(equalBytes(Deno.readFileSync(`${folder}/out.bin`), FIRMWARE));
    assert.equal((await convert("--start", "0x90000000", "--size", "2", "--base", "0x100")).code, 0);
    assert.deepEqual(Deno.readFileSync(`${folder}/out.bin`), Uint8Array.of(0x5a, 0x5a));
    const nothing = await convert("--start", "0x20000000", "--size", "1M");
    assert.deepEqual([nothing.code, nothing.stderr], [
      2,
      "coreslot: Cannot take 0x20000000 to 0x20100000 of both.hex: it has no bytes there\n" +
      "  It has 8,000 bytes in 2 pieces, 0x08000000 to 0x90000BB8\n",
    ]);
    assert.equal((await convert("--start", "0x20000000")).code, 2);
  }));

Deno.test("coreslot flash over ymodem says how to make a file that is too large for it smaller", () =>
  withTempDir(async (folder) => {
    Deno.writeFileSync(`${folder}/both.hex`, BOTH);
    const line = ["flash", "both.hex", "--protocol", "ymodem", "--port", "tcp:127.0.0.1:1"];
    const { code, stderr } = await runCli(line, { cwd: folder, permissions: DEVICE_PERMISSIONS });
    assert.equal(code, 3, stderr);
    assert.match(stderr, /\n {2}Take what goes to this loader with coreslot convert and its --start and\n {2}--size/);
  }));

Deno.test("coreslot --trust-part takes a part for a chip that is not in the table", () =>
  withTempDir((folder) =>
    withBootRomServer({ ...findPart("stm32f407"), chipId: 0x999 }, async (port) => {
      Deno.writeFileSync(`${folder}/firmware.bin`, FIRMWARE);
      const run = (...args: readonly string[]) =>
        runCli([...args, "--protocol", "an3155", "--port", port], { cwd: folder, permissions: DEVICE_PERMISSIONS });
      const flash = ["flash", "firmware.bin", "--base", "0x08000000"];
      const unknown = await run(...flash);
      assert.deepEqual([unknown.code, unknown.stderr.replaceAll("\n  ", " ")], [
        8,
        `coreslot: ${port}: Cannot choose the part: none in the table has the product id 0x999 ` +
        "Nothing on the device was changed " +
        "Name with --part one whose sectors and program unit are the same, by the reference manual, and add " +
        "--trust-part\n",
      ]);
      const wrong = await run(...flash, "--part", "stm32f411");
      assert.equal(wrong.code, 8);
      assert.match(wrong.stderr, /the device has the product id 0x999, stm32f411xe has 0x431/);
      const trusted = await run(...flash, "--part", "stm32f407", "--trust-part");
      assert.equal(trusted.code, 0, trusted.stderr);
      assert.match(trusted.stderr, /^connected to stm32f407xg, on trust, boot ROM protocol 3\.1\n/);
      assert.match(trusted.stdout, /part {6}stm32f407xg, on trust\n/);
      Deno.writeFileSync(`${folder}/both.hex`, BOTH);
      const cropped = await run("flash", "both.hex", "--crop", "--part", "stm32f407", "--trust-part");
      assert.equal(cropped.code, 0, cropped.stderr);
      const info = await run("info", "--part", "stm32f407", "--trust-part", "--json");
      assert.deepEqual([info.code, JSON.parse(info.stdout).chipId], [0, "0x999"]);
      const dual = await run("info", "--part", "stm32g0b1", "--bank-mode", "dual", "--trust-part", "--json");
      assert.deepEqual([dual.code, JSON.parse(dual.stdout).chipId], [0, "0x999"]);
      const nameless = await run("info", "--trust-part");
      assert.deepEqual([nameless.code, nameless.stderr], [
        2,
        "coreslot: Cannot use --trust-part: nobody says which part\n" +
        "  Name one with --part whose sectors and program unit are those of the chip\n",
      ]);
    })
  ));

Deno.test("coreslot --trust-part stages an update for the part that it names", () =>
  withRelease((folder) =>
    withBootRomServer({ ...findPart("stm32h747"), chipId: 0x999 }, async (port) => {
      const line = ["flash", "update.cslot", "--part", "stm32h747", "--protocol", "an3155", "--port", port];
      const options = { cwd: folder, permissions: DEVICE_PERMISSIONS };
      const refused = await runCli(line, options);
      assert.equal(refused.code, 8);
      assert.match(refused.stderr, /the device has the product id 0x999, stm32h747xi has 0x450/);
      const trusted = await runCli([...line, "--trust-part"], options);
      assert.equal(trusted.code, 0, trusted.stderr);
    })
  ));

/** Twenty blocks of 128 bytes, of which each waits. */
const PAUSED = ["--pause", "20", "--short-blocks", "--trace", "trace.txt"];

for (const command of ["send", "flash"]) {
  Deno.test(`coreslot ${command} --pause waits before each block`, () =>
    withDevice("stm32f407", {
      protocol: "ymodem",
      args: command === "flash" ? ["--address", "0x08000000"] : [],
      files: { "firmware.bin": FIRMWARE.subarray(0, 20 * 128) },
    }, async ({ folder, run }) => {
      const { code, stderr } = await run(command, "firmware.bin", ...PAUSED);
      assert.equal(code, 0, stderr);
      const blocks = parseTrace(Deno.readTextFileSync(`${folder}/trace.txt`)).filter(({ mark, bytes }) =>
        mark === ">" && bytes.length > 128
      );
      // The header of the file, its blocks, and the header that ends the batch.
      assert.equal(blocks.length, 22);
      assert(blocks.at(-1)!.atMs - blocks[0]!.atMs >= 21 * 20, `${blocks[0]!.atMs} to ${blocks.at(-1)!.atMs}`);
    }));
}
