/**
 * `coreslot rehearse`: the user's own update on the emulated device of its layout, with power cuts and pulled cables.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import type { Bytes } from "../../core/bytes.ts";
import type { Fault } from "../../emulator/faults.ts";
import { verifyUpdate, type VerifyUpdateOptions } from "../../packager/verify.ts";
import type { RehearsalReport } from "../../rehearsal/report.ts";
import type { TransportName } from "../../rehearsal/transport.ts";
import type { CliContext } from "../context.ts";
import { type NamedInput, refuseOverwriting } from "../distinct_paths.ts";
import { faultsFlag } from "../faults_flag.ts";
import { inFile } from "../file_content_error.ts";
import { type Output, readInput, STANDARD_STREAM, writeOutputs } from "../files.ts";
import { ALLOW_WELL_KNOWN_KEY_FLAG, fileFlag } from "../flags.ts";
import { loadVerifyingKey } from "../load_key.ts";
import { isPreset, loadLayout, presetNames } from "../load_layout.ts";
import { formatRehearsal } from "../rehearsal_report.ts";
import { groupDigits, printReport } from "../report.ts";
import type { Terminal } from "../terminal.ts";
import { UsageError } from "../usage_error.ts";
import { parseBaudRate, parseCounter, parsePath } from "../values.ts";
import { BRIEFS } from "./briefs.ts";

interface RehearseFlags {
  readonly layout: string;
  readonly key: readonly string[];
  readonly from?: string;
  readonly transport: TransportName;
  readonly baud: number;
  readonly "cut-everywhere": boolean;
  readonly samples: number;
  readonly seed: number;
  readonly faults?: readonly Fault[];
  readonly control: boolean;
  readonly json?: string;
  readonly svg?: string;
  readonly "allow-well-known-key": boolean;
}

/** How often progress is shown. */
const PROGRESS_STEPS = 200;

const DESCRIPTION = `First it runs without faults. Then, at each point, power goes away or the cable
is pulled; the device is switched on and left alone; and a host goes on until
the update runs. Points are every erase, every unit of headers and commit words,
and the first, middle and last unit of each run of others, each under every
model of a cut; and 16 frames at which the cable is pulled. --samples draws more
of all there are, --faults tries those that a report names. Time is virtual.
With --control, devices without one rule each are rehearsed too: they must fail.
It ends with exit code 5 when a point fails.

  coreslot rehearse update.cslot --layout stm32h747 --key key.pub.pem \\
    --from old.cslot --json report.json --svg report.svg`;

async function runRehearse(this: CliContext, flags: RehearseFlags, path: string): Promise<void> {
  const outputs = [flags.json, flags.svg].filter((output) => output !== undefined);
  refuseOverwriting(inputsOf(flags, path), outputs);
  if (flags.json !== undefined && flags.json === flags.svg) {
    throw new UsageError("conflicting-flags", `Cannot write ${flags.json}: --json and --svg name the same file`);
  }
  const layout = await loadLayout(flags.layout);
  const allowWellKnown = flags["allow-well-known-key"];
  const keys = await Promise.all(flags.key.map((path) => loadVerifyingKey(path, { allowWellKnown })));
  const update = readInput(path);
  const from = flags.from === undefined ? undefined : await readVerified(flags.from, { keys, layout });
  const { RehearsalError } = await import("../../rehearsal/error.ts");
  const { rehearse } = await import("../../rehearsal/rehearse.ts");
  const report = await inFile(path, () =>
    rehearse(update, {
      layout,
      keys,
      from,
      transport: flags.transport,
      baudRate: flags.baud,
      everywhere: flags["cut-everywhere"],
      sampleCount: flags.samples,
      seed: flags.seed,
      faults: flags.faults,
      withControls: flags.control,
      onProgress: progressOn(this.terminal),
    }));
  await writeOutputs(await listOutputs(flags, report));
  const lines = formatRehearsal(report, path);
  const isOutputTaken = outputs.includes(STANDARD_STREAM);
  printReport(this.terminal, { data: {}, lines }, { isJson: false, isOutputTaken });
  if (report.isProven) return;
  throw new RehearsalError("not-proven", report.verdict, {
    advice: "Try a point again with --faults; without --control the device keeps all rules",
  });
}

