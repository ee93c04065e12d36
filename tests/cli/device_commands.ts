/**
 * A device and the commands that talk to it: one emulated chip in a folder of its own.
 *
 * @module
 */

import assert from "node:assert/strict";
import { withTempDir } from "../peers.ts";
import { withEmulator } from "./emulator.ts";
import { type CliResult, runCli } from "./process.ts";

/** The commands of a test, in the folder of its device. */
export interface DeviceCommands {
  /** The folder. */
  readonly folder: string;
  /** Where the device answers. */
  readonly port: string;
  /** Runs a command against the device. */
  run(...args: readonly string[]): Promise<CliResult>;
  /** Runs a command that has to succeed, and gives what it prints as JSON. */
  runJson(...args: readonly string[]): Promise<Record<string, unknown>>;
}

/** How to emulate the device. */
export interface DeviceOptions {
  /** What it speaks. @default {"an3155"} */
  readonly protocol?: string;
  /** More arguments of `coreslot emulate`. */
  readonly args?: readonly string[];
  /** Files to put in the folder first. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
  /** What the emulated device has to tell. */
  readonly tells?: RegExp;
  /** Looks at the folder when the device has ended, and has saved its flash. */
  readonly check?: (folder: string) => void;
}

/** Permissions of a command that reads and writes files and talks to the device. */
export const DEVICE_PERMISSIONS: readonly string[] = ["--allow-read", "--allow-write", "--allow-net=127.0.0.1"];

/**
 * Runs a test with a device.
 *
 * @param part The part.
 * @param options How to emulate it.
 * @param body The test.
 */
export async function withDevice(
  part: string,
  options: DeviceOptions,
  body: (device: DeviceCommands) => Promise<void>,
): Promise<void> {
  const { protocol = "an3155", args = [], files = {}, tells = /connection/, check = () => {} } = options;
  await withTempDir(async (folder) => {
    for (const [name, bytes] of Object.entries(files)) Deno.writeFileSync(`${folder}/${name}`, bytes);
    const ended = await withEmulator(["--part", part, "--protocol", protocol, ...args], { cwd: folder }, ({ port }) => {
      const run = (...words: readonly string[]) =>
        runCli([...words, "--protocol", protocol, "--port", port], { cwd: folder, permissions: DEVICE_PERMISSIONS });
      return body({
        folder,
        port,
        run,
        runJson: async (...words) => {
          const { code, stdout, stderr } = await run(...words, "--json");
          assert.deepEqual([code, stderr], [0, ""], words.join(" "));
          return JSON.parse(stdout);
        },
      });
    });
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stderr, tells);
    check(folder);
  });
}
