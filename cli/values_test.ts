import assert from "node:assert/strict";
import {
  parseAddress,
  parseBaudRate,
  parseByte,
  parseCoreValue,
  parseCounter,
  parseMilliseconds,
  parsePath,
  parsePortName,
  parseRate,
  parseRetryCount,
  parseSeconds,
  parseSectors,
  parseSize,
  suggestCoreValue,
} from "./values.ts";

type Parser = (text: string) => unknown;

const READ: readonly [Parser, string, unknown][] = [
  [parseAddress, "0x08020000", 0x0802_0000],
  [parseAddress, "0XFFFFFFFF", 0xffff_ffff],
  [parseAddress, "0x0", 0],
  [parseAddress, "134217728", 0x0800_0000],
  [parseAddress, "4294967295", 0xffff_ffff],
  [parseByte, "0xff", 255],
  [parseByte, "0", 0],
  [parseByte, "255", 255],
  [parseCounter, "0", 0],
  [parseCounter, "4294967295", 0xffff_ffff],
  [parseSize, "4096", 4096],
  [parseSize, "0x1000", 4096],
  [parseSize, "4K", 4096],
  [parseSize, "1m", 0x10_0000],
  [parseBaudRate, "115200", 115_200],
  [parseRate, "auto", "auto"],
  [parseRate, "50", 50],
  [parseRate, "20000000", 20_000_000],
  [parseRetryCount, "0", 0],
  [parseRetryCount, "1000", 1000],
  [parseSeconds, "86400", 86_400],
  [parseMilliseconds, "0", 0],
  [parseMilliseconds, "9999", 9999],
  [parseSectors, "0", [0]],
  [parseSectors, "7,0,2-4,3", [0, 2, 3, 4, 7]],
  [parsePortName, "tcp:127.0.0.1:7000", "tcp:127.0.0.1:7000"],
  [parsePath, "-", "-"],
  [parsePath, "a b", "a b"],
  [parseCoreValue, "CM7=app.hex", { core: "CM7", value: "app.hex" }],
  [parseCoreValue, "CM0P=a=b", { core: "CM0P", value: "a=b" }],
  [parseCoreValue, "app.hex", { core: undefined, value: "app.hex" }],
  [parseCoreValue, "build=1/app.hex", { core: undefined, value: "build=1/app.hex" }],
  [parseCoreValue, "./CM7=app.hex", { core: undefined, value: "./CM7=app.hex" }],
];

const SUGGESTED: readonly [string, string][] = [
  ["app.hex", "CM7=app.hex"],
  ["cm7=cm7.elf", "CM7=cm7.elf"],
  ["Cm4=a=b", "CM4=a=b"],
  ["cm7/CM4.sig", "CM4=cm7/CM4.sig"],
  ["x=app.hex", "CM7=x=app.hex"],
];

const REFUSED: readonly [Parser, string[]][] = [
  [parseRate, ["", "49", "20000001", "Auto", "9600 baud"]],
  [parseRetryCount, ["", "1001", "-1", "1.5"]],
  [parseSeconds, ["", "86401", "1s", "0x10"]],
  [parseMilliseconds, ["", "10000", "20ms", "-1"]],
  [parseAddress, ["", "0x", "08020000h", "0x100000000", "4294967296", "-1", "1.5", "1e3", " 1", "0x0802_0000"]],
  [parseByte, ["", "256", "0x100", "-1", "ff", "0b1"]],
  [parseCounter, ["", "0x7", "-1", "1.0", "4294967296", "99999999999999999999"]],
  [parseSize, ["", "0", "K", "-1", "1.5K", "4097M", "4KB", "0x"]],
  [parseBaudRate, ["", "0", "1e5", "0x10", "4294967296"]],
  [parseSectors, ["", "a", "3-1", "1-", "-1", "1,,2", "1-2-3", "100000"]],
  [parsePortName, [""]],
  [parsePath, [""]],
  [parseCoreValue, ["", "CM7="]],
];

for (const [parse, text, expected] of READ) {
  Deno.test(`${parse.name}() reads "${text}"`, () => assert.deepEqual(parse(text), expected));
}

for (const [value, expected] of SUGGESTED) {
  Deno.test(`suggestCoreValue() makes ${expected} of "${value}"`, () => {
    assert.equal(suggestCoreValue(value, ["CM7", "CM4"]), expected);
  });
}

for (const [parse, texts] of REFUSED) {
  Deno.test(`${parse.name}() refuses ${texts.map((text) => `"${text}"`).join(", ")}`, () => {
    for (const text of texts) assert.throws(() => parse(text), SyntaxError, text);
  });
}
