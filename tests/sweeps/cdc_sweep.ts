/**
 * The long sweeps of the CDC protocol, for a machine with time: every fault of every byte, each bit flipped, over USB and over a
 * serial line; the reset pin at every byte.
 *
 * @module
 */

import { enumerateWireFaults } from "../../emulator/mod.ts";
import { listCableFaults } from "./cdc_faults.ts";
import { CdcBench, type CdcBenchOptions, sweep } from "./cdc_trial.ts";

const SERIAL: CdcBenchOptions = { line: { wire: { baudRate: 115_200, frame: "8N1" }, receiverDepthBytes: 1200 } };

/** Runs all of it, and prints the tallies. */
export function runLongSweeps(): void {
  for (
    const [name, options] of [["USB", {}], ["USB, nothing to clone", { clones: false }], ["serial", SERIAL]] as const
  ) {
    const bench = new CdcBench(options);
    const space = bench.run([]);
    console.log(`${name}, wire: ${sweep(bench, enumerateWireFaults(space).map((fault) => [fault]))}`);
  }
  const bench = new CdcBench(SERIAL);
  console.log(`serial, reset: ${sweep(bench, listCableFaults(bench.run([]), "reset", 1))}`);
}

if (import.meta.main) runLongSweeps();
