/**
 * A long release that CDC has staged, a short one through the boot ROM that loses power, and the long one again over CDC,
 * which keeps what is there: nothing that a cut has left fading may be among it.
 *
 * Between a short payload and its header are sectors that a host could leave alone. One that does is the control.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  BootRomChip,
  type CutFault,
  CUTS,
  type FlashOperation,
  formatFaults,
  simulate,
  type SimulationResult,
} from "../../emulator/mod.ts";
import { flashImage, profileFor, runBootRom } from "../../protocols/an3155/mod.ts";
import type { ByteLink, Procedure } from "../../protocols/link/mod.ts";
import { stageUpdate, stagingOf } from "../../updates/mod.ts";
import { LoaderDevice, Violation } from "./loader_device.ts";
import { bring, stagePartly } from "./loader_host.ts";
import { configFor, packRelease, type Release, SWEEP_LAYOUTS } from "./loader_releases.ts";

Error.stackTraceLimit = 0;

/** A host that brings the short release through the boot ROM. */
type Host = (link: ByteLink, release: Release) => Procedure<unknown>;

/**
 * Payloads of the long release and the short one: the long one has a sector that the short one has no byte in. How many
 * sectors slot B has, and the worst that comes of it when that sector is left alone.
 */
const LAYOUTS: readonly (readonly [
  name: string,
  longBytes: number,
  shortBytes: number,
  sectorCount: number,
  worst: string,
])[] = [
  ["g0b1-pages", 5 * 1024, 400, 3, "no whole set after the loader's decision"],
  ["l053-zeros", 600, 60, 8, "2 was taken, and 1 runs"],
];

/** How often a sector that fades is read before it does: by the host, at resets, at the commit, in the copy. */
const READS = Array.from({ length: 10 }, (_, reads) => reads);

/** What has become of one run. */
interface Outcome {
  readonly cut: CutFault;
  readonly problem: string | undefined;
}

/** The device, brought to where the short release comes. */
class Sequence {
  readonly #device: LoaderDevice;
  readonly #long: Release;
  readonly #short: Release;
  readonly #host: Host;
  readonly #begin;

  constructor(device: LoaderDevice, { long, short, host }: { long: Release; short: Release; host: Host }) {
    [this.#device, this.#long, this.#short, this.#host] = [device, long, short, host];
    bring(device, device.releases[0]!, { way: "stream" });
    stagePartly(device, long);
    this.#begin = device.save();
  }

  /** What the short release does when nothing goes wrong: where it erases, and all that a cut can hit. */
  play(): { readonly erases: readonly FlashOperation[]; readonly operationCount: number } {
    const operations: FlashOperation[] = [];
    this.#device.load(this.#begin);
    this.#device.onOperation = (operation) => operations.push(operation);
    const { outcome, flashOperations } = this.#stageShort([]);
    this.#device.onOperation = undefined;
    assert.equal(outcome.kind, "done", String(outcome.kind === "failed" && outcome.error));
    const erases = operations.filter(({ kind }) => kind === "erase-sector");
    assert.deepEqual(operations.slice(0, erases.length), erases, "nothing is written before all is erased");
    return { erases, operationCount: flashOperations };
  }

  /** Cuts the power while the short release comes, then brings the long one. */
  run(cut: CutFault): Outcome {
    const device = this.#device;
    device.load(this.#begin);
    const { outcome } = this.#stageShort([cut]);
    assert.equal(outcome.kind, "failed", formatFaults([cut]));
    device.chip.isBoot0High = false;
    device.chip.powerCycle();
    try {
      device.assertSomethingWhole("after the boot ROM");
      bring(device, this.#long, { way: "resume" });
      device.assertSomethingWhole("at the end");
      return { cut, problem: undefined };
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      return { cut, problem: error.message };
    }
  }

  /** The host gives up when power goes away: it does not come back. */
  #stageShort(faults: readonly CutFault[]): SimulationResult<unknown> {
    const { chip } = this.#device;
    chip.isBoot0High = true;
    chip.reset("pin-reset");
    const device = new BootRomChip(chip);
    return simulate({
      host: (link) => this.#host(link, this.#short),
      chip,
      firmware: (link) => runBootRom(link, { device, profile: profileFor(chip.part) }),
      faults,
      powerOffMs: Infinity,
    });
  }
}

async function prepare([name, longBytes, shortBytes]: typeof LAYOUTS[number], host: Host): Promise<Sequence> {
  const layout = SWEEP_LAYOUTS.get(name)!;
  const pack = (name: string, counter: number, sizeBytes: number) =>
    packRelease(layout, { name, counter, sizes: layout.slots.map(() => sizeBytes) });
  const [first, long, short] = [await pack("1", 1, 60), await pack("2", 2, longBytes), await pack("3", 2, shortBytes)];
  const device = new LoaderDevice({ config: configFor(layout, first), releases: [first, long, short] });
  return new Sequence(device, { long, short, host });
}

/** Every cut in every operation, and every erase that has hardly begun, however late it shows. */
function* cutsIn({ erases, operationCount }: ReturnType<Sequence["play"]>): Generator<CutFault> {
  for (let operation = 0; operation < operationCount; operation++) {
    for (const cut of CUTS) yield { kind: "cut", operation, ...cut };
    for (const reads of operation < erases.length ? READS : []) {
      for (const half of ["low", "high"] as const) yield { kind: "cut", operation, model: 6, half, reads };
    }
  }
}

function problemsIn(outcomes: readonly Outcome[]): readonly string[] {
  return outcomes.flatMap(({ cut, problem }) => problem === undefined ? [] : [`${formatFaults([cut])}: ${problem}`]);
}

const HOST: Host = (link, { bundle }) => stageUpdate(link, bundle);

/** Erases what the short release has a byte in, and nothing else. */
const CARELESS: Host = (link, { bundle }) => {
  const { image, commit } = stagingOf(bundle);
  return flashImage(link, image, { commit });
};

for (const setup of LAYOUTS) {
  const [name, , , sectorCount, worst] = setup;

  Deno.test(`a short release through the boot ROM, cut, and the long one again over CDC: ${name}`, async () => {
    const sequence = await prepare(setup, HOST);
    const played = sequence.play();
    const { erases, operationCount } = played;
    assert.equal(erases.length, sectorCount);
    assert.deepEqual(erases, erases.toSorted((a, b) => b.address - a.address));
    const outcomes = [...cutsIn(played)].map((cut) => sequence.run(cut));
    console.info(`${name}: ${outcomes.length} cuts in ${operationCount} operations`);
    assert.deepEqual(problemsIn(outcomes), []);
  });

  Deno.test(`the sweep sees a host that erases only what a short release fills: ${name}`, async () => {
    const sequence = await prepare(setup, CARELESS);
    const played = sequence.play();
    assert(played.erases.length < sectorCount);
    const caught = problemsIn([...cutsIn(played)].map((cut) => sequence.run(cut)));
    console.info(`${name}, careless: ${caught.length} caught, such as ${caught.at(-1)}`);
    assert(caught.some((problem) => problem.endsWith(worst)));
  });
}
