import assert from "node:assert/strict";
import { concatBytes, crc32 } from "../core/mod.ts";
import { packSmallPair } from "../tests/small_pair.ts";
import { decodeBundle } from "./bundle.ts";
import { encodeCommitWord } from "./commit_word.ts";
import type { Image } from "./container.ts";
import { encodeHeader } from "./header.ts";
import { decodeSlotImage, encodeSlotImage } from "./slot_image.ts";

/** The CM4 image of the small pair, in a slot of 1 KiB. */
const { header, payload } = decodeBundle(await packSmallPair()).images[1]!;
const IMAGE: Image = { header: { ...header, slotSizeBytes: 1024 }, payload };
const SLOT = encodeSlotImage(IMAGE);
const RECORD = encodeHeader(IMAGE.header);

Deno.test("encodeSlotImage() puts payload, erased flash, header and commit word where FORMAT.md says", () => {
  assert.equal(SLOT.length, 1024);
  assert.deepEqual(SLOT.subarray(0, 37), payload);
  assert.ok(SLOT.subarray(37, 1024 - 288).every((byte) => byte === 0xff));
  assert.deepEqual(SLOT.subarray(1024 - 288, 1024 - 32), RECORD);
  const word = encodeCommitWord({ headerRecordCrc: crc32(RECORD), setId: header.setId });
  assert.deepEqual(SLOT.subarray(1024 - 32), word);
  assert.deepEqual(decodeSlotImage(SLOT), IMAGE);
});

Deno.test("encodeSlotImage() fills with the part's erased value", () => {
  const slot = encodeSlotImage({ ...IMAGE, header: { ...IMAGE.header, fill: 0 } });
  assert.ok(slot.subarray(37, 1024 - 288).every((byte) => byte === 0));
});

Deno.test("encodeSlotImage() takes a payload that leaves no gap", () => {
  const header = { ...IMAGE.header, slotSizeBytes: 64 + 288 };
  assert.deepEqual(decodeSlotImage(encodeSlotImage({ header, payload })), { header, payload });
});

Deno.test("encodeSlotImage() does not allocate what a header from elsewhere asks for", () => {
  const header = { ...IMAGE.header, runAddress: 0, stagingAddress: 0, slotSizeBytes: 0xffff_ffe0 };
  assert.throws(() => encodeSlotImage({ header, payload }), RangeError);
});

Deno.test("decodeSlotImage() refuses every single-bit flip", () => {
  for (let bit = 0; bit < SLOT.length * 8; bit++) {
    const flipped = SLOT.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    assert.throws(() => decodeSlotImage(flipped), { name: "ContainerFormatError" }, `bit ${bit}`);
  }
});

Deno.test("decodeSlotImage() refuses slots of another size", () => {
  for (const sizeBytes of [0, 1, 288, 319]) {
    const end = SLOT.slice(SLOT.length - sizeBytes);
    assert.throws(() => decodeSlotImage(end), { code: "truncated" });
  }
  const longer = concatBytes([SLOT.subarray(0, 37), new Uint8Array(32).fill(0xff), SLOT.subarray(37)]);
  assert.throws(() => decodeSlotImage(longer), { code: "bad-size", field: "header.slotSizeBytes" });
});

Deno.test("decodeSlotImage() refuses a slot that is not committed, or committed for another header", () => {
  const erased = SLOT.slice().fill(0xff, 1024 - 32);
  assert.throws(() => decodeSlotImage(erased), { code: "bad-magic", field: "commitWord.magic", offset: 992 });
  const words = [
    [{ headerRecordCrc: 1, setId: header.setId }, "bad-crc", "commitWord.headerRecordCrc"],
    [{ headerRecordCrc: crc32(RECORD), setId: new Uint8Array(16) }, "set-mismatch", "commitWord.setId"],
  ] as const;
  for (const [word, code, field] of words) {
    const other = concatBytes([SLOT.subarray(0, 992), encodeCommitWord(word)]);
    assert.throws(() => decodeSlotImage(other), { code, field });
  }
});
