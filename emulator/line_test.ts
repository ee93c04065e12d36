import assert from "node:assert/strict";
import { equalBytes, formatHex, parseHex } from "../core/mod.ts";
import { parseFaults } from "./fault_text.ts";
import type { Lane } from "./line.ts";
import { byteTimeMs, layWire, type WireOptions } from "./wire.ts";

/** 1,000 bytes a second: a byte takes 1 ms. */
const ONE_MS: WireOptions = { baudRate: 11_000 };

function linesOf(options: WireOptions, faults = "", seed = 1): { toTarget: Lane; toHost: Lane } {
  return layWire(options, { faults: parseFaults(faults), seed });
}

/** What is on its way, as `byte@time`. */
function timetable(line: Lane): string {
  const times = Array.from({ length: line.pendingCount }, (_, nth) => line.arrivalMs(nth));
  return [...line.take(line.pendingCount)].map((byte, nth) => `${formatHex(Uint8Array.of(byte))}@${times[nth]}`).join(
    " ",
  );
}

Deno.test("byteTimeMs() counts 11 bits for 8E1 and 10 for 8N1", () => {
  assert.equal(byteTimeMs({ baudRate: 115_200 }), 11_000 / 115_200);
  assert.equal(byteTimeMs({ baudRate: 9600, frame: "8N1" }), 10_000 / 9600);
  assert.equal(byteTimeMs({}), 0);
});

Deno.test("a line carries frames one behind the other, and a later one when it is ready", () => {
  const { toTarget } = linesOf(ONE_MS);
  toTarget.send(parseHex("0102"), 10);
  toTarget.send(parseHex("03"), 10.5);
  assert.equal(toTarget.clearAtMs, 13);
  toTarget.send(parseHex("04"), 20);
  assert.equal(timetable(toTarget), "01@11 02@12 03@13 04@21");
  assert.deepEqual([toTarget.sentCount, toTarget.frameCount, toTarget.clearAtMs], [4, 3, 21]);
});

Deno.test("arrival times are multiples, not sums: no rounding adds up over 100,000 bytes", () => {
  const { toHost } = linesOf({ baudRate: 115_200 });
  for (let frame = 0; frame < 1000; frame++) toHost.send(new Uint8Array(100), 0);
  assert.equal(toHost.arrivalMs(99_999), 100_000 * 11_000 / 115_200);
  assert.equal(toHost.clearAtMs, 100_000 * 11_000 / 115_200);
});

Deno.test("a line without delay hands over at once", () => {
  const { toTarget } = linesOf({});
  toTarget.send(parseHex("0102"), 5);
  assert.equal(timetable(toTarget), "01@5 02@5");
});

Deno.test("countUntil() agrees with arrivalMs() at every byte, to the last bit", () => {
  for (const options of [{ baudRate: 115_200 }, { baudRate: 57_600, latencyMs: 1, quantumMs: 4 }, {}]) {
    const { toHost } = linesOf(options, "drop:t2h:7;stall:t2h:20,ms=3;duplicate:t2h:30");
    for (let frame = 0; frame < 9; frame++) toHost.send(new Uint8Array(11), frame * 1.7);
    for (let nth = 0; nth < toHost.pendingCount; nth++) {
      const atMs = toHost.arrivalMs(nth);
      assert(toHost.countUntil(atMs) > nth);
      assert(toHost.countUntil(atMs - 1e-9) <= nth);
    }
  }
});

const FAULTS: readonly [fault: string, timetable: string, clearAtMs: number][] = [
  ["", "01@1 02@2 03@3 04@4 05@6", 6],
  ["drop:h2t:1", "01@1 03@3 04@4 05@6", 6],
  ["drop:h2t:0", "02@2 03@3 04@4 05@6", 6],
  ["drop:h2t:3", "01@1 02@2 03@3 05@6", 6],
  ["duplicate:h2t:1", "01@1 02@2 02@3 03@4 04@5 05@6", 6],
  ["stall:h2t:2,ms=10", "01@1 02@2 03@13 04@14 05@15", 15],
  ["stall:h2t:0,ms=10", "01@11 02@12 03@13 04@14 05@15", 15],
  ["flip:h2t:3,bit=7", "01@1 02@2 03@3 84@4 05@6", 6],
  ["flip:h2t:3,bit=7;flip:h2t:3,bit=0", "01@1 02@2 03@3 85@4 05@6", 6],
  ["flip:h2t:0,bit=1;drop:h2t:1;duplicate:h2t:4", "03@1 03@3 04@4 05@6 05@7", 7],
  ["flip:t2h:1,bit=0;drop:h2t:9", "01@1 02@2 03@3 04@4 05@6", 6],
  ["unplug:h2t:2", "01@1 02@2", 6],
  ["unplug:h2t:2;duplicate:h2t:2", "01@1 02@2", 6],
  ["reset:h2t:2", "01@1 02@2 04@4 05@6", 6],
];

