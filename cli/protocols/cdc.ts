/**
 * The CDC protocol on the command line: updates to a device with a slot loader.
 *
 * @module
 */

import type { CliProtocol } from "./protocol.ts";

/** CDC. Every operation loads its code when it is run. */
export const CDC: CliProtocol = {
  nature: "it only carries updates",
  flags: {
    flash: ["key", "layout", "force", "wait"],
    emulate: ["part", "layout", "key", "product"],
    plan: ["layout"],
  },
  silenceAdvice: "Is the device in its loader (by its button, by its application, or just after a reset), " +
    "and is this its port?",
  info: async (conversation) => (await import("./cdc_info.ts")).readInformation(conversation),
  flash: async (...args) => (await import("./cdc_flash.ts")).prepareUpdate(...args),
  emulate: async (...args) => (await import("./loader_emulate.ts")).emulateCdcLoader(...args),
  decode: async (...args) => (await import("./cdc_decode.ts")).explainTrace(...args),
  plan: async (...args) => (await import("./cdc_plan.ts")).planFile(...args),
};
