/**
 * Whether a layout fits its part: sectors, banks and their hole, program units, boot addresses, write protection.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { formatAddress } from "../../core/hex.ts";
import { bankModeOf, type Sector, sectorsOf, vectorTableAlignmentOf } from "../../core/parts/sectors.ts";
import type { Layout } from "./layout.ts";
import { LayoutError, type LayoutProblem } from "./layout_error.ts";
import { SLOT_RESERVED_BYTES } from "./slot_capacity.ts";

/** Payloads are padded to this, and the commit word is as long. */
const SLOT_UNIT_BYTES = 32;

/** A loader or a slot, with the name that people read and the place in the file. */
interface Area {
  readonly name: string;
  readonly path: string;
  readonly isStaging: boolean;
  readonly addressStart: number;
  readonly addressEnd: number;
  /** Sectors that it touches, and therefore owns. */
  readonly sectors: readonly Sector[];
}

/**
 * Checks a layout against the table of parts.
 *
 * A slot owns every sector it touches, even where it ends inside one: no sector belongs to two areas. All that is wrong
 * is reported at once.
 *
 * @param layout The layout.
 * @returns Notes: what is allowed and may still surprise, one sentence each without period.
 * @throws {LayoutError} When the layout does not fit the part; `problems` lists everything.
 *
 * @example The preset for an H747 fits
 * ```ts
 * import { checkLayout, findLayout } from "@coreslot/coreslot/packager";
 *
 * checkLayout(findLayout("stm32h747"));
 * ```
 */
export function checkLayout(layout: Layout): readonly string[] {
  const bankModes = layout.part.flash.bankModes.map(({ name }) => name).join(", ");
  if (bankModeOf(layout.part, layout.bankMode) === undefined) {
    throw new LayoutError([{
      code: "unknown-bank-mode",
      path: "bankMode",
      state: `is no bank mode of ${layout.part.name}`,
      expected: bankModes,
      got: layout.bankMode,
    }]);
  }
  const areas = listAreas(layout);
  const problems = [
    ...checkCoreNames(layout),
    ...checkLoader(layout, areas[0]!),
    ...checkSlotSizes(layout),
    ...checkSlotStarts(layout),
    ...areas.flatMap((area) => checkPlace(layout, area)),
    ...checkDisjoint(areas),
  ];
  const [first, ...others] = problems;
  if (first !== undefined) throw new LayoutError([first, ...others]);
  return listNotes(layout, areas);
}

function listAreas(layout: Layout): readonly Area[] {
  const sectors = sectorsOf(layout.part, layout.bankMode);
  const area = (names: Pick<Area, "name" | "path" | "isStaging">, addressStart: number, sizeBytes: number): Area => {
    const addressEnd = addressStart + sizeBytes;
    const isTouched = (sector: Sector) =>
      sector.addressStart < addressEnd && addressStart < sector.addressStart + sector.sizeBytes;
    return { ...names, addressStart, addressEnd, sectors: sectors.filter(isTouched) };
  };
  const { loader, slots, policy } = layout;
  return [
    area({ name: "the loader", path: "loader.addressStart", isStaging: false }, loader.addressStart, loader.sizeBytes),
    ...slots.flatMap(({ core, addressA, addressB, sizeBytes }, index) => {
      const path = `slots[${index}]`;
      const slotA = { name: `slot A of ${core}`, path: `${path}.addressA`, isStaging: false };
      const slotB = { name: `slot B of ${core}`, path: `${path}.addressB`, isStaging: true };
      const running = area(slotA, addressA, sizeBytes);
      return policy === "single" ? [running] : [running, area(slotB, addressB, sizeBytes)];
    }),
  ];
}

function checkCoreNames({ part, slots }: Layout): readonly LayoutProblem[] {
  const expected = part.cores.map(({ tag }) => tag).join(", ");
  const wrong = slots.flatMap(({ core }, index): LayoutProblem[] => {
    const path = `slots[${index}].core`;
    if (!part.cores.some(({ tag }) => tag === core)) {
      return [{ code: "unknown-core", path, state: `is no core of ${part.name}`, expected, got: core }];
    }
    const isRepeated = slots.findIndex((other) => other.core === core) < index;
    return isRepeated ? [{ code: "duplicate-core", path, state: `has its slots already`, got: core }] : [];
  });
  const missing = part.cores.filter(({ tag }) => !slots.some(({ core }) => core === tag))
    .map(({ tag }): LayoutProblem => ({
      code: "missing-core",
      path: "slots",
      state: `have none for ${tag}`,
      expected,
    }));
  return [...wrong, ...missing];
}

function checkLoader({ part, loader }: Layout, area: Area): readonly LayoutProblem[] {
  const problems: LayoutProblem[] = [];
  if (loader.addressStart !== part.flash.addressStart) {
    problems.push({
      code: "loader-not-first",
      path: "loader.addressStart",
      state: "is not where the part starts",
      expected: formatAddress(part.flash.addressStart),
      got: formatAddress(loader.addressStart),
    });
  }
  const last = area.sectors.at(-1);
  if (last !== undefined && last.addressStart + last.sizeBytes !== area.addressEnd) {
    problems.push({
      code: "not-on-sector",
      path: "loader.sizeBytes",
      state: `ends inside the sector at ${formatAddress(last.addressStart)}`,
      expected: `an end at ${formatAddress(last.addressStart)} or ${formatAddress(last.addressStart + last.sizeBytes)}`,
      got: formatAddress(area.addressEnd),
    });
  }
  const { unitSizeBytes } = part.flash.writeProtection;
  if (unitSizeBytes !== null && loader.sizeBytes % unitSizeBytes !== 0) {
    problems.push({
      code: "not-protectable",
      path: "loader.sizeBytes",
      state: "cannot be write-protected without what stands behind it",
      expected: `a multiple of ${unitSizeBytes}`,
      got: `${loader.sizeBytes}`,
    });
  }
  return problems;
}

