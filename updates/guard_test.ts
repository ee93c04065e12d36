import assert from "node:assert/strict";
import { findPart, type Sector } from "../core/mod.ts";
import { findLayout } from "../packager/layouts/presets.ts";
import type { SetJudgement } from "../packager/slots/mod.ts";
import { containerOf } from "../packager/extract.ts";
import { createSmallImages, packSmallPair, packSmallSingle } from "../tests/small_pair.ts";
import { cdcUpdateOf } from "./cdc_update.ts";
import { UpdateError } from "./error.ts";
import { assertClearOfSlotA, assertCoresOf, assertForPart, findObjections } from "./guard.ts";
import { stagingOf } from "./staging.ts";

const LAYOUT = findLayout("stm32h745");
const BUNDLE = await packSmallPair();
const STAGING = stagingOf(BUNDLE);
const OLD = stagingOf(await packSmallPair({ images: createSmallImages(1), counter: 6 }));

const codeOf = (error: UpdateError | undefined) => error?.code;

function setOf({ headers, records }: typeof STAGING): SetJudgement {
  return { kind: "set", headers, records, commitProblem: undefined, lacksCommitWord: false };
}

function noSet(code: string): SetJudgement {
  return { kind: "none", problem: { code, text: "for this test" } as never };
}

function isWrongPart(error: unknown): boolean {
  return error instanceof UpdateError && error.code === "wrong-part" && error.advice !== undefined;
}

Deno.test("assertForPart() compares product id and erased value", () => {
  const { part } = LAYOUT;
  assertForPart(STAGING, part);
  assert.throws(() => assertForPart(STAGING, findPart("stm32f407")), isWrongPart);
  const { flash } = part;
  const zeros = { ...part, flash: { ...flash, programUnit: { ...flash.programUnit, erasedByte: 0 } } } as typeof part;
  assert.throws(() => assertForPart(STAGING, zeros), isWrongPart);
});

Deno.test("assertCoresOf() wants every core of the update", () => {
  assertCoresOf(STAGING, LAYOUT.part);
  assert.throws(() => assertCoresOf(STAGING, findPart("stm32h743")), isWrongPart);
});

const [SLOTS] = STAGING.slots;
const { addressA, sizeBytes: slotBytes } = SLOTS!;

const SECTORS: readonly (readonly [what: string, addressStart: number, sizeBytes: number, isClear: boolean])[] = [
  ["right before slot A", addressA - 1024, 1024, true],
  ["that ends in slot A", addressA - 1024, 1025, false],
  ["inside slot A", addressA + 1024, 1024, false],
  ["around slot A", addressA - 1, slotBytes + 2, false],
  ["of the last byte of slot A", addressA + slotBytes - 1, 1024, false],
  ["right behind slot A", addressA + slotBytes, 1024, true],
];

for (const [what, addressStart, sizeBytes, isClear] of SECTORS) {
  Deno.test(`assertClearOfSlotA() ${isClear ? "lets a sector be erased" : "refuses a sector"} ${what}`, () => {
    const sectors: Sector[] = [{ index: 0, bank: 1, addressStart, sizeBytes }];
    const check = (staging: typeof STAGING) => () => assertClearOfSlotA(staging, sectors);
    if (isClear) check(STAGING)();
    else {assert.throws(check(STAGING), (error: unknown) =>
        error instanceof UpdateError && error.code === "wrong-slots");}
    check({ ...STAGING, policy: "single" })();
  });
}

Deno.test("findObjections() says so when the update that waits in slot B is the very one", () => {
  const [objection] = findObjections(STAGING, { a: setOf(OLD), b: setOf(STAGING) });
  assert.match(objection!.message, /: slot B holds this very update, which waits to be copied to slot A$/);
  assert.match(objection!.advice!, /^There is nothing left to stage/);
  const [other] = findObjections(OLD, { a: noSet("no-header"), b: setOf(STAGING) });
  assert.match(other!.message, /slot A holds nothing that is whole/);
});

const OBJECTIONS: readonly (readonly [what: string, a: SetJudgement, b: SetJudgement, codes: readonly string[]])[] = [
  ["nothing", noSet("no-header"), noSet("no-header"), []],
  ["its only set in B", noSet("no-header"), setOf(OLD), ["repair-first"]],
  ["a set of other addresses in A", noSet("wrong-address"), noSet("no-header"), ["other-layout"]],
  ["a set of other addresses in B", noSet("no-header"), noSet("wrong-address"), ["other-layout"]],
  ["a set of other cores in B", noSet("no-header"), noSet("wrong-cores"), ["other-layout"]],
  ["a set for another part in A", noSet("wrong-part"), noSet("no-header"), ["other-layout"]],
  ["a set that is older", setOf(OLD), setOf(OLD), []],
  ["a set that is the same", setOf(STAGING), setOf(STAGING), []],
];

for (const [what, a, b, codes] of OBJECTIONS) {
  Deno.test(`findObjections() to a device that holds ${what}: ${codes.join(", ") || "none"}`, () => {
    assert.deepEqual(findObjections(STAGING, { a, b }).map(codeOf), codes);
    const rest = codes.filter((code) => code !== "repair-first");
    assert.deepEqual(findObjections({ ...STAGING, policy: "single" }, { a, b }).map(codeOf), rest);
  });
}

Deno.test("findObjections() to an older release than the device runs", () => {
  const newer = { ...STAGING, headers: STAGING.headers.map((header) => ({ ...header, counter: header.counter + 1 })) };
  assert.deepEqual(findObjections(STAGING, { a: setOf(newer), b: setOf(newer) }).map(codeOf), ["counter-too-low"]);
});

Deno.test("cdcUpdateOf() takes whole sets of the device's layout only", async () => {
  assert.equal(cdcUpdateOf(BUNDLE, LAYOUT).images.length, 2);
  assert.throws(
    () => cdcUpdateOf(containerOf(BUNDLE, "CM7")),
    (error: unknown) => error instanceof UpdateError && error.code === "incomplete-set",
  );
  const single = await packSmallSingle({ layout: findLayout("stm32f411") });
  assert.equal(cdcUpdateOf(single).images.length, 1);
  assert.throws(() => cdcUpdateOf(single, LAYOUT), { name: "VerificationError" });
});
