/**
 * XMODEM on the command line: one file, in blocks of 128 bytes, or of 1 KiB.
 *
 * @module
 */

import type { CliProtocol } from "./protocol.ts";
import { TRANSFER_SILENCE_ADVICE } from "./transfer_stages.ts";

/** XMODEM with blocks of 128 bytes. */
export const XMODEM: CliProtocol = xmodemOf(128);

/** XMODEM with blocks of 1 KiB, and short ones at the end. */
export const XMODEM_1K: CliProtocol = xmodemOf(1024);

/** Every operation loads its code when it is run. */
function xmodemOf(blockSizeBytes: 128 | 1024): CliProtocol {
  const sender = async () => (await import("./xmodem_transfer.ts")).xmodemSender(blockSizeBytes);
  return {
    nature: "it only carries a file",
    flags: {
      flash: ["base", "part", "pause", "key", "layout"],
      send: ["part", "pause"],
      receive: ["force"],
      plan: ["base"],
      emulate: ["part", "address", "bank-mode", "layout", "key", "product"],
    },
    silenceAdvice: TRANSFER_SILENCE_ADVICE,
    flash: async (...args) => (await import("./transfer_send.ts")).prepareFlash(await sender(), ...args),
    send: async (...args) => (await import("./transfer_send.ts")).prepareSend(await sender(), ...args),
    receive: async (...args) => (await import("./xmodem_transfer.ts")).prepareReceive(...args),
    emulate: async (...args) => (await import("./transfer_emulate.ts")).emulateTaker("xmodem", ...args),
    decode: async (...args) => (await import("./transfer_decode.ts")).explainTransfer("xmodem", ...args),
    plan: async (...args) => (await import("./transfer_plan.ts")).planTransfer(await sender(), ...args),
  };
}
