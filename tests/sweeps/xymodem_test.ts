/**
 * Every single fault of the wire in whole XMODEM and YMODEM transfers, both ends against each other and against ST's
 * loaders: each byte both ways dropped, duplicated, stalled, each of its bits flipped. Then several faults at once, drawn
 * from seeds.
 *
 * @module
 */

import assert from "node:assert/strict";
import { enumerateWireFaults, type Fault, formatFault, sampleFaults } from "../../emulator/mod.ts";
import { encodeBlock } from "../../protocols/xmodem/mod.ts";
import { ST_IAP_F1, ST_IAP_F4, ST_IAP_H7, ST_IAP_MENDED } from "../../protocols/ymodem/mod.ts";
import { type Care, CAREFUL, receiveWith } from "./xymodem_careless.ts";
import {
  fileReceiverTransfer,
  makeContent,
  stIapTransfer,
  sweep,
  type Tally,
  type Transfer,
  type TransferOptions,
  xmodemTransfer,
  ymodemTransfer,
} from "./xymodem_trial.ts";

/** A sweep throws more errors than it has runs, and nobody reads where from. */
Error.stackTraceLimit = 0;

/** Twice the longest that any of these takes: ten tries at an EOT, three seconds each. */
const BOUND_MS = 120_000;

/** Two short blocks, and a long one. */
const [SHORT_SIZE_BYTES, LONG_SIZE_BYTES] = [200, 1000];

/** The number of block 4 is an EOT when the byte before it gets lost; that of block 5 is a wrong bit from that of block 4. */
const [FOUR_BLOCKS_SIZE_BYTES, FIVE_BLOCKS_SIZE_BYTES] = [450, 600];
const SHORT_BLOCKS = { blockSizeBytes: 128 } as const;

const WIRES: readonly (TransferOptions & { readonly name: string; readonly stallMs?: number })[] = [
  { name: "a wire without length", wire: {} },
  { name: "115,200 baud", wire: { baudRate: 115_200, latencyMs: 1 } },
  { name: "a slow adapter, long stalls", wire: { baudRate: 115_200, latencyMs: 16, quantumMs: 16 }, stallMs: 12_000 },
  { name: "2,400 baud", wire: { baudRate: 2400 } },
  { name: "flash that is busy", wire: { baudRate: 115_200, latencyMs: 1 }, busyMs: 50 },
  { name: "flash that is busy, long stalls", wire: { baudRate: 115_200, latencyMs: 1 }, busyMs: 50, stallMs: 20_000 },
];

const ANSWERED: readonly [name: string, make: (options: TransferOptions) => Transfer][] = [
  ["XMODEM, CRC or checksums", (options) => xmodemTransfer(SHORT_SIZE_BYTES, options)],
  ["YMODEM", (options) => ymodemTransfer(SHORT_SIZE_BYTES, options)],
];

function singleFaults(transfer: Transfer, stallMs?: number): Fault[][] {
  return [...enumerateWireFaults({ ...transfer.run([]), stallMs })].map((fault) => [fault]);
}

/** What was found so far, for the sum at the end. */
const TALLIES: (readonly [name: string, tally: Tally])[] = [];

function report(name: string, tally: Tally): Tally {
  TALLIES.push([name, tally]);
  const { counts: { right, told, wrong, failed }, runCount, longestMs } = tally;
  const shown = `${right} right, ${told} told, ${wrong} wrong, ${failed} failed`;
  console.info(`${name}: ${runCount} runs: ${shown}; the longest took ${Math.round(longestMs)} ms`);
  for (const faults of tally.bad.slice(0, 5)) console.info("   ", faults.map(formatFault).join(";"));
  return tally;
}

for (const [name, make] of ANSWERED) {
  for (const { name: wireName, stallMs, ...options } of WIRES) {
    Deno.test(`${name} gets over every single fault: ${wireName}`, () => {
      const transfer = make(options);
      const tally = report(`${name}, ${wireName}`, sweep(transfer, singleFaults(transfer, stallMs)));
      assert.deepEqual(tally.counts, { right: tally.runCount, told: 0, wrong: 0, failed: 0 });
      assert(tally.longestMs < BOUND_MS);
    });
  }
}

