/**
 * How far a long task is: one line that is rewritten on a terminal, lasting lines elsewhere.
 *
 * @module
 */

import { groupDigits } from "./report.ts";
import type { Terminal } from "./terminal.ts";
import { wrap } from "./wrap.ts";

/** How often the line is rewritten at most: no eye follows more, and a block of 256 bytes may take a millisecond. */
const REWRITE_EVERY_MS = 100;

/** How often a lasting line tells of a task that goes on, where nothing can be rewritten. */
const LAST_EVERY_MS = 10_000;

/** No time left is foretold from less time than this, ... */
const FORETELL_AFTER_MS = 1000;

/** ... nor from a smaller share of the task: what comes first is not like the rest, mostly. */
const FORETELL_AFTER_SHARE = 0.05;

/** Widest name of a task: `transfer`. */
const TASK_COLUMNS = 8;

/** What a line says of itself, such as `note: `: lines that go on are indented as far. */
const LEAD_REGEXP = /^[a-z]+: /;

/** Options of a {@linkcode Progress}. */
export interface ProgressOptions {
  /** Whether to say nothing at all: programs read standard error too. */
  readonly isQuiet: boolean;
  /**
   * The clock, in milliseconds.
   *
   * @default {performance.now}
   */
  readonly nowMs?: () => number;
}

/** A task. Two may take turns: the last block is written when all others have been read back. */
interface Task {
  readonly name: string;
  doneBytes: number;
  totalBytes: number | undefined;
  /** Time that it took so far. */
  spentMs: number;
  /**
   * What its pace is measured from: its start, or, where nobody told of that, its first bytes. Those may have waited for
   * an erase, for a receiver to ask, or have been there before.
   */
  from: Pick<Task, "doneBytes" | "spentMs"> | undefined;
}

