import assert from "node:assert/strict";
import { CdcArrayDevice } from "../../tests/cdc_array_device.ts";
import { makeCdcSet, patternOf } from "../../tests/cdc_header.ts";
import { encodeFrame } from "./frames.ts";
import { frameSizeRange, planUpdate } from "./plan.ts";

Deno.test("frameSizeRange() holds for bodies of zeros and of anything else, and both ends are met", () => {
  const met = { least: 0, most: 0 };
  for (let bodyBytes = 0; bodyBytes < 1000; bodyBytes++) {
    const { least, most } = frameSizeRange(bodyBytes);
    for (const value of [0, 0x55]) {
      const body = new Uint8Array(bodyBytes).fill(value);
      const sizeBytes = encodeFrame({ type: 1, argument: 1, sequence: 0x0101, session: 0x01010101, body }).length;
      assert(sizeBytes >= least && sizeBytes <= most, `${sizeBytes} bytes of ${least} to ${most}`);
      // A body that ends with a full block costs nothing behind it; all others may cost what is foretold.
      if (sizeBytes === least) met.least++;
      if (sizeBytes === most && (bodyBytes + 12) % 254 !== 0) met.most++;
    }
  }
  assert(met.least > 100 && met.most > 5, JSON.stringify(met));
});

Deno.test("planUpdate() counts the payloads that are sent, and a command for each that is copied", () => {
  const limits = { dataSizeMax: 512, window: 2, silenceMs: 500 };
  const device = new CdcArrayDevice({ slotSizes: [4096, 4096], sectorBytes: 1024, unitBytes: 32, limits }).describe();
  const { images } = makeCdcSet(1, [patternOf(1, 1000), patternOf(2, 2000)]);
  const plan = planUpdate({ images, device, sessionId: 1, clonedImages: [1] });
  assert.deepEqual([plan.payloadBytes, plan.data.frames, plan.clone.frames], [1000, 2, 1]);
  assert.equal(planUpdate({ images, device, sessionId: 1 }).data.frames, 2 + 4);
});
