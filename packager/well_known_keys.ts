/**
 * Keys whose private half is published. Whoever trusts one of them trusts everybody.
 *
 * MCUboot up to 1.7.0 shipped products with its development keys (GHSA-gcxh-546h-phg4).
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { formatHex } from "../core/hex.ts";

/** Key ids, and where the private half is printed. */
const WELL_KNOWN_KEYS: Readonly<Record<string, string>> = {
  "c1907fa4eac7fae3": "MCUboot, root-ed25519.pem",
  "6754edab1e29affe": "MCUboot, root-ed25519-2.pem",
  "b1d87d60173352b9": "MCUboot, root-ed25519-unknown.pem",
  "e30466f6b8470c1f": "MCUboot, root-ec-p256.pem",
  "3c23fc4e1d332a0c": "MCUboot, enc-ec256-priv.pem",
  "bb868a727f0ef75e": "MCUboot, boot/cypress/keys/cypress-test-ec-p256.pem",
  "e6c097daf1458d0f": "MCUboot, samples/zephyr/bad-keys/bad-ec-p256.pem",
  "6dc968724fdedb71": "MCUboot, testplan/mynewt/key_ec256.pem",
  "1c35c9ccb929906e": "MCUboot, testplan/mynewt/key_ec256_2.pem",
  "8b6d69b37bc96796": "PX4, Tools/test_keys/test_keys.json",
  "06e3fd8fda29bb60": "RFC 8032, section 7.1, TEST 1; RFC 8037, A.1",
  "deb2ded39dc26fce": "RFC 8032, section 7.1, TEST 2",
  "8d39ba50abe50f77": "RFC 8032, section 7.1, TEST 3",
  "e4f982b51ad0bdd8": "RFC 8032, section 7.1, TEST 1024",
  "e77db4a9572e9f65": "RFC 8032, section 7.1, TEST SHA(abc)",
  "a1e9156054e04fac": "RFC 8410, section 10.3",
  "5a7a78cca4a0f420": "RFC 6979, A.2.5",
  "2bd1bb0c44a897c3": "RFC 7515, A.3",
  "51b944cdfa544d4c": "RFC 7517, A.2",
  "339e2ff917630507": "an Ed25519 seed of zeros",
  "8d5eb75dbb64464a": "an Ed25519 seed of ff bytes",
  "a050837d85070582": "an Ed25519 seed counting from 00",
  "646d6be49d9f0048": "an Ed25519 seed counting from 01",
  "5cd252fb0ce89324": "the P-256 number 1",
  "a8f0cb0e6d98a8d9": "a P-256 number counting from 00",
  "f1d59449b727165d": "a P-256 number counting from 01",
};

/**
 * Finds out whether a key is published.
 *
 * @param keyId Its key id.
 * @returns Where its private half is printed, or `undefined` for a key that is not known to be.
 */
export function findWellKnownKey(keyId: Uint8Array): string | undefined {
  return WELL_KNOWN_KEYS[formatHex(keyId)];
}
