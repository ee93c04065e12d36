/**
 * Opening the port that the flags mean, which may not be there yet.
 *
 * @module
 */

import { DeviceSession } from "../ports/boot_entry/device_session.ts";
import { choosePort, listCandidates } from "../ports/choose_port.ts";
import { SYSTEM_CLOCK } from "../ports/clock.ts";
import { PortError } from "../ports/port_error.ts";
import { formatPortSpec, matchUsbPorts, type PortSpec } from "../ports/port_spec.ts";
import { listSerialPorts } from "../ports/serial/list.ts";
import { describePort, type SerialPortInfo } from "../ports/serial/serial_port_info.ts";
import { parseFraming } from "../ports/serial/settings.ts";
import { lookUntil, waitError, waitForPort } from "../ports/wait_for_port.ts";
import { NO_DEVICE } from "./device_error.ts";
import type { FrameName, PortFlags } from "./port_flags.ts";
import { type MetDevice, specOfCandidate } from "./port_identity.ts";
import { withPermissionAdvice } from "./ports.ts";

/** How often to look whether the port is there, and is free. */
const LOOK_EVERY_MS = 200;

/** Options of {@linkcode openFirst}. */
export interface OpenDeviceOptions {
  /** The command's flags. */
  readonly flags: PortFlags;
  /** The frame where the flags say nothing: `8e1`. */
  readonly frame: FrameName;
  /** Ends every wait. */
  readonly signal: AbortSignal;
  /** Tells people what was chosen, and what is not as asked for. */
  readonly say: (line: string) => void;
  /** Which device the command has met before; filled in. */
  readonly met: MetDevice;
}

/**
 * Tells whether the device was not there in time.
 *
 * @param error What opening it threw.
 */
export function isAbsence(error: unknown): error is PortError {
  const codes = ["port-wait", "port-absent", "port-unreachable", "port-vanished"];
  return error instanceof PortError && codes.includes(error.code);
}

/** Nor is it really there while another program has it, as ModemManager has new ports for some seconds. */
function isNotThereYet(error: unknown): error is PortError {
  return isAbsence(error) || error instanceof PortError && error.code === "port-busy";
}

/**
 * Takes the only candidate, and names it.
 *
 * @param deadlineMs Until when to wait for one, on the clock of `performance.now()`.
 * @param options Whom to tell.
 * @returns Which port that is.
 * @throws {PortError} When there is none, or more than one.
 */
export async function chooseDevice(
  deadlineMs: number,
  options: Pick<OpenDeviceOptions, "signal" | "say">,
): Promise<PortSpec> {
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
  { signal, say }: Pick<OpenDeviceOptions, "signal" | "say">,
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

/** A port that was opened. */
export interface OpenedDevice {
  /** The session on it. */
  readonly device: DeviceSession;
  /** Which of the names it was found under. */
  readonly spec: PortSpec;
}

/**
 * Opens the first port that is there, as soon as one is.
 *
 * @param specs Names of one device, at least one; the first is told to people.
 * @param deadlineMs Until when to wait, on the clock of `performance.now()`.
 * @param options How to set it up, and whom to tell.
 * @returns The open port.
 * @throws {PortError} When it cannot be opened.
 */
export async function openFirst(
  specs: readonly [PortSpec, ...PortSpec[]],
  deadlineMs: number,
  options: Omit<OpenDeviceOptions, "met">,
): Promise<OpenedDevice> {
  const { flags: { baud, frame }, signal } = options;
  const settings = {
    ...(typeof baud === "number" ? { baudRate: baud } : {}),
    ...parseFraming(frame ?? options.frame),
    signal,
  };
  const openOne = async (spec: PortSpec, isWaiting: boolean) => {
    if (!isWaiting) return { device: await DeviceSession.open(spec, settings), spec };
    const present = await waitForPort(spec, { timeoutMs: 0, signal });
    return { device: await confirm(spec, present, DeviceSession.open(present, settings)), spec };
  };
  const [first, ...others] = specs;
  try {
    return await retryUntil(deadlineMs, { ...options, spec: first }, async (isWaiting) => {
      let opening = openOne(first, isWaiting);
      for (const spec of others) {
        opening = opening.catch((error) => {
          if (isAbsence(error)) return openOne(spec, isWaiting);
          throw error;
        });
      }
      return await opening;
    });
  } catch (error) {
    throw withPermissionAdvice(error, `Cannot open ${formatPortSpec(first)}`, first);
  }
}

/** Makes sure that what was opened is the device that was meant, and not one that has got its path in the meantime. */
async function confirm(spec: PortSpec, present: PortSpec, opening: Promise<DeviceSession>): Promise<DeviceSession> {
  const [result] = await Promise.allSettled([opening]);
  const isMeant = spec.kind !== "usb" || present.kind !== "serial" ||
    matchUsbPorts(await listSerialPorts(), spec).some(({ path }) => path === present.path);
  if (isMeant) return await opening;
  if (result.status === "fulfilled") await result.value.close();
  throw new PortError({
    code: "port-vanished",
    message: `Cannot open ${formatPortSpec(spec)}: it went away`,
    advice: NO_DEVICE.next,
  });
}

/** Tries again and again while the device is not there, and says so once. */
async function retryUntil<T>(
  deadlineMs: number,
  options: Pick<OpenDeviceOptions, "signal" | "say"> & { readonly spec: PortSpec },
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
