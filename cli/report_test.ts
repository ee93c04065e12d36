import assert from "node:assert/strict";
import { formatArea, formatFacts, formatShare, formatSize, formatUuid, groupDigits } from "./report.ts";
import { COLOR_STYLE, PLAIN_STYLE } from "./terminal.ts";

const FORMATTED: readonly [string, string][] = [
  [groupDigits(0), "0"],
  [groupDigits(999), "999"],
  [groupDigits(1000), "1,000"],
  [groupDigits(1234567), "1,234,567"],
  [formatSize(1), "1 byte"],
  [formatSize(45312), "45,312 bytes"],
  [formatArea(0x60000), "384 KiB"],
  [formatArea(0x100400), "1,025 KiB"],
  [formatArea(1000), "1,000 bytes"],
  [formatShare(1, 8), "12.5 %"],
  [formatShare(393216, 393216), "100.0 %"],
  [formatUuid("00112233445566778899aabbccddeeff"), "00112233-4455-6677-8899-aabbccddeeff"],
];

Deno.test("numbers are formatted the same everywhere", () => {
  for (const [got, expected] of FORMATTED) assert.equal(got, expected);
});

Deno.test("formatFacts() lines values up, breaks long ones, and leaves out what is not there", () => {
  const long = Array.from({ length: 20 }, (_, index) => `word${index}`).join(" ");
  const facts = [["a", "1"], ["name", undefined], ["bcd", long]] as const;
  const lines = formatFacts(facts, PLAIN_STYLE);
  assert.equal(lines[0], "  a    1");
  assert.equal(lines.length, 3);
  for (const line of lines) assert(line.length <= 80, line);
  assert.deepEqual(lines.slice(1).map((line) => line.slice(7)).join(" "), long);
});

Deno.test("formatFacts() breaks values at the width of a narrow terminal", () => {
  const facts = [["part", "stm32f407xe, or stm32f407xg: they answer alike"]] as const;
  assert.deepEqual(formatFacts(facts, { ...PLAIN_STYLE, columns: 40 }), [
    "  part  stm32f407xe, or stm32f407xg:",
    "        they answer alike",
  ]);
});

Deno.test("formatFacts() marks names up without moving anything", () => {
  const facts = [["a", "1"], ["bcd", "2"]] as const;
  const { faint } = COLOR_STYLE;
  assert.deepEqual(formatFacts(facts, COLOR_STYLE), [`  ${faint("a  ")}  1`, `  ${faint("bcd")}  2`]);
  assert.deepEqual(formatFacts(facts, PLAIN_STYLE), ["  a    1", "  bcd  2"]);
});
