import assert from "node:assert/strict";
import { MemoryImage, type Segment } from "../../core/memory_image.ts";
import type { CoreTag } from "../../core/parts/part.ts";
import { createLayout, type Layout } from "../layouts/layout.ts";
import { LayoutError } from "../layouts/layout_error.ts";
import { findLayout } from "../layouts/presets.ts";
import { placeImage } from "./place_image.ts";
import { type PlacementCode, PlacementError } from "./placement_error.ts";

const KIB = 1024;
const H745 = findLayout("stm32h745");
const F407 = findLayout("stm32f407");
const A7 = 0x0802_0000;
const A4 = 0x0810_0000;
const CAPACITY7 = 384 * KIB - 288;

/** A small image: stack pointer, reset vector behind a table of 16 words, zeros. */
function program(address: number, stackPointer: number, sizeBytes = 128): Segment {
  const data = new Uint8Array(sizeBytes);
  const view = new DataView(data.buffer);
  view.setUint32(0, stackPointer, true);
  view.setUint32(4, address + 0x41, true);
  return { address, data };
}

function filled(address: number, sizeBytes: number, byte = 0x5a): Segment {
  return { address, data: new Uint8Array(sizeBytes).fill(byte) };
}

const GOOD7 = program(A7, 0x2002_0000);
const GOOD4 = program(A4, 0x1004_8000);
const F407_GOOD = program(0x0801_0000, 0x2002_0000);
const QSPI = filled(0x9020_0000, 64);

/** What an image is placed with; the H745's CM7, uncropped, unless it says otherwise. */
interface Target {
  readonly core?: CoreTag;
  readonly layout?: Layout;
  readonly crop?: boolean;
}

function place(segments: readonly Segment[], { core = "CM7", layout = H745, crop = false }: Target) {
  return placeImage(MemoryImage.fromSegments(segments), { layout, core, crop });
}

const CROP: Target = { crop: true };
const CM4: Target = { core: "CM4" };

const PLACED: readonly [string, readonly Segment[], Target, number, readonly string[]][] = [
  ["a CM7 image", [GOOD7], {}, 128, []],
  ["a CM4 image", [GOOD4], CM4, 128, []],
  ["a payload of odd size", [program(A7, 0x2002_0000, 333)], {}, 333, []],
  ["the largest payload", [program(A7, 0x2002_0000, CAPACITY7)], {}, CAPACITY7, []],
  ["a gap inside the slot", [GOOD7, filled(A7 + 256, 1)], {}, 257, []],
  ["an image to crop that needs none", [GOOD7], CROP, 128, []],
  ["one core of two, cropped", [GOOD7, GOOD4, QSPI], CROP, 128, [
    "0x08100000 to 0x08100080 (128 bytes) in slot A of CM4 was cropped",
    "0x90200000 to 0x90200040 (64 bytes) in no flash or RAM of the part was cropped",
  ]],
  ["an application with its loader, cropped", [filled(0x0800_0000, 128 * KIB), GOOD7], CROP, 128, [
    "0x08000000 to 0x08020000 (131072 bytes) in the loader's sectors was cropped",
  ]],
];

for (const [name, segments, target, payloadBytes, notes] of PLACED) {
  Deno.test(`placeImage() takes ${name}`, () => {
    const placed = place(segments, target);
    assert.equal(placed.core, target.core ?? "CM7");
    assert.equal(placed.payload.length, payloadBytes);
    assert.deepEqual(placed.notes, notes);
    const croppedBytes = placed.cropped.reduce(
      (sum, { addressStart, addressEnd }) => sum + addressEnd - addressStart,
      0,
    );
    const sizeBytes = segments.reduce((sum, { data }) => sum + data.length, 0);
    const keptBytes = MemoryImage.fromSegments(segments).slice(A7, A4).sizeBytes;
    if (target.core === undefined) assert.equal(croppedBytes, sizeBytes - keptBytes);
  });
}

const ERASED: readonly [string, CoreTag, number, number, number][] = [
  ["stm32h745", "CM7", A7, 0x2002_0000, 0xff],
  ["stm32l053", "CM0P", 0x0800_4000, 0x2000_2000, 0x00],
];

