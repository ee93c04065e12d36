/**
 * What transfers cost: bytes, blocks, round trips and time on a simulated wire, against the closed forms, and those against
 * figures worked out by hand.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { ByteLink, Procedure } from "../../protocols/link/mod.ts";
import * as xmodem from "../../protocols/xmodem/mod.ts";
import * as ymodem from "../../protocols/ymodem/mod.ts";
import { type PairResult, runPair } from "../transfer_pair.ts";

const MEBIBYTE = 1 << 20;
const SIZES = [0, 1, 127, 128, 129, 895, 896, 897, 1023, 1024, 1025, 5000, 32_640, 32_641, 65_536, 261_120, 261_121];
const LARGE_SIZES = [MEBIBYTE, 2 * MEBIBYTE - 1, 2 * MEBIBYTE];
const LINE = { baudRate: 115_200, latencyMs: 2 };

/** Time of an erase before the first block, and of programming each: about those of an STM32F407. */
const ERASE_MS = 2000;
const PROGRAM_MS = 26;

const CONTENT = Uint8Array.from({ length: 2 * MEBIBYTE }, (_, index) => Math.imul(index + 1, 0x9e37_79b1) >>> 24);

/** A sink that takes the time of flash, and keeps nothing. */
const flash = (): xmodem.BlockSink => ({
  open: (link: ByteLink) => link.sleep(ERASE_MS),
  write: (link: ByteLink) => link.sleep(PROGRAM_MS),
});

interface Variant {
  readonly name: string;
  readonly plan: (sizeBytes: number) => xmodem.TransferPlan;
  readonly run: (data: Uint8Array) => PairResult<unknown, unknown>;
  /** Whether blocks are answered: a stream has its blocks under way while the receiver works, so its time is no sum. */
  readonly isAnswered: boolean;
  /** Whether blocks are as long as those of `sx -k` and `sb -k`. */
  readonly isLikeLrzsz: boolean;
}

function xmodemVariant(name: string, check: xmodem.BlockCheck, options: xmodem.BlockSizeOptions): Variant {
  return {
    name,
    plan: (sizeBytes) => xmodem.planXmodem(sizeBytes, { ...options, check }),
    run: (data) =>
      runPair(
        (link) => xmodem.sendXmodem(link, data, options),
        (link) => xmodem.receiveXmodem(link, flash(), { request: check }),
        { wire: LINE },
      ),
    isAnswered: true,
    isLikeLrzsz: Object.keys(options).length === 0,
  };
}

function ymodemVariant(name: string, request: "crc" | "stream", options: xmodem.BlockSizeOptions): Variant {
  const header = { name: "firmware.bin", modifiedAtS: 1_700_000_000, mode: 0o100644 };
  const isStreaming = request === "stream";
  return {
    name,
    plan: (sizeBytes) => ymodem.planYmodem([{ ...header, sizeBytes }], { ...options, isStreaming }),
    run: (data) =>
      runPair(
        (link): Procedure<unknown> => ymodem.sendYmodem(link, [{ ...header, data }], options),
        (link) => ymodem.receiveYmodem(link, flash, { request }),
        { wire: LINE },
      ),
    isAnswered: !isStreaming,
    isLikeLrzsz: Object.keys(options).length === 0,
  };
}

const VARIANTS: readonly Variant[] = [
  xmodemVariant("XMODEM, checksum", "checksum", {}),
  xmodemVariant("XMODEM-CRC", "crc", { blockSizeBytes: 128 }),
  xmodemVariant("XMODEM-1K", "crc", {}),
  xmodemVariant("XMODEM-1K, long tail", "crc", { hasLongTail: true }),
  ymodemVariant("YMODEM, short blocks", "crc", { blockSizeBytes: 128 }),
  ymodemVariant("YMODEM", "crc", {}),
  ymodemVariant("YMODEM-g", "stream", {}),
];

