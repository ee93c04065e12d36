import assert from "node:assert/strict";
import { type BlockSizeOptions, countBlocks, nextBlockSize } from "./block_count.ts";
import type { BlockCheck } from "./frames.ts";

const OPTIONS: readonly BlockSizeOptions[] = [
  {},
  { blockSizeBytes: 128 },
  { hasLongTail: true },
  { blockSizeBytes: 128, hasLongTail: true },
];
const CHECKS: readonly BlockCheck[] = ["crc", "checksum"];

Deno.test("countBlocks() counts what nextBlockSize() chooses, for every size up to 5 KiB", () => {
  for (const options of OPTIONS) {
    for (const check of CHECKS) {
      for (let sizeBytes = 0; sizeBytes <= 5120; sizeBytes++) {
        const counts = { shortCount: 0, longCount: 0 };
        for (let leftBytes = sizeBytes; leftBytes > 0;) {
          const size = nextBlockSize(leftBytes, check, options);
          counts[size === 1024 ? "longCount" : "shortCount"]++;
          leftBytes -= size;
        }
        assert.deepEqual(counts, countBlocks(sizeBytes, check, options), `${sizeBytes} ${check}`);
      }
    }
  }
});

Deno.test("nextBlockSize() takes the fewest bytes on the line", () => {
  for (let leftBytes = 1; leftBytes <= 1024; leftBytes++) {
    const shortBytes = Math.ceil(leftBytes / 128) * 133;
    assert.equal(nextBlockSize(leftBytes, "crc"), shortBytes < 1029 ? 128 : 1024);
  }
});

Deno.test("nextBlockSize() sends no long block with a byte of check", () => {
  assert.equal(nextBlockSize(5000, "checksum", { hasLongTail: true }), 128);
});
