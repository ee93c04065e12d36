/**
 * `coreslot read` and `coreslot erase` with `--protocol an3155`.
 *
 * @module
 */

import type { Bytes } from "../../core/bytes.ts";
import { formatAddress } from "../../core/hex.ts";
import { MemoryImage } from "../../core/memory_image.ts";
import type { Part } from "../../core/parts/part.ts";
import type { Sector } from "../../core/parts/sectors.ts";
import { assertErased } from "../../protocols/an3155/erased.ts";
import { eraseFlash, eraseSectors, readRange, type Session } from "../../protocols/an3155/session.ts";
import type { FlashRange } from "../../protocols/an3155/stages.ts";
import type { Procedure } from "../../protocols/link/procedure.ts";
import type { Conversation } from "../conversation.ts";
import { formatFacts, formatSize, type Report } from "../report.ts";
import { UsageError } from "../usage_error.ts";
import { adviseWhileErasing } from "./an3155_erasing.ts";
import { inSession, READING } from "./an3155_session.ts";
import type { AddressRange, EraseOptions, ReadOptions } from "./protocol.ts";

/**
 * Reads a range, or all flash.
 *
 * @param conversation The conversation.
 * @param options The range.
 * @returns What was read; holes between banks stay open.
 */
export function readFlash(
  conversation: Conversation,
  options: ReadOptions,
): Promise<{ readonly image: MemoryImage; readonly part: Part }> {
  return inSession(conversation, options, function* (session) {
    conversation.reportStage(READING);
    conversation.progress.reportStart("read");
    const ranges = options.range === undefined ? runsOf(session.sectors) : [options.range];
    const segments: { address: number; data: Bytes }[] = [];
    for (const range of ranges) {
      assertInsideFlash(session, range);
      const { addressStart, sizeBytes } = range;
      segments.push({ address: addressStart, data: yield* readRange(session, addressStart, sizeBytes) });
    }
    return { image: MemoryImage.fromSegments(segments), part: session.part };
  });
}

/**
 * Erases whole sectors, or everything.
 *
 * @param conversation The conversation.
 * @param options What.
 * @returns The report.
 */
export async function eraseRange(conversation: Conversation, options: EraseOptions): Promise<Report> {
  const { range } = options;
  const { part, erased } = await inSession(conversation, options, function* (session): Procedure<Erased> {
    const sectors = range === "all" ? session.sectors : findSectors(session, range);
    conversation.reportStage({
      doing: "erasing",
      device: "Sectors were erased or are half erased, from the last one down; the device stays in its boot ROM",
      next: adviseWhileErasing({ part: session.part, sectors, isMassErase: range === "all" }),
    });
    yield* range === "all" ? eraseFlash(session) : eraseSectors(session, sectors);
    yield* assertErased(session, endsOf(sectors, session.part));
    return { part: session.part, erased: sectors };
  });
  const sizeBytes = erased.reduce((sum, sector) => sum + sector.sizeBytes, 0);
  return {
    data: {
      part: part.name,
      sectors: erased.map(({ index, addressStart, sizeBytes }) => ({
        index,
        addressStart: formatAddress(addressStart),
        sizeBytes,
      })),
      sizeBytes,
    },
    lines: (style) =>
      formatFacts([
        ["part", part.name],
        ["erased", `${describeSectors(erased)}, ${formatSize(sizeBytes)}`],
      ], style),
  };
}

/** The first and the last block of each sector. */
function endsOf(sectors: readonly Sector[], { bootRom: { maxTransferBytes } }: Part): FlashRange[] {
  return sectors.flatMap(({ addressStart, sizeBytes }) => {
    const blockBytes = Math.min(maxTransferBytes, sizeBytes);
    const starts = new Set([addressStart, addressStart + sizeBytes - blockBytes]);
    return [...starts].map((start) => ({ addressStart: start, addressEnd: start + blockBytes }));
  });
}

/** A ROM answers with anything where its flash ends. */
function assertInsideFlash({ part, sectors }: Session, { addressStart, sizeBytes }: AddressRange): void {
  const run = runsOf(sectors).find((run) =>
    addressStart >= run.addressStart && addressStart < run.addressStart + run.sizeBytes
  );
  if (run === undefined) return;
  const leftBytes = run.addressStart + run.sizeBytes - addressStart;
  if (sizeBytes <= leftBytes) return;
  throw new UsageError(
    "bad-value",
    `Cannot read ${sizeBytes} bytes from ${
      formatAddress(addressStart)
    }: the flash of ${part.name} ends after ${leftBytes}`,
    `To read what is there: --size ${leftBytes}`,
  );
}

interface Erased {
  readonly part: Part;
  readonly erased: readonly Sector[];
}

/** Sectors that make up a range exactly: rounding it would erase what nobody named. */
function findSectors({ part, sectors }: Session, { addressStart, sizeBytes }: AddressRange): Sector[] {
  const addressEnd = addressStart + sizeBytes;
  const touched = sectors.filter((sector) =>
    sector.addressStart < addressEnd && sector.addressStart + sector.sizeBytes > addressStart
  );
  const [first, last] = [touched[0], touched.at(-1)];
  const range = `${formatAddress(addressStart)} to ${formatAddress(addressEnd)}`;
  if (first === undefined || last === undefined) {
    throw new UsageError("bad-value", `Cannot erase ${range}: ${part.name} has no flash there`);
  }
  const end = last.addressStart + last.sizeBytes;
  if (first.addressStart === addressStart && end === addressEnd) return touched;
  throw new UsageError(
    "bad-value",
    `Cannot erase ${range}: that is not whole sectors, they are ${describeSectors(touched)}`,
    `To erase all of that: --start ${formatAddress(first.addressStart)} --size ${end - first.addressStart}`,
  );
}

function describeSectors(sectors: readonly Sector[]): string {
  const [first, last] = [sectors[0]!, sectors.at(-1)!];
  const numbers = first === last ? `sector ${first.index}` : `sectors ${first.index} to ${last.index}`;
  const end = last.addressStart + last.sizeBytes;
  return `${numbers} (${formatAddress(first.addressStart)} to ${formatAddress(end)})`;
}

/** Flash without its holes. */
function runsOf(sectors: readonly Sector[]): AddressRange[] {
  const runs: { addressStart: number; sizeBytes: number }[] = [];
  for (const { addressStart, sizeBytes } of sectors) {
    const last = runs.at(-1);
    if (last !== undefined && last.addressStart + last.sizeBytes === addressStart) last.sizeBytes += sizeBytes;
    else runs.push({ addressStart, sizeBytes });
  }
  return runs;
}
