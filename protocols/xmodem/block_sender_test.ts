import assert from "node:assert/strict";
import { parseHex } from "../../core/mod.ts";
import { Engine } from "../link/mod.ts";
import { type SendEvent, sendXmodem } from "./mod.ts";

Deno.test("sendXmodem() has a time of its own for the answer to the first block, and tells what it does", () => {
  const events: SendEvent[] = [];
  const engine = new Engine((link) =>
    sendXmodem(link, new Uint8Array(256), {
      blockSizeBytes: 128,
      answerWithinMs: 5000,
      firstAnswerWithinMs: 50_000,
      onEvent: (event) => events.push(event),
    })
  );
  let nowMs = 0;
  const settle = () => {
    engine.takeOutput();
    if (engine.wait?.kind === "flush") engine.flushed(nowMs);
  };
  const answer = (hex: string) => {
    engine.receive(parseHex(hex), nowMs);
    settle();
  };
  const pass = (durationMs: number) => {
    engine.tick(nowMs += durationMs);
    settle();
  };
  answer("43");
  assert.deepEqual(events.splice(0), [{ kind: "sending", what: "block 1" }]);
  pass(49_999);
  assert.deepEqual(events, []);
  pass(1);
  assert.deepEqual(events.splice(0), [{ kind: "resending", what: "block 1", reason: "silence" }]);
  answer("06");
  pass(250);
  assert.deepEqual(events.splice(0), [{ kind: "sending", what: "block 2" }]);
  pass(5000);
  answer("15");
  assert.deepEqual(events, [
    { kind: "resending", what: "block 2", reason: "silence" },
    { kind: "resending", what: "block 2", reason: "nak" },
  ]);
});
