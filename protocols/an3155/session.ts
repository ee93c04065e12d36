/**
 * A session with one boot ROM: connect, then read, erase, or flash an image ({@linkcode flashImage}).
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes } from "../../core/mod.ts";
import { type Part, type Sector, sectorsOf } from "../../core/parts/mod.ts";
import { type ByteLink, type Procedure, RefusedError } from "../link/mod.ts";
import { type ChooseOptions, choosePart } from "./choose_part.ts";
import { COMMANDS, ERASE_PAGES_MAX, EXTENDED_ERASE_PAGES_MAX } from "./constants.ts";
import { chunkSectors } from "./erase_chunks.ts";
import { BootRomError } from "./error.ts";
import { formatCommand } from "./frames.ts";
import {
  type BootRomInformation,
  eraseAll,
  erasePages,
  escapeFromExtendedErase,
  extendedErasePages,
  getCommands,
  getId,
  massErase,
  synchronise,
} from "./host.ts";
import { Line, type LineOptions } from "./line.ts";
import { eraseWithinMs, massEraseWithinMs } from "./times.ts";

/** Options of {@linkcode connect}. */
export interface ConnectOptions extends LineOptions, ChooseOptions {
  /**
   * Name of one of the part's bank modes.
   *
   * @default {the mode of a new part}
   */
  readonly bankMode?: string | undefined;
}

/** A boot ROM that answers, and a part that is known. */
export interface Session {
  /** The line to the ROM. */
  readonly line: Line;
  /** What the ROM says of itself. */
  readonly rom: BootRomInformation;
  /** The part: of several that nothing can tell apart here, the first. */
  readonly part: Part;
  /** Whether the part is the first of several that do differ, as `whenAmbiguous: "first"` allows: neither erase nor write. */
  readonly isPartGuessed: boolean;
  /** Its sectors. */
  readonly sectors: readonly Sector[];
}

/**
 * Finds the ROM, whatever state it is in, and the part.
 *
 * @param link The host's end of the wire.
 * @param options The part, if known, or how to choose it; what to send ahead; who watches.
 * @returns The session.
 * @throws {LinkTimeoutError} When nothing answers.
 * @throws {BootRomError} When the part cannot be told, or is not the one named.
 */
export function* connect(link: ByteLink, options: ConnectOptions = {}): Procedure<Session> {
  const line = new Line(link, options);
  yield* synchronise(link);
  for (let triesLeft = 1;; triesLeft--) {
    const rom = yield* line.attempt(() => getCommands(link));
    if (triesLeft > 0 && !isPlausible(rom)) continue;
    try {
      const { chipId } = yield* line.attempt(() => getId(link));
      const { part, isGuess } = yield* choosePart(line, chipId, options);
      line.report({ kind: "connected", part, isPartGuessed: isGuess, version: rom.version });
      return { line, rom, part, isPartGuessed: isGuess, sectors: sectorsOf(part, options.bankMode) };
    } catch (error) {
      // Neither list nor id has a checksum on the wire: what makes no sense is asked for once more. A refusal is none.
      if (triesLeft === 0 || !(error instanceof BootRomError) || error.cause !== undefined) throw error;
    }
  }
}

/** Whether a list of commands has what every ROM has. */
function isPlausible({ commands }: BootRomInformation): boolean {
  const { get, getId, readMemory, go, writeMemory, erase, extendedErase } = COMMANDS;
  return [get, getId, readMemory, go, writeMemory].every((code) => commands.includes(code)) &&
    commands.includes(erase) !== commands.includes(extendedErase);
}

/**
 * Refuses to go on where the ROM lacks a command.
 *
 * @param session The session.
 * @param code The command.
 * @returns The same session.
 * @throws {BootRomError} With code `missing-command`.
 */
export function requireCommand(session: Session, code: number): Session {
  if (session.rom.commands.includes(code)) return session;
  throw new BootRomError("missing-command", `Cannot go on: the boot ROM does not know ${formatCommand(code)}`);
}

