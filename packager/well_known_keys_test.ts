import assert from "node:assert/strict";
import { parseHex } from "../core/mod.ts";
import type { KeyType } from "./header.ts";
import { createVerifyingKey, derivePublicKey, importPublicKey } from "./keys.ts";
import { findWellKnownKey } from "./well_known_keys.ts";

/** Private keys that are printed, and where. */
const PRINTED: readonly [string, KeyType, string][] = [
  ["TEST 1", "ed25519", "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"],
  ["TEST 2", "ed25519", "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"],
  ["TEST 3", "ed25519", "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"],
  ["TEST 1024", "ed25519", "f5e5767cf153319517630f226876b86c8160cc583bc013744c6bf255f5cc0ee5"],
  ["TEST SHA(abc)", "ed25519", "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42"],
  ["RFC 8410", "ed25519", "d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842"],
  ["RFC 6979", "p256", "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"],
  ["RFC 7515", "p256", "8e9b109e719098bf980487df1f5d77e9cb29606ebed2263b5f57c213df84f4b2"],
  ["RFC 7517", "p256", "f3bd0c07a81fb932781ed52752f60cc89a6be5e51934fe01938ddb55d8f77801"],
  ["seed of zeros", "ed25519", "00".repeat(32)],
  ["seed of ff", "ed25519", "ff".repeat(32)],
  ["seed counting from 00", "ed25519", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"],
  ["seed counting from 01", "ed25519", "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"],
  ["number 1", "p256", "00".repeat(31) + "01"],
  ["number counting from 00", "p256", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"],
  ["number counting from 01", "p256", "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"],
];

for (const [source, type, secret] of PRINTED) {
  Deno.test(`findWellKnownKey() knows the key of ${source}`, async () => {
    const rawPublicKey = await derivePublicKey({ type, secret: parseHex(secret), rawPublicKey: undefined });
    const { keyId } = await createVerifyingKey({ type, rawPublicKey });
    assert.ok(findWellKnownKey(keyId)?.includes(source), String(findWellKnownKey(keyId)));
  });
}

/** Public halves of keys that projects publish with their sources. */
const PUBLISHED: readonly [string, string][] = [
  ["MCUboot, root-ed25519.pem", "MCowBQYDK2VwAyEA1LMbpJo63T+CXRDKfzG1Cw3ofzfMxJ8aQDpcEyD/tOA="],
  ["MCUboot, root-ed25519-2.pem", "MCowBQYDK2VwAyEAw7zfMHZOH120DYkuDQ6rBJwwBk55qO2293kuRpom2nc="],
  [
    "MCUboot, root-ec-p256.pem",
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEKstAPOj+7VukSZWhqR2u6Nu+GTfNFPsvJFc35ZU5iNmUudZa69fN1TCK1v5IskpqgQ7l8H2LaDTMOmr8U476wQ==",
  ],
  ["PX4, Tools/test_keys/test_keys.json", "MCowBQYDK2VwAyEATbDCAQVVKjzX+69cunqwgRs2Y9soUl7bFDbyV40Ct/0="],
];

for (const [source, base64] of PUBLISHED) {
  Deno.test(`importPublicKey() refuses the key of ${source} and says where it is published`, async () => {
    const pem = `-----BEGIN PUBLIC KEY-----\n${base64}\n-----END PUBLIC KEY-----\n`;
    await assert.rejects(importPublicKey(pem), (error: Error) => error.message.includes(source));
    assert.ok(await importPublicKey(pem, { allowWellKnown: true }));
  });
}
