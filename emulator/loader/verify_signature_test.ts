/**
 * Signatures, verified as the platform verifies them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { importKnownKey, packSmallPair } from "../../tests/small_pair.ts";
import { verifySignature } from "./verify_signature.ts";

for (const type of ["ed25519", "p256"] as const) {
  Deno.test(`verifySignature() and the platform agree: ${type}`, async () => {
    const key = await importKnownKey(type);
    const bundle = await packSmallPair({ key });
    const message = bundle.slice(32, 224);
    const signature = bundle.slice(224, 288);
    assert(verifySignature(key.publicKey, message, signature));
    for (let bit = 0; bit < 512; bit += 5) {
      const damaged = signature.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      assert.equal(verifySignature(key.publicKey, message, damaged), false);
      assert.equal(await key.publicKey.verify(message, damaged), false);
    }
    message[100]! ^= 1;
    assert.equal(verifySignature(key.publicKey, message, signature), false);
  });
}

Deno.test("verifySignature() takes no signature of another length, and no twin with a high s", async () => {
  const key = await importKnownKey("p256");
  const bundle = await packSmallPair({ key });
  const message = bundle.slice(32, 224);
  const signature = bundle.slice(224, 288);
  // n - s, of FIPS 186-4, D.1.2.3.
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const s = signature.slice(32).reduce((value, byte) => value * 256n + BigInt(byte), 0n);
  const twin = signature.slice();
  for (let at = 63, left = order - s; at >= 32; at--, left >>= 8n) twin[at] = Number(left & 0xffn);
  assert.equal(verifySignature(key.publicKey, message, twin), false);
  assert.equal(verifySignature(key.publicKey, message, signature.slice(0, 63)), false);
});
