import assert from "node:assert/strict";
import { type Bytes, formatHex, parseHex } from "../../core/mod.ts";
import { Engine } from "./engine.ts";
import { LinkClosedError, LinkTimeoutError } from "./error.ts";

const OPTIONS = { countMax: 4, expected: "frame", withinMs: 100 };

const makeReader = (frames: string[]) =>
  new Engine(function* (link) {
    while (true) frames.push(formatHex(yield* link.readUntil(0, OPTIONS)));
  });

const CASES: readonly [name: string, given: string, frames: string[], unread: string][] = [
  ["a frame", "010200", ["010200"], ""],
  ["frames and a beginning", "0100020300", ["0100", "020300"], ""],
  ["delimiters alone", "0000", ["00", "00"], ""],
  ["what has no end yet", "010203", [], "010203"],
  ["the most that may be", "01020300", ["01020300"], ""],
  ["too many without a delimiter", "010203040500", ["01020304", "0500"], ""],
];

for (const [name, given, frames, unread] of CASES) {
  for (const size of [1, 2, given.length / 2]) {
    Deno.test(`readUntil() takes ${name}, ${size} bytes at a time`, () => {
      const found: string[] = [];
      const engine = makeReader(found);
      const bytes: Bytes = parseHex(given);
      for (let offset = 0; offset < bytes.length; offset += size) engine.receive(bytes.slice(offset, offset + size), 0);
      assert.deepEqual(found, frames);
      assert.equal(formatHex(engine.takeUnread()), unread);
    });
  }
}

Deno.test("readUntil() gives up in time, and leaves what came", () => {
  const engine = new Engine((link) => link.readUntil(0, OPTIONS));
  engine.receive(parseHex("0102"), 50);
  engine.tick(99);
  assert(engine.wait?.kind === "input");
  engine.tick(100);
  assert(engine.outcome?.kind === "failed" && engine.outcome.error instanceof LinkTimeoutError);
  assert.equal(formatHex(engine.takeUnread()), "0102");
});

Deno.test("readUntil() fails when the port goes away", () => {
  const engine = new Engine((link) => link.readUntil(0, OPTIONS));
  engine.close(1);
  assert(engine.outcome?.kind === "failed" && engine.outcome.error instanceof LinkClosedError);
});
