/**
 * The bodies of replies as bytes: what a device says of itself and of its slots. Little endian.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes } from "../../core/mod.ts";
import {
  BOOT_REASONS,
  NO_IMAGE,
  POLICIES,
  PROTOCOL_VERSION,
  RESUME_STATES,
  SET_STATES,
  STAGING_STATES,
  WORK_PHASES,
} from "./constants.ts";
import type {
  DeviceInformation,
  ResumePoint,
  SetReport,
  SlotReport,
  StagingReport,
  StagingState,
  WorkProgress,
} from "./device.ts";
import { RecordReader, RecordWriter } from "./record_bytes.ts";

/** Bytes of a set's record. */
export const SET_RECORD_BYTES = 36;

/** Bytes of a slot's record. */
export const SLOT_RECORD_BYTES = 32;

/** Bytes of a staging report before its two sets. */
export const STAGING_HEAD_BYTES = 4;

/** Bytes of an information before the records of its slots. */
export const INFORMATION_HEAD_BYTES: number = 68 + 2 * SET_RECORD_BYTES;

/**
 * Encodes what a device says of itself.
 *
 * @param information What it says; its numbers are in range.
 * @returns Fresh bytes.
 */
export function encodeInformation(information: DeviceInformation): Bytes {
  const { limits, slots } = information;
  const head = new RecordWriter(INFORMATION_HEAD_BYTES - 2 * SET_RECORD_BYTES)
    .u16(PROTOCOL_VERSION)
    .u16(limits.dataSizeMax)
    .u16(limits.window)
    .u16(limits.silenceMs)
    .u32(information.chipId)
    .u8(indexIn(BOOT_REASONS, information.reason))
    .u8(indexIn(POLICIES, information.policy))
    .u8(slots.length)
    .u8(0)
    .u32(information.counterMin)
    .text(information.partName, 16)
    .text(information.layoutName, 16)
    .raw(information.productId);
  return concatBytes([
    head.bytes,
    encodeSetReport(information.setA),
    encodeSetReport(information.setB),
    ...slots.map(encodeSlot),
  ]);
}

/**
 * Decodes what a device says of itself.
 *
 * @param body The reply's body.
 * @returns What it says, and what follows; nothing when the body is too short, or a number in it is none.
 */
export function decodeInformation(
  body: Bytes,
): { readonly information: DeviceInformation; readonly rest: Bytes } | undefined {
  if (body.length < INFORMATION_HEAD_BYTES) return undefined;
  const reader = new RecordReader(body);
  const version = reader.u16();
  const limits = { dataSizeMax: reader.u16(), window: reader.u16(), silenceMs: reader.u16() };
  const chipId = reader.u32();
  const [reason, policy] = [BOOT_REASONS[reader.u8()] ?? "unknown", POLICIES[reader.u8()]];
  const slotCount = reader.u8();
  reader.u8();
  const counterMin = reader.u32();
  const [partName, layoutName, productId] = [reader.text(16), reader.text(16), reader.raw(16)];
  const [setA, setB] = [readSetReport(reader), readSetReport(reader)];
  if (version !== PROTOCOL_VERSION || policy === undefined || setA === undefined || setB === undefined) {
    return undefined;
  }
  if (limits.dataSizeMax === 0 || limits.window === 0 || reader.leftCount < slotCount * SLOT_RECORD_BYTES) {
    return undefined;
  }
  const slots = Array.from({ length: slotCount }, () => readSlot(reader));
  const information = {
    partName,
    chipId,
    layoutName,
    productId,
    policy,
    reason,
    counterMin,
    limits,
    setA,
    setB,
    slots,
  };
  return { information, rest: reader.raw(reader.leftCount) };
}

/**
 * Encodes a set's record.
 *
 * @param report The set.
 * @returns Fresh bytes, {@linkcode SET_RECORD_BYTES} of them.
 */
export function encodeSetReport(report: SetReport): Bytes {
  const { version, counter, setId, state } = report;
  return new RecordWriter(SET_RECORD_BYTES)
    .u8(indexIn(SET_STATES, state)).u8(0).u16(0)
    .u16(version.major).u16(version.minor).u16(version.patch).u16(0)
    .u32(version.build)
    .u32(counter)
    .raw(setId)
    .bytes;
}

/**
 * Decodes a set's record.
 *
 * @param body A body that begins with it.
 * @returns The set; nothing when the body is too short or its state is none.
 */
export function decodeSetReport(body: Bytes): SetReport | undefined {
  return body.length < SET_RECORD_BYTES ? undefined : readSetReport(new RecordReader(body));
}

/**
 * Encodes how far staging is.
 *
 * @param report How far it is.
 * @returns Fresh bytes.
 */
