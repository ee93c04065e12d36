/**
 * AN3155 on the command line: the boot ROM's USART protocol.
 *
 * @module
 */

import type { CliProtocol } from "./protocol.ts";

/** Flags that say what the device is. */
const TARGET_FLAGS = ["part", "trust-part", "bank-mode"] as const;
const RANGE_FLAGS = ["start", "size"] as const;
const FLASH_FLAGS = ["base", "crop", "erase-all", "no-verify", "go", "send-ahead"] as const;

/** AN3155. Every operation loads its code when it is run. */
export const AN3155: CliProtocol = {
  nature: "the protocol of the boot ROM",
  flags: {
    info: TARGET_FLAGS,
    read: [...TARGET_FLAGS, ...RANGE_FLAGS, "send-ahead"],
    erase: [...TARGET_FLAGS, ...RANGE_FLAGS, "all"],
    flash: [...TARGET_FLAGS, ...FLASH_FLAGS, "key", "layout", "force"],
    go: TARGET_FLAGS,
    protect: [...TARGET_FLAGS, "sectors"],
    emulate: ["part", "bank-mode", "profile"],
    plan: [...TARGET_FLAGS, ...FLASH_FLAGS],
  },
  silenceAdvice:
    "Does its application run, and not its boot ROM (set BOOT0 high and reset it; --enter does both where " +
    "it is wired)? Are RX and TX swapped? Is the frame 8E1, and this the right port?",
  // AN3155, "USART hardware sequence": even parity, one stop bit.
  frame: "8e1",
  info: async (...args) => (await import("./an3155_info.ts")).readInformation(...args),
  read: async (...args) => (await import("./an3155_memory.ts")).readFlash(...args),
  erase: async (...args) => (await import("./an3155_memory.ts")).eraseRange(...args),
  flash: async (...args) => (await import("./an3155_flash.ts")).prepareFlash(...args),
  go: async (...args) => (await import("./an3155_go.ts")).goTo(...args),
  protect: async (...args) => (await import("./an3155_protect.ts")).protect(...args),
  emulate: async (...args) => (await import("./an3155_emulate.ts")).emulateBootRom(...args),
  decode: async (...args) => (await import("./an3155_decode.ts")).explainTrace(...args),
  plan: async (...args) => (await import("./an3155_plan.ts")).planFile(...args),
};
