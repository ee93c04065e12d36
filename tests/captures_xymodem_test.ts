/**
 * Captured traffic of lrzsz 0.12.21: our receiver takes the place of `rb` and `rx` and says the same bytes; our sender that
 * of `sb` and `sx`, and says the same but for what the reference leaves open in a header.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Bytes, concatBytes, equalBytes, formatHex } from "../core/mod.ts";
import type { TraceLine } from "../protocols/link/mod.ts";
import * as xmodem from "../protocols/xmodem/mod.ts";
import * as ymodem from "../protocols/ymodem/mod.ts";
import { corpusTest, readCorpus } from "./corpus.ts";
import { type Capture, framesOf, playCapture, readCapture } from "./lrzsz_capture.ts";

const SIZES = [0, 1, 127, 128, 129, 1023, 1024, 1025, 5000];
const XMODEM = ["xmodem_csum_sx", "xmodem_crc_sx", "xmodem1k_sx_k"];
const YMODEM = ["ymodem_sb", "ymodem1k_sb_k"];
const SIZE_LIMIT_BYTES = 100_000;

const sized = (names: readonly string[]) => names.flatMap((name) => SIZES.map((size) => `${name}_${size}`));
const XMODEM_CAPTURES = [...sized(XMODEM), "xmodem_crcerr", "xmodem1k_crcerr"];
const YMODEM_CAPTURES = [...sized(YMODEM), "ymodem_crcerr", "ymodem_batch2", "ymodem1k_batch2"];

/** The files that the sender was given, as the folder's README describes them. */
function sentFiles({ sender }: Capture): ymodem.OutgoingFile[] {
  const names = sender.slice(1).filter((word) => !word.startsWith("-"));
  return names.map((name) => ({
    name,
    data: readCorpus(`captures/lrzsz/src/${name}`),
    modifiedAtS: 1_700_000_000,
    mode: 0o100644,
  }));
}

const blockSizeOf = ({ sender }: Capture): xmodem.BlockSize => sender.includes("-k") ? 1024 : 128;
const requestOf = ({ receiver }: Capture) => receiver.includes("-c") ? "crc" : "checksum";
const hexOf = (frames: readonly Bytes[]) => formatHex(concatBytes(frames), " ");

for (const name of XMODEM_CAPTURES) {
  corpusTest(`receiveXmodem() takes what the sender of ${name} sent, and says what its receiver said`, () => {
    const capture = readCapture(name);
    const file = xmodem.collectFile(SIZE_LIMIT_BYTES);
    const request = requestOf(capture);
    const result = playCapture(capture, "r2s", (link) => xmodem.receiveXmodem(link, file, { request }));
    assert.equal(result.outcome.kind, "done");
    const [{ data } = assert.fail()] = sentFiles(capture);
    assert(equalBytes(file.bytes.subarray(0, data.length), data));
    assert(file.bytes.subarray(data.length).every((byte) => byte === xmodem.PADDING));
    assert.equal(hexOf(result.frames), hexOf(framesOf(capture, "r2s")));
  });

  corpusTest(`sendXmodem() satisfies the receiver of ${name} with the same bytes`, () => {
    const capture = readCapture(name);
    const [{ data } = assert.fail()] = sentFiles(capture);
    const blockSizeBytes = blockSizeOf(capture);
    const result = playCapture(capture, "s2r", (link) => xmodem.sendXmodem(link, data, { blockSizeBytes }));
    assert(result.outcome.kind === "done" && result.outcome.value.end === "acknowledged");
    assert.equal(hexOf(result.frames), hexOf(mended(framesOf(capture, "s2r"), result.frames)));
  });
}

