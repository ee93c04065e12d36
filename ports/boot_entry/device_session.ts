/**
 * A port, who reads it, and the way into the loader of the device behind it.
 *
 * Runs in Deno.
 *
 * @module
 */

import { type Bytes, concatBytes, equalBytes } from "../../core/mod.ts";
import { type ByteLink, LinkTimeoutError, PortSession, type Procedure } from "../../protocols/link/mod.ts";
import { SYSTEM_CLOCK } from "../clock.ts";
import { type OpenPort, openPort } from "../open_port.ts";
import { openWhenFree } from "../open_when_free.ts";
import type { PortSpec } from "../port_spec.ts";
import { lookAtPath, type PathLook } from "../serial/path_look.ts";
import type { Framing, PortNotice, SerialOptions } from "../serial/settings.ts";
import { rememberPorts, waitForReturn } from "../wait_for_return.ts";
import type { BootEntry } from "./boot_entry.ts";
import { BootEntryError } from "./boot_entry_error.ts";
import type { BootStep } from "./boot_step.ts";
import { type BootEntryActions, runBootSteps } from "./run_boot_entry.ts";

/** Options of {@linkcode DeviceSession.open}. */
export interface DeviceSessionOptions extends SerialOptions {
  /** Breaks off whatever `enter` and `leave` wait for. */
  readonly signal?: AbortSignal | undefined;
}

/** How much is kept of what came instead of an answer. */
const SHOWN_BYTES_MAX = 24;

/** A port, and what was there when it was opened. */
interface OpenedPort {
  readonly port: OpenPort;
  readonly look: PathLook | undefined;
}

/**
 * An open port with a session on it, which a boot entry may have closed and opened again in between.
 *
 * @example Into the loader, a conversation, and out again
 * ```ts
 * import { DeviceSession, parseBootEntry, parsePortSpec } from "@coreslot/coreslot/ports";
 *
 * async function readAnswer() {
 *   const entry = parseBootEntry("boot0-rts,reset-dtr");
 *   await using device = await DeviceSession.open(parsePortSpec("/dev/ttyUSB0"), { parity: "even" });
 *   await device.enter(entry);
 *   const answer = await device.session.run(function* (link) {
 *     link.send(Uint8Array.of(0x7f));
 *     return yield* link.readByte("ACK", 1000);
 *   });
 *   await device.leave(entry);
 *   return answer;
 * }
 *
 * console.assert(typeof readAnswer === "function");
 * ```
 */
export class DeviceSession implements AsyncDisposable {
  readonly #options: DeviceSessionOptions;
  #spec: PortSpec;
  #port: OpenPort;
  #look: PathLook | undefined;
  #session: PortSession;
  /** Not between closing the port for it to come back, and opening it again. */
  #isOpen = true;
  /** What tells the ports that are there from those that come later. */
  #remembered: ReadonlySet<string> = new Set();
  /** What boot entries had to leave out, each thing once. */
  readonly #skipped = new Map<string, PortNotice>();

  private constructor(spec: PortSpec, opened: OpenedPort, options: DeviceSessionOptions) {
    this.#spec = spec;
    this.#port = opened.port;
    this.#look = opened.look;
    this.#options = options;
    this.#session = new PortSession(opened.port);
  }

  /**
   * Opens a port.
   *
   * @param spec Which port.
   * @param options How to set it up.
   * @returns The port with a session on it; whoever opens it closes it.
   * @throws {PortError} When it cannot be opened.
   */
  static async open(spec: PortSpec, options: DeviceSessionOptions = {}): Promise<DeviceSession> {
    return new DeviceSession(spec, await openAndLook(spec, options), options);
  }

  /** The port as it is now. */
  get port(): OpenPort {
    return this.#port;
  }

  /** The session on it; another one after a boot entry that reopens the port. */
  get session(): PortSession {
    return this.#session;
  }

