/**
 * The way into a device's loader and out again, and how it is written.
 *
 * Three forms name it. A *wiring* says which line of the port does what: `boot0-rts,reset-dtr`. A *sequence* says what to
 * do step by step, and after a colon how to leave: `dtr-on,wait-100,dtr-off`. A *name* stands for one of these; they are in
 * {@linkcode BOOT_ENTRIES}. Steps may follow a wiring or a name, and are taken after its own: `reset-dtr,wait-500`. What
 * people have for stm32flash is taken as it is, with its name before it: `stm32flash:rts,-dtr,dtr`.
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
import { isWire, parseWiring } from "./wiring.ts";

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
 * @param text A name or a wiring, with steps after it or without, or a sequence; in either case, and with spaces around
 * commas where one likes.
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
    .map((piece, index) => index % 2 === 1 ? piece : closeUp(piece.toLowerCase()))
    .join("");
}

/** In time that grows with the text only, which one expression with spaces on both sides would not do. */
function closeUp(text: string): string {
  return text.split(/([,:+&])/).map((piece) => piece.trim()).join("");
}

function parsePlain(text: string): BootEntry {
  if (text.startsWith(GPIO_PREFIX)) return parseGpioString(text.slice(GPIO_PREFIX.length));
  const [enter = "", leave = "", ...others] = splitOutsideQuotes(text, ":");
  if (others.length > 0) throw syntaxError(text, "it has more than one colon", "Write ENTER:LEAVE");
  const { start, steps } = parseStart(splitSteps(enter));
  return {
    enter: [...start.enter, ...steps.map(parseStep)],
    leave: [...start.leave, ...splitSteps(leave).map(parseStep)],
  };
}

function splitSteps(text: string): readonly string[] {
  return text === "" ? [] : splitOutsideQuotes(text, ",");
}

/** Takes the name or the wiring that stands first, where one does; gives the steps that follow. */
function parseStart(items: readonly string[]): { readonly start: BootEntry; readonly steps: readonly string[] } {
  const named = BOOT_ENTRIES.get(items[0] ?? "");
  if (named !== undefined) return { start: parsePlain(named.text), steps: items.slice(1) };
  const end = items.findIndex((item) => !isWire(item));
  const wires = end < 0 ? items : items.slice(0, end);
  const start = wires.length === 0 ? { enter: [], leave: [] } : parseWiring(wires);
  return { start, steps: items.slice(wires.length) };
}

function parseStep(text: string): BootStep {
  if (!isWire(text) && !BOOT_ENTRIES.has(text)) return parseBootStep(text);
  throw syntaxError(text, "it is no step", "A wiring or a name stands first, and steps follow: reset-dtr,wait-500");
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
