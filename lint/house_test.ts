/// <reference lib="deno.unstable" />

import assert from "node:assert/strict";
import plugin from "./house.ts";

/** File, source, and the rules that must complain, one entry a complaint. */
type Case = readonly [path: string, source: string, ...rules: string[]];

const LONG_BODY = "\n".repeat(70);

const CASES: readonly Case[] = [
  ["core/x.ts", `import "../packager/mod.ts";`, "imports"],
  ["core/x.ts", `import "./hex.ts";`],
  ["core/parts/x.ts", `import "../hex.ts";`],
  ["core/x.ts", `import "../mod.ts";`, "imports"],
  ["core/x.ts", `export * from "../packager/mod.ts";`, "imports"],
  ["core/x.ts", `export { y } from "../packager/mod.ts";`, "imports"],
  ["core/x.ts", `import("../packager/mod.ts");`, "imports"],
  ["core/x.ts", `import type { Y } from "../packager/mod.ts";`, "imports"],
  ["core/x_test.ts", `import "../tests/corpus.ts";`],
  ["core/x_test.ts", `import "../packager/mod.ts";`, "imports"],
  ["core/x.ts", `import "../tests/corpus.ts";`, "imports"],
  ["packager/x.ts", `import "../core/mod.ts";`],
  ["packager/x.ts", `import "../protocols/link/mod.ts";`, "imports"],
  ["protocols/link/x.ts", `import "../../packager/mod.ts";`, "imports"],
  ["emulator/x.ts", `import "../packager/mod.ts"; import "../protocols/link/mod.ts";`],
  ["emulator/x.ts", `import "../cli/main.ts";`, "imports"],
  ["ports/x.ts", `import "../packager/mod.ts";`, "imports"],
  ["cli/x.ts", `import "../packager/mod.ts"; import "../core/mod.ts"; import "node:fs";`],
  ["protocols/an3155/host.ts", `import "./target.ts";`, "imports"],
  ["protocols/an3155/target_flash.ts", `import "./host.ts";`, "imports"],
  ["protocols/an3155/host_erase.ts", `import "./host.ts"; import "./frames.ts";`],
  ["protocols/cdc/host.ts", `import "../an3155/host.ts";`],
  ["packager/x.ts", `import "./formats/_records.ts";`, "imports"],
  ["packager/formats/x.ts", `import "./_records.ts";`],
  ["packager/x.ts", `import "node:crypto";`, "imports"],
  ["packager/x_test.ts", `import "node:crypto";`],
  ["packager/x.ts", `import "@noble/curves/nist.js";`],
  ["core/x.ts", `import "@noble/curves/nist.js";`, "imports"],
  ["packager/x.ts", `import "fast-check";`, "imports"],
  ["packager/x_test.ts", `import "fast-check";`],
  ["cli/x.ts", `import "npm:left-pad";`, "imports"],
  ["core/x.ts", `import "@coreslot/coreslot/packager";`, "imports"],
  ["examples/x.ts", `import "@coreslot/coreslot";`],

  ["core/x.ts", "Deno.args;", "platform"],
  ["core/x.ts", "globalThis.Deno;", "platform"],
  ["core/x.ts", "const { now } = Date;", "platform"],
  ["packager/x.ts", "new Date();", "platform"],
  ["packager/x.ts", "console.log(1);", "platform"],
  ["protocols/x.ts", "setTimeout(f, 1);", "platform"],
  ["emulator/x.ts", "Math.random();", "platform"],
  ["emulator/x.ts", "globalThis.crypto.getRandomValues(x);", "platform"],
  ["packager/x.ts", "crypto.subtle.digest('SHA-256', x); Math.floor(1);"],
  ["packager/x.ts", "const release = { Date: 1 }; release.Date; // Date, Deno"],
  ["packager/x_test.ts", "Deno.test('x', () => {});"],
  ["cli/x.ts", "console.log(new Date());"],
  ["packager/generate_key.ts", "crypto.getRandomValues(x);"],
  ["packager/generate_key.ts", "console.log(1);", "platform"],

  ["core/x.ts", `function f() {${LONG_BODY}}`, "function-size"],
  ["core/x.ts", `class X { f() {${LONG_BODY}} }`, "function-size"],
  ["core/x.ts", `function f() {${LONG_BODY.slice(1)}}`],

  ["core/x.ts", "const x = y as unknown as string;", "construct"],
  ["core/x.ts", "const x = y as string;"],
  ["core/x.ts", "let x: any;", "construct"],
  ["core/x.ts", "enum X { A }", "construct"],
  ["core/x.ts", "namespace X { export const A = 1; }", "construct"],
  ["core/x.ts", "export default 1;", "construct"],
  ["core/x.ts", "class X { private y = 1; }", "construct"],
  ["core/x.ts", "class X { private constructor() {} #y = 1; }"],

  ["core/x.ts", "export const f = () => 1;", "top-level"],
  ["core/x_test.ts", "const f = () => 1; const WORD = /a/;"],
  ["core/x.ts", "function f() { const g = () => 1; return g; }"],
  ["core/x.ts", "const pattern = /a/;", "top-level"],
  ["core/x.ts", "const PATTERN_REGEXP = /a/;"],
];

for (const [path, source, ...rules] of CASES) {
  const what = source.length > 70 ? `${source.slice(0, 20)} of ${source.split("\n").length} lines` : source;
  Deno.test(`house ${rules[0] === undefined ? "lets pass" : `${rules[0]} reports`} ${path}: ${what}`, () => {
    const found = Deno.lint.runPlugin(plugin, path, source);
    assert.deepEqual(found.map(({ id }) => id), rules.map((rule) => `house/${rule}`));
  });
}