const LONG: readonly [name: string, transfer: Transfer][] = [
  ["XMODEM-CRC, four short blocks", xmodemTransfer(FOUR_BLOCKS_SIZE_BYTES, WIRES[1]!, SHORT_BLOCKS)],
  ["XMODEM-CRC, five short blocks", xmodemTransfer(FIVE_BLOCKS_SIZE_BYTES, WIRES[1]!, SHORT_BLOCKS)],
  ["YMODEM, five short blocks", ymodemTransfer(FIVE_BLOCKS_SIZE_BYTES, WIRES[1]!, SHORT_BLOCKS)],
  ["XMODEM-1K", xmodemTransfer(LONG_SIZE_BYTES, { wire: { baudRate: 115_200, latencyMs: 1 } })],
  ["YMODEM, long blocks", ymodemTransfer(LONG_SIZE_BYTES, { wire: { baudRate: 115_200, latencyMs: 1 } })],
];

for (const [name, transfer] of LONG) {
  Deno.test(`${name} gets over every single fault`, () => {
    const tally = report(name, sweep(transfer, singleFaults(transfer)));
    assert.deepEqual(tally.counts, { right: tally.runCount, told: 0, wrong: 0, failed: 0 });
    assert(tally.longestMs < BOUND_MS);
  });
}

/**
 * What a sum cannot see: a byte that comes twice moves the others on, so that the last byte of data stands where the sum
 * is expected. The block passes when it happens to be the sum of what is before it.
 */
function unseenRepetitions(sizeBytes: number): number[] {
  const data = makeContent(sizeBytes);
  const unseen: number[] = [];
  for (let number = 1, start = 0; start < sizeBytes; number++, start += 128) {
    const frame = encodeBlock(data.subarray(start, start + 128), { number, sizeBytes: 128, check: "checksum" });
    // From the complement on: a block whose number comes twice is refused for that.
    for (let at = 2; at < frame.length - 2; at++) {
      const moved = [...frame.subarray(0, at + 1), ...frame.subarray(at)].slice(3, 132);
      const sum = moved.slice(0, 128).reduce((total, byte) => total + byte, 0) & 0xff;
      if (sum === moved[128]) unseen.push((number - 1) * frame.length + at);
    }
  }
  return unseen;
}

for (const sizeBytes of [SHORT_SIZE_BYTES, LONG_SIZE_BYTES]) {
  Deno.test(`XMODEM with checksums gets over every single fault but repetitions that the sum cannot see, ${sizeBytes} bytes`, () => {
    const transfer = xmodemTransfer(sizeBytes, { wire: { baudRate: 115_200, latencyMs: 1 }, request: "checksum" });
    const tally = report("XMODEM, checksums", sweep(transfer, singleFaults(transfer)));
    const expected = unseenRepetitions(sizeBytes).map((byteIndex) => `duplicate:h2t:${byteIndex}`);
    assert(expected.length > 0);
    assert.deepEqual(tally.bad.map((faults) => faults.map(formatFault).join(";")), expected);
    assert.deepEqual(tally.counts, {
      right: tally.runCount - expected.length,
      told: 0,
      wrong: expected.length,
      failed: 0,
    });
  });
}

Deno.test("YMODEM-g tells of every single fault that it cannot get over", () => {
  for (const sizeBytes of [SHORT_SIZE_BYTES, LONG_SIZE_BYTES]) {
    const transfer = ymodemTransfer(sizeBytes, { wire: { baudRate: 115_200, latencyMs: 1 }, request: "stream" });
    const tally = report("YMODEM-g", sweep(transfer, singleFaults(transfer)));
    assert.deepEqual([tally.counts.wrong, tally.counts.failed], [0, 0]);
    assert(tally.counts.right > 0 && tally.counts.told > 0);
    assert(tally.longestMs < BOUND_MS);
  }
});

for (const profile of [ST_IAP_F1, ST_IAP_F4, ST_IAP_H7, ST_IAP_MENDED]) {
  Deno.test(`sendYmodem() never takes a single fault for success with ${profile.name}`, () => {
    const transfer = stIapTransfer(300, profile);
    const tally = report(profile.name, sweep(transfer, singleFaults(transfer)));
    assert.deepEqual([tally.counts.wrong, tally.counts.failed], [0, 0]);
    // What it does not survive is its own doing: each byte of a block whose first byte is lost counts as an error.
    assert(tally.counts.right > 0.9 * tally.runCount);
    assert(tally.longestMs < BOUND_MS);
  });
}

