/**
 * An update without faults, written down: every flash operation, when it was, and what flash held before it. After a power
 * cut only flash counts, so that a cut anywhere can be tried from here without running the update again.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Flash, FlashSnapshot } from "../emulator/flash.ts";
import type { FlashOperation } from "../emulator/flash_operations.ts";
import type { CoreTag } from "../core/mod.ts";
import { type Place, placeOf, type SlotPart } from "./places.ts";
import type { RehearsalDevice } from "./rehearsal_device.ts";
import type { Release } from "./release.ts";
import type { Connection, SessionResult, Transport } from "./transport.ts";

/** One call of the flash: an erase, or program operations in a row. */
export interface RecordedCall {
  /** Number of its first operation, counted from the begin of the update. */
  readonly index: number;
  /** How many operations. */
  readonly count: number;
  /** What was done. */
  readonly kind: "erase" | "program";
  /** Absolute address of the first byte. */
  readonly address: number;
  /** Bytes erased or programmed. */
  readonly sizeBytes: number;
  /** When it began, in milliseconds from the begin of the session. */
  readonly startMs: number;
  /** How long it took, in milliseconds. */
  readonly durationMs: number;
  /** Whether it is of staging, or of the copy from B to A. */
  readonly phase: Phase;
}

/** What an update is at. */
export type Phase = "staging" | "install";

/** One flash operation. */
export interface OperationFacts {
  /** Its number. */
  readonly operation: number;
  /** What was done. */
  readonly kind: "erase" | "program";
  /** Whether it is of staging, or of the copy. */
  readonly phase: Phase;
  /** The core whose slot it is; `null` outside of all slots. */
  readonly core: CoreTag | null;
  /** Which slot. */
  readonly slot: "A" | "B" | null;
  /** What stands there. An erase is of the sector that begins at the address. */
  readonly part: SlotPart;
  /** Absolute address of the first byte. */
  readonly address: number;
}

/** When an update was done with what, in milliseconds from the begin of the session. */
export interface RecordedTimes {
  /** The last flash operation of staging ended, or the last answer was there if that is later. */
  readonly stagedMs: number;
  /** The last flash operation of the copy ended. */
  readonly installedMs: number;
  /** The application was started. */
  readonly startedMs: number;
}

/** An update without faults. */
export interface Recording {
  /** What flash did, in order. */
  readonly calls: readonly RecordedCall[];
  /** What flash held before each call, and after the last: one more than calls. */
  readonly snapshots: readonly FlashSnapshot[];
  /** How many operations. */
  readonly operationCount: number;
  /** When. */
  readonly times: RecordedTimes;
  /** What went over the wire. */
  readonly session: SessionResult;
}

/** Thrown when an update does not even get onto the device without faults. */
export class RecordingFailedError extends Error {}

/**
 * Runs an update without faults.
 *
 * @param device The device; it was started.
 * @param release The update.
 * @param transport How it comes.
 * @returns What happened.
 * @throws {Error} What the host has thrown, or that something else runs now.
 */
export function recordUpdate(device: RehearsalDevice, release: Release, transport: Transport): Recording {
  const connection: Connection = transport.connect(device, release);
  const { flash } = device.chip;
  const { layout } = device.setup.config;
  const firstIndex = flash.operations.count;
  const calls: RecordedCall[] = [];
  const snapshots: FlashSnapshot[] = [flash.snapshot()];
  let endMs = 0;
  device.onOperation = ({ index, count, kind, address, sizeBytes, durationMs }: FlashOperation) => {
    const startMs = Math.max(device.nowMs(), endMs);
    endMs = startMs + durationMs;
    const isInstall = layout.policy === "copy" && placeOf(layout, address).slot === "A";
    calls.push({
      index: index - firstIndex,
      count,
      kind: kind === "program" ? "program" : "erase",
      address,
      sizeBytes,
      startMs,
      durationMs,
      phase: isInstall ? "install" : "staging",
    });
    snapshots.push(flash.snapshot());
  };
  const session = connection.run([]);
  device.onOperation = undefined;
  if (session.error !== undefined) throw session.error;
  if (device.running !== release || session.startedMs === undefined) {
    throw new RecordingFailedError("the update came to its end without a fault, and does not run");
  }
  const { startedMs } = session;
  const operationCount = flash.operations.count - firstIndex;
  return { calls, snapshots, operationCount, times: timesOf(calls, startedMs), session };
}

/**
 * Tells what an operation was.
 *
 * @param recording The update.
 * @param device Its device.
 * @param operation Number of the operation.
 * @returns What it was.
 */
export function factsOf(recording: Recording, device: RehearsalDevice, operation: number): OperationFacts {
  const call = recording.calls[findCall(recording, operation)]!;
  const { layout, layout: { part: { flash: { programUnit } } } } = device.setup.config;
  const address = call.address + (operation - call.index) * (call.kind === "erase" ? 0 : programUnit.sizeBytes);
  const place = call.kind === "erase" ? placeOfErase(device, call) : placeOf(layout, address);
  return {
    operation,
    kind: call.kind,
    phase: call.phase,
    core: place.slots?.core ?? null,
    slot: place.slot ?? null,
    part: place.part,
    address,
  };
}

/**
 * Does one operation of a recorded update again, on flash that holds what it held then; calls that follow are not done.
 *
 * @param recording The update.
 * @param flash The flash; what it holds is lost.
 * @param operation Number of the operation. Those before it in the same call are done, and so are those behind it, unless
 *   power goes away.
 * @param prepare Called when flash holds what it held before the call, with how many operations of it come first.
 */
export function repeatOperation(
  recording: Recording,
  { flash, operation }: { readonly flash: Flash; readonly operation: number },
  prepare: (countBefore: number) => void,
): void {
  const nth = findCall(recording, operation);
  const { index, kind, address, sizeBytes } = recording.calls[nth]!;
  flash.restore(recording.snapshots[nth + 1]!);
  const data = kind === "program" ? flash.read(address, sizeBytes) : undefined;
  flash.restore(recording.snapshots[nth]!);
  prepare(operation - index);
  if (data === undefined) flash.eraseSector(flash.map.sectorIndexAt(address));
  else flash.program(address, data);
}

/** Finds the call that an operation is of, by halves. */
function findCall({ calls, operationCount }: Recording, operation: number): number {
  if (!(Number.isInteger(operation) && operation >= 0 && operation < operationCount)) {
    throw new RangeError(`Cannot find flash operation ${operation}: the update has ${operationCount}`);
  }
  let low = 0;
  for (let high = calls.length; high - low > 1;) {
    const middle = low + high >> 1;
    if (calls[middle]!.index <= operation) low = middle;
    else high = middle;
  }
  return low;
}

/** A sector that holds a commit word is that: it is what its erase undoes. */
function placeOfErase(device: RehearsalDevice, { address, sizeBytes }: RecordedCall): Place {
  const { layout } = device.setup.config;
  const first = placeOf(layout, address);
  const last = placeOf(layout, address + sizeBytes - 1);
  return last.slots === undefined ? first : last;
}

function timesOf(calls: readonly RecordedCall[], startedMs: number): RecordedTimes {
  const endOf = (phase: Phase) =>
    Math.max(0, ...calls.filter((call) => call.phase === phase).map((call) => call.startMs + call.durationMs));
  const stagedMs = endOf("staging");
  return { stagedMs, installedMs: Math.max(stagedMs, endOf("install")), startedMs };
}
