/**
 * packager/coreslot.ksy, compiled by Kaitai's own compiler: a second reader, which must find every field where ours does.
 */

import assert from "node:assert/strict";
import KaitaiStructCompiler from "kaitai-struct-compiler";
import { parse } from "yaml";
import type { Bytes } from "../core/mod.ts";
import { BUNDLE_FIELDS } from "../packager/bundle.ts";
import { COMMIT_WORD_FIELDS } from "../packager/commit_word.ts";
import { containerOf, slotImageOf } from "../packager/extract.ts";
import { type FieldTable, readFields } from "../packager/field_table.ts";
import { HEADER_FIELDS } from "../packager/header.ts";
import { forgeBundle, forgeHeader } from "./forge.ts";
import { packSmallPair, packSmallSingle } from "./small_pair.ts";

/** What a compiled reader makes of a record. In debug mode it remembers where it found each field. */
interface KaitaiRecord {
  readonly _read: () => void;
  readonly _debug: Readonly<Record<string, { readonly start: number; readonly end: number }>>;
  readonly [field: string]: unknown;
}

type KaitaiReader = new (stream: object) => KaitaiRecord;

/** The runtime's own types would change those of all functions, so it is loaded without them. */
const RUNTIME: string = "kaitai-struct";
const runtime: { readonly KaitaiStream: new (buffer: ArrayBuffer) => object } = (await import(RUNTIME)).default;
const readers = await compileReaders();

const BUNDLE = await packSmallPair();
const CONTAINER = containerOf(await packSmallSingle(), "CM4");

Deno.test("coreslot.ksy finds every field of a bundle header where the packager does", () => {
  compare(read(readers.BundleHeader, BUNDLE.slice(0, 32)), BUNDLE_FIELDS, BUNDLE);
});

Deno.test("coreslot.ksy finds every field of an image header where the packager does", () => {
  for (const record of [BUNDLE.slice(32, 288), BUNDLE.slice(288, 544), CONTAINER.slice(0, 256)]) {
    compare(read(readers.ImageHeader, record), HEADER_FIELDS, record);
  }
});

Deno.test("coreslot.ksy cuts a bundle and a container up as the packager does", () => {
  const bundle = read(readers.Coreslot, BUNDLE);
  assert.deepEqual(follow(bundle, "content.payloads.0.payload"), BUNDLE.slice(544, 612));
  assert.deepEqual(follow(bundle, "content.payloads.0.padding"), BUNDLE.slice(612, 640));
  assert.deepEqual(follow(bundle, "content.payloads.1.payload"), BUNDLE.slice(640, 677));
  assert.deepEqual(follow(bundle, "content.payloads.1.padding"), BUNDLE.slice(677, 704));
  assert.deepEqual(follow(bundle, "content.metadata"), BUNDLE.slice(704));
  assert.equal(follow(bundle, "content.headers.1.core"), "CM4");
  const container = read(readers.Coreslot, CONTAINER);
  assert.deepEqual(follow(container, "content.payload.payload"), CONTAINER.slice(256, 256 + 41));
});

Deno.test("coreslot.ksy finds header, commit word and payload of a slot image", () => {
  const image = slotImageOf(BUNDLE, "CM4", { slot: "B" });
  const slot = image.flatten(0x0818_0000, 0x0820_0000, 0xff);
  const found = read(readers.SlotImage, slot);
  assert.deepEqual(follow(found, "payload.payload"), BUNDLE.slice(640, 677));
  assert.deepEqual(follow(found, "header.setId"), BUNDLE.slice(376, 392));
  assert.deepEqual(follow(found, "commitWord.setId"), BUNDLE.slice(376, 392));
  const word = slot.slice(-32);
  compare(read(readers.CommitWord, word), COMMIT_WORD_FIELDS, word);
});

Deno.test("coreslot.ksy refuses fixed fields with other values", () => {
  for (const [name, field] of Object.entries(HEADER_FIELDS)) {
    if (!("always" in field)) continue;
    const forged = forgeHeader(CONTAINER.subarray(0, 256), { [name]: new Uint8Array(field.sizeBytes).fill(0xee) });
    assert.throws(() => read(readers.ImageHeader, forged), /^ValidationNotEqualError/, name);
  }
  for (const [name, field] of Object.entries(BUNDLE_FIELDS)) {
    if (!("always" in field)) continue;
    const forged = forgeBundle(BUNDLE, { [name]: new Uint8Array(field.sizeBytes).fill(0xee) });
    assert.throws(() => read(readers.BundleHeader, forged), /^ValidationNotEqualError/, name);
  }
});

/** Compiles the description and runs what comes out, once. */
async function compileReaders(): Promise<Readonly<Record<string, KaitaiReader>>> {
  const description = parse(await Deno.readTextFile(new URL("../packager/coreslot.ksy", import.meta.url)));
  const isDebug = true;
  const files = await KaitaiStructCompiler.compile("javascript", description, null, isDebug);
  const exported: { Coreslot?: KaitaiReader & Readonly<Record<string, KaitaiReader>> } = {};
  new Function("exports", "require", files["Coreslot.js"])(exported, () => runtime.KaitaiStream);
  const root = exported.Coreslot!;
  return { ...root, Coreslot: root };
}

function read(reader: KaitaiReader | undefined, bytes: Bytes): KaitaiRecord {
  const record = new reader!(new runtime.KaitaiStream(bytes.slice().buffer));
  record._read();
  return record;
}

/** Every field, at the same place and with the same value. */
function compare(record: KaitaiRecord, table: FieldTable, bytes: Bytes): void {
  const values = readFields(table, bytes);
  const names = Object.keys(record._debug).filter((name) => name !== "_root");
  assert.deepEqual(names, Object.keys(table));
  for (const [name, { offset, sizeBytes }] of Object.entries(table)) {
    const { start, end } = record._debug[name]!;
    assert.deepEqual([start, end], [offset, offset + sizeBytes], name);
    assert.deepEqual(record[name], values[name], name);
  }
}

function follow(record: KaitaiRecord, path: string): unknown {
  return path.split(".").reduce<unknown>((value, name) => Reflect.get(Object(value), name), record);
}