for (const protocol of ["xmodem", "ymodem"] as const) {
  Deno.test(`a file over ${protocol} gets into an emulated chip's flash, whatever single fault the wire has`, () => {
    const transfer = fileReceiverTransfer(SHORT_SIZE_BYTES, protocol);
    const tally = report(`${protocol} into flash`, sweep(transfer, singleFaults(transfer)));
    assert.deepEqual(tally.counts, { right: tally.runCount, told: 0, wrong: 0, failed: 0 });
    assert(tally.longestMs < BOUND_MS);
  });
}

const SAMPLED: readonly [name: string, transfer: Transfer][] = [
  ["XMODEM-CRC", xmodemTransfer(SHORT_SIZE_BYTES, { ...WIRES[1]!, request: "crc" })],
  ["YMODEM", ymodemTransfer(SHORT_SIZE_BYTES, WIRES[1]!)],
  ["YMODEM, flash that is busy", ymodemTransfer(SHORT_SIZE_BYTES, WIRES[4]!)],
];

for (const [name, transfer] of SAMPLED) {
  Deno.test(`${name} never takes two to six faults at once for success`, () => {
    const space = transfer.run([]);
    const lists = Array.from({ length: 1500 }, (_, seed) => sampleFaults({ ...space, seed, faultCount: 2 + seed % 5 }));
    const tally = report(`${name}, seeds 0 to ${lists.length - 1}`, sweep(transfer, lists));
    assert.deepEqual([tally.counts.wrong, tally.counts.failed], [0, 0]);
    assert(tally.counts.right > 0.5 * tally.runCount);
    assert(tally.longestMs < 10 * BOUND_MS);
  });
}

/** Which check is left out of a receiver, and what the sweep has to find then. */
const CARELESS: readonly [name: string, care: Partial<Care>, sizeBytes: number][] = [
  ["that looks at no CRC", { checksCrc: false }, FIVE_BLOCKS_SIZE_BYTES],
  ["that does not compare number and complement", { checksComplement: false }, FIVE_BLOCKS_SIZE_BYTES],
  ["that takes a block twice", { dropsRepeated: false }, FIVE_BLOCKS_SIZE_BYTES],
  ["that takes the first EOT", { provesEnd: false }, FOUR_BLOCKS_SIZE_BYTES],
];

Deno.test("the sweep finds nothing in a receiver that takes care, and a wrong file when one check is missing", () => {
  const sweepOf = (care: Partial<Care>, sizeBytes: number) => {
    const receive = receiveWith({ ...CAREFUL, ...care });
    const transfer = xmodemTransfer(sizeBytes, { wire: { baudRate: 115_200 }, receive }, SHORT_BLOCKS);
    return sweep(transfer, singleFaults(transfer));
  };
  for (const sizeBytes of [FOUR_BLOCKS_SIZE_BYTES, FIVE_BLOCKS_SIZE_BYTES]) {
    assert.deepEqual(report(`control: a careful receiver, ${sizeBytes} bytes`, sweepOf({}, sizeBytes)).bad, []);
  }
  for (const [name, care, sizeBytes] of CARELESS) {
    const { counts: { wrong } } = report(`control: a receiver ${name}`, sweepOf(care, sizeBytes));
    assert(wrong > 0, name);
  }
});

Deno.test("the sweep in all", () => {
  const ours = TALLIES.filter(([name]) => !name.startsWith("control"));
  for (const kind of ["every single fault", "sampled faults"]) {
    const tallies = ours.filter(([name]) => name.includes("seeds") === (kind === "sampled faults"));
    const sum = (of: (tally: Tally) => number) => tallies.reduce((total, [, tally]) => total + of(tally), 0);
    const [right, told, wrong, failed] = (["right", "told", "wrong", "failed"] as const).map((verdict) =>
      `${sum(({ counts }) => counts[verdict])} ${verdict}`
    );
    console.info(
      `XMODEM and YMODEM, ${kind}: ${sum(({ runCount }) => runCount)} runs in ${tallies.length} sweeps: ${right}, ` +
        `${told}, ${wrong} (what a sum cannot see), ${failed}`,
    );
  }
});
