/**
 * A connection to the device that the flags mean: opens the port, brings the device into its loader and out again.
 *
 * @module
 */

import { type BootEntry, parseBootEntry } from "../ports/boot_entry/boot_entry.ts";
import { BootEntryError } from "../ports/boot_entry/boot_entry_error.ts";
import type { BootStep } from "../ports/boot_entry/boot_step.ts";
import type { DeviceSession } from "../ports/boot_entry/device_session.ts";
import { SYSTEM_CLOCK } from "../ports/clock.ts";
import { formatPortSpec, parsePortSpec, type PortSpec } from "../ports/port_spec.ts";
import type { PortSession } from "../protocols/link/session.ts";
import { chooseDevice, isAbsence, type OpenDeviceOptions, type OpenedDevice, openFirst } from "./open_device.ts";
import type { PortFlags } from "./port_flags.ts";
import { distinctNames, identify } from "./port_identity.ts";

/** Options of {@linkcode Connection.reopen}. */
export interface ReopenOptions {
  /**
   * Whether all is done that the loader was needed for: an application that has come back then goes on running.
   *
   * @default {false}
   */
  readonly isDone?: boolean;
}

/** An open port with a device behind it. */
export class Connection {
  readonly #options: OpenDeviceOptions;
  readonly #steps: Steps;
  /** Which port is meant. */
  readonly #spec: PortSpec;
  #device: DeviceSession;
  /** What the device is called in its loader and, after it where that is another name, in its application. */
  #names: readonly [PortSpec, ...PortSpec[]];
  #entryFailure: BootEntryError | undefined;
  /** Notices that people have been told: the way in may be taken again. */
  readonly #told = new Set<string>();

  private constructor({ spec, device }: OpenedDevice, options: OpenDeviceOptions, steps: Steps) {
    const { names } = options.met;
    this.#options = options;
    this.#steps = steps;
    this.#spec = names[0] ?? spec;
    this.#names = distinctNames(spec, ...names);
    this.#device = device;
  }

  /**
   * Finds and opens the port, and waits for it where the flags say so.
   *
   * @param options Flags, frame, and whom to tell.
   * @returns The connection; whoever opens it closes it.
   * @throws {PortError} When there is no such port, or it cannot be opened.
   * @throws {BootEntryError} When a flag has no steps; code `boot-entry-syntax`.
   */
  static async open(options: OpenDeviceOptions): Promise<Connection> {
    const { port, wait = 0 } = options.flags;
    const steps = entrySteps(options.flags);
    const deadlineMs = SYSTEM_CLOCK.nowMs() + wait * 1000;
    const { met } = options;
    const spec = met.names[0] ??
      (port === undefined ? await chooseDevice(deadlineMs, options) : parsePortSpec(port));
    const names = distinctNames(spec, ...met.names);
    met.names = names;
    return new Connection(await openFirst(names, deadlineMs, options), options, steps);
  }

  /** What people call the port: as they gave it, or where it is now. */
  get name(): string {
    return this.#options.flags.port === undefined ? this.#device.port.name : formatPortSpec(this.#spec);
  }

  /** Where the port is now; nothing over TCP. */
  get path(): string | undefined {
    return this.#spec.kind === "tcp" ? undefined : this.#device.port.name;
  }

  /** Who talks on it; another one after it was opened again. */
  get session(): PortSession {
    return this.#device.session;
  }

  /** Whether the flags say how to take the device out of its loader, and the port can do that. */
  get leaves(): boolean {
    const isUnable = this.#device.notices.some(({ code }) => code === "no-signals");
    return !isUnable && this.#steps.leave.length > 0;
  }

  /** How the way into the loader failed, where the device may have been there already. */
  get entryFailure(): BootEntryError | undefined {
    return this.#entryFailure;
  }

  /**
   * Brings the device into its loader, where the flags say how. One that does nothing of what its application would do may
   * be there already, as after an update that was interrupted: it is left to the protocol to find out.
   *
   * @throws {PortError} When the port fails, or does not come back.
   */
  async enter(): Promise<void> {
    const { say } = this.#options;
    const { enter } = this.#steps;
    const { path } = this;
    const application = path !== undefined && enter.some(({ kind }) => kind === "reopen")
      ? await identify(path)
      : undefined;
    try {
      await this.#device.enter({ enter, leave: [] });
      this.#entryFailure = undefined;
      if (application !== undefined) {
        this.#names = distinctNames(await identify(this.#device.port.name), application);
        this.#options.met.names = distinctNames(this.#spec, ...this.#names);
      }
    } catch (error) {
      if (!(error instanceof BootEntryError)) throw error;
      await this.#goOnWithout(error);
    }
    for (const { message } of this.#device.notices) {
      if (!this.#told.has(message)) say(`note: ${message}`);
      this.#told.add(message);
    }
  }

  async #goOnWithout(failure: BootEntryError): Promise<void> {
    const { message, code } = this.#entryFailure = failure;
    const what = message.replace("Cannot enter the loader: ", "");
    this.#options.say(`note: ${what}: the device may be in its loader already, so the rest of --enter is left out`);
    if (code !== "boot-entry-stayed") return;
    ({ device: this.#device } = await openFirst([{ kind: "serial", path: this.#device.port.name }], 0, this.#options));
  }

  /** Takes the device out of its loader, where the flags say how. */
  async leave(): Promise<void> {
    await this.#device.leave({ enter: [], leave: this.#steps.leave });
  }

  /**
   * Closes the port, waits until it can be opened, and opens it. Where the application has come back, under another name
   * than the loader, the device is brought into its loader again, unless all is done.
   *
   * @param deadlineMs Until when to wait, on the clock of `performance.now()`.
   * @param options What to do where the application has come back.
   * @returns `false` when it did not come back by then.
   * @throws {PortError} When it is there and cannot be opened.
   */
  async reopen(deadlineMs: number, { isDone = false }: ReopenOptions = {}): Promise<boolean> {
    await this.close();
    const [loader, application] = this.#names;
    try {
      // Whoever asks for it has told that it is waited for.
      const opened = await openFirst(this.#names, deadlineMs, { ...this.#options, say: () => {} });
      this.#device = opened.device;
      if (!isDone && opened.spec !== loader && opened.spec === application) await this.enter();
      return true;
    } catch (error) {
      if (isAbsence(error)) return false;
      throw error;
    }
  }

  /** Closes the port. */
  async close(): Promise<void> {
    await this.#device.close();
  }
}

/** The ways into a loader and out of it. */
interface Steps {
  readonly enter: readonly BootStep[];
  readonly leave: readonly BootStep[];
}

/** Gives the steps that the flags name; throws an error of code `boot-entry-syntax` where they are none. */
function entrySteps({ enter, leave }: PortFlags): Steps {
  const entry = parseFlag("--enter", enter ?? "");
  if (leave === undefined) return entry;
  const way = parseFlag("--leave", leave);
  // A wiring or a name knows both ways; a plain sequence is the one that it is.
  return { enter: entry.enter, leave: way.leave.length > 0 ? way.leave : way.enter };
}

function parseFlag(name: string, text: string): BootEntry {
  try {
    return parseBootEntry(text);
  } catch (error) {
    if (!(error instanceof BootEntryError)) throw error;
    const { code, message, advice } = error;
    throw new BootEntryError({ code, message: message.replace("boot entry", name), advice });
  }
}
