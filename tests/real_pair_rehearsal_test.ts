/**
 * An update of the real dual-core pair, rehearsed at the default points over every transport.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Bytes, MemoryImage } from "../core/mod.ts";
import { parseIntelHex } from "../packager/formats/intel_hex.ts";
import { findLayout } from "../packager/layouts/presets.ts";
import { packBundle } from "../packager/pack.ts";
import { rehearse } from "../rehearsal/mod.ts";
import { corpusTest, readCorpus } from "./corpus.ts";
import { importKnownKey } from "./small_pair.ts";

const LAYOUT = findLayout("stm32h745");
const UNIT_BYTES = 32;
const TRANSPORTS = ["cdc", "ymodem", "an3155"] as const;

for (const transport of TRANSPORTS) {
  corpusTest(
    `an update of the real pair over ${transport} survives cuts in erases, ends of slots and runs`,
    async () => {
      const key = await importKnownKey("ed25519");
      const payloads = readPayloads();
      const pack = async (version: string, counter: number) => {
        // The last byte differs: it is another release.
        const images = payloads.map(({ core, address, bytes }) => {
          const data = Uint8Array.from([...bytes.subarray(0, -1), counter]);
          return { core, image: MemoryImage.fromSegments([{ address, data }]) };
        });
        return (await packBundle({ layout: LAYOUT, images, version, counter, product: "STM32H745I-DISCO", key }))
          .bundle;
      };
      const report = await rehearse(await pack("2.0.0", 2), {
        layout: LAYOUT,
        keys: [key.publicKey],
        from: await pack("1.0.0", 1),
        transport,
        baudRate: 921_600,
      });
      console.info(`real pair, ${transport}: ${report.verdict}; ${JSON.stringify(report.counts)}`);
      assert.equal(report.isProven, true, report.verdict);
      // Each slot: the sector of header and commit word, and the one of the payload; a header is 8 units, a commit word 1.
      const programCount = payloads.reduce((sum, { bytes }) => sum + Math.ceil(bytes.length / UNIT_BYTES) + 8 + 1, 0);
      // A host at the boot ROM erases all sectors of both slots, 3 and 4; the loader leaves those out that are blank.
      const eraseCount = transport === "an3155" ? 7 : 4;
      assert.deepEqual(report.operations.staging, { eraseCount, programCount });
      assert.deepEqual(report.operations.install, { eraseCount: 4, programCount });
      // A run for each payload, of which first, middle, last.
      assert.equal(report.counts.cutCount, 13 * (eraseCount + 4 + 2 * (2 * (8 + 1) + 2 * 3)));
      assert.equal(report.counts.booted.old + report.counts.booted.new, report.counts.pointCount);
    },
  );
}

function readPayloads(): readonly { readonly core: "CM7" | "CM4"; readonly address: number; readonly bytes: Bytes }[] {
  const hex = parseIntelHex(readCorpus("firmware/h745-disco-eembc.hex"));
  return [
    { core: "CM7", address: 0x0802_0000, bytes: readCorpus("firmware/h745-disco-usbd.bin") },
    { core: "CM4", address: 0x0810_0000, bytes: hex.slice(0x0810_0000, 0x0818_0000).segments[0]!.data },
  ];
}
