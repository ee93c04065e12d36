/**
 * Our sender against loaders that behave as ST's published ones do, one habit at a time.
 */

import assert from "node:assert/strict";
import { IapFlash } from "../../tests/iap_flash.ts";
import { type Fault, type PairResult, runPair } from "../../tests/transfer_pair.ts";
import { Engine } from "../link/mod.ts";
import { encodeBlock, TransferError } from "../xmodem/mod.ts";
import {
  encodeFileHeader,
  type OutgoingFile,
  runStIap,
  sendYmodem,
  type SendYmodemOptions,
  type SendYmodemReport,
  ST_IAP_F1,
  ST_IAP_F4,
  ST_IAP_H7,
  ST_IAP_L4,
  ST_IAP_MENDED,
  ST_IAP_PROFILES,
  type StIapProfile,
  type StIapReport,
} from "./mod.ts";

/** Nothing in it is FF, and its block 256 does not begin with 0. */
const content = (sizeBytes: number) => Uint8Array.from({ length: sizeBytes }, (_, index) => 1 + index % 251);

interface Setup extends SendYmodemOptions {
  readonly flash?: IapFlash;
  readonly profile?: StIapProfile;
  readonly faults?: readonly Fault[];
}

type Result = PairResult<SendYmodemReport, StIapReport>;

function send(files: readonly OutgoingFile[], setup: Setup): Result {
  const { flash = new IapFlash(0x8_0000), profile = ST_IAP_F4, faults = [], ...options } = setup;
  return runPair(
    (link) => sendYmodem(link, files, options),
    (link) => runStIap(link, flash, profile),
    { wire: { baudRate: 115_200, latencyMs: 1 }, faults, receiverDepthBytes: 1, graceMs: 10_000 },
  );
}

const sendOne = (sizeBytes: number, setup: Setup) => send([{ name: "app.bin", data: content(sizeBytes) }], setup);
const reportOf = ({ target }: Result) => target?.kind === "done" ? target.value : undefined;
const codeOf = ({ host }: Result) =>
  host.kind === "failed" && host.error instanceof Error && "code" in host.error && host.error.code;

for (const profile of ST_IAP_PROFILES.values()) {
  Deno.test(`sendYmodem() gets a file into ${profile.name}`, () => {
    for (const sizeBytes of [0, 1, 128, 1000, 5000, 30_000]) {
      const flash = new IapFlash(0x8_0000);
      const result = sendOne(sizeBytes, { flash, profile });
      assert(result.host.kind === "done" && result.host.value.files[0]?.end === "acknowledged");
      assert.equal(reportOf(result)?.kind, "complete");
      assert.equal(reportOf(result)?.announcedBytes, sizeBytes);
      assert(flash.holds(content(sizeBytes)));
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
      assert.equal(flash.holds(content(sizeBytes)), isSurvived);
      if (isSurvived) assert(result.host.kind === "done" && result.host.value.files[0]?.hasWrapped);
      else assert.equal(codeOf(result), "restarted");
    });
  }
}

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
  assert(flash.holds(content(last)));
});

function* sendYmodemProcedure(sizeBytes: number, options: SendYmodemOptions): Generator {
  const engine = new Engine((link) => sendYmodem(link, [{ name: "x", data: content(sizeBytes) }], options));
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
    assert(flash.holds(content(200)));
  });
}

/** What one habit does, and what the same file does without it. */
interface Habit {
  readonly name: string;
  readonly switches: Partial<StIapProfile>;
  /** Tells whether the habit shows. */
  readonly shows: (profile: StIapProfile) => boolean;
}

const SMALL_SIZE_BYTES = 1024;
const small = () => new IapFlash(SMALL_SIZE_BYTES);

