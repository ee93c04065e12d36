import assert from "node:assert/strict";
import { BUNDLE_FIELDS } from "./bundle.ts";
import { COMMIT_WORD_FIELDS } from "./commit_word.ts";
import { checkFixedFields, type FieldTable, readFields, recordSizeBytes, writeFields } from "./field_table.ts";
import { HEADER_FIELDS } from "./header.ts";

const RECORDS: readonly [string, FieldTable, number][] = [
  ["image header", HEADER_FIELDS, 256],
  ["bundle header", BUNDLE_FIELDS, 32],
  ["commit word", COMMIT_WORD_FIELDS, 32],
];

for (const [name, table, sizeBytes] of RECORDS) {
  Deno.test(`the fields of the ${name} cover ${sizeBytes} bytes without gap or overlap, each naturally aligned`, () => {
    let offset = 0;
    for (const [fieldName, field] of Object.entries(table)) {
      assert.equal(field.offset, offset, fieldName);
      if (field.type !== "bytes") assert.equal(offset % field.sizeBytes, 0, fieldName);
      offset += field.sizeBytes;
    }
    assert.equal(offset, sizeBytes);
    assert.equal(recordSizeBytes(table), sizeBytes);
  });

  Deno.test(`readFields() and writeFields() keep every byte of the ${name}`, () => {
    const bytes = Uint8Array.from({ length: sizeBytes }, (_, index) => 255 - index);
    assert.deepEqual(writeFields(table, readFields(table, bytes)), bytes);
  });
}

const TABLE = {
  one: { offset: 0, sizeBytes: 1, type: "number" },
  four: { offset: 4, sizeBytes: 4, type: "hex", always: 0x01020304 },
  name: { offset: 8, sizeBytes: 4, type: "text" },
} as const;

Deno.test("writeFields() writes little endian, text padded with NUL, fixed values by themselves", () => {
  const bytes = writeFields(TABLE, { one: 0xff, name: "AB" });
  assert.deepEqual([...bytes], [0xff, 0, 0, 0, 4, 3, 2, 1, 0x41, 0x42, 0, 0]);
  assert.deepEqual(readFields(TABLE, bytes), { one: 0xff, four: 0x01020304, name: "AB" });
});

for (const value of [-1, 256, 1.5, NaN, Infinity]) {
  Deno.test(`writeFields() refuses ${value} in one byte`, () => {
    assert.throws(() => writeFields(TABLE, { one: value }), RangeError);
  });
}

Deno.test("writeFields() refuses text and bytes of another size", () => {
  assert.throws(() => writeFields(TABLE, { name: "ABCDE" }), RangeError);
  assert.throws(() => writeFields(HEADER_FIELDS, { setId: new Uint8Array(15) }), RangeError);
});

Deno.test("readFields() keeps a NUL inside text, so that a tag has one encoding only", () => {
  const bytes = writeFields(TABLE, { name: "A\0B" });
  assert.equal(readFields(TABLE, bytes).name, "A\0B");
});

Deno.test("checkFixedFields() names field, offset, expected and got", () => {
  const values = readFields(TABLE, writeFields(TABLE, { four: 5 }));
  const place = { path: "images[1]", offset: 288 };
  assert.throws(() => checkFixedFields(TABLE, values, place), {
    code: "unsupported",
    field: "images[1].four",
    offset: 292,
    expected: "0x01020304",
    got: "0x00000005",
    message: "Cannot decode images[1].four at offset 292: expected 0x01020304, got 0x00000005",
  });
});
