/**
 * Captured traffic of stm32flash 0.7: our target answers it byte for byte, `decodeTrace()` explains it, and our host's
 * cost is set beside it.
 *
 * The device at the far end of the captures was a script; only what stm32flash sent is independent evidence, and that it
 * was content with what it got.
 *
 * @module
 */

import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { type Bytes, concatBytes, formatHex, MemoryImage, parseHex } from "../core/mod.ts";
import { findPart } from "../core/parts/mod.ts";
import { BootRomChip, simulate, Stm32 } from "../emulator/mod.ts";
import {
  type BootRomProfile,
  BUSY,
  COMMANDS,
  decodeTrace,
  flashImage,
  type FlashImageOptions,
  planFlash,
  ROM_EXTENDED_ERASE,
  runBootRom,
  type WireCost,
} from "../protocols/an3155/mod.ts";
import { Engine } from "../protocols/link/mod.ts";
import { corpusTest, readCorpus } from "./corpus.ts";

/** A line of a capture. */
interface CapturedLine {
  readonly t: number;
  readonly dir: "h2t" | "t2h";
  readonly hex: string;
}

/** What the file says of itself in its last line. */
interface Summary {
  readonly h2t: number;
  readonly t2h: number;
  readonly turns: number;
}

const FLASH_START = 0x0800_0000;

function readCapture(name: string): { readonly lines: readonly CapturedLine[]; readonly summary: Summary } {
  const bytes = name.endsWith(".gz") ? gunzipSync(readCorpus(`captures/stm32flash/${name}`)) : readCorpus(
    `captures/stm32flash/${name}`,
  );
  const objects = new TextDecoder().decode(bytes).trim().split("\n").map((line) => JSON.parse(line));
  return { lines: objects.slice(0, -1), summary: objects.at(-1).summary };
}

/** The data of every Write Memory, one behind the other: the captured writes begin at the start of flash, without gaps. */
function dataWritten(name: string): Bytes {
  const sent = readCapture(name).lines.filter(({ dir }) => dir === "h2t").map(({ hex }) => hex);
  const frames = sent.flatMap((hex, index) => hex === "31ce" ? [parseHex(sent[index + 2]!)] : []);
  return concatBytes(frames.map((frame) => frame.subarray(1, -1)));
}

/** The ROM of the script: 0x31, with whatever erase command the capture has. */
const PROFILES: Readonly<Record<string, BootRomProfile>> = {
  "extended": ROM_EXTENDED_ERASE,
  "legacy": {
    ...ROM_EXTENDED_ERASE,
    commands: ROM_EXTENDED_ERASE.commands.map((code) => code === COMMANDS.extendedErase ? COMMANDS.erase : code),
  },
  "checksum": { ...ROM_EXTENDED_ERASE, commands: [...ROM_EXTENDED_ERASE.commands, COMMANDS.getChecksum] },
};

/** What each capture was played against, and the bytes that the script added or left out on purpose. */
interface CaptureSetup {
  readonly name: string;
  readonly part?: string;
  readonly profile?: keyof typeof PROFILES;
  readonly holds?: string;
  readonly isReadProtected?: boolean;
  /** What our target answers where the script was told to do otherwise: the end of the last answer. */
  readonly ending?: { readonly captured: string; readonly ours: string };
}

const CAPTURES: readonly CaptureSetup[] = [
  { name: "info_8n1.jsonl" },
  { name: "go.jsonl" },
  { name: "erase_range.jsonl" },
  { name: "erase_all.jsonl" },
  { name: "erase_range_noext.jsonl", part: "stm32f103xb", profile: "legacy" },
  { name: "erase_all_noext.jsonl", part: "stm32f103xb", profile: "legacy" },
  { name: "read_4k.jsonl", holds: "write_verify_64k.jsonl" },
  { name: "read_1m.jsonl.gz", holds: "write_1m.jsonl.gz" },
  { name: "crc.jsonl", profile: "checksum", holds: "write_verify_64k.jsonl" },
  { name: "crc_nocmd.jsonl", holds: "write_verify_64k.jsonl" },
  { name: "write_64k_noverify.jsonl" },
  { name: "write_64k_F128.jsonl" },
  { name: "write_verify_64k.jsonl" },
  { name: "write_1m.jsonl.gz" },
  { name: "rdp_read.jsonl", isReadProtected: true },
  { name: "unprotect_w.jsonl" },
  { name: "readprot.jsonl" },
  { name: "readunprot.jsonl" },
  { name: "busy_erase.jsonl" },
  { name: "nack_once.jsonl", ending: { captured: "1f", ours: "79" } },
  { name: "drop_ack.jsonl", ending: { captured: "", ours: "79" } },
];

function makeChip(setup: CaptureSetup): Stm32 {
  const chip = new Stm32(findPart(setup.part ?? "stm32f407xg"), { isBoot0High: true, timeScale: 0 });
  if (setup.holds !== undefined) chip.flash.program(FLASH_START, dataWritten(setup.holds));
  if (setup.isReadProtected) {
    chip.programOptions([{ name: "RDP", value: 0x00 }]);
    chip.reset("software-reset");
  }
  return chip;
}

