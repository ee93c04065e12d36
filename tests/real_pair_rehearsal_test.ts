/**
 * An update of the real dual-core pair, rehearsed at the default points over the protocol that people use.
 *
 * @module
 */

import assert from "node:assert/strict";
import { MemoryImage } from "../core/mod.ts";
import { parseIntelHex } from "../packager/formats/intel_hex.ts";
import { findLayout } from "../packager/layouts/presets.ts";
import { packBundle } from "../packager/pack.ts";
import { rehearse } from "../rehearsal/mod.ts";
import { corpusTest, readCorpus } from "./corpus.ts";
import { importKnownKey } from "./small_pair.ts";

const LAYOUT = findLayout("stm32h745");
const UNIT_BYTES = 32;

corpusTest("an update of the real pair survives a cut at every erase, header, commit word and run", async () => {
  const key = await importKnownKey("ed25519");
  const cm7 = readCorpus("firmware/h745-disco-usbd.bin");
  const hex = parseIntelHex(readCorpus("firmware/h745-disco-eembc.hex"));
  const cm4 = hex.slice(0x0810_0000, 0x0818_0000).segments[0]!.data;
  const pack = async (version: string, counter: number) => {
    // The last byte differs: it is another release.
    const images = [{ core: "CM7", address: 0x0802_0000, bytes: cm7 }, {
      core: "CM4",
      address: 0x0810_0000,
      bytes: cm4,
    }]
      .map(({ core, address, bytes }) => {
        const data = Uint8Array.from([...bytes.subarray(0, -1), counter]);
        return { core: core as "CM7" | "CM4", image: MemoryImage.fromSegments([{ address, data }]) };
      });
    return (await packBundle({ layout: LAYOUT, images, version, counter, product: "STM32H745I-DISCO", key })).bundle;
  };
  const report = await rehearse(await pack("2.0.0", 2), {
    layout: LAYOUT,
    keys: [key.publicKey],
    from: await pack("1.0.0", 1),
    transport: "cdc",
  });
  assert.equal(report.isProven, true, report.verdict);
  // Each slot: the sector of header and commit word, and the one of the payload; a header is 8 units, a commit word 1.
  const unitsOf = ({ length }: Uint8Array) => Math.ceil(length / UNIT_BYTES);
  const programCount = unitsOf(cm7) + unitsOf(cm4) + 2 * (8 + 1);
  assert.deepEqual(report.operations.staging, { eraseCount: 4, programCount });
  assert.deepEqual(report.operations.install, { eraseCount: 4, programCount });
  // A run for each payload, of which first, middle and last.
  assert.equal(report.counts.cutCount, 11 * 2 * (4 + 2 * (8 + 1) + 2 * 3));
  assert.equal(report.counts.booted.old + report.counts.booted.new, report.counts.pointCount);
});