export function encodeStagingReport(report: StagingReport): Bytes {
  const { state, stagedBytes, setA, setB } = report;
  const head = new RecordWriter(STAGING_HEAD_BYTES).u8(indexIn(STAGING_STATES, state)).u8(stagedBytes.length).u16(0);
  const staged = new RecordWriter(4 * stagedBytes.length);
  for (const count of stagedBytes) staged.u32(count);
  return concatBytes([head.bytes, encodeSetReport(setA), encodeSetReport(setB), staged.bytes]);
}

/**
 * Decodes how far staging is.
 *
 * @param body The reply's body.
 * @returns How far it is; nothing when the body is too short or a number in it is none.
 */
export function decodeStagingReport(body: Bytes): StagingReport | undefined {
  if (body.length < STAGING_HEAD_BYTES + 2 * SET_RECORD_BYTES) return undefined;
  const reader = new RecordReader(body);
  const state: StagingState | undefined = STAGING_STATES[reader.u8()];
  const count = reader.u8();
  reader.u16();
  const [setA, setB] = [readSetReport(reader), readSetReport(reader)];
  if (state === undefined || setA === undefined || setB === undefined || reader.leftCount < 4 * count) return undefined;
  return { state, setA, setB, stagedBytes: Array.from({ length: count }, () => reader.u32()) };
}

/**
 * Encodes where images go on.
 *
 * @param points One for each image.
 * @returns Fresh bytes, 8 for each.
 */
export function encodeResumePoints(points: readonly ResumePoint[]): Bytes {
  const writer = new RecordWriter(8 * points.length);
  for (const { state, offset } of points) writer.u8(indexIn(RESUME_STATES, state)).u8(0).u16(0).u32(offset);
  return writer.bytes;
}

/**
 * Decodes where images go on.
 *
 * @param body The reply's body.
 * @param imageCount Images in the set.
 * @returns One for each image; nothing when the body is too short or a number in it is none.
 */
export function decodeResumePoints(body: Bytes, imageCount: number): ResumePoint[] | undefined {
  if (body.length < 8 * imageCount) return undefined;
  const reader = new RecordReader(body);
  const points: ResumePoint[] = [];
  for (let index = 0; index < imageCount; index++) {
    const state = RESUME_STATES[reader.u8()];
    reader.u8();
    reader.u16();
    const offset = reader.u32();
    if (state === undefined) return undefined;
    points.push({ state, offset });
  }
  return points;
}

/**
 * Encodes how far an operation is.
 *
 * @param progress How far it is.
 * @returns Fresh bytes, 12 of them.
 */
export function encodeProgress(progress: WorkProgress): Bytes {
  const { phase, image = NO_IMAGE, doneBytes, totalBytes } = progress;
  return new RecordWriter(12).u8(indexIn(WORK_PHASES, phase)).u8(image).u16(0).u32(doneBytes).u32(totalBytes).bytes;
}

/**
 * Decodes how far an operation is.
 *
 * @param body The reply's body.
 * @returns How far it is; nothing when the body is too short or its phase is none.
 */
export function decodeProgress(body: Bytes): WorkProgress | undefined {
  if (body.length < 12) return undefined;
  const reader = new RecordReader(body);
  const phase = WORK_PHASES[reader.u8()];
  const image = reader.u8();
  reader.u16();
  const [doneBytes, totalBytes] = [reader.u32(), reader.u32()];
  if (phase === undefined) return undefined;
  return { phase, doneBytes, totalBytes, ...image === NO_IMAGE ? {} : { image } };
}

function encodeSlot({ core, runAddress, stagingAddress, slotSizeBytes, digestStart }: SlotReport): Bytes {
  return new RecordWriter(SLOT_RECORD_BYTES)
    .text(core, 4).u32(runAddress).u32(stagingAddress).u32(slotSizeBytes).raw(digestStart)
    .bytes;
}

function readSlot(reader: RecordReader): SlotReport {
  return {
    core: reader.text(4),
    runAddress: reader.u32(),
    stagingAddress: reader.u32(),
    slotSizeBytes: reader.u32(),
    digestStart: reader.raw(16),
  };
}

function readSetReport(reader: RecordReader): SetReport | undefined {
  const state = SET_STATES[reader.u8()];
  reader.u8();
  reader.u16();
  const [major, minor, patch] = [reader.u16(), reader.u16(), reader.u16()];
  reader.u16();
  const [build, counter, setId] = [reader.u32(), reader.u32(), reader.raw(16)];
  return state && { state, version: { major, minor, patch, build }, counter, setId };
}

function indexIn<T>(list: readonly T[], item: T): number {
  return list.indexOf(item);
}
