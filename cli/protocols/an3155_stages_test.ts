import assert from "node:assert/strict";
import { MemoryImage } from "../../core/memory_image.ts";
import { findPart } from "../../core/parts/find_part.ts";
import type { Part } from "../../core/parts/part.ts";
import { ROM_EXTENDED_ERASE } from "../../protocols/an3155/profiles.ts";
import { runBootRom } from "../../protocols/an3155/target.ts";
import { ArrayDevice } from "../../tests/array_device.ts";
import { runLoopback } from "../../tests/loopback.ts";
import { packSmallPair } from "../../tests/small_pair.ts";
import { stagingOf } from "../../updates/staging.ts";
import type { Conversation, Talk } from "../conversation.ts";
import type { Stage } from "../device_error.ts";
import { Progress } from "../progress.ts";
import { PLAIN_STYLE } from "../terminal.ts";
import { prepareFlash } from "./an3155_flash.ts";
import { eraseRange, readFlash } from "./an3155_memory.ts";
import type { FlashOptions, FlashSource } from "./protocol.ts";

/** A moment at which somebody may press Ctrl-C: what would be said, and whether what comes last is in flash. */
interface Moment {
  readonly stage: Stage;
  readonly isCommitted: boolean;
  readonly erasedCount: number;
}

/** Where a test flashes to, and what comes last there. */
interface Target {
  readonly part: Part;
  readonly commit: MemoryImage;
  /** Changes the device before. */
  readonly prepare?: (device: ArrayDevice) => void;
}

const OPTIONS = { erasesAll: false, crops: false, verifies: true, hasShortBlocks: false };

/** Talks, and gives every moment at which the host has sent or got something, with what is shown. */
async function converse(talk: Talk<unknown>, target: Target) {
  const device = new ArrayDevice(target.part);
  target.prepare?.(device);
  const start = target.part.flash.addressStart;
  const isCommitted = () =>
    target.commit.segments.some(({ address, data }) => device.flash[address - start] === data[0]);
  const shown: string[] = [];
  const moments: Moment[] = [];
  let stage: Stage = { doing: "connecting", device: "", next: "" };
  const conversation: Conversation = {
    run: (host) => {
      const trace = () =>
        void moments.push({ stage, isCommitted: isCommitted(), erasedCount: device.erasedSectors.length });
      const rom = { device, profile: ROM_EXTENDED_ERASE };
      return Promise.resolve(runLoopback(host, (link) => runBootRom(link, rom), { trace, isRestarted: true }).value);
    },
    progress: new Progress({
      ...{ print: () => {}, printError: (...lines) => void shown.push(...lines) },
      ...{ style: PLAIN_STYLE, errorStyle: PLAIN_STYLE, columns: 80, errorColumns: 80 },
      rewriteError: (line) => void shown.push(line),
    }, { isQuiet: false, nowMs: () => 0 }),
    reportStage: (next) => stage = next,
    reopen: () => Promise.resolve(false),
    port: "fake",
    leaves: false,
  };
  await talk(conversation);
  return { moments, shown };
}

async function flash(source: FlashSource, options: FlashOptions, target: Target) {
  return await converse(await prepareFlash(source, options), target);
}

function sourceOf(bytes: FlashSource["bytes"], image?: MemoryImage): FlashSource {
  const read = { format: "bin" as const, image: image ?? MemoryImage.fromSegments([]), notes: [] };
  return { path: "file", bytes, hasBinaryAddress: false, readImage: () => Promise.resolve(read) };
}

function doingsOf(moments: readonly Moment[]): string[] {
  const doings = moments.map(({ stage }) => stage.doing);
  return doings.filter((doing, index) => doing !== doings[index - 1]);
}

/** What is said to be missing is missing; what is there is never said to be. */
function assertTrue(moments: readonly Moment[]): void {
  for (const { stage, isCommitted } of moments) {
    const says = `${stage.doing}: ${stage.device}`;
    if (isCommitted) {
      assert.match(stage.device, /is there or not|are there or not|image was written|with its commit/, says);
    } else assert.doesNotMatch(stage.device, /image was written|with its commit words/, says);
  }
}

const f407 = findPart("stm32f407xg");
const image = MemoryImage.fromSegments([{ address: 0x0800_0000, data: new Uint8Array(20_000).fill(0xa5) }]);
const lastBlock = image.slice(0x0800_0000 + (20_000 & ~0xff), 0x0800_0000 + 20_000);

Deno.test("coreslot flash says at every moment whether the last block is there", async () => {
  const source = sourceOf(new Uint8Array(), image);
  const { moments } = await flash(source, { ...OPTIONS, part: f407 }, { part: f407, commit: lastBlock });
  assertTrue(moments);
  assert.deepEqual(doingsOf(moments).slice(1), [
    ...["erasing", "writing", "verifying", "writing the last block", "verifying"],
  ]);
  const verifying = moments.filter(({ stage }) => stage.doing === "verifying");
  assert.match(verifying[0]!.stage.device, /not all of the image was read back, and the last block is not there/);
  assert.match(verifying.at(-1)!.stage.device, /the image was written and not all of it read back/);
  const writing = moments.find(({ stage }) => stage.doing === "writing")!;
  assert.match(writing.stage.device, /sectors of the image are erased or half erased/, "not a block is written yet");
});

