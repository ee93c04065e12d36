/**
 * The emulated device as users start it: `coreslot emulate` in a process of its own, on a port that the system chooses.
 *
 * @module
 */

import { denoArgs } from "./process.ts";

/** An emulated device that runs. */
export interface RunningEmulator {
  /** Where it answers, as `--port` takes it. */
  readonly port: string;
  /** Interrupts it, as Ctrl-C does, and waits for its end. */
  stop(): Promise<EndedEmulator>;
}

/** How it ended. */
export interface EndedEmulator {
  /** The exit code. */
  readonly code: number;
  /** What it told on standard error. */
  readonly stderr: string;
}

/** How to start it. */
export interface EmulatorOptions {
  /** Folder to run it in. */
  readonly cwd: string;
  /** Permission flags. @default {["--allow-read", "--allow-write", "--allow-net=127.0.0.1"]} */
  readonly permissions?: readonly string[];
}

/**
 * Starts an emulated device, runs a test against it, and stops it.
 *
 * @param args Arguments of `coreslot emulate`, without `--listen`.
 * @param options Folder and permissions.
 * @param body The test.
 * @returns How the device ended.
 */
export async function withEmulator(
  args: readonly string[],
  options: EmulatorOptions,
  body: (emulator: RunningEmulator) => Promise<void>,
): Promise<EndedEmulator> {
  const emulator = await startEmulator(args, options);
  try {
    await body(emulator);
  } catch (error) {
    const { stderr } = await emulator.stop();
    console.error(stderr);
    throw error;
  }
  return await emulator.stop();
}

async function startEmulator(args: readonly string[], options: EmulatorOptions): Promise<RunningEmulator> {
  const { cwd, permissions = ["--allow-read", "--allow-write", "--allow-net=127.0.0.1"] } = options;
  const process = new Deno.Command(Deno.execPath(), {
    args: denoArgs(["emulate", ...args, "--listen", "tcp:127.0.0.1:0"], permissions),
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    cwd,
  }).spawn();
  const stderr = new Response(process.stderr).text();
  const stop = async (): Promise<EndedEmulator> => {
    try {
      process.kill("SIGINT");
    } catch {
      // It has ended by itself.
    }
    const { code } = await process.status;
    await process.stdout.cancel();
    return { code, stderr: await stderr };
  };
  const port = await readFirstLine(process.stdout);
  if (port !== undefined) return { port, stop };
  throw new Error(`Cannot start the emulator: ${(await stop()).stderr}`);
}

/** Reads up to the first line feed, and leaves the rest. */
async function readFirstLine(stream: ReadableStream<Uint8Array>): Promise<string | undefined> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  try {
    while (!text.includes("\n")) {
      const { done, value } = await reader.read();
      if (done) return undefined;
      text += decoder.decode(value, { stream: true });
    }
  } finally {
    reader.releaseLock();
  }
  return text.slice(0, text.indexOf("\n"));
}
