import assert from "node:assert/strict";
import { type Bytes, concatBytes, formatHex, parseHex } from "../core/mod.ts";
import { importKnownKey, KNOWN_PEMS } from "../tests/small_pair.ts";
import { generateKey } from "./generate_key.ts";
import type { KeyType } from "./header.ts";
import { createVerifyingKey, exportPublicKey, importPrivateKey, importPublicKey } from "./keys.ts";
import { formatPem } from "./pem.ts";

const KNOWN = { allowWellKnown: true };
const TYPES: readonly KeyType[] = ["ed25519", "p256"];

/** RFC 8032, section 7.1: seed, public key, message, signature. */
const RFC_8032: readonly [string, string, string, string, string][] = [
  [
    "TEST 1",
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  ],
  [
    "TEST 2",
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "72",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  ],
  [
    "TEST 3",
    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    "af82",
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  ],
  [
    "TEST SHA(abc)",
    "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
    "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
  ],
];

for (const [name, seed, publicKey, message, signature] of RFC_8032) {
  Deno.test(`an imported Ed25519 key signs and verifies RFC 8032, 7.1, ${name}`, async () => {
    const der = parseHex(`302e020100300506032b657004220420${seed}`);
    const key = await importPrivateKey(formatPem({ label: "PRIVATE KEY", der }), KNOWN);
    assert.equal(formatHex(key.publicKey.rawPublicKey), publicKey);
    assert.equal(formatHex(await key.sign(parseHex(message))), signature);
    assert.equal(await key.publicKey.verify(parseHex(message), parseHex(signature)), true);
  });
}

for (const type of TYPES) {
  Deno.test(`verify() of ${type} refuses every bit flip of signature and message`, async () => {
    const key = await importKnownKey(type);
    const message = parseHex("0102");
    const signature = await key.sign(message);
    const flip = (bytes: Bytes, bit: number) =>
      bytes.map((byte, index) => index === bit >> 3 ? byte ^ 1 << (bit & 7) : byte);
    for (let bit = 0; bit < 512; bit++) {
      assert.equal(await key.publicKey.verify(message, flip(signature, bit)), false, `bit ${bit}`);
    }
    for (let bit = 0; bit < 16; bit++) assert.equal(await key.publicKey.verify(flip(message, bit), signature), false);
  });

  Deno.test(`the key id of ${type} is the start of the SHA-256 of its SPKI`, async () => {
    const { publicKey, keyId } = await importKnownKey(type);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", publicKey.spki));
    assert.deepEqual(keyId, digest.slice(0, 8));
    assert.deepEqual(publicKey.keyId, keyId);
    assert.equal(publicKey.rawPublicKey.length, type === "ed25519" ? 32 : 64);
    const imported = await importPublicKey(exportPublicKey(publicKey), KNOWN);
    assert.deepEqual(imported.rawPublicKey, publicKey.rawPublicKey);
  });

  Deno.test(`importPrivateKey() refuses a published ${type} key unless it is asked for`, async () => {
    await assert.rejects(importPrivateKey(KNOWN_PEMS[type]), { name: "KeyError", code: "well-known-key" });
    await assert.rejects(importPrivateKey(KNOWN_PEMS[type], {}), { code: "well-known-key" });
    assert.equal((await importKnownKey(type)).type, type);
  });
}

const ED25519 = "300506032b6570";
const P256 = "301306072a8648ce3d020106082a8648ce3d030107";
const SECRET = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
const POINT = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6" +
  "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
const CURVE = "a00a06082a8648ce3d030107";

/** A DER value with a length below 256, its content in hexadecimal digits. */
function der(tag: string, ...content: string[]): string {
  const joined = content.join("");
  const sizeBytes = joined.length / 2;
  return `${tag}${sizeBytes < 128 ? "" : "81"}${sizeBytes.toString(16).padStart(2, "0")}${joined}`;
}

const sec1 = (...optional: string[]) => der("30", "020101", der("04", SECRET), ...optional);
const pkcs8 = (algorithm: string, key: string, ...optional: string[]) =>
  der("30", "020100", algorithm, der("04", key), ...optional);
const bits = (point: string) => der("a1", der("03", "00", point));