/** Feeds the host's side of a capture to our boot ROM; gives what it says, each answer behind what it answers. */
function answersOf(lines: readonly CapturedLine[], chip: Stm32, profile: BootRomProfile): string[] {
  const device = new BootRomChip(chip);
  const engine = new Engine((link) => runBootRom(link, { device, profile }));
  const answers: string[] = [];
  for (const { hex } of lines.filter(({ dir }) => dir === "h2t")) {
    engine.receive(parseHex(hex), 0);
    while (engine.wait?.kind === "sleep") engine.tick(0);
    if (engine.wait?.kind === "flush") engine.flushed(0);
    answers.push(formatHex(concatBytes(engine.takeOutput())));
  }
  return answers;
}

/** What the script said, each answer behind what it answers, without BUSY before an ACK. */
function answersInCapture(lines: readonly CapturedLine[]): string[] {
  const answers: string[] = [];
  for (const { dir, hex } of lines) {
    if (dir === "h2t") answers.push("");
    else if (hex !== formatHex(Uint8Array.of(BUSY))) answers.push(answers.pop()! + hex);
  }
  return answers;
}

for (const setup of CAPTURES) {
  corpusTest(`runBootRom() answers stm32flash as in ${setup.name}`, () => {
    const { lines } = readCapture(setup.name);
    const chip = makeChip(setup);
    const answers = answersOf(lines, chip, PROFILES[setup.profile ?? "extended"]!);
    const expected = answersInCapture(lines);
    if (setup.ending !== undefined) {
      assert.equal(expected.pop(), setup.ending.captured);
      expected.push(setup.ending.ours);
    }
    assert.deepEqual(answers, expected);
    if (!setup.name.startsWith("write")) return;
    const written = dataWritten(setup.name);
    assert.deepEqual(chip.flash.read(FLASH_START, written.length), written);
  });

  corpusTest(`decodeTrace() explains all of ${setup.name}`, () => {
    const { lines, summary } = readCapture(setup.name);
    const frames = decodeTrace(
      lines.map(({ t, dir, hex }) => ({ atMs: t * 1000, mark: dir === "h2t" ? ">" : "<", bytes: parseHex(hex) })),
    );
    const count = (mark: string) =>
      frames.reduce((sum, frame) => frame.mark === mark ? sum + frame.bytes.length : sum, 0);
    assert.deepEqual([count(">"), count("<")], [summary.h2t, summary.t2h]);
    assert.deepEqual(frames.filter(({ kind }) => kind === "garbage"), []);
    const wrong = frames.filter(({ isRight }) => !isRight).map(({ text }) => text);
    const expected: Readonly<Record<string, readonly string[]>> = {
      "rdp_read.jsonl": ["NACK of command"],
      "nack_once.jsonl": ["NACK of data"],
      "drop_ack.jsonl": ["no answer to data"],
    };
    assert.deepEqual(wrong, expected[setup.name] ?? []);
  });
}

/** Our own session on the same image, with the part named, as stm32flash has it from its options. */
function costOfOurs(
  image: MemoryImage,
  options: FlashImageOptions,
): Pick<WireCost, "bytesOut" | "bytesIn" | "roundTrips"> {
  const part = findPart("stm32f407xg");
  const chip = new Stm32(part, { isBoot0High: true });
  const device = new BootRomChip(chip);
  const result = simulate({
    host: (link) => flashImage(link, image, { part, ...options }),
    chip,
    firmware: (link) => runBootRom(link, { device, profile: ROM_EXTENDED_ERASE }),
  });
  if (result.outcome.kind === "failed") throw result.outcome.error;
  return { bytesOut: result.bytesToTarget, bytesIn: result.bytesToHost, roundTrips: result.roundTrips };
}

const COSTS: readonly [string, FlashImageOptions][] = [
  ["write_64k_noverify.jsonl", { verify: false }],
  ["write_verify_64k.jsonl", { verify: true }],
  ["write_1m.jsonl.gz", { verify: false, erase: "all" }],
];

for (const [name, options] of COSTS) {
  corpusTest(`flashImage() costs no more than stm32flash in ${name}`, () => {
    const { summary } = readCapture(name);
    const image = MemoryImage.fromSegments([{ address: FLASH_START, data: dataWritten(name) }]);
    const ours = costOfOurs(image, options);
    const plan = planFlash(image, { ...options, part: findPart("stm32f407xg") });
    const theirs = { bytesOut: summary.h2t, bytesIn: summary.t2h, roundTrips: summary.turns };
    console.log(`${name}: ours ${JSON.stringify(ours)}, stm32flash ${JSON.stringify(theirs)}`);
    assert(ours.bytesOut <= theirs.bytesOut && ours.bytesIn <= theirs.bytesIn && ours.roundTrips <= theirs.roundTrips);
    const { bytesOut, bytesIn, roundTrips } = plan.stm32flash.total;
    assert.deepEqual({ bytesOut, bytesIn, roundTrips }, theirs, "planFlash() foretells what stm32flash did");
    const { bytesOut: out, bytesIn: back, roundTrips: turns } = plan.ours.total;
    assert.deepEqual({ bytesOut: out, bytesIn: back, roundTrips: turns }, ours, "planFlash() foretells what we do");
  });
}
