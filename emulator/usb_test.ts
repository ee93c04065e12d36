import assert from "node:assert/strict";
import { type Bytes, equalBytes } from "../core/mod.ts";
import { findPart } from "../core/parts/mod.ts";
import { type ByteLink, LinkTimeoutError, type Procedure } from "../protocols/link/mod.ts";
import { parseFaults } from "./fault_text.ts";
import { simulate, type SimulationResult } from "./mod.ts";
import { Stm32 } from "./stm32.ts";
import type { UsbOptions } from "./usb.ts";
import { layUsb, UsbReceiver } from "./usb_bus.ts";

const CHIP = new Stm32(findPart("stm32f407"));
const bytesOf = (size: number): Bytes => Uint8Array.from({ length: size }, (_, index) => index * 7 & 0xff);

function run<T>(
  host: (link: ByteLink) => Procedure<T>,
  firmware: (link: ByteLink) => Procedure<{ readonly kind: "reset" }>,
  usb: UsbOptions,
): SimulationResult<T> {
  return simulate({ host, chip: CHIP, firmware, usb });
}

/** What is on its way, as `count@time`. */
function timetable(size: number, nowMs: number, faults = ""): string {
  const { toTarget } = layUsb({}, { faults: parseFaults(faults), seed: 1 });
  toTarget.send(bytesOf(size), nowMs);
  const arrivals = new Map<number, number>();
  for (let nth = 0; nth < toTarget.pendingCount; nth++) {
    const atMs = toTarget.arrivalMs(nth);
    arrivals.set(atMs, (arrivals.get(atMs) ?? 0) + 1);
  }
  return [...arrivals].map(([atMs, count]) => `${count}@${atMs.toFixed(3)}`).join(" ");
}

/** A packet takes 1/19 ms, and a transfer begins with a bus frame. */
const TIMETABLES: readonly [size: number, nowMs: number, faults: string, expected: string][] = [
  [1, 0, "", "1@0.053"],
  [64, 0, "", "64@0.053"],
  [65, 0.2, "", "64@1.053 1@1.105"],
  [130, 3, "", "64@3.053 64@3.105 2@3.158"],
  [3, 0, "drop:h2t:1", "1@0.053 1@0.105"],
  [3, 0, "duplicate:h2t:0", "2@0.053 2@0.105"],
  [2, 0, "stall:h2t:0,ms=2", "1@2.053 1@2.105"],
  [200, 0, "unplug:h2t:70", "64@0.053 6@0.105"],
];

for (const [size, nowMs, faults, expected] of TIMETABLES) {
  Deno.test(`a bus carries ${size} bytes from ${nowMs} ms on, ${faults || "no fault"}`, () => {
    assert.equal(timetable(size, nowMs, faults), expected);
  });
}

Deno.test("a bus carries 19 packets of 64 bytes in a millisecond", () => {
  const result = run(
    function* (link) {
      link.send(bytesOf(19 * 64 * 10));
      yield* link.flush();
    },
    function* (link) {
      yield* link.read(19 * 64 * 10, "all", Infinity);
      return { kind: "reset" };
    },
    {},
  );
  assert.equal(result.hostMs, 10);
});

/** Asks with one byte and reads an answer of a size. */
function* ask(link: ByteLink, size: number): Procedure<number> {
  link.send(Uint8Array.of(1));
  return (yield* link.read(size, "answer", 100)).length;
}

const answering = (size: number) =>
  function* (link: ByteLink): Procedure<{ readonly kind: "reset" }> {
    while (true) {
      yield* link.readByte("question", Infinity);
      link.send(bytesOf(size));
    }
  };

const ANSWERS: readonly [size: number, usb: UsbOptions, arrives: boolean][] = [
  [63, {}, true],
  [65, {}, true],
  [64, {}, false],
  [128, {}, false],
  [64, { sendsEmptyPackets: true }, true],
  [128, { hostReadBytes: 64 }, true],
  [4096, {}, true],
];

for (const [size, usb, arrives] of ANSWERS) {
  Deno.test(`an answer of ${size} bytes ${arrives ? "arrives" : "stays behind"}: ${JSON.stringify(usb)}`, () => {
    const { outcome } = run((link) => ask(link, size), answering(size), usb);
    if (outcome.kind === "done") assert(arrives);
    else assert(!arrives && outcome.error instanceof LinkTimeoutError);
  });
}

Deno.test("an answer that stayed behind comes with the next one", () => {
  const { outcome } = run(
    function* (link) {
      link.send(Uint8Array.of(1));
      yield* link.sleep(50);
      link.send(Uint8Array.of(1));
      return (yield* link.read(128, "both", 100)).length;
    },
    answering(64),
    { hostReadBytes: 128 },
  );
  assert.deepEqual(outcome, { kind: "done", value: 128 });
});

for (const bufferBytes of [64, 128, 1024]) {
  Deno.test(`a device with ${bufferBytes} bytes of buffer makes its host wait, and loses nothing`, () => {
    const sent = bytesOf(1000);
    let got: Bytes | undefined;
    const result = run(
      function* (link) {
        link.send(sent);
        yield* link.flush();
        const flushedMs = link.nowMs;
        yield* link.readByte("end", 1000);
        return flushedMs;
      },
      function* (link) {
        yield* link.sleep(100);
        got = yield* link.read(1000, "all", Infinity);
        link.send(Uint8Array.of(1));
        yield* link.flush();
        return { kind: "reset" };
      },
      { bufferBytes },
    );
    assert(got !== undefined && equalBytes(got, sent));
    assert(result.outcome.kind === "done");
    // 16 packets; all that fit are taken while the device is busy.
    const waits = bufferBytes < 1000;
    assert.equal(result.outcome.value > 100, waits);
    assert.equal(result.overruns, 0);
  });
}

Deno.test("a receiver keeps what it holds until it is cleared", () => {
  const receiver = new UsbReceiver({ bufferBytes: 100 });
  const { toTarget } = layUsb({}, { faults: [], seed: 1 });
  toTarget.send(bytesOf(130), 0);
  receiver.absorb(toTarget, 1);
  assert.deepEqual([receiver.heldCount, toTarget.pendingCount], [100, 30]);
  assert.equal(receiver.take(10).length, 10);
  assert.equal(receiver.heldCount, 90);
  receiver.clear();
  assert.equal(receiver.heldCount, 0);
});
