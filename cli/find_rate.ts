/**
 * `--baud auto`: the highest rate at which the device answers all that `info` asks.
 *
 * @module
 */

import { findBaudRate } from "../ports/baud_rates.ts";
import { PortError } from "../ports/port_error.ts";
import { parsePortSpec } from "../ports/port_spec.ts";
import { converse, type ConverseOptions, type Talk } from "./conversation.ts";
import { DeviceError } from "./device_error.ts";
import { EXIT_CODES, exitCodeOf } from "./exit_codes.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Tries rates from the highest down. Each try opens the port and brings the device into its loader anew, because a boot
 * ROM measures its rate once.
 *
 * @param request Terminal and flags of the command.
 * @param probe Asks the device for more than one byte, and changes nothing.
 * @returns The rate.
 * @throws {UsageError} When the port has no rate, or nothing resets the device between two rates.
 * @throws {DeviceError} What the lowest rate threw that the port can do, when none works.
 * @throws {PortError} When the port can do none of them.
 */
export async function findRate(request: ConverseOptions, probe: Talk<unknown>): Promise<number> {
  const { flags, terminal } = request;
  if (flags.port !== undefined && parsePortSpec(flags.port).kind === "tcp") {
    throw new UsageError(
      "bad-value",
      `Cannot use --baud auto with ${flags.port}: a port over TCP has no rate here`,
      "Leave --baud out: whatever stands at the other end sets the rate",
    );
  }
  if (flags.enter === undefined) {
    throw new UsageError(
      "missing-argument",
      "Cannot use --baud auto without --enter: the device measures its rate once after a reset",
      "Say with --enter how the port resets it, or name the rate",
    );
  }
  let failure: unknown;
  const baudRate = await findBaudRate(async (baud) => {
    try {
      // Said once is enough, by the conversation that follows.
      const { trace: _, ...others } = flags;
      await converse({ ...request, flags: { ...others, baud, json: true } }, probe);
      return true;
    } catch (error) {
      if (!isAboutRate(error)) throw error;
      if (failure === undefined || error instanceof DeviceError) failure = error;
      return false;
    }
  }, {
    onTrial: ({ baudRate, isWorking }) => {
      if (!flags.json) terminal.printError(`${baudRate} baud: ${isWorking ? "works" : "does not work"}`);
    },
  });
  if (baudRate === undefined) throw failure;
  return baudRate;
}

/**
 * Tells whether another rate may do better.
 *
 * @param error What a trial threw.
 */
export function isAboutRate(error: unknown): boolean {
  // An adapter may do less than the device.
  if (error instanceof PortError) return error.code === "port-settings";
  if (!(error instanceof DeviceError)) return false;
  const code = exitCodeOf(error);
  return code === EXIT_CODES.silent && error.code !== "closed" || error.code === "unexpected-bytes";
}
