/**
 * A connection to the device that the flags mean: finds the port, opens it, brings the device into its loader and out again.
 *
 * @module
 */

import { parseBootEntry } from "../ports/boot_entry/boot_entry.ts";
import type { BootStep } from "../ports/boot_entry/boot_step.ts";
import { DeviceSession } from "../ports/boot_entry/device_session.ts";
import { choosePort, listCandidates } from "../ports/choose_port.ts";
import { SYSTEM_CLOCK } from "../ports/clock.ts";
import { PortError } from "../ports/port_error.ts";
import { formatPortSpec, parsePortSpec, type PortSpec } from "../ports/port_spec.ts";
import { listSerialPorts } from "../ports/serial/list.ts";
import { describePort } from "../ports/serial/serial_port_info.ts";
import { parseFraming } from "../ports/serial/settings.ts";
import { lookUntil, waitForPort } from "../ports/wait_for_port.ts";
import type { PortSession } from "../protocols/link/session.ts";
import type { FrameName, PortFlags } from "./port_flags.ts";
import { withPermissionAdvice } from "./ports.ts";

/** How often to look whether somebody listens. */
const LOOK_EVERY_MS = 200;

/** Options of {@linkcode Connection.open}. */
export interface ConnectionOptions {
  /** The command's flags. */
  readonly flags: PortFlags;
  /** The frame where the flags say nothing: `8e1`. */
  readonly frame: FrameName;
  /** Ends every wait. */
  readonly signal: AbortSignal;
  /** Tells people what was chosen, and what is not as asked for. */
  readonly say: (line: string) => void;
}

/** An open port with a device behind it. */
export class Connection {
  readonly #spec: PortSpec;
  readonly #options: ConnectionOptions;
  #device: DeviceSession;

  private constructor(spec: PortSpec, device: DeviceSession, options: ConnectionOptions) {
    this.#spec = spec;
    this.#device = device;
    this.#options = options;
  }

  /**
   * Finds and opens the port, waits for it where the flags say so, and brings the device into its loader.
   *
   * @param options Flags, frame, and whom to tell.
   * @returns The connection; whoever opens it closes it.
   * @throws {PortError} When there is no such port, or it cannot be opened.
   * @throws {BootEntryError} When the device does not answer on its way into the loader.
   */
  static async open(options: ConnectionOptions): Promise<Connection> {
    const { flags: { port, wait = 0 }, say } = options;
    const steps = entrySteps(options.flags);
    const deadlineMs = SYSTEM_CLOCK.nowMs() + wait * 1000;
    const spec = port === undefined ? await choose(deadlineMs, options) : parsePortSpec(port);
    const device = await openBy(spec, deadlineMs, options);
    const connection = new Connection(spec, device, options);
    try {
      await device.enter({ enter: steps.enter, leave: [] });
      for (const { message } of device.notices) say(`note: ${message}`);
      return connection;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** What people call the port. */
  get name(): string {
    return formatPortSpec(this.#spec);
  }

  /** Who talks on it; another one after it was opened again. */
  get session(): PortSession {
    return this.#device.session;
  }

  /** Whether the flags say how to take the device out of its loader, and the port can do that. */
  get leaves(): boolean {
    const isUnable = this.#device.notices.some(({ code }) => code === "no-signals");
    return !isUnable && entrySteps(this.#options.flags).leave.length > 0;
  }

  /** Takes the device out of its loader, where the flags say how. */
  async leave(): Promise<void> {
    await this.#device.leave({ enter: [], leave: entrySteps(this.#options.flags).leave });
  }

  /**
   * Closes the port, waits until it can be opened, and opens it.
   *
   * @param deadlineMs Until when to wait, on the clock of `performance.now()`.
   * @returns `false` when it did not come back by then.
   * @throws {PortError} When it is there and cannot be opened.
   */
  async reopen(deadlineMs: number): Promise<boolean> {
    await this.close();
    try {
      this.#device = await openBy(this.#spec, deadlineMs, this.#options);
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

/**
 * Gives the steps into the loader and out of it that the flags name.
 *
 * @param flags The flags.
 * @returns The steps.
 * @throws {BootEntryError} When they are none; code `boot-entry-syntax`.
 */
export function entrySteps(
  { enter, leave }: PortFlags,
): { readonly enter: readonly BootStep[]; readonly leave: readonly BootStep[] } {
  const entry = parseBootEntry(enter ?? "");
  if (leave === undefined) return entry;
  const way = parseBootEntry(leave);
  // A wiring or a name knows both ways; a plain sequence is the one that it is.
  return { enter: entry.enter, leave: way.leave.length > 0 ? way.leave : way.enter };
}

/** What a wait may end: the device was not there in time. */
function isAbsence(error: unknown): boolean {
  const codes = ["port-wait", "port-absent", "port-unreachable", "port-vanished"];
  return error instanceof PortError && codes.includes(error.code);
}

/** Takes the only candidate, and names it. */
async function choose(deadlineMs: number, { signal, say }: ConnectionOptions): Promise<PortSpec> {
  const look = async () => {
    const ports = await listSerialPorts();
    return listCandidates(ports).length > 0 ? ports : undefined;
  };
  try {
    const timeoutMs = Math.max(0, deadlineMs - SYSTEM_CLOCK.nowMs());
    const chosen = choosePort(await lookUntil(look, { timeoutMs, signal }) ?? await listSerialPorts());
    say(`using ${describePort(chosen)}`);
    return { kind: "serial", path: chosen.path };
  } catch (error) {
    throw withPermissionAdvice(error, "Cannot list serial ports");
  }
}

/** Opens a port, as soon as it is there. */
async function openBy(spec: PortSpec, deadlineMs: number, options: ConnectionOptions): Promise<DeviceSession> {
  const { flags: { baud, frame }, signal } = options;
  const settings = {
    ...(typeof baud === "number" ? { baudRate: baud } : {}),
    ...parseFraming(frame ?? options.frame),
    signal,
  };
  try {
    while (true) {
      signal.throwIfAborted();
      const leftMs = deadlineMs - SYSTEM_CLOCK.nowMs();
      const isWaiting = leftMs > 0;
      try {
        const present = isWaiting ? await waitForPort(spec, { timeoutMs: Math.ceil(leftMs), signal }) : spec;
        return await DeviceSession.open(present, settings);
      } catch (error) {
        // Gone again between two looks, or nobody listens yet.
        if (!isWaiting || !isAbsence(error) || (error as PortError).code === "port-wait") throw error;
        await SYSTEM_CLOCK.sleep(Math.min(LOOK_EVERY_MS, leftMs), signal);
      }
    }
  } catch (error) {
    throw withPermissionAdvice(error, `Cannot open ${formatPortSpec(spec)}`, spec);
  }
}
