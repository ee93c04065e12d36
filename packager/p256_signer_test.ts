import assert from "node:assert/strict";
import { concatBytes, formatHex, parseHex } from "../core/mod.ts";
import { bigEndian, encodeBigEndian, P256_ORDER } from "./curves.ts";
import {
  createP256Signer,
  createPlatformSigner,
  createPortableSigner,
  deriveP256PublicKey,
  type KeyPairParts,
} from "./p256_signer.ts";

const SECRET = parseHex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
const KEY: KeyPairParts = { type: "p256", secret: SECRET, rawPublicKey: await deriveP256PublicKey(SECRET) };

/** RFC 6979, A.2.5, SHA-256: message, r, s. */
const VECTORS: readonly [string, string, string][] = [
  [
    "sample",
    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
  ],
  [
    "test",
    "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367",
    "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
  ],
];

const SIGNERS = { createP256Signer, createPlatformSigner, createPortableSigner };

for (const [message, r, s] of VECTORS) {
  for (const [name, create] of Object.entries(SIGNERS)) {
    Deno.test(`${name}() signs "${message}" as RFC 6979 does, with the low s`, async () => {
      const printed = bigEndian(parseHex(s));
      const low = printed > P256_ORDER / 2n ? P256_ORDER - printed : printed;
      const sign = await create(KEY);
      const signature = await sign(new TextEncoder().encode(message));
      assert.equal(formatHex(signature), r + formatHex(encodeBigEndian(low, 32)));
    });
  }
}

Deno.test("deriveP256PublicKey() gives the public half that RFC 6979 prints", () => {
  assert.equal(
    formatHex(KEY.rawPublicKey),
    "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6" +
      "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
  );
});

Deno.test("both ways of signing give the same bytes for 100 messages and keys", async () => {
  for (let round = 1; round <= 100; round++) {
    const secret = concatBytes([SECRET.subarray(1), Uint8Array.of(round)]);
    const key: KeyPairParts = { type: "p256", secret, rawPublicKey: await deriveP256PublicKey(secret) };
    const message = new Uint8Array(round * 3).fill(round);
    const [platform, portable] = await Promise.all([createPlatformSigner(key), createPortableSigner(key)]);
    assert.deepEqual(await platform(message), await portable(message));
  }
});

Deno.test("createP256Signer() does without a platform that signs at random", async () => {
  // A fresh copy of the module asks the platform again, and is answered as Node and browsers do: differently each time.
  const { sign } = crypto.subtle;
  let calls = 0;
  crypto.subtle.sign = () =>
    Promise.resolve(concatBytes([parseHex(VECTORS[0]![1]), new Uint8Array(32).fill(++calls)]).buffer);
  try {
    const module: typeof import("./p256_signer.ts") = await import(`./p256_signer.ts?platform=${"random"}`);
    const signer = await module.createP256Signer(KEY);
    const portable = await createPortableSigner(KEY);
    assert.equal(calls, 1);
    assert.deepEqual(await signer(SECRET), await portable(SECRET));
    assert.equal(calls, 1);
  } finally {
    crypto.subtle.sign = sign;
  }
});
