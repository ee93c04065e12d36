/**
 * Trying again when nobody answers, or the port goes.
 *
 * @module
 */

import { CoreslotError } from "../core/errors.ts";
import { type Clock, SYSTEM_CLOCK } from "../ports/clock.ts";
import { DeviceError, hasTouched, InterruptedError, NO_DEVICE, type Stage, withStateOf } from "./device_error.ts";
import { EXIT_CODES, exitCodeOf } from "./exit_codes.ts";
import { onInterrupt } from "./interrupts.ts";
import type { Terminal } from "./terminal.ts";
import { wrap } from "./wrap.ts";

/** Codes of ports that another try may have: the device restarts, or another program looks at it. */
const PASSING_CODES: ReadonlySet<string> = new Set([
  ...["port-absent", "port-busy", "port-unreachable", "port-vanished", "port-wait"],
]);

/** Time between two tries: what fails at once, such as a port that is taken, would use them all up in a moment. */
const PAUSE_MS = 1000;

/** Options of {@linkcode persist}. */
export interface PersistOptions {
  /** How often to try again. */
  readonly count: number;
  /** What people call the port. */
  readonly port: string;
  /** Where to say so. */
  readonly terminal: Terminal;
  /** Whether to say nothing. */
  readonly isQuiet: boolean;
  /**
   * What the pauses are measured with.
   *
   * @default {SYSTEM_CLOCK}
   */
  readonly clock?: Clock;
}

/**
 * Does something, and does it again while it fails for a reason that may pass.
 *
 * @typeParam T What it gives.
 * @param attempt Does it; called once a try.
 * @param options How often, and whom to tell.
 * @returns What the first try gave that succeeded.
 * @throws Whatever the last try threw, or one that no other try can make good.
 */
export async function persist<T>(attempt: () => Promise<T>, options: PersistOptions): Promise<T> {
  const { count, port, terminal, isQuiet, clock = SYSTEM_CLOCK } = options;
  let before: DeviceError | undefined;
  for (let tried = 0;; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (tried === count || !mayPass(error, tried > 0)) throw withStateOf(error, before);
      if (error instanceof DeviceError && hasTouched(error)) before = error;
      // Where nobody named a port, the error does.
      const name = error instanceof DeviceError ? error.port : port;
      await pause({
        clock,
        say: () => {
          const lead = `trying again, ${tried + 1} of ${count}: `;
          if (!isQuiet) {
            terminal.printError(...wrap(error.message.split(" "), { lead, columns: terminal.errorColumns }));
          }
        },
        toError: (interrupted) => withStateOf(new DeviceError(interrupted, name, stageOf(error)), before),
      });
    }
  }
}

/** How a pause is told, and what ends it early. */
interface Pause {
  readonly clock: Clock;
  readonly say: () => void;
  readonly toError: (interrupted: InterruptedError) => unknown;
}

/** Says so, and waits; Ctrl-C ends it with an error from the moment that people have been told. */
async function pause({ clock, say, toError }: Pause): Promise<void> {
  const interrupt = new AbortController();
  const stopListening = onInterrupt(() => interrupt.abort(toError(new InterruptedError("waiting to try again"))));
  try {
    say();
    await clock.sleep(PAUSE_MS, interrupt.signal);
  } finally {
    stopListening();
  }
}

function stageOf(error: CoreslotError): Stage {
  const { advice: next = NO_DEVICE.next } = error;
  return { ...NO_DEVICE, next, ...(error instanceof DeviceError ? { device: error.deviceState } : {}) };
}

function mayPass(error: unknown, isAgain: boolean): error is CoreslotError {
  if (!(error instanceof CoreslotError)) return false;
  // A receiver that was in the middle of a file may take a moment to give up on the try before.
  if (isAgain && error.code === "canceled-by-peer") return true;
  return exitCodeOf(error) === EXIT_CODES.silent || PASSING_CODES.has(error.code);
}
