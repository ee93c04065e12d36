/**
 * What happens to a device with a slot loader, from a known state on, while power goes away at given flash operations.
 *
 * @module
 */

import { type Cut, type CutFault, CUTS, formatFaults } from "../../emulator/mod.ts";
import type { OptionValue } from "../../core/mod.ts";
import type { Layout } from "../../packager/layouts/mod.ts";
import { type DeviceState, LoaderDevice, type LoaderDeviceOptions, Violation } from "./loader_device.ts";
import { bring, stageOnly, stagePartly, type Way } from "./loader_host.ts";
import { configFor, packRelease, type Release } from "./loader_releases.ts";

/** The releases of a scenario: what runs first, two updates, one that begins like the second, one that hangs, the last. */
export interface ReleaseSet {
  readonly first: Release;
  readonly second: Release;
  readonly third: Release;
  readonly alike: Release;
  readonly hanging: Release;
  readonly last: Release;
}

/** Options of {@linkcode packReleases}. */
export interface ReleaseSizes {
  /** Bytes of the payloads of each core. */
  readonly sizes: readonly number[];
  /** Bytes at the end of payloads that read as erased flash. */
  readonly blankBytes?: number;
  /** Bytes in the middle of payloads that read as erased flash. */
  readonly blankRange?: readonly [start: number, end: number];
}

/**
 * Packs the releases of all scenarios. The third is longer than the others, the second core of the second is that of the
 * first.
 */
export async function packReleases(
  layout: Layout,
  { sizes, blankBytes = 0, blankRange = [0, 0] }: ReleaseSizes,
): Promise<ReleaseSet> {
  const pack = (
    name: string,
    counter: number,
    more: { readonly extra?: number; readonly marker?: readonly number[]; readonly hasOtherEnd?: boolean } = {},
  ) =>
    packRelease(layout, {
      name,
      counter,
      sizes: sizes.map((sizeBytes) => sizeBytes + (more.extra ?? 0)),
      blankBytes,
      blankRange,
      hasOtherEnd: more.hasOtherEnd ?? false,
      hangs: name === "hanging",
      ...(more.marker === undefined ? {} : { marker: more.marker }),
    });
  return {
    first: await pack("first", 1, { marker: [1, 9] }),
    second: await pack("second", 2, { marker: [2, 9] }),
    third: await pack("third", 2, { extra: 40, marker: [3, 8] }),
    alike: await pack("alike", 2, { marker: [2, 9], hasOtherEnd: true }),
    hanging: await pack("hanging", 2, { marker: [4, 7] }),
    last: await pack("last", 3, { marker: [5, 6] }),
  };
}

/** A story: where it starts, and what the host does. */
export interface Scenario {
  readonly name: string;
  /** What runs at the start; `undefined` for an empty device. */
  readonly start: keyof ReleaseSet | undefined;
  /** Whether `second` waits in B to be installed at the start. */
  readonly isStaged?: boolean;
  /** Whether its button keeps the loader from starting anything. */
  readonly usesButton?: boolean;
  /** Whether the first cuts are resets, after which a host at the boot ROM would have to wait for the next power-on. */
  readonly usesResets?: boolean;
  /** Policies that it makes sense for. */
  readonly policies: readonly Layout["policy"][];
  /** What happens. */
  play(device: LoaderDevice, releases: ReleaseSet, way: Way): void;
}

const BOTH = ["copy", "single"] as const;

