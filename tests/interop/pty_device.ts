/**
 * The emulated device behind a pseudo-terminal, and the commands as a person types them at a serial port.
 *
 * @module
 */

import { type DeviceOptions, withDevice } from "../cli/device_commands.ts";
import { type CliResult, runCli } from "../cli/process.ts";
import { type Bridge, openBridge, ptyEnd, tcpEnd } from "../pty.ts";

/** Permissions of a command that reads and writes files and talks to a device on a serial port. */
export const SERIAL_PERMISSIONS: readonly string[] = ["--allow-read", "--allow-write", "--allow-ffi"];

/** A device, and the serial port that it is on. */
export interface PtyDevice {
  /** The folder of the test. */
  readonly folder: string;
  /** Path of the pseudo-terminal. */
  readonly pty: string;
  /** Runs a command against the device. */
  run(...args: readonly string[]): Promise<CliResult>;
  /** Takes the port away, as if unplugged; the device is reset. */
  unplug(): Promise<void>;
  /** Puts it back under the same name. */
  plugIn(): Promise<void>;
}

/**
 * Runs a test with a device on a pseudo-terminal.
 *
 * @param part The part.
 * @param options How to emulate it.
 * @param body The test.
 */
export async function withPtyDevice(
  part: string,
  options: DeviceOptions,
  body: (device: PtyDevice) => Promise<void>,
): Promise<void> {
  const { protocol = "an3155" } = options;
  await withDevice(part, options, ({ folder, port }) => withPty({ folder, port, protocol }, body));
}

/** A device that runs. */
export interface DeviceOnTcp {
  /** The folder of the test. */
  readonly folder: string;
  /** Where the device answers, over TCP. */
  readonly port: string;
  /** What it speaks. */
  readonly protocol: string;
}

/**
 * Puts a pseudo-terminal before a device, for as long as a test runs.
 *
 * @param device The device.
 * @param body The test.
 */
export async function withPty(device: DeviceOnTcp, body: (device: PtyDevice) => Promise<void>): Promise<void> {
  const { folder, port, protocol } = device;
  const pty = `${folder}/pty`;
  let bridge: Bridge | undefined = await openBridge([ptyEnd(pty), tcpEnd(port)]);
  const unplug = async () => {
    await bridge?.close();
    bridge = undefined;
  };
  try {
    await body({
      folder,
      pty,
      run: (...args) =>
        runCli([...args, "--protocol", protocol, "--port", pty], { cwd: folder, permissions: SERIAL_PERMISSIONS }),
      unplug,
      plugIn: async () => {
        await unplug();
        bridge = await openBridge([ptyEnd(pty), tcpEnd(port)]);
      },
    });
  } finally {
    await unplug();
  }
}
