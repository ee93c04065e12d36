import assert from "node:assert/strict";
import { CoreslotError } from "./errors.ts";

class TornWordError extends CoreslotError {
  readonly address = 0x0802_0000;
}

Deno.test("CoreslotError carries code, advice, cause and the subclass's name", () => {
  const cause = new Error("underneath");
  const error = new TornWordError({ code: "torn", message: "Cannot read the word: torn", advice: "Erase it", cause });
  assert.equal(error.name, "TornWordError");
  assert.equal(error.cause, cause);
  assert.match(String(error), /^TornWordError: Cannot read the word: torn$/);
  assert.deepEqual(JSON.parse(JSON.stringify(error)), {
    name: "TornWordError",
    code: "torn",
    message: "Cannot read the word: torn",
    advice: "Erase it",
    address: 0x0802_0000,
  });
});

Deno.test("CoreslotError without advice or cause has neither", () => {
  const error = new TornWordError({ code: "torn", message: "Cannot read the word: torn" });
  assert.equal(error.advice, undefined);
  assert(!("cause" in error));
});
