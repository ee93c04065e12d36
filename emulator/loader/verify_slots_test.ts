/**
 * Payloads that were verified before, and what was changed since.
 *
 * @module
 */

import assert from "node:assert/strict";
import { findPart } from "../../core/parts/mod.ts";
import type { ImageHeader } from "../../packager/header.ts";
import { packRelease, SWEEP_LAYOUTS } from "../../tests/sweeps/loader_releases.ts";
import { PowerLossError } from "../error.ts";
import { Flash } from "../flash.ts";
import { PassedPayloads } from "./passed_payloads.ts";
import { verifyPayload } from "./verify_slots.ts";

const LAYOUT = SWEEP_LAYOUTS.get("g0b1-pages")!;
const ADDRESS = 0x0800_8000;
// A piece and a half of what is read at once, and padding.
const { headers: [HEADER], payloads: [PADDED] } = await packRelease(LAYOUT, { name: "x", counter: 1, sizes: [5500] });

function verify(bytes: Uint8Array, changes: Partial<ImageHeader> = {}): string | undefined {
  const flash = new Flash(findPart("stm32g0b1xe"));
  flash.preload(ADDRESS, bytes);
  return verifyPayload(flash, ADDRESS, { ...HEADER!, ...changes })?.code;
}

function changedAt(index: number): Uint8Array {
  const bytes = PADDED!.slice();
  bytes[index]! ^= 0x10;
  return bytes;
}

Deno.test("verifyPayload() finds a changed byte in a payload that it has passed before", () => {
  for (let pass = 0; pass < 2; pass++) {
    assert.equal(verify(PADDED!), undefined);
    for (const index of [0, 1, 4095, 4096, 5499]) assert.equal(verify(changedAt(index)), "bad-crc", `byte ${index}`);
    for (const index of [5500, PADDED!.length - 1]) assert.equal(verify(changedAt(index)), "bad-padding");
  }
});

Deno.test("verifyPayload() does not take what passed under one header for what another one says", () => {
  const changes: readonly [Partial<ImageHeader>, string][] = [
    [{ payloadCrc: HEADER!.payloadCrc ^ 1 }, "bad-crc"],
    [{ crcKind: HEADER!.crcKind === "zlib" ? "stm32" : "zlib" }, "bad-crc"],
    [{ payloadDigest: HEADER!.payloadDigest.map((byte) => byte ^ 1) }, "bad-digest"],
    [{ fill: HEADER!.fill ^ 1 }, "bad-padding"],
    [{ payloadSizeBytes: 5499 }, "bad-crc"],
  ];
  for (const [change, code] of changes) {
    assert.equal(verify(PADDED!), undefined);
    assert.equal(verify(PADDED!, change), code);
  }
});

Deno.test("verifyPayload() wears a marginal unit alike, whether its payload is known or not", async () => {
  const { headers: [header], payloads: [padded] } = await packRelease(LAYOUT, { name: "y", counter: 1, sizes: [5500] });
  const READS = 3;
  for (const isKnown of [false, true]) {
    const flash = new Flash(findPart("stm32g0b1xe"));
    // The last unit of 8 bytes: its power goes away, and it reads right three times.
    flash.operations.cutAt(padded!.length / 8 - 1, { model: 5, reads: READS });
    assert.throws(() => flash.program(ADDRESS, padded!), PowerLossError);
    const codes = Array.from({ length: READS + 1 }, () => verifyPayload(flash, ADDRESS, header!)?.code);
    assert.deepEqual(codes, [undefined, undefined, undefined, "unreadable"], `known: ${isKnown}`);
  }
});

Deno.test("PassedPayloads forgets what was asked for longest ago", () => {
  const passed = new PassedPayloads();
  const payloads = Array.from({ length: 9 }, (_, index) => Uint8Array.of(index));
  for (const bytes of payloads.slice(0, 8)) passed.add(HEADER!, bytes);
  assert(passed.holds(HEADER!, payloads[0]!));
  passed.add(HEADER!, payloads[8]!);
  assert.deepEqual(payloads.map((bytes) => passed.holds(HEADER!, bytes)), payloads.map((_, index) => index !== 1));
});
