import assert from "node:assert/strict";
import { UnexpectedBytesError } from "./error.ts";

/** How many bytes came, and the end of the message. */
const CAME: readonly (readonly [count: number, end: string])[] = [
  [1, "got 1f"],
  [12, "got" + " 1f".repeat(12)],
  [13, "got" + " 1f".repeat(12) + " and 1 more"],
  [300, "got" + " 1f".repeat(12) + " and 288 more"],
];

for (const [count, end] of CAME) {
  Deno.test(`UnexpectedBytesError shows a dozen of ${count} bytes, and keeps all of them`, () => {
    const error = new UnexpectedBytesError("silence", new Uint8Array(count).fill(0x1f));
    assert.equal(error.message, `Cannot go on: expected silence, ${end}`);
    assert.equal(error.got, new Array(count).fill("1f").join(" "));
  });
}
