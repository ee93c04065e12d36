/**
 * An application that was started on an emulated chip: nothing of it runs, and nobody answers.
 *
 * @module
 */

import { formatAddress } from "../../core/hex.ts";
import type { BootReport } from "../../emulator/boot.ts";
import type { FirmwareExit } from "../../emulator/run_device.ts";
import type { ByteLink } from "../../protocols/link/byte_link.ts";
import type { Procedure } from "../../protocols/link/procedure.ts";

/**
 * Tells what was started, and hears nothing from then on.
 *
 * @param link The chip's end of the wire.
 * @param boot What was started.
 * @param say Prints a line about it.
 * @returns What the chip runs; it ends with the connection.
 */
export function standInForApplication(
  link: ByteLink,
  boot: BootReport,
  say: (line: string) => void,
): Procedure<FirmwareExit> {
  say(`${describeStart(boot)}; nobody answers until the next connection resets the chip`);
  return hearNothing(link);
}

function* hearNothing(link: ByteLink): Procedure<FirmwareExit> {
  while (true) yield* link.readByte("the end of the connection", Infinity);
}

function describeStart({ cores: [first] }: BootReport): string {
  if (first?.kind === "runs") return `${first.core} runs what stands at ${formatAddress(first.address)}`;
  if (first?.kind === "faults") {
    return `${first.core} is in a fault at ${formatAddress(first.address)}: ${first.reason}`;
  }
  return "the core is held";
}
