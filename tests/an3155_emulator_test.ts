/**
 * The AN3155 host against the emulated chip: protection and its resets, broken words, ROMs that are slow.
 *
 * @module
 */

import assert from "node:assert/strict";
import { MemoryImage } from "../core/mod.ts";
import { findPart, type Part, PARTS } from "../core/parts/mod.ts";
import {
  BootRomChip,
  enumerateWireFaults,
  formatFaults,
  parseFaults,
  simulate,
  type SimulationResult,
  Stm32,
} from "../emulator/mod.ts";
import {
  type BootRomProfile,
  changeProtection,
  connect,
  flashImage,
  type FlashImageOptions,
  profileFor,
  type ProtectionChange,
  readFlashSize,
  readMemory,
  readoutProtect,
  readoutUnprotect,
  readRange,
  runBootRom,
  type SessionEvent,
  synchronise,
  writeProtect,
  writeUnprotect,
} from "../protocols/an3155/mod.ts";
import { type ByteLink, LinkTimeoutError, type Procedure, ReadBackError, RefusedError } from "../protocols/link/mod.ts";

const FLASH_START = 0x0800_0000;
const f407 = findPart("stm32f407xg");
const h743 = findPart("stm32h743xi");

const imageAt = (address: number, sizeBytes: number) =>
  MemoryImage.fromSegments([{
    address,
    data: Uint8Array.from({ length: sizeBytes }, (_, index) => index * 7 + 1 & 0xff),
  }]);

function makeChip(part: Part): Stm32 {
  return new Stm32(part, { isBoot0High: true });
}

function run<T>(chip: Stm32, host: (link: ByteLink) => Procedure<T>, options: RunOptions = {}): SimulationResult<T> {
  const profile = { ...profileFor(chip.part), ...options.profile };
  const device = new BootRomChip(chip);
  return simulate({
    host,
    chip,
    firmware: (link, boot) => boot.cores[0]?.kind === "boot-rom" ? runBootRom(link, { device, profile }) : undefined,
    wire: { baudRate: 115_200 },
    faults: parseFaults(options.faults ?? ""),
  });
}

interface RunOptions {
  readonly profile?: Partial<BootRomProfile>;
  readonly faults?: string;
}

function valueOf<T>(result: SimulationResult<T>): T {
  if (result.outcome.kind === "failed") throw result.outcome.error;
  return result.outcome.value;
}

function errorOf(result: SimulationResult<unknown>): unknown {
  assert.equal(result.outcome.kind, "failed");
  return result.outcome.kind === "failed" ? result.outcome.error : undefined;
}

Deno.test("read protection takes effect at the reset, and ending it erases the flash", () => {
  const chip = makeChip(f407);
  chip.flash.program(FLASH_START, Uint8Array.of(1, 2, 3, 4));
  const result = run(chip, function* (link) {
    yield* synchronise(link);
    yield* readoutProtect(link);
    const afterProtect = yield* synchronise(link);
    let refusal: unknown;
    try {
      yield* readMemory(link, FLASH_START, 4);
    } catch (error) {
      refusal = error;
    }
    yield* readoutUnprotect(link);
    const afterUnprotect = yield* synchronise(link);
    return { afterProtect, refusal, afterUnprotect, bytes: yield* readMemory(link, FLASH_START, 4) };
  });
  const { afterProtect, refusal, afterUnprotect, bytes } = valueOf(result);
  assert.deepEqual([afterProtect, afterUnprotect], ["fresh", "fresh"]);
  assert(refusal instanceof RefusedError && refusal.phase === "command");
  assert.deepEqual(bytes, Uint8Array.of(0xff, 0xff, 0xff, 0xff));
});

Deno.test("flashImage() finds a write-protected sector by reading back, and writes it once the protection has ended", () => {
  const chip = makeChip(f407);
  const image = imageAt(FLASH_START + 0x4000, 64);
  const protect = run(chip, function* (link) {
    yield* synchronise(link);
    yield* writeProtect(link, [1]);
  });
  valueOf(protect);
  assert(errorOf(run(chip, (link) => flashImage(link, image, { part: f407 }))) instanceof ReadBackError);
  const result = run(chip, function* (link) {
    yield* synchronise(link);
    yield* writeUnprotect(link);
    return yield* flashImage(link, image, { part: f407 });
  });
  assert.equal(valueOf(result).rewrittenSectorCount, 0);
});

Deno.test("changeProtection() brings the session over the reset, and survives every single fault of the wire", () => {
  const changes: readonly ProtectionChange[] = [
    { kind: "write-protect", sectors: [1] },
    { kind: "write-unprotect" },
    { kind: "readout-protect" },
    { kind: "readout-unprotect" },
  ];
  const host = function* (link: ByteLink) {
    const session = yield* connect(link, { part: f407 });
    for (const change of changes) yield* changeProtection(session, change);
    return yield* readRange(session, FLASH_START, 4);
  };
  const clean = run(makeChip(f407), host);
  let runCount = 0;
  for (const fault of enumerateWireFaults(clean)) {
    const result = run(makeChip(f407), host, { faults: formatFaults([fault]) });
    runCount++;
    // What is read has no checksum: the last four bytes may be flipped.
    assert.equal(valueOf(result).length, 4, formatFaults([fault]));
  }
  console.log(`an3155 protection, wire: ${runCount} runs, all right`);
});