for (const [fault, expected, clearAtMs] of FAULTS) {
  Deno.test(`a line with ${fault === "" ? "no fault" : fault}: ${expected}`, () => {
    const { toTarget } = linesOf(ONE_MS, fault);
    toTarget.send(parseHex("01020304"), 0);
    toTarget.send(parseHex("05"), 5);
    assert.equal(toTarget.clearAtMs, clearAtMs);
    assert.equal(toTarget.sentCount, 5);
    assert.equal(timetable(toTarget), expected);
  });
}

Deno.test("unplug and reset come at the time of their byte", () => {
  const unplugged = linesOf(ONE_MS, "unplug:h2t:2").toTarget;
  unplugged.send(parseHex("01020304"), 0);
  assert.deepEqual([unplugged.unpluggedAtMs, unplugged.resetAtMs], [3, Infinity]);
  const reset = linesOf(ONE_MS, "reset:h2t:2").toTarget;
  reset.send(parseHex("01020304"), 0);
  assert.deepEqual([reset.unpluggedAtMs, reset.resetAtMs], [Infinity, 3]);
});

Deno.test("loseAfter() keeps what has come, and loses the rest and all that is sent later", () => {
  const { toHost } = linesOf(ONE_MS);
  toHost.send(parseHex("01020304"), 0);
  toHost.loseAfter(2);
  toHost.send(parseHex("05"), 9);
  assert.equal(toHost.countUntil(2), 2);
  assert.equal(formatHex(toHost.take(toHost.pendingCount)), "0102");
});

Deno.test("an adapter holds frames back on the way out and bytes on the way in, each to its quantum", () => {
  const { toTarget, toHost } = linesOf({ ...ONE_MS, latencyMs: 2, quantumMs: 16 });
  toTarget.send(parseHex("0102"), 3);
  assert.equal(timetable(toTarget), "01@17 02@18", "3 + 2, up to 16, then the line");
  toHost.send(parseHex("010203"), 11);
  assert.equal(timetable(toHost), "01@16 02@16 03@16", "12, 13 and 14 on the line, 2 later, up to 16");
  toHost.send(parseHex("0102"), 14);
  assert.equal(timetable(toHost), "01@32 02@32");
});

Deno.test("noise inverts bits at the rate asked for, the same ones from the same seed", () => {
  const noisy = (seed: number, bitErrorRate: number) => {
    const { toTarget } = linesOf({ bitErrorRate }, "", seed);
    for (let frame = 0; frame < 100; frame++) toTarget.send(new Uint8Array(1000), 0);
    return toTarget.take(100_000);
  };
  const ones = (bytes: Uint8Array) => bytes.reduce((sum, byte) => sum + byte.toString(2).replaceAll("0", "").length, 0);
  assert(equalBytes(noisy(1, 1e-3), noisy(1, 1e-3)));
  assert(!equalBytes(noisy(1, 1e-3), noisy(2, 1e-3)));
  // 800 inverted bits are expected, with a standard deviation of 28.
  assert(Math.abs(ones(noisy(1, 1e-3)) - 800) < 5 * 28);
  assert.equal(ones(noisy(1, 0)), 0);
  assert.equal(ones(noisy(1, 1)), 800_000);
});

Deno.test("both directions have noise of their own", () => {
  const { toTarget, toHost } = linesOf({ bitErrorRate: 0.01 });
  for (const line of [toTarget, toHost]) line.send(new Uint8Array(1000), 0);
  assert.notEqual(formatHex(toTarget.take(1000)), formatHex(toHost.take(1000)));
});

Deno.test("ends that frame bytes in different ways misread each other", () => {
  const { toTarget, toHost } = linesOf({ ...ONE_MS, hostFrame: "8N1" });
  // 0x7F and 0x79 have seven and five ones: the stop bit passes for their parity; 0x1E has four.
  toTarget.send(parseHex("7f"), 0);
  toTarget.send(parseHex("1e"), 10);
  assert.equal(timetable(toTarget), "7f@1");
  toHost.send(parseHex("79 1e 1f"), 0);
  assert.equal(formatHex(toHost.take(toHost.pendingCount)), "791f");
  toTarget.send(parseHex("00ff"), 20);
  assert.notEqual(formatHex(toTarget.take(toTarget.pendingCount)), "00ff");
});

Deno.test("layWire() refuses a wire that cannot be", () => {
  for (
    const options of [{ baudRate: -1 }, { baudRate: NaN }, { latencyMs: -1 }, { quantumMs: NaN }, { bitErrorRate: 2 }]
  ) {
    assert.throws(() => linesOf(options), RangeError);
  }
});
