import assert from "node:assert/strict";
import { PARTS } from "./find_part.ts";
import type { Part } from "./part.ts";
import { sectorsOf, vectorTableAlignmentOf } from "./sectors.ts";

/** A document with its revision, a manual named as a copy, a file at a commit, or a doubt that says so. */
const SOURCE_REGEXP = /Rev \d+|RM\d{4}, |@[0-9a-f]{7} |unverified: ./;

/** Lists the paths of numbers that no record around them gives a source for. */
function findUnsourced(value: unknown, path: string, isSourced: boolean): readonly string[] {
  if (typeof value === "number") return isSourced ? [] : [path];
  if (typeof value !== "object" || value === null) return [];
  const isSourcedHere = "source" in value ? SOURCE_REGEXP.test(String(value.source)) : isSourced;
  return Object.entries(value).flatMap(([key, member]) => findUnsourced(member, `${path}.${key}`, isSourcedHere));
}

/** Lists every `source` there is. */
function listSources(value: unknown): readonly unknown[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => key === "source" ? [member] : listSources(member));
}

/** Records that must bring their own source, so that the part's own, for the chip id, does not cover them. */
function recordsOf(part: Part): readonly (readonly [string, unknown])[] {
  return [
    ...part.cores.map((core): [string, unknown] => [`core ${core.tag}`, core]),
    ...part.flash.bankModes.map((mode): [string, unknown] => [`bank mode ${mode.name}`, mode]),
    ...part.flash.timings.map((timing, index): [string, unknown] => [`timing ${index}`, timing]),
    ["flash", part.flash],
    ["program unit", part.flash.programUnit],
    ["write protection", part.flash.writeProtection],
    ["boot ROM", part.bootRom],
    ["identity", part.identity],
    ["option bytes", part.optionBytes],
    ["chip id", { chipId: part.chipId, source: part.source }],
  ];
}

for (const part of PARTS) {
  Deno.test(`${part.name}: every number has a source`, () => {
    for (const [name, record] of recordsOf(part)) assert.deepEqual(findUnsourced(record, name, false), []);
    for (const source of listSources(part)) assert.match(String(source), SOURCE_REGEXP);
  });

  Deno.test(`${part.name}: in every bank mode the sectors are the flash, ascending, without overlap`, () => {
    for (const { name, sectorRuns } of part.flash.bankModes) {
      const sectors = sectorsOf(part, name);
      assert.equal(sectors[0]!.addressStart, part.flash.addressStart);
      assert.equal(sectors.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0), part.flash.sizeBytes);
      let previousEnd = 0;
      for (const [index, sector] of sectors.entries()) {
        assert.equal(sector.index, index);
        assert(sector.addressStart >= previousEnd);
        assert.equal(sector.addressStart % sector.sizeBytes, 0);
        previousEnd = sector.addressStart + sector.sizeBytes;
      }
      assert.deepEqual([...new Set(sectors.map(({ bank }) => bank))], name === "dual" ? [1, 2] : [1]);
      const sizes = new Set(sectorRuns.map(({ sectorSizeBytes }) => sectorSizeBytes));
      for (const timing of part.flash.timings) {
        for (const size of sizes) {
          const times = timing.sectorErase.find(({ sectorSizeBytes }) => sectorSizeBytes === size);
          assert(times !== undefined, `no erase time for ${size}`);
          assert(0 < times.typicalUs && times.typicalUs <= times.maximumUs);
        }
      }
    }
  });

  Deno.test(`${part.name}: write protection, program unit and boot addresses agree with the sectors`, () => {
    const { programUnit, writeProtection } = part.flash;
    for (const { name } of part.flash.bankModes) {
      for (const { addressStart, sizeBytes } of sectorsOf(part, name)) {
        assert.equal(sizeBytes % programUnit.sizeBytes, 0);
        assert(writeProtection.unitSizeBytes === null || writeProtection.unitSizeBytes % sizeBytes === 0);
        // A slot that begins on a sector can be a hardware boot address.
        for (const { boot } of part.cores) assert.equal(addressStart % (boot?.addressUnitBytes ?? 1), 0);
      }
    }
    for (const region of part.bootRom.reservedRam) {
      const isInRam = part.cores.some(({ rams }) =>
        rams.some((ram) =>
          ram.addressStart <= region.addressStart &&
          region.addressStart + region.sizeBytes <= ram.addressStart + ram.sizeBytes
        )
      );
      assert(isInRam, `the boot ROM's ${region.name}`);
    }
  });
}

Deno.test("a number without a source, or with an empty one, is found", () => {
  const [part] = PARTS;
  const bare = { ...part!.bootRom, source: "" };
  assert(findUnsourced(bare, "bootRom", false).includes("bootRom.maxTransferBytes"));
  const { source: _, ...without } = part!.flash.programUnit;
  assert.deepEqual(findUnsourced(without, "unit", false), ["unit.sizeBytes", "unit.erasedByte"]);
});

/** Product ids as AN2606 and the tables of stm32flash and stm32loader have them; vectors as the reference manuals do. */
const IDENTITIES: readonly [string, number, number, number, number][] = [
  ["stm32f103x8", 0x410, 64, 256, 0xff],
  ["stm32f103xb", 0x410, 128, 256, 0xff],
  ["stm32f103xc", 0x414, 256, 512, 0xff],
  ["stm32f103xe", 0x414, 512, 512, 0xff],
  ["stm32f407xe", 0x413, 512, 512, 0xff],
  ["stm32f407xg", 0x413, 1024, 512, 0xff],
  ["stm32f411xe", 0x431, 512, 512, 0xff],
  ["stm32f429xi", 0x419, 2048, 512, 0xff],
  ["stm32g071xb", 0x460, 128, 256, 0xff],
  ["stm32g0b1xe", 0x467, 512, 256, 0xff],
  ["stm32g474xe", 0x469, 512, 512, 0xff],
  ["stm32h743xi", 0x450, 2048, 1024, 0xff],
  ["stm32h745xg", 0x450, 1024, 1024, 0xff],
  ["stm32h745xi", 0x450, 2048, 1024, 0xff],
  ["stm32h747xg", 0x450, 1024, 1024, 0xff],
  ["stm32h747xi", 0x450, 2048, 1024, 0xff],
  ["stm32h755xi", 0x450, 2048, 1024, 0xff],
  ["stm32h757xi", 0x450, 2048, 1024, 0xff],
  ["stm32l053x8", 0x417, 64, 256, 0x00],
  ["stm32l4r5xi", 0x470, 2048, 512, 0xff],
];

Deno.test("every part has the chip id, flash size, vector table alignment and erased value of its manual", () => {
  const got = PARTS.map(({ name, chipId, flash, cores }) => [
    name,
    chipId,
    flash.sizeBytes / 1024,
    vectorTableAlignmentOf(cores[0]!),
    flash.programUnit.erasedByte,
  ]);
  assert.deepEqual(got, IDENTITIES);
});
