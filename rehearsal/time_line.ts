/**
 * The flash operations of an update as stretches of time: what a picture of it shows.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { factsOf, type Recording } from "./recording.ts";
import type { RehearsalDevice } from "./rehearsal_device.ts";
import type { ReportedStretch, ReportedVerification } from "./report.ts";

/**
 * Lists the stretches of an update: calls of one kind that follow each other at addresses that follow each other.
 *
 * @param recording The update.
 * @param device Its device.
 * @returns The stretches, in order.
 */
export function listStretches(recording: Recording, device: RehearsalDevice): ReportedStretch[] {
  const stretches: ReportedStretch[] = [];
  for (const { index, count, kind, address, sizeBytes, startMs, durationMs, phase } of recording.calls) {
    const { core, slot, part } = factsOf(recording, device, index);
    const endMs = roundMs(startMs + durationMs);
    const addressEnd = address + sizeBytes;
    const last = stretches.at(-1);
    const goesOn = last !== undefined && last.kind === kind && last.phase === phase && last.core === core &&
      last.slot === slot && last.part === part && last.addressEnd === address;
    if (goesOn) {
      stretches[stretches.length - 1] = { ...last, addressEnd, endMs, count: last.count + count };
      continue;
    }
    stretches.push({
      kind,
      phase,
      core,
      slot,
      part,
      addressStart: address,
      addressEnd,
      startMs: roundMs(startMs),
      endMs,
      operation: index,
      count,
    });
  }
  return stretches;
}

/**
 * Finds when an update was verified: the longest pause between the last payload and the first of what makes it valid. A
 * loader verifies before it writes headers, the boot ROM's host before it writes commit words.
 *
 * @param stretches The update.
 * @returns One verification of each phase there is.
 */
export function listVerifications(stretches: readonly ReportedStretch[]): ReportedVerification[] {
  return (["staging", "install"] as const).flatMap((phase) => {
    const programs = stretches.filter((stretch) => stretch.phase === phase && stretch.kind === "program");
    const firstOf = (wanted: ReportedStretch["part"]) => programs.findIndex(({ part }) => part === wanted);
    const pauses = [firstOf("header"), firstOf("commit-word")].filter((index) => index > 0)
      .map((index) => ({ phase, startMs: programs[index - 1]!.endMs, endMs: programs[index]!.startMs }));
    const longest = pauses.toSorted((a, b) => b.endMs - b.startMs - (a.endMs - a.startMs))[0];
    return longest === undefined ? [] : [longest];
  });
}

function roundMs(durationMs: number): number {
  return Math.round(durationMs * 1000) / 1000;
}
