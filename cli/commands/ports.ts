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
  coreslot flash app.hex --protocol an3155 --port usb:0483:5740

How a device gets into its loader, and out again, for --enter and --leave of the
commands that talk to one:

  boot0-rts,reset-dtr      what is wired to what, lines that are on pull; with
                           not- where off does, as in boot0-not-rts,reset-dtr;
                           reset-dtr alone where a jumper sets BOOT0
  ttl-adapter              a USB-to-TTL adapter wired straight: DTR to NRST, RTS
                           to BOOT0
  flymcu                   a board with a CH340 and two transistors
  touch-1200               a device on USB that restarts into its loader when a
                           port at 1200 baud is let go
  stm32flash:rts,-dtr,dtr  a string of stm32flash
  dtr-on,wait-100,dtr-off  steps, and after a colon those back: dtr-on+rts-off,
                           break-on, wait-100, baud-1200, mode-8n1, send-7f,
                           send-"text", expect-79, expect-"text"-within-500,
                           reopen

Steps may follow what is wired or a name, and after a colon those of its way
back: boot0-rts,reset-dtr,wait-500`;

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