/** Tells on standard error how far a command is. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #isQuiet: boolean;
  readonly #nowMs: () => number;
  readonly #tasks = new Map<string, Task>();
  #task: Task | undefined;
  #isLineOpen = false;
  /** When the last event was: what comes next has taken the time since then. */
  #eventMs: number;
  /** When something was last shown. */
  #shownMs = -Infinity;

  /**
   * Begins with nothing to tell.
   *
   * @param terminal Where to.
   * @param options Whether, and on which clock.
   */
  constructor(terminal: Terminal, options: ProgressOptions) {
    this.#terminal = terminal;
    this.#isQuiet = options.isQuiet;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#eventMs = this.#nowMs();
  }

  /** How far the task is, in words: `45 %`; nothing where that is not known. */
  get share(): string | undefined {
    const { doneBytes = 0, totalBytes } = this.#task ?? {};
    return totalBytes === undefined ? undefined : formatPercent(doneBytes, totalBytes);
  }

  /**
   * Shows a task of which nothing is done yet.
   *
   * @param name The task, as a verb: `erase`.
   */
  reportStart(name: string): void {
    this.#spend(this.#task);
    const task = this.#task = this.#taskOf(name);
    task.from ??= { doneBytes: 0, spentMs: 0 };
    this.#show();
  }

  /**
   * Tells how far a task is.
   *
   * @param name The task, as a verb: `write`.
   * @param done Bytes done, and bytes in all, where that is known.
   */
  update(name: string, done: { readonly doneBytes: number; readonly totalBytes: number | undefined }): void {
    const task = this.#taskOf(name);
    // A task that was begun and tells no more is over where the next one tells something.
    this.#spend(this.#task?.totalBytes === undefined ? this.#task ?? task : task);
    this.#task = Object.assign(task, done);
    task.from ??= { doneBytes: task.doneBytes, spentMs: task.spentMs };
    if (done.totalBytes !== undefined && task.doneBytes >= done.totalBytes) this.#finish(task);
    else if (this.#eventMs - this.#shownMs >= this.#pauseMs) this.#show();
  }

  /** Forgets how far everything is: what was begun begins anew, perhaps after a while. */
  forget(): void {
    this.#tasks.clear();
    this.#task = undefined;
    this.#eventMs = this.#nowMs();
  }

  /**
   * Prints a line that stays.
   *
   * @param line What to say.
   */
  say(line: string): void {
    if (this.#isQuiet) return;
    this.#rewrite("");
    this.#isLineOpen = false;
    const [lead = ""] = LEAD_REGEXP.exec(line) ?? [];
    const words = line.slice(lead.length).split(" ");
    this.#terminal.printError(...wrap(words, { lead, columns: this.#terminal.errorColumns }));
  }

  /** Leaves what was shown last where it is, and goes on below it. */
  close(): void {
    if (this.#isLineOpen) this.#terminal.printError("");
    this.#isLineOpen = false;
  }

  get #pauseMs(): number {
    return this.#terminal.rewriteError === undefined ? LAST_EVERY_MS : REWRITE_EVERY_MS;
  }

  #taskOf(name: string): Task {
    let task = this.#tasks.get(name);
    if (task === undefined) {
      task = { name, doneBytes: 0, totalBytes: undefined, spentMs: 0, from: undefined };
      this.#tasks.set(name, task);
    }
    return task;
  }

  /** Puts the time since the last event down to a task; to nobody where there is none, as before the first one. */
  #spend(task: Task | undefined): void {
    const nowMs = this.#nowMs();
    if (task !== undefined) task.spentMs += nowMs - this.#eventMs;
    this.#eventMs = nowMs;
  }

  #finish({ name, doneBytes, spentMs }: Task): void {
    const what = `${groupDigits(doneBytes)} bytes in ${formatSeconds(spentMs)}`;
    this.say(`${name.padEnd(TASK_COLUMNS)}  ${what}, ${formatRate(doneBytes, spentMs)}`);
    this.#tasks.delete(name);
    this.#task = undefined;
  }

  #show(): void {
    const task = this.#task;
    if (task === undefined || this.#isQuiet) return;
    const isFirst = this.#shownMs === -Infinity;
    this.#shownMs = this.#nowMs();
    if (this.#terminal.rewriteError !== undefined) this.#rewrite(describeTask(task));
    // A lasting line is for what takes long: not for the beginning.
    else if (!isFirst && (task.totalBytes !== undefined || task.doneBytes > 0)) {
      this.#terminal.printError(describeTask(task));
    }
  }

  #rewrite(line: string): void {
    const { rewriteError } = this.#terminal;
    if (rewriteError === undefined || (line === "" && !this.#isLineOpen)) return;
    rewriteError(line);
    this.#isLineOpen = true;
  }
}

function describeTask({ name, doneBytes, totalBytes, spentMs, from }: Task): string {
  const title = name.padEnd(TASK_COLUMNS);
  if (totalBytes === undefined && doneBytes === 0) return `${title}  ...`;
  const pacedBytes = doneBytes - (from?.doneBytes ?? 0);
  const pacedMs = spentMs - (from?.spentMs ?? 0);
  if (totalBytes === undefined) return `${title}  ${groupDigits(doneBytes)} bytes  ${formatRate(pacedBytes, pacedMs)}`;
  const isEarly = pacedMs < FORETELL_AFTER_MS || pacedBytes < FORETELL_AFTER_SHARE * totalBytes;
  const leftMs = pacedMs * (totalBytes - doneBytes) / pacedBytes;
  const parts = [
    formatPercent(doneBytes, totalBytes).padStart(5),
    `${groupDigits(doneBytes)} of ${groupDigits(totalBytes)} bytes`,
    ...isEarly ? [] : [formatRate(pacedBytes, pacedMs), `${formatClock(leftMs)} left`],
  ];
  return `${title}  ${parts.join("  ")}`;
}

function formatPercent(doneBytes: number, totalBytes: number): string {
  return `${totalBytes === 0 ? 100 : Math.floor(100 * doneBytes / totalBytes)} %`;
}

function formatRate(sizeBytes: number, elapsedMs: number): string {
  const kibPerSecond = sizeBytes / 1024 / Math.max(elapsedMs, 1) * 1000;
  const digits = kibPerSecond < 100 ? kibPerSecond.toFixed(1) : groupDigits(Math.round(kibPerSecond));
  return `${digits} KiB/s`;
}

function formatSeconds(elapsedMs: number): string {
  return elapsedMs < 60_000 ? `${(elapsedMs / 1000).toFixed(1)} s` : formatClock(elapsedMs);
}

/** Minutes and seconds, hours where there are any. */
function formatClock(durationMs: number): string {
  const seconds = Math.ceil(durationMs / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, index) => index === 0 ? String(part) : String(part).padStart(2, "0")).join(":");
}
