/**
 * Each habit of ST's loaders, switched on alone.
 */

import assert from "node:assert/strict";
import { IapFlash } from "../../tests/iap_flash.ts";
import { codeOf, contentOf, reportOf, send, sendOne } from "../../tests/st_iap_session.ts";
import { Engine } from "../link/mod.ts";
import { encodeBlock } from "../xmodem/mod.ts";
import { encodeFileHeader, runStIap, ST_IAP_MENDED, type StIapProfile, type StIapReport } from "./mod.ts";

const SMALL_SIZE_BYTES = 1024;
const small = () => new IapFlash(SMALL_SIZE_BYTES);

/** What one habit does, and what the same file does without it. */
interface Habit {
  readonly name: string;
  readonly switches: Partial<StIapProfile>;
  /** Tells whether the habit shows. */
  readonly shows: (profile: StIapProfile) => boolean;
}

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
      return !flash.holds(contentOf(SMALL_SIZE_BYTES));
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
      send([{ name: "a", data: contentOf(128) }, { name: "b", data: contentOf(64) }], {
        flash,
        profile,
        blockSizeBytes: 128,
      });
      return flash.holds(contentOf(64), 128);
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
      return reportOf(send([{ name, data: contentOf(128) }], { flash: small(), profile }))?.announcedBytes !== 128;
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
    name: "is silent behind the end of a file",
    switches: { isSilentAfterEnd: true },
    shows: (profile) => lastAnswer({ ...profile, acceptsShortFile: true }, firstBlocks(), Uint8Array.of(0x04)) === 0x06,
  },
  {
    name: "takes an end that comes too early",
    switches: { acceptsShortFile: true },
    shows: (profile) => feed(profile, firstBlocks(), Uint8Array.of(0x04))?.kind === undefined,
  },
  {
    name: "answers ACK to a sender that breaks off",
    switches: { acknowledgesCancel: true },
    shows: (profile) =>
      lastAnswer(profile, firstBlocks(), Uint8Array.of(0x18, 0x18)) === 0x06 && hasAnsweredCancel(profile),
  },
  {
    name: "asks with C",
    switches: { asksWithC: true },
    shows: (profile) => lastAnswer(profile, firstBlocks(), Uint8Array.of(0)) === 0x43,
  },
];

const block = (number: number) => encodeBlock(contentOf(128), { number, sizeBytes: 128, check: "crc" });

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

/** The last answer to blocks is an ACK too. */
function hasAnsweredCancel(profile: StIapProfile): boolean {
  const answerCount = (...pieces: readonly Uint8Array[]) => start(profile, ...pieces).output.length;
  return answerCount(firstBlocks(), Uint8Array.of(0x18, 0x18)) > answerCount(firstBlocks());
}

for (const { name, switches, shows } of HABITS) {
  Deno.test(`runStIap() ${name}, as its profile says`, () => {
    assert.equal(shows({ ...ST_IAP_MENDED, ...switches }), true);
    assert.equal(shows(ST_IAP_MENDED), false);
  });
}
