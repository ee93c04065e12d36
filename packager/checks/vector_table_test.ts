import assert from "node:assert/strict";
import type { CoreTag } from "../../core/parts/part.ts";
import { findLayout } from "../layouts/presets.ts";
import type { PlacementCode } from "./placement_error.ts";
import { listPlaces } from "./segments.ts";
import { checkVectorTable } from "./vector_table.ts";

const A7 = 0x0802_0000;
const A4 = 0x0810_0000;
const PAYLOAD_BYTES = 128;

/** Checks a table of these words, with zeros behind them up to 128 bytes. */
function check(layoutName: string, core: CoreTag, words: readonly number[]) {
  const layout = findLayout(layoutName);
  const slot = layout.slots.find((slot) => slot.core === core)!;
  const payload = new Uint8Array(PAYLOAD_BYTES);
  const view = new DataView(payload.buffer);
  for (const [index, word] of words.entries()) view.setUint32(4 * index, word, true);
  return checkVectorTable(payload, {
    part: layout.part,
    core: layout.part.cores.find(({ tag }) => tag === core)!,
    addressStart: slot.addressA,
    places: listPlaces(layout),
  });
}

/** Ends of RAM as the datasheets' memory maps have them. */
const STACKS: readonly [string, CoreTag, number, string][] = [
  ["stm32h745", "CM7", 0x2002_0000, "the end of DTCM"],
  ["stm32h745", "CM7", 0x0001_0000, "the end of ITCM"],
  ["stm32h745", "CM7", 0x2408_0000, "the end of AXI SRAM"],
  ["stm32h745", "CM7", 0x3004_8000, "the end of SRAM3"],
  ["stm32h745", "CM7", 0x3800_1000, "inside SRAM4"],
  ["stm32h745", "CM4", 0x1004_8000, "the end of the alias"],
  ["stm32h745", "CM4", 0x3004_8000, "the end of SRAM3"],
  ["stm32f407", "CM4", 0x2002_0000, "the end of SRAM2"],
  ["stm32f407", "CM4", 0x1001_0000, "the end of CCM"],
  ["stm32f411", "CM4", 0x2002_0000, "the end of SRAM"],
  ["stm32l4r5", "CM4", 0x200a_0000, "the end of SRAM3"],
  ["stm32g0b1", "CM0P", 0x2002_4000, "the end of SRAM"],
  ["stm32l053", "CM0P", 0x2000_2000, "the end of SRAM"],
];

for (const [layout, core, stackPointer, where] of STACKS) {
  Deno.test(`checkVectorTable() takes a stack at ${where} for the ${core} of ${layout}`, () => {
    const reset = findLayout(layout).slots.find((slot) => slot.core === core)!.addressA + 0x41;
    assert.deepEqual(check(layout, core, [stackPointer, reset]), { findings: [], notes: [] });
  });
}

