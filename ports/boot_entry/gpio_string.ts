/**
 * The strings that stm32flash takes after `-i`.
 *
 * Source: manual page of stm32flash 0.7, section "Bootloader GPIO sequence": signals `rts`, `dtr` and `brk`, a minus sign
 * before those that go off, `,` for 100 ms in between and `&` for nothing, and a colon before the way out. The program itself
 * wants no separator, and skips a minus sign before one (seen with stm32flash 0.7).
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { BootEntry } from "./boot_entry.ts";
import { syntaxError } from "./boot_entry_error.ts";
import type { BootStep } from "./boot_step.ts";

const COMMA_MS = 100;
/** `tcsendbreak` takes a quarter to half a second (POSIX). */
const BREAK_MS = 250;
/** A line, a separator, or what is neither, up to the next separator. */
const ITEM_REGEXP = /(-?)(rts|dtr|brk)|-?([,&])|[^,&]+/g;

/**
 * Parses a string of stm32flash.
 *
 * @param text For example `rts,-dtr,dtr:-rts,-dtr,dtr`.
 * @returns The steps.
 * @throws {BootEntryError} When it names lines of the computer, or is no such string.
 */
export function parseGpioString(text: string): BootEntry {
  const [enter = "", leave = "", ...others] = text.split(":");
  if (others.length > 0) throw syntaxError(text, "it has more than one colon", "Write ENTER:LEAVE");
  return { enter: parseSequence(enter), leave: parseSequence(leave) };
}

function parseSequence(text: string): readonly BootStep[] {
  const steps: BootStep[] = [];
  for (const [item, minus, name, separator] of text.matchAll(ITEM_REGEXP)) {
    if (name !== undefined) steps.push(...drive(name, minus === ""));
    else if (separator === ",") addWait(steps);
    else if (separator === undefined) {
      const advice = "Only rts, dtr and brk can be driven; set other lines before, with the system's own tools";
      throw syntaxError(item, "it is no line of the port", advice);
    }
  }
  return steps;
}

function drive(name: string, isOn: boolean): readonly BootStep[] {
  if (name === "brk") return isOn ? sendBreak() : [];
  return [{ kind: "signals", signals: { [name]: isOn } }];
}

function sendBreak(): readonly BootStep[] {
  return [
    { kind: "signals", signals: { break: true } },
    { kind: "wait", durationMs: BREAK_MS },
    { kind: "signals", signals: { break: false } },
  ];
}

function addWait(steps: BootStep[]): void {
  const last = steps.at(-1);
  const before = last?.kind === "wait" ? last.durationMs : 0;
  if (last?.kind === "wait") steps.pop();
  steps.push({ kind: "wait", durationMs: before + COMMA_MS });
}
