/**
 * The firmware of a real dual-core board as one release: packed, verified, taken apart, and damaged.
 *
 * CM7: `h745-disco-usbd.bin`, linked at 0x08020000. CM4: what `h745-disco-eembc.hex` holds from 0x08100000 on; the rest of
 * that file is for the CM7 and for external flash.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { type Bytes, crc32 } from "../core/mod.ts";
import { headerOffset } from "../packager/bundle.ts";
import { decodeBinary } from "../packager/formats/binary.ts";
import { parseIntelHex } from "../packager/formats/intel_hex.ts";
import { containerOf, payloadOf, slotImageOf } from "../packager/extract.ts";
import { findLayout } from "../packager/layouts/presets.ts";
import { packBundle } from "../packager/pack.ts";
import { decodeSlotImage } from "../packager/slot_image.ts";
import { verifyUpdate } from "../packager/verify.ts";
import { corpusTest, readCorpus } from "./corpus.ts";
import { forgeImage } from "./forge.ts";
import { flipBit, tallyRefusals, totalOf } from "./mutants.ts";
import { importKnownKey } from "./small_pair.ts";

const SEED = 745_2025;
const SAMPLES = 1000;
const LAYOUT = findLayout("stm32h745");

for (const type of ["ed25519", "p256"] as const) {
  corpusTest(`the real pair is packed with ${type}, verified, and gives back what went in`, async () => {
    const { bundle, keys, cm7, cm4 } = await packRealPair(type);
    const { images } = await verifyUpdate(bundle, { keys, layout: LAYOUT });
    assert.deepEqual(images.map(({ header }) => header.core), ["CM7", "CM4"]);
    assert.deepEqual(payloadOf(bundle, "CM7"), cm7);
    assert.deepEqual(payloadOf(bundle, "CM4"), cm4);
    for (const { header } of images) {
      const { core, runAddress, slotSizeBytes } = header;
      const slot = slotImageOf(bundle, core, { slot: "A" }).flatten(runAddress, runAddress + slotSizeBytes, 0xff);
      assert.deepEqual(decodeSlotImage(slot).header, header);
      await assert.rejects(verifyUpdate(containerOf(bundle, core), { keys }), { code: "incomplete-set" });
    }
  });

  corpusTest(`verifyUpdate() refuses every bit flip in all headers of the real pair, signed with ${type}`, async () => {
    const { bundle, keys } = await packRealPair(type);
    const bits = Array.from({ length: headerOffset(2) * 8 }, (_, bit) => bit);
    assert.equal(totalOf(await tallyRefusals(mutate(bits, (bit) => flipBit(bundle, bit)), keys)), 4352);
  });

  corpusTest(
    `verifyUpdate() refuses ${SAMPLES} payload bit flips of the real pair (seed ${SEED}), ${type}`,
    async () => {
      const { bundle, keys, cm7 } = await packRealPair(type);
      const start = headerOffset(2) * 8;
      const offsets = fc.sample(fc.integer({ min: start, max: bundle.length * 8 - 1 }), {
        seed: SEED,
        numRuns: SAMPLES,
      });
      assert.equal(totalOf(await tallyRefusals(mutate(offsets, (bit) => flipBit(bundle, bit)), keys)), SAMPLES);
      // The CM7 payload once more, with its CRC made to fit.
      const bits = fc.sample(fc.nat(cm7.length * 8 - 1), { seed: SEED, numRuns: SAMPLES });
      const forge = (bit: number): Bytes => {
        const forged = flipBit(bundle, start + bit);
        const payloadCrc = crc32(forged.subarray(headerOffset(2), headerOffset(2) + cm7.length));
        return forgeImage(forged, 0, { payloadCrc });
      };
      assert.deepEqual(await tallyRefusals(mutate(bits, forge), keys), { "bad-set-id": SAMPLES });
    },
  );
}

async function packRealPair(type: "ed25519" | "p256") {
  const key = await importKnownKey(type);
  const cm7 = readCorpus("firmware/h745-disco-usbd.bin");
  const image = parseIntelHex(readCorpus("firmware/h745-disco-eembc.hex"));
  const { bundle } = await packBundle({
    layout: LAYOUT,
    images: [{ core: "CM7", image: decodeBinary(cm7, 0x0802_0000) }, { core: "CM4", image }],
    crop: true,
    version: "1.0.0",
    counter: 1,
    product: "STM32H745I-DISCO",
    key,
  });
  const cm4 = image.slice(0x0810_0000, 0x0818_0000).segments[0]!.data;
  return { bundle, keys: [key.publicKey], cm7, cm4 };
}

function* mutate(values: Iterable<number>, change: (value: number) => Bytes): Generator<Bytes> {
  for (const value of values) yield change(value);
}