/** Here, so that what is wrong with it is not said of the update. */
async function readVerified(path: string, options: VerifyUpdateOptions): Promise<Bytes> {
  const bytes = readInput(path);
  await inFile(path, () => verifyUpdate(bytes, options));
  return bytes;
}

function inputsOf(flags: RehearseFlags, path: string): readonly NamedInput[] {
  return [
    { name: "FILE", path },
    { name: "--from", path: flags.from },
    { name: "--layout", path: isPreset(flags.layout) ? undefined : flags.layout },
    ...flags.key.map((path) => ({ name: "--key", path })),
  ];
}

async function listOutputs({ json, svg }: RehearseFlags, report: RehearsalReport): Promise<Output[]> {
  const outputs: Output[] = [];
  const add = (path: string, text: string) => outputs.push({ path, bytes: new TextEncoder().encode(text) });
  if (json !== undefined) add(json, `${JSON.stringify(report, null, 2)}\n`);
  if (svg !== undefined) {
    const { drawRehearsal } = await import("../../rehearsal/picture.ts");
    add(svg, drawRehearsal(report));
  }
  return outputs;
}

/** Says how many points there are before the first is tried, and how far it is where a line can be rewritten. */
function progressOn({ printError, rewriteError }: Terminal): (doneCount: number, totalCount: number) => void {
  return (doneCount, totalCount) => {
    if (doneCount === 0) printError(`rehearse  ${groupDigits(totalCount)} points`);
    if (rewriteError === undefined) return;
    const step = Math.max(1, Math.floor(totalCount / PROGRESS_STEPS));
    if (doneCount === totalCount) rewriteError("");
    else if (doneCount % step === 0) {
      rewriteError(`rehearse  ${Math.floor(100 * doneCount / totalCount)} %  ${groupDigits(doneCount)} points tried`);
    }
  };
}

/** The command. */
export const command = buildCommand({
  docs: { brief: BRIEFS.rehearse, fullDescription: DESCRIPTION },
  parameters: {
    flags: {
      layout: {
        kind: "parsed",
        placeholder: "LAYOUT",
        brief: "The device's layout: a preset, or a layout file",
        parse: parsePath,
        proposeCompletions: presetNames,
      },
      key: { ...fileFlag("Public key that the device trusts; may be repeated"), variadic: true },
      from: { ...fileFlag("The update that runs before; without it the device is empty"), optional: true },
      transport: {
        kind: "enum",
        values: ["cdc", "ymodem", "an3155", "direct"],
        brief: "How the update comes; direct: no wire, flash only",
        default: "cdc",
      },
      baud: {
        kind: "parsed",
        placeholder: "RATE",
        brief: "Bits a second, for ymodem and an3155",
        parse: parseBaudRate,
        default: "115200",
      },
      "cut-everywhere": {
        kind: "boolean",
        brief: "Cut power in every flash operation, pull the cable at every frame",
        withNegated: false,
      },
      samples: {
        kind: "parsed",
        placeholder: "COUNT",
        brief: "Draw COUNT more power cuts from all there are",
        parse: parseCounter,
        default: "0",
      },
      seed: {
        kind: "parsed",
        placeholder: "SEED",
        brief: "Where they are drawn from",
        parse: parseCounter,
        default: "1",
      },
      faults: faultsFlag({
        brief: "Try these only, each by itself: cut:op=12,model=3;unplug:h2t:0",
        advice: "Take a fault from a report, such as cut:op=12,model=3,half=low",
      }),
      control: {
        kind: "boolean",
        brief: "Rehearse devices without one rule too: they must fail",
        withNegated: false,
      },
      json: { ...fileFlag("Write the report as JSON; - is standard output"), optional: true },
      svg: { ...fileFlag("Write the report as a picture"), optional: true },
      "allow-well-known-key": ALLOW_WELL_KNOWN_KEY_FLAG,
    },
    positional: { kind: "tuple", parameters: [{ placeholder: "FILE", brief: "The update", parse: parsePath }] },
  },
  func: runRehearse,
});
