import assert from "node:assert/strict";
import { ed25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { concatBytes, parseHex } from "../core/mod.ts";
import {
  bigEndian,
  ED25519_ORDER,
  encodeBigEndian,
  isEd25519Key,
  isP256Point,
  littleEndian,
  P256_ORDER,
} from "./curves.ts";

Deno.test("the orders are those of another implementation", () => {
  assert.equal(P256_ORDER, p256.Point.CURVE().n);
  assert.equal(ED25519_ORDER, ed25519.Point.CURVE().n);
});

Deno.test("bigEndian(), littleEndian() and encodeBigEndian() read and write numbers", () => {
  assert.equal(bigEndian(parseHex("01 02 03")), 0x010203n);
  assert.equal(littleEndian(parseHex("01 02 03")), 0x030201n);
  assert.equal(bigEndian(new Uint8Array()), 0n);
  assert.deepEqual(encodeBigEndian(0x0102n, 4), parseHex("00 00 01 02"));
});

Deno.test("isP256Point() takes points and refuses what is off the curve", () => {
  for (const d of [1n, 2n, 3n, P256_ORDER - 1n]) {
    const point = p256.Point.BASE.multiply(d).toBytes(false).slice(1);
    assert.equal(isP256Point(point), true);
    for (const offset of [0, 31, 32, 63]) {
      const moved = point.slice();
      moved[offset]! ^= 1;
      assert.equal(isP256Point(moved), false);
    }
  }
  assert.equal(isP256Point(new Uint8Array(64)), false);
  assert.equal(isP256Point(new Uint8Array(64).fill(0xff)), false);
});

Deno.test("isP256Point() refuses coordinates that are not reduced", () => {
  const prime = p256.Point.CURVE().p;
  // (0, sqrt(b)) is a point; p stands for 0 as well.
  const y = p256.Point.fromHex(`02${"00".repeat(32)}`).toAffine().y;
  assert.equal(isP256Point(concatBytes([encodeBigEndian(0n, 32), encodeBigEndian(y, 32)])), true);
  assert.equal(isP256Point(concatBytes([encodeBigEndian(prime, 32), encodeBigEndian(y, 32)])), false);
});

Deno.test("isEd25519Key() refuses all eight points of small order, in both signs", () => {
  // A point times L lies in the group of order 8; these seeds reach all of it.
  const torsion = new Map<string, Uint8Array>();
  for (let y = 2n; torsion.size < 8 && y < 200n; y++) {
    try {
      const point = ed25519.Point.fromBytes(encodeBigEndian(y, 32).reverse());
      const small = point.multiplyUnsafe(ED25519_ORDER - 1n).add(point);
      torsion.set(small.toHex(), small.toBytes());
    } catch {
      // No point has this y.
    }
  }
  assert.equal(torsion.size, 8);
  for (const bytes of torsion.values()) {
    assert.equal(isEd25519Key(bytes), false);
    const other = bytes.slice();
    other[31]! ^= 0x80;
    assert.equal(isEd25519Key(other), false);
  }
});

Deno.test("isEd25519Key() refuses encodings that are not reduced, and takes keys", () => {
  const prime = 2n ** 255n - 19n;
  for (let y = prime; y < 2n ** 255n; y++) assert.equal(isEd25519Key(encodeBigEndian(y, 32).reverse()), false);
  for (let seed = 0; seed < 8; seed++) {
    assert.equal(isEd25519Key(ed25519.getPublicKey(new Uint8Array(32).fill(seed))), true);
  }
});
