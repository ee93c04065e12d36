/**
 * A computer in virtual time, to which devices come and from which they go.
 *
 * @module
 */

import type { Clock, Lookout, SerialPortInfo } from "../ports/mod.ts";

/** What is there from a moment on, in milliseconds; `locked` when nobody may open it. */
export type Timeline = readonly (readonly [fromMs: number, ports: readonly SerialPortInfo[], state?: "locked"])[];

/** Time, and where to look. */
export interface SimulatedComputer {
  /** Sleeping is all that moves it. */
  readonly clock: Clock;
  /** What is there now. A port that comes back is another one than before. */
  readonly lookout: Lookout;
}

/**
 * Makes a computer at 0 ms.
 *
 * @param timeline What is there when.
 * @returns The computer.
 */
export function simulateComputer(timeline: Timeline): SimulatedComputer {
  let nowMs = 0;
  const entryAt = () => timeline.findLastIndex(([fromMs]) => fromMs <= nowMs);
  const isThere = (path: string, index: number) => timeline[index]?.[1].some((port) => port.path === path) ?? false;
  /** Since when a port is there without a break, as the index into the timeline. */
  const bornAt = (path: string, index: number): number => isThere(path, index - 1) ? bornAt(path, index - 1) : index;
  return {
    clock: {
      nowMs: () => nowMs,
      sleep: (ms) => {
        nowMs += ms;
        return Promise.resolve();
      },
    },
    lookout: {
      list: () => Promise.resolve(timeline[entryAt()]![1]),
      lookAt: (path) => {
        const index = entryAt();
        if (!isThere(path, index)) return Promise.resolve(undefined);
        const look = { identity: String(bornAt(path, index)), isUsable: timeline[index]![2] !== "locked" };
        return Promise.resolve(look);
      },
    },
  };
}
