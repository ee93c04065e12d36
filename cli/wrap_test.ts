import assert from "node:assert/strict";
import { alignColumns, joinNames, splitWords, wrap } from "./wrap.ts";

const WRAPPED: readonly [string, string, number, string[]][] = [
  ["", "  ", 10, [""]],
  ["one", "  ", 10, ["  one"]],
  ["one two", "a: ", 10, ["a: one two"]],
  ["one two", "a: ", 9, ["a: one", "   two"]],
  ["unbreakable two", "", 5, ["unbreakable", "two"]],
  ["one two", "a long lead: ", 26, ["a long lead: one two"]],
  ["one two three four", "a long lead: ", 25, ["a long lead:", "    one two three four"]],
  ["one two three four", "a long lead: ", 20, ["a long lead:", "    one two three", "    four"]],
  ["one two", "a: b", 2, ["a: bone", "    two"]],
  ["one two three", "", Infinity, ["one two three"]],
];

for (const [text, lead, columns, expected] of WRAPPED) {
  Deno.test(`wrap() sets "${text}" behind "${lead}" in ${columns} columns`, () => {
    assert.deepEqual(wrap(text.split(" "), { lead, columns }), expected);
  });
}

const SENTENCES: readonly (readonly [text: string, words: readonly string[]])[] = [
  ["the device's own word", ["the", "device's", "own", "word"]],
  ["two  blanks\nand a line", ["two", "blanks", "and", "a", "line"]],
  ["with --port '/tmp/a b',/dev/x,'c d'", ["with", "--port", "'/tmp/a b',/dev/x,'c d'"]],
  ["--port 'usb:1:a'\\''b c' now", ["--port", "'usb:1:a'\\''b c'", "now"]],
  ["one ' mark that stays open", ["one", "'", "mark", "that", "stays", "open"]],
  ["", []],
];

for (const [text, words] of SENTENCES) {
  Deno.test(`splitWords() of ${JSON.stringify(text)}`, () => assert.deepEqual(splitWords(text), words));
}

Deno.test("alignColumns() lines columns up, right or left, and leaves no trailing space", () => {
  assert.deepEqual(alignColumns([["a", "1", "x"], ["bcd", "23"]], { right: [1], lead: "> " }), [
    "> a     1  x",
    "> bcd  23",
  ]);
  assert.deepEqual(alignColumns([]), []);
});

Deno.test("joinNames() joins as a sentence does", () => {
  const cases: readonly [string[], string][] = [[[], ""], [["a"], "a"], [["a", "b"], "a and b"], [
    ["a", "b", "c"],
    "a, b and c",
  ]];
  for (const [names, expected] of cases) assert.equal(joinNames(names), expected);
  assert.equal(joinNames(["a", "b"], "or"), "a or b");
});