/** An H743 with a word in its first sector that lost power while it was written. */
function chipWithBrokenWord(): Stm32 {
  const chip = makeChip(h743);
  const device = new BootRomChip(chip);
  simulate({
    *host(link) {
      link.send(new Uint8Array(32));
      yield* link.sleep(100);
    },
    chip,
    *firmware(link) {
      yield* device.write(link, FLASH_START + 64, yield* link.read(32, "word", Infinity));
      return { kind: "reset" };
    },
    faults: parseFaults("cut:op=0,model=3"),
  });
  assert.equal(chip.flash.stateAt(FLASH_START + 64), "unreadable");
  return chip;
}

Deno.test("readRange() over a word with a broken ECC fails typed, whatever the CPU makes of it", () => {
  const read = function* (link: ByteLink) {
    return yield* readRange(yield* connect(link, { part: h743 }), FLASH_START, 256);
  };
  const failure = (eccRead: BootRomProfile["eccRead"]) =>
    errorOf(run(chipWithBrokenWord(), read, { profile: { eccRead } }));
  assert(failure("nack") instanceof RefusedError);
  assert(failure("hang") instanceof LinkTimeoutError);
  assert(failure("reset") instanceof LinkTimeoutError);
});

for (const eccRead of ["nack", "hang", "reset"] as const) {
  Deno.test(`flashImage() over a word with a broken ECC never reads it before the erase: ${eccRead}`, () => {
    const chip = chipWithBrokenWord();
    const image = imageAt(FLASH_START, 200);
    const result = run(chip, (link) => flashImage(link, image, { part: h743 }), { profile: { eccRead } });
    assert.equal(valueOf(result).recoveryCount, 0);
    assert.deepEqual(chip.flash.read(FLASH_START, 200), image.segments[0]!.data);
  });

  Deno.test(`flashImage() survives a cut in any word of an H743 whose CPU does on a broken ECC: ${eccRead}`, () => {
    const image = imageAt(FLASH_START, 96);
    for (let operation = 0; operation < 4; operation++) {
      for (const model of [1, 2, 3, 4, 5]) {
        const chip = makeChip(h743);
        const faults = `cut:op=${operation},model=${model}`;
        const result = run(chip, (link) => flashImage(link, image, { part: h743 }), { profile: { eccRead }, faults });
        assert(valueOf(result).recoveryCount > 0, faults);
        assert.deepEqual(chip.flash.read(FLASH_START, 96), image.segments[0]!.data);
        assert.equal(chip.flash.stateAt(FLASH_START + 64), "programmed");
      }
    }
  });
}

/** A CPU that is busy before each answer, and a UART that keeps one byte meanwhile, lose what is sent ahead. */
const SLOW: Partial<BootRomProfile> = { answerDelayMs: 5 };

for (const sendAhead of ["address", "everything"] as const) {
  Deno.test(`flashImage() with ${sendAhead} sent ahead falls back for a ROM that does not follow`, () => {
    const chip = makeChip(f407);
    const events: SessionEvent["kind"][] = [];
    const options: FlashImageOptions = { part: f407, sendAhead, observer: ({ kind }) => events.push(kind) };
    const image = imageAt(FLASH_START, 1000);
    const result = run(chip, (link) => flashImage(link, image, options), { profile: SLOW });
    assert.equal(valueOf(result).recoveryCount, 1, "it is tried once");
    assert.equal(events.filter((kind) => kind === "fell-back").length, 1);
    assert.deepEqual(chip.flash.read(FLASH_START, 1000), image.segments[0]!.data);
  });
}

Deno.test("flashImage() waits for a ROM that is slow, and for flash that is", () => {
  const chip = makeChip(f407);
  const options = { profile: { answerDelayMs: 200 }, faults: "busy:op=0,ms=800;busy:op=5,ms=700" };
  const result = run(chip, (link) => flashImage(link, imageAt(FLASH_START, 300), { part: f407 }), options);
  assert.equal(valueOf(result).recoveryCount, 0);
});

Deno.test("changeProtection() gives the erase at the end of readout protection as long as stm32flash does", () => {
  for (const name of ["stm32g071xb", "stm32l053x8"]) {
    const chip = makeChip(findPart(name));
    chip.programOptions([{ name: "RDP", value: 0 }]);
    chip.reset("software-reset");
    const result = run(chip, function* (link) {
      const session = yield* connect(link, { part: chip.part });
      yield* changeProtection(session, { kind: "readout-unprotect" });
      return session.line.recoveryCount;
    }, { faults: "busy:op=0,ms=20000" });
    assert.equal(valueOf(result), 0, name);
    assert(result.hostMs > 20_000);
    assert.equal(chip.readProtectionLevel, 0);
  }
});

Deno.test("readFlashSize() finds the size of every part, behind option bytes too", () => {
  for (const part of PARTS) {
    const result = run(makeChip(part), function* (link) {
      const { line } = yield* connect(link, { part });
      return yield* readFlashSize(line, part);
    });
    assert.equal(valueOf(result), part.flash.sizeBytes, part.name);
  }
});
