/**
 * A conversation half explained: the bytes that are left, and the frames found so far.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes } from "../../core/mod.ts";
import type { TraceLine } from "../link/mod.ts";
import { ACK, BUSY, NACK } from "./constants.ts";
import { type TakenBytes, TraceReader } from "./decode_reader.ts";

/** A frame of a captured conversation, explained. */
export interface DecodedFrame {
  /** When it went over the wire, in milliseconds, as the trace has it. */
  readonly atMs: number;
  /** `>` from host to target, `<` from target to host, `x` for bytes that were dropped unread, `-` for an answer missing. */
  readonly mark: ">" | "<" | "x" | "-";
  /** The bytes; none for an answer that is missing. */
  readonly bytes: Bytes;
  /** The command that it belongs to; `undefined` for synchronisation and bytes that belong to none. */
  readonly command: string | undefined;
  /** What it is. */
  readonly kind: "sync" | "command" | "operand" | "answer" | "reply" | "garbage" | "dropped" | "missing";
  /** Whether it is as the protocol has it: NACK is not, and neither is a wrong checksum. */
  readonly isRight: boolean;
  /** What it says, in words. */
  readonly text: string;
}

/** What a frame is, but for its time and bytes. */
type Meaning = Pick<DecodedFrame, "mark" | "kind" | "text"> & { readonly isRight?: boolean };

/** A conversation half explained. */
export class Decoder {
  /** The bytes that are left. */
  readonly reader: TraceReader;
  /** The frames so far. */
  readonly frames: DecodedFrame[] = [];
  /** Name of the command that is being explained. */
  command: string | undefined;

  /**
   * Begins at the first byte.
   *
   * @param lines The trace.
   */
  constructor(lines: readonly TraceLine[]) {
    this.reader = new TraceReader(lines);
  }

  /**
   * Adds a frame.
   *
   * @param taken Its bytes.
   * @param meaning What it is.
   */
  add(taken: TakenBytes, meaning: Meaning): void {
    this.frames.push({ ...taken, command: this.command, isRight: true, ...meaning });
  }

  /**
   * Notes that something did not come.
   *
   * @param text What, in words.
   */
  addMissing(text: string): void {
    const { atMs } = this.frames.at(-1) ?? { atMs: 0 };
    this.add({ atMs, bytes: new Uint8Array(0) }, { mark: "-", kind: "missing", text, isRight: false });
  }

  /**
   * Adds an answer of one byte.
   *
   * @param taken The byte.
   * @param what What it answers.
   * @returns Whether it is ACK.
   */
  addAnswer(taken: TakenBytes, what: string): boolean {
    const byte = taken.bytes[0]!;
    const name = new Map([[ACK, "ACK"], [NACK, "NACK"], [BUSY, "BUSY"]]).get(byte) ?? "neither ACK nor NACK: answer";
    this.add(taken, { mark: "<", kind: "answer", text: `${name} of ${what}`, isRight: byte === ACK || byte === BUSY });
    return byte === ACK;
  }

  /**
   * Takes the answer to what the host sent last, and any number of BUSY before it.
   *
   * @param what What it answers.
   * @returns Whether it is ACK.
   */
  expectAck(what: string): boolean {
    while (true) {
      const taken = this.reader.takeTarget(1);
      if (taken.bytes.length === 0) {
        this.addMissing(`no answer to ${what}`);
        return false;
      }
      const isAck = this.addAnswer(taken, what);
      if (taken.bytes[0] !== BUSY) return isAck;
    }
  }

  /**
   * Takes a frame of known size.
   *
   * @param mark Whose it is.
   * @param count Its size.
   * @param what What it is, for when it is cut short.
   * @returns Its bytes; nothing when it is cut short.
   */
  takeFrame(mark: ">" | "<", count: number, what: string): TakenBytes | undefined {
    return this.takeSized(mark, { headCount: 0, restCount: () => count, what });
  }

  /**
   * Takes a frame whose head says how long the rest is.
   *
   * @param mark Whose it is.
   * @param shape Size of the head, how the rest follows from it, and what the frame is.
   * @returns All its bytes; nothing when it is cut short.
   */
  takeSized(mark: ">" | "<", shape: FrameShape): TakenBytes | undefined {
    const { headCount, restCount, what } = shape;
    const head = this.#take(mark, headCount);
    const isHeadWhole = head.bytes.length === headCount;
    const count = isHeadWhole ? restCount(head.bytes) : 0;
    const rest = this.#take(mark, count);
    const taken = { atMs: headCount === 0 ? rest.atMs : head.atMs, bytes: concatBytes([head.bytes, rest.bytes]) };
    if (isHeadWhole && rest.bytes.length === count) return taken;
    if (taken.bytes.length === 0) this.addMissing(`no ${what}`);
    else {
      const text = `${what}, cut short after ${taken.bytes.length} bytes`;
      this.add(taken, { mark, kind: mark === ">" ? "operand" : "reply", text, isRight: false });
    }
    return undefined;
  }

  #take(mark: ">" | "<", count: number): TakenBytes {
    return mark === ">" ? this.reader.takeHost(count) : this.reader.takeTarget(count);
  }
}

/** How long a frame is. */
export interface FrameShape {
  /** Bytes of the head. */
  readonly headCount: number;
  /** Bytes of the rest, given the head. */
  readonly restCount: (head: Bytes) => number;
  /** What it is. */
  readonly what: string;
}
