import assert from "node:assert/strict";
import { concatBytes } from "../core/mod.ts";
import { forgeHeader } from "../tests/forge.ts";
import { packSmallPair } from "../tests/small_pair.ts";
import { decodeBundle } from "./bundle.ts";
import { decodeContainer, encodeContainer } from "./container.ts";

const BUNDLE = await packSmallPair();
const IMAGE = decodeBundle(BUNDLE).images[1]!;
const CONTAINER = encodeContainer(IMAGE);

Deno.test("encodeContainer() writes the header and the padded payload as they stand in the bundle", () => {
  assert.deepEqual(CONTAINER, concatBytes([BUNDLE.subarray(288, 544), BUNDLE.subarray(640, 704)]));
  assert.deepEqual(decodeContainer(CONTAINER), IMAGE);
});

Deno.test("decodeContainer() refuses every cut and what follows", () => {
  for (let sizeBytes = 0; sizeBytes < CONTAINER.length; sizeBytes++) {
    assert.throws(() => decodeContainer(CONTAINER.slice(0, sizeBytes)), { code: "truncated" });
  }
  for (const extra of [1, 32, 1 << 20]) {
    const longer = concatBytes([CONTAINER, new Uint8Array(extra).fill(0xff)]);
    assert.throws(() => decodeContainer(longer), { code: "trailing-bytes", offset: CONTAINER.length });
  }
});

Deno.test("decodeContainer() finds a payload that would wrap in 32 bits too large for its slot", () => {
  const header = forgeHeader(CONTAINER.subarray(0, 256), { payloadSizeBytes: 0xffff_ffff });
  const forged = concatBytes([header, CONTAINER.subarray(256)]);
  assert.throws(() => decodeContainer(forged), { code: "bad-size", field: "header.payloadSizeBytes" });
});

Deno.test("decodeContainer() checks CRC and padding of the payload", () => {
  for (let offset = 256; offset < CONTAINER.length; offset++) {
    const changed = CONTAINER.slice();
    changed[offset]! ^= 0x10;
    const code = offset < 256 + 37 ? "bad-crc" : "bad-padding";
    assert.throws(() => decodeContainer(changed), { code }, `offset ${offset}`);
  }
});
