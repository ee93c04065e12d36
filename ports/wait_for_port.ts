/**
 * Waiting for a port that is not there yet: a device that restarts, or is about to be plugged in.
 *
 * Runs in Deno.
 *
 * @module
 */

import { ambiguousError } from "./choose_port.ts";
import { type Clock, SYSTEM_CLOCK } from "./clock.ts";
import { PortError } from "./port_error.ts";
import { formatPortSpec, matchUsbPorts, type PortSpec } from "./port_spec.ts";
import { listSerialPorts } from "./serial/list.ts";
import { lookAtPath, type PathLook } from "./serial/path_look.ts";
import type { SerialPortInfo } from "./serial/serial_port_info.ts";

/** Time between two looks, each of which takes some milliseconds. Deno's watch of `/dev` would need `--allow-all`. */
const LOOK_EVERY_MS = 100;

/** How long the system may take to give a new device to its group. After that, opening it says what is wrong. */
const PERMISSION_WITHIN_MS = 2000;

/** Options of {@linkcode waitForPort}. */
export interface WaitForPortOptions {
  /** Ends the wait; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How long to wait at most, in milliseconds.
   *
   * @default {Infinity}
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Time and timers.
   *
   * @default {SYSTEM_CLOCK}
   */
  readonly clock?: Clock | undefined;
  /**
   * Where to look, for tests.
   *
   * @default {SYSTEM_LOOKOUT}
   */
  readonly lookout?: Lookout | undefined;
}

/** What a wait looks at. */
export interface Lookout {
  /** Lists the serial ports. */
  list(): Promise<readonly SerialPortInfo[]>;
  /** Looks whether a path is there; nothing when it is not. */
  lookAt(path: string): Promise<PathLook | undefined>;
}

/** Looks at this computer. */
export const SYSTEM_LOOKOUT: Lookout = { list: listSerialPorts, lookAt: lookAtPath };

/**
 * Waits until a port is there and may be opened. Needs `--allow-ffi`.
 *
 * A new device belongs to nobody for a moment; that is waited for as well, for two seconds.
 *
 * @param spec Which port. One over TCP counts as there at once: only connecting would tell.
 * @param options How long, and what ends the wait.
 * @returns The port that appeared, by its path, to be opened now.
 * @throws {PortError} When it did not appear in time (code `port-wait`), or several fit (`port-ambiguous`).
 *
 * @example A board that is about to be plugged in
 * ```ts
 * import { openPort, parsePortSpec, waitForPort } from "@coreslot/coreslot/ports";
 *
 * async function openWhenPluggedIn() {
 *   return await openPort(await waitForPort(parsePortSpec("usb:0483:5740"), { timeoutMs: 60_000 }));
 * }
 *
 * console.assert(typeof openWhenPluggedIn === "function");
 * ```
 */
export async function waitForPort(spec: PortSpec, options: WaitForPortOptions = {}): Promise<PortSpec> {
  if (spec.kind === "tcp") return spec;
  const { lookout = SYSTEM_LOOKOUT, timeoutMs = Infinity } = options;
  const path = await lookUntil(() => findPath(spec, lookout), options);
  if (path === undefined) {
    throw waitError(formatPortSpec(spec), timeoutMs, "Check the cable, the power and the name of the port");
  }
  let latest = path;
  await lookUntil(async () => {
    // The device may have moved, and another one may have its path by now.
    latest = await findPath(spec, lookout) ?? latest;
    return (await lookout.lookAt(latest))?.isUsable || undefined;
  }, { ...options, timeoutMs: PERMISSION_WITHIN_MS });
  return { kind: "serial", path: latest };
}

async function findPath(spec: Exclude<PortSpec, { kind: "tcp" }>, lookout: Lookout): Promise<string | undefined> {
  if (spec.kind === "serial") return await lookout.lookAt(spec.path) && spec.path;
  const [first, ...others] = matchUsbPorts(await lookout.list(), spec);
  if (first !== undefined && others.length > 0) {
    throw ambiguousError(`Cannot wait for ${formatPortSpec(spec)}`, [first, ...others]);
  }
  return first?.path;
}

/**
 * Looks again and again until there is something, or the time is over.
 *
 * @typeParam T What is looked for.
 * @param look Looks once.
 * @param options How long, and what ends the wait.
 * @returns What was found; `undefined` when the time is over.
 */
export async function lookUntil<T>(
  look: () => Promise<T | undefined>,
  options: WaitForPortOptions,
): Promise<T | undefined> {
  const { clock = SYSTEM_CLOCK, timeoutMs = Infinity, signal } = options;
  const deadlineMs = clock.nowMs() + timeoutMs;
  while (true) {
    signal?.throwIfAborted();
    const found = await look();
    const leftMs = deadlineMs - clock.nowMs();
    if (found !== undefined || leftMs <= 0) return found;
    await clock.sleep(Math.min(LOOK_EVERY_MS, leftMs), signal);
  }
}

/**
 * Says that nothing appeared in time.
 *
 * @param what What was waited for.
 * @param timeoutMs How long.
 * @param advice What to do.
 */
export function waitError(what: string, timeoutMs: number, advice: string): PortError {
  return new PortError({
    code: "port-wait",
    message: `Cannot wait any longer for ${what}: nothing appeared within ${timeoutMs} ms`,
    advice,
  });
}
