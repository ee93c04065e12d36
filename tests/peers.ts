/**
 * The programs of others that serve as independent witnesses: srec_cat, objcopy, dfu-suffix, openssl and the compiler.
 *
 * A test that needs one is skipped, loudly, where the program is not installed. With `CORESLOT_REQUIRE_PEERS=1` in the
 * environment it fails instead: continuous integration sets it, so that no check can quietly drop out there. Programs that
 * `CORESLOT_OPTIONAL_PEERS` names, with spaces between, are skipped all the same.
 *
 * @module
 */

import { delimiter, join } from "node:path";
import type { Bytes } from "../core/bytes.ts";

/** The Debian package that installs each program. */
const PACKAGES: Readonly<Record<string, string>> = {
  "arm-none-eabi-gcc": "gcc-arm-none-eabi",
  "arm-none-eabi-objcopy": "binutils-arm-none-eabi",
  "arm-none-eabi-readelf": "binutils-arm-none-eabi",
  "deno-windows": "wine and run .ci/install_windows_deno",
  "dfu-suffix": "dfu-util",
  "dfu-util": "dfu-util",
  "dfuse-pack": "dfu-util and python3",
  "openssl": "openssl",
  "rb": "lrzsz",
  "rx": "lrzsz",
  "sb": "lrzsz",
  "socat": "socat",
  "srec_cat": "srecord",
  "stm32flash": "stm32flash",
  "sx": "lrzsz",
  "tmux": "tmux",
};

const REQUIRED = Deno.env.get("CORESLOT_REQUIRE_PEERS") === "1";
const OPTIONAL = new Set(Deno.env.get("CORESLOT_OPTIONAL_PEERS")?.split(" "));
const missingKnown = new Set<string>();

/** How a peer ended. */
export interface PeerResult {
  /** Exit code. */
  readonly code: number;
  /** What it wrote to its standard output. */
  readonly stdout: Bytes;
  /** What it wrote to its standard error output, as text. */
  readonly stderr: string;
}

/** What else a test against a peer may need. */
export interface PeerTestOptions {
  /**
   * Whether to skip the test for want of something else, such as real files.
   *
   * @default {false}
   */
  readonly ignore?: boolean;
}

/** How to run a peer. */
export interface RunPeerOptions {
  /**
   * Folder to run it in.
   *
   * @default {Deno.cwd()}
   */
  readonly cwd?: string;
  /** Variables to add to its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Registers a test that needs a program of others.
 *
 * @param program Name of the program, looked up on PATH.
 * @param name Name of the test.
 * @param body The test.
 * @param options What else it needs.
 */
export function peerTest(
  program: string,
  name: string,
  body: () => void | Promise<void>,
  options: PeerTestOptions = {},
): void {
  const isMissing = !isOnPath(program);
  const isRequired = REQUIRED && !OPTIONAL.has(program);
  const advice = `install Debian's ${PACKAGES[program] ?? program}`;
  if (isMissing && !isRequired && !missingKnown.has(program)) {
    missingKnown.add(program);
    console.warn(`PEER ABSENT: tests against ${program} are skipped; ${advice}`);
  }
  const fail = () => {
    throw new Error(`Cannot run ${program}: it is not on PATH, and CORESLOT_REQUIRE_PEERS is set; ${advice}`);
  };
  Deno.test({
    name: `${name} [${program}]`,
    ignore: options.ignore === true || isMissing && !isRequired,
    fn: isMissing ? fail : body,
  });
}

/**
 * Runs a program of others, in the C locale and with no input, and waits for its end.
 *
 * @param program Name of the program, looked up on PATH.
 * @param args Its arguments.
 * @param options Folder and environment.
 * @returns Its exit code and output; a failure is not an exception.
 */
export async function runPeer(
  program: string,
  args: readonly string[],
  options: RunPeerOptions = {},
): Promise<PeerResult> {
  const command = new Deno.Command(program, {
    args: [...args],
    stdin: "null",
    env: { LC_ALL: "C", ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const { code, stdout, stderr } = await command.output();
  return { code, stdout, stderr: new TextDecoder().decode(stderr) };
}

/**
 * Gives a test a folder of its own and removes it afterwards, whatever happened.
 *
 * @param body What to do; its argument is the absolute path of an empty folder.
 * @returns What `body` gives.
 */
export async function withTempDir<T>(body: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "coreslot_" });
  try {
    return await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * Tells whether a program is installed.
 *
 * @param program Name of the program.
 * @returns `true` when a folder of PATH holds it.
 */
export function isOnPath(program: string): boolean {
  const folders = (Deno.env.get("PATH") ?? "").split(delimiter);
  return folders.some((folder) => {
    try {
      return Deno.statSync(join(folder, program)).isFile;
    } catch {
      return false;
    }
  });
}
