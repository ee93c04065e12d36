/**
 * Serial ports of macOS, by the binding of the serialport project.
 *
 * The binding opens, sets the rate and lists; bytes go through the descriptor as they do on Linux, because its own reading
 * does not work in Deno 2.9.6. What it cannot do with an open port is in `mac_line.ts`.
 *
 * Untried on macOS. It was tried on Linux, where the binding works as it does there.
 *
 * @module
 */

import type { BindingPortInterface, PortInfo } from "@serialport/bindings-cpp";
import type { PortSignals } from "../../protocols/link/mod.ts";
import type { Clock } from "../clock.ts";
import { PortError } from "../port_error.ts";
import { explainBindingFailure, explainOpenFailure } from "./binding_failure.ts";
import { Descriptor } from "./descriptor.ts";
import { closedError } from "./gone.ts";
import { MacLine } from "./mac_line.ts";
import type { SerialPort } from "./serial_port.ts";
import { type SerialPortInfo, withoutControl } from "./serial_port_info.ts";
import {
  type LineSettings,
  noSignalsNotice,
  noticeParity,
  type PortNotice,
  type SerialOptions,
  toLineSettings,
} from "./settings.ts";

/** Held back from the bundler, which cannot pack native code: a bundle loads it as it is when a serial port is asked for. */
export const BINDING = "npm:@serialport/bindings-cpp@13.0.1";

/**
 * Lists the ports that the binding finds.
 *
 * @returns The ports, by path.
 */
export async function listBindingPorts(): Promise<readonly SerialPortInfo[]> {
  const { autoDetect } = await loadBinding();
  return (await autoDetect().list()).map(toSerialPortInfo).sort((a, b) => a.path < b.path ? -1 : 1);
}

/**
 * Takes over what the binding knows of a port.
 *
 * @param info What the binding says.
 * @returns The same, with numbers as numbers; the path is that which does not wait for a carrier on macOS.
 */
export function toSerialPortInfo(info: PortInfo): SerialPortInfo {
  const { path, vendorId, productId, serialNumber, manufacturer } = info;
  return {
    path: path.replace(/^\/dev\/tty\./, "/dev/cu."),
    vendorId: vendorId === undefined ? undefined : parseInt(vendorId, 16),
    productId: productId === undefined ? undefined : parseInt(productId, 16),
    serialNumber: serialNumber && withoutControl(serialNumber),
    manufacturer: manufacturer && withoutControl(manufacturer),
  };
}

type Binding = BindingPortInterface & { readonly fd: number | null };

/**
 * Opens a serial port with the binding.
 *
 * @param path The device.
 * @param options How to set it up.
 * @param clock Timers.
 * @returns The open port.
 * @throws {PortError} When it cannot be opened or set up.
 */
export async function openBindingPort(path: string, options: SerialOptions, clock: Clock): Promise<SerialPort> {
  const settings = toLineSettings(options);
  const { autoDetect } = await loadBinding();
  const binding: Binding = await autoDetect().open({ path, ...settings }).catch((cause) => {
    throw explainOpenFailure(path, cause);
  });
  const line = new MacLine(binding.fd!, path);
  try {
    const notices = noticeParity(path, settings, line.check(settings));
    const hasSignals = await binding.get().then(() => true, () => false);
    const { dtr, rts } = options;
    const lines = { dtr: dtr ?? true, rts: rts ?? true, brk: false };
    if (dtr !== undefined || rts !== undefined) {
      if (!hasSignals) notices.push(noSignalsNotice(path));
      else await binding.set(lines).catch((cause) => Promise.reject(explainBindingFailure(LINES_VERB, path, cause)));
    }
    // On a pseudo-terminal, whose maker may have it open too, exclusive use would outlive a program that is killed.
    if (hasSignals) line.setExclusive(true);
    return new BindingPort(binding, { name: path, settings, notices, clock, line, lines, hasSignals }).toSerialPort();
  } catch (error) {
    line[Symbol.dispose]();
    await binding.close();
    throw error;
  }
}

