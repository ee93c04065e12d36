import assert from "node:assert/strict";
import fc from "fast-check";
import { findPart, formatHex } from "../core/mod.ts";
import { formatTraceEntry, LinkTimeoutError } from "../protocols/link/mod.ts";
import { sampleFaults } from "./fault_lists.ts";
import { formatFaults } from "./fault_text.ts";
import { encodeFlashFile } from "./flash_file.ts";
import type { Firmware } from "./run_device.ts";
import { simulate, type SimulateOptions } from "./simulation.ts";
import { Stm32 } from "./stm32.ts";
import { echo, flashImage, imageOf, type RunOptions, SERIAL } from "../tests/tiny_protocol.ts";

const BYTE_MS = 11_000 / 115_200;

Deno.test("simulate() takes the time of the closed form for a write with read-back", () => {
  const { result, chip } = flashImage(imageOf(256), { wire: SERIAL, blockBytes: 64 });
  const program = { bytes: 4 * (1 + 5 + 64 + 1), ms: 256 / 2 * 0.0525 };
  const toTarget = 3 + program.bytes + 4 * 7;
  const toHost = 1 + 4 + 4 * 66;
  assert.deepEqual([result.bytesToTarget, result.bytesToHost], [toTarget, toHost]);
  assert.deepEqual([result.framesToTarget, result.framesToHost, result.roundTrips], [9, 9, 9]);
  assert(Math.abs(result.hostMs - ((toTarget + toHost) * BYTE_MS + 20 + program.ms)) < 1e-9);
  assert.equal(result.flashOperations, 1 + 128);
  assert.equal(chip.flash.eraseCounts[0], 1);
});

Deno.test("a byte there and back, with an adapter", () => {
  const run = (wire: SimulateOptions<number>["wire"]) =>
    simulate({
      host: function* (link) {
        link.send(Uint8Array.of(0x7f));
        return yield* link.readByte("echo", 1000);
      },
      chip: new Stm32(findPart("stm32f407")),
      firmware: echo,
      wire,
    }).hostMs;
  assert.equal(run({}), 0);
  assert.equal(run({ baudRate: 11_000 }), 2);
  assert.equal(run({ baudRate: 11_000, latencyMs: 3 }), 2 + 6);
  assert.equal(run({ baudRate: 11_000, quantumMs: 16 }), 16);
  assert.equal(run({ baudRate: 11_000, latencyMs: 0.5, quantumMs: 16 }), 32, "out at 16, back at 32");
});

Deno.test("a flush ends when the last byte has left, an answer comes later", () => {
  const times: number[] = [];
  simulate({
    host: function* (link) {
      link.send(new Uint8Array(10));
      yield* link.flush();
      times.push(link.nowMs);
      yield* link.read(10, "echo", 1000);
      times.push(link.nowMs);
    },
    chip: new Stm32(findPart("stm32f407")),
    firmware: echo,
    wire: { baudRate: 11_000 },
  });
  assert.deepEqual(times, [10, 11]);
});

/** A target that reads a byte, is busy for 10 ms, and then tells what it got within 20 ms. */
const busyFirmware: Firmware = function* (link) {
  while (true) {
    yield* link.readByte("go", Infinity);
    yield* link.sleep(10);
    const got: number[] = [];
    try {
      while (true) got.push(yield* link.readByte("what came meanwhile", 20));
    } catch (error) {
      if (!(error instanceof LinkTimeoutError)) throw error;
    }
    link.send(Uint8Array.of(got.length, ...got));
  }
};

Deno.test("a UART keeps one byte while its CPU is busy, and loses the rest", () => {
  const cases: readonly [depthBytes: number, sentAtOnce: number, kept: number[], overruns: number][] = [
    [1, 1, [], 0],
    [1, 2, [1], 0],
    [1, 5, [1], 3],
    // Bytes 1 to 10 come while it is busy, the last of them just as it wakes; 11 and 12 come later.
    [1, 13, [1, 11, 12], 9],
    [4, 13, [1, 2, 3, 4, 11, 12], 6],
    [Infinity, 5, [1, 2, 3, 4], 0],
  ];
  for (const [receiverDepthBytes, count, kept, overruns] of cases) {
    for (const delivery of ["chunks", "bytes"] as const) {
      const result = simulate({
        host: function* (link) {
          link.send(Uint8Array.from({ length: count }, (_, at) => at));
          const size = yield* link.readByte("size", 1000);
          return [...(yield* link.read(size, "bytes", 1000))];
        },
        chip: new Stm32(findPart("stm32f407")),
        firmware: busyFirmware,
        wire: { baudRate: 11_000 },
        receiverDepthBytes,
        delivery,
      });
      assert.deepEqual(result.outcome, { kind: "done", value: kept }, `${count} bytes`);
      assert.equal(result.overruns, overruns);
    }
  }
});