/** Private keys in every form that is taken; all the same P-256 key or the Ed25519 key of RFC 8032 TEST 1. */
const SEED = RFC_8032[0]![1];
const FORMS: readonly [string, string, string][] = [
  ["PKCS#8 with the public half", "PRIVATE KEY", pkcs8(P256, sec1(bits(`04${POINT}`)))],
  ["PKCS#8 without the public half", "PRIVATE KEY", pkcs8(P256, sec1())],
  ["PKCS#8 with the curve in both places", "PRIVATE KEY", pkcs8(P256, sec1(CURVE, bits(`04${POINT}`)))],
  ["SEC1 with the public half", "EC PRIVATE KEY", sec1(CURVE, bits(`04${POINT}`))],
  ["SEC1 without the public half", "EC PRIVATE KEY", sec1(CURVE)],
  ["Ed25519 in PKCS#8", "PRIVATE KEY", pkcs8(ED25519, der("04", SEED))],
  [
    "Ed25519 in PKCS#8 version 2 with the public half",
    "PRIVATE KEY",
    der("30", "020101", ED25519, der("04", der("04", SEED)), der("81", "00", RFC_8032[0]![2])),
  ],
];

for (const [name, label, hex] of FORMS) {
  Deno.test(`importPrivateKey() takes ${name}`, async () => {
    const key = await importPrivateKey(formatPem({ label, der: parseHex(hex) }), KNOWN);
    assert.equal(formatHex(key.publicKey.rawPublicKey), key.type === "p256" ? POINT : RFC_8032[0]![2]);
  });
}

const RSA = "300d06092a864886f70d0101010500";
const P384 = "301006072a8648ce3d020106052b81040022";
const X25519 = "300506032b656e";
const EXPLICIT = der("30", "06072a8648ce3d0201", der("30", "020101"));

/** Private keys that are refused. */
const REFUSED: readonly [string, string, string, string][] = [
  ["RSA in PKCS#8", "PRIVATE KEY", pkcs8(RSA, "3000"), "unsupported-algorithm"],
  ["RSA in its own form", "RSA PRIVATE KEY", "3000", "unsupported-algorithm"],
  ["P-384", "PRIVATE KEY", pkcs8(P384, "3000"), "unsupported-algorithm"],
  ["P-384 in SEC1", "EC PRIVATE KEY", sec1("a00706052b81040022"), "unsupported-algorithm"],
  ["X25519", "PRIVATE KEY", pkcs8(X25519, der("04", SEED)), "unsupported-algorithm"],
  ["a curve spelled out", "PRIVATE KEY", pkcs8(EXPLICIT, sec1()), "unsupported-algorithm"],
  ["a compressed point", "PRIVATE KEY", pkcs8(P256, sec1(bits(`03${POINT.slice(0, 64)}`))), "unsupported-algorithm"],
  ["SEC1 without a curve", "EC PRIVATE KEY", sec1(), "malformed"],
  ["a P-256 key said to be Ed25519", "PRIVATE KEY", pkcs8(ED25519, sec1()), "malformed"],
  ["an Ed25519 key said to be P-256", "PRIVATE KEY", pkcs8(P256, der("04", SEED)), "malformed"],
  ["a seed of 31 bytes", "PRIVATE KEY", pkcs8(ED25519, der("04", SEED.slice(2))), "malformed"],
  ["bytes behind the key", "PRIVATE KEY", `${pkcs8(P256, sec1())}00`, "malformed"],
  ["an unknown version", "PRIVATE KEY", der("30", "020102", P256, der("04", sec1())), "malformed"],
  ["a P-256 number of 0", "PRIVATE KEY", pkcs8(P256, sec1().replace(SECRET, "00".repeat(32))), "invalid-key"],
  ["a P-256 number above n", "PRIVATE KEY", pkcs8(P256, sec1().replace(SECRET, "ff".repeat(32))), "invalid-key"],
  ["the public half of another key", "PRIVATE KEY", pkcs8(P256, sec1(bits(`04${negated()}`))), "invalid-key"],
  ["a public half off the curve", "PRIVATE KEY", pkcs8(P256, sec1(bits(`04${"01".repeat(64)}`))), "invalid-key"],
  [
    "the public half of another Ed25519 key",
    "PRIVATE KEY",
    der("30", "020101", ED25519, der("04", der("04", SEED)), der("81", "00", RFC_8032[1]![2])),
    "invalid-key",
  ],
  ["a public key", "PUBLIC KEY", der("30", ED25519, der("03", "00", RFC_8032[0]![2])), "wrong-kind"],
  ["a certificate", "CERTIFICATE", "3000", "wrong-kind"],
  ["an OpenSSH key", "OPENSSH PRIVATE KEY", "3000", "wrong-kind"],
];

