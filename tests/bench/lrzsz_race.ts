/**
 * Races our sender and our receiver, each with lrzsz at the other end of a pipe, against lrzsz at both ends: 8 MiB, in
 * turns, and prints a Markdown table.
 *
 * `deno run --allow-all tests/bench/lrzsz_race.ts [rounds]`. Nothing here is a test: times depend on the machine.
 *
 * Silences are left out: what is shown is what the two programs and the pipe between them take. `rb` and `rx` keep three
 * seconds and one; our receiver of YMODEM none, since it knows the size; our sender of YMODEM listens a quarter of a second
 * behind block 256, where a loader of ST's may begin anew.
 *
 * @module
 */

import { join } from "node:path";
import { equalBytes } from "../../core/mod.ts";
import { type ByteLink, PortSession, type Procedure } from "../../protocols/link/mod.ts";
import { collectFile, receiveXmodem, sendXmodem, SETTLE_MS } from "../../protocols/xmodem/mod.ts";
import { collectBatch, receiveYmodem, sendYmodem } from "../../protocols/ymodem/mod.ts";
import { isOnPath, withTempDir } from "../peers.ts";

const SIZE_BYTES = 8 << 20;
const ROUNDS_DEFAULT = 9;
const NAME = "x.bin";

/** `rb` waits a second before it asks and one behind each of the two ends of a file; `rx` and our own behind an EOT. */
const SILENCE_MS = { rb: 3000, rx: 1000, receiveXmodem: 1000, receiveYmodem: 0 } as const;

const DATA = Uint8Array.from({ length: SIZE_BYTES }, (_, index) => Math.imul(index + 1, 0x9e37_79b1) >>> 24);

interface Contestant {
  readonly name: string;
  readonly silenceMs: number;
  /** Hands the file over in a folder that holds it as {@linkcode NAME}; the copy goes to the folder `in`. */
  readonly run: (folder: string) => Promise<void>;
}

/** The first of each is lrzsz alone. */
const RACES: readonly (readonly Contestant[])[] = [
  [
    alone("sb -k", "rb", SILENCE_MS.rb),
    sending("sendYmodem()", "rb", SILENCE_MS.rb + SETTLE_MS, (link) => sendYmodem(link, [{ name: NAME, data: DATA }])),
    receivingYmodem("sb -k"),
  ],
  [
    alone("sx -k", `rx -c ${NAME}`, SILENCE_MS.rx),
    sending("sendXmodem()", `rx -c ${NAME}`, SILENCE_MS.rx, (link) => sendXmodem(link, DATA)),
    receivingXmodem("sx -k"),
  ],
];

function alone(sender: string, receiver: string, silenceMs: number): Contestant {
  return {
    name: `${sender} to ${receiver.split(" ")[0]}`,
    silenceMs,
    async run(folder) {
      const script = `mkfifo pipe; (cd in && exec ${receiver} < ../pipe) | ${sender} ${NAME} > pipe`;
      const { success, stderr } = await new Deno.Command("sh", { args: ["-c", script], cwd: folder, stdin: "null" })
        .output();
      if (!success) throw new Error(new TextDecoder().decode(stderr));
      await Deno.remove(join(folder, "pipe"));
      await assertArrived(folder);
    },
  };
}

function sending(
  name: string,
  receiver: string,
  silenceMs: number,
  start: (link: ByteLink) => Procedure<unknown>,
): Contestant {
  return {
    name: `${name} to ${receiver.split(" ")[0]}`,
    silenceMs,
    async run(folder) {
      await talk(receiver, join(folder, "in"), start);
      await assertArrived(folder);
    },
  };
}

function receivingYmodem(sender: string): Contestant {
  return {
    name: `${sender} to receiveYmodem()`,
    silenceMs: SILENCE_MS.receiveYmodem,
    async run(folder) {
      const batch = collectBatch(SIZE_BYTES);
      await talk(`${sender} ${NAME}`, folder, (link) => receiveYmodem(link, batch.accept));
      if (!equalBytes(batch.files[0]!.bytes, DATA)) throw new Error("The file differs");
    },
  };
}

function receivingXmodem(sender: string): Contestant {
  return {
    name: `${sender} to receiveXmodem()`,
    silenceMs: SILENCE_MS.receiveXmodem,
    async run(folder) {
      const file = collectFile(SIZE_BYTES);
      await talk(`${sender} ${NAME}`, folder, (link) => receiveXmodem(link, file));
      if (!equalBytes(file.bytes, DATA)) throw new Error("The file differs");
    },
  };
}

async function talk(command: string, cwd: string, start: (link: ByteLink) => Procedure<unknown>): Promise<void> {
  const [program, ...args] = command.split(" ");
  const child = new Deno.Command(program!, { args, cwd, stdin: "piped", stdout: "piped", stderr: "null" }).spawn();
  await using session = new PortSession({
    name: command,
    readable: child.stdout,
    writable: child.stdin,
    close: () => Promise.resolve(),
  });
  await session.run(start);
  await child.status;
}

async function assertArrived(folder: string): Promise<void> {
  const path = join(folder, "in", NAME);
  if (!equalBytes(await Deno.readFile(path), DATA)) throw new Error("The file differs");
  await Deno.remove(path);
}

async function measure({ run, silenceMs }: Contestant, folder: string): Promise<number> {
  const start = performance.now();
  await run(folder);
  return performance.now() - start - silenceMs;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

/** An odd number of rounds behind one that warms up; nobody always goes first. */
async function race(contestants: readonly Contestant[], rounds: number, folder: string): Promise<void> {
  const times: number[][] = contestants.map(() => []);
  for (let round = -1; round < rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const index = (turn + round + contestants.length) % contestants.length;
      const timeMs = await measure(contestants[index]!, folder);
      if (round >= 0) times[index]!.push(timeMs);
    }
  }
  for (const [index, { name }] of contestants.entries()) {
    const ratio = median(times[index]!.map((timeMs, round) => timeMs / times[0]![round]!));
    const least = Math.min(...times[index]!);
    console.log(`| ${name} | ${median(times[index]!).toFixed(0)} ms | ${least.toFixed(0)} ms | ${ratio.toFixed(2)} |`);
  }
}

if (import.meta.main) {
  if (!isOnPath("sb") || !isOnPath("rb")) throw new Error("Cannot race lrzsz: install Debian's lrzsz");
  const rounds = Number(Deno.args[0] ?? ROUNDS_DEFAULT);
  console.log(`8 MiB over a pipe, ${rounds} rounds\n`);
  console.log("| ends | median | least | median ratio |\n| --- | --- | --- | --- |");
  await withTempDir(async (folder) => {
    await Deno.writeFile(join(folder, NAME), DATA);
    await Deno.mkdir(join(folder, "in"));
    for (const contestants of RACES) await race(contestants, rounds, folder);
  });
}
