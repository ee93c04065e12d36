/**
 * A serial port on Linux.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { Descriptor } from "./descriptor.ts";
import { LinuxTerminal } from "./linux_terminal.ts";
import type { SerialPort } from "./serial_port.ts";
import { makeSetters } from "./setters.ts";
import {
  type LineSettings,
  noSignalsNotice,
  noticeParity,
  type PortNotice,
  type SerialOptions,
  toLineSettings,
} from "./settings.ts";

/**
 * Opens a serial port of Linux.
 *
 * @param path The device.
 * @param options How to set it up.
 * @param clock Timers.
 * @returns The open port.
 * @throws {PortError} When it cannot be opened or set up.
 */
export function openLinuxPort(path: string, options: SerialOptions, clock: Clock): SerialPort {
  const settings = toLineSettings(options);
  const terminal = new LinuxTerminal(path);
  try {
    terminal.lock();
    const actual = terminal.apply(settings);
    terminal.lowerLatency();
    const notices = noticeParity(path, settings, actual);
    const { dtr, rts } = options;
    if (dtr !== undefined || rts !== undefined) {
      if (terminal.hasSignals) terminal.setSignals({ dtr, rts });
      else notices.push(noSignalsNotice(path));
    }
    return makePort(terminal, { name: path, settings, notices, clock });
  } catch (error) {
    terminal.close();
    throw error;
  }
}

interface PortParts {
  readonly name: string;
  readonly settings: LineSettings;
  readonly notices: PortNotice[];
  readonly clock: Clock;
}

function makePort(terminal: LinuxTerminal, parts: PortParts): SerialPort {
  const { name, notices, clock } = parts;
  const descriptor = new Descriptor({ fd: terminal.fd, name, clock, close: async () => await terminal.close() });
  return {
    name,
    notices,
    readable: descriptor.readable,
    writable: descriptor.writable,
    drain: () => descriptor.drain(),
    ...makeSetters({ ...parts, drain: () => descriptor.drain(), apply: (wanted) => terminal.apply(wanted) }),
    ...(terminal.hasSignals ? { setSignals: async (signals) => await terminal.setSignals(signals) } : {}),
    close: () => descriptor.close(),
  };
}