for (const name of YMODEM_CAPTURES) {
  corpusTest(`receiveYmodem() takes what the sender of ${name} sent, and says what its receiver said`, () => {
    const capture = readCapture(name);
    const batch = ymodem.collectBatch(SIZE_LIMIT_BYTES);
    const result = playCapture(capture, "r2s", (link) => ymodem.receiveYmodem(link, batch.accept));
    assert(result.outcome.kind === "done" && result.outcome.value.end === "announced");
    const expected = sentFiles(capture).map(({ data, ...header }) => ({
      header: { ...header, sizeBytes: data.length },
      bytes: data,
    }));
    assert.deepEqual(batch.files, expected);
    assert.equal(hexOf(result.frames), hexOf(framesOf(capture, "r2s")));
  });

  corpusTest(
    `sendYmodem() satisfies the receiver of ${name} with the same bytes but for what a header leaves open`,
    () => {
      const capture = readCapture(name);
      const blockSizeBytes = blockSizeOf(capture);
      const files = sentFiles(capture);
      const result = playCapture(capture, "s2r", (link) => ymodem.sendYmodem(link, files, { blockSizeBytes }));
      assert(result.outcome.kind === "done" && result.outcome.value.end === "acknowledged");
      const theirs = mended(framesOf(capture, "s2r"), result.frames);
      assert.equal(hexOf(result.frames.map(withoutHeader)), hexOf(theirs.map(withoutHeader)));
      assert.deepEqual(result.frames.map(headerOf), theirs.map(headerOf));
    },
  );
}

/** The script damaged a byte on the way in some captures: the block that was sent again tells what it was. */
function mended(captured: readonly Bytes[], ours: readonly Bytes[]): readonly Bytes[] {
  assert.equal(captured.length, ours.length);
  return captured.map((frame, index) => {
    const isDamaged = xmodem.decodeBlock(frame, "crc") === "bad-check";
    return isDamaged ? captured[index + 1]! : frame;
  });
}

const isHeader = (frame: Bytes) => frame.length > 1 && frame[1] === 0;
const withoutHeader = (frame: Bytes) => isHeader(frame) ? frame.slice(0, 3) : frame;

function headerOf(frame: Bytes): ymodem.FileHeader | undefined {
  return isHeader(frame) ? ymodem.decodeFileHeader(frame.slice(3, -2)) : undefined;
}

const linesOf = (capture: Capture): TraceLine[] =>
  capture.frames.map(({ t, dir, bytes }) => ({ atMs: 1000 * t, mark: dir === "s2r" ? ">" : "<", bytes }));

corpusTest(
  "decodeTrace() finds nothing wrong in the captures but the damaged blocks and what asks for them again",
  () => {
    for (const name of [...XMODEM_CAPTURES, ...YMODEM_CAPTURES]) {
      const decode = name.startsWith("x") ? xmodem.decodeTrace : ymodem.decodeTrace;
      const capture = readCapture(name);
      const frames = decode(linesOf(capture), { sender: ">" });
      assert.equal(hexOf(frames.map(({ bytes }) => bytes)), hexOf(capture.frames.map(({ bytes }) => bytes)));
      const wrong = frames.filter(({ isRight }) => !isRight).map(({ kind }) => kind);
      assert.deepEqual(wrong, name.endsWith("crcerr") ? ["block", "answer"] : [], name);
    }
  },
);

corpusTest("planXmodem() and planYmodem() foretell lrzsz's bytes, and ours are never more", () => {
  const sum = (frames: readonly Bytes[]) => concatBytes(frames).length;
  for (const name of [...sized([XMODEM[0]!, XMODEM[2]!, YMODEM[1]!]), "ymodem1k_batch2"]) {
    const capture = readCapture(name);
    const files = sentFiles(capture).map(({ data, ...header }) => ({ ...header, sizeBytes: data.length }));
    const isBatch = name.startsWith("y");
    const { ours, lrzsz } = isBatch
      ? ymodem.planYmodem(files)
      : xmodem.planXmodem(files[0]!.sizeBytes, { check: requestOf(capture) });
    assert.equal(lrzsz.bytesToReceiver, sum(framesOf(capture, "s2r")), name);
    assert.equal(lrzsz.bytesToSender, sum(framesOf(capture, "r2s")), name);
    assert(ours.bytesToReceiver <= lrzsz.bytesToReceiver && ours.bytesToSender <= lrzsz.bytesToSender);
    if (isBatch) {
      // Rounded: what is left are microseconds of two programs on a pipe, and the timer's inaccuracy.
      const silenceS = capture.frames.at(-1)!.t - capture.frames[0]!.t + 1;
      assert.equal(lrzsz.silenceMs, 1000 * Math.round(silenceS), name);
    }
  }
});
