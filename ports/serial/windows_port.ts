/**
 * A serial port on Windows.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import { makeSetters } from "./setters.ts";
import type { SerialPort } from "./serial_port.ts";
import {
  type LineSettings,
  noSignalsNotice,
  noticeParity,
  type PortNotice,
  type SerialOptions,
  toLineSettings,
} from "./settings.ts";
import { joinCompletions } from "./windows_completions.ts";
import { WindowsStreams } from "./windows_streams.ts";
import { WindowsTerminal } from "./windows_terminal.ts";

/** What a UART of the usual kind, and many an adapter, still holds when its driver has nothing left. */
const FIFO_SIZE_BYTES = 16;
/** Start, data, parity and stop bits of a character at most. */
const CHARACTER_SIZE_BITS_MAX = 12;

/**
 * Opens a serial port of Windows.
 *
 * @param path For example `COM3`.
 * @param options How to set it up.
 * @param clock Timers.
 * @returns The open port.
 * @throws {PortError} When it cannot be opened or set up.
 */
export function openWindowsPort(path: string, options: SerialOptions, clock: Clock): SerialPort {
  const settings = toLineSettings(options);
  const { dtr, rts } = options;
  const terminal = new WindowsTerminal(path, { dtr: dtr ?? true, rts: rts ?? true });
  try {
    const notices = noticeParity(path, settings, terminal.apply(settings));
    const isAsked = dtr !== undefined || rts !== undefined;
    if (isAsked && !terminal.hasSignals) notices.push(noSignalsNotice(path));
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

function makePort(terminal: WindowsTerminal, parts: PortParts): SerialPort {
  const { name, notices, clock } = parts;
  const completions = joinCompletions();
  completions.attach(terminal.handle);
  const streams = new WindowsStreams({ terminal, completions, name, clock });
  let { baudRate } = parts.settings;
  // No call tells when those few bytes have left; a change of rate before that would change them.
  const drainLine = async () => {
    await streams.drain();
    await clock.sleep(FIFO_SIZE_BYTES * CHARACTER_SIZE_BITS_MAX * 1000 / baudRate);
  };
  const apply = (wanted: LineSettings) => {
    const actual = terminal.apply(wanted);
    ({ baudRate } = wanted);
    return actual;
  };
  return {
    name,
    notices,
    readable: streams.readable,
    writable: streams.writable,
    drain: () => streams.drain(),
    ...makeSetters({ ...parts, drain: drainLine, apply }),
    ...(terminal.hasSignals ? { setSignals: async (signals) => await terminal.setSignals(signals) } : {}),
    close: () => streams.close(),
  };
}
