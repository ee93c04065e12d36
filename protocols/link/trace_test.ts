import assert from "node:assert/strict";
import { parseHex } from "../../core/mod.ts";
import { formatTraceEntry, type LinkRole, parseTrace, type TraceEntry } from "./trace.ts";

const entry = (direction: TraceEntry["direction"], note?: string): TraceEntry => ({
  atMs: 12.5,
  direction,
  bytes: parseHex("31ce"),
  note,
});

const LINES: readonly [TraceEntry, LinkRole, string][] = [
  [entry("out", "Write Memory"), "host", "      12.500 > 31 ce  # Write Memory"],
  [entry("out"), "target", "      12.500 < 31 ce"],
  [entry("in", "ACK"), "host", "      12.500 < 31 ce  # ACK"],
  [entry("in", "command"), "target", "      12.500 > 31 ce  # command"],
  [entry("drop"), "host", "      12.500 x 31 ce  # dropped"],
];

Deno.test("formatTraceEntry() writes a line that parseTrace() reads back", () => {
  for (const [given, role, line] of LINES) {
    assert.equal(formatTraceEntry(given, role), line);
    assert.deepEqual(parseTrace(`${line}\n`), [{ atMs: 12.5, mark: line[13], bytes: given.bytes }]);
  }
});

Deno.test("parseTrace() skips empty lines and remarks", () => {
  assert.deepEqual(parseTrace("\n# captured on a bench\r\n\r\n 0 > 7f\r\n"), [{
    atMs: 0,
    mark: ">",
    bytes: parseHex("7f"),
  }]);
});

for (const bad of ["7f", "0.0 ? 7f", "0.0 > 7", "0.0 > 7g", "x > 7f"]) {
  Deno.test(`parseTrace() refuses the line "${bad}" by its number`, () => {
    assert.throws(() => parseTrace(`\n${bad}\n`), /line 2/);
  });
}
