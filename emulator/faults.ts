/**
 * Everything that can go wrong in a run, as data that prints and parses: `drop:h2t:17;cut:op=12,model=3`.
 *
 * | fault | what happens |
 * |---|---|
 * | `drop:h2t:17` | byte 17 from host to target is lost |
 * | `duplicate:t2h:3` | byte 3 from target to host comes twice |
 * | `stall:h2t:17,ms=1500` | byte 17 and all behind it come 1.5 s late |
 * | `flip:h2t:17,bit=0` | the lowest bit of byte 17 is inverted |
 * | `unplug:h2t:17` | the cable is gone when byte 17 would have come; the host notices, the target does not |
 * | `reset:h2t:17` | the target's reset pin is pulled when byte 17 comes, which is lost |
 * | `cut:op=12,model=3,half=high` | power goes away in flash operation 12; `half` and `reads` as in a {@linkcode Cut} |
 * | `busy:op=12,ms=300` | flash operation 12 takes 300 ms longer |
 * | `nack:cmd=4` | the target refuses command 4 for no reason |
 *
 * All numbers are 0-based and count from the start of the run: bytes as their sender sends them, commands whose frame was
 * right, flash operations one a program unit and one an erase.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Cut } from "./cut_model.ts";

/** Which way bytes go: from host to target, or back. */
export type Direction = "h2t" | "t2h";

/** A fault of one byte on the wire. */
export interface WireFault {
  /** What happens to the byte. */
  readonly kind: "drop" | "duplicate" | "stall" | "flip" | "unplug" | "reset";
  /** Which way it goes. */
  readonly direction: Direction;
  /** Its number among the bytes that go this way. */
  readonly byteIndex: number;
  /** How late it comes, in milliseconds, for `stall`. */
  readonly stallMs?: number | undefined;
  /** Which bit, 0 to 7, for `flip`. */
  readonly bit?: number | undefined;
}

/** Power that goes away in a flash operation. */
export interface CutFault extends Cut {
  /** Tells it from other faults. */
  readonly kind: "cut";
  /** Number of the operation. */
  readonly operation: number;
}

/** A flash operation that takes longer. */
export interface BusyFault {
  /** Tells it from other faults. */
  readonly kind: "busy";
  /** Number of the operation. */
  readonly operation: number;
  /** How much longer, in milliseconds. */
  readonly extraMs: number;
}

/** A command that is refused for no reason. */
export interface NackFault {
  /** Tells it from other faults. */
  readonly kind: "nack";
  /** Number of the command among those whose frame was right. */
  readonly command: number;
}

/** One fault. */
export type Fault = WireFault | CutFault | BusyFault | NackFault;

/**
 * Tells whether a fault is one of the wire.
 *
 * @param fault The fault.
 * @returns `true` when it has a direction and a byte.
 */
export function isWireFault(fault: Fault): fault is WireFault {
  return "byteIndex" in fault;
}