/** Time of the flash: XMODEM erases before it asks, so nothing but blocks is in the way of the sender. */
function busyMs(cost: xmodem.TransferCost): number {
  return ERASE_MS + cost.blockCount * PROGRAM_MS;
}

for (const { name, plan, run, isAnswered } of VARIANTS) {
  Deno.test(`${name} costs what its plan says`, () => {
    for (const sizeBytes of [...SIZES, ...LARGE_SIZES]) {
      const { ours } = plan(sizeBytes);
      const result = run(CONTENT.subarray(0, sizeBytes));
      assert.deepEqual([result.host.kind, result.target?.kind], ["done", "done"]);
      const { bytesToTarget, bytesToHost, roundTrips, hostMs } = result;
      assert.deepEqual(
        { bytesToReceiver: bytesToTarget, bytesToSender: bytesToHost, roundTrips },
        { bytesToReceiver: ours.bytesToReceiver, bytesToSender: ours.bytesToSender, roundTrips: ours.roundTrips },
        `${sizeBytes} bytes`,
      );
      const expectedMs = xmodem.transferTimeMs(ours, { ...LINE, busyMs: busyMs(ours) });
      if (!isAnswered) {
        // Blocks come while the receiver works: no less than either of the two takes alone, no more than both. Nobody
        // answers the last header, so its own way to the line is all that is seen of it.
        const leastMs = Math.max(xmodem.transferTimeMs(ours, LINE), busyMs(ours));
        assert(
          hostMs >= leastMs - 1e-3 && hostMs <= expectedMs + LINE.latencyMs + 1e-3,
          `${sizeBytes} bytes: ${hostMs}`,
        );
        continue;
      }
      assert(Math.abs(hostMs - expectedMs) < 1e-3 + expectedMs * 1e-9, `${sizeBytes} bytes: ${hostMs}, ${expectedMs}`);
    }
  });
}

for (const { name, plan } of VARIANTS.filter(({ isLikeLrzsz }) => isLikeLrzsz)) {
  Deno.test(`${name} never costs more than lrzsz with blocks of the same size`, () => {
    for (const sizeBytes of [...SIZES, ...LARGE_SIZES]) {
      const { ours, lrzsz } = plan(sizeBytes);
      assert(ours.bytesToReceiver <= lrzsz.bytesToReceiver && ours.bytesToSender <= lrzsz.bytesToSender);
      assert(ours.roundTrips <= lrzsz.roundTrips && ours.silenceMs <= lrzsz.silenceMs);
    }
  });
}

Deno.test("a batch costs what its files cost, less the end that they share", () => {
  const header = { modifiedAtS: 1_700_000_000, mode: 0o100644 };
  const files = SIZES.map((sizeBytes, index) => ({ ...header, name: `${index}.bin`, sizeBytes }));
  const { ours, lrzsz } = ymodem.planYmodem(files);
  const single = files.map((file) => ymodem.planYmodem([file]).ours);
  const sum = (of: (cost: xmodem.TransferCost) => number) => single.reduce((total, cost) => total + of(cost), 0);
  const sharedCount = files.length - 1;
  assert.equal(ours.bytesToReceiver, sum(({ bytesToReceiver }) => bytesToReceiver) - 133 * sharedCount);
  assert.equal(ours.bytesToSender, sum(({ bytesToSender }) => bytesToSender) - 2 * sharedCount);
  assert.equal(ours.roundTrips, sum(({ roundTrips }) => roundTrips) - sharedCount);
  assert(ours.bytesToReceiver <= lrzsz.bytesToReceiver && ours.roundTrips <= lrzsz.roundTrips);

  const result = runPair(
    (link) => ymodem.sendYmodem(link, files.map((file) => ({ ...file, data: CONTENT.subarray(0, file.sizeBytes) }))),
    (link) => ymodem.receiveYmodem(link, flash),
    { wire: LINE },
  );
  assert.deepEqual([result.host.kind, result.target?.kind], ["done", "done"]);
  assert.deepEqual([result.bytesToTarget, result.bytesToHost], [ours.bytesToReceiver, ours.bytesToSender]);
  assert.equal(result.roundTrips, ours.roundTrips);
  const flashMs = files.length * ERASE_MS + ours.blockCount * PROGRAM_MS;
  assert(Math.abs(result.hostMs - xmodem.transferTimeMs(ours, { ...LINE, busyMs: flashMs })) < 1e-3);
});

