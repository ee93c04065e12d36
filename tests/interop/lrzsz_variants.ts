/**
 * Every way in which lrzsz and we can hand a file to each other, as one table for the tests over pipes, over a
 * pseudo-terminal and with damage.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { type Bytes, concatBytes, equalBytes } from "../../core/mod.ts";
import type { ByteLink, Procedure } from "../../protocols/link/mod.ts";
import * as xmodem from "../../protocols/xmodem/mod.ts";
import * as ymodem from "../../protocols/ymodem/mod.ts";
import { isCorpusPresent } from "../corpus.ts";
import { isOnPath, withTempDir } from "../peers.ts";
import { firmwareFiles } from "./firmware_files.ts";
import { type LrzszRun, talkToLrzsz } from "./lrzsz_peer.ts";

/** On the edges of both kinds of block. */
export const SIZES: readonly number[] = [0, 1, 127, 128, 129, 1023, 1024, 1025, 5000];

/** More than any file here has. */
export const SIZE_LIMIT_BYTES = 4 << 20;

/** What the real files are cut from is only in the corpus, and a pseudo-terminal needs Python. */
export const HAS_FIRMWARE = isCorpusPresent;
export const HAS_TERMINAL = isOnPath("python3");

const TIME = new Date(1_700_000_000_000);
const HEADER = { name: "x.bin", modifiedAtS: 1_700_000_000, mode: 0o100644 } as const;

/** Zero latency is what `rb` and `rx` stumble over: they purge what comes sooner. */
const TERMINAL_PAUSE_MS = 20;

/** What is handed over, and on what. */
export interface Transfer extends Pick<LrzszRun, "damage" | "isOnTerminal"> {
  /** The file. */
  readonly data: Bytes;
  /** Whether the end of the conversation gets damaged: nobody repeats that, and lrzsz may not like it. */
  readonly isEndUnheard?: boolean;
}

/** What it took. */
export interface Traffic {
  /** Bytes from the sender to the receiver. */
  readonly sentBytes: number;
  /** Bytes from the receiver to the sender. */
  readonly answerBytes: number;
}

/** One way. */
export interface Variant {
  /** The command line of lrzsz, and what is particular about us. */
  readonly name: string;
  /** The program that it needs. */
  readonly program: "sb" | "sx" | "rb" | "rx";
  /** Cost of a file, as foretold for these two ends. */
  readonly plan: (sizeBytes: number) => xmodem.TransferCost;
  /** Hands a file over, and checks that it has arrived. */
  readonly run: (transfer: Transfer) => Promise<Traffic>;
}

/** All of them. */
export const VARIANTS: readonly Variant[] = [
  fromSb("sb", { blockSizeBytes: 128 }),
  fromSb("sb -k", {}),
  fromSx("sx", "crc", { blockSizeBytes: 128 }),
  fromSx("sx", "checksum", { blockSizeBytes: 128 }),
  fromSx("sx -k", "crc", {}),
  fromSx("sx -k", "checksum", {}),
  toRb("rb", {}),
  toRb("rb, short blocks", { blockSizeBytes: 128 }),
  toRb("rb, long tail", { hasLongTail: true }),
  toRx("rx", {}),
  toRx("rx -c", {}),
  toRx("rx -c, short blocks", { blockSizeBytes: 128 }),
];

/** Bytes of every value. */
export function contentOf(sizeBytes: number): Bytes {
  return Uint8Array.from({ length: sizeBytes }, (_, index) => 7 * index + 13 * (index >> 8) + 1);
}

/** Real images one behind the other, as often as it takes. */
export function realFirmware(sizeBytes: number): Bytes {
  const images = concatBytes((["bin", "elf"] as const).flatMap(firmwareFiles).map(({ bytes }) => bytes));
  return concatBytes(new Array(Math.ceil(sizeBytes / images.length)).fill(images)).slice(0, sizeBytes);
}

/** Puts files into a folder, for lrzsz to send. */
export async function writeFiles(folder: string, files: Readonly<Record<string, Uint8Array>>): Promise<void> {
  for (const [name, data] of Object.entries(files)) {
    await Deno.writeFile(join(folder, name), data, { mode: 0o644 });
    await Deno.utime(join(folder, name), TIME, TIME);
  }
}

