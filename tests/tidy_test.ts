/// <reference lib="deno.unstable" />

/**
 * The rules of the house, run over the project; and each rule run over something that it must object to.
 */

import assert from "node:assert/strict";
import house from "../lint/house.ts";
import { FILE_RULES } from "./tidy/file_rules.ts";
import { type Finding, lineAt, listFiles, readProject, type SourceFile } from "./tidy/source_file.ts";
import { type Project, TREE_RULES } from "./tidy/tree_rules.ts";

const FILES = readProject();
const PROJECT: Project = { files: FILES, paths: new Set(listFiles("")) };

/** The rules quote what they ban, and so do the tests of the rules. */
const QUOTING_REGEXP = /^(tests\/tidy(\/|_test\.ts)|lint\/)/;

const format = ({ path, line, message }: Finding) => `${path}:${line}: ${message}`;

for (const [name, rule] of Object.entries(FILE_RULES)) {
  Deno.test(`every file keeps the rule ${name}`, () => {
    assert.deepEqual(FILES.filter(({ path }) => !QUOTING_REGEXP.test(path)).flatMap(rule).map(format), []);
  });
}

for (const [name, rule] of Object.entries(TREE_RULES)) {
  Deno.test(`the project keeps the rule ${name}`, () => {
    assert.deepEqual(rule(PROJECT).map(format), []);
  });
}

Deno.test("every module keeps the rules that need a syntax tree", () => {
  const findings = FILES.filter(({ path }) => path.endsWith(".ts")).flatMap(({ path, text }) =>
    Deno.lint.runPlugin(house, path, text).map(({ id, message, range }) => ({
      path,
      line: lineAt(text, range[0]),
      message: `${id}: ${message}`,
    }))
  );
  assert.deepEqual(findings.map(format), []);
});

Deno.test("files over 300 lines are few", () => {
  const long = FILES.filter(({ path, text }) => path.endsWith(".ts") && text.split("\n").length > 301);
  if (long.length > 0) console.info("Longer than 300 lines:", long.map(({ path }) => path).join(", "));
  assert(long.length <= FILES.length / 20);
});

const MODULE = "/**\n * What it is.\n *\n * Runs in Deno, Node and browsers.\n *\n * @module\n */\n";

/** Rule, path and text that it must object to, and one that it must let pass. */
const FILE_CASES: readonly [rule: string, bad: SourceFile, good: SourceFile][] = [
  ["file-size", at("cli/x.ts", "\n".repeat(401)), at("cli/x.ts", "\n".repeat(400))],
  ["file-name", at("core/memoryImage.ts", ""), at("core/memory_image.ts", "")],
  ["file-name", at("core/utils.ts", ""), at("core/bytes.ts", "")],
  ["module-doc", at("cli/x.ts", "const x = 1;\n"), at("cli/x.ts", MODULE)],
  ["module-doc", at("core/x.ts", "/**\n * What it is.\n *\n * @module\n */\n"), at("core/x.ts", MODULE)],
  ["module-doc", at("cli/x.ts", `const x = 1;\n${MODULE}`), at("cli/x.ts", `/// <reference lib="dom" />\n\n${MODULE}`)],
  ["marker", at("core/x.ts", "// TODO: later"), at("core/x.ts", "// Later.")],
  ["marker", at("core/x.ts", "// @ts-ignore"), at("core/x.ts", "// ts")],
  ["skip", at("core/x_test.ts", "Deno.test.ignore('x', f)"), at("core/x_test.ts", "Deno.test('x', f)")],
  ["chance", at("core/x_test.ts", "Math.random()"), at("cli/x.ts", "Date.now()")],
  ["no-test", at("core/x_test.ts", "assert(true);"), at("core/x_test.ts", "peerTest(p, 'x', f);")],
  ["assert", at("x_test.ts", `from "node:assert"`), at("x_test.ts", `from "node:assert/strict"`)],
  ["machine-path", at("README.md", "in /home/me/x"), at("README.md", "in examples/home/x")],
  ["machine-path", at("README.md", "in C:\\Users"), at("README.md", "in C: a language")],
  ["ticket", at("core/x.ts", "// See issue 12."), at("core/x.ts", "// The issue is 12 bytes.")],
  ["host", at("README.md", "https://example.org/x"), at("README.md", "https://semver.org/")],
  ["letters", at("README.md", "gr\u00fcn"), at("README.md", "5 \u00b5s \u2192 6\n```\ngr\u00fcn\n```\n")],
  ["line-end", at("README.md", "a \nb\n"), at("README.md", "a\nb\n")],
  ["line-end", at("README.md", "a\r\n"), at("README.md", "a\n")],
  ["last-line", at("README.md", "a"), at("README.md", "a\n")],
  ["last-line", at("README.md", "a\n\n"), at("README.md", "a\n")],
];

for (const [rule, bad, good] of FILE_CASES) {
  Deno.test(`${rule} objects to ${JSON.stringify(bad.text.slice(0, 40))} in ${bad.path}`, () => {
    assert.equal(FILE_RULES[rule]!(bad).length, 1);
    assert.deepEqual(FILE_RULES[rule]!(good), []);
  });
}

const DENO_JSON = at("deno.json", `{"version":"1.2.0","exports":{".":"./mod.ts"},"tasks":{"demo":"","test":""}}`);

/** Rule, files of a project that it must object to once, and of one that it must let pass. */
const TREE_CASES: readonly [rule: string, bad: readonly SourceFile[], good: readonly SourceFile[]][] = [
  ["orphan", [at("mod.ts", ""), at("core/x.ts", "")], [
    at("mod.ts", `export * from "./core/x.ts";`),
    at("core/x.ts", ""),
  ]],
  ["link", [at("README.md", "[a](b.md)")], [at("README.md", "[a](docs/b.md)"), at("docs/b.md", "")]],
  ["link", [at("README.md", "[a](#b)\n## C\n")], [at("README.md", "[a](#b-c)\n## B, `c`\n")]],
  ["link", [at("README.md", "[a](#b)\n```sh\n# b\n```\n")], [at("README.md", "[a](#b)\n# b\n")]],
  ["task", [at("README.md", "deno task dmeo")], [at("README.md", "npx --yes deno@2.9.6 task demo")]],
  ["deno-version", [at("a.md", "deno@2.9.6"), at("b.md", "deno@2.9.5")], [at("a.md", "deno@2.9.6 and deno@2.9.6")]],
  ["changelog", [at("CHANGELOG.md", "\n## [1.1.0]\n")], [at("CHANGELOG.md", "\n## [1.2.0] - unreleased\n")]],
];

for (const [rule, bad, good] of TREE_CASES) {
  Deno.test(`${rule} objects to ${bad.map(({ path, text }) => `${path}: ${JSON.stringify(text)}`).join(", ")}`, () => {
    assert.equal(TREE_RULES[rule]!(project(bad)).length, 1);
    assert.deepEqual(TREE_RULES[rule]!(project(good)), []);
  });
}

Deno.test("every rule has a case that it objects to", () => {
  const tried = new Set([...FILE_CASES, ...TREE_CASES].map(([rule]) => rule));
  assert.deepEqual(tried, new Set([...Object.keys(FILE_RULES), ...Object.keys(TREE_RULES)]));
});

function at(path: string, text: string): SourceFile {
  return { path, text };
}

function project(files: readonly SourceFile[]): Project {
  return { files: [DENO_JSON, ...files], paths: new Set(files.map(({ path }) => path)) };
}
