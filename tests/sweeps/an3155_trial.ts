/**
 * One run of an AN3155 session with something going wrong, and what to make of it.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { type Bytes, equalBytes, type MemoryImage } from "../../core/mod.ts";
import type { Part, Sector } from "../../core/parts/mod.ts";
import {
  BootRomChip,
  type Fault,
  type FlashSnapshot,
  formatFaults,
  simulate,
  type SimulationResult,
  Stm32,
  type WireOptions,
} from "../../emulator/mod.ts";
import {
  type BootRomProfile,
  flashImage,
  type FlashImageOptions,
  profileFor,
  runBootRom,
} from "../../protocols/an3155/mod.ts";
import { type ByteLink, type Procedure, ProtocolError } from "../../protocols/link/mod.ts";
import { Stopwatch } from "../bench/stopwatch.ts";

/** What came of a run. */
export type Verdict =
  /** The host reports success, and all of flash is as it should be. */
  | "right"
  /** The host reports success, the image is there, and something else was changed that nobody asked for. */
  | "stray"
  /** The host reports success, and the image is not there: what must never happen. */
  | "wrong"
  /** The host failed with a typed error. */
  | "failed";

/** A host that flashes an image; the one under test, or a naive one. */
export type FlashHost = (link: ByteLink, image: MemoryImage, options: FlashImageOptions) => Procedure<unknown>;

/** Options of a {@linkcode Bench}. */
export interface BenchOptions {
  /** The part. */
  readonly part: Part;
  /**
   * The host.
   *
   * @default {flashImage}
   */
  readonly host?: FlashHost;
  /**
   * The boot ROM's profile.
   *
   * @default {that of the part}
   */
  readonly profile?: BootRomProfile;
  /**
   * Options of the session.
   *
   * @default {the part named}
   */
  readonly session?: FlashImageOptions;
  /**
   * The wire.
   *
   * @default {115,200 baud, 8E1}
   */
  readonly wire?: WireOptions;
}

/** A boot ROM that counts the writes over units that are not erased, which a chip with an ECC must never see. */
class WatchfulRom extends BootRomChip {
  readonly #chip: Stm32;
  overwriteCount = 0;

  constructor(chip: Stm32) {
    super(chip);
    this.#chip = chip;
  }

  override *write(...[link, address, data]: Parameters<BootRomChip["write"]>): ReturnType<BootRomChip["write"]> {
    const { flash } = this.#chip;
    const isFlash = flash.map.sectorIndexAt(address) >= 0;
    if (isFlash && !flash.isErased(address, flash.map.countFrom(address, data.length))) this.overwriteCount++;
    return yield* super.write(link, address, data);
  }
}

/** A chip full of older firmware, and an image to flash over it, again and again. */
export class Bench {
  readonly part: Part;
  readonly image: MemoryImage;
  readonly #options: BenchOptions;
  readonly #chip: Stm32;
  readonly #before: FlashSnapshot;
  /** All of flash as it has to be at the end, sector by sector. */
  readonly #expected: readonly Bytes[];
  #rom: WatchfulRom | undefined;

  constructor(options: BenchOptions, makeImage: (part: Part, sectors: readonly Sector[]) => MemoryImage) {
    this.#options = options;
    this.part = options.part;
    this.#chip = new Stm32(options.part, { isBoot0High: true });
    const { flash } = this.#chip;
    for (const { addressStart, sizeBytes } of flash.sectors) flash.preload(addressStart, oldFirmware(sizeBytes));
    this.#before = flash.snapshot();
    this.image = makeImage(options.part, flash.sectors);
    this.#expected = flash.sectors.map((sector) => this.#expectedIn(sector));
  }

  /** Runs the session. */
  run(faults: readonly Fault[]): SimulationResult<unknown> {
    const { host = flashImage, profile = profileFor(this.part), session = {}, wire = { baudRate: 115_200 } } =
      this.#options;
    this.#chip.flash.restore(this.#before);
    this.#chip.reset("power-on");
    const device = this.#rom = new WatchfulRom(this.#chip);
    return simulate({
      host: (link) => host(link, this.image, { part: this.part, ...session }),
      chip: this.#chip,
      firmware: (link, boot) => boot.cores[0]?.kind === "boot-rom" ? runBootRom(link, { device, profile }) : undefined,
      wire,
      faults,
      maxMs: 3_600_000,
    });
  }

