/**
 * `coreslot info --protocol an3155`: what a boot ROM says of itself and of its chip.
 *
 * @module
 */

import type { Bytes } from "../../core/bytes.ts";
import { formatAddress, formatHex } from "../../core/hex.ts";
import { readFlashSize } from "../../protocols/an3155/choose_part.ts";
import { formatCommand } from "../../protocols/an3155/frames.ts";
import { getId } from "../../protocols/an3155/host.ts";
import type { Session } from "../../protocols/an3155/session.ts";
import { RefusedError } from "../../protocols/link/error.ts";
import type { Procedure } from "../../protocols/link/procedure.ts";
import type { Conversation } from "../conversation.ts";
import { formatArea, formatFacts, type Report } from "../report.ts";
import { describeChoice, findOthers, formatVersion, inSession } from "./an3155_session.ts";
import type { TargetOptions } from "./protocol.ts";

const UNIQUE_ID_SIZE_BYTES = 12;

/** What is asked. */
interface Information {
  readonly session: Session;
  readonly chipId: number;
  readonly isReadProtected: boolean;
  readonly flashSizeBytes: number | undefined;
  readonly uniqueId: Bytes | undefined;
}

/**
 * Asks everything that can be asked without changing anything.
 *
 * @param conversation The conversation.
 * @param options The part, if known.
 * @returns The report.
 */
export async function readInformation(conversation: Conversation, options: TargetOptions): Promise<Report> {
  const information = await inSession(
    conversation,
    { ...options, whenAmbiguous: "first" },
    (session) => askAll(session, options),
  );
  const { session, chipId: reportedId, isReadProtected, flashSizeBytes, uniqueId } = information;
  const { part, rom, sectors } = session;
  const chipId = `0x${reportedId.toString(16).toUpperCase()}`;
  const data = {
    part: part.name,
    alike: findOthers(session, options).map(({ name }) => name),
    chipId,
    protocolVersion: formatVersion(rom.version),
    commands: rom.commands.map((code) => ({ code, name: formatCommand(code) })),
    flash: {
      addressStart: formatAddress(part.flash.addressStart),
      sizeBytes: part.flash.sizeBytes,
      sectorCount: sectors.length,
      reportedSizeBytes: flashSizeBytes ?? null,
    },
    isReadProtected,
    uniqueId: uniqueId === undefined ? null : formatHex(uniqueId),
  };
  const { addressStart, sizeBytes } = part.flash;
  const name = describeChoice(session, options);
  return {
    data,
    summary: `${name}${isReadProtected ? ", read-protected" : ""}`,
    lines: (style) =>
      formatFacts([
        ["part", name],
        ["chip id", chipId],
        ["flash", `${formatArea(sizeBytes)} from ${formatAddress(addressStart)} in ${sectors.length} sectors`],
        ["reported", flashSizeBytes === undefined ? undefined : `${formatArea(flashSizeBytes)} of flash`],
        ["unique id", uniqueId && formatHex(uniqueId)],
        ["protocol", formatVersion(rom.version)],
        ["commands", rom.commands.map(formatCommand).join(", ")],
        ["readout", isReadProtected ? "protected: nothing can be read or written" : "not protected"],
      ], style),
  };
}

function* askAll(session: Session, { trustPart }: TargetOptions): Procedure<Information> {
  const { line, part } = session;
  // It is what the part was chosen by, unless the user chose.
  const chipId = trustPart === true ? (yield* line.attempt(() => getId(line.link))).chipId : part.chipId;
  const isReadProtected = (yield* readIfAllowed(session, part.flash.addressStart, 4)) === undefined;
  if (isReadProtected) return { session, chipId, isReadProtected, flashSizeBytes: undefined, uniqueId: undefined };
  const flashSizeBytes = yield* readFlashSize(line, part);
  return { session, chipId, isReadProtected, flashSizeBytes, uniqueId: yield* readUniqueId(session) };
}

/** Some ROMs give single words there, some whole aligned blocks only, as with the flash size. */
function* readUniqueId(session: Session): Procedure<Bytes | undefined> {
  const { identity: { uniqueIdAddress }, bootRom: { maxTransferBytes } } = session.part;
  const exact = yield* readIfAllowed(session, uniqueIdAddress, UNIQUE_ID_SIZE_BYTES);
  if (exact !== undefined) return exact;
  const offset = uniqueIdAddress % maxTransferBytes;
  if (offset + UNIQUE_ID_SIZE_BYTES > maxTransferBytes) return undefined;
  const block = yield* readIfAllowed(session, uniqueIdAddress - offset, maxTransferBytes);
  return block?.slice(offset, offset + UNIQUE_ID_SIZE_BYTES);
}

function* readIfAllowed({ line }: Session, address: number, sizeBytes: number): Procedure<Bytes | undefined> {
  try {
    return yield* line.read(address, sizeBytes);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return undefined;
  }
}
