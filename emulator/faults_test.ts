import assert from "node:assert/strict";
import fc from "fast-check";
import {
  CUTS,
  CUTS_PER_OPERATION,
  enumerateCuts,
  enumerateWireFaults,
  FAULTS_PER_BYTE,
  sampleFaults,
} from "./fault_lists.ts";
import { formatFault, formatFaults, parseFaults } from "./fault_text.ts";
import type { Fault } from "./faults.ts";

const TEXTS: readonly [string, Fault][] = [
  ["drop:h2t:17", { kind: "drop", direction: "h2t", byteIndex: 17 }],
  ["duplicate:t2h:0", { kind: "duplicate", direction: "t2h", byteIndex: 0 }],
  ["stall:h2t:17,ms=1500", { kind: "stall", direction: "h2t", byteIndex: 17, stallMs: 1500 }],
  ["stall:h2t:17,ms=0.5", { kind: "stall", direction: "h2t", byteIndex: 17, stallMs: 0.5 }],
  ["flip:t2h:3,bit=7", { kind: "flip", direction: "t2h", byteIndex: 3, bit: 7 }],
  ["unplug:h2t:100", { kind: "unplug", direction: "h2t", byteIndex: 100 }],
  ["reset:h2t:100", { kind: "reset", direction: "h2t", byteIndex: 100 }],
  ["cut:op=12,model=3", { kind: "cut", operation: 12, model: 3 }],
  ["cut:op=0,model=1,half=high", { kind: "cut", operation: 0, model: 1, half: "high" }],
  ["cut:op=0,model=5,half=low,reads=0", { kind: "cut", operation: 0, model: 5, half: "low", reads: 0 }],
  ["busy:op=12,ms=300", { kind: "busy", operation: 12, extraMs: 300 }],
  ["nack:cmd=4", { kind: "nack", command: 4 }],
];

Deno.test("formatFault() writes what parseFaults() reads back", () => {
  for (const [text, fault] of TEXTS) {
    assert.equal(formatFault(fault), text);
    assert.deepEqual(parseFaults(text), [fault]);
  }
});

Deno.test("parseFaults() takes lists with semicolons, commas and white space", () => {
  const faults = TEXTS.map(([, fault]) => fault);
  for (const separator of [";", ",", " ", ", ", " ;\n"]) {
    assert.deepEqual(parseFaults(TEXTS.map(([text]) => text).join(separator)), faults, JSON.stringify(separator));
  }
  assert.equal(formatFaults(faults), TEXTS.map(([text]) => text).join(";"));
  assert.deepEqual(parseFaults(" ; "), []);
});

const REFUSED: readonly string[] = [
  "drop",
  "17",
  "ms=3",
  "drop:h2t",
  "drop:up:17",
  "drop:h2t:-1",
  "drop:h2t:1.5",
  "drop:h2t:17,bit=3",
  "melt:h2t:17",
  "stall:h2t:17",
  "stall:h2t:17,ms=",
  "stall:h2t:17,ms=soon",
  "flip:h2t:17",
  "flip:h2t:17,bit=8",
  "flip:h2t:17,bit=1,bit=2",
  "cut:op=12",
  "cut:model=3",
  "cut:op=12,model=7",
  "cut:op=12,model=3,half=left",
  "cut:op=12,model=5,reads=201",
  "cut:op=1.5,model=3",
  "busy:op=12",
  "nack:op=4",
  "nack:cmd=4,cmd=5",
  "constructor:h2t:1",
  "cut:op=1,model=1,constructor=1",
];

for (const text of REFUSED) {
  Deno.test(`parseFaults() refuses ${text}`, () => {
    assert.throws(() => parseFaults(text), SyntaxError);
  });
}

Deno.test("parseFaults() throws nothing but SyntaxError on any text", () => {
  const piece = fc.constantFrom(
    "cut",
    "drop",
    "flip",
    ":",
    "h2t",
    "op",
    "=",
    "1",
    ",",
    ";",
    "bit",
    "toString",
    "-",
    ".",
  );
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.array(piece).map((pieces) => pieces.join(""))), (text) => {
      try {
        for (const fault of parseFaults(text)) assert.deepEqual(parseFaults(formatFault(fault)), [fault]);
      } catch (error) {
        assert(error instanceof SyntaxError);
      }
    }),
    { seed: 3155, numRuns: 2000 },
  );
});

Deno.test("enumerateWireFaults() gives drop, duplicate, stall and each flip of each byte, once", () => {
  const faults = [...enumerateWireFaults({ bytesToTarget: 5, bytesToHost: 3, stallMs: 70 })];
  assert.equal(faults.length, 8 * FAULTS_PER_BYTE);
  assert.equal(new Set(faults.map(formatFault)).size, 8 * FAULTS_PER_BYTE);
  const ofByte = faults.filter(({ direction, byteIndex }) => direction === "t2h" && byteIndex === 2).map(formatFault);
  assert.deepEqual(ofByte, [
    "drop:t2h:2",
    "duplicate:t2h:2",
    "stall:t2h:2,ms=70",
    ...[0, 1, 2, 3, 4, 5, 6, 7].map((bit) => `flip:t2h:2,bit=${bit}`),
  ]);
});

Deno.test("enumerateCuts() gives model 0 and six models in both halves for each operation", () => {
  const cuts = [...enumerateCuts({ flashOperations: 4 })];
  assert.equal(cuts.length, 4 * CUTS_PER_OPERATION);
  assert.equal(CUTS.length, CUTS_PER_OPERATION);
  assert.equal(new Set(cuts.map(formatFault)).size, cuts.length);
  assert.deepEqual(
    cuts.filter(({ operation }) => operation === 3).map(({ model, half }) => `${model}${half ?? ""}`),
    ["0", "1low", "1high", "2low", "2high", "3low", "3high", "4low", "4high", "5low", "5high", "6low", "6high"],
  );
});

Deno.test("sampleFaults() draws the same faults from the same seed, and reaches every place", () => {
  const space = { bytesToTarget: 3, bytesToHost: 2, flashOperations: 2 };
  const draw = (seed: number) => formatFaults(sampleFaults({ ...space, seed, faultCount: 5 }));
  assert.equal(draw(1), draw(1));
  assert.notEqual(draw(1), draw(2));
  const many = sampleFaults({ ...space, seed: 1, faultCount: 3000 }).map(formatFault);
  assert.equal(new Set(many).size, 5 * FAULTS_PER_BYTE + 2 * CUTS_PER_OPERATION);
  assert.throws(() => sampleFaults({ bytesToTarget: 0, bytesToHost: 0, seed: 1, faultCount: 1 }), RangeError);
});
