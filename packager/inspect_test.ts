import assert from "node:assert/strict";
import { importKnownKey, packSmallPair } from "../tests/small_pair.ts";
import { containerOf } from "./extract.ts";
import { inspectUpdate } from "./inspect.ts";

const BUNDLE = await packSmallPair();

Deno.test("inspectUpdate() lists every byte of every record", () => {
  const { kind, records } = inspectUpdate(BUNDLE);
  assert.equal(kind, "bundle");
  assert.deepEqual(records.map(({ path }) => path), ["bundle", "images[0]", "images[1]"]);
  let offset = 0;
  for (const field of records.flatMap(({ fields }) => fields)) {
    assert.equal(field.offset, offset, field.name);
    offset += field.sizeBytes;
  }
  assert.equal(offset, 544);
});

Deno.test("inspectUpdate() shows values as people read them", () => {
  const fields = Object.fromEntries(inspectUpdate(BUNDLE).records[2]!.fields.map(({ name, text }) => [name, text]));
  assert.equal(fields.core, '"CM4"');
  assert.equal(fields.runAddress, "0x08100000");
  assert.equal(fields.payloadSizeBytes, "37");
  assert.equal(fields.chipId, "0x00000450");
  assert.equal(fields.fill, "0xff");
  assert.equal(fields.productId, "0f1e2d3c4b5a69788796a5b4c3d2e1f0");
});

Deno.test("inspectUpdate() reads containers", () => {
  const { kind, records, images } = inspectUpdate(containerOf(BUNDLE, "CM4"));
  assert.equal(kind, "container");
  assert.equal(images[0]!.payload.length, 37);
  assert.deepEqual(records.map(({ path, fields }) => [path, fields[0]!.offset]), [["header", 0]]);
});

Deno.test("inspectUpdate() trusts nothing, signed or not", async () => {
  const { publicKey } = await importKnownKey("ed25519");
  const unsigned = inspectUpdate(await packSmallPair({ key: publicKey }));
  assert.deepEqual([unsigned.isTrusted, unsigned.isSigned], [false, false]);
  const signed = inspectUpdate(BUNDLE);
  assert.deepEqual([signed.isTrusted, signed.isSigned], [false, true]);
});

Deno.test("inspectUpdate() refuses a damaged file", () => {
  const damaged = BUNDLE.slice();
  damaged[100]! ^= 1;
  assert.throws(() => inspectUpdate(damaged), { code: "bad-crc", field: "images[0].headerCrc" });
});
