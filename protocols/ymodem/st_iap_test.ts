/**
 * Our sender against loaders that behave as ST's published ones do.
 */

import assert from "node:assert/strict";
import { IapFlash } from "../../tests/iap_flash.ts";
import { codeOf, contentOf, reportOf, send, sendOne } from "../../tests/st_iap_session.ts";
import { type Fault, runPair } from "../../tests/transfer_pair.ts";
import { Engine } from "../link/mod.ts";
import { TransferError } from "../xmodem/mod.ts";
import {
  planYmodem,
  runStIap,
  sendYmodem,
  type SendYmodemOptions,
  ST_IAP_F1,
  ST_IAP_F4,
  ST_IAP_H7,
  ST_IAP_L4,
  ST_IAP_MENDED,
  ST_IAP_PROFILES,
  type StIapProfile,
} from "./mod.ts";

for (const profile of ST_IAP_PROFILES.values()) {
  Deno.test(`sendYmodem() gets a file into ${profile.name}`, () => {
    for (const sizeBytes of [0, 1, 128, 1000, 5000, 30_000]) {
      const flash = new IapFlash(0x8_0000);
      const result = sendOne(sizeBytes, { flash, profile });
      assert(result.host.kind === "done" && result.host.value.files[0]?.end === "acknowledged");
      assert.equal(reportOf(result)?.kind, "complete");
      assert.equal(reportOf(result)?.announcedBytes, sizeBytes);
      assert(flash.holds(contentOf(sizeBytes)));
    }
  });
}

const LIMITS: readonly [StIapProfile, isSurvived: boolean][] = [
  [ST_IAP_F1, false],
  [ST_IAP_L4, false],
  [ST_IAP_F4, true],
  [ST_IAP_H7, true],
];

for (const [profile, isSurvived] of LIMITS) {
  for (const [sizeBytes, blockSizeBytes] of [[40_000, 128], [300_000, 1024]] as const) {
    const what = `${sizeBytes} bytes in blocks of ${blockSizeBytes}`;
    Deno.test(`${profile.name} ${isSurvived ? "takes" : "is seen to take block 256 for a file, with"} ${what}`, () => {
      const flash = new IapFlash(0x8_0000);
      const result = sendOne(sizeBytes, { flash, profile, blockSizeBytes });
      assert.equal(reportOf(result)?.eraseCount, isSurvived ? 1 : 2);
      assert.equal(flash.holds(contentOf(sizeBytes)), isSurvived);
      if (isSurvived) assert(result.host.kind === "done" && result.host.value.files[0]?.hasWrapped);
      else assert.equal(codeOf(result), "restarted");
    });
  }
}

Deno.test("planYmodem() warns of exactly the files that make a loader with 8 bits erase its flash twice", () => {
  for (const sizeBytes of [32_640, 32_641, 40_000, 261_120, 261_121]) {
    for (const blockSizeBytes of [128, 1024] as const) {
      const { notes } = planYmodem([{ name: "app.bin", sizeBytes }], { blockSizeBytes });
      const result = sendOne(sizeBytes, { profile: ST_IAP_F1, blockSizeBytes });
      const { eraseCount } = reportOf(result)!;
      assert.equal(notes.length, eraseCount - 1, `${sizeBytes} bytes in blocks of ${blockSizeBytes}`);
      const advice = sizeBytes > 261_120 ? /no block size helps/ : /blocks of 1024 bytes, which makes (32|40|255)$/;
      if (eraseCount === 2) assert.match(notes[0]!, advice);
    }
  }
});

Deno.test("a block 256 that begins with 00 ends the batch for a loader with 8 bits: that is never called acknowledged", () => {
  const data = contentOf(256 * 128);
  data[255 * 128] = 0;
  const flash = new IapFlash(0x8_0000);
  const result = send([{ name: "app.bin", data }], { flash, profile: ST_IAP_F1, blockSizeBytes: 128 });
  assert.equal(reportOf(result)?.kind, "complete");
  assert(!flash.holds(data));
  assert(result.host.kind === "done" && result.host.value.files[0]?.hasWrapped);
  assert.deepEqual([result.host.value.files[0].end, result.host.value.end], ["unconfirmed", "unconfirmed"]);
});

