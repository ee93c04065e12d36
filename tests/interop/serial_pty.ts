/**
 * A pair of pseudo-terminals, joined by socat: what is written to one is read from the other.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { waitForPort } from "../../ports/mod.ts";
import { withTempDir } from "../peers.ts";

/** Why the binding that macOS uses cannot be tried here; nothing where it loads. */
export const bindingProblem: string | undefined = await import("@serialport/bindings-cpp").then(
  () => undefined,
  (error: Error) => error.message,
);
if (bindingProblem !== undefined) {
  console.warn(`BINDING ABSENT: tests of openBindingPort() are skipped; @serialport/bindings-cpp: ${bindingProblem}`);
}

/** A running pair. */
export interface PtyPair {
  /** Path of one end. */
  readonly near: string;
  /** Path of the other end. */
  readonly far: string;
  /** Process of socat, as it was at the start. */
  readonly socatId: number;
  /** Takes both ends away, as if unplugged. */
  unplug(): Promise<void>;
  /** Puts them back, under the same names. */
  plugIn(): Promise<void>;
}

/**
 * Gives a test a pair of pseudo-terminals.
 *
 * @param body The test.
 */
export async function withPtyPair(body: (pair: PtyPair) => Promise<void>): Promise<void> {
  await withTempDir(async (folder) => {
    const [near, far] = [join(folder, "near"), join(folder, "far")];
    const start = async () => {
      const args = [near, far].map((link) => `PTY,link=${link},rawer`);
      const socat = new Deno.Command("socat", { args, stdin: "null", stdout: "null", stderr: "null" }).spawn();
      for (const path of [near, far]) await waitForPort({ kind: "serial", path }, { timeoutMs: 20_000 });
      return socat;
    };
    let socat: Deno.ChildProcess | undefined = await start();
    const socatId = socat.pid;
    const unplug = async () => {
      const child = socat;
      socat = undefined;
      try {
        child?.kill("SIGTERM");
      } catch {
        // It ends by itself when both ends are closed.
      }
      await child?.status;
    };
    const plugIn = async () => {
      await unplug();
      socat = await start();
    };
    try {
      await body({ near, far, socatId, unplug, plugIn });
    } finally {
      await unplug();
    }
  });
}

/** How a program ended. */
export interface ChildResult {
  /** Exit code. */
  readonly code: number;
  /** What it wrote to its standard output. */
  readonly stdout: string;
  /** What it wrote to its standard error output. */
  readonly stderr: string;
}

/**
 * Makes the command that runs `serial_child.ts` with no permission but `--allow-ffi`.
 *
 * @param args What it is to do, and the path.
 * @returns The command; spawn it or await its output.
 */
export function childCommand(...args: string[]): Deno.Command {
  const script = fileURLToPath(new URL("./serial_child.ts", import.meta.url));
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-ffi", script, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  });
}

/**
 * Runs `serial_child.ts` to its end.
 *
 * @param args What it is to do, and the path.
 * @returns How it ended.
 */
export async function runChild(...args: string[]): Promise<ChildResult> {
  const { code, stdout, stderr } = await childCommand(...args).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
  return { code, stdout: out!, stderr: err! };
}
