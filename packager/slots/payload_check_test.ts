/**
 * Checking payloads piece by piece.
 *
 * @module
 */

import assert from "node:assert/strict";
import { crc32, crc32Stm32 } from "../../core/crc32.ts";
import { sha256 } from "../../core/sha256.ts";
import type { CrcKind } from "../header.ts";
import { PayloadCheck, type PayloadFacts } from "./payload_check.ts";

const SIZES = [1, 3, 4, 29, 32, 33, 64, 95];

function payloadOf(sizeBytes: number): Uint8Array {
  return Uint8Array.from({ length: sizeBytes }, (_, index) => index * 37 + 11 & 0xff);
}

function factsOf(payload: Uint8Array, crcKind: CrcKind, fill: number): PayloadFacts {
  const payloadCrc = crcKind === "zlib" ? crc32(payload) : crc32Stm32(payload, fill);
  const payloadDigest = sha256(payload);
  return { core: "CM4", payloadSizeBytes: payload.length, payloadCrc, payloadDigest, crcKind, fill };
}

function pad(payload: Uint8Array, fill: number): Uint8Array {
  const padded = new Uint8Array(Math.ceil(payload.length / 32) * 32).fill(fill);
  padded.set(payload);
  return padded;
}

function check(facts: PayloadFacts, padded: Uint8Array, pieceBytes: number): string | undefined {
  const pass = new PayloadCheck(facts);
  for (let at = 0; at < padded.length; at += pieceBytes) pass.update(padded.subarray(at, at + pieceBytes));
  return pass.finish()?.code;
}

for (const crcKind of ["zlib", "stm32"] as const) {
  for (const fill of [0xff, 0x00]) {
    Deno.test(`PayloadCheck takes payloads of every size in pieces of every size: ${crcKind}, fill ${fill}`, () => {
      for (const sizeBytes of SIZES) {
        const payload = payloadOf(sizeBytes);
        for (const pieceBytes of [4, 8, 12, 32, 96]) {
          assert.equal(check(factsOf(payload, crcKind, fill), pad(payload, fill), pieceBytes), undefined);
        }
      }
    });

    Deno.test(`PayloadCheck sees every damaged byte: ${crcKind}, fill ${fill}`, () => {
      const payload = payloadOf(45);
      for (let offset = 0; offset < 64; offset++) {
        const padded = pad(payload, fill);
        padded[offset]! ^= 0x10;
        const code = check(factsOf(payload, crcKind, fill), padded, 16);
        assert.equal(code, offset < 45 ? "bad-crc" : "bad-padding");
      }
    });
  }
}

Deno.test("PayloadCheck compares the digest, whatever the CRC says", () => {
  const payload = payloadOf(40);
  const facts = { ...factsOf(payload, "zlib", 0xff), payloadDigest: sha256(payloadOf(41)) };
  assert.equal(check(facts, pad(payload, 0xff), 32), "bad-digest");
});

Deno.test("PayloadCheck counts what is missing, and takes no more", () => {
  const facts = factsOf(payloadOf(40), "zlib", 0xff);
  for (const sizeBytes of [32, 60]) {
    assert.equal(check(facts, pad(payloadOf(40), 0xff).subarray(0, sizeBytes), 32), "truncated");
  }
  const pass = new PayloadCheck(facts);
  assert.equal(pass.leftBytes, 64);
  assert.throws(() => pass.update(new Uint8Array(68)), RangeError);
  assert.throws(() => pass.update(new Uint8Array(3)), RangeError);
});
