/**
 * The boot ROM's Read Memory, Go, Write Memory and Get Checksum.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes, crc32Stm32 } from "../../core/mod.ts";
import type { Procedure } from "../link/mod.ts";
import { CHECKSUM_INITIAL, CHECKSUM_POLYNOMIAL } from "./constants.ts";
import type { BootRomDevice, BootRomExit } from "./device.ts";
import { encodeWord } from "./frames.ts";
import {
  acknowledge,
  answer,
  type BootRom,
  readCounted,
  readFrameOf,
  readWord,
  refuse,
  RESET,
} from "./target_answer.ts";

/** Bytes that Get Checksum reads at a time; a ROM's flash is at most this many times a few hundred. */
const CHECKSUM_CHUNK_BYTES = 4096;

/** No part has more memory in one piece than 64 MiB (external flash not counted): a larger size is a broken frame. */
const CHECKSUM_SIZE_MAX = 1 << 26;

/**
 * Answers Read Memory. The data have no checksum of their own, and nothing follows them.
 *
 * @param rom The ROM.
 * @returns A reset where the profile resets on a broken ECC.
 */
export function* answerReadMemory(rom: BootRom): Procedure<BootRomExit | undefined> {
  yield* acknowledge(rom, "Read Memory");
  const address = yield* readWord(rom, "address");
  if (address === undefined || !rom.device.isReadable(address)) return yield* refuse(rom, "address");
  yield* acknowledge(rom, "address");
  const [last, complement] = yield* readFrameOf(rom, 2, "count");
  if ((last! ^ complement!) !== 0xff) return yield* refuse(rom, "count");
  const outcome = rom.device.read(address, last! + 1);
  if (outcome.kind === "ecc-error") return yield* failRead(rom);
  yield* acknowledge(rom, "count");
  rom.link.send(outcome.bytes, "data");
  return undefined;
}

/** What a word with a broken ECC does to the CPU that reads it, after the count was acknowledged. */
function* failRead(rom: BootRom): Procedure<BootRomExit | undefined> {
  if (rom.profile.eccRead === "nack") return yield* refuse(rom, "count");
  yield* acknowledge(rom, "count");
  if (rom.profile.eccRead === "hang") yield* rom.link.sleep(Infinity);
  return RESET;
}

/**
 * Answers Go.
 *
 * @param rom The ROM.
 * @returns The jump, when the address is one to jump to.
 */
export function* answerGo(rom: BootRom): Procedure<BootRomExit | undefined> {
  yield* acknowledge(rom, "Go");
  const address = yield* readWord(rom, "address");
  if (address === undefined || !rom.device.isExecutable(address)) return yield* refuse(rom, "address");
  yield* acknowledge(rom, "address");
  return { kind: "go", address };
}

/**
 * Answers Write Memory. Writing option bytes makes the chip load them and reset.
 *
 * @param rom The ROM.
 * @returns A reset after option bytes.
 */
export function* answerWriteMemory(rom: BootRom): Procedure<BootRomExit | undefined> {
  yield* acknowledge(rom, "Write Memory");
  const address = yield* readWord(rom, "address");
  if (address === undefined || !rom.device.isWritable(address)) return yield* refuse(rom, "address");
  yield* acknowledge(rom, "address");
  const data = yield* readCounted(rom, "data");
  if (data === undefined) return yield* refuse(rom, "data");
  const outcome = yield* rom.device.write(rom.link, address, data);
  if (!rom.profile.acknowledgedWrites.includes(outcome)) return yield* refuse(rom, "data");
  yield* acknowledge(rom, "data");
  return outcome === "done" && rom.device.resetsAfterWrite(address) ? RESET : undefined;
}

/**
 * Answers Get Checksum, in the form in which stm32flash asks: address, size in bytes, then a second ACK and the checksum
 * of the CRC unit. The phases for polynomial and initial value are off by default, for nobody could check them.
 *
 * @param rom The ROM.
 */
export function* answerGetChecksum(rom: BootRom): Procedure<undefined> {
  yield* acknowledge(rom, "Get Checksum");
  const address = yield* readWord(rom, "address");
  if (address === undefined || address % 4 !== 0 || !rom.device.isReadable(address)) {
    return yield* refuse(rom, "address");
  }
  yield* acknowledge(rom, "address");
  const sizeBytes = yield* readWord(rom, "size");
  const memory = sizeBytes === undefined ? undefined : readRange(rom.device, address, sizeBytes);
  if (memory === undefined) return yield* refuse(rom, "size");
  yield* acknowledge(rom, "size");
  if (rom.profile.hasChecksumPolynomial) {
    for (const [phase, known] of [["polynomial", CHECKSUM_POLYNOMIAL], ["initial value", CHECKSUM_INITIAL]] as const) {
      const value = yield* readWord(rom, phase);
      if (value !== known) return yield* refuse(rom, phase);
      yield* acknowledge(rom, phase);
    }
  }
  yield* acknowledge(rom, "checksum computed");
  yield* answer(rom, encodeWord(crc32Stm32(memory, 0)), "checksum");
  return undefined;
}

/** Reads a range that is readable in all its chunks; nothing where it is not, or where its size is not one of words. */
function readRange(device: BootRomDevice, address: number, sizeBytes: number): Bytes | undefined {
  if (sizeBytes === 0 || sizeBytes % 4 !== 0 || sizeBytes > CHECKSUM_SIZE_MAX) return undefined;
  const chunks: Bytes[] = [];
  for (let offset = 0; offset < sizeBytes; offset += CHECKSUM_CHUNK_BYTES) {
    if (!device.isReadable(address + offset)) return undefined;
    const chunk = device.read(address + offset, Math.min(CHECKSUM_CHUNK_BYTES, sizeBytes - offset));
    if (chunk.kind === "ecc-error") return undefined;
    chunks.push(chunk.bytes);
  }
  return concatBytes(chunks);
}
