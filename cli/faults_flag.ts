/**
 * `--faults`: what goes wrong with an emulated device.
 *
 * @module
 */

import type { Fault } from "../emulator/faults.ts";
import { UsageError } from "./usage_error.ts";

/** What of `--faults` differs from command to command. */
export interface FaultsFlagOptions {
  /** What the faults are for. */
  readonly brief: string;
  /** What to do about a text that is none. */
  readonly advice: string;
}

/** The flag. */
export interface FaultsFlag {
  /** Read by `parse`. */
  readonly kind: "parsed";
  /** What the help calls the value. */
  readonly placeholder: "SPEC";
  /** What the faults are for. */
  readonly brief: string;
  /** Parses a list of faults. */
  readonly parse: (text: string) => Promise<readonly Fault[]>;
  /** Nothing goes wrong without it. */
  readonly optional: true;
}

/**
 * Makes the flag. The emulator is loaded when it is given and not before: help needs none of it.
 *
 * @param options Brief and advice.
 * @returns The flag.
 */
export function faultsFlag({ brief, advice }: FaultsFlagOptions): FaultsFlag {
  const parse = async (text: string): Promise<readonly Fault[]> => {
    const { parseFaults } = await import("../emulator/fault_text.ts");
    try {
      return parseFaults(text);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw new UsageError("bad-value", error.message, advice);
    }
  };
  return { kind: "parsed", placeholder: "SPEC", brief, parse, optional: true };
}
