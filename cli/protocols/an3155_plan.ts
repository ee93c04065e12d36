/**
 * `coreslot plan --protocol an3155`: what flashing a file costs, beside stm32flash.
 *
 * @module
 */

import { formatAddress } from "../../core/hex.ts";
import type { Part } from "../../core/parts/part.ts";
import { lineTimeMs, type WireCost } from "../../protocols/an3155/costs.ts";
import { type FlashCost, type FlashPlan, planFlash } from "../../protocols/an3155/plan.ts";
import { inFile } from "../file_content_error.ts";
import { isUpdate } from "../flash_source.ts";
import { formatDuration, formatFacts, formatSize, groupDigits, type Report } from "../report.ts";
import type { Style } from "../terminal.ts";
import { UsageError } from "../usage_error.ts";
import { alignColumns } from "../wrap.ts";
import { cropToFlash } from "./an3155_crop.ts";
import { refuseFirmwareOptions } from "./firmware_options.ts";
import type { FlashSource, PlanOptions } from "./protocol.ts";

const STEPS = ["identify", "erase", "write", "verify", "go", "total"] as const satisfies readonly (keyof FlashCost)[];

/** Columns of numbers. */
const NUMBER_COLUMNS = [1, 2, 3, 4, 5, 6];

/**
 * Foretells the cost.
 *
 * @param source The file.
 * @param options Part, rate, and how it would be flashed.
 * @returns The report.
 */
export async function planFile(source: FlashSource, options: PlanOptions): Promise<Report> {
  const { part, bankMode, crops, erasesAll, verifies, goAddress, sendAhead } = options;
  if (part === undefined) throw new UsageError("missing-argument", "Cannot run plan: --part is missing");
  if (isUpdate(source.bytes)) {
    refuseFirmwareOptions("plan", source, options);
    const { planStaging } = await import("../../updates/stage_update.ts");
    const plan = await inFile(
      source.path,
      () => planStaging(source.bytes, { part, bankMode, verify: verifies, sendAhead }),
    );
    return describePlan(source, options, { part, plan, what: "an update", notes: [] });
  }
  const { image: whole, notes } = await source.readImage();
  const { image, notes: cropNotes } = crops ? cropToFlash(whole, { part, bankMode }) : { image: whole, notes: [] };
  const plan = planFlash(image, {
    part,
    bankMode,
    erase: erasesAll ? "all" : "sectors",
    verify: verifies,
    go: goAddress !== undefined,
    sendAhead,
  });
  const range = `${formatAddress(image.addressStart)} to ${formatAddress(image.addressEnd)}`;
  return describePlan(source, options, {
    part,
    plan,
    what: `${formatSize(image.sizeBytes)}, ${range}`,
    notes: [...notes, ...cropNotes],
  });
}

interface Planned {
  readonly part: Part;
  readonly plan: FlashPlan & { readonly guard?: WireCost };
  readonly what: string;
  readonly notes: readonly string[];
}

function describePlan(source: FlashSource, { baudRate }: PlanOptions, planned: Planned): Report {
  const { part, plan, what, notes } = planned;
  return {
    data: { file: source.path, part: part.name, baudRate, ...plan, lineTimeMs: lineTimesOf(plan, baudRate), notes },
    lines: (style) => [
      `${style.strong(source.path)}: ${what}, on ${part.name} at ${baudRate} baud 8E1`,
      "",
      ...formatTable(plan, { baudRate, style }),
      "",
      ...formatFacts(listFacts(plan, notes), style),
    ],
  };
}

function lineTimesOf(plan: FlashPlan, baudRate: number): Readonly<Record<"ours" | "stm32flash", number>> {
  return {
    ours: lineTimeMs(plan.ours.total, { baudRate }),
    stm32flash: lineTimeMs(plan.stm32flash.total, { baudRate }),
  };
}

function formatTable(plan: FlashPlan, options: { readonly baudRate: number; readonly style: Style }): string[] {
  const { baudRate, style } = options;
  const cells = ({ bytesOut, bytesIn, roundTrips }: WireCost) => [bytesOut, bytesIn, roundTrips].map(groupDigits);
  const rows = STEPS.filter((step) => plan.ours[step].bytesOut > 0 || plan.stm32flash[step].bytesOut > 0)
    .map((step) => [step, ...cells(plan.ours[step]), ...cells(plan.stm32flash[step])]);
  const time = (cost: FlashCost) => ["", "", formatDuration(lineTimeMs(cost.total, { baudRate }))];
  const [over = "", head = "", ...lines] = alignColumns([
    ["", "", "", "coreslot", "", "", "stm32flash"],
    ["step", "out", "in", "turns", "out", "in", "turns"],
    ...rows,
    ["line time", ...time(plan.ours), ...time(plan.stm32flash)],
  ], { right: NUMBER_COLUMNS, lead: "  " });
  return [style.faint(over), style.faint(head), ...lines];
}

function listFacts(plan: Planned["plan"], notes: readonly string[]): (readonly [string, string])[] {
  const { sectorCount, writtenBlockCount, blankBlockCount, paddingBytes, flashTimeMs, ours, stm32flash, guard } = plan;
  const { typical, maximum } = flashTimeMs;
  const [extra, theirs, headers, choice] = [ours.identify, stm32flash.identify, guard, plan.choosePart].map(sizeOf);
  const extras = [
    `${extra} bytes to identify the chip (stm32flash: ${theirs})`,
    ...guard === undefined ? [] : [`${headers} to read the headers in the device`],
    `${paddingBytes} to fill program units`,
    ...choice === 0 ? [] : [`${choice} more when flash has to find out the part`],
  ];
  return [
    ["sectors", `${sectorCount} to erase`],
    ["blocks", `${writtenBlockCount} to write, ${blankBlockCount} blank ones only read back`],
    ["extras", extras.join(", ")],
    ["flash time", `${formatDuration(typical)} typical, ${formatDuration(maximum)} at most, by the datasheet`],
    ...notes.map((note) => ["note", note] as const),
  ];
}

function sizeOf(cost: WireCost | undefined): number {
  return cost === undefined ? 0 : cost.bytesOut + cost.bytesIn;
}
