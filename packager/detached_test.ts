import assert from "node:assert/strict";
import { createHash, createPrivateKey, sign as nodeSign } from "node:crypto";
import { type Bytes, concatBytes } from "../core/mod.ts";
import { importKnownKey, KNOWN_PEMS, packSmallPair, packSmallSingle } from "../tests/small_pair.ts";
import { encodeBigEndian, P256_ORDER } from "./curves.ts";
import { bigEndian } from "./curves.ts";
import { attachSignatures, type CoreSignature, messagesToSign } from "./detached.ts";
import { encodeEcdsaDer } from "./ecdsa_der.ts";
import { containerOf } from "./extract.ts";

const KEYS = { ed25519: await importKnownKey("ed25519"), p256: await importKnownKey("p256") };
const SIGNED = { ed25519: await packSmallPair({ key: KEYS.ed25519 }), p256: await packSmallPair({ key: KEYS.p256 }) };
const UNSIGNED = {
  ed25519: await packSmallPair({ key: KEYS.ed25519.publicKey }),
  p256: await packSmallPair({ key: KEYS.p256.publicKey }),
};

/** The signatures that packing made. */
function signaturesOf(bundle: Bytes): readonly [CoreSignature, CoreSignature] {
  return [{ core: "CM7", signature: bundle.slice(224, 288) }, { core: "CM4", signature: bundle.slice(480, 544) }];
}

Deno.test("messagesToSign() gives the signed bytes for Ed25519, their SHA-256 for P-256", async () => {
  for (const bundles of [UNSIGNED, SIGNED]) {
    const plain = await messagesToSign(bundles.ed25519);
    assert.deepEqual(plain.map(({ core, signatureKind }) => [core, signatureKind]), [["CM7", "ed25519"], [
      "CM4",
      "ed25519",
    ]]);
    assert.deepEqual(plain.map(({ message }) => message), [
      bundles.ed25519.slice(32, 224),
      bundles.ed25519.slice(288, 480),
    ]);
    const digests = await messagesToSign(bundles.p256);
    const expected = [bundles.p256.slice(32, 224), bundles.p256.slice(288, 480)]
      .map((bytes) => Uint8Array.from(createHash("sha256").update(bytes).digest()));
    assert.deepEqual(digests.map(({ message }) => message), expected);
  }
});

for (const type of ["ed25519", "p256"] as const) {
  Deno.test(`attachSignatures() gives the bytes that packing with the ${type} key gives, in any order`, async () => {
    const key = KEYS[type].publicKey;
    const signatures = signaturesOf(SIGNED[type]);
    const attached = await attachSignatures(UNSIGNED[type], { signatures, key });
    assert.deepEqual(attached, SIGNED[type]);
    assert.deepEqual(
      await attachSignatures(UNSIGNED[type], { signatures: signatures.toReversed(), key }),
      SIGNED[type],
    );
    assert.deepEqual(await attachSignatures(SIGNED[type], { signatures, key }), SIGNED[type]);
  });
}

Deno.test("attachSignatures() takes DER and a high s", async () => {
  const twin = (signature: Bytes) =>
    concatBytes([signature.subarray(0, 32), encodeBigEndian(P256_ORDER - bigEndian(signature.subarray(32)), 32)]);
  for (const change of [encodeEcdsaDer, twin, (signature: Bytes) => encodeEcdsaDer(twin(signature))]) {
    const signatures = signaturesOf(SIGNED.p256).map(({ core, signature }) => ({ core, signature: change(signature) }));
    assert.deepEqual(await attachSignatures(UNSIGNED.p256, { signatures, key: KEYS.p256.publicKey }), SIGNED.p256);
  }
});

Deno.test("attachSignatures() takes what another signer makes of the same bytes, at random", async () => {
  // node:crypto signs the 192 bytes; a signer of digests would be given the SHA-256 of the same.
  const privateKey = createPrivateKey(KNOWN_PEMS.p256);
  const signatures = (["CM7", "CM4"] as const).map((core, index) => {
    const message = UNSIGNED.p256.slice(32 + index * 256, 32 + index * 256 + 192);
    return { core, signature: Uint8Array.from(nodeSign("sha256", message, privateKey)) };
  });
  const attached = await attachSignatures(UNSIGNED.p256, { signatures, key: KEYS.p256.publicKey });
  assert.equal(attached.length, SIGNED.p256.length);
});

Deno.test("attachSignatures() takes a container that is a whole set", async () => {
  const key = KEYS.ed25519;
  const signed = containerOf(await packSmallSingle(), "CM4");
  const unsigned = containerOf(await packSmallSingle({ key: key.publicKey }), "CM4");
  const signatures = [{ core: "CM4", signature: signed.slice(192, 256) }] as const;
  assert.deepEqual(await attachSignatures(unsigned, { signatures, key: key.publicKey }), signed);
});

const [CM7, CM4] = signaturesOf(SIGNED.p256);
const DER = encodeEcdsaDer(CM4.signature);

/** What cannot be attached, and why. */
const REFUSED: readonly [string, readonly CoreSignature[], string][] = [
  ["nothing", [], "missing-signature"],
  ["one of two", [CM7], "missing-signature"],
  ["the two in one another's place", [{ ...CM7, core: "CM4" }, { ...CM4, core: "CM7" }], "bad-signature"],
  ["zeros", [CM7, { ...CM4, signature: new Uint8Array(64) }], "out-of-range"],
  ["63 bytes", [CM7, { ...CM4, signature: CM4.signature.slice(1) }], "bad-der"],
  ["DER with a byte behind it", [CM7, { ...CM4, signature: concatBytes([DER, Uint8Array.of(0)]) }], "bad-der"],
  ["DER cut short", [CM7, { ...CM4, signature: DER.slice(0, -1) }], "bad-der"],
  ["a signature of Ed25519", signaturesOf(SIGNED.ed25519), "bad-signature"],
];

for (const [name, signatures, code] of REFUSED) {
  Deno.test(`attachSignatures() refuses ${name}`, async () => {
    await assert.rejects(attachSignatures(UNSIGNED.p256, { signatures, key: KEYS.p256.publicKey }), (error: Error) => {
      assert.ok("code" in error);
      // Ed25519 signatures read as P-256 numbers may also be out of range.
      assert.ok(error.code === code || code === "bad-signature" && error.code === "out-of-range", String(error.code));
      return true;
    });
  });
}

Deno.test("attachSignatures() refuses another key, a core that is not there, and two for one core", async () => {
  const signatures = signaturesOf(SIGNED.p256);
  const other = attachSignatures(UNSIGNED.p256, { signatures, key: KEYS.ed25519.publicKey });
  await assert.rejects(other, { code: "unknown-key" });
  const key = KEYS.p256.publicKey;
  const stray = { ...CM4, core: "CM33" } as const;
  await assert.rejects(attachSignatures(UNSIGNED.p256, { signatures: [...signatures, stray], key }), RangeError);
  await assert.rejects(attachSignatures(UNSIGNED.p256, { signatures: [CM7, CM4, CM4], key }), RangeError);
});
