/**
 * Whether an update may go onto a device, told from what stands at the ends of the device's slots.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, equalBytes, formatAddress, formatHex, type Part, type Sector } from "../core/mod.ts";
import type { CoreSlots } from "../packager/layouts/layout.ts";
import { isSameSet, mayHostEraseSlotB, type SetJudgement } from "../packager/slots/mod.ts";
import { formatVersion } from "../packager/version.ts";
import { UpdateError } from "./error.ts";
import type { Staging } from "./staging.ts";

/** What the headers and commit words in a device say, slot by slot. Payloads were not looked at. */
export interface DeviceSets {
  /** The set in the slots A. */
  readonly a: SetJudgement;
  /** The set in the slots B; under policy `single` the same as `a`. */
  readonly b: SetJudgement;
}

/**
 * Finds everything that stands against staging an update on a device that holds these sets, and can be overridden.
 *
 * - Under policy `copy`, nothing in B may be erased while B holds a set that has to be copied to A first: because it is
 *   the only one, because its copy was not finished, or because it waits to be installed. The last, since an erase that
 *   loses power may leave it looking whole until the copy has erased A. The device's loader copies it at the next start.
 * - A device that holds images of another layout has its slots elsewhere: what this update erases may be its slot A.
 * - The device's loader refuses a set whose counter is below that of the set in A, so staging it would only waste B.
 * - A set of another product is refused likewise.
 *
 * @param staging The update.
 * @param sets What the device holds.
 * @returns The objections, the gravest first; none when it may go.
 *
 * @example A device that runs a set with a higher counter
 * ```ts
 * import { MemoryImage } from "@coreslot/coreslot/core";
 * import { findLayout, generateKey, packBundle } from "@coreslot/coreslot/packager";
 * import type { SetJudgement } from "@coreslot/coreslot/slots";
 * import { findObjections, stagingOf } from "@coreslot/coreslot/updates";
 *
 * const { key } = await generateKey("ed25519");
 * const data = new Uint8Array(Uint32Array.of(0x2000_8000, 0x0801_0009, 0xe7fe_e7fe).buffer);
 * const pack = (counter: number) =>
 *   packBundle({
 *     layout: findLayout("stm32f411"),
 *     images: [{ core: "CM4", image: MemoryImage.fromSegments([{ address: 0x0801_0000, data }]) }],
 *     version: "1.0.0",
 *     counter,
 *     product: "fan",
 *     key,
 *   });
 * const { headers, records } = stagingOf((await pack(7)).bundle);
 * const a: SetJudgement = { kind: "set", headers, records, commitProblem: undefined, lacksCommitWord: false };
 * const [objection] = findObjections(stagingOf((await pack(6)).bundle), { a, b: a });
 * console.assert(objection?.code === "counter-too-low");
 * ```
 */
export function findObjections(staging: Staging, sets: DeviceSets): UpdateError[] {
  return [
    staging.policy === "copy" ? objectionOfLastSet(staging, sets) : undefined,
    objectionOfLayout(sets),
    objectionOfProduct(staging, sets.a),
    objectionOfCounter(staging, sets.a),
  ].filter((objection) => objection !== undefined);
}

/**
 * Checks that an update is for a part.
 *
 * @param staging The update.
 * @param part The device's part.
 * @throws {UpdateError} With code `wrong-part`.
 */
export function assertForPart(staging: Staging, part: Part): void {
  const { chipId, fill } = staging.headers[0]!;
  if (chipId !== part.chipId) {
    const ids = [chipId, part.chipId].map((id) => `0x${id.toString(16).padStart(3, "0")}`);
    const state = `it is for parts with product id ${ids[0]}, the device is ${part.name} with ${ids[1]}`;
    throw new UpdateError("wrong-part", state, "Check which device is connected, and which update it needs");
  }
  if (fill !== part.flash.programUnit.erasedByte) {
    const state = `its fill byte is ${formatHex(Uint8Array.of(fill))}, which is not the erased value of ${part.name}`;
    throw new UpdateError("wrong-part", state, "Pack it for this part");
  }
}

