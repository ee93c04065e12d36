/**
 * Serial ports of macOS and Windows, by the binding of the serialport project.
 *
 * On macOS the binding opens and sets up, and bytes go through the descriptor as they do on Linux: its own reading does not
 * work in Deno 2.9.6. On Windows it reads and writes as well.
 *
 * Untried on both systems. What is for macOS was tried on Linux, where the binding works as it does there.
 *
 * @module
 */

import type { BindingPortInterface, PortInfo } from "@serialport/bindings-cpp";
import { Buffer } from "node:buffer";
import type { PortSignals } from "../../protocols/link/mod.ts";
import type { Clock } from "../clock.ts";
import { PortError } from "../port_error.ts";
import { Descriptor } from "./descriptor.ts";
import { closedError, vanishedError } from "./gone.ts";
import type { SerialPort } from "./serial_port.ts";
import type { SerialPortInfo } from "./serial_port_info.ts";
import { noSignalsNotice, type SerialOptions, toLineSettings } from "./settings.ts";

const CHUNK_SIZE_BYTES = 4096;

/** Held back from the bundler, which cannot pack native code: a bundle loads it as it is when a serial port is asked for. */
export const BINDING = "npm:@serialport/bindings-cpp@13.0.1";

/** What the binding says when it cannot open a port, and what that means. */
const FAILURES: readonly (readonly [pattern: RegExp, code: string, state: string, advice: string])[] = [
  [/File not found|No such file/i, "port-absent", "there is no such port", "Check cable and power, and list the ports"],
  // Windows denies access to a port that another program has open.
  [/Access (is )?denied|busy|cannot lock/i, "port-busy", "another program has it open", "Close that program first"],
  [/Permission denied/i, "port-permission", "this user has no permission", "Ask who looks after this computer"],
  [/Inappropriate ioctl|is not a/i, "port-not-serial", "it is not a serial port", "List the ports"],
];

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
    serialNumber,
    manufacturer,
  };
}

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
  const { autoDetect } = await loadBinding();
  const binding = await autoDetect().open({ path, ...toLineSettings(options) }).catch((cause) => {
    throw explainFailure(path, cause);
  });
  const { dtr, rts } = options;
  const isAsked = dtr !== undefined || rts !== undefined;
  const setSignals = trackSignals(binding);
  const hasSignals = await binding.get().then(() => true, () => false);
  if (isAsked && hasSignals) await setSignals({ dtr: dtr ?? true, rts: rts ?? true });
  const streams = Deno.build.os === "windows"
    ? makeBindingStreams(binding, path)
    : makeDescriptorStreams(binding, { name: path, clock });
  return {
    ...streams,
    name: path,
    notices: isAsked && !hasSignals ? [noSignalsNotice(path)] : [],
    setBaudRate: async (baudRate) => {
      toLineSettings({ baudRate });
      await streams.drain();
      await binding.update({ baudRate });
    },
    ...(hasSignals ? { setSignals } : {}),
  };
}

/**
 * Makes our error of the binding's.
 *
 * @param path The device.
 * @param cause What the binding threw.
 * @returns The error.
 */
export function explainFailure(path: string, cause: unknown): PortError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const [, code, state, advice] = FAILURES.find(([pattern]) => pattern.test(text)) ??
    [undefined, "port-unavailable", text.replace(/^Error:? ?/, ""), "Unplug the device and plug it in again"];
  return new PortError({ code, message: `Cannot open ${path}: ${state}`, advice, cause });
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

/** The binding sets all lines in each call: those that a caller leaves out stay as they were set last. */
function trackSignals(binding: BindingPortInterface): (signals: PortSignals) => Promise<void> {
  let state = { dtr: true, rts: true, brk: false };
  return async (signals) => {
    const { dtr = state.dtr, rts = state.rts, break: brk = state.brk } = signals;
    state = { dtr, rts, brk };
    await binding.set(state);
  };
}

type Streams = Pick<SerialPort, "readable" | "writable" | "drain" | "close">;

function makeDescriptorStreams(
  binding: BindingPortInterface & { fd: number | null },
  options: { readonly name: string; readonly clock: Clock },
): Streams {
  const descriptor = new Descriptor({ ...options, fd: binding.fd!, close: () => binding.close() });
  return {
    readable: descriptor.readable,
    writable: descriptor.writable,
    drain: () => descriptor.drain(),
    close: () => descriptor.close(),
  };
}

function makeBindingStreams(binding: BindingPortInterface, name: string): Streams {
  let isClosed = false;
  return {
    readable: new ReadableStream({
      async pull(controller) {
        try {
          const { buffer, bytesRead } = await binding.read(Buffer.alloc(CHUNK_SIZE_BYTES), 0, CHUNK_SIZE_BYTES);
          controller.enqueue(new Uint8Array(buffer.subarray(0, bytesRead)));
        } catch (cause) {
          if (!isClosed) throw vanishedError(name, cause);
          controller.close();
        }
      },
    }, { highWaterMark: 0 }),
    writable: new WritableStream({
      async write(chunk) {
        if (isClosed) throw closedError(name);
        await binding.write(Buffer.from(chunk)).catch((cause) => Promise.reject(vanishedError(name, cause)));
      },
    }),
    drain: () => binding.drain(),
    async close() {
      if (isClosed) return;
      isClosed = true;
      await binding.close();
    },
  };
}
