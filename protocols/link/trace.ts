/**
 * What went over the wire, one line a frame, as text that people read and `coreslot decode` takes.
 *
 * ```text
 *        0.000 > 7f
 *        1.042 < 79  # ACK of synchronisation
 *      500.000 x 00  # dropped
 * ```
 *
 * Milliseconds on the driver's clock, then `>` from host to target, `<` from target to host or `x` for bytes that were
 * dropped unread, then the bytes, then a remark. The time is that at which a frame was queued or taken.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, formatHex, parseHex } from "../../core/mod.ts";

/** A frame as one end saw it. */
export interface TraceEntry {
  /** When it was queued, taken or dropped, in milliseconds. */
  readonly atMs: number;
  /** `out` for sent, `in` for read, `drop` for bytes that came and were forgotten. */
  readonly direction: "out" | "in" | "drop";
  /** The bytes. */
  readonly bytes: Bytes;
  /** What they are, where the procedure says so. */
  readonly note: string | undefined;
}

/** Which end of the wire: it decides whether `out` is `>` or `<`. */
export type LinkRole = "host" | "target";

/** A line of a trace, read back. */
export interface TraceLine {
  /** Milliseconds on the clock of whoever wrote it. */
  readonly atMs: number;
  /** `>` from host to target, `<` from target to host, `x` for bytes dropped unread. */
  readonly mark: ">" | "<" | "x";
  /** The bytes. */
  readonly bytes: Bytes;
}

const TRACE_LINE_REGEXP = /^\s*(\d+(?:\.\d+)?)\s+([<>x])\s+((?:[0-9a-f]{2}\s*)*?)\s*(?:#.*)?$/i;

/**
 * Formats a frame as a line.
 *
 * @param entry The frame.
 * @param role The end that saw it.
 * @returns The line, without a line break.
 *
 * @example The first byte of AN3155
 * ```ts
 * import { formatTraceEntry } from "@coreslot/coreslot/link";
 *
 * const line = formatTraceEntry({ atMs: 0, direction: "out", bytes: Uint8Array.of(0x7f), note: undefined }, "host");
 * console.assert(line === "       0.000 > 7f");
 * ```
 */
export function formatTraceEntry(entry: TraceEntry, role: LinkRole): string {
  const isFromHost = (entry.direction === "out") === (role === "host");
  const mark = entry.direction === "drop" ? "x" : isFromHost ? ">" : "<";
  const remark = entry.direction === "drop" ? "dropped" : entry.note;
  const line = `${entry.atMs.toFixed(3).padStart(12)} ${mark} ${formatHex(entry.bytes, " ")}`;
  return remark === undefined ? line : `${line}  # ${remark}`;
}

/**
 * Parses a trace. Empty lines and lines that begin with `#` are skipped.
 *
 * @param text Lines as {@linkcode formatTraceEntry} writes them.
 * @returns The frames, in order.
 * @throws {SyntaxError} When a line is none of these; the message names its number.
 *
 * @example Reading a trace back
 * ```ts
 * import { parseTrace } from "@coreslot/coreslot/link";
 *
 * const [line] = parseTrace("0.000 > 31 ce  # Write Memory\n");
 * console.assert(line?.mark === ">" && line.bytes[0] === 0x31);
 * ```
 */
export function parseTrace(text: string): TraceLine[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (/^\s*(#|$)/.test(line)) return [];
    const [, atMs, mark, hex] = TRACE_LINE_REGEXP.exec(line) ?? [];
    if (atMs === undefined || hex === undefined || (mark !== ">" && mark !== "<" && mark !== "x")) {
      throw new SyntaxError(`Cannot parse the trace: line ${index + 1} is not "<ms> <|>|x <bytes>": ${line}`);
    }
    return [{ atMs: Number(atMs), mark, bytes: parseHex(hex) }];
  });
}