for (const [name, core, address, stackPointer, erasedByte] of ERASED) {
  Deno.test(`placeImage() fills gaps with what erased flash of ${name} reads`, () => {
    const table = program(address, stackPointer, 72);
    const { payload } = place([table, filled(address + 74, 3)], { layout: findLayout(name), core });
    assert.deepEqual([...payload], [...table.data, erasedByte, erasedByte, 0x5a, 0x5a, 0x5a]);
  });
}

const REFUSED: readonly [string, readonly Segment[], Target, readonly PlacementCode[], RegExp][] = [
  ["an image without bytes", [], {}, ["nothing-in-slot"], /the image has no bytes at all/],
  [
    "external flash only",
    [QSPI],
    {},
    ["nothing-in-slot", "outside-slot"],
    /nothing is in slot A of CM7 at 0x08020000; 0x90200000 to 0x90200040 \(64 bytes\) is in no flash or RAM/,
  ],
  ["external flash only, cropped", [QSPI], CROP, ["nothing-in-slot", "outside-slot"], /64 bytes/],
  [
    "a CM4 image for the CM7",
    [GOOD4],
    {},
    ["wrong-slot", "outside-slot"],
    /this looks like a CM4 image, it stands at 0x08100000 in slot A of CM4/,
  ],
  ["a CM7 image for the CM4", [GOOD7], CM4, ["wrong-slot", "outside-slot"], /this looks like a CM7 image/],
  [
    "an image linked for slot B",
    [program(0x0808_0000, 0x2002_0000)],
    {},
    ["wrong-slot", "outside-slot"],
    /at 0x08080000 in slot B of CM7, which only receives/,
  ],
  [
    "the loader",
    [program(0x0800_0000, 0x2002_0000)],
    {},
    ["nothing-in-slot", "in-loader"],
    /0x08000000 to 0x08000080 \(128 bytes\) is in the loader's sectors/,
  ],
  [
    "one byte in the loader's sectors",
    [filled(A7 - 1, 1), GOOD7],
    {},
    ["in-loader"],
    /: 0x0801FFFF to 0x08020000 \(1 byte\) is in the loader's sectors$/,
  ],
  [
    "segments in RAM",
    [GOOD7, filled(0x2000_0000, 16), filled(0x2400_0000, 16)],
    {},
    ["in-ram", "in-ram"],
    /\(16 bytes\) is in RAM \(DTCM\); .*RAM \(AXI SRAM\)/,
  ],
  [
    "both cores in one file",
    [GOOD7, GOOD4, QSPI, filled(0x9030_0000, 8)],
    {},
    ["outside-slot", "outside-slot"],
    /0x90200000 to 0x90300008 \(72 bytes in 2 pieces\)/,
  ],
  [
    "option bytes",
    [F407_GOOD, filled(0x1fff_c000, 16)],
    { ...CM4, layout: F407 },
    ["outside-slot"],
    /is in the option bytes/,
  ],
  [
    "flash behind the last slot",
    [F407_GOOD, filled(0x080f_0000, 4)],
    { ...CM4, layout: F407 },
    ["outside-slot"],
    /is in flash outside every slot/,
  ],
  [
    "a payload that is a byte too large",
    [program(A7, 0x2002_0000, CAPACITY7 + 1)],
    {},
    ["too-large"],
    /takes 392929 bytes, 1 byte too large: the slot takes 392928/,
  ],
  [
    "bytes where the commit word goes",
    [GOOD4, filled(A4 + 512 * KIB - 1, 1)],
    CM4,
    ["too-large"],
    /288 bytes too large/,
  ],
  ["an image over the slot's end, cropped", [program(A4, 0x1004_8000, 512 * KIB + 1)], { ...CM4, ...CROP }, [
    "too-large",
  ], /289 bytes too large/],
  ["a slot of 0xFF", [filled(A7, 64, 0xff)], {}, ["blank"], /the 64 bytes in the slot are all 0xFF/],
  ["a slot of 0x00", [filled(A7, 64, 0x00)], {}, ["blank"], /are all 0x00/],
  [
    "an image behind the slot's start",
    [program(A7 + 256, 0x2002_0000)],
    {},
    ["no-vector-table"],
    /the image begins at 0x08020100, not at the slot's start 0x08020000/,
  ],
  ["seven bytes", [filled(A7, 7)], {}, ["no-vector-table"], /the image has 7 bytes/],
  ["the stack of the other core", [program(A4, 0x2002_0000)], CM4, ["wrong-core"], /this looks like a CM7 image/],
  ["everything at once", [filled(A7, CAPACITY7 + 4, 2), QSPI], {}, [
    "too-large",
    "bad-stack-pointer",
    "bad-reset-vector",
    "outside-slot",
  ], /4 bytes too large.*no multiple of 4.*is even.*0x90200000/],
  [
    "a core that the layout does not have",
    [GOOD4],
    { core: "CM33" },
    ["unknown-core"],
    /the layout has no slot for CM33, it has CM7 and CM4/,
  ],
];

