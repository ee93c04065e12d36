/**
 * The way into a device's loader and out again, and how it is written.
 *
 * Three forms name it. A *wiring* says which line of the port does what: `boot0-rts,reset-dtr`. A *sequence* says what to
 * do step by step, and after a colon how to leave: `dtr-on,wait-100,dtr-off`. A *name* stands for one of these; they are in
 * {@linkcode BOOT_ENTRIES}. What people have for stm32flash is taken as it is, with its name before it:
 * `stm32flash:rts,-dtr,dtr`.
 *
 * Lines are `on` where programs call them set or asserted: the pin of an adapter with TTL levels is then low. Whether that
 * means reset or run depends on what is between the pin and the device, hence the inverted forms, such as
 * `boot0-not-rts`: the loader is chosen while RTS is off.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { syntaxError } from "./boot_entry_error.ts";
import { BOOT_ENTRIES } from "./boot_entry_names.ts";
import { type BootStep, formatBootStep, parseBootStep } from "./boot_step.ts";
import { parseGpioString } from "./gpio_string.ts";
import { parseWiring } from "./wiring.ts";

/** The way into a device's loader, and out again. */
export interface BootEntry {
  /** Steps into the loader. */
  readonly enter: readonly BootStep[];
  /** Steps back into the application; none where the loader finds the way. */
  readonly leave: readonly BootStep[];
}

const GPIO_PREFIX = "stm32flash:";

/**
 * Parses the way into a loader.
 *
 * @param text A name, a wiring or a sequence; in either case, and with spaces around commas where one likes.
 * @returns The steps.
 * @throws {BootEntryError} When the text is none of these; code `boot-entry-syntax`.
 *
 * @example Both lines wired through transistors, so that a line that is on pulls
 * ```ts
 * import { formatBootEntry, parseBootEntry } from "@coreslot/coreslot/ports";
 *
 * const entry = parseBootEntry("boot0-rts,reset-dtr");
 * console.assert(formatBootEntry(entry).startsWith("dtr-on+rts-on,wait-100,dtr-off,"));
 * ```
 *
 * @example A command of the application
 * ```ts
 * import { parseBootEntry } from "@coreslot/coreslot/ports";
 *
 * const entry = parseBootEntry('mode-8n1,send-"update\\r\\n",expect-"OK"-within-500');
 * console.assert(entry.enter.length === 3 && entry.leave.length === 0);
 * ```
 */
export function parseBootEntry(text: string): BootEntry {
  return parsePlain(toPlain(text));
}

/** Small letters, and no spaces around what separates: both are left to whoever writes, except between double quotes. */
function toPlain(text: string): string {
  return text.trim().split(/("(?:[^"\\]|\\.)*"?)/)
    .map((piece, index) => index % 2 === 1 ? piece : piece.toLowerCase().replaceAll(/\s*([,:+&])\s*/g, "$1"))
    .join("");
}

function parsePlain(text: string): BootEntry {
  const named = BOOT_ENTRIES.get(text);
  if (named !== undefined) return parsePlain(named.text);
  if (text.startsWith(GPIO_PREFIX)) return parseGpioString(text.slice(GPIO_PREFIX.length));
  const wired = parseWiring(text);
  if (wired !== undefined) return wired;
  const [enter = "", leave = "", ...others] = splitOutsideQuotes(text, ":");
  if (others.length > 0) throw syntaxError(text, "it has more than one colon", "Write ENTER:LEAVE");
  return { enter: parseSteps(enter), leave: parseSteps(leave) };
}

function parseSteps(text: string): readonly BootStep[] {
  return text === "" ? [] : splitOutsideQuotes(text, ",").map(parseBootStep);
}

/**
 * Formats the way into a loader as {@linkcode parseBootEntry} takes it, as a sequence.
 *
 * @param entry The steps.
 * @returns Its text.
 *
 * @example What a name stands for
 * ```ts
 * import { formatBootEntry, parseBootEntry } from "@coreslot/coreslot/ports";
 *
 * console.assert(formatBootEntry(parseBootEntry("touch-1200")).includes("baud-1200"));
 * ```
 */
export function formatBootEntry(entry: BootEntry): string {
  const [enter, leave] = [entry.enter, entry.leave].map((steps) => steps.map(formatBootStep).join(","));
  return leave === "" ? enter! : `${enter}:${leave}`;
}

/** Splits at a separator, except between double quotes. */
function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts = [""];
  let isQuoted = false;
  let isEscaped = false;
  for (const letter of text) {
    if (letter === separator && !isQuoted) {
      parts.push("");
      continue;
    }
    parts[parts.length - 1] += letter;
    if (letter === '"' && !isEscaped) isQuoted = !isQuoted;
    isEscaped = letter === "\\" && isQuoted && !isEscaped;
  }
  return parts;
}