Deno.test("sendYmodem() refuses what a loader cannot count, before flash is touched", () => {
  const flash = new IapFlash(0x8_0000);
  const setup = { flash, profile: ST_IAP_F1, blockCountMax: 255 };
  const [last, tooLarge] = [261_120, 261_121];
  assert.throws(
    () => [...sendYmodemProcedure(tooLarge, setup)],
    (error) => error instanceof TransferError && error.code === "too-many-blocks",
  );
  assert(flash.isUntouched);
  assert.equal(reportOf(sendOne(last, setup))?.eraseCount, 1);
  assert(flash.holds(contentOf(last)));
});

function* sendYmodemProcedure(sizeBytes: number, options: SendYmodemOptions): Generator {
  const engine = new Engine((link) => sendYmodem(link, [{ name: "x", data: contentOf(sizeBytes) }], options));
  if (engine.outcome?.kind === "failed") throw engine.outcome.error;
  yield engine;
}

/** Byte 135 is in block 1; answers are `C`, ACK, `C`, ACK of block 1, ACK of block 2, ... */
const flip = (byteIndex: number): Fault => ({ kind: "flip", direction: "h2t", byteIndex, bit: 3 });
const lose = (byteIndex: number): Fault => ({ kind: "drop", direction: "t2h", byteIndex });

const FAULTS: readonly [name: string, fault: Fault, profile: StIapProfile][] = [
  ["a damaged header, asked for with C", flip(50), ST_IAP_F4],
  ["a damaged block, asked for with C", flip(140), ST_IAP_F4],
  ["a damaged last block", flip(133 + 133 + 10), ST_IAP_F4],
  ["a lost ACK of the header", lose(1), ST_IAP_F4],
  ["a lost request for data", lose(2), ST_IAP_F4],
  ["a lost ACK of a block, which is refused when it comes again", lose(3), ST_IAP_F4],
  ["a lost ACK of the last block", lose(4), ST_IAP_F4],
  ["a lost ACK of EOT", lose(5), ST_IAP_F4],
  ["a lost ACK of a block, mended", lose(3), ST_IAP_MENDED],
];

for (const [name, fault, profile] of FAULTS) {
  Deno.test(`sendYmodem() gets over ${name}`, () => {
    const flash = new IapFlash(0x8_0000);
    const result = sendOne(200, { flash, profile, faults: [fault], blockSizeBytes: 128 });
    assert.equal(result.host.kind, "done");
    assert.equal(reportOf(result)?.kind, "complete");
    assert(flash.holds(contentOf(200)));
  });
}

Deno.test("runStIap() asks every second, for ever", () => {
  const engine = new Engine((link) => runStIap(link, new IapFlash(1024)));
  for (let nowMs = 1000; nowMs <= 20_000; nowMs += 1000) {
    engine.tick(nowMs);
    assert.deepEqual(engine.takeOutput(), [Uint8Array.of(0x43)]);
  }
});

Deno.test("runStIap() never gets a long block through at 9,600 baud: it takes more than a second", () => {
  const run = (baudRate: number) =>
    runPair(
      (link) => sendYmodem(link, [{ name: "app.bin", data: contentOf(1024) }]),
      (link) => runStIap(link, new IapFlash(1024), ST_IAP_MENDED),
      { wire: { baudRate }, receiverDepthBytes: 1, graceMs: 10_000 },
    ).host.kind;
  assert.deepEqual([run(9600), run(19_200)], ["failed", "done"]);
});

Deno.test("sendYmodem() waits for a device that erases for a minute, and gets over having been too impatient", () => {
  class SlowFlash extends IapFlash {
    override *erase(link: Parameters<IapFlash["erase"]>[0]): ReturnType<IapFlash["erase"]> {
      yield* link.sleep(60_000);
      yield* super.erase(link);
    }
  }
  for (const [headerAnswerWithinMs, resentCount] of [[70_000, 0], [15_000, 1]] as const) {
    const flash = new SlowFlash(0x8_0000);
    const result = sendOne(200, { flash, headerAnswerWithinMs });
    assert(result.host.kind === "done" && result.host.value.files[0]?.resentCount === resentCount);
    assert(flash.holds(contentOf(200)));
  }
});
