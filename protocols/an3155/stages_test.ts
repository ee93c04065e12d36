import assert from "node:assert/strict";
import { MemoryImage } from "../../core/mod.ts";
import { findPart } from "../../core/parts/mod.ts";
import { splitIntoStages } from "./stages.ts";

const runs = (...runs: readonly (readonly [address: number, sizeBytes: number])[]) =>
  MemoryImage.fromSegments(
    runs.map(([address, sizeBytes]) => ({ address, data: new Uint8Array(sizeBytes).fill(1) })),
  );

/** Image, what commits it, all blocks by sector, and the addresses of those of the second stage. */
const STAGES: readonly [
  name: string,
  image: MemoryImage,
  commit: MemoryImage | undefined,
  held: readonly (readonly [sector: number, address: number, sizeBytes: number])[],
  commits: readonly number[],
][] = [
  ["without a commit word it is the last block", runs([0x0800_0000, 300]), undefined, [
    [0, 0x0800_0000, 256],
    [0, 0x0800_0100, 64],
  ], [0x0800_0100]],
  [
    "the commit words of two slots, each behind its header",
    runs([0x0801_ff00, 224], [0x0803_ff00, 224]),
    runs(
      [0x0801_ffe0, 32],
      [0x0803_ffe0, 32],
    ),
    [
      [0, 0x0801_ff00, 224],
      [0, 0x0801_ffe0, 32],
      [1, 0x0803_ff00, 224],
      [1, 0x0803_ffe0, 32],
    ],
    [0x0801_ffe0, 0x0803_ffe0],
  ],
  ["a commit word in a sector of its own, before the image", runs([0x0802_0000, 32]), runs([0x0800_0000, 32]), [
    [0, 0x0800_0000, 32],
    [1, 0x0802_0000, 32],
  ], [0x0800_0000]],
];

for (const [name, image, commit, held, commits] of STAGES) {
  Deno.test(`splitIntoStages(): ${name}`, () => {
    const staged = splitIntoStages(image, { part: findPart("stm32h743xi"), commit });
    const blocks = staged.held.flatMap(({ sector, blocks }) =>
      blocks.map(({ address, data }) => [sector.index, address, data.length])
    );
    assert.deepEqual(blocks, held);
    assert.deepEqual([...staged.commits].map(({ address }) => address), commits);
  });
}

Deno.test("splitIntoStages() refuses a commit word in a program unit of the image", () => {
  const part = findPart("stm32h743xi");
  const image = runs([0x0800_0000, 33]);
  assert.throws(() => splitIntoStages(image, { part, commit: runs([0x0800_0024, 4]) }), RangeError);
  assert.equal(splitIntoStages(image, { part, commit: runs([0x0800_0040, 4]) }).commits.size, 1);
});
