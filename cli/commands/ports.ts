/**
 * `coreslot ports`: the serial ports of this computer.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { JSON_FLAG } from "../flags.ts";
import { printReport } from "../report.ts";
import { BRIEFS } from "./briefs.ts";

const DESCRIPTION = `Vendor and product are given as usb:VID:PID takes them. Commands use the only
port on USB when none is named. Needs --allow-ffi.

  coreslot ports
  coreslot flash app.hex --protocol an3155 --port usb:0483:5740`;

async function runPorts(this: CliContext, flags: { readonly json: boolean }): Promise<void> {
  const { listSerialPorts } = await import("../../ports/serial/list.ts");
  const { describePorts } = await import("../port_list.ts");
  const { withPermissionAdvice } = await import("../ports.ts");
  try {
    printReport(this.terminal, describePorts(await listSerialPorts()), { isJson: flags.json });
  } catch (error) {
    throw withPermissionAdvice(error, "Cannot list serial ports");
  }
}

/** The command. */
export const command = buildCommand({
  docs: { brief: BRIEFS.ports, fullDescription: DESCRIPTION },
  parameters: { flags: { json: JSON_FLAG } },
  func: runPorts,
});