/** The stories. Each ends with a release that must get onto the device and run, whatever has gone before. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: "first install",
    start: undefined,
    policies: BOTH,
    play: (device, { first }, way) => bring(device, first, { way }),
  },
  { name: "update", start: "first", policies: BOTH, play: (device, { second }, way) => bring(device, second, { way }) },
  {
    name: "re-install",
    start: "first",
    policies: BOTH,
    play: (device, { first }, way) => bring(device, first, { way }),
  },
  {
    name: "interrupted, then another",
    start: "first",
    policies: BOTH,
    play(device, { second, third }, way) {
      bring(device, second, { way, givesUp: true });
      bring(device, third, { way });
    },
  },
  {
    name: "partly, another that begins alike, again",
    start: "first",
    policies: ["copy"],
    play(device, { second, alike }, way) {
      device.withPower(() => {
        stagePartly(device, second);
        device.reset();
      });
      bring(device, alike, { way, givesUp: true });
      bring(device, second, { way: "resume" });
    },
  },
  {
    name: "cut in the copy, recovery mode, another",
    start: "first",
    isStaged: true,
    usesButton: true,
    policies: ["copy"],
    play(device, { third }, way) {
      device.withPower(() => device.boot());
      device.isButtonHeld = true;
      bring(device, third, { way });
    },
  },
  {
    name: "cut in the copy, boots, another",
    start: "first",
    isStaged: true,
    policies: ["copy"],
    play(device, { third }, way) {
      device.withPower(() => device.boot());
      bring(device, third, { way });
    },
  },
  {
    name: "resets in three copies, a host that insists",
    start: "first",
    isStaged: true,
    usesResets: true,
    policies: ["copy"],
    play(device, { third }, way) {
      device.resetCount = 3;
      for (let copies = 0; copies < 3; copies++) {
        device.withPower(() => {
          device.boot();
          device.reset();
        });
      }
      bring(device, third, { way, insists: true });
    },
  },
  {
    name: "a release that hangs",
    start: "first",
    policies: BOTH,
    play(device, { hanging, second }, way) {
      bring(device, hanging, { way });
      bring(device, second, { way });
    },
  },
];

/** A scenario on one geometry, to be played again and again. */
export interface Stage {
  /** What is played, on what, how: for reports. */
  readonly name: string;
  /** The device. */
  readonly device: LoaderDevice;
  /** Flash operations of a run without cuts. */
  readonly operations: number;
  /** Flash operations of the last run, the recovery from its cuts included. */
  readonly playedOperations: number;
  /** Plays it with power going away at given operations, and gives what went wrong. */
  run(cuts: readonly CutFault[]): string | undefined;
}

/** What a {@linkcode Stage} is made of. */
export interface StageOptions {
  readonly layout: Layout;
  readonly releases: ReleaseSet;
  readonly scenario: Scenario;
  readonly way: Way;
  /** What is different about the device: for controls. */
  readonly device?: Partial<Omit<LoaderDeviceOptions, "config" | "releases">>;
  /** Option bytes that somebody has changed since the device was set up: for controls. */
  readonly changedOptions?: readonly OptionValue[];
  /** Rules that its loader does not keep: for controls. */
  readonly without?: LoaderDeviceOptions["config"]["without"];
}

/** Prepares a scenario: brings a device to its start, and plays it once without cuts. */
export function prepareStage(options: StageOptions): Stage {
  const { layout, releases, scenario, way, without } = options;
  const config = { ...configFor(layout, releases.first), ...(without === undefined ? {} : { without }) };
  const device = new LoaderDevice({ config, releases: Object.values(releases), ...options.device });
  const start = reachStart(device, releases, scenario);
  device.chip.optionBytes.program(options.changedOptions ?? []);
  const { operations } = device.chip.flash;
  let playedOperations = 0;
  const run = (cuts: readonly CutFault[]) => {
    device.load(start);
    const before = operations.count;
    for (const { operation, ...cut } of cuts) operations.cutAt(operation, cut);
    try {
      scenario.play(device, releases, way);
      playedOperations = operations.count - before;
      operations.disarm();
      bring(device, releases.last, { way: "stream" });
      return undefined;
    } catch (error) {
      if (!(error instanceof Violation)) {
        throw new Error(`An error that is none of ours, at ${formatFaults(cuts)}`, { cause: error });
      }
      return error.message;
    }
  };
  const problem = run([]);
  if (problem !== undefined) throw new Violation(problem);
  return {
    name: `${layout.name}, ${scenario.name}, ${way}`,
    device,
    operations: playedOperations,
    get playedOperations() {
      return playedOperations;
    },
    run,
  };
}

function reachStart(device: LoaderDevice, releases: ReleaseSet, scenario: Scenario): DeviceState {
  if (scenario.start !== undefined) bring(device, releases[scenario.start], { way: "stream" });
  if (scenario.isStaged === true) stageOnly(device, releases.second);
  return device.save();
}

/** Lists cuts that some reads survive: a loader reads a word once or several times before it acts on it. */
export function dyingCuts(reads: readonly number[], models: readonly (5 | 6)[] = [5, 6]): readonly Cut[] {
  const halves = ["low", "high"] as const;
  return reads.flatMap((reads) => models.flatMap((model) => halves.map((half): Cut => ({ model, half, reads }))));
}

/** Every cut of the emulator's list, and those of models 5 and 6 with other numbers of reads. */
export const ALL_CUTS: readonly Cut[] = [...CUTS, ...dyingCuts([0, 1, 3, 4, 6], [5]), ...dyingCuts([1, 4], [6])];
