import assert from "node:assert/strict";
import { concatBytes, equalBytes, roundUp } from "./bytes.ts";
import { formatAddress, formatHex, parseHex } from "./hex.ts";

const EQUALITY: readonly [string, string, boolean][] = [
  ["", "", true],
  ["00", "", false],
  ["0102", "0102", true],
  ["0102", "0103", false],
  ["0102", "010200", false],
];

Deno.test("equalBytes() compares length and content", () => {
  for (const [a, b, expected] of EQUALITY) {
    assert.equal(equalBytes(parseHex(a), parseHex(b)), expected, `${a} and ${b}`);
    assert.equal(equalBytes(parseHex(b), parseHex(a)), expected, `${b} and ${a}`);
  }
});

Deno.test("concatBytes() joins in order into a fresh array", () => {
  const part = parseHex("0102");
  const joined = concatBytes([part, parseHex(""), parseHex("03")]);
  assert.equal(formatHex(joined), "010203");
  joined[0] = 9;
  assert.equal(part[0], 1);
});

Deno.test("roundUp() works beyond 32 bits", () => {
  const cases: readonly [number, number, number][] = [[0, 32, 0], [1, 32, 32], [32, 32, 32], [33, 32, 64], [
    2 ** 32 + 1,
    4,
    2 ** 32 + 4,
  ]];
  for (const [value, unit, expected] of cases) assert.equal(roundUp(value, unit), expected);
});

Deno.test("formatAddress() prints eight digits, and nine for the end of the address space", () => {
  const cases: readonly [number, string][] = [
    [0, "0x00000000"],
    [0x0802_0000, "0x08020000"],
    [0xffff_ffff, "0xFFFFFFFF"],
    [2 ** 32, "0x100000000"],
  ];
  for (const [address, expected] of cases) assert.equal(formatAddress(address), expected);
});

Deno.test("parseHex() and formatHex() are inverse, and odd or foreign digits are refused", () => {
  assert.equal(formatHex(parseHex("31 CE\n08"), " "), "31 ce 08");
  for (const bad of ["3", "31 c", "0x31", "zz"]) assert.throws(() => parseHex(bad), SyntaxError, bad);
});
