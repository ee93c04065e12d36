/**
 * Whether an image begins with a vector table that its core can start from.
 *
 * A core loads its stack pointer from the first word of the table and jumps to the second (Armv7-M Architecture Reference
 * Manual, "The vector table"). Bit 0 of every vector must be set: the core knows Thumb code only.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/bytes.ts";
import { formatAddress } from "../../core/hex.ts";
import type { Core, Part } from "../../core/parts/part.ts";
import type { Finding } from "./placement_error.ts";
import { formatByteCount, type Place, placeOf } from "./segments.ts";

/** System exceptions by their place in the table; Cortex-M0 and M0+ lack those marked. */
const EXCEPTIONS: readonly { readonly index: number; readonly name: string; readonly isInArmv6: boolean }[] = [
  { index: 2, name: "NMI", isInArmv6: true },
  { index: 3, name: "HardFault", isInArmv6: true },
  { index: 4, name: "MemManage", isInArmv6: false },
  { index: 5, name: "BusFault", isInArmv6: false },
  { index: 6, name: "UsageFault", isInArmv6: false },
  { index: 11, name: "SVCall", isInArmv6: true },
  { index: 12, name: "DebugMonitor", isInArmv6: false },
  { index: 14, name: "PendSV", isInArmv6: true },
  { index: 15, name: "SysTick", isInArmv6: true },
];

/** Stack pointer and reset vector: less is no vector table. */
const LEAST_TABLE_BYTES = 8;

/** An image as it will stand in its slot. */
export interface VectorTableSubject {
  /** The part. */
  readonly part: Part;
  /** The core that will run it. */
  readonly core: Core;
  /** Address of the payload's first byte. */
  readonly addressStart: number;
  /** What `listPlaces()` gives for the layout. */
  readonly places: readonly Place[];
}

/** What was found in a vector table. */
export interface VectorTableCheck {
  /** What keeps the image from running. */
  readonly findings: readonly Finding[];
  /** What is unusual and may be right. */
  readonly notes: readonly string[];
}

/**
 * Checks the vector table at the beginning of a payload.
 *
 * @param payload The payload.
 * @param subject Part, core, address and places.
 * @returns Findings and notes; both empty for an ordinary image.
 */
export function checkVectorTable(payload: Bytes, subject: VectorTableSubject): VectorTableCheck {
  if (payload.length < LEAST_TABLE_BYTES) {
    const state = `there is no vector table: the image has ${formatByteCount(payload.length)}`;
    return { findings: [{ code: "no-vector-table", state, addressStart: subject.addressStart }], notes: [] };
  }
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const stackPointer = view.getUint32(0, true);
  const findings = [...checkStackPointer(stackPointer, subject), ...checkReset(view, subject)];
  const notes = checkExceptions(view, subject);
  if (stackPointer % 8 !== 0 && findings.length === 0) {
    notes.unshift(
      `the initial stack pointer ${
        formatAddress(stackPointer)
      } is no multiple of 8, as the procedure call standard asks`,
    );
  }
  return { findings, notes };
}

function checkStackPointer(stackPointer: number, { part, core, addressStart }: VectorTableSubject): readonly Finding[] {
  const subject = `the initial stack pointer ${formatAddress(stackPointer)}`;
  const found = { addressStart, addressEnd: addressStart + 4 };
  if (stackPointer % 4 !== 0) {
    return [{ code: "bad-stack-pointer", state: `${subject} is no multiple of 4`, ...found }];
  }
  if (findRam(core, stackPointer) !== undefined) return [];
  const other = part.cores.find((other) => findRam(other, stackPointer) !== undefined);
  if (other === undefined) {
    const rams = core.rams.map(({ name, addressStart, sizeBytes }) =>
      `${name} ${formatAddress(addressStart)} to ${formatAddress(addressStart + sizeBytes)}`
    ).join(", ");
    const state = `${subject} is in no RAM of ${core.tag} (${rams})`;
    return [{ code: "bad-stack-pointer", state, ...found }];
  }
  const ram = findRam(other, stackPointer)!.name;
  const state = `${subject} is in ${ram}, which only ${other.tag} has: this looks like a ${other.tag} image`;
  return [{ code: "wrong-core", state, ...found }];
}

/** A stack grows down: its first word lies below the pointer, which may stand at the end of a RAM but not at its start. */
function findRam({ rams }: Core, stackPointer: number) {
  return rams.find(({ addressStart, sizeBytes }) =>
    addressStart < stackPointer && stackPointer <= addressStart + sizeBytes
  );
}

function checkReset(view: DataView, subject: VectorTableSubject): readonly Finding[] {
  const fault = describeFault(view, { index: 1, subject });
  if (fault === undefined) return [];
  const addressStart = subject.addressStart + 4;
  return [{ code: "bad-reset-vector", state: `the reset vector ${fault}`, addressStart, addressEnd: addressStart + 4 }];
}

function checkExceptions(view: DataView, subject: VectorTableSubject): string[] {
  const isArmv6 = subject.core.tag === "CM0" || subject.core.tag === "CM0P";
  return EXCEPTIONS.flatMap(({ index, name, isInArmv6 }) => {
    if ((isArmv6 && !isInArmv6) || 4 * index + 4 > view.byteLength || view.getUint32(4 * index, true) === 0) return [];
    const fault = describeFault(view, { index, subject });
    return fault === undefined ? [] : [`the ${name} vector ${fault}`];
  });
}

function describeFault(
  view: DataView,
  { index, subject }: { readonly index: number; readonly subject: VectorTableSubject },
): string | undefined {
  const vector = view.getUint32(4 * index, true);
  const addressEnd = subject.addressStart + view.byteLength;
  if (vector % 2 === 0) return `${formatAddress(vector)} is even: bit 0 must be set for Thumb code`;
  if (subject.addressStart <= vector && vector < addressEnd) return undefined;
  const extent = `${formatAddress(subject.addressStart)} to ${formatAddress(addressEnd)}`;
  return `${formatAddress(vector)} points into ${placeOf(subject.places, vector).name}, outside the image (${extent})`;
}
