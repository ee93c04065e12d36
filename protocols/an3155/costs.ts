/**
 * What each command costs on the wire, as closed forms written from the frame tables in `frames.ts`, never by running
 * the code: tests hold one against the other.
 *
 * With n bytes of data, p pages, k sectors and c commands in the ROM's list:
 *
 * | command | bytes out | bytes in | round trips |
 * | --- | --- | --- | --- |
 * | synchronise | 1 | 1 | 1 |
 * | Get | 2 | 4 + c | 1 |
 * | Get Version, Get ID | 2 | 5 | 1 |
 * | Read Memory | 2 + 5 + 2 | 3 + n | 3 |
 * | Go | 2 + 5 | 2 | 2 |
 * | Write Memory | 2 + 5 + n + 2 | 3 | 3 |
 * | Erase | 2 + p + 2, or 2 + 2 for all | 2 | 2 |
 * | Extended Erase | 2 + 2 p + 3, or 2 + 3 for a code | 2 | 2 |
 * | Write Protect | 2 + k + 2 | 2 | 2 |
 * | Write Unprotect, Readout Protect and Unprotect | 2 | 2 | 1 |
 * | Get Checksum | 2 + 5 + 5 | 4 + 5 | 3 |
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { SendAhead } from "./host.ts";

/** What an exchange, or many, cost. */
export interface WireCost {
  /** Bytes from the host to the target. */
  readonly bytesOut: number;
  /** Bytes from the target to the host. */
  readonly bytesIn: number;
  /** Frames from the host to the target: a command's two bytes are one, its address is another; sent ahead they are one. */
  readonly frames: number;
  /** Times that the host waits for an answer before it can send again. */
  readonly roundTrips: number;
  /** Bytes of answers that come while the host is still sending; none unless it sends ahead. */
  readonly overlappedBytes: number;
}

/** Nothing at all. */
export const NO_COST: WireCost = { bytesOut: 0, bytesIn: 0, frames: 0, roundTrips: 0, overlappedBytes: 0 };

/**
 * Adds costs up.
 *
 * @param costs The costs.
 * @returns Their sum.
 *
 * @example Get and Get ID of a ROM with 11 commands
 * ```ts
 * import { addCosts, getCost, getIdCost } from "@coreslot/coreslot/an3155";
 *
 * const { bytesOut, bytesIn } = addCosts([getCost(11), getIdCost()]);
 * console.assert(bytesOut === 4 && bytesIn === 20);
 * ```
 */
export function addCosts(costs: Iterable<WireCost>): WireCost {
  let [bytesOut, bytesIn, frames, roundTrips, overlappedBytes] = [0, 0, 0, 0, 0];
  for (const cost of costs) {
    bytesOut += cost.bytesOut;
    bytesIn += cost.bytesIn;
    frames += cost.frames;
    roundTrips += cost.roundTrips;
    overlappedBytes += cost.overlappedBytes;
  }
  return { bytesOut, bytesIn, frames, roundTrips, overlappedBytes };
}

/** What a serial line is like. */
export interface LineSettings {
  /** Bits a second. */
  readonly baudRate: number;
  /**
   * Bits that a byte takes: start, data, parity and stop.
   *
   * @default {11, for 8E1}
   */
  readonly frameBits?: number | undefined;
  /**
   * How long a byte travels each way, in milliseconds: the latency timer of a USB adapter is 1 to 16.
   *
   * @default {0}
   */
  readonly latencyMs?: number | undefined;
}

/**
 * Gives the time that a cost takes on the wire. The line is never used both ways at once but for overlapped bytes.
 *
 * @param cost The cost.
 * @param line The line.
 * @returns Milliseconds, without the time that the target works.
 */
export function lineTimeMs(cost: WireCost, line: LineSettings): number {
  const { baudRate, frameBits = 11, latencyMs = 0 } = line;
  const bytes = cost.bytesOut + cost.bytesIn - cost.overlappedBytes;
  return bytes * frameBits * 1000 / baudRate + 2 * latencyMs * cost.roundTrips;
}

/** Gives the cost of the synchronisation byte. */
export function synchroniseCost(): WireCost {
  return exchangeCost([1], 1);
}

/**
 * Gives the cost of Get.
 *
 * @param commandCount Commands in the ROM's list.
 * @returns The cost.
 */
export function getCost(commandCount: number): WireCost {
  return exchangeCost([2], 4 + commandCount);
}

/** Gives the cost of Get Version. */
export function getVersionCost(): WireCost {
  return exchangeCost([2], 5);
}

/** Gives the cost of Get ID. */
export function getIdCost(): WireCost {
  return exchangeCost([2], 5);
}

/**
 * Gives the cost of Read Memory.
 *
 * @param sizeBytes 1 to 256.
 * @param sendAhead How much is sent ahead.
 * @returns The cost.
 */
export function readMemoryCost(sizeBytes: number, sendAhead: SendAhead = "nothing"): WireCost {
  return sentAhead(exchangeCost([2, 5, 2], 3 + sizeBytes), sendAhead);
}

/** Gives the cost of Go. */
export function goCost(): WireCost {
  return exchangeCost([2, 5], 2);
}

/**
 * Gives the cost of Write Memory.
 *
 * @param sizeBytes 1 to 256.
 * @param sendAhead How much is sent ahead.
 * @returns The cost.
 */
export function writeMemoryCost(sizeBytes: number, sendAhead: SendAhead = "nothing"): WireCost {
  return sentAhead(exchangeCost([2, 5, sizeBytes + 2], 3), sendAhead);
}

/**
 * Gives the cost of Erase.
 *
 * @param pageCount Number of pages, or `all`.
 * @returns The cost.
 */
export function eraseCost(pageCount: number | "all"): WireCost {
  return exchangeCost([2, pageCount === "all" ? 2 : pageCount + 2], 2);
}

/**
 * Gives the cost of Extended Erase.
 *
 * @param pageCount Number of pages, or `all` for one of the special codes.
 * @returns The cost.
 */
export function extendedEraseCost(pageCount: number | "all"): WireCost {
  return exchangeCost([2, pageCount === "all" ? 3 : 2 * pageCount + 3], 2);
}

/**
 * Gives the cost of Write Protect.
 *
 * @param sectorCount Number of sector codes.
 * @returns The cost.
 */
export function writeProtectCost(sectorCount: number): WireCost {
  return exchangeCost([2, sectorCount + 2], 2);
}

/** Gives the cost of Write Unprotect, Readout Protect and Readout Unprotect: two answers to one frame. */
export function changeProtectionCost(): WireCost {
  return exchangeCost([2], 2);
}

/** Gives the cost of Get Checksum, without the polynomial phase. */
export function getChecksumCost(): WireCost {
  return exchangeCost([2, 5, 5], 4 + 5);
}

function exchangeCost(frameSizes: readonly number[], bytesIn: number): WireCost {
  const bytesOut = frameSizes.reduce((sum, size) => sum + size, 0);
  const frames = frameSizes.length;
  return { bytesOut, bytesIn, frames, roundTrips: frames, overlappedBytes: 0 };
}

/** A frame that follows at once saves a round trip, and its predecessor's ACK comes while it is still on its way. */
function sentAhead(cost: WireCost, sendAhead: SendAhead): WireCost {
  const savedCount = { nothing: 0, address: 1, everything: cost.frames - 1 }[sendAhead];
  const frames = cost.frames - savedCount;
  return { ...cost, frames, roundTrips: frames, overlappedBytes: savedCount };
}