  /** Writes of the last run over units that were not erased. */
  get overwriteCount(): number {
    return this.#rom?.overwriteCount ?? 0;
  }

  /** Judges what the last run has left behind. */
  judge(result: SimulationResult<unknown>, faults: readonly Fault[]): Verdict {
    if (result.outcome.kind === "failed") {
      if (result.outcome.error instanceof ProtocolError) return "failed";
      throw new Error(`An error that is none of ours, at ${formatFaults(faults)}`, { cause: result.outcome.error });
    }
    if (!this.#holdsImage()) return "wrong";
    return this.#chip.flash.sectors.every((sector) => this.#isAsExpected(sector)) ? "right" : "stray";
  }

  #holdsImage(): boolean {
    return this.image.segments.every(({ address, data }) => {
      for (let at = address; at < address + data.length; at++) {
        const state = this.#chip.flash.stateAt(at);
        if (state === "torn" || state === "unreadable") return false;
      }
      return equalBytes(this.#chip.flash.read(address, data.length), data);
    });
  }

  #isAsExpected(sector: Sector): boolean {
    try {
      const found = this.#chip.flash.read(sector.addressStart, sector.sizeBytes);
      return Buffer.compare(found, this.#expected[sector.index]!) === 0;
    } catch {
      return false;
    }
  }

  #expectedIn({ addressStart, sizeBytes }: Sector): Bytes {
    const share = this.image.slice(addressStart, addressStart + sizeBytes);
    if (share.sizeBytes === 0) return oldFirmware(sizeBytes);
    return share.flatten(addressStart, addressStart + sizeBytes, this.part.flash.programUnit.erasedByte);
  }
}

/** A run, for a {@linkcode Tally}. */
export interface TriedRun {
  readonly result: SimulationResult<unknown>;
  readonly faults: readonly Fault[];
  /** Writes over units that were not erased. */
  readonly overwriteCount: number;
}

/** Counts verdicts, and remembers the first few of each kind but the good one. */
export class Tally {
  readonly counts: Record<Verdict, number> = { right: 0, stray: 0, wrong: 0, failed: 0 };
  readonly examples: Record<Verdict, string[]> = { right: [], stray: [], wrong: [], failed: [] };
  longestMs = 0;
  runCount = 0;
  overwriteCount = 0;
  readonly #stopwatch = new Stopwatch();

  add(verdict: Verdict, run: TriedRun): void {
    const { result, faults, overwriteCount } = run;
    this.runCount++;
    this.overwriteCount += overwriteCount;
    this.counts[verdict]++;
    this.longestMs = Math.max(this.longestMs, result.hostMs);
    if (this.examples[verdict].length < 5) this.examples[verdict].push(formatFaults(faults));
  }

  toString(): string {
    const counts = Object.entries(this.counts).map(([verdict, count]) => `${count} ${verdict}`).join(", ");
    const examples = (["stray", "wrong", "failed"] as const).filter((verdict) => this.counts[verdict] > 0)
      .map((verdict) => `; ${verdict}: ${this.examples[verdict].join("  ")}`).join("");
    const runsPerSecond = this.#stopwatch.perSecond(this.runCount);
    const longest = `longest ${Math.round(this.longestMs)} ms, ${this.overwriteCount} overwrites`;
    return `${this.runCount} runs: ${counts}, ${longest}, ${runsPerSecond} runs a second${examples}`;
  }
}

/** Runs each list of faults. */
export function sweep(bench: Bench, faultLists: Iterable<readonly Fault[]>): Tally {
  const tally = new Tally();
  for (const faults of faultLists) {
    const result = bench.run(faults);
    tally.add(bench.judge(result, faults), { result, faults, overwriteCount: bench.overwriteCount });
  }
  return tally;
}

function oldFirmware(sizeBytes: number): Bytes {
  return Uint8Array.from({ length: sizeBytes }, (_, index) => index * 11 & 0xff);
}
