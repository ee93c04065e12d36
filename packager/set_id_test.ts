import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { packSmallPair } from "../tests/small_pair.ts";
import { computeSetId } from "./set_id.ts";

Deno.test("computeSetId() hashes the label and the headers without CRC, set id and signature", async () => {
  const bundle = await packSmallPair();
  const records = [bundle.slice(32, 288), bundle.slice(288, 544)];
  const hash = createHash("sha256").update("coreslot set 1\0", "latin1");
  for (const record of records) {
    hash.update(record.subarray(0, 12)).update(new Uint8Array(4)); // header CRC
    hash.update(record.subarray(16, 88)).update(new Uint8Array(16)); // set id
    hash.update(record.subarray(104, 192)).update(new Uint8Array(64)); // signature
  }
  const expected = Uint8Array.from(hash.digest().subarray(0, 16));
  assert.deepEqual(await computeSetId(records), expected);
  assert.deepEqual(records[0]!.slice(88, 104), expected);
  assert.deepEqual(records[1]!.slice(88, 104), expected);
});

Deno.test("computeSetId() depends on every other byte, and on the order of the headers", async () => {
  const headers = [new Uint8Array(256).fill(1), new Uint8Array(256).fill(2)];
  const setId = await computeSetId(headers);
  assert.notDeepEqual(await computeSetId(headers.toReversed()), setId);
  for (let offset = 0; offset < 256; offset++) {
    const changed = headers[1]!.slice();
    changed[offset]! ^= 1;
    const isLeftOut = offset >= 12 && offset < 16 || offset >= 88 && offset < 104 || offset >= 192;
    const isEqual = (await computeSetId([headers[0]!, changed])).every((byte, index) => byte === setId[index]);
    assert.equal(isEqual, isLeftOut, `offset ${offset}`);
  }
});
