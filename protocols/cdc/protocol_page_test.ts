/**
 * Holds PROTOCOL.md against the code: its numbers, and its example, which is made anew here.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Bytes, formatHex, parseHex } from "../../core/mod.ts";
import { CdcArrayDevice } from "../../tests/cdc_array_device.ts";
import { makeCdcSet, patternOf } from "../../tests/cdc_header.ts";
import { connectCdc } from "../../tests/cdc_pair.ts";
import { type ByteLink, formatTraceEntry, parseTrace, type Procedure, type TraceEntry } from "../link/mod.ts";
import { decodeCobs } from "./cobs.ts";
import {
  BOOT_REASONS,
  FRAME_TYPES,
  IMAGE_HEADER_BYTES,
  REFUSALS,
  SET_STATES,
  STATUS,
  WORK_PHASES,
} from "./constants.ts";
import { decodeTrace } from "./decode.ts";
import { HostWindow } from "./host_window.ts";
import { WORK_WITHIN_MS } from "./patience.ts";
import { RecordWriter } from "./record_bytes.ts";
import { INFORMATION_HEAD_BYTES, SET_RECORD_BYTES, SLOT_RECORD_BYTES } from "./records.ts";

const PAGE = Deno.readTextFileSync(new URL("./PROTOCOL.md", import.meta.url));
const BYTES_A_LINE = 32;

/** Rows of the page's tables whose first two cells are a number in this base and a name. */
function namesByNumber(prefix: "0x" | ""): Map<string, number> {
  const rows = PAGE.matchAll(prefix === "0x" ? /^\| (0x[0-9A-F]{2}) +\| `([\w-]+)`/gm : /^\| (\d) +\| `([\w-]+)`/gm);
  return new Map(Array.from(rows, ([, number, name]) => [name!, Number(number)]));
}

Deno.test("PROTOCOL.md lists every type and every status with its number", () => {
  const listed = Object.fromEntries(namesByNumber("0x"));
  assert.deepEqual(listed, { ...FRAME_TYPES, ...STATUS, ...REFUSALS });
});

Deno.test("PROTOCOL.md lists every reason with its number", () => {
  assert.deepEqual([...namesByNumber("").keys()], [...BOOT_REASONS]);
  assert.deepEqual([...namesByNumber("").values()], BOOT_REASONS.map((_, index) => index));
});

Deno.test("PROTOCOL.md has the phases, the states and the sizes of the records", () => {
  const phases = WORK_PHASES.map((phase, index) => `${index} \`${phase}\``).join(", ");
  assert(PAGE.includes(phases));
  assert.equal(SET_STATES.length, 3);
  assert.deepEqual([INFORMATION_HEAD_BYTES, SET_RECORD_BYTES, SLOT_RECORD_BYTES, IMAGE_HEADER_BYTES], [
    140,
    36,
    32,
    256,
  ]);
});

Deno.test("PROTOCOL.md gives a device the time that the code gives it", () => {
  const seconds = WORK_WITHIN_MS / 1000;
  assert.match(PAGE, new RegExp(`^\\| a command; data, [^|]*\\| ${seconds} s +\\|$`, "m"));
  assert.match(PAGE, new RegExp(`^\\| an update, [^|]*\\| ${seconds} s, and 2 ms for each byte of payload +\\|$`, "m"));
});

Deno.test("PROTOCOL.md stuffs its examples as the code does", () => {
  const rows = [...PAGE.matchAll(/^\| `([0-9a-f ]+)` +\| `([0-9a-f ]+)` +\|$/gm)];
  assert.equal(rows.length, 4);
  for (const [, bytes, stuffed] of rows) assert.equal(formatHex(decodeCobs(parseHex(stuffed!))!, " "), bytes);
});

/** The example's host: like `updateOverCdc`, without the probe. */
function* talk(link: ByteLink): Procedure<void> {
  const observer = { onStored() {}, onWork() {}, onRepeat() {} };
  const frames = new HostWindow(link, { session: 0x1234abcd, answerWithinMs: 2000, observer });
  const { images: [image] } = makeCdcSet(1, [patternOf(1, 40)]);
  yield* frames.run("hello", { body: new RecordWriter(4).u16(1).u16(0).bytes });
  yield* frames.run("begin", { argument: 1, body: new RecordWriter(260).u32(0).raw(image!.header).bytes });
  yield* frames.sendData(0, new RecordWriter(36).u32(0).raw(image!.payload.subarray(0, 32)).bytes);
  yield* frames.sendData(0, new RecordWriter(12).u32(32).raw(image!.payload.subarray(32)).bytes);
  yield* frames.run("finish");
  yield* frames.run("boot");
}

function formatExample(entries: readonly TraceEntry[]): string {
  const lines = parseTrace(entries.map((entry) => formatTraceEntry(entry, "host")).join("\n"));
  const frames = decodeTrace(lines).map(({ mark, bytes, text }) => `# ${text}\n${wrap(mark, bytes)}`);
  return frames.join("");
}

function wrap(mark: string, bytes: Bytes): string {
  const lines: string[] = [];
  for (let offset = 0; offset < bytes.length; offset += BYTES_A_LINE) {
    lines.push(`${mark} ${formatHex(bytes.subarray(offset, offset + BYTES_A_LINE), " ")}\n`);
  }
  return lines.join("");
}

Deno.test("PROTOCOL.md shows the example as the code makes it", () => {
  const entries: TraceEntry[] = [];
  const limits = { dataSizeMax: 512, window: 2, silenceMs: 2000 };
  const device = new CdcArrayDevice({ slotSizes: [4096], sectorBytes: 1024, unitBytes: 32, limits });
  connectCdc(device, talk, {}, (entry) => entries.push(entry)).value();
  const example = formatExample(entries);
  const shown = PAGE.slice(PAGE.indexOf("## 11. Example")).match(/```text\n([^]*?)```/)?.[1];
  assert.equal(shown, example, `the page should have:\n${example}`);
});
