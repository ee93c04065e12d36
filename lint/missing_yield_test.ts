/// <reference lib="deno.unstable" />

import assert from "node:assert/strict";
import plugin from "./missing_yield.ts";

const CASES: readonly [string, string, number][] = [
  ["a procedure without yield*", "function* p(link) { link.readByte('ACK', 1); }", 1],
  ["a free procedure without yield*", "function* p() { expectAck(); }", 1],
  ["a private procedure without yield*", "class P { *p() { this.#expectAck(); } }", 1],
  ["a procedure with yield*", "function* p(link) { yield* link.readByte('ACK', 1); }", 0],
  ["a plain method", "function* p(link) { link.send(frame); link.discardInput(); }", 0],
  ["a result that is used", "function* p(link) { const count = link.discardInput(); return f(count); }", 0],
  ["an arrow function inside", "function* p(link) { items.push(() => { f(); }); }", 0],
  ["an ordinary function", "function p(link) { link.readByte('ACK', 1); }", 0],
];

for (const [name, source, count] of CASES) {
  Deno.test(`coreslot/missing-yield on ${name}`, () => {
    const found = Deno.lint.runPlugin(plugin, "source.ts", source);
    assert.deepEqual(found.map(({ id }) => id), new Array(count).fill("coreslot/missing-yield"));
  });
}