for (const [name, segments, target, codes, message] of REFUSED) {
  Deno.test(`placeImage() refuses ${name}`, () => {
    assert.throws(() => place(segments, target), (error) => {
      assert(error instanceof PlacementError, String(error));
      assert.deepEqual(error.findings.map(({ code }) => code), codes, error.message);
      assert.deepEqual([error.code, error.core], [codes[0], target.core ?? "CM7"]);
      assert.match(error.message, message);
      assert.match(error.message, /^Cannot place the CM\d+ image in the layout stm32[a-z0-9]+: .*[^.]$/);
      return true;
    });
  });
}

/** Cropping helps only where there is something in the slot. */
const ADVICE: readonly [string, readonly Segment[], RegExp][] = [
  ["bytes elsewhere", [GOOD7, QSPI], /--crop/],
  ["another core's image", [GOOD4], /^Give every core its own image/],
  ["an image that is too large", [program(A7, 0x2002_0000, CAPACITY7 + 1)], /^Make the image smaller/],
  ["an image in the loader's place", [program(0x0800_0000, 0x2002_0000)], /^Link the image for the start of slot A/],
];

for (const [name, segments, advice] of ADVICE) {
  Deno.test(`placeImage() advises on ${name}`, () => {
    assert.throws(() => place(segments, {}), (error) => error instanceof PlacementError && advice.test(error.advice!));
  });
}

Deno.test("placeImage() does not look at the image when the layout is wrong", () => {
  const { part, ...rest } = H745;
  const loader = { addressStart: 0x0800_0000, sizeBytes: 256 * KIB };
  const layout = createLayout({ ...rest, part: part.name, loader });
  assert.throws(() => place([GOOD7], { layout }), LayoutError);
});

Deno.test("placeImage() lists a run of bytes once, whatever sectors it crosses", () => {
  const addressA = 0x0802_0000;
  const { part, ...rest } = F407;
  const slots = [{ core: "CM4" as const, addressA, addressB: 0x0808_0000, sizeBytes: 384 * KIB }];
  const loader = { addressStart: 0x0800_0000, sizeBytes: 16 * KIB };
  const layout = createLayout({ ...rest, part: part.name, loader, slots });
  const run = filled(0x0800_4000, addressA - 0x0800_4000);
  assert.deepEqual(place([run, program(addressA, 0x2002_0000)], { ...CM4, ...CROP, layout }).cropped, [
    { addressStart: 0x0800_4000, addressEnd: addressA, place: "flash outside every slot" },
  ]);
});

Deno.test("placeImage() takes an image of 100,000 segments and a gap of 2 GiB at once", () => {
  const segments = Array.from({ length: 100_000 }, (_, index) => filled(0x9000_0000 + 2 * index, 1));
  const { cropped, notes } = place([GOOD7, ...segments], CROP);
  assert.equal(cropped.length, 100_000);
  assert.deepEqual(notes, [
    "0x90000000 to 0x90030D3F (100000 bytes in 100000 pieces) in no flash or RAM of the part was cropped",
  ]);
});
