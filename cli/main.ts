/**
 * The command `coreslot`: packs, inspects, verifies and converts STM32 firmware. Runs in Deno.
 *
 * @module
 */

import { runCoreslot } from "./app.ts";
import { EXIT_CODES } from "./exit_codes.ts";

if (import.meta.main) {
  const code = await runCoreslot(Deno.args);
  // What was interrupted may still wait for something, such as a connection; nobody else does.
  if (code === EXIT_CODES.interrupted) Deno.exit(code);
  Deno.exitCode = code;
}
