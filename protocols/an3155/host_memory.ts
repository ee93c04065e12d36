/**
 * The host's Read Memory, Go, Write Memory and Get Checksum.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";
import { type ByteLink, type Procedure, UnexpectedBytesError } from "../link/mod.ts";
import { ANSWER_WITHIN_MS, CHECKSUM_INITIAL, CHECKSUM_POLYNOMIAL, COMMANDS } from "./constants.ts";
import { decodeWord, encodeCount, encodeData, encodeWord, formatCommand, readFrame, xorOf } from "./frames.ts";
import { expectAck, runCommand, type SendAheadOptions, type Step } from "./host_exchange.ts";

/**
 * Reads memory. The ROM checks the first address only, and its data carry no checksum.
 *
 * @param link An idle link.
 * @param address Absolute start address, 0 to 0xFFFFFFFF.
 * @param sizeBytes 1 to 256.
 * @param options How much to send ahead.
 * @returns Fresh bytes.
 * @throws {RangeError} When the size is out of range.
 * @throws {ProtocolError} As {@linkcode runCommand}; phases are `command`, `address` and `count`.
 */
export function* readMemory(
  link: ByteLink,
  address: number,
  sizeBytes: number,
  options: SendAheadOptions = {},
): Procedure<Bytes> {
  const steps = [addressStep(address), { phase: "count", frame: encodeCount(sizeBytes) }];
  yield* runCommand(link, COMMANDS.readMemory, { steps, ...options });
  return yield* readFrame(link, sizeBytes, { expected: "data (Read Memory)", pauseMs: ANSWER_WITHIN_MS });
}

/**
 * Makes the ROM jump to the application: it loads the stack pointer from the address and the program counter from four
 * bytes behind it. The ROM is gone afterwards.
 *
 * @param link An idle link.
 * @param address Address of the vector table, not of the first instruction.
 * @throws {ProtocolError} As {@linkcode runCommand}; phases are `command` and `address`.
 */
export function go(link: ByteLink, address: number): Procedure<void> {
  return runCommand(link, COMMANDS.go, { steps: [addressStep(address)] });
}

/** Options of {@linkcode writeMemory}. */
export interface WriteMemoryOptions extends SendAheadOptions {
  /**
   * How long the ROM may take to program the bytes, in milliseconds.
   *
   * @default {ANSWER_WITHIN_MS}
   */
  readonly withinMs?: number;
}

/**
 * Writes memory. Flash must be erased there; whether it holds the bytes afterwards only reading tells, for ROMs
 * acknowledge writes that failed.
 *
 * @param link An idle link.
 * @param address Absolute start address, a multiple of 4 and of the part's program unit.
 * @param data 1 to 256 bytes, a multiple of the same. Not kept.
 * @param options Time for programming, and how much to send ahead.
 * @throws {RangeError} When the size is out of range.
 * @throws {ProtocolError} As {@linkcode runCommand}; phases are `command`, `address` and `data`.
 */
export function writeMemory(
  link: ByteLink,
  address: number,
  data: Bytes,
  options: WriteMemoryOptions = {},
): Procedure<void> {
  const { withinMs = ANSWER_WITHIN_MS, sendAhead } = options;
  const steps = [addressStep(address), { phase: "data", frame: encodeData(data), withinMs }];
  return runCommand(link, COMMANDS.writeMemory, { steps, sendAhead });
}

/** Options of {@linkcode getChecksum}. */
export interface GetChecksumOptions {
  /**
   * Whether to send polynomial and initial value, as newer revisions of the application note are said to want.
   * Unverified.
   *
   * @default {false}
   */
  readonly hasPolynomial?: boolean;
  /**
   * How long the ROM may take to compute, in milliseconds.
   *
   * @default {10_000}
   */
  readonly withinMs?: number;
}

/**
 * Asks for the checksum of a range, as the CRC unit in its reset state gives it ({@linkcode crc32Stm32}).
 *
 * @param link An idle link.
 * @param address Absolute start address, a multiple of 4.
 * @param sizeBytes Size of the range, a multiple of 4.
 * @param options Form of the question, and time for the answer.
 * @returns 0 to 0xFFFFFFFF.
 * @throws {UnexpectedBytesError} When the checksum's own checksum is wrong.
 * @throws {ProtocolError} As {@linkcode runCommand}.
 */
export function* getChecksum(
  link: ByteLink,
  address: number,
  sizeBytes: number,
  options: GetChecksumOptions = {},
): Procedure<number> {
  // 64 KiB of a program on flash take the CRC unit a few milliseconds; a ROM that computes in software, seconds.
  const { hasPolynomial = false, withinMs = 10_000 } = options;
  const polynomial = [
    { phase: "polynomial", frame: encodeWord(CHECKSUM_POLYNOMIAL) },
    { phase: "initial value", frame: encodeWord(CHECKSUM_INITIAL) },
  ];
  const steps = [addressStep(address), { phase: "size", frame: encodeWord(sizeBytes) }];
  yield* runCommand(link, COMMANDS.getChecksum, { steps: hasPolynomial ? [...steps, ...polynomial] : steps });
  yield* expectAck(link, formatCommand(COMMANDS.getChecksum), { phase: "checksum", withinMs });
  const frame = yield* readFrame(link, 5, { expected: "checksum", pauseMs: ANSWER_WITHIN_MS });
  if (xorOf(frame) !== 0) throw new UnexpectedBytesError("a checksum with its own checksum", frame);
  return decodeWord(frame);
}

function addressStep(address: number): Step {
  return { phase: "address", frame: encodeWord(address) };
}
