/**
 * packager/FORMAT.md against the code: its tables of fields, its example, its C. With `UPDATE_PAGES=1` in the environment
 * the example is written instead of compared.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { type Bytes, crc32, crc32Stm32, formatHex } from "../core/mod.ts";
import { BUNDLE_FIELDS } from "../packager/bundle.ts";
import { COMMIT_WORD_FIELDS } from "../packager/commit_word.ts";
import type { FieldTable } from "../packager/field_table.ts";
import { HEADER_FIELDS } from "../packager/header.ts";
import { type DumpedRun, formatHexDump, formatRuns } from "../packager/hex_dump.ts";
import { deriveProductId, slotImageOf } from "../packager/mod.ts";
import { SET_FIELDS } from "../packager/set_rules.ts";
import { peerTest, runPeer, withTempDir } from "./peers.ts";
import { importKnownKey, packSmallSingle } from "./small_pair.ts";

const PAGE = new URL("../packager/FORMAT.md", import.meta.url);
const BEGIN = "<!-- example: written by the test of this page -->\n";
const END = "<!-- end of example -->";
const text = await Deno.readTextFile(PAGE);

const TABLES: readonly [string, FieldTable][] = [
  ["### Bundle header", BUNDLE_FIELDS],
  ["## 3. Image header", HEADER_FIELDS],
  ["### Commit word", COMMIT_WORD_FIELDS],
];

for (const [heading, table] of TABLES) {
  Deno.test(`FORMAT.md, "${heading}", lists the fields that the code has`, () => {
    const rows = [...sectionOf(heading).matchAll(/^\| (\d+) +\| (\d+) +\| `(\w+)` +\| (.*?) +\|$/gm)];
    assert.deepEqual(
      rows.map(([, offset, sizeBytes, name]) => [name, Number(offset), Number(sizeBytes)]),
      Object.entries(table).map(([name, field]) => [name, field.offset, field.sizeBytes]),
    );
    for (const [, , , name, rule] of rows) {
      const { always } = table[name!]!;
      if (always === undefined) continue;
      const isZero = typeof always === "number" ? always === 0 : always.every((byte) => byte === 0);
      const value = typeof always === "number" ? String(always) : formatHex(always, " ");
      assert.ok(isZero ? /^(0|zero)\b/.test(rule!) : rule!.replaceAll("`", "").startsWith(value), `${name}: ${rule}`);
    }
  });
}

Deno.test("FORMAT.md lists the fields that are equal in a set", () => {
  const [sentence] = sectionOf("## 5. Set").split("; and so are");
  assert.deepEqual([...sentence!.matchAll(/`(\w+)`/g)].map(([, name]) => name), SET_FIELDS);
});

Deno.test("FORMAT.md's CRC vectors hold", () => {
  const rows = [...sectionOf("## 8. CRCs").matchAll(/^\| (.+?) +\| 0x(\w+) +\| 0x(\w+) +\| 0x(\w+) +\|$/gm)];
  assert.equal(rows.length, 3);
  for (const [, shown, zlib, filled, zeroed] of rows) {
    const [, body] = /`(.*)`/.exec(shown!)!;
    const bytes = shown!.startsWith("ASCII")
      ? new TextEncoder().encode(body)
      : Uint8Array.from(body!.split(" "), (digits) => parseInt(digits, 16));
    assert.equal(crc32(bytes), parseInt(zlib!, 16));
    assert.equal(crc32Stm32(bytes, 0xff), parseInt(filled!, 16));
    assert.equal(crc32Stm32(bytes, 0x00), parseInt(zeroed!, 16));
  }
});

Deno.test("FORMAT.md's example is what the code writes", async () => {
  const [before, rest] = splitOnce(text, BEGIN);
  const [example, after] = splitOnce(rest, END);
  const expected = await writeExample();
  if (Deno.env.get("UPDATE_PAGES") === "1") {
    await Deno.writeTextFile(PAGE, `${before}${BEGIN}${expected}${END}${after}`);
  } else assert.equal(example, expected, "UPDATE_PAGES=1 writes it anew");
});

peerTest("arm-none-eabi-gcc", "FORMAT.md's C compiles without a warning", async () => {
  const snippets = [...text.matchAll(/```c\n([\s\S]*?)```/g)].map(([, code]) => code);
  await withTempDir(async (folder) => {
    await Deno.writeTextFile(join(folder, "page.c"), snippets.join("\n"));
    const args = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-c", "page.c", "-o", "page.o"];
    const { code, stderr } = await runPeer("arm-none-eabi-gcc", args, { cwd: folder });
    assert.equal(code, 0, stderr);
  });
});

async function writeExample(): Promise<string> {
  const bundle = await packSmallSingle();
  const p256 = (await packSmallSingle({ key: await importKnownKey("p256") })).slice(32, 288);
  return [
    "",
    ...block("The bundle:", formatHexDump(bundle)),
    ...block("Its commit word, at 0x0803FFE0 in slot A and at 0x0806FFE0 in slot B:", dumpCommitWord(bundle)),
    ...block(
      "What changes in the header when the P-256 key of RFC 6979, A.2.5, signs the same release:",
      formatRuns(p256, runsOf(HEADER_FIELDS, ["headerCrc", "signatureKind", "setId", "keyId", "signature"])),
    ),
    ...block("Product ids:", await listProductIds()),
    "",
  ].join("\n");
}

function block(title: string, content: string): readonly string[] {
  return [title, "", "```text", content.trimEnd(), "```", ""];
}

function dumpCommitWord(bundle: Bytes): string {
  const trailer = slotImageOf(bundle, "CM4", { slot: "A" }).segments[1]!.data;
  return formatRuns(trailer.slice(256), runsOf(COMMIT_WORD_FIELDS, Object.keys(COMMIT_WORD_FIELDS)));
}

async function listProductIds(): Promise<string> {
  const products = ["fan", "caf\u00e9", "00112233-4455-6677-8899-AABBCCDDEEFF"];
  const lines = await Promise.all(
    products.map(async (product) => `${formatHex(await deriveProductId(product))}  ${product}`),
  );
  return lines.join("\n");
}

function runsOf(table: FieldTable, names: readonly string[]): readonly DumpedRun[] {
  return names.map((name) => ({ offset: table[name]!.offset, sizeBytes: table[name]!.sizeBytes, label: name }));
}

function sectionOf(heading: string): string {
  const [, section] = splitOnce(text, `${heading}\n`);
  return section.split(/^##+ /m)[0]!;
}

function splitOnce(whole: string, at: string): readonly [string, string] {
  const index = whole.indexOf(at);
  assert.ok(index >= 0, `FORMAT.md lacks ${at}`);
  return [whole.slice(0, index), whole.slice(index + at.length)];
}
