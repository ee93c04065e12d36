/**
 * Verifies the set in the slots A, or in the slots B, in depth: headers, set id, keys, signatures, payloads.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { equalBytes } from "../../core/mod.ts";
import { COMMIT_WORD_SIZE_BYTES } from "../../packager/commit_word.ts";
import { HEADER_SIZE_BYTES, type ImageHeader, SIGNED_SIZE_BYTES } from "../../packager/header.ts";
import {
  type HeadersJudgement,
  judgeHeaders,
  judgeSet,
  PayloadCheck,
  type SetJudgement,
  slotAddressOf,
  type SlotEnd,
  slotEndAddressOf,
  type SlotName,
  type SlotProblem,
} from "../../packager/slots/mod.ts";
import { paddedSizeBytes } from "../../packager/payload.ts";
import type { Flash } from "../flash.ts";
import { ContentMemo } from "./content_memo.ts";
import { readFlash } from "./flash_access.ts";
import type { LoaderConfig } from "./loader_config.ts";
import { PassedPayloads } from "./passed_payloads.ts";
import { verifySignature } from "./verify_signature.ts";

/** How much of a payload is read at once. */
const READ_SIZE_BYTES = 4096;

/** Judgements of one loader. */
interface Judgements {
  readonly sets: ContentMemo<SetJudgement>;
  readonly updates: ContentMemo<HeadersJudgement>;
}

/** What passed says nothing about a loader or its keys: it is the same for all of them. */
const PASSED = new PassedPayloads();

const KNOWN = new WeakMap<LoaderConfig, Map<number, Judgements>>();

/**
 * Judges a set by headers and commit words, keys and signatures; no payload is read.
 *
 * @param flash The flash.
 * @param config The loader's.
 * @param name Which slots.
 * @returns The set, or the first thing that is wrong.
 */
export function judgeSlots(flash: Flash, config: LoaderConfig, name: SlotName): SetJudgement {
  const ends = config.layout.slots.map((slots): SlotEnd => {
    const address = slotEndAddressOf(slots, name);
    const header = readFlash(flash, address, HEADER_SIZE_BYTES);
    return { header, commitWord: readFlash(flash, address + HEADER_SIZE_BYTES, COMMIT_WORD_SIZE_BYTES) };
  });
  const content = ends.flatMap(({ header, commitWord }) => [header, commitWord]);
  return judgementsOf(config, config.leastCounter ?? 0).sets.get(content, () => judgeEnds(ends, config));
}

/**
 * Judges the headers of an update by all that a loader can know before a payload comes.
 *
 * @param records The headers, 256 bytes each, in index order.
 * @param config The loader's.
 * @param leastCounter The least security counter that is taken.
 * @returns What they say, or the first thing that is wrong.
 */
export function judgeUpdate(
  records: readonly Uint8Array[],
  config: LoaderConfig,
  leastCounter: number,
): HeadersJudgement {
  return judgementsOf(config, leastCounter).updates.get(records, () => {
    const judgement = judgeHeaders(records, { ...config, leastCounter });
    if (judgement.kind === "none") return judgement;
    const problem = findUntrusted(records, judgement.headers, config);
    return problem === undefined ? judgement : { kind: "none", problem };
  });
}

/**
 * Verifies a set in depth.
 *
 * @param flash The flash.
 * @param config The loader's.
 * @param name Which slots.
 * @returns The set, or the first thing that is wrong. A set is whole, signed, and for this device.
 */
export function verifySlots(flash: Flash, config: LoaderConfig, name: SlotName): SetJudgement {
  const set = judgeSlots(flash, config, name);
  if (set.kind === "none") return set;
  for (const [index, header] of set.headers.entries()) {
    const problem = verifyPayload(flash, slotAddressOf(config.layout.slots[index]!, name), header);
    if (problem !== undefined) return { kind: "none", problem };
  }
  return set;
}

/**
 * Verifies a payload in flash against its header.
 *
 * @param flash The flash.
 * @param address Absolute address of its slot.
 * @param header Its header.
 * @returns What is wrong, or `undefined`.
 */
export function verifyPayload(flash: Flash, address: number, header: ImageHeader): SlotProblem | undefined {
  // On silicon a loader checks each piece as it reads it. Here all is read first, in the same pieces and the same order, so
  // that marginal units wear alike whether the bytes are known or not.
  const bytes = new Uint8Array(paddedSizeBytes(header.payloadSizeBytes));
  for (let offset = 0; offset < bytes.length; offset += READ_SIZE_BYTES) {
    const piece = readFlash(flash, address + offset, Math.min(READ_SIZE_BYTES, bytes.length - offset));
    if (piece === undefined) {
      return { code: "unreadable", core: header.core, text: `the payload of ${header.core} cannot be read` };
    }
    bytes.set(piece, offset);
  }
  if (PASSED.holds(header, bytes)) return undefined;
  const check = new PayloadCheck(header);
  check.update(bytes);
  const problem = check.finish();
  if (problem === undefined) PASSED.add(header, bytes);
  return problem;
}

/**
 * Finds what is wrong with the signatures of a set whose headers are right.
 *
 * @param records The headers, 256 bytes each.
 * @param headers What they say.
 * @param config The loader's.
 * @returns The first thing that is wrong, or `undefined`.
 */
function findUntrusted(
  records: readonly Uint8Array[],
  headers: readonly ImageHeader[],
  config: LoaderConfig,
): SlotProblem | undefined {
  for (const [index, { core, keyId, signatureKind, signature }] of headers.entries()) {
    const key = config.keys.find((key) => equalBytes(key.keyId, keyId));
    if (key === undefined) return { code: "unknown-key", core, text: `${core} is signed by a key that is not known` };
    if (key.type !== signatureKind) {
      return { code: "wrong-signature-kind", core, text: `${core} names another kind of signature than its key makes` };
    }
    if (!verifySignature(key, records[index]!.subarray(0, SIGNED_SIZE_BYTES), signature)) {
      return { code: "bad-signature", core, text: `the signature of ${core} is not that of its key` };
    }
  }
  return undefined;
}

function judgeEnds(ends: readonly SlotEnd[], config: LoaderConfig): SetJudgement {
  const set = judgeSet(ends, config);
  if (set.kind === "none") return set;
  const problem = findUntrusted(set.records, set.headers, config);
  return problem === undefined ? set : { kind: "none", problem };
}

function judgementsOf(config: LoaderConfig, leastCounter: number): Judgements {
  let byCounter = KNOWN.get(config);
  if (byCounter === undefined) KNOWN.set(config, byCounter = new Map());
  let known = byCounter.get(leastCounter);
  if (known === undefined) byCounter.set(leastCounter, known = { sets: new ContentMemo(), updates: new ContentMemo() });
  return known;
}
