/**
 * Takes the steps of a boot entry, one after another, over whatever can take them.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";
import { LinkClosedError, type Port } from "../../protocols/link/mod.ts";
import { PortError } from "../port_error.ts";
import type { Framing, PortNotice } from "../serial/settings.ts";
import { BootEntryError } from "./boot_entry_error.ts";
import { type BootStep, formatData } from "./boot_step.ts";

/** What the steps of a boot entry act on: a port with somebody who reads it, and a clock. */
export interface BootEntryActions extends Pick<Port, "name" | "setSignals" | "setBaudRate"> {
  /** Changes the frame; left out where that cannot be done. */
  setFraming?(framing: Framing): Promise<void>;
  /** Sends bytes and waits until they have left. */
  send(bytes: Bytes): Promise<void>;
  /** Reads until bytes come; gives nothing when they came in time, else what came instead, or the end of it. */
  expect(bytes: Bytes, withinMs: number): Promise<Bytes | undefined>;
  /** Waits. */
  sleep(durationMs: number): Promise<void>;
  /** Closes the port, and opens it when it is back; it may be gone already. */
  reopen(withinMs: number): Promise<void>;
}

/**
 * Takes steps, one after another. A break that they begin ends with them at the latest, also where they fail.
 *
 * @param steps The steps: those of `enter`, or of `leave`.
 * @param actions What they act on.
 * @returns What the port could not do, and was left out: a device behind a network is reset by hand.
 * @throws {BootEntryError} When an answer did not come; code `boot-entry-silent`.
 *
 * @example Steps on a port that has no lines
 * ```ts
 * import { parseBootEntry, runBootSteps } from "@coreslot/coreslot/ports";
 *
 * const nothing = () => Promise.resolve();
 * const notices = await runBootSteps(parseBootEntry("reset-dtr").enter, {
 *   name: "tcp:127.0.0.1:7000",
 *   send: nothing,
 *   expect: () => Promise.resolve(undefined),
 *   sleep: nothing,
 *   reopen: nothing,
 * });
 * console.assert(notices[0]?.code === "no-signals");
 * ```
 */
export async function runBootSteps(
  steps: readonly BootStep[],
  actions: BootEntryActions,
): Promise<readonly PortNotice[]> {
  const notices = new Map<string, PortNotice>();
  let isGone = false;
  let isBroken = false;
  const endBreak = async () => {
    // Where that fails, the port has gone, and its break with it.
    if (isBroken) await actions.setSignals?.({ break: false }).catch(() => {});
    isBroken = false;
  };
  try {
    for (const [index, step] of steps.entries()) {
      if (step.kind === "reopen") {
        await endBreak();
        await actions.reopen(step.withinMs);
        isGone = false;
      } else if (!isGone) {
        const setsBreak = step.kind === "signals" ? step.signals.break : undefined;
        isBroken ||= setsBreak === true;
        try {
          const notice = await takeStep(step, actions);
          if (notice !== undefined) notices.set(notice.code, notice);
          if (setsBreak === false) isBroken = false;
        } catch (error) {
          // A device that is told to restart may be gone before the last of the steps that tell it.
          const isReopened = steps.slice(index).some(({ kind }) => kind === "reopen");
          if (!isReopened || !isAboutGone(error)) throw error;
          isGone = true;
        }
      }
    }
  } finally {
    // Some adapters keep it when the port is closed.
    await endBreak();
  }
  return [...notices.values()];
}

function isAboutGone(error: unknown): boolean {
  return error instanceof LinkClosedError || error instanceof PortError && error.code === "port-vanished";
}

async function takeStep(
  step: Exclude<BootStep, { kind: "reopen" }>,
  actions: BootEntryActions,
): Promise<PortNotice | undefined> {
  const { name } = actions;
  switch (step.kind) {
    case "signals":
      if (actions.setSignals === undefined) return leftOut("no-signals", `${name} has no DTR and RTS`);
      await actions.setSignals(step.signals);
      return undefined;
    case "baud":
      if (actions.setBaudRate === undefined) return leftOut("no-baud-rate", `${name} has no rate`);
      await actions.setBaudRate(step.baudRate);
      return undefined;
    case "mode":
      if (actions.setFraming === undefined) return leftOut("no-framing", `${name} keeps the frame it was opened with`);
      await actions.setFraming(step.framing);
      return undefined;
    case "wait":
      await actions.sleep(step.durationMs);
      return undefined;
    case "send":
      await actions.send(step.bytes);
      return undefined;
    case "expect": {
      const came = await actions.expect(step.bytes, step.withinMs);
      if (came !== undefined) throw silentError(name, step, came);
      return undefined;
    }
  }
}

function silentError(name: string, step: Extract<BootStep, { kind: "expect" }>, came: Bytes): BootEntryError {
  const answer = `${formatData(step.bytes, step)} on ${name} within ${step.withinMs} ms`;
  return new BootEntryError({
    code: "boot-entry-silent",
    message: `Cannot enter the loader: no answer ${answer}${
      came.length === 0 ? "" : `, but ${formatData(came, step)}`
    }`,
    advice: "Check rate and frame of the application (baud-... and mode-... before send-...), and that it is running",
  });
}

function leftOut(code: PortNotice["code"], why: string): PortNotice {
  return { code, message: `${why}: steps of the boot entry were left out, so put the device into its loader by hand` };
}
