/**
 * A connection to the device that the flags mean: finds the port, opens it, brings the device into its loader and out again.
 *
 * @module
 */

import { type BootEntry, parseBootEntry } from "../ports/boot_entry/boot_entry.ts";
import { BootEntryError } from "../ports/boot_entry/boot_entry_error.ts";
import type { BootStep } from "../ports/boot_entry/boot_step.ts";
import { DeviceSession } from "../ports/boot_entry/device_session.ts";
import { choosePort, listCandidates } from "../ports/choose_port.ts";
import { SYSTEM_CLOCK } from "../ports/clock.ts";
import { PortError } from "../ports/port_error.ts";
import { formatPortSpec, parsePortSpec, type PortSpec } from "../ports/port_spec.ts";
import { listSerialPorts } from "../ports/serial/list.ts";
import { describePort, type SerialPortInfo } from "../ports/serial/serial_port_info.ts";
import { parseFraming } from "../ports/serial/settings.ts";
import { lookUntil, waitError, waitForPort } from "../ports/wait_for_port.ts";
import type { PortSession } from "../protocols/link/session.ts";
import { NO_DEVICE } from "./device_error.ts";
import type { FrameName, PortFlags } from "./port_flags.ts";
import { withPermissionAdvice } from "./ports.ts";

/** How often to look whether the port is there, and is free. */
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
  /** Called when the port is open, before anything is said on it. */
  readonly onOpen?: () => void;
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
    options.onOpen?.();
    try {
      await device.enter({ enter: steps.enter, leave: [] });
      for (const { message } of device.notices) say(`note: ${message}`);
      return connection;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** What people call the port: as they gave it, or where it is now. */
  get name(): string {
    return this.#options.flags.port === undefined ? this.#device.port.name : formatPortSpec(this.#spec);
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
      // Whoever asks for it has told that it is waited for.
      this.#device = await openBy(this.#spec, deadlineMs, { ...this.#options, say: () => {} });
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

/** The device was not there in time. */
function isAbsence(error: unknown): error is PortError {
  const codes = ["port-wait", "port-absent", "port-unreachable", "port-vanished"];
  return error instanceof PortError && codes.includes(error.code);
}

/** Nor is it really there while another program has it, as ModemManager has new ports for some seconds. */
function isNotThereYet(error: unknown): error is PortError {
  return isAbsence(error) || error instanceof PortError && error.code === "port-busy";
}

/** Takes the only candidate, and names it. */
async function choose(deadlineMs: number, options: ConnectionOptions): Promise<PortSpec> {
  try {
    const chosen = choosePort(await waitForCandidates(deadlineMs, options));
    options.say(`using ${describePort(chosen)}`);
    return specOfCandidate(chosen);
  } catch (error) {
    throw withPermissionAdvice(error, "Cannot list serial ports");
  }
}

/**
 * Waits until a port is there that may be used without being named.
 *
 * @param deadlineMs Until when, on the clock of `performance.now()`.
 * @param options What ends the wait, and whom to tell.
 * @returns All ports.
 */
export async function waitForCandidates(
  deadlineMs: number,
  { signal, say }: Pick<ConnectionOptions, "signal" | "say">,
): Promise<readonly SerialPortInfo[]> {
  const ports = await listSerialPorts();
  const timeoutMs = deadlineMs - SYSTEM_CLOCK.nowMs();
  if (timeoutMs <= 0 || listCandidates(ports).length > 0) return ports;
  say(describeWait(timeoutMs, "a port on USB"));
  const look = async () => {
    const ports = await listSerialPorts();
    return listCandidates(ports).length > 0 ? ports : undefined;
  };
  return await lookUntil(look, { timeoutMs, signal }) ?? ports;
}

/**
 * Gives the name under which a device is found again that nobody named: it may come back under another path.
 *
 * @param port The only candidate.
 * @returns Which port is meant.
 */
export function specOfCandidate({ path, vendorId, productId, serialNumber }: SerialPortInfo): PortSpec {
  if (vendorId === undefined || productId === undefined) return { kind: "serial", path };
  return { kind: "usb", vendorId, productId, serialNumber };
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
    return await retryUntil(deadlineMs, { ...options, spec }, async (isWaiting) => {
      const present = isWaiting ? await waitForPort(spec, { timeoutMs: 0, signal }) : spec;
      return await DeviceSession.open(present, settings);
    });
  } catch (error) {
    throw withPermissionAdvice(error, `Cannot open ${formatPortSpec(spec)}`, spec);
  }
}

/** Tries again and again while the device is not there, and says so once. */
async function retryUntil<T>(
  deadlineMs: number,
  options: Pick<ConnectionOptions, "signal" | "say"> & { readonly spec: PortSpec },
  open: (isWaiting: boolean) => Promise<T>,
): Promise<T> {
  const { spec, signal, say } = options;
  const name = formatPortSpec(spec);
  const totalMs = deadlineMs - SYSTEM_CLOCK.nowMs();
  for (let isTold = false;; isTold = true) {
    signal.throwIfAborted();
    try {
      return await open(totalMs > 0);
    } catch (error) {
      if (!isNotThereYet(error) || totalMs <= 0) throw error;
      const leftMs = deadlineMs - SYSTEM_CLOCK.nowMs();
      if (leftMs <= 0) {
        throw error.code === "port-wait" ? waitError(name, toSeconds(totalMs) * 1000, NO_DEVICE.next) : error;
      }
      if (!isTold) say(describeWait(leftMs, error.code === "port-busy" ? `${name}, which is in use` : name));
      await SYSTEM_CLOCK.sleep(Math.min(LOOK_EVERY_MS, leftMs), signal);
    }
  }
}

function describeWait(waitMs: number, what: string): string {
  return `waiting up to ${toSeconds(waitMs)} s for ${what}`;
}

/** As the user gave them: loading code has taken some milliseconds since. */
function toSeconds(waitMs: number): number {
  return Math.ceil(waitMs / 1000);
}
