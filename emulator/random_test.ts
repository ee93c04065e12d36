import assert from "node:assert/strict";
import { Random } from "./random.ts";

Deno.test("Random gives the same numbers from the same seed and others from the next seed", () => {
  const draw = (seed: number) => {
    const random = new Random(seed);
    return Array.from({ length: 20 }, () => random.next());
  };
  for (const seed of [0, 1, -1, 0x9e37_79b9, 2 ** 40]) {
    assert.deepEqual(draw(seed), draw(seed));
    assert.notDeepEqual(draw(seed), draw(seed + 1));
  }
});

Deno.test("Random.below() and fraction() stay in range and reach every value", () => {
  const random = new Random(7);
  const seen = new Set<number>();
  for (let count = 0; count < 1000; count++) {
    seen.add(random.below(11));
    const fraction = random.fraction();
    assert(fraction >= 0 && fraction < 1);
  }
  assert.deepEqual([...seen].sort((a, b) => a - b), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});
