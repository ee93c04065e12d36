import assert from "node:assert/strict";
import { equalBytes, findPart } from "../core/mod.ts";
import {
  sendYmodem,
  type SendYmodemOptions,
  type SendYmodemReport,
  ST_IAP_F1,
  ST_IAP_F4,
  ST_IAP_H7,
  ST_IAP_L4,
  type StIapProfile,
  type StIapReport,
} from "../protocols/ymodem/mod.ts";
import { runStIapReceiver, type StIapReceiverOptions } from "./file_receiver_st_iap.ts";
import { simulate } from "./simulation.ts";
import type { SimulationResult } from "./simulation_options.ts";
import { Stm32 } from "./stm32.ts";

/** Nothing in it is FF or 00. */
const content = (sizeBytes: number) => Uint8Array.from({ length: sizeBytes }, (_, index) => 1 + index % 251);

interface Run {
  readonly chip: Stm32;
  readonly reports: readonly StIapReport[];
  readonly result: SimulationResult<SendYmodemReport>;
}

function send(
  sizeBytes: number,
  { part, sending = {}, ...options }: StIapReceiverOptions & {
    readonly part: string;
    readonly sending?: SendYmodemOptions;
  },
): Run {
  const chip = new Stm32(findPart(part));
  const reports: StIapReport[] = [];
  const onTransfer = (report: StIapReport) => reports.push(report);
  const result = simulate({
    host: (link) =>
      sendYmodem(link, [{ name: "app.bin", data: content(sizeBytes) }], { headerAnswerWithinMs: 60_000, ...sending }),
    chip,
    firmware: (link, boot) =>
      boot.cause === "go" ? undefined : runStIapReceiver(link, chip, { onTransfer, ...options }),
    wire: { baudRate: 115_200, frame: "8N1", latencyMs: 1 },
  });
  return { chip, reports, result };
}

/** Loader, part, where its application goes, and how many bytes a file in long blocks may have. */
const LOADERS: readonly [profile: StIapProfile, part: string, addressStart: number, sizes: readonly number[]][] = [
  [ST_IAP_F1, "stm32f103xe", 0x0800_4000, [1, 5000, 40_000]],
  [ST_IAP_L4, "stm32l4r5", 0x0800_8000, [1, 5000, 40_000]],
  [ST_IAP_F4, "stm32f407", 0x0800_8000, [1, 5000, 300_000]],
  [ST_IAP_H7, "stm32h743xi", 0x0802_0000, [1, 5000, 300_000]],
];

for (const [profile, part, addressStart, sizes] of LOADERS) {
  Deno.test(`runStIapReceiver() gets files into ${part} as ${profile.name} does, and jumps`, () => {
    for (const sizeBytes of sizes) {
      const { chip, reports, result } = send(sizeBytes, { profile, part, addressStart, afterFile: "go" });
      assert.equal(result.outcome.kind, "done");
      assert.deepEqual(reports.map(({ kind, announcedBytes }) => [kind, announcedBytes]), [["complete", sizeBytes]]);
      assert(equalBytes(chip.flash.read(addressStart, sizeBytes), content(sizeBytes)));
      assert.equal(chip.boot.cause, "go");
      const first = chip.flash.map.sectorIndexAt(addressStart);
      assert(chip.flash.eraseCounts.slice(0, first).every((count) => count === 0), "the loader's own sectors");
      assert.equal(chip.flash.eraseCounts[first], 1);
    }
  });
}

Deno.test("runStIapReceiver() erases the application at block 256, and the sender says so; long blocks avoid it", () => {
  for (const [blockSizeBytes, isRight] of [[128, false], [1024, true]] as const) {
    const options = { profile: ST_IAP_F1, part: "stm32f103xe", addressStart: 0x0800_4000 };
    const { chip, result } = send(40_000, { ...options, sending: { blockSizeBytes } });
    assert.equal(result.outcome.kind, isRight ? "done" : "failed");
    if (result.outcome.kind === "failed") assert.equal((result.outcome.error as { code: string }).code, "restarted");
    assert.equal(chip.flash.isErased(0x0800_4000, 128), !isRight);
    assert.equal(equalBytes(chip.flash.read(0x0800_4000, 40_000), content(40_000)), isRight);
  }
});

Deno.test("runStIapReceiver() erases all of its area and nothing behind it, and takes the time of that", () => {
  const options = { profile: ST_IAP_F4, part: "stm32f407", addressStart: 0x0800_8000, addressEnd: 0x0804_0000 };
  const { chip, result } = send(1000, options);
  assert.deepEqual([...chip.flash.eraseCounts], [0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
  const { sectorEraseMs } = chip.flash.times;
  const eraseMs = 2 * sectorEraseMs.get(16_384)! + sectorEraseMs.get(65_536)! + sectorEraseMs.get(131_072)!;
  assert(result.hostMs > eraseMs);
});

Deno.test("runStIapReceiver() refuses an address in the middle of a sector", () => {
  assert.throws(() => send(1, { profile: ST_IAP_F4, part: "stm32f407", addressStart: 0x0800_8100 }), RangeError);
});