/**
 * Reads a range. The bytes have no checksum on the wire.
 *
 * @param session The session.
 * @param address Absolute start address.
 * @param sizeBytes Size of the range.
 * @returns Fresh bytes.
 * @throws {ProtocolError} When a block fails four times.
 */
export function* readRange(session: Session, address: number, sizeBytes: number): Procedure<Bytes> {
  const { line, part } = requireCommand(session, COMMANDS.readMemory);
  const blocks: Bytes[] = [];
  for (let doneBytes = 0; doneBytes < sizeBytes;) {
    const blockBytes = Math.min(part.bootRom.maxTransferBytes, sizeBytes - doneBytes);
    blocks.push(yield* line.read(address + doneBytes, blockBytes));
    doneBytes += blockBytes;
    line.report({ kind: "progress", task: "read", doneBytes, totalBytes: sizeBytes });
  }
  return concatBytes(blocks);
}

/**
 * Erases sectors, the last one first: what makes an image valid stands at its end, and must not outlive the rest.
 *
 * @param session The session.
 * @param sectors The sectors, in any order.
 * @throws {ProtocolError} When a command fails four times.
 */
export function* eraseSectors(session: Session, sectors: readonly Sector[]): Procedure<void> {
  const { line, part } = session;
  const isExtended = hasExtendedErase(session);
  const countMax = isExtended ? EXTENDED_ERASE_PAGES_MAX : ERASE_PAGES_MAX;
  const erase = isExtended ? extendedErasePages : erasePages;
  const descending = sectors.toSorted((a, b) => b.index - a.index);
  if (sectors.length > 0) line.report({ kind: "erasing", part, sectors, isMassErase: false });
  const totalBytes = sizeOf(sectors);
  let doneBytes = 0;
  for (const chunk of chunkSectors(descending, countMax)) {
    const options = { withinMs: eraseWithinMs(part, chunk) };
    const pages = chunk.map(({ index }) => index);
    yield* attemptErase(session, options.withinMs, () => erase(line.link, pages, options));
    doneBytes += sizeOf(chunk);
    line.report({ kind: "progress", task: "erase", doneBytes, totalBytes });
  }
}

/**
 * Erases the whole flash: with one command where the ROM has one, else sector by sector.
 *
 * @param session The session.
 * @throws {ProtocolError} When a command fails four times.
 */
export function* eraseFlash(session: Session): Procedure<void> {
  const { line, part, sectors } = session;
  if (!part.bootRom.hasMassErase) return yield* eraseSectors(session, sectors);
  const options = { withinMs: massEraseWithinMs(part, sectors) };
  const isExtended = hasExtendedErase(session);
  const erase = () => isExtended ? massErase(line.link, "all", options) : eraseAll(line.link, options);
  line.report({ kind: "erasing", part, sectors, isMassErase: true });
  try {
    yield* attemptErase(session, options.withinMs, erase);
  } catch (error) {
    // OpenBootloader lists the command and refuses this code of it.
    if (!(error instanceof RefusedError)) throw error;
    return yield* eraseSectors(session, sectors);
  }
  const totalBytes = sizeOf(sectors);
  line.report({ kind: "progress", task: "erase", doneBytes: totalBytes, totalBytes });
}

/** An erase may be repeated; until its time is over the ROM may be deaf. */
function attemptErase(session: Session, withinMs: number, erase: () => Procedure<void>): Procedure<void> {
  const { line } = session;
  const exchange = () => {
    line.reportWork(withinMs);
    return erase();
  };
  return line.attempt(exchange, hasExtendedErase(session) ? escapeFromExtendedErase : undefined);
}

/** A ROM has one of the two commands, never both. */
function hasExtendedErase(session: Session): boolean {
  if (session.rom.commands.includes(COMMANDS.extendedErase)) return true;
  requireCommand(session, COMMANDS.erase);
  return false;
}

function sizeOf(sectors: readonly Sector[]): number {
  return sectors.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
