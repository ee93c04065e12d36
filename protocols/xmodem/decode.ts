/**
 * What a captured transfer says, in words.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes, formatHex } from "../../core/mod.ts";
import type { TraceLine } from "../link/mod.ts";
import { ACK, BACKSPACE, CAN, EOT, LONG_BLOCK_SIZE_BYTES, NAK, SHORT_BLOCK_SIZE_BYTES, SOH, STX } from "./constants.ts";
import { WANT_CRC, WANT_STREAM } from "./constants.ts";
import { BLOCK_HEADER_SIZE_BYTES, type BlockCheck, checkSizeBytes, decodeBlock } from "./frames.ts";

/** Bytes of a frame that {@linkcode formatDecodedFrame} shows; of longer ones the first. */
const SHOWN_BYTES = 8;

/** A frame of a captured transfer, explained. */
export interface DecodedFrame {
  /** When its first byte went over the wire, in milliseconds, as the trace has it. */
  readonly atMs: number;
  /** `>` from host to target, `<` from target to host, `x` for bytes that were dropped unread. */
  readonly mark: TraceLine["mark"];
  /** The bytes. */
  readonly bytes: Bytes;
  /** What it is. */
  readonly kind: "request" | "header" | "block" | "end" | "answer" | "cancel" | "garbage" | "dropped";
  /** Whether it is as the protocol has it: NAK is not, and neither is a block with a wrong check. */
  readonly isRight: boolean;
  /** What it says, in words. */
  readonly text: string;
}

/** Options of {@linkcode decodeTrace}. */
export interface DecodeTraceOptions {
  /**
   * The mark of the end that sends the file.
   *
   * @default {that of the end that says more}
   */
  readonly sender?: ">" | "<" | undefined;
}

/**
 * Explains a captured XMODEM transfer. Any bytes whatever give a result.
 *
 * @param lines The trace, as `parseTrace` gives it.
 * @param options Who sends the file.
 * @returns The frames, in order.
 *
 * @example An empty file
 * ```ts
 * import { parseTrace } from "@coreslot/coreslot/link";
 * import { decodeTrace } from "@coreslot/coreslot/xmodem";
 *
 * const frames = decodeTrace(parseTrace("0 < 43\n1 > 04\n1001 < 06\n"), { sender: ">" });
 * console.assert(frames[2]?.text === "ACK of end of file");
 * ```
 */
export function decodeTrace(lines: readonly TraceLine[], options: DecodeTraceOptions = {}): DecodedFrame[] {
  return new TransferDecoder(options.sender ?? findSender(lines)).decode(lines);
}

/**
 * Formats a frame as a line: time, direction, first bytes, words.
 *
 * @param frame The frame.
 * @returns The line, without a line break.
 *
 * @example A block
 * ```ts
 * import { formatDecodedFrame } from "@coreslot/coreslot/xmodem";
 *
 * const bytes = Uint8Array.of(0x43);
 * const line = formatDecodedFrame({ atMs: 0, mark: "<", bytes, kind: "request", isRight: true, text: "begin" });
 * console.assert(line === "       0.000 < 43                           begin");
 * ```
 */
export function formatDecodedFrame(
  frame: Pick<DecodedFrame, "atMs" | "mark" | "bytes" | "isRight" | "text"> & {
    readonly kind: string;
  },
): string {
  const { atMs, mark, bytes, isRight, text } = frame;
  const shown = formatHex(bytes.subarray(0, SHOWN_BYTES), " ") + (bytes.length > SHOWN_BYTES ? " .." : "");
  return `${atMs.toFixed(3).padStart(12)} ${mark} ${shown.padEnd(28)} ${isRight ? "" : "! "}${text}`;
}

/**
 * Finds the end that sends the file.
 *
 * @param lines The trace.
 * @returns The mark of the end that says more.
 */
export function findSender(lines: readonly TraceLine[]): ">" | "<" {
  const count = (mark: string) => lines.reduce((sum, line) => sum + (line.mark === mark ? line.bytes.length : 0), 0);
  return count("<") > count(">") ? "<" : ">";
}

/** Says what is in block 0 of a file. */
type DescribeHeader = (data: Bytes) => string;

/** Bytes that one end sent before the other spoke. */
interface Run {
  readonly mark: TraceLine["mark"];
  readonly bytes: Bytes;
  /** The time of each byte. */
  readonly timeAt: (offset: number) => number;
}

/** A transfer half explained. */
export class TransferDecoder {
  readonly #sender: TraceLine["mark"];
  readonly #describeHeader: DescribeHeader | undefined;
  readonly #frames: DecodedFrame[] = [];
  #check: BlockCheck = "crc";
  /** What waits for an answer. */
  #pending: string | undefined;
  #isHeaderNext: boolean;

  /**
   * Begins at the first byte.
   *
   * @param sender The mark of the end that sends files.
   * @param describeHeader Says what is in block 0, where the protocol has one (YMODEM).
   */
  constructor(sender: TraceLine["mark"], describeHeader?: DescribeHeader) {
    this.#sender = sender;
    this.#describeHeader = describeHeader;
    this.#isHeaderNext = describeHeader !== undefined;
  }

  /**
   * Explains a trace.
   *
   * @param lines The trace.
   * @returns The frames, in order.
   */
  decode(lines: readonly TraceLine[]): DecodedFrame[] {
    for (const run of runsOf(lines)) {
      for (let offset = 0; offset < run.bytes.length;) {
        const rest = run.bytes.subarray(offset);
        const { sizeBytes, ...meaning } = this.#explain(run.mark, rest);
        const frame = { atMs: run.timeAt(offset), mark: run.mark, bytes: rest.slice(0, sizeBytes) };
        this.#frames.push({ isRight: true, ...frame, ...meaning });
        offset += sizeBytes;
      }
    }
    return this.#frames;
  }