const REFUSED: readonly [string, CoreTag, readonly number[], PlacementCode, RegExp][] = [
  [
    "a stack pointer of 0",
    "CM7",
    [0, A7 + 1],
    "bad-stack-pointer",
    /0x00000000 is in no RAM of CM7 \(ITCM 0x00000000 to 0x00010000, DTCM/,
  ],
  ["an erased stack pointer", "CM7", [0xffff_ffff, A7 + 1], "bad-stack-pointer", /0xFFFFFFFF is no multiple of 4/],
  ["an odd stack pointer", "CM7", [0x2001_0001, A7 + 1], "bad-stack-pointer", /is no multiple of 4/],
  ["a stack pointer at the start of RAM", "CM7", [0x2000_0000, A7 + 1], "bad-stack-pointer", /is in no RAM/],
  ["a stack pointer behind RAM", "CM7", [0x2002_0004, A7 + 1], "bad-stack-pointer", /is in no RAM/],
  ["a stack pointer in flash", "CM7", [A7 + 64, A7 + 1], "bad-stack-pointer", /is in no RAM/],
  [
    "a stack in DTCM",
    "CM4",
    [0x2002_0000, A4 + 1],
    "wrong-core",
    /is in DTCM, which only CM7 has: this looks like a CM7 image/,
  ],
  [
    "a stack at the alias",
    "CM7",
    [0x1004_8000, A7 + 1],
    "wrong-core",
    /SRAM1-3 alias, which only CM4 has: this looks like a CM4/,
  ],
  [
    "a reset vector without Thumb bit",
    "CM7",
    [0x2002_0000, A7 + 64],
    "bad-reset-vector",
    /the reset vector 0x08020040 is even/,
  ],
  ["a reset vector of 0", "CM7", [0x2002_0000, 0], "bad-reset-vector", /0x00000000 is even/],
  [
    "a reset vector behind the image",
    "CM7",
    [0x2002_0000, A7 + 129],
    "bad-reset-vector",
    /outside the image \(0x08020000 to 0x08020080\)/,
  ],
  [
    "a reset vector before the image",
    "CM7",
    [0x2002_0000, A7 - 1],
    "bad-reset-vector",
    /points into the loader's sectors/,
  ],
  [
    "an image moved to another slot",
    "CM4",
    [0x3000_8000, A7 + 65],
    "bad-reset-vector",
    /0x08020041 points into slot A of CM7/,
  ],
  [
    "an erased reset vector",
    "CM7",
    [0x2002_0000, 0xffff_ffff],
    "bad-reset-vector",
    /points into no flash or RAM of the part/,
  ],
];

for (const [name, core, words, code, state] of REFUSED) {
  Deno.test(`checkVectorTable() refuses ${name} for the ${core}`, () => {
    const { findings } = check("stm32h745", core, words);
    assert.deepEqual(findings.map(({ code }) => code), [code]);
    assert.match(findings[0]!.state, state);
  });
}

const NOTED: readonly [string, string, CoreTag, readonly number[], readonly RegExp[]][] = [
  ["a stack pointer that is a multiple of 4 only", "stm32h745", "CM7", [0x2001_fffc, A7 + 1], [
    /^the initial stack pointer 0x2001FFFC is no multiple of 8/,
  ]],
  ["a HardFault vector without Thumb bit", "stm32h745", "CM7", [0x2002_0000, A7 + 1, 0, A7 + 64], [
    /^the HardFault vector 0x08020040 is even/,
  ]],
  ["an NMI vector outside", "stm32h745", "CM7", [0x2002_0000, A7 + 1, A7 + 0x401], [
    /^the NMI vector 0x08020401 points into slot A of CM7, outside/,
  ]],
  ["a SysTick vector in RAM", "stm32h745", "CM7", [0x2002_0000, A7 + 1, ...new Array(13).fill(0), 0x2400_0001], [
    /^the SysTick vector 0x24000001 points into RAM \(AXI SRAM\)/,
  ]],
  ["reserved words", "stm32h745", "CM7", [0x2002_0000, A7 + 1, 0, 0, 0, 0, 0, 2, 2, 2, 2, 0, 0, 2], []],
  ["words that are faults on a Cortex-M4 only", "stm32l053", "CM0P", [
    0x2000_2000,
    0x0800_4001,
    0,
    0,
    2,
    2,
    2,
    0,
    0,
    0,
    0,
    0,
    2,
  ], []],
  ["the same words on a Cortex-M4", "stm32f407", "CM4", [0x2000_2000, 0x0801_0001, 0, 0, 2, 2, 2, 0, 0, 0, 0, 0, 2], [
    /MemManage/,
    /BusFault/,
    /UsageFault/,
    /DebugMonitor/,
  ]],
];

for (const [name, layout, core, words, notes] of NOTED) {
  Deno.test(`checkVectorTable() has ${notes.length} notes on ${name}`, () => {
    const got = check(layout, core, words);
    assert.deepEqual(got.findings, []);
    assert.equal(got.notes.length, notes.length, got.notes.join("\n"));
    for (const [index, note] of got.notes.entries()) assert.match(note, notes[index]!);
  });
}
