import assert from "node:assert/strict";
import { CoreslotError } from "../core/errors.ts";
import { withPermissionAdvice } from "./ports.ts";

/** What Deno says, and the flag that it asks for. */
const MISSING: readonly (readonly [text: string, flag: string])[] = [
  ['Requires ffi access to "libc.so.6", run again with the --allow-ffi flag', "--allow-ffi"],
  ['Requires env access to "DEBUG", run again with the --allow-env flag', "--allow-env"],
  ["Requires something else", "--allow-ffi"],
];

for (const [text, flag] of MISSING) {
  Deno.test(`withPermissionAdvice() names ${flag} where Deno says: ${text}`, () => {
    const error = withPermissionAdvice(new Deno.errors.NotCapable(text), "Cannot list serial ports");
    assert(error instanceof CoreslotError);
    assert.equal(error.message, "Cannot list serial ports: Deno has no permission to use serial ports");
    assert.equal(error.advice, `Add ${flag} to deno run`);
  });
}

Deno.test("withPermissionAdvice() leaves other errors alone", () => {
  const error = new TypeError("a bug");
  assert.equal(withPermissionAdvice(error, "Cannot list serial ports"), error);
});
