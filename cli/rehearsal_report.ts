/**
 * How a rehearsal is shown.
 *
 * @module
 */

import type { RehearsalReport, ReportedWorst } from "../rehearsal/report.ts";
import { type Fact, formatDuration, formatFacts, formatSize, groupDigits } from "./report.ts";
import type { Style } from "./terminal.ts";

/** More failures than these are in the JSON. */
const FAILURES_SHOWN_MAX = 5;

/**
 * Sets a report.
 *
 * @param report The report.
 * @param path The update, as the user named it.
 * @returns What makes the lines.
 */
export function formatRehearsal(report: RehearsalReport, path: string): (style: Style) => readonly string[] {
  const { from, to, verdict, isProven, points } = report;
  const failed = points.filter(({ failure }) => failure !== null);
  return (style) => [
    style.strong(
      `${path}: ${from === null ? `${to.version} onto an empty device` : `${from.version} to ${to.version}`}`,
    ),
    ...formatFacts(listFacts(report), style),
    "",
    ...failed.slice(0, FAILURES_SHOWN_MAX).map(({ fault, failure }) =>
      `  ${style.bad("failed")}  ${fault}: ${failure!.code}, ${failure!.text}`
    ),
    ...failed.length > FAILURES_SHOWN_MAX ? [`  and ${groupDigits(failed.length - FAILURES_SHOWN_MAX)} more`] : [],
    `  ${isProven ? style.good(verdict) : style.bad(verdict)}`,
  ];
}

function listFacts(report: RehearsalReport): Fact[] {
  const { part, layout, policy, transport, operations: { staging, install }, times, controls } = report;
  const { bytesToTarget, bytesToHost, framesToTarget } = transport;
  const wire = framesToTarget === 0
    ? transport.wire
    : `${transport.wire}; ${formatSize(bytesToTarget)} in ${groupDigits(framesToTarget)} frames, ` +
      `${formatSize(bytesToHost)} back`;
  const countOf = ({ eraseCount, programCount }: typeof staging) =>
    `${eraseCount} erases and ${groupDigits(programCount)} program operations`;
  return [
    ["part", `${part}, layout ${layout}, policy ${policy}`],
    ["transport", `${transport.name}: ${wire}`],
    ["staging", `${countOf(staging)}, ${formatDuration(times.stagingMs)} with typical flash times`],
    ["install", times.installMs > 0 ? `${countOf(install)}, ${formatDuration(times.installMs)}` : undefined],
    ["boot", formatDuration(times.bootMs)],
    ...listPointFacts(report),
    ...controls.map(({ rule, isCaught, fault, failure, pointCount }): Fact => [
      "control",
      isCaught
        ? `without ${rule}: caught at point ${groupDigits(pointCount)}, ${fault}: ${failure!.code}`
        : `without ${rule}: NOT CAUGHT at ${groupDigits(pointCount)} points`,
    ]),
  ];
}

function listPointFacts({ counts, worst, wear, seed }: RehearsalReport): Fact[] {
  const { enumeratedCount, sampledCount, givenCount, cutCount, wireCount, booted } = counts;
  const origins = [
    enumeratedCount > 0 ? `${groupDigits(enumeratedCount)} enumerated` : "",
    sampledCount > 0 ? `${groupDigits(sampledCount)} sampled with seed ${seed}` : "",
    givenCount > 0 ? `${groupDigits(givenCount)} given` : "",
  ].filter((origin) => origin !== "");
  const erases = wear.map(({ eraseCount }) => eraseCount);
  const mostErases = Math.max(...erases);
  const worstErases = Math.max(...wear.map(({ worstEraseCount }) => worstEraseCount));
  return [
    [
      "points",
      `${origins.join(", ") || "none"}; power cuts ${groupDigits(cutCount)}, faults of the wire ${
        groupDigits(wireCount)
      }`,
    ],
    [
      "booted alone",
      `old release ${groupDigits(booted.old)}, new release ${groupDigits(booted.new)}, loader stays ` +
      `${groupDigits(booted.stays)}, mixed ${groupDigits(booted.mixed + booted.unverified)}`,
    ],
    ["whole sets", describeWorst(worst.fewestSets, (value) => `${value} at the least`)],
    ["recovery", describeWorst(worst.recoveryMs, (value) => `${formatDuration(value)} at the most`)],
    ["retries", describeWorst(worst.retryCount, (value) => `${value} at the most`)],
    [
      "wear",
      erases.length === 0
        ? "none"
        : `${erases.length} sectors; erases of one: ${mostErases} without faults, ${worstErases} at the worst point`,
    ],
  ];
}

function describeWorst(worst: ReportedWorst | null, format: (value: number) => string): string | undefined {
  return worst === null ? undefined : `${format(worst.value)} (${worst.fault})`;
}
