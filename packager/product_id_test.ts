import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { parseHex } from "../core/mod.ts";
import { deriveProductId } from "./product_id.ts";

/** The rule of FORMAT.md, by another implementation of SHA-256. */
function hashName(utf8: Uint8Array): Uint8Array {
  const label = new TextEncoder().encode("coreslot product 1\0");
  return Uint8Array.from(createHash("sha256").update(label).update(utf8).digest().subarray(0, 16));
}

Deno.test("deriveProductId() takes a UUID byte for byte, in either case", async () => {
  const bytes = parseHex("00112233445566778899aabbccddeeff");
  assert.deepEqual(await deriveProductId("00112233-4455-6677-8899-aabbccddeeff"), bytes);
  assert.deepEqual(await deriveProductId("00112233-4455-6677-8899-AABBCCDDEEFF"), bytes);
});

/** Names and their UTF-8 in normalization form C. */
const NAMES: readonly [string, string][] = [
  ["pump", "70 75 6d 70"],
  ["Pump", "50 75 6d 70"],
  ["caf\u00e9", "63 61 66 c3 a9"],
  ["cafe\u0301", "63 61 66 c3 a9"],
  ["\u6cf5", "e6 b3 b5"],
  ["\u{1f4a7}", "f0 9f 92 a7"],
  ["00112233445566778899aabbccddeeff", "3030313132323333343435353636373738383939616162626363646465656666"],
];

for (const [name, utf8] of NAMES) {
  Deno.test(`deriveProductId() hashes the name ${name}`, async () => {
    assert.deepEqual(await deriveProductId(name), hashName(parseHex(utf8)));
  });
}

for (const product of ["", " ", "\t\u00a0\n", "00000000-0000-0000-0000-000000000000", "pump\ud83d", "\udca7"]) {
  Deno.test(`deriveProductId() refuses ${JSON.stringify(product)}`, async () => {
    await assert.rejects(deriveProductId(product), RangeError);
  });
}
