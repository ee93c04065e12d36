import assert from "node:assert/strict";
import fc from "fast-check";
import { parseTrace, type TraceLine } from "../link/mod.ts";
import { decodeTrace, formatDecodedFrame } from "./decode.ts";

/** What a trace says, wrong things with an exclamation mark. */
const wordsOf = (trace: string) =>
  decodeTrace(parseTrace(trace)).map(({ isRight, text }) => isRight ? text : `! ${text}`);

const TRACES: readonly [string, string, readonly string[]][] = [
  ["synchronisation from a fresh reset", "0 > 7f\n1 < 79\n", ["synchronise", "ACK of synchronisation"]],
  ["synchronisation in a session", "0 > 7f\n250 > 7f\n251 < 1f\n", [
    "synchronise",
    "! no answer to synchronisation",
    "synchronise",
    "! NACK of synchronisation",
  ]],
  ["Get", "0 > 00 ff\n1 < 79 02 31 00 02 79\n", []],
  ["Write Memory", "0 > 31 ce\n1 < 79\n2 > 08 00 00 00 08\n3 < 79\n4 > 03 de ad be ef 21\n5 < 79\n", [
    "Write Memory",
    "ACK of command",
    "address 0x08000000, checksum ok",
    "ACK of address",
    "4 bytes of data, checksum ok",
    "ACK of data",
  ]],
  ["Write Memory with everything sent ahead", "0 > 31 ce 08 00 00 00 08 03 de ad be ef 21\n1 < 79 79 79\n", [
    "Write Memory",
    "ACK of command",
    "address 0x08000000, checksum ok",
    "ACK of address",
    "4 bytes of data, checksum ok",
    "ACK of data",
  ]],
  ["frames cut into lines at will", "0 > 31\n0 > ce\n1 < 79\n2 > 08 00\n2 > 00 00 08\n3 < 1f\n", [
    "Write Memory",
    "ACK of command",
    "address 0x08000000, checksum ok",
    "! NACK of address",
  ]],
  ["wrong checksums", "0 > 31 ce\n1 < 79\n2 > 08 00 00 00 09\n3 < 1f\n4 > 11 ef\n5 < 1f\n", [
    "Write Memory",
    "ACK of command",
    "! address 0x08000000, checksum wrong",
    "! NACK of address",
    "! no command: not a byte and its complement",
    "! NACK of the two bytes",
  ]],
  ["a lost answer", "0 > 31 ce\n1000 > 7f\n1250 > 7f\n1251 < 1f\n", [
    "Write Memory",
    "! no answer to command",
    "synchronise",
    "! no answer to synchronisation",
    "synchronise",
    "! NACK of synchronisation",
  ]],
  ["a frame cut short", "0 > 31 ce\n1 < 79\n2 > 08 00\n400 < 1f\n", [
    "Write Memory",
    "ACK of command",
    "! address, cut short after 2 bytes",
    "! NACK that nobody waited for",
  ]],
  ["dropped bytes", "0 > 31 ce\n1 < 79\n2 x 79\n3 > 08 00 00 00 08\n4 < 79\n", []],
  ["erases", "0 > 44 bb\n1 < 79\n2 > ff fe 01\n3 < 79\n4 > 44 bb\n5 < 79\n6 > 00 01 00 02 00 03 00\n7 < 76 79\n", [
    "Extended Erase",
    "ACK of command",
    "bank 1, checksum ok",
    "ACK of erase",
    "Extended Erase",
    "ACK of command",
    "2 pages: 2, 3, checksum ok",
    "BUSY of erase",
    "ACK of erase",
  ]],
  ["an unknown command", "0 > 99 66\n1 < 1f\n", ["command 0x99", "! NACK of command"]],
  ["special commands", "0 > 50 af\n1 < 79\n2 > 01 00 01\n3 < 79\n4 > 00 02 12 34 24\n5 < 79 00 01 aa 00 00 79\n", [
    "Special",
    "ACK of command",
    "code 0x0100, checksum ok",
    "ACK of code",
    "2 bytes of data, checksum ok",
    "ACK of data",
    "1 bytes of data",
    "0 bytes of status",
    "ACK of end of status",
  ]],
];

for (const [name, trace, expected] of TRACES) {
  Deno.test(`decodeTrace() explains ${name}`, () => {
    const words = wordsOf(trace);
    if (expected.length > 0) assert.deepEqual(words, expected);
    else assert(words.length > 0);
  });
}

Deno.test("decodeTrace() finds the commands in the answer to Get", () => {
  assert(wordsOf(TRACES[2]![1]).includes("version 3.1, commands Get, Get ID"));
});

Deno.test("decodeTrace() keeps dropped bytes out of the answers", () => {
  const words = wordsOf(TRACES[9]![1]);
  assert.deepEqual(words.filter((text) => text === "ACK of address"), ["ACK of address"]);
  assert(words.includes("dropped unread"));
});

Deno.test("formatDecodedFrame() shows time, direction, the first bytes and the words", () => {
  const [frame] = decodeTrace(parseTrace("12.5 > 31 ce\n"));
  assert.equal(formatDecodedFrame(frame!), "      12.500 > 31 ce                        Write Memory");
});

Deno.test("decodeTrace() explains anything, and every byte once [seed 1]", () => {
  const line: fc.Arbitrary<TraceLine> = fc.record({
    atMs: fc.nat(10_000),
    mark: fc.constantFrom<TraceLine["mark"]>(">", "<", "x"),
    bytes: fc.uint8Array({ maxLength: 12 }).map((bytes) => Uint8Array.from(bytes)),
  });
  const spiced = fc.oneof(
    line,
    fc.constantFrom(...parseTrace("0 > 31 ce\n0 < 79\n0 > 44 bb\n0 > 00 ff\n0 > 11 ee\n0 > 08 00 00 00 08\n0 > 7f\n")),
  );
  fc.assert(
    fc.property(fc.array(spiced, { maxLength: 30 }), (lines) => {
      const given = lines.reduce((sum, { bytes }) => sum + bytes.length, 0);
      const explained = decodeTrace(lines).reduce((sum, { bytes }) => sum + bytes.length, 0);
      assert.equal(explained, given);
    }),
    { seed: 1, numRuns: 2000 },
  );
});
