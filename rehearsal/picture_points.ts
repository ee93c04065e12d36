/**
 * Every point: what booted, and how long recovery took. A column for each flash operation, a row for each way in which
 * power goes away in it.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { CUTS } from "../emulator/fault_lists.ts";
import { CUT_MODEL_NAMES } from "../emulator/cut_model.ts";
import { parseFaults } from "../emulator/fault_text.ts";
import {
  CAPTION,
  COLORS,
  formatTime,
  MARGIN,
  type Panel,
  ROWS_LEFT,
  ROWS_RIGHT,
  TIME_SHADES,
} from "./picture_style.ts";
import type { RehearsalReport, ReportedPoint } from "./report.ts";
import { rectangle, text } from "./svg.ts";

const ROW_HEIGHT = 11;
const STRIP_HEIGHT = 16;
const KIND_HEIGHT = 7;

/** More columns are too narrow to be seen: several operations share one then, and the worst shows. */
const COLUMN_COUNT_MAX = 250;

/** Operations side by side, from the first point to the last. */
interface Column {
  readonly first: number;
  readonly last: number;
}

interface Row {
  readonly name: string;
  readonly cells: readonly (readonly ReportedPoint[])[];
}

/** How a point is coloured. */
type Shade = (points: readonly ReportedPoint[]) => string;

/**
 * Draws the points.
 *
 * @param report The report.
 * @param y Where to begin.
 * @returns The panel.
 */
export function drawPoints(report: RehearsalReport, y: number): Panel {
  const columns = listColumns(report);
  const rows = listCutRows(report, columns);
  const others = listOtherRows(report);
  const worstMs = Math.max(1, ...report.points.map(({ recoveryMs }) => recoveryMs ?? 0));
  const parts = [
    text({ x: MARGIN, y: y + 8 }, "Every point: what booted with no host", CAPTION),
    drawBootedKey(report, y),
  ];
  let bottom = y + 20;
  const grid = (shade: Shade) => {
    parts.push(drawKinds(report, columns, bottom));
    bottom += KIND_HEIGHT + 2;
    for (const row of rows) {
      parts.push(drawRow(row, { y: (bottom += ROW_HEIGHT) - ROW_HEIGHT, height: ROW_HEIGHT }, shade));
    }
    for (const row of others) {
      bottom += 4;
      parts.push(drawRow(row, { y: bottom, height: STRIP_HEIGHT }, shade));
      bottom += STRIP_HEIGHT;
    }
  };
  grid(colorOfBoot);
  bottom += 30;
  parts.push(text({ x: MARGIN, y: bottom - 6 }, "Until the update runs, with a host that goes on", CAPTION));
  parts.push(drawTimeKey(worstMs, bottom - 6));
  bottom += 6;
  grid((points) => colorOfTime(points, worstMs));
  parts.push(...drawWorst(report, bottom + 22));
  return { svg: parts.join(""), bottom: bottom + 22 };
}

function listColumns({ points }: RehearsalReport): Column[] {
  const numbers = [
    ...new Set(points.flatMap(({ operation, origin }) => origin === "enumerated" ? operation ?? [] : [])),
  ].sort((a, b) => a - b);
  const perColumn = Math.ceil(numbers.length / COLUMN_COUNT_MAX);
  return Array.from({ length: Math.ceil(numbers.length / Math.max(1, perColumn)) }, (_, nth) => {
    const of = numbers.slice(nth * perColumn, (nth + 1) * perColumn);
    return { first: of[0]!, last: of.at(-1)! };
  });
}

/** A row for each cut of the list; points of other origin are in rows of their own. */
function listCutRows({ points }: RehearsalReport, columns: readonly Column[]): Row[] {
  const cells = CUTS.map(() => columns.map((): ReportedPoint[] => []));
  for (const point of points) {
    const { operation, fault, origin } = point;
    if (operation === null || origin !== "enumerated") continue;
    const [cut] = parseFaults(fault);
    const row = CUTS.findIndex(({ model, half }) => cut?.kind === "cut" && cut.model === model && cut.half === half);
    const column = columns.findIndex(({ last }) => operation <= last);
    cells[row]?.[column]?.push(point);
  }
  return CUTS.flatMap(({ model, half }, row) => {
    const name = `${model} ${CUT_MODEL_NAMES[model]}${half === undefined ? "" : `, ${half}`}`;
    return cells[row]!.every((cell) => cell.length === 0) ? [] : [{ name, cells: cells[row]! }];
  });
}

function listOtherRows({ points }: RehearsalReport): Row[] {
  const rows: readonly [string, readonly ReportedPoint[]][] = [
    ["cable pulled", points.filter(({ operation, origin }) => operation === null && origin === "enumerated")],
    [
      "sampled cuts",
      points.filter(({ origin }) => origin === "sampled").toSorted((a, b) => a.operation! - b.operation!),
    ],
    ["given", points.filter(({ origin }) => origin === "given")],
  ];
  return rows.filter(([, of]) => of.length > 0).map(([name, of]) => {
    const perCell = Math.ceil(of.length / COLUMN_COUNT_MAX);
    const count = Math.ceil(of.length / perCell);
    return { name, cells: Array.from({ length: count }, (_, nth) => of.slice(nth * perCell, (nth + 1) * perCell)) };
  });
}

