/**
 * Changing rate and frame of an open port.
 *
 * @module
 */

import type { SerialPort } from "./serial_port.ts";
import { type LineSettings, noticeParity, type PortNotice, toLineSettings } from "./settings.ts";

/** What changes rate and frame of an open port. */
export interface SetterParts {
  /** What people call the port. */
  readonly name: string;
  /** How it is set up so far. */
  readonly settings: LineSettings;
  /** What is not as asked for; a new one is added. */
  readonly notices: PortNotice[];
  /** Waits until the last byte written has left. */
  drain(): Promise<void>;
  /** Sets rate and frame, and gives what the driver made of them. */
  apply(wanted: LineSettings): LineSettings;
}

/**
 * Makes the functions that change rate and frame of an open port: what was written before leaves as it was meant to.
 *
 * @param parts The port, and how it is set up so far.
 * @returns The functions.
 */
export function makeSetters(parts: SetterParts): Required<Pick<SerialPort, "setBaudRate" | "setFraming">> {
  const { name, notices, drain, apply } = parts;
  let { settings } = parts;
  const change = async (wanted: LineSettings) => {
    await drain();
    const found = noticeParity(name, wanted, apply(wanted));
    notices.push(...found.filter(({ code }) => notices.every((notice) => notice.code !== code)));
    settings = wanted;
  };
  return {
    // Awaited, because what these throw has to be a rejection.
    setBaudRate: async (baudRate) => await change(toLineSettings({ ...settings, baudRate })),
    setFraming: async (framing) => await change(toLineSettings({ ...framing, baudRate: settings.baudRate })),
  };
}