/** What setting DTR, RTS and break is called. */
const LINES_VERB = "set the lines of";

/** DTR, RTS and break, as the binding sets them: all in each call. */
interface BindingLines {
  readonly dtr: boolean;
  readonly rts: boolean;
  readonly brk: boolean;
}

interface PortParts {
  readonly name: string;
  readonly settings: LineSettings;
  readonly notices: PortNotice[];
  readonly clock: Clock;
  readonly line: MacLine;
  readonly lines: BindingLines;
  readonly hasSignals: boolean;
}

/** An open port: the binding, the descriptor that is read and written, and what is known of it. */
class BindingPort {
  readonly #binding: Binding;
  readonly #parts: PortParts;
  readonly #descriptor: Descriptor;
  #settings: LineSettings;
  /** As set last: those that a caller leaves out stay like that. */
  #lines: BindingLines;
  #isClosed = false;

  constructor(binding: Binding, parts: PortParts) {
    this.#binding = binding;
    this.#parts = parts;
    this.#settings = parts.settings;
    this.#lines = parts.lines;
    const { name, clock } = parts;
    this.#descriptor = new Descriptor({ fd: binding.fd!, name, clock, close: () => this.#close() });
  }

  toSerialPort(): SerialPort {
    const { name, notices, hasSignals } = this.#parts;
    const { readable, writable } = this.#descriptor;
    return {
      name,
      notices,
      readable,
      writable,
      drain: () => this.#descriptor.drain(),
      setBaudRate: async (baudRate) => await this.#change(toLineSettings({ ...this.#settings, baudRate })),
      setFraming: async (framing) =>
        await this.#change(toLineSettings({ ...framing, baudRate: this.#settings.baudRate })),
      ...(hasSignals ? { setSignals: (signals) => this.setSignals(signals) } : {}),
      close: () => this.#descriptor.close(),
    };
  }

  async setSignals(signals: PortSignals): Promise<void> {
    const { dtr = this.#lines.dtr, rts = this.#lines.rts, break: brk = this.#lines.brk } = signals;
    await this.#ask(LINES_VERB, (binding) => binding.set({ dtr, rts, brk }));
    this.#lines = { dtr, rts, brk };
  }

  async #change(wanted: LineSettings): Promise<void> {
    const { name, notices, line } = this.#parts;
    await this.#descriptor.drain();
    if (this.#isClosed) throw closedError(name);
    const found = noticeParity(name, wanted, line.apply(wanted));
    notices.push(...found.filter(({ code }) => notices.every((notice) => notice.code !== code)));
    // After the frame, which would bring back a rate that termios has a name for.
    await this.#ask("set up", (binding) => binding.update({ baudRate: wanted.baudRate }));
    this.#settings = wanted;
  }

  /** Has the binding do something; what it throws are bare errors. */
  async #ask(verb: string, deed: (binding: Binding) => Promise<void>): Promise<void> {
    const { name } = this.#parts;
    if (this.#isClosed) throw closedError(name);
    try {
      await deed(this.#binding);
    } catch (cause) {
      throw this.#isClosed ? closedError(name) : explainBindingFailure(verb, name, cause);
    }
  }

  async #close(): Promise<void> {
    const { line, hasSignals } = this.#parts;
    this.#isClosed = true;
    // It would last for as long as somebody has the port open, from before us.
    if (hasSignals) line.setExclusive(false);
    line[Symbol.dispose]();
    await this.#binding.close();
  }
}

async function loadBinding(): Promise<typeof import("@serialport/bindings-cpp")> {
  try {
    return await import(BINDING);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotCapable) throw cause;
    throw new PortError({
      code: "port-unsupported",
      message: `Cannot use serial ports: ${BINDING} does not load`,
      advice: "Run coreslot once while the npm registry can be reached, so that Deno can fetch it, or from its sources",
      cause,
    });
  }
}
