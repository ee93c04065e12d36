/**
 * The protocol with commands of seven bytes on the command line: firmware to a loader that verifies no signature.
 *
 * @module
 */

import type { CliProtocol } from "./protocol.ts";

/** Commands of seven bytes. Every operation loads its code when it is run. */
export const CDC7: CliProtocol = {
  nature: "it only erases, writes and starts the application",
  flags: {
    erase: ["start", "size"],
    flash: ["base"],
    emulate: ["part", "profile"],
    plan: ["base"],
  },
  silenceAdvice: "Is the device in its loader (by its button, or just after a reset), and is this its port?",
  erase: async (...args) => (await import("./cdc7_erase.ts")).eraseApplication(...args),
  flash: async (source) => (await import("./cdc7_flash.ts")).prepareFlash(source),
  go: async (conversation, address) => (await import("./cdc7_go.ts")).goTo(conversation, address),
  emulate: async (...args) => (await import("./cdc7_emulate.ts")).emulateCdc7(...args),
  decode: async (...args) => (await import("./cdc7_decode.ts")).explainTrace(...args),
  plan: async (source) => (await import("./cdc7_plan.ts")).planFile(source),
};
