/**
 * The host's Get, Get Version and Get ID.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";
import { type ByteLink, type Procedure, UnexpectedBytesError } from "../link/mod.ts";
import { ANSWER_WITHIN_MS, COMMANDS } from "./constants.ts";
import { formatCommand, readFrame } from "./frames.ts";
import { expectAck, runCommand } from "./host_exchange.ts";

/** What a boot ROM says of itself. */
export interface BootRomInformation {
  /** Version of the protocol, such as 0x31 for 3.1. */
  readonly version: number;
  /** Codes of the commands that it knows. */
  readonly commands: readonly number[];
}

/** The answer to Get Version. */
export interface BootRomVersion {
  /** Version of the protocol, such as 0x31 for 3.1. */
  readonly version: number;
  /** Two bytes that old ROMs use for read protection; zero elsewhere. */
  readonly optionBytes: readonly [number, number];
}

/** The answer to Get ID. */
export interface ChipIdentifier {
  /** The product id: the first two bytes as one number. */
  readonly chipId: number;
  /** All bytes: an STM32 sends two, an STM32W or BlueNRG more. */
  readonly bytes: Bytes;
}

/**
 * Asks which version the ROM is and which commands it knows.
 *
 * @param link An idle link.
 * @returns Version and commands.
 * @throws {ProtocolError} As {@linkcode runCommand}.
 */
export function* getCommands(link: ByteLink): Procedure<BootRomInformation> {
  yield* runCommand(link, COMMANDS.get);
  const [version, ...commands] = yield* readList(link, COMMANDS.get);
  return { version: version!, commands };
}

/**
 * Asks for the version, and for two option bytes that nothing but the oldest ROMs fills.
 *
 * @param link An idle link.
 * @returns Version and option bytes.
 * @throws {ProtocolError} As {@linkcode runCommand}.
 */
export function* getVersion(link: ByteLink): Procedure<BootRomVersion> {
  yield* runCommand(link, COMMANDS.getVersion);
  const answer = yield* readFrame(link, 3, { expected: "version and option bytes", pauseMs: ANSWER_WITHIN_MS });
  yield* expectAck(link, formatCommand(COMMANDS.getVersion), { phase: "version" });
  return { version: answer[0]!, optionBytes: [answer[1]!, answer[2]!] };
}

/**
 * Asks for the product id.
 *
 * @param link An idle link.
 * @returns The id.
 * @throws {UnexpectedBytesError} When it has less than two bytes.
 * @throws {ProtocolError} As {@linkcode runCommand}.
 */
export function* getId(link: ByteLink): Procedure<ChipIdentifier> {
  yield* runCommand(link, COMMANDS.getId);
  const bytes = yield* readList(link, COMMANDS.getId);
  if (bytes.length < 2) throw new UnexpectedBytesError("a product id of two bytes", bytes);
  return { chipId: bytes[0]! << 8 | bytes[1]!, bytes };
}

/** Reads a count less one, that many bytes, and the ACK behind them. */
function* readList(link: ByteLink, code: number): Procedure<Bytes> {
  const command = formatCommand(code);
  const last = yield* link.readByte(`count (${command})`, ANSWER_WITHIN_MS);
  const list = yield* readFrame(link, last + 1, { expected: `list (${command})`, pauseMs: ANSWER_WITHIN_MS });
  yield* expectAck(link, command, { phase: "list" });
  return list;
}
