import assert from "node:assert/strict";
import { concatBytes, parseHex } from "../core/mod.ts";
import { BUNDLE_MAGIC, checkMagic, COMMIT_MAGIC, HEADER_MAGIC } from "./magic.ts";

const PLACE = { path: "bundle", offset: 0 };

Deno.test("the magic numbers are those of FORMAT.md", () => {
  assert.deepEqual(HEADER_MAGIC, parseHex("89 43 53 49 0d 0a 1a 0a"));
  assert.deepEqual(BUNDLE_MAGIC, parseHex("89 43 53 42 0d 0a 1a 0a"));
  assert.deepEqual(COMMIT_MAGIC, parseHex("89 43 53 43 0d 0a 1a 0a"));
});

/** What a transfer leaves of `89 43 53 42 0d 0a 1a 0a 01`. */
const DAMAGED: readonly [string, string][] = [
  ["7 bits a byte", "09 43 53 42 0d 0a 1a 0a 01"],
  ["CR LF to LF", "89 43 53 42 0a 1a 0a 01"],
  ["every LF to CR LF", "89 43 53 42 0d 0d 0a 1a 0d 0a 01"],
  ["bare LF to CR LF", "89 43 53 42 0d 0a 1a 0d 0a 01"],
  ["CR to LF", "89 43 53 42 0a 0a 1a 0a 01"],
  ["LF to CR", "89 43 53 42 0d 0d 1a 0d 01"],
  ["Latin-1 to UTF-8", "c2 89 43 53 42 0d 0a 1a 0a 01"],
  ["read as UTF-8", "ef bf bd 43 53 42 0d 0a 1a 0a 01"],
];

for (const [name, hex] of DAMAGED) {
  Deno.test(`checkMagic() recognises ${name}`, () => {
    assert.throws(() => checkMagic(parseHex(hex), BUNDLE_MAGIC, PLACE), {
      code: "damaged-in-transfer",
      field: "bundle.magic",
      offset: 0,
    });
  });
}

const OTHERS: readonly [string, string][] = [
  ["zeros", "00 00 00 00 00 00 00 00"],
  ["erased flash", "ff ff ff ff ff ff ff ff"],
  ["the magic number backwards", "0a 1a 0a 0d 42 53 43 89"],
  ["an image of MCUboot", "3d b8 f3 96 00 00 00 00"],
  ["an old image of MCUboot", "3c b8 f3 96 00 00 00 00"],
  ["an ELF file", "7f 45 4c 46 01 01 01 00"],
  ["a container", "89 43 53 49 0d 0a 1a 0a"],
  ["one byte", "42"],
];

for (const [name, hex] of OTHERS) {
  Deno.test(`checkMagic() refuses ${name}`, () => {
    assert.throws(() => checkMagic(parseHex(hex), BUNDLE_MAGIC, PLACE), { code: "bad-magic" });
  });
}

Deno.test("checkMagic() calls every beginning of a right file truncated, and takes the whole", () => {
  for (let sizeBytes = 0; sizeBytes < BUNDLE_MAGIC.length; sizeBytes++) {
    assert.throws(() => checkMagic(BUNDLE_MAGIC.subarray(0, sizeBytes), BUNDLE_MAGIC, PLACE), { code: "truncated" });
  }
  checkMagic(BUNDLE_MAGIC, BUNDLE_MAGIC, PLACE);
  checkMagic(concatBytes([BUNDLE_MAGIC, Uint8Array.of(1)]), BUNDLE_MAGIC, PLACE);
});