function checkSlotSizes({ part, slots }: Layout): readonly LayoutProblem[] {
  const unitBytes = Math.max(SLOT_UNIT_BYTES, part.flash.programUnit.sizeBytes);
  return slots.flatMap(({ sizeBytes }, index): LayoutProblem[] => {
    const path = `slots[${index}].sizeBytes`;
    if (sizeBytes % unitBytes !== 0) {
      return [{
        code: "bad-size",
        path,
        state: "is not whole program units",
        expected: `a multiple of ${unitBytes}`,
        got: `${sizeBytes}`,
      }];
    }
    return sizeBytes > SLOT_RESERVED_BYTES ? [] : [{
      code: "bad-size",
      path,
      state: "has no room for a payload beside header and commit word",
      expected: `more than ${SLOT_RESERVED_BYTES}`,
      got: `${sizeBytes}`,
    }];
  });
}

/** Slot A is where a core starts: at a boot address of the hardware, with its vector table. */
function checkSlotStarts({ part, slots, policy }: Layout): readonly LayoutProblem[] {
  return slots.flatMap(({ core, addressA, addressB }, index): LayoutProblem[] => {
    const problems: LayoutProblem[] = [];
    const path = `slots[${index}].addressA`;
    const got = formatAddress(addressA);
    const described = part.cores.find(({ tag }) => tag === core);
    const bootUnitBytes = described?.boot?.addressUnitBytes ?? 1;
    if (addressA % bootUnitBytes !== 0) {
      const state = `is no boot address of ${core}`;
      problems.push({ code: "bad-boot-address", path, state, expected: `a multiple of ${bootUnitBytes} bytes`, got });
    }
    const alignment = described === undefined ? 1 : vectorTableAlignmentOf(described);
    if (addressA % alignment !== 0) {
      const state = `cannot hold the vector table of ${core}`;
      problems.push({ code: "bad-alignment", path, state, expected: `a multiple of ${alignment} bytes`, got });
    }
    if (policy === "single" && addressA !== addressB) {
      problems.push({
        code: "bad-policy",
        path: `slots[${index}].addressB`,
        state: 'differs from addressA under policy "single"',
        expected: got,
        got: formatAddress(addressB),
      });
    }
    return problems;
  });
}

function checkPlace({ part }: Layout, area: Area): readonly LayoutProblem[] {
  const { name, path, addressStart, addressEnd, sectors } = area;
  const got = `${formatAddress(addressStart)} to ${formatAddress(addressEnd)}`;
  const coveredBytes = sectors.reduce((sum, sector) => {
    const end = sector.addressStart + sector.sizeBytes;
    return sum + Math.min(end, addressEnd) - Math.max(sector.addressStart, addressStart);
  }, 0);
  if (coveredBytes < addressEnd - addressStart) {
    const first = sectors[0];
    const last = sectors.at(-1);
    const isInside = first !== undefined && last !== undefined && first.addressStart <= addressStart &&
      addressEnd <= last.addressStart + last.sizeBytes;
    return isInside
      ? [{ code: "across-hole", path, state: `puts ${name} across the hole between the banks of ${part.name}`, got }]
      : [{ code: "outside-flash", path, state: `puts ${name} outside the flash of ${part.name}`, got }];
  }
  const first = sectors[0];
  if (first === undefined || first.addressStart === addressStart) return [];
  return [{
    code: "not-on-sector",
    path,
    state: `puts ${name} inside the sector at ${formatAddress(first.addressStart)}`,
    expected: `${formatAddress(first.addressStart)} or ${formatAddress(first.addressStart + first.sizeBytes)}`,
    got: formatAddress(addressStart),
  }];
}

function checkDisjoint(areas: readonly Area[]): readonly LayoutProblem[] {
  return areas.flatMap((area, index) =>
    areas.slice(0, index).flatMap((other): LayoutProblem[] => {
      const shared = area.sectors.find((sector) => other.sectors.includes(sector));
      if (shared === undefined) return [];
      const state = `gives ${area.name} the sector at ${formatAddress(shared.addressStart)}, which ${other.name} has`;
      return [{ code: "overlap", path: area.path, state }];
    })
  );
}

function listNotes({ part, bankMode }: Layout, areas: readonly Area[]): readonly string[] {
  const isDual = new Set(sectorsOf(part, bankMode).map(({ bank }) => bank)).size > 1;
  const loaderBank = areas[0]?.sectors[0]?.bank;
  return areas.slice(1).flatMap(({ name, isStaging, addressEnd, sectors }) => {
    const notes: string[] = [];
    const last = sectors.at(-1)!;
    const lostBytes = last.addressStart + last.sizeBytes - addressEnd;
    if (lostBytes > 0) notes.push(`${name} leaves the last ${lostBytes} bytes of its last sector unused`);
    if (isDual && isStaging && sectors.some(({ bank }) => bank === loaderBank)) {
      notes.push(`${name} is in the loader's bank: the loader stalls while it erases and programs there`);
    }
    return notes;
  });
}
