/**
 * Faults as text, as `--faults` takes them and reports print them.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { CutModel } from "./cut_model.ts";
import { type Direction, type Fault, isWireFault, type WireFault } from "./faults.ts";

const WIRE_FAULT_REGEXP = /^(drop|duplicate|stall|flip|unplug|reset):(h2t|t2h):(\d{1,15})$/;
const OTHER_FAULT_REGEXP = /^(cut|busy|nack):(\w+=\w+)$/;
const SETTING_REGEXP = /^(\w+)=(\w+(?:\.\d+)?)$/;

/** What follows the commas of each kind, and whether it has to be there. */
const SETTINGS: Readonly<Record<Fault["kind"], Readonly<Record<string, "needed" | "optional">>>> = {
  drop: {},
  duplicate: {},
  stall: { ms: "needed" },
  flip: { bit: "needed" },
  unplug: {},
  reset: {},
  cut: { op: "needed", model: "needed", half: "optional", reads: "optional" },
  busy: { op: "needed", ms: "needed" },
  nack: { cmd: "needed" },
};

/**
 * Formats faults.
 *
 * @param faults The faults, in any order.
 * @returns Text that {@linkcode parseFaults} reads back, separated by semicolons; the empty string for none.
 *
 * @example A fault of the wire and a power cut
 * ```ts
 * import { formatFaults } from "@coreslot/coreslot/emulator";
 *
 * const text = formatFaults([
 *   { kind: "drop", direction: "h2t", byteIndex: 17 },
 *   { kind: "cut", operation: 12, model: 3 },
 * ]);
 * console.assert(text === "drop:h2t:17;cut:op=12,model=3");
 * ```
 */
export function formatFaults(faults: readonly Fault[]): string {
  return faults.map(formatFault).join(";");
}

/**
 * Formats a fault.
 *
 * @param fault The fault.
 * @returns For example `flip:h2t:17,bit=0`.
 */
export function formatFault(fault: Fault): string {
  if (isWireFault(fault)) {
    const place = `${fault.kind}:${fault.direction}:${fault.byteIndex}`;
    if (fault.kind === "stall") return `${place},ms=${fault.stallMs ?? 0}`;
    return fault.kind === "flip" ? `${place},bit=${fault.bit ?? 0}` : place;
  }
  switch (fault.kind) {
    case "cut": {
      const half = fault.half === undefined ? "" : `,half=${fault.half}`;
      const reads = fault.reads === undefined ? "" : `,reads=${fault.reads}`;
      return `cut:op=${fault.operation},model=${fault.model}${half}${reads}`;
    }
    case "busy":
      return `busy:op=${fault.operation},ms=${fault.extraMs}`;
    case "nack":
      return `nack:cmd=${fault.command}`;
  }
}

/**
 * Parses faults.
 *
 * @param text Faults as {@linkcode formatFault} writes them, separated by semicolons, commas or white space; none is
 * allowed.
 * @returns The faults, in the order of the text.
 * @throws {SyntaxError} When one of them is not a fault; the message quotes it.
 *
 * @example What a user types after --faults
 * ```ts
 * import { parseFaults } from "@coreslot/coreslot/emulator";
 *
 * const [drop, cut] = parseFaults("drop:h2t:17, cut:op=12,model=3,half=high");
 * console.assert(drop?.kind === "drop" && cut?.kind === "cut" && cut.half === "high");
 * ```
 */
export function parseFaults(text: string): Fault[] {
  const faults: string[][] = [];
  // A comma both separates faults and settings; a colon tells where the next fault begins.
  for (const piece of text.split(/[;,\s]+/).filter((piece) => piece !== "")) {
    if (piece.includes(":")) faults.push([piece]);
    else if (faults.length > 0) faults.at(-1)!.push(piece);
    else throw syntaxError(piece, "it names no kind of fault");
  }
  return faults.map(parseFault);
}

function parseFault(pieces: readonly string[]): Fault {
  const text = pieces.join(",");
  const [, kind, direction, byteIndex] = WIRE_FAULT_REGEXP.exec(pieces[0]!) ?? [];
  if (kind !== undefined) {
    const settings = parseSettings(text, kind as WireFault["kind"], pieces.slice(1));
    const place = { direction: direction as Direction, byteIndex: Number(byteIndex) };
    if (kind === "stall") return { kind, ...place, stallMs: settings.number("ms", { isFraction: true }) };
    if (kind === "flip") return { kind, ...place, bit: settings.number("bit", { max: 7 }) };
    return { kind: kind as WireFault["kind"], ...place };
  }
  const [, otherKind, first] = OTHER_FAULT_REGEXP.exec(pieces[0]!) ?? [];
  if (otherKind !== "cut" && otherKind !== "busy" && otherKind !== "nack") {
    throw syntaxError(text, "unknown kind of fault");
  }
  const settings = parseSettings(text, otherKind, [first!, ...pieces.slice(1)]);
  switch (otherKind) {
    case "cut":
      return {
        kind: otherKind,
        operation: settings.number("op"),
        model: settings.number("model", { max: 6 }) as CutModel,
        ...(settings.has("half") && { half: settings.half() }),
        ...(settings.has("reads") && { reads: settings.number("reads", { max: 200 }) }),
      };
    case "busy":
      return {
        kind: otherKind,
        operation: settings.number("op"),
        extraMs: settings.number("ms", { isFraction: true }),
      };
    case "nack":
      return { kind: otherKind, command: settings.number("cmd") };
  }
}

interface Settings {
  has(name: string): boolean;
  number(name: string, options?: { readonly max?: number; readonly isFraction?: boolean }): number;
  half(): "low" | "high";
}

function parseSettings(text: string, kind: Fault["kind"], pieces: readonly string[]): Settings {
  const values = new Map<string, string>();
  for (const piece of pieces) {
    const [, name, value] = SETTING_REGEXP.exec(piece) ?? [];
    if (name === undefined || value === undefined || !Object.hasOwn(SETTINGS[kind], name) || values.has(name)) {
      throw syntaxError(text, `"${piece}" does not belong to ${kind}`);
    }
    values.set(name, value);
  }
  for (const [name, need] of Object.entries(SETTINGS[kind])) {
    if (need === "needed" && !values.has(name)) throw syntaxError(text, `${name}= is missing`);
  }
  return {
    has: (name) => values.has(name),
    number(name, { max = Number.MAX_SAFE_INTEGER, isFraction = false } = {}) {
      const digits = values.get(name)!;
      const value = (isFraction ? /^\d+(?:\.\d+)?$/ : /^\d+$/).test(digits) ? Number(digits) : NaN;
      if (!(value <= max)) throw syntaxError(text, `${name}=${digits} is not a number from 0 to ${max}`);
      return value;
    },
    half() {
      const half = values.get("half");
      if (half !== "low" && half !== "high") throw syntaxError(text, `half=${half} is neither low nor high`);
      return half;
    },
  };
}

function syntaxError(fault: string, state: string): SyntaxError {
  return new SyntaxError(`Cannot parse the fault "${fault}": ${state}`);
}