const HABITS: readonly Habit[] = [
  {
    name: "erases and acknowledges a file that is too large",
    switches: { erasesAfterRefusal: true },
    shows(profile) {
      const flash = small();
      const result = sendOne(3000, { flash, profile });
      assert.equal(reportOf(result)?.kind, "too-large");
      assert.equal(codeOf(result), "canceled-by-peer");
      return !flash.isUntouched;
    },
  },
  {
    name: "compares the size of the file before with that of its flash",
    switches: { checkedSize: "previous", acceptsOverflow: true },
    shows: (profile) => reportOf(sendOne(3000, { flash: small(), profile }))?.kind === "complete",
  },
  {
    name: "acknowledges what is behind the end of its flash",
    switches: { checkedSize: "previous", acceptsOverflow: true },
    shows: (profile) => reportOf(sendOne(2048, { flash: small(), profile }))?.kind === "complete",
  },
  {
    name: "never writes the last unit of its flash",
    switches: { skipsLastUnit: true, acceptsOverflow: true },
    shows(profile) {
      const flash = small();
      const result = sendOne(SMALL_SIZE_BYTES, { flash, profile });
      assert.equal(reportOf(result)?.kind, "complete");
      return !flash.holds(content(SMALL_SIZE_BYTES));
    },
  },
  {
    name: "writes the padding of the last block",
    switches: { keepsPadding: true },
    shows(profile) {
      const flash = small();
      sendOne(4, { flash, profile });
      return flash.read(flash.addressStart, 5)[4] === 0x1a;
    },
  },
  {
    name: "writes a second file behind the first",
    switches: { appendsFiles: true },
    shows(profile) {
      const flash = small();
      send([{ name: "a", data: content(128) }, { name: "b", data: content(64) }], {
        flash,
        profile,
        blockSizeBytes: 128,
      });
      return flash.holds(content(64), 128);
    },
  },
  {
    name: "reads back a part of each unit",
    switches: { verifiedBytes: 4, writeUnitBytes: 32 },
    shows(profile) {
      const flash = small();
      flash.brokenOffsets.add(20);
      return reportOf(sendOne(128, { flash, profile }))?.kind === "complete";
    },
  },
  {
    name: "reads the size right behind 64 characters of name",
    switches: { cutsLongNames: true },
    shows(profile) {
      const name = "n".repeat(70);
      return reportOf(send([{ name, data: content(128) }], { flash: small(), profile }))?.announcedBytes !== 128;
    },
  },
  {
    name: "stops at a letter A",
    switches: { stopsAtLetterA: true },
    shows: (profile) => feed(profile, Uint8Array.of(0x41))?.kind === "aborted",
  },
  {
    name: "goes on after too many errors",
    switches: { goesOnAfterErrors: true },
    shows: (profile) => feed(profile, firstBlocks(), new Uint8Array(7))?.kind === undefined,
  },
  {
    name: "refuses a block that it has",
    switches: { refusesRepeatedBlock: true },
    shows: (profile) => lastAnswer(profile, firstBlocks(), block(1)) === 0x15,
  },
  {
    name: "asks with C",
    switches: { asksWithC: true },
    shows: (profile) => lastAnswer(profile, firstBlocks(), Uint8Array.of(0)) === 0x43,
  },
];

const block = (number: number) => encodeBlock(content(128), { number, sizeBytes: 128, check: "crc" });

function firstBlocks(): Uint8Array<ArrayBuffer> {
  const header = encodeBlock(encodeFileHeader({ name: "x", sizeBytes: 300 }), {
    number: 0,
    sizeBytes: 128,
    check: "crc",
  });
  return new Uint8Array([...header, ...block(1)]);
}

/** A loader that is fed by hand; bytes come one second apart from one another's answers. */
function start(
  profile: StIapProfile,
  ...pieces: readonly Uint8Array[]
): { engine: Engine<StIapReport>; output: number[] } {
  const flash = small();
  const engine = new Engine((link) => runStIap(link, flash, profile));
  const output: number[] = [];
  let nowMs = 0;
  for (const piece of pieces) {
    engine.receive(piece, nowMs);
    const untilMs = nowMs + 900;
    for (; nowMs < untilMs; nowMs += 10) {
      engine.tick(nowMs);
      output.push(...engine.takeOutput().flatMap((frame) => [...frame]));
      if (engine.wait?.kind === "flush") engine.flushed(nowMs);
    }
  }
  return { engine, output };
}

function feed(profile: StIapProfile, ...pieces: readonly Uint8Array[]): StIapReport | undefined {
  const { outcome } = start(profile, ...pieces).engine;
  return outcome?.kind === "done" ? outcome.value : undefined;
}

function lastAnswer(profile: StIapProfile, ...pieces: readonly Uint8Array[]): number | undefined {
  return start(profile, ...pieces).output.at(-1);
}

for (const { name, switches, shows } of HABITS) {
  Deno.test(`runStIap() ${name}, as its profile says`, () => {
    assert.equal(shows({ ...ST_IAP_MENDED, ...switches }), true);
    assert.equal(shows(ST_IAP_MENDED), false);
  });
}

Deno.test("runStIap() asks every second, for ever", () => {
  const engine = new Engine((link) => runStIap(link, small()));
  for (let nowMs = 1000; nowMs <= 20_000; nowMs += 1000) {
    engine.tick(nowMs);
    assert.deepEqual(engine.takeOutput(), [Uint8Array.of(0x43)]);
  }
});

Deno.test("runStIap() never gets a long block through at 9,600 baud: it takes more than a second", () => {
  const run = (baudRate: number) =>
    runPair(
      (link) => sendYmodem(link, [{ name: "app.bin", data: content(1024) }]),
      (link) => runStIap(link, small(), ST_IAP_MENDED),
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
    assert(flash.holds(content(200)));
  }
});