  /** What is not as asked for, and what boot entries had to leave out. */
  get notices(): readonly PortNotice[] {
    return [...this.#port.notices, ...this.#skipped.values()];
  }

  /**
   * Takes the steps into the loader. Afterwards rate and frame are those that the port was opened with, and no break is on,
   * also where it fails. The port is closed where it was to be opened again, and that failed.
   *
   * @param entry The boot entry.
   * @throws {BootEntryError} When an answer did not come (code `boot-entry-silent`), or the port was to go away and did not
   * (`boot-entry-stayed`): the device may be in its loader already.
   * @throws {PortError} When the port fails, or does not come back.
   */
  async enter(entry: BootEntry): Promise<void> {
    await this.#run(entry.enter);
  }

  /**
   * Takes the steps out of the loader. Afterwards the port is as `enter` leaves it.
   *
   * @param entry The boot entry.
   * @throws {BootEntryError} When an answer did not come, or the port was to go away and did not.
   * @throws {PortError} When the port fails, or does not come back.
   */
  async leave(entry: BootEntry): Promise<void> {
    await this.#run(entry.leave);
  }

  /** Closes session and port. */
  async close(): Promise<void> {
    await this.#session.close();
  }

  /** The same as `close`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #run(steps: readonly BootStep[]): Promise<void> {
    // Before the first step: the loader may be there already when the port is to be opened again.
    if (steps.some(({ kind }) => kind === "reopen")) await this.#remember();
    try {
      for (const notice of await runBootSteps(steps, this.#actions())) this.#skipped.set(notice.code, notice);
    } catch (error) {
      // What the steps threw says more than that the port does not take its settings any more.
      if (this.#isOpen) await this.#restoreSettings(steps).catch(() => {});
      throw error;
    }
    await this.#restoreSettings(steps);
  }

  async #restoreSettings(steps: readonly BootStep[]): Promise<void> {
    const { baudRate = 115_200 } = this.#options;
    if (steps.some(({ kind }) => kind === "mode")) await this.#port.setFraming?.(this.#options);
    if (steps.some(({ kind }) => kind === "baud")) await this.#port.setBaudRate?.(baudRate);
  }

  #actions(): BootEntryActions {
    const { setSignals, setBaudRate, setFraming } = this.#port;
    const converse = <T>(start: (link: ByteLink) => Procedure<T>) =>
      this.#session.run(start, { signal: this.#options.signal });
    return {
      name: this.#port.name,
      // Asked for anew each time: a step may have opened another port.
      ...(setSignals && { setSignals: async (signals) => await this.#port.setSignals?.(signals) }),
      ...(setBaudRate && { setBaudRate: async (baudRate: number) => await this.#port.setBaudRate?.(baudRate) }),
      ...(setFraming && { setFraming: async (framing: Framing) => await this.#port.setFraming?.(framing) }),
      send: (bytes) => converse((link) => sendAll(link, bytes)),
      expect: (bytes, withinMs) => converse((link) => awaitBytes(link, bytes, withinMs)),
      sleep: (durationMs) => converse((link) => link.sleep(durationMs)),
      reopen: (withinMs) => this.#reopen(withinMs),
    };
  }

  async #reopen(withinMs: number): Promise<void> {
    const { signal } = this.#options;
    const { name } = this.#port;
    const deadlineMs = SYSTEM_CLOCK.nowMs() + withinMs;
    this.#isOpen = false;
    await this.#session.close();
    if (this.#spec.kind !== "tcp") {
      const path = await waitForReturn(name, this.#remembered, { timeoutMs: withinMs, signal });
      if (path === undefined) throw stayedError(name);
      this.#spec = { kind: "serial", path };
    }
    const timeoutMs = deadlineMs - SYSTEM_CLOCK.nowMs();
    const opened = await openWhenFree(() => openAndLook(this.#spec, this.#options), { timeoutMs, signal });
    ({ port: this.#port, look: this.#look } = opened);
    this.#session = new PortSession(this.#port);
    this.#isOpen = true;
    await this.#remember();
  }

  async #remember(): Promise<void> {
    if (this.#spec.kind !== "tcp") this.#remembered = await rememberPorts(this.#port.name, this.#look);
  }
}

function stayedError(name: string): BootEntryError {
  return new BootEntryError({
    code: "boot-entry-stayed",
    message: `Cannot enter the loader: ${name} did not go away to come back`,
    advice: "The device did not restart into its loader: reset it by hand",
  });
}

/** Opens a port, and looks which one that was, to know it from one that comes later. */
async function openAndLook(spec: PortSpec, options: DeviceSessionOptions): Promise<OpenedPort> {
  const port = await openPort(spec, options);
  return { port, look: spec.kind === "tcp" ? undefined : await lookAtPath(port.name) };
}

function* sendAll(link: ByteLink, bytes: Bytes): Procedure<void> {
  link.send(bytes, "boot entry");
  yield* link.flush();
}

/** Reads until the last bytes that came are the ones awaited; gives what came, or its end, where they did not. */
function* awaitBytes(link: ByteLink, bytes: Bytes, withinMs: number): Procedure<Bytes | undefined> {
  const deadlineMs = link.nowMs + withinMs;
  const sizeBytesMax = Math.max(bytes.length, SHOWN_BYTES_MAX);
  let tail: Bytes = new Uint8Array(0);
  try {
    while (!equalBytes(tail.slice(-bytes.length), bytes)) {
      const byte = yield* link.readByte("answer", Math.max(0, deadlineMs - link.nowMs));
      tail = concatBytes([tail, Uint8Array.of(byte)]).slice(-sizeBytesMax);
    }
    return undefined;
  } catch (error) {
    if (error instanceof LinkTimeoutError) return tail;
    throw error;
  }
}
