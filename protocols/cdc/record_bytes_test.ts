import assert from "node:assert/strict";
import { RecordReader, RecordWriter } from "./record_bytes.ts";

Deno.test("RecordWriter writes ASCII, cut or padded to its size", () => {
  for (
    const [text, bytes] of [["ab", [97, 98, 0, 0]], ["abcdef", [97, 98, 99, 100]], ["\u00e1", [0x61, 0, 0, 0]]] as const
  ) {
    assert.deepEqual([...new RecordWriter(4).text(text, 4).bytes], bytes);
  }
});

Deno.test("RecordReader lets no control character of a device reach a terminal", () => {
  const bytes = Uint8Array.of(0x1b, 0x5b, 0x41, 0xff, 0x7f, 0, 0x42);
  assert.equal(new RecordReader(bytes).text(7), "?[A??");
});
