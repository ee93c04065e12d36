/**
 * SHA-256 against the examples of its standard, and against the platform's.
 *
 * @module
 */

import assert from "node:assert/strict";
import { formatHex } from "./hex.ts";
import { Sha256, sha256 } from "./sha256.ts";

// NIST, "Examples with Intermediate Values", SHA-256: no block, one block, two blocks.
const EXAMPLES: readonly (readonly [string, string])[] = [
  ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  [
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  ],
];

for (const [text, digest] of EXAMPLES) {
  Deno.test(`sha256() of ${JSON.stringify(text)}`, () => {
    assert.equal(formatHex(sha256(new TextEncoder().encode(text))), digest);
  });
}

Deno.test("Sha256 gives the platform's digest, however the message is cut", async () => {
  const message = Uint8Array.from({ length: 300 }, (_, index) => index * 7 & 0xff);
  for (let length = 0; length <= message.length; length += 13) {
    const expected = new Uint8Array(await crypto.subtle.digest("SHA-256", message.slice(0, length)));
    for (const cut of [0, 1, 63, 64, 65, length]) {
      const hash = new Sha256();
      hash.update(message.subarray(0, Math.min(cut, length)));
      hash.update(message.subarray(Math.min(cut, length), length));
      assert.deepEqual(hash.digest(), expected);
    }
  }
});

Deno.test("Sha256 takes nothing behind its end", () => {
  const hash = new Sha256();
  hash.digest();
  assert.throws(() => hash.update(Uint8Array.of(1)));
});
