/**
 * A device with a slot loader and the commands that bring updates to it, in a folder with a release.
 *
 * @module
 */

import assert from "node:assert/strict";
import { DEVICE_PERMISSIONS } from "./device_commands.ts";
import { type EndedEmulator, withEmulator } from "./emulator.ts";
import { type CliResult, runCli } from "./process.ts";
import { withRelease } from "./release.ts";

/** The commands of a test. */
export interface LoaderCommands {
  /** The folder, with what `withRelease()` puts there. */
  readonly folder: string;
  /** Where the device answers. */
  readonly port: string;
  /** Runs a command against the device. */
  run(...args: readonly string[]): Promise<CliResult>;
  /** Runs a command against whatever answers on another port. */
  runAt(port: string, ...args: readonly string[]): Promise<CliResult>;
  /** Runs a command that has to succeed, and gives what it prints as JSON. */
  runJson(...args: readonly string[]): Promise<Record<string, unknown>>;
  /** Packs a release of the device's product into a file of the folder. */
  pack(out: string, ...args: readonly string[]): Promise<void>;
}

/** How to emulate the device. */
export interface LoaderDeviceOptions {
  /** What it speaks. @default {"cdc"} */
  readonly protocol?: string;
  /** Its layout. @default {"stm32h747"} */
  readonly layout?: string;
  /** More arguments of `coreslot emulate`. @default {[]} */
  readonly args?: readonly string[];
  /** The key that it trusts. @default {"ed25519.pub.pem"} */
  readonly key?: string;
  /** Its product. @default {"pump"} */
  readonly product?: string;
}

/**
 * Runs a test with a device.
 *
 * @param options How to emulate it.
 * @param body The test.
 * @returns How the device ended.
 */
export async function withLoaderDevice(
  options: LoaderDeviceOptions,
  body: (device: LoaderCommands) => Promise<void>,
): Promise<EndedEmulator> {
  const { protocol = "cdc", layout = "stm32h747", args = [], key = "ed25519.pub.pem", product = "pump" } = options;
  let ended: EndedEmulator | undefined;
  await withRelease(async (folder) => {
    const device = ["--protocol", protocol, "--layout", layout, "--key", key, "--product", product, ...args];
    ended = await withEmulator(device, { cwd: folder }, ({ port }) => {
      const runAt = (at: string, ...words: readonly string[]) =>
        runCli([...words, "--protocol", protocol, "--port", at], { cwd: folder, permissions: DEVICE_PERMISSIONS });
      return body({
        folder,
        port,
        runAt,
        run: (...words) => runAt(port, ...words),
        runJson: async (...words) => {
          const { code, stdout, stderr } = await runAt(port, ...words, "--json");
          assert.deepEqual([code, stderr], [0, ""], words.join(" "));
          return JSON.parse(stdout);
        },
        pack: async (out, ...words) => {
          const identity = ["--layout", layout, "--product", "pump", "--key", "ed25519.pem", "--out", out];
          const { code, stderr } = await runCli(["pack", ...identity, ...words], { cwd: folder });
          assert.equal(code, 0, stderr);
        },
      });
    });
    assert.equal(ended.code, 0, ended.stderr);
  });
  return ended!;
}

/**
 * Makes firmware that fills a good part of a slot: a vector table, and bytes that no two sectors share.
 *
 * @param address Where it is linked.
 * @param stackPointer Its initial stack pointer.
 * @param sizeBytes How large it is.
 * @returns A raw binary.
 */
export function makeFirmware(address: number, stackPointer: number, sizeBytes: number): Uint8Array {
  const data = Uint8Array.from({ length: sizeBytes }, (_, index) => Math.imul(index + sizeBytes, 0x9e37_79b1) >>> 24);
  const view = new DataView(data.buffer);
  view.setUint32(0, stackPointer, true);
  view.setUint32(4, address + 0x201, true);
  data.fill(0, 8, 64);
  return data;
}
