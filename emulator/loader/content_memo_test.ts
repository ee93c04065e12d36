/**
 * What a memo remembers.
 *
 * @module
 */

import assert from "node:assert/strict";
import { crc32 } from "../../core/mod.ts";
import { ContentMemo } from "./content_memo.ts";

Deno.test("ContentMemo answers by content, and knows what cannot be read from what is empty", () => {
  const memo = new ContentMemo<number>();
  let asked = 0;
  const ask = (...content: (Uint8Array | undefined)[]) => memo.get(content, () => asked++);
  const bytes = Uint8Array.of(1, 2, 3);
  assert.equal(ask(bytes), 0);
  bytes[2] = 9;
  assert.equal(ask(Uint8Array.of(1, 2, 3)), 0);
  bytes[2] = 3;
  assert.equal(ask(undefined), 1);
  assert.equal(ask(Uint8Array.of()), 2);
  assert.equal(ask(Uint8Array.of(1, 2), Uint8Array.of(3)), 3);
  bytes[0] = 9;
  assert.equal(ask(Uint8Array.of(9, 2, 3)), 4);
});

Deno.test("ContentMemo forgets all when it holds too much", () => {
  const memo = new ContentMemo<number>();
  const ask = (word: number, value: number) => memo.get([new Uint8Array(Uint32Array.of(word).buffer)], () => value);
  for (let word = 0; word < 5000; word++) ask(word, 1);
  assert.equal(ask(0, 2), 1);
  ask(5000, 1);
  assert.equal(ask(0, 2), 2);
});

Deno.test("ContentMemo tells contents of the same CRC apart", () => {
  const zeros = new Uint8Array(5);
  const twin = Uint8Array.of(2, 44, 97, 14, 238);
  assert.equal(crc32(twin), crc32(zeros));
  const memo = new ContentMemo<string>();
  assert.equal(memo.get([zeros], () => "zeros"), "zeros");
  assert.equal(memo.get([twin], () => "twin"), "twin");
  assert.equal(memo.get([zeros], () => "zeros again"), "zeros again");
});
