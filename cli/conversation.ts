/**
 * A command's conversation with a device: opens the port, traces, shows progress, and can be interrupted.
 *
 * @module
 */

import type { ByteLink } from "../protocols/link/byte_link.ts";
import { ProtocolError } from "../protocols/link/error.ts";
import type { Port } from "../protocols/link/port.ts";
import type { Procedure } from "../protocols/link/procedure.ts";
import { PortSession } from "../protocols/link/session.ts";
import { UpdateError } from "../updates/error.ts";
import { DeviceError, InterruptedError, type Stage } from "./device_error.ts";
import { EXIT_CODES } from "./exit_codes.ts";
import { onInterrupt } from "./interrupts.ts";
import { openPort } from "./ports.ts";
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
}

/** A conversation, once there is a port. */
export type Talk<T> = (conversation: Conversation) => Promise<T>;

/** Flags of every command that talks to a device. */
export interface ConversationFlags {
  /** The port as the user gave it. */
  readonly port: string;
  /** Where every frame is written. */
  readonly trace?: string;
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
  let { stage } = options;
  const progress = new Progress(terminal, { isQuiet: flags.json });
  using trace = flags.trace === undefined ? undefined : new TraceFile(flags.trace, "host");
  using interrupt = new Interrupt(() => stage.doing + (progress.share === undefined ? "" : `, ${progress.share} done`));
  try {
    await using session = new PortSession(await interrupt.race(openPort(flags.port)));
    return await talk({
      run: (start) => session.run(start, { signal: interrupt.signal, trace: trace && ((entry) => trace.add(entry)) }),
      progress,
      reportStage: (next) => stage = next,
    });
  } catch (error) {
    const isTold = error instanceof ProtocolError || error instanceof UpdateError || error instanceof InterruptedError;
    throw isTold ? new DeviceError(error, flags.port, stage) : error;
  } finally {
    progress.close();
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

  /** Waits for a port to open; nothing can be told to stop trying, so it is left alone, and closed when it opens. */
  race(opening: Promise<Port>): Promise<Port> {
    const { promise, reject } = Promise.withResolvers<never>();
    const abort = () => {
      reject(this.signal.reason);
      opening.then((port) => port.close(), () => {});
    };
    this.signal.addEventListener("abort", abort, { once: true });
    return Promise.race([opening, promise]).finally(() => this.signal.removeEventListener("abort", abort));
  }

  [Symbol.dispose](): void {
    this.#stopListening();
  }
}