function drawRow(row: Row, { y, height }: { readonly y: number; readonly height: number }, shade: Shade): string {
  const width = (ROWS_RIGHT - ROWS_LEFT) / row.cells.length;
  const parts = [text({ x: ROWS_LEFT - 8, y: y + height - 2 }, row.name, { "text-anchor": "end", "font-size": 10 })];
  for (const [nth, points] of row.cells.entries()) {
    if (points.length === 0) continue;
    const gap = Math.min(0.6, width / 6);
    const box = { x: ROWS_LEFT + nth * width, y, width: width - gap, height: height - 0.6 };
    parts.push(rectangle(box, { fill: shade(points) }, describePoints(points)));
  }
  return parts.join("");
}

function describePoints(points: readonly ReportedPoint[]): string {
  const [first] = points;
  if (points.length > 1) return `${points.length} points from ${first!.fault} on`;
  const { fault, booted, reason, recoveryMs, retryCount, failure } = first!;
  const outcome = recoveryMs === null ? "never" : formatTime(recoveryMs);
  const rest = failure === null ? "" : `, ${failure.code}: ${failure.text}`;
  return `${fault}: ${booted}${reason === null ? "" : ` (${reason})`}, ${outcome}, ${retryCount} retries${rest}`;
}

function colorOfBoot(points: readonly ReportedPoint[]): string {
  if (points.some(({ failure }) => failure !== null)) return COLORS.failed;
  const worst = (["stays", "old", "new"] as const).find((kind) => points.some(({ booted }) => booted === kind));
  return COLORS[worst ?? "failed"];
}

function colorOfTime(points: readonly ReportedPoint[], worstMs: number): string {
  if (points.some(({ failure, recoveryMs }) => failure !== null || recoveryMs === null)) return COLORS.failed;
  const share = Math.max(...points.map(({ recoveryMs }) => recoveryMs!)) / worstMs;
  return TIME_SHADES[Math.min(TIME_SHADES.length - 1, Math.floor(share * TIME_SHADES.length))]!;
}

/** What each column's operation is, in the colours of the time line, and where staging ends. */
function drawKinds({ timeLine }: RehearsalReport, columns: readonly Column[], y: number): string {
  const width = (ROWS_RIGHT - ROWS_LEFT) / columns.length;
  return columns.map(({ first }, nth) => {
    const stretch = timeLine.findLast(({ operation }) => operation <= first);
    if (stretch === undefined) return "";
    const { kind, part, phase, core, slot } = stretch;
    const colors = { "payload": COLORS.program, "header": COLORS.header, "commit-word": COLORS.commit };
    const box = { x: ROWS_LEFT + nth * width, y, width: width - Math.min(0.6, width / 6), height: KIND_HEIGHT };
    const words = `operation ${first}: ${phase}, ${kind} ${part}, ${core ?? ""} ${slot ?? ""}`;
    return rectangle(box, { fill: kind === "erase" ? COLORS.erase : colors[part] }, words);
  }).join("");
}

function drawBootedKey({ counts: { booted, failedCount } }: RehearsalReport, y: number): string {
  const entries: readonly [string, string, number][] = [
    [COLORS.old, "old release", booted.old],
    [COLORS.new, "new release", booted.new],
    [COLORS.stays, "loader stays for a host", booted.stays],
    [COLORS.failed, "failed", failedCount],
  ];
  let left = MARGIN + 390;
  return entries.map(([fill, name, count]) => {
    const at = left;
    const words = `${name} (${count})`;
    left += 30 + words.length * 6.6;
    return rectangle({ x: at, y: y - 1, width: 12, height: 10 }, { fill }) + text({ x: at + 16, y: y + 8 }, words);
  }).join("");
}

function drawTimeKey(worstMs: number, y: number): string {
  const left = MARGIN + 390;
  const cells = TIME_SHADES.map((fill, nth) =>
    rectangle({ x: left + nth * 24, y: y - 9, width: 24, height: 10 }, {
      fill,
      stroke: COLORS.line,
      "stroke-width": 0.4,
    })
  );
  return [...cells, text({ x: left + TIME_SHADES.length * 24 + 8, y }, `0 to ${formatTime(worstMs)}`)].join("");
}

function drawWorst({ worst: { recoveryMs, retryCount } }: RehearsalReport, y: number): string[] {
  if (recoveryMs === null || retryCount === null) return [];
  const line = `Longest recovery ${formatTime(recoveryMs.value)} at ${recoveryMs.fault}; ` +
    `most retries ${retryCount.value} at ${retryCount.fault}`;
  return [text({ x: MARGIN, y }, line)];
}