for (const [name, label, hex, code] of REFUSED) {
  Deno.test(`importPrivateKey() refuses ${name}`, async () => {
    await assert.rejects(importPrivateKey(formatPem({ label, der: parseHex(hex) }), KNOWN), { name: "KeyError", code });
  });
}

/** The same X with the other Y: a point, and another key. */
function negated(): string {
  const prime = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
  const y = prime - BigInt(`0x${POINT.slice(64)}`);
  return POINT.slice(0, 64) + y.toString(16).padStart(64, "0");
}

/** Public keys that are refused. */
const PUBLIC: readonly [string, string, string, string][] = [
  ["RSA", "PUBLIC KEY", der("30", RSA, "030100"), "unsupported-algorithm"],
  ["RSA in its own form", "RSA PUBLIC KEY", "3000", "unsupported-algorithm"],
  ["P-384", "PUBLIC KEY", der("30", P384, "030100"), "unsupported-algorithm"],
  [
    "a compressed point",
    "PUBLIC KEY",
    der("30", P256, der("03", "00", "03", POINT.slice(0, 64))),
    "unsupported-algorithm",
  ],
  ["a point off the curve", "PUBLIC KEY", der("30", P256, der("03", "0004", "01".repeat(64))), "invalid-key"],
  ["the point at infinity", "PUBLIC KEY", der("30", P256, der("03", "0000")), "malformed"],
  ["zeros for a P-256 point", "PUBLIC KEY", der("30", P256, der("03", "0004", "00".repeat(64))), "invalid-key"],
  ["zeros for an Ed25519 point", "PUBLIC KEY", der("30", ED25519, der("03", "00", "00".repeat(32))), "invalid-key"],
  [
    "the neutral Ed25519 point",
    "PUBLIC KEY",
    der("30", ED25519, der("03", "00", "01", "00".repeat(31))),
    "invalid-key",
  ],
  [
    "an Ed25519 point that is not reduced",
    "PUBLIC KEY",
    der("30", ED25519, der("03", "00", "ff".repeat(32))),
    "invalid-key",
  ],
  ["33 bytes of Ed25519", "PUBLIC KEY", der("30", ED25519, der("03", "00", "02".repeat(33))), "malformed"],
  ["bytes behind the key", "PUBLIC KEY", der("30", ED25519, der("03", "00", RFC_8032[0]![2]), "0500"), "malformed"],
  ["unused bits", "PUBLIC KEY", der("30", ED25519, der("03", "01", RFC_8032[0]![2])), "malformed"],
  ["a private key", "PRIVATE KEY", pkcs8(P256, sec1()), "wrong-kind"],
  ["a certificate", "CERTIFICATE", "3000", "wrong-kind"],
];

for (const [name, label, hex, code] of PUBLIC) {
  Deno.test(`importPublicKey() refuses ${name}`, async () => {
    await assert.rejects(importPublicKey(formatPem({ label, der: parseHex(hex) }), KNOWN), { name: "KeyError", code });
  });
}

Deno.test("a public key of small order would verify a signature of any message: that is why it is refused", async () => {
  // The neutral element as key, R the base point times s, s = 1: s B = R + k A for every k.
  const base = parseHex(`58${"66".repeat(31)}`);
  const signature = concatBytes([base, parseHex(`01${"00".repeat(31)}`)]);
  const neutral = parseHex(`01${"00".repeat(31)}`);
  const key = await crypto.subtle.importKey("raw", neutral, "Ed25519", true, ["verify"]);
  const verdicts = await Promise.all(
    [1, 2, 3].map((byte) => crypto.subtle.verify("Ed25519", key, signature, Uint8Array.of(byte))),
  );
  assert.deepEqual(verdicts, [true, true, true], "the platform takes it");
  await assert.rejects(createVerifyingKey({ type: "ed25519", rawPublicKey: neutral }), { code: "invalid-key" });
});

for (const type of TYPES) {
  Deno.test(`generateKey() gives a ${type} key that imports again, another one each time`, async () => {
    const [one, two] = [await generateKey(type), await generateKey(type)];
    assert.notDeepEqual(one.key.keyId, two.key.keyId);
    const imported = await importPrivateKey(one.privatePem);
    assert.deepEqual(imported.publicKey.spki, one.key.publicKey.spki);
    assert.deepEqual((await importPublicKey(one.publicPem)).spki, one.key.publicKey.spki);
    const message = parseHex("01");
    assert.deepEqual(await imported.sign(message), await one.key.sign(message));
  });
}
