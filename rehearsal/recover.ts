/**
 * A host that goes on after a fault: it brings the update again, as often as it takes.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { RehearsalDevice } from "./rehearsal_device.ts";
import type { Release } from "./release.ts";
import { SetWatch } from "./set_watch.ts";
import type { Transport } from "./transport.ts";

/** A host that has failed so often will not succeed. */
const RETRY_COUNT_MAX = 5;

/** What a host achieved. */
export interface Recovery {
  /** Time until the update ran, in milliseconds; `undefined` when it never did. */
  readonly durationMs: number | undefined;
  /** Sessions it took. */
  readonly retryCount: number;
  /** What ended the last session before its time. */
  readonly error: unknown;
  /** Erases of each sector; `undefined` for none. */
  readonly eraseCounts: Uint32Array | undefined;
  /** How there came to be no whole set in flash, in words. */
  readonly loss: string | undefined;
}

/**
 * Lets a host bring an update onto a device until it runs. Between two sessions the device is switched off and on.
 *
 * @param goal What to bring, and how.
 * @param device The device. Its erase counts are put back: they are in the result.
 * @returns What came of it.
 */
export function recover(
  { update, transport }: { readonly update: Release; readonly transport: Transport },
  device: RehearsalDevice,
): Recovery {
  const { flash } = device.chip;
  const before = flash.eraseCounts.slice();
  const watch = new SetWatch(device, new SetWatch(device, false).setCount > 0);
  let elapsedMs = 0;
  let durationMs: number | undefined;
  let error: unknown;
  let retryCount = 0;
  while (durationMs === undefined && retryCount < RETRY_COUNT_MAX) {
    retryCount++;
    const session = transport.connect(device, update).run([]);
    error = session.error;
    if (device.running === update) {
      durationMs = elapsedMs + (session.startedMs ?? session.durationMs);
      break;
    }
    const { booted, durationMs: bootMs } = device.powerCycle();
    elapsedMs += session.durationMs + bootMs;
    if (booted === "new") durationMs = elapsedMs;
  }
  const eraseCounts = flash.eraseCounts.map((count, index) => count - before[index]!);
  flash.eraseCounts.set(before);
  return { durationMs, retryCount, error, eraseCounts, loss: watch.loss };
}