/**
 * Checks that a part, when somebody named it, has the cores of an update. A part that was found by its chip id says nothing
 * of its cores: an H743 and an H747 have the same.
 *
 * @param staging The update.
 * @param part The part that was named.
 * @throws {UpdateError} With code `wrong-part`.
 */
export function assertCoresOf(staging: Staging, part: Part): void {
  const missing = staging.headers.find(({ core }) => part.cores.every(({ tag }) => tag !== core));
  if (missing === undefined) return;
  const state = `it has an image for ${missing.core}, which ${part.name} does not have`;
  throw new UpdateError("wrong-part", state, "Check which device is connected, and which update it needs");
}

/**
 * Checks that staging an update leaves slot A alone.
 *
 * @param staging The update.
 * @param sectorsToErase What staging it would erase.
 * @throws {UpdateError} With code `wrong-slots`.
 */
export function assertClearOfSlotA(staging: Staging, sectorsToErase: readonly Sector[]): void {
  if (staging.policy === "single") return;
  for (const slots of staging.slots) {
    const sector = sectorsToErase.find((sector) => touches(sector, slots));
    if (sector === undefined) continue;
    const state = `slot B shares the sector at ${formatAddress(sector.addressStart)} with slot A of ${slots.core}`;
    throw new UpdateError("wrong-slots", state, "Pack it for a layout that passes coreslot's own check");
  }
}

function touches({ addressStart, sizeBytes }: Sector, slots: CoreSlots): boolean {
  return addressStart < slots.addressA + slots.sizeBytes && slots.addressA < addressStart + sizeBytes;
}

function objectionOfLastSet(staging: Staging, { a, b }: DeviceSets): UpdateError | undefined {
  if (mayHostEraseSlotB({ a, b }) || b.kind === "none") return undefined;
  if (equalBytes(b.headers[0]!.setId, staging.headers[0]!.setId)) {
    const advice = "There is nothing left to stage: start the loader with BOOT0 low and let it copy B to A";
    return new UpdateError("repair-first", "slot B holds this very update, which waits to be copied to slot A", advice);
  }
  const version = `version ${formatVersion(b.headers[0]!.version)}`;
  const state = a.kind === "none"
    ? `slot B holds ${version}, and slot A holds nothing that is whole: ${a.problem.text}`
    : isSameSet(a, b)
    ? `slot B holds ${version}, and its copy to slot A was not finished`
    : `slot B holds ${version}, which waits to be copied to slot A`;
  const advice = "Start the loader with BOOT0 low and let it copy B to A, then stage again; --force gives that set up";
  return new UpdateError("repair-first", state, advice);
}

/** What a well-formed header in the device differs in when it is that of another layout. */
const LAYOUT_PROBLEMS: readonly string[] = ["wrong-address", "wrong-cores", "wrong-part"];

function objectionOfLayout({ a, b }: DeviceSets): UpdateError | undefined {
  const foreign = [a, b].find((set) => set.kind === "none" && LAYOUT_PROBLEMS.includes(set.problem.code));
  if (foreign?.kind !== "none") return undefined;
  const state = `the device holds firmware of another layout: ${foreign.problem.text}`;
  return new UpdateError("other-layout", state, "Pack it for the device's layout; --force gives up what is there");
}

function objectionOfProduct(staging: Staging, a: SetJudgement): UpdateError | undefined {
  if (a.kind === "none") return undefined;
  const [got, expected] = [staging.headers[0]!, a.headers[0]!].map(({ productId }) => hexOf(productId));
  if (got === expected) return undefined;
  const state = `it is for product ${got}, the device holds firmware of product ${expected}`;
  return new UpdateError("wrong-product", state, "Check which device is connected, and which update it needs");
}

function objectionOfCounter(staging: Staging, a: SetJudgement): UpdateError | undefined {
  if (a.kind === "none") return undefined;
  const [got, least] = [staging.headers[0]!.counter, a.headers[0]!.counter];
  if (got >= least) return undefined;
  const state = `its security counter is ${got}, and the device runs a set with ${least}`;
  return new UpdateError("counter-too-low", state, "Take a newer release: the loader refuses to go back");
}

function hexOf(bytes: Bytes): string {
  return formatHex(bytes);
}
