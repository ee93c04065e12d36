import assert from "node:assert/strict";
import fc from "fast-check";
import { MemoryImage } from "../../core/memory_image.ts";
import { parseWithNrf } from "../../tests/nrf_intel_hex.ts";
import { hexLine } from "../../tests/record_lines.ts";
import { ImageFormatError, type ImageFormatErrorCode } from "./error.ts";
import { formatIntelHex, parseIntelHex } from "./intel_hex.ts";
import { fromMemoryMap } from "./memory_map.ts";

const SEED = 20260101;
const END = ":00000001FF";

/** What we refuse and nrf-intel-hex reads, because other readers make something else of it or because it is empty. */
const STRICTER: ReadonlySet<ImageFormatErrorCode> = new Set(["no-data", "ambiguous-address", "ambiguous-start"]);

const byte = fc.nat({ max: 0xff });
const bytes = (minLength: number, maxLength: number) => fc.array(byte, { minLength, maxLength });

/** Few addresses, so that records meet. No record over 64 KiB: nrf-intel-hex refuses them under any base. */
const dataRecord = fc.tuple(fc.oneof(fc.nat({ max: 0x30 }), fc.nat({ max: 0xffff })), bytes(1, 20)).map(
  ([loadOffset, data]) => hexLine(0, Math.min(loadOffset, 0x1_0000 - data.length), ...data),
);

/** nrf-intel-hex makes addresses from 0x80000000 up negative. */
const linearBase = fc.oneof(fc.constantFrom(0, 1, 2), fc.nat({ max: 0x7fff }))
  .map((base) => hexLine(4, 0, base >> 8, base & 0xff));
const segmentBase = fc.oneof(fc.constantFrom(0, 1, 0x1000), fc.nat({ max: 0xffff }))
  .map((base) => hexLine(2, 0, base >> 8, base & 0xff));
const startRecord = fc.tuple(fc.constantFrom(3, 5), bytes(4, 4)).map(([type, info]) => hexLine(type, 0, ...info));

const lines = fc.array(
  fc.oneof(
    { weight: 20, arbitrary: dataRecord },
    { weight: 4, arbitrary: linearBase },
    { weight: 1, arbitrary: segmentBase },
    { weight: 1, arbitrary: startRecord },
  ),
  { maxLength: 12 },
);
const lineEnd = fc.constantFrom("\n", "\r\n", "\r");
const text = fc.tuple(lines, lineEnd, fc.boolean()).map(([records, end, isLower]) => {
  const joined = [...records, END, ""].join(end);
  return isLower ? joined.toLowerCase() : joined;
});

type Reader = (text: string) => MemoryImage;

const ours: Reader = (hex) => parseIntelHex(new TextEncoder().encode(hex));
const theirs: Reader = (hex) => fromMemoryMap(parseWithNrf(hex));

function attempt(reader: Reader, hex: string): MemoryImage | Error {
  try {
    return reader(hex);
  } catch (error) {
    assert(error instanceof Error);
    return error;
  }
}

/** Holds when both read the same segments, when both refuse, and when we alone refuse for a reason of ours. */
function agree(reader: Reader, hex: string): boolean {
  const mine = attempt(reader, hex);
  const other = attempt(theirs, hex);
  if (mine instanceof MemoryImage) {
    assert.deepEqual(mine.segments, other instanceof MemoryImage ? other.segments : other.message);
    return true;
  }
  assert(mine instanceof ImageFormatError, String(mine));
  assert(other instanceof Error || STRICTER.has(mine.code), mine.message);
  return false;
}

Deno.test("parseIntelHex() and nrf-intel-hex make the same image of the same records", () => {
  let readCount = 0;
  fc.assert(fc.property(text, (hex) => void (readCount += agree(ours, hex) ? 1 : 0)), { seed: SEED, numRuns: 4000 });
  assert(readCount > 1000, `Only ${readCount} of the texts were read at all`);
});

Deno.test("the comparison with nrf-intel-hex catches a reader that skips segment bases", () => {
  const naive: Reader = (hex) => ours(hex.replaceAll(/^:02000002.*[\r\n]+/gm, ""));
  const { failed } = fc.check(fc.property(text, (hex) => void agree(naive, hex)), { seed: SEED, numRuns: 4000 });
  assert(failed);
});

Deno.test("parseIntelHex() reads no text that nrf-intel-hex refuses or reads otherwise once a character is changed", () => {
  const changed = fc.tuple(text, fc.nat(), fc.constantFrom(..."0123456789ABCDEFabcdef:; \t\r\n\0\x1aG")).map(
    ([hex, at, character]) => {
      const index = at % hex.length;
      return hex.slice(0, index) + character + hex.slice(index + 1);
    },
  );
  fc.assert(
    fc.property(changed, (hex) => {
      const mine = attempt(ours, hex);
      assert(mine instanceof MemoryImage || mine instanceof ImageFormatError, String(mine));
      // Empty lines, which a changed line end can make, are the one thing that we read and it does not.
      const other = attempt(theirs, hex.replaceAll(/([\r\n])[\r\n]+/g, "$1"));
      if (mine instanceof MemoryImage) assert.deepEqual(mine.segments, other instanceof MemoryImage && other.segments);
    }),
    { seed: SEED, numRuns: 4000 },
  );
});

Deno.test("formatIntelHex() writes what parseIntelHex() and nrf-intel-hex read back as the same image", () => {
  const segment = fc.record({ address: fc.nat({ max: 0x7ffe_ffff }), data: bytes(1, 100) });
  const option = fc.record({
    recordSizeBytes: fc.integer({ min: 1, max: 255 }),
    lineEnd: fc.constantFrom("\n", "\r\n"),
  });
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), option, (segments, options) => {
      const distinct = segments.filter(({ address }, index) =>
        segments.slice(0, index).every((other) => Math.abs(other.address - address) >= 100)
      );
      const image = MemoryImage.fromSegments(
        distinct.map(({ address, data }) => ({ address, data: Uint8Array.from(data) })),
        { kind: "linear", address: distinct[0]!.address },
      );
      const written = formatIntelHex(image, { ...options, lineEnd: options.lineEnd === "\n" ? "\n" : "\r\n" });
      assert.deepEqual(parseIntelHex(written), image);
      assert.deepEqual(theirs(new TextDecoder().decode(written)).segments, image.segments);
    }),
    { seed: SEED, numRuns: 500 },
  );
});
