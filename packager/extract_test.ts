import assert from "node:assert/strict";
import { concatBytes, crc32 } from "../core/mod.ts";
import { createSmallImages, packSmallPair, packSmallSingle } from "../tests/small_pair.ts";
import { decodeBundle } from "./bundle.ts";
import { encodeCommitWord } from "./commit_word.ts";
import { containerOf, payloadOf, slotImageOf } from "./extract.ts";
import { findLayout } from "./layouts/presets.ts";
import { decodeSlotImage, encodeSlotImage } from "./slot_image.ts";

const BUNDLE = await packSmallPair();
const RECORD = BUNDLE.slice(288, 544);

Deno.test("payloadOf() gives what was packed, byte for byte", () => {
  for (const { core, image } of createSmallImages()) {
    assert.deepEqual(payloadOf(BUNDLE, core), image.segments[0]!.data);
    assert.deepEqual(payloadOf(containerOf(BUNDLE, core), core), image.segments[0]!.data);
  }
});

Deno.test("containerOf() gives header and padded payload", () => {
  assert.deepEqual(containerOf(BUNDLE, "CM4"), concatBytes([RECORD, BUNDLE.subarray(640, 704)]));
});

Deno.test("slotImageOf() gives padded payload, header and commit word at their addresses, and leaves the gap", () => {
  const word = encodeCommitWord({ headerRecordCrc: crc32(RECORD), setId: RECORD.slice(88, 104) });
  for (const [slot, address] of [["A", 0x0810_0000], ["B", 0x0818_0000]] as const) {
    const image = slotImageOf(BUNDLE, "CM4", { slot });
    assert.deepEqual(image.segments, [
      { address, data: BUNDLE.slice(640, 704) },
      { address: address + 512 * 1024 - 288, data: concatBytes([RECORD, word]) },
    ]);
  }
});

Deno.test("slotImageOf() and encodeSlotImage() agree", () => {
  for (const image of decodeBundle(BUNDLE).images) {
    const { core, runAddress, slotSizeBytes } = image.header;
    const slot = slotImageOf(BUNDLE, core, { slot: "A" }).flatten(runAddress, runAddress + slotSizeBytes, 0xff);
    assert.deepEqual(slot, encodeSlotImage(image));
    assert.deepEqual(decodeSlotImage(slot), image);
  }
});

Deno.test("slotImageOf() gives one place under policy single", async () => {
  const layout = findLayout("stm32f407ve");
  const bundle = await packSmallSingle({ layout });
  assert.deepEqual(slotImageOf(bundle, "CM4", { slot: "B" }), slotImageOf(bundle, "CM4", { slot: "A" }));
});

Deno.test("a core that is not in the update is refused", () => {
  assert.throws(() => payloadOf(BUNDLE, "CM33"), RangeError);
  assert.throws(() => containerOf(containerOf(BUNDLE, "CM7"), "CM4"), RangeError);
  assert.throws(() => slotImageOf(BUNDLE, "CM0", { slot: "A" }), RangeError);
});

Deno.test("a damaged update is refused", () => {
  assert.throws(() => payloadOf(BUNDLE.slice(0, -1), "CM7"), { code: "truncated" });
});
