/**
 * The command `coreslot`: packs, inspects, verifies and converts STM32 firmware. Runs in Deno.
 *
 * @module
 */

import { runCoreslot } from "./app.ts";

if (import.meta.main) Deno.exitCode = await runCoreslot(Deno.args);
