import assert from "node:assert/strict";
import { delayUntil } from "./timer_delay.ts";

Deno.test("delayUntil() never gives more than a timer takes, for that would ring at once", () => {
  const cases: readonly [atMs: number, nowMs: number, delayMs: number][] = [
    [1500, 1000, 500],
    [1000, 1500, 0],
    [2 ** 31 + 999, 1000, 2 ** 31 - 1],
    [2 ** 31 + 1000, 1000, 2 ** 31 - 1],
    [2 ** 40, 1000, 2 ** 31 - 1],
  ];
  for (const [atMs, nowMs, delayMs] of cases) assert.equal(delayUntil(atMs, nowMs), delayMs, `${atMs}`);
});