/** lrzsz sends over YMODEM. */
function fromSb(name: string, options: xmodem.BlockSizeOptions): Variant {
  return {
    name,
    program: "sb",
    plan: (sizeBytes) => ymodem.planYmodem([{ ...HEADER, sizeBytes }], options).ours,
    run: (transfer) =>
      withTempDir(async (cwd) => {
        await writeFiles(cwd, { [HEADER.name]: transfer.data });
        const batch = ymodem.collectBatch(SIZE_LIMIT_BYTES);
        const command = [...name.split(" "), HEADER.name];
        const traffic = await talk({ command, cwd }, transfer, (link) => ymodem.receiveYmodem(link, batch.accept));
        assert.deepEqual(batch.files.map(({ header }) => header), [{ ...HEADER, sizeBytes: transfer.data.length }]);
        assert(equalBytes(batch.files[0]!.bytes, transfer.data), "the file differs");
        return { sentBytes: traffic.bytesIn, answerBytes: traffic.bytesOut };
      }),
  };
}

/** `sx -k` sends long blocks under a sum of one byte too. Ours never does, so that is a block of CRC-16 less a byte. */
function planSx(sizeBytes: number, check: xmodem.BlockCheck, options: xmodem.BlockSizeOptions): xmodem.TransferCost {
  const { ours } = xmodem.planXmodem(sizeBytes, options);
  return check === "crc" ? ours : { ...ours, bytesToReceiver: ours.bytesToReceiver - ours.blockCount };
}

/** lrzsz sends over XMODEM. */
function fromSx(name: string, request: xmodem.BlockCheck, options: xmodem.BlockSizeOptions): Variant {
  return {
    name: `${name}, asked for ${request}`,
    program: "sx",
    plan: (sizeBytes) => planSx(sizeBytes, request, options),
    run: (transfer) =>
      withTempDir(async (cwd) => {
        await writeFiles(cwd, { [HEADER.name]: transfer.data });
        const file = xmodem.collectFile(SIZE_LIMIT_BYTES);
        const command = [...name.split(" "), HEADER.name];
        const traffic = await talk({ command, cwd }, transfer, (link) => xmodem.receiveXmodem(link, file, { request }));
        assertPadded(file.bytes, transfer.data);
        return { sentBytes: traffic.bytesIn, answerBytes: traffic.bytesOut };
      }),
  };
}

/** We send over YMODEM. */
function toRb(name: string, options: xmodem.BlockSizeOptions): Variant {
  return {
    name,
    program: "rb",
    plan: (sizeBytes) => ymodem.planYmodem([{ ...HEADER, sizeBytes }], options).ours,
    run: (transfer) =>
      withTempDir(async (cwd) => {
        const pauseMs = transfer.isOnTerminal ? TERMINAL_PAUSE_MS : 0;
        const file = { ...HEADER, data: transfer.data };
        const start = (link: ByteLink) => ymodem.sendYmodem(link, [file], { ...options, pauseMs });
        const traffic = await talk({ command: ["rb"], cwd }, transfer, start);
        const path = join(cwd, HEADER.name);
        assert(equalBytes(await Deno.readFile(path), transfer.data), "the file differs");
        assert.equal((await Deno.stat(path)).mtime?.getTime(), TIME.getTime());
        return { sentBytes: traffic.bytesOut, answerBytes: traffic.bytesIn };
      }),
  };
}

/** We send over XMODEM. */
function toRx(name: string, options: xmodem.BlockSizeOptions): Variant {
  const check = name.includes("-c") ? "crc" : "checksum";
  return {
    name,
    program: "rx",
    plan: (sizeBytes) => xmodem.planXmodem(sizeBytes, { ...options, check }).ours,
    run: (transfer) =>
      withTempDir(async (cwd) => {
        const pauseMs = transfer.isOnTerminal ? TERMINAL_PAUSE_MS : 0;
        const command = [...name.replace(/,.*/, "").split(" "), HEADER.name];
        const start = (link: ByteLink) => xmodem.sendXmodem(link, transfer.data, { ...options, pauseMs });
        const traffic = await talk({ command, cwd }, transfer, start);
        assertPadded(await Deno.readFile(join(cwd, HEADER.name)), transfer.data);
        return { sentBytes: traffic.bytesOut, answerBytes: traffic.bytesIn };
      }),
  };
}

async function talk(
  program: Pick<LrzszRun, "command" | "cwd">,
  { isEndUnheard, ...transfer }: Transfer,
  start: (link: ByteLink) => Procedure<unknown>,
): Promise<{ readonly bytesIn: number; readonly bytesOut: number }> {
  const result = await talkToLrzsz({ ...transfer, ...program }, start);
  if (result.outcome.status === "rejected") throw result.outcome.reason;
  if (!isEndUnheard) assert.equal(result.code, 0, result.stderr);
  return result;
}

function assertPadded(file: Uint8Array, data: Uint8Array): void {
  assert(equalBytes(file.subarray(0, data.length), data), "the file differs");
  assert(file.subarray(data.length).every((byte) => byte === xmodem.PADDING), "the padding differs");
}