/** Variant, size, and what it costs, added up by hand from the figures of the reference. */
const BY_HAND: readonly [variant: string, sizeBytes: number, cost: Partial<xmodem.TransferCost>][] = [
  ["XMODEM, checksum", 0, { bytesToReceiver: 1, bytesToSender: 2, roundTrips: 1, blockCount: 0, silenceMs: 1000 }],
  ["XMODEM, checksum", 129, { bytesToReceiver: 2 * 132 + 1, bytesToSender: 4, roundTrips: 3 }],
  ["XMODEM-CRC", 129, { bytesToReceiver: 2 * 133 + 1, bytesToSender: 4 }],
  ["XMODEM-1K", 3048, { bytesToReceiver: 3 * 1029 + 1, bytesToSender: 5, roundTrips: 4, blockCount: 3 }],
  ["XMODEM-1K", 2048 + 228, { bytesToReceiver: 2 * 1029 + 2 * 133 + 1, blockCount: 4 }],
  ["XMODEM-1K", 2 * MEBIBYTE, { bytesToReceiver: 2_107_393, bytesToSender: 2050, blockCount: 2048 }],
  ["XMODEM-1K, long tail", 2048 + 228, { bytesToReceiver: 3 * 1029 + 1, blockCount: 3 }],
  ["YMODEM, short blocks", 356, { bytesToReceiver: 5 * 133 + 1, bytesToSender: 9, roundTrips: 6, silenceMs: 0 }],
  ["YMODEM", 0, { bytesToReceiver: 267, bytesToSender: 6, roundTrips: 3 }],
  ["YMODEM", MEBIBYTE, { bytesToReceiver: 267 + 1024 * 1029, bytesToSender: 1030, roundTrips: 1027 }],
  ["YMODEM-g", 1476, { bytesToReceiver: 133 + 133 * 4 + 1029 + 1 + 133, bytesToSender: 4, roundTrips: 2 }],
  ["YMODEM, short blocks", 32_640, { blockCount: 255, hasWrapped: false }],
  ["YMODEM, short blocks", 32_641, { blockCount: 256, hasWrapped: true }],
  ["YMODEM", 261_120, { blockCount: 255, hasWrapped: false }],
  ["YMODEM", 261_121, { blockCount: 256, hasWrapped: true }],
];

for (const [variant, sizeBytes, cost] of BY_HAND) {
  Deno.test(`${variant} with ${sizeBytes} bytes costs ${JSON.stringify(cost)}`, () => {
    const { ours } = VARIANTS.find(({ name }) => name === variant)!.plan(sizeBytes);
    assert.deepEqual({ ...ours, ...cost }, ours);
  });
}

Deno.test("64 KiB at 115,200 baud into an STM32F407 take 9.4 s with YMODEM, of which the line takes 5.7 s", () => {
  const { ours } = ymodem.planYmodem([{ name: "firmware.bin", sizeBytes: 65_536 }]);
  // 64 blocks of 1029 bytes, two headers of 133, one EOT; 64 ACK and six answers more; ten bits each.
  assert.equal(ours.bytesToReceiver + ours.bytesToSender, 64 * 1029 + 2 * 133 + 1 + 64 + 6);
  const tenthsS = (busyMs: number) => Math.round(xmodem.transferTimeMs(ours, { baudRate: 115_200, busyMs }) / 100);
  assert.deepEqual([tenthsS(0), tenthsS(ERASE_MS + 64 * PROGRAM_MS)], [57, 94]);
});
