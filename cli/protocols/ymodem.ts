/**
 * YMODEM on the command line: files with their names and sizes.
 *
 * @module
 */

import type { CliProtocol } from "./protocol.ts";
import type { FileSender } from "./transfer_send.ts";
import { TRANSFER_SILENCE_ADVICE } from "./transfer_stages.ts";

/** YMODEM. Every operation loads its code when it is run. */
export const YMODEM: CliProtocol = {
  nature: "it only carries files",
  flags: {
    flash: ["base", "part", "short-blocks", "pause", "key", "layout"],
    send: ["part", "short-blocks", "pause"],
    receive: ["force"],
    plan: ["base", "short-blocks"],
    emulate: ["part", "address", "bank-mode", "profile", "layout", "key", "product"],
  },
  silenceAdvice: TRANSFER_SILENCE_ADVICE,
  flash: async (...args) => (await import("./transfer_send.ts")).prepareFlash(await loadSender(), ...args),
  send: async (...args) => (await import("./transfer_send.ts")).prepareSend(await loadSender(), ...args),
  receive: async (...args) => (await import("./ymodem_transfer.ts")).prepareReceive(...args),
  emulate: async (...args) => (await import("./transfer_emulate.ts")).emulateTaker("ymodem", ...args),
  decode: async (...args) => (await import("./transfer_decode.ts")).explainTransfer("ymodem", ...args),
  plan: async (...args) => (await import("./transfer_plan.ts")).planTransfer(await loadSender(), ...args),
};

async function loadSender(): Promise<FileSender> {
  return (await import("./ymodem_transfer.ts")).YMODEM_SENDER;
}