  #explain(mark: TraceLine["mark"], rest: Bytes): Meaning {
    if (mark === "x") return { kind: "dropped", sizeBytes: rest.length, text: "dropped unread" };
    const cancelSizeBytes = sizeOfCancel(rest);
    if (cancelSizeBytes > 0) return { kind: "cancel", sizeBytes: cancelSizeBytes, isRight: false, text: "broken off" };
    return mark === this.#sender ? this.#explainSender(rest) : this.#explainReceiver(rest);
  }

  #explainSender(rest: Bytes): Meaning {
    const [lead] = rest;
    if (lead === EOT) {
      this.#pending = "end of file";
      this.#isHeaderNext = this.#describeHeader !== undefined;
      return { kind: "end", sizeBytes: 1, text: "end of file" };
    }
    if (lead === SOH || lead === STX) return this.#explainBlock(rest, lead);
    return garbage(rest, "bytes that begin no block");
  }

  #explainBlock(rest: Bytes, lead: number): Meaning {
    const dataSizeBytes = lead === STX ? LONG_BLOCK_SIZE_BYTES : SHORT_BLOCK_SIZE_BYTES;
    const sizeBytes = BLOCK_HEADER_SIZE_BYTES + dataSizeBytes + checkSizeBytes(this.#check);
    if (rest.length < sizeBytes) return garbage(rest, `${rest.length} of the ${sizeBytes} bytes of a block`);
    const block = decodeBlock(rest.subarray(0, sizeBytes), this.#check);
    this.#pending = "the damaged block";
    if (typeof block !== "object") {
      const what = block === "bad-number" ? "number and complement disagree" : `wrong ${CHECK_NAMES[this.#check]}`;
      return { kind: "block", sizeBytes, isRight: false, text: `block ${rest[1]}, ${dataSizeBytes} bytes: ${what}` };
    }
    if (this.#describeHeader !== undefined && this.#isHeaderNext && block.number === 0) {
      this.#pending = "header";
      return { kind: "header", sizeBytes, text: `header: ${this.#describeHeader(block.data)}` };
    }
    this.#isHeaderNext = false;
    this.#pending = `block ${block.number}`;
    return { kind: "block", sizeBytes, text: `block ${block.number}, ${dataSizeBytes} bytes` };
  }

  #explainReceiver(rest: Bytes): Meaning {
    const pending = this.#pending;
    switch (rest[0]) {
      case ACK:
        this.#pending = undefined;
        if (pending === "header") this.#isHeaderNext = false;
        return { kind: "answer", sizeBytes: 1, text: `ACK of ${pending ?? "something unknown"}` };
      case NAK:
        if (pending === undefined) return this.#request("checksum", "begin, with checksums");
        return { kind: "answer", sizeBytes: 1, isRight: false, text: `NAK: ${pending} again` };
      case WANT_CRC:
        if (pending === undefined) return this.#request("crc", "begin, with CRC-16");
        return { kind: "answer", sizeBytes: 1, isRight: false, text: `C: ${pending} again` };
      case WANT_STREAM:
        if (pending === "header") this.#isHeaderNext = false;
        return this.#request("crc", "begin, with CRC-16, without answers");
      default:
        return garbage(rest.subarray(0, findAnswer(rest)), "bytes that answer nothing");
    }
  }

  #request(check: BlockCheck, text: string): Meaning {
    this.#check = check;
    this.#pending = undefined;
    return { kind: "request", sizeBytes: 1, text };
  }
}

/** What a frame is, and how long. */
type Meaning = Pick<DecodedFrame, "kind" | "text"> & { readonly sizeBytes: number; readonly isRight?: boolean };

const CHECK_NAMES: Readonly<Record<BlockCheck, string>> = { crc: "CRC-16", checksum: "checksum" };

function garbage(bytes: Bytes, text: string): Meaning {
  return { kind: "garbage", sizeBytes: bytes.length, isRight: false, text };
}

/** Gives the number of bytes before the next answer, at least one. */
function findAnswer(bytes: Bytes): number {
  const answers: readonly number[] = [ACK, NAK, WANT_CRC, WANT_STREAM, CAN];
  const at = bytes.subarray(1).findIndex((byte) => answers.includes(byte));
  return at < 0 ? bytes.length : at + 1;
}

/** Two CAN or more, and the backspaces behind them. */
function sizeOfCancel(bytes: Bytes): number {
  let canCount = 0;
  while (bytes[canCount] === CAN) canCount++;
  let sizeBytes = canCount;
  while (bytes[sizeBytes] === BACKSPACE) sizeBytes++;
  return canCount < 2 ? 0 : sizeBytes;
}

function* runsOf(lines: readonly TraceLine[]): Generator<Run, void, void> {
  for (let start = 0, end = 0; start < lines.length; start = end) {
    const { mark } = lines[start]!;
    while (lines[end]?.mark === mark) end++;
    const parts = lines.slice(start, end);
    const times = parts.flatMap(({ atMs, bytes }) => new Array<number>(bytes.length).fill(atMs));
    yield { mark, bytes: concatBytes(parts.map(({ bytes }) => bytes)), timeAt: (offset) => times[offset]! };
  }
}
