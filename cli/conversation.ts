/**
 * A command's conversation with a device: opens the port, traces, shows progress, and can be interrupted.
 *
 * @module
 */

import type { ByteLink } from "../protocols/link/byte_link.ts";
import type { Procedure } from "../protocols/link/procedure.ts";
import type { TraceEntry } from "../protocols/link/trace.ts";
import { Connection, type ReopenOptions } from "./connection.ts";
import { InterruptedError, NO_DEVICE, type Stage } from "./device_error.ts";
import { explainFailure } from "./device_failure.ts";
import { EXIT_CODES } from "./exit_codes.ts";
import { onInterrupt } from "./interrupts.ts";
import type { FrameName, PortFlags } from "./port_flags.ts";
import type { MetDevice } from "./port_identity.ts";
import { Progress } from "./progress.ts";
import type { Terminal } from "./terminal.ts";
import { TraceFile } from "./trace_file.ts";

/** What a protocol gets to talk with. */
export interface Conversation {
  /** Runs a procedure over the port; Ctrl-C breaks it off. */
  run<T>(start: (link: ByteLink) => Procedure<T>): Promise<T>;
  /** Tells how far things are. */
  readonly progress: Progress;
  /** Notes what becomes of the device when the conversation ends from now on. */
  reportStage(stage: Stage): void;
  /**
   * Closes the port, waits until it can be opened, and opens it; Ctrl-C ends the wait.
   *
   * @param deadlineMs Until when to wait, on the clock of `performance.now()`.
   * @param options What to do where the application has come back.
   * @returns `false` when it did not come back by then.
   */
  reopen(deadlineMs: number, options?: ReopenOptions): Promise<boolean>;
  /** What people call the port. */
  readonly port: string;
  /** Whether the device is taken out of its loader at the end, because the flags say how. */
  readonly leaves: boolean;
}

/** A conversation, once there is a port. */
export type Talk<T> = (conversation: Conversation) => Promise<T>;

/** Flags of every command that talks to a device. */
export interface ConversationFlags extends PortFlags {
  /** Where every frame is written. */
  readonly trace?: string;
  /** What the device speaks. */
  readonly protocol?: string;
  /** Whether standard error is for programs. */
  readonly json: boolean;
}

/** Options of {@linkcode converse}. */
export interface ConverseOptions {
  /** Where progress goes. */
  readonly terminal: Terminal;
  /** The command's flags. */
  readonly flags: ConversationFlags;
  /** Where the conversation begins. */
  readonly stage: Stage;
  /** The frame that the protocol has on a serial port. */
  readonly frame: FrameName;
  /** Which device the command has met before; filled in. */
  readonly met: MetDevice;
  /** Whether the application runs at the end: the way out that `--enter` knows would reset it. */
  readonly startsApplication?: boolean;
}

/**
 * Opens the port, talks, and closes it again, whatever happens.
 *
 * @typeParam T What the conversation gives.
 * @param options Terminal, flags, and what the device is in before anything was said.
 * @param talk The conversation.
 * @returns What it gives.
 * @throws {PortError} When the port cannot be opened.
 * @throws {DeviceError} When the protocol fails, or somebody presses Ctrl-C.
 */
export async function converse<T>(
  options: ConverseOptions,
  talk: Talk<T>,
): Promise<T> {
  const { terminal, flags } = options;
  let stage = NO_DEVICE;
  const progress = new Progress(terminal, { isQuiet: flags.json });
  using trace = flags.trace === undefined ? undefined : new TraceFile(flags.trace, "host");
  using interrupt = new Interrupt(() => stage.doing + (progress.share === undefined ? "" : `, ${progress.share} done`));
  const { signal } = interrupt;
  let connection: Connection | undefined;
  let hasAnswered = false;
  const note = (entry: TraceEntry) => {
    hasAnswered ||= entry.direction === "in";
    trace?.add(entry);
  };
  try {
    if (flags.config !== undefined) progress.say(`defaults from ${flags.config}`);
    const { frame, met } = options;
    const opening = Connection.open({ flags, frame, met, signal, say: (line) => progress.say(line) });
    const opened = connection = await interrupt.race(opening);
    stage = options.stage;
    await opened.enter();
    // What was waited for until here is no part of the work.
    progress.forget();
    // Whether anybody answers is asked only where the way in has failed: what watches every frame takes its time.
    const isWatched = ({ entryFailure }: Connection) => trace !== undefined || entryFailure !== undefined;
    const leaves = opened.leaves && (flags.leave !== undefined || options.startsApplication !== true);
    const result = await talk({
      run: (start) => opened.session.run(start, { signal, trace: isWatched(opened) ? note : undefined }),
      progress,
      reportStage: (next) => stage = next,
      reopen: (deadlineMs, reopening) => opened.reopen(deadlineMs, reopening),
      port: opened.name,
      leaves,
    });
    if (leaves) await opened.leave();
    return result;
  } catch (error) {
    const isBegun = progress.share !== undefined;
    throw await explainFailure(error, { connection, stage, hasAnswered, isBegun, flags });
  } finally {
    progress.close();
    await connection?.close();
  }
}

/** Turns Ctrl-C into an abort, and a second one into the end of the process. */
class Interrupt implements Disposable {
  readonly #controller = new AbortController();
  readonly #stopListening: () => void;

  constructor(describeDoing: () => string) {
    this.#stopListening = onInterrupt(() => {
      if (this.signal.aborted) Deno.exit(EXIT_CODES.interrupted);
      this.#controller.abort(new InterruptedError(describeDoing()));
    });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Waits for a port to open; not everything can be told to stop trying, so it is closed when it opens after all. */
  race(opening: Promise<Connection>): Promise<Connection> {
    const { promise, reject } = Promise.withResolvers<never>();
    const abort = () => {
      reject(this.signal.reason);
      opening.then((connection) => connection.close(), () => {});
    };
    this.signal.addEventListener("abort", abort, { once: true });
    return Promise.race([opening, promise]).finally(() => this.signal.removeEventListener("abort", abort));
  }

  [Symbol.dispose](): void {
    this.#stopListening();
  }
}