Deno.test("coreslot flash says how long a mass erase may go on, and what a start may have done", async () => {
  const source = sourceOf(new Uint8Array(), image);
  const options = { ...OPTIONS, part: f407, erasesAll: true, goAddress: 0x0800_0000 };
  const { moments } = await flash(source, options, { part: f407, commit: lastBlock });
  const erasing = moments.find(({ stage }) => stage.doing === "erasing")!;
  // By the table of parts, with 8 bits: 32 s at most for all at once; 4 x 0.8 + 2.4 + 7 x 4 s for one after the other.
  assert.match(erasing.stage.next, /up to 32 s, .* --retry 32$/);
  assert.equal(doingsOf(moments).at(-1), "starting the application");
});

Deno.test("coreslot flash says that it erases until the last of several commands has", async () => {
  const part = findPart("stm32l053x8");
  const data = Uint8Array.of(1, 2, 3, 4);
  const small = MemoryImage.fromSegments([{ address: part.flash.addressStart, data }]);
  const source = sourceOf(new Uint8Array(), small);
  const { moments } = await flash(source, { ...OPTIONS, part, erasesAll: true }, { part, commit: small });
  const writing = moments.find(({ stage }) => stage.doing === "writing")!;
  assert.equal(writing.erasedCount, part.flash.sizeBytes / 128);
});

/** Spoils the first write to an address. */
function spoil(spoiltAddress: number): (device: ArrayDevice) => void {
  return (device) => {
    const write = device.write.bind(device);
    let isSpoilt = false;
    device.write = function* (link, address, data) {
      const spoils = address === spoiltAddress && !isSpoilt;
      isSpoilt ||= spoils;
      return yield* write(link, address, spoils ? data.map((byte) => byte & 0xfe) : data);
    };
  };
}

Deno.test("coreslot flash says so where the sector of the last block has to be written anew", async () => {
  const prepare = spoil(lastBlock.addressStart);
  const source = sourceOf(new Uint8Array(), image);
  const { moments } = await flash(source, { ...OPTIONS, part: f407 }, { part: f407, commit: lastBlock, prepare });
  const doings = doingsOf(moments);
  assert.deepEqual(doings.slice(doings.indexOf("writing the last block")), [
    ...["writing the last block", "verifying", "erasing", "writing", "verifying"],
  ]);
  for (const { stage } of moments.filter(({ stage }) => stage.doing === "writing").slice(-20)) {
    assert.match(stage.device, /sectors of the image are erased or half erased/);
  }
  for (const { stage } of moments.filter(({ stage }) => stage.doing === "erasing")) {
    assert.match(stage.next, /^The device may go on erasing for up to \d+ s/);
  }
});

Deno.test("coreslot flash says at every moment of staging whether commit words are there, and shows the erase", async () => {
  const bundle = await packSmallPair();
  const part = findPart("stm32h745xi");
  const { commit } = stagingOf(bundle);
  const { moments, shown } = await flash(sourceOf(bundle), { ...OPTIONS, part }, { part, commit });
  assertTrue(moments);
  assert.deepEqual(doingsOf(moments).slice(1), [
    ...["reading", "erasing", "staging the update", "verifying", "writing the commit words", "verifying"],
  ]);
  const find = (doing: string) => moments.find(({ stage }) => stage.doing === doing)!.stage;
  // Seven sectors of 128 KiB in both slots B, 4 s each at the longest.
  assert.match(find("erasing").next, /^The device may go on erasing for up to 28 s, .* --retry 28$/);
  assert.match(find("verifying").device, /its commit words, which come after that, are not there, and with two slots/);
  assert(shown.includes("erase     ..."), shown.join("\n"));
});

Deno.test("coreslot erase and read tell of their start: no time before it is theirs", async () => {
  const target = { part: f407, commit: lastBlock };
  const range = { addressStart: 0x0800_0000, sizeBytes: 0x4000 };
  const erased = await converse((conversation) => eraseRange(conversation, { part: f407, range }), target);
  assert.equal(erased.shown[1], "erase     ...");
  const read = await converse((conversation) => readFlash(conversation, { part: f407, range }), target);
  assert.equal(read.shown[1], "read      ...");
});

Deno.test("coreslot flash says so where the first of two commit words has to be written anew", async () => {
  const bundle = await packSmallPair();
  const part = findPart("stm32h745xi");
  const { commit } = stagingOf(bundle);
  const target = { part, commit, prepare: spoil(commit.addressStart) };
  const { moments } = await flash(sourceOf(bundle), { ...OPTIONS, part }, target);
  const from = moments.findLastIndex(({ stage }) => stage.doing === "erasing");
  const after = moments.slice(from + 1);
  assert.deepEqual(doingsOf(after), ["staging the update", "verifying"]);
  for (const { stage } of after.filter(({ stage }) => stage.doing === "staging the update")) {
    assert.match(stage.device, /the slots that receive are erased or half erased/);
  }
});
