/**
 * Races between whole processes: the same job done by several programs, in turns, so that a noisy machine is noisy for all.
 *
 * @module
 */

/** A program that does the job. */
export interface Contestant {
  /** What the table calls it. */
  readonly name: string;
  /** The program, looked up on PATH. */
  readonly program: string;
  /** Its arguments. */
  readonly args: readonly string[];
}

/** A job and who does it. */
export interface Race {
  /** What the table calls it. */
  readonly job: string;
  /** The first one is what the others are compared with. */
  readonly contestants: readonly Contestant[];
}

/** What a race showed about one contestant. */
export interface RaceResult {
  /** Its name. */
  readonly name: string;
  /** Median of the wall time, in milliseconds. */
  readonly medianMs: number;
  /** Median, over the rounds, of its time divided by the first contestant's in the same round. */
  readonly ratio: number;
  /** Most memory it held, in MiB; nothing where GNU time is not installed. */
  readonly peakMebibytes: number | undefined;
}

/** How to run a race. */
export interface RunRaceOptions {
  /** Folder in which all of it happens. */
  readonly cwd: string;
  /**
   * Rounds that count; one more runs first to warm caches.
   *
   * @default {15}
   */
  readonly rounds?: number;
}

const DEFAULTS = { rounds: 15 } as const satisfies Partial<RunRaceOptions>;

/**
 * Runs a race.
 *
 * @param race The job.
 * @param options Folder and number of rounds.
 * @returns One result a contestant, in their order.
 */
export async function runRace({ contestants }: Race, options: RunRaceOptions): Promise<readonly RaceResult[]> {
  const { cwd, rounds } = { ...DEFAULTS, ...options };
  const peaks: (number | undefined)[] = [];
  for (const contestant of contestants) peaks.push(await measurePeak(contestant, cwd));
  const times: number[][] = contestants.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const index = (turn + round) % contestants.length; // Nobody always goes first.
      times[index]!.push(await measureTime(contestants[index]!, cwd));
    }
  }
  return contestants.map(({ name }, index) => ({
    name,
    medianMs: median(times[index]!),
    ratio: median(times[index]!.map((time, round) => time / times[0]![round]!)),
    peakMebibytes: peaks[index],
  }));
}

async function measureTime({ program, args }: Contestant, cwd: string): Promise<number> {
  const start = performance.now();
  const { code, stderr } = await new Deno.Command(program, { args: [...args], cwd, stdin: "null" }).output();
  const time = performance.now() - start;
  if (code !== 0) throw new Error(`Cannot race ${program}: exit code ${code}: ${new TextDecoder().decode(stderr)}`);
  return time;
}

async function measurePeak({ program, args }: Contestant, cwd: string): Promise<number | undefined> {
  const command = new Deno.Command("time", { args: ["--format=%M", "--output=peak", program, ...args], cwd });
  try {
    await command.output();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  return Number(await Deno.readTextFile(`${cwd}/peak`)) / 1024;
}

function median(values: readonly number[]): number {
  const ascending = [...values].sort((a, b) => a - b);
  const middle = ascending.length >> 1;
  return ascending.length % 2 === 1 ? ascending[middle]! : (ascending[middle - 1]! + ascending[middle]!) / 2;
}
