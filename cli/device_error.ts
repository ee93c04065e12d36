/**
 * What ended a conversation with a device: on which port, what the device is left in, and how to go on.
 *
 * @module
 */

import { CoreslotError } from "../core/errors.ts";
import type { DeviceAdvice } from "./device_advice.ts";

/** How far a conversation is, for whatever ends it early. */
export interface Stage {
  /** What is being done, as `while ...` has it: `writing`. */
  readonly doing: string;
  /** What the device is left in when it ends here, as a clause. */
  readonly device: string;
  /** How to go on from there, as a clause. */
  readonly next: string;
}

/** What the device is left in when it turned down, or never heard, the first thing that would have changed it. */
export const UNTOUCHED = "Nothing on the device was changed";

/** There is no open port yet. */
export const NO_DEVICE: Stage = {
  doing: "waiting for the port",
  device: "No device was there, and nothing was changed",
  next: "Check the cable, the power and the name of the port",
};

/** An error of a protocol, together with the port, and with what has become of the device. */
export class DeviceError extends CoreslotError {
  declare readonly cause: CoreslotError;
  /** The port as the user gave it. */
  readonly port: string;
  /** What the device is left in. */
  readonly deviceState: string;

  /**
   * Takes the code from the error underneath, and the advice where it has one.
   *
   * @param cause What the protocol threw.
   * @param port The port as the user gave it.
   * @param stage How far the conversation was, and what is known better than the error says it.
   */
  constructor(cause: CoreslotError, port: string, stage: Stage & Pick<DeviceAdvice, "message" | "advice">) {
    const { message = cause.message, advice = cause.advice ?? stage.next } = stage;
    super({ code: cause.code, message: `${port}: ${message}`, advice, cause });
    this.port = port;
    this.deviceState = stage.device;
  }

  /**
   * Gives the fields of the error underneath, and what is added here.
   *
   * @returns A plain object.
   */
  override toJSON(): Record<string, unknown> {
    const { message, port, deviceState, advice } = this;
    return { ...this.cause.toJSON(), message, port, deviceState, advice };
  }
}

/**
 * Says in an error what an earlier try has left the device in, where the one that failed last has not touched it.
 *
 * @param error What the last try threw.
 * @param before What an earlier try threw that did.
 * @returns The error, with that.
 */
export function withStateOf(error: unknown, before: DeviceError | undefined): unknown {
  if (before === undefined || !(error instanceof CoreslotError)) return error;
  const { port, deviceState: device } = before;
  const { advice } = error;
  const stage = { doing: "", device, next: before.advice ?? "", ...(advice === undefined ? {} : { advice }) };
  if (error instanceof DeviceError) {
    if (hasTouched(error)) return error;
    return new DeviceError(error.cause, error.port, { ...stage, message: error.message.slice(error.port.length + 2) });
  }
  return error.name === "PortError" ? new DeviceError(error, port, stage) : error;
}

/**
 * Tells whether a try may have changed the device.
 *
 * @param error What it threw.
 */
export function hasTouched({ deviceState }: DeviceError): boolean {
  return !deviceState.startsWith(UNTOUCHED) && deviceState !== NO_DEVICE.device;
}

/** Somebody pressed Ctrl-C. Its only code is `interrupted`. */
export class InterruptedError extends CoreslotError {
  /**
   * Says what was interrupted.
   *
   * @param doing What was being done: `writing`.
   */
  constructor(doing: string) {
    super({ code: "interrupted", message: `Cannot go on: interrupted while ${doing}` });
  }
}