Deno.test("a UART that has kept a byte keeps no other until it is read", () => {
  const result = simulate({
    host: function* (link) {
      link.send(Uint8Array.of(0, 1, 2, 3, 4));
      return yield* link.readByte("byte kept", 1000);
    },
    chip: new Stm32(findPart("stm32f407")),
    firmware: function* (link) {
      yield* link.readByte("go", Infinity);
      yield* link.sleep(2);
      yield* link.sleep(10);
      return yield* echo(link);
    },
    wire: { baudRate: 11_000 },
  });
  assert.deepEqual([result.outcome, result.overruns], [{ kind: "done", value: 1 }, 3]);
});

Deno.test("a target that sends does not read: what comes behind the first byte is lost", () => {
  const result = simulate({
    host: function* (link) {
      link.send(new Uint8Array(6));
      yield* link.read(3, "answer", 1000);
      yield* link.read(1, "echo of the byte kept", 1000);
      return yield* link.read(1, "more", 50);
    },
    chip: new Stm32(findPart("stm32f407")),
    firmware: function* (link) {
      yield* link.readByte("byte", Infinity);
      link.send(new Uint8Array(3));
      yield* link.flush();
      return yield* echo(link);
    },
    wire: { baudRate: 11_000 },
  });
  // Bytes 1, 2 and 3 come during the flush, of which two are lost; 4 and 5 come later.
  assert.deepEqual([result.outcome.kind, result.overruns, result.bytesToHost], ["done", 2, 6]);
});

Deno.test("chunks and bytes give the same results: every figure, trace line and flash byte", () => {
  const image = imageOf(150);
  const wires = [{}, SERIAL, { baudRate: 9600, latencyMs: 1, quantumMs: 4 }, { ...SERIAL, bitErrorRate: 2e-4 }];
  const run = (delivery: "chunks" | "bytes", options: RunOptions) => {
    const lines: string[] = [];
    const trace: RunOptions["trace"] = (entry, role) => lines.push(formatTraceEntry(entry, role));
    const { chip, result } = flashImage(image, { ...options, delivery, trace });
    const { steps: _, outcome, ...figures } = result;
    const error = outcome.kind === "failed" ? String(outcome.error) : "";
    return {
      figures,
      kind: outcome.kind,
      error,
      lines,
      boots: chip.boots,
      flash: formatHex(encodeFlashFile(chip.flash).subarray(0, 1024)),
    };
  };
  const plug = fc.record({
    kind: fc.constantFrom("reset" as const, "unplug" as const),
    direction: fc.constantFrom("h2t" as const, "t2h" as const),
    byteIndex: fc.nat(300),
  });
  const plugs = fc.array(plug, { maxLength: 2 });
  fc.assert(
    fc.property(fc.nat(), fc.nat(3), plugs, fc.nat(wires.length - 1), (seed, faultCount, plugs, wireIndex) => {
      const space = { bytesToTarget: 220, bytesToHost: 160, flashOperations: 76, seed, faultCount };
      const faults = [...sampleFaults(space), ...plugs];
      const options: RunOptions = { faults, wire: wires[wireIndex], seed };
      assert.deepEqual(run("bytes", options), run("chunks", options), formatFaults(faults));
    }),
    { seed: 8, numRuns: 400 },
  );
});

Deno.test("the same seed gives the same trace", () => {
  const traceOf = (seed: number) => {
    const lines: string[] = [];
    flashImage(imageOf(100), {
      wire: { ...SERIAL, bitErrorRate: 1e-3 },
      seed,
      trace: (entry, role) => lines.push(formatTraceEntry(entry, role)),
    });
    return lines.join("\n");
  };
  assert.equal(traceOf(1), traceOf(1));
  assert.notEqual(traceOf(1), traceOf(2));
});
