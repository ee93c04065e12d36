/**
 * Runs the real command line in a process of its own, with no more permissions than a test gives it.
 *
 * @module
 */

import type { Bytes } from "../../core/bytes.ts";

const MAIN = new URL("../../cli/main.ts", import.meta.url).pathname;

/** How a run of `coreslot` ended. */
export interface CliResult {
  /** The exit code. */
  readonly code: number;
  /** What it printed. */
  readonly stdout: string;
  /** What it complained about. */
  readonly stderr: string;
}

/** How to run it. */
export interface RunCliOptions {
  /** Folder to run it in. */
  readonly cwd?: string;
  /** Permission flags. @default {["--allow-read", "--allow-write"]} */
  readonly permissions?: readonly string[];
  /** Variables to add to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** What stands on its standard input. @default {nothing} */
  readonly stdin?: Uint8Array;
}

/**
 * Gives the arguments of `deno` that run a command line.
 *
 * @param args Arguments of `coreslot`.
 * @param permissions Permission flags.
 * @returns Arguments of `deno`.
 */
export function denoArgs(args: readonly string[], permissions: readonly string[]): string[] {
  // Without a prompt a missing permission is an error, as it is in a build.
  return ["run", "--no-prompt", ...permissions, MAIN, ...args];
}

/**
 * Runs `coreslot` and waits for its end.
 *
 * @param args Its arguments.
 * @param options Folder, permissions, environment, input.
 * @returns Exit code and output.
 */
export async function runCli(args: readonly string[], options: RunCliOptions = {}): Promise<CliResult> {
  const { cwd, permissions = ["--allow-read", "--allow-write"], env = {}, stdin } = options;
  const process = new Deno.Command(Deno.execPath(), {
    args: denoArgs(args, permissions),
    env: { NO_COLOR: "1", ...env },
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    ...(cwd === undefined ? {} : { cwd }),
  }).spawn();
  if (stdin !== undefined) await feed(process.stdin, stdin);
  const { code, stdout, stderr } = await process.output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

/**
 * Runs `coreslot`, and does something as soon as it has said a certain thing on standard error.
 *
 * @param args Its arguments.
 * @param options Folder, permissions, and what is waited for.
 * @param act What to do then, once.
 * @returns Exit code and output.
 */
export async function runCliUntil(
  args: readonly string[],
  options: Pick<RunCliOptions, "cwd" | "permissions"> & { readonly says: string },
  act: (process: Deno.ChildProcess) => unknown,
): Promise<CliResult> {
  const { cwd, permissions = [], says } = options;
  const process = new Deno.Command(Deno.execPath(), {
    args: denoArgs(args, permissions),
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    ...(cwd === undefined ? {} : { cwd }),
  }).spawn();
  const printed = new Response(process.stdout).text();
  let stderr = "";
  let isDone = false;
  for await (const text of process.stderr.pipeThrough(new TextDecoderStream())) {
    stderr += text;
    if (isDone || !stderr.includes(says)) continue;
    isDone = true;
    await act(process);
  }
  const { code } = await process.status;
  return { code, stdout: await printed, stderr };
}

async function feed(stream: WritableStream<Uint8Array>, bytes: Uint8Array): Promise<void> {
  const writer = stream.getWriter();
  try {
    await writer.write(bytes);
    await writer.close();
  } catch {
    // A command that has seen enough closes its input early.
  }
}

/**
 * Lists every file below a folder with its content, to compare before and after.
 *
 * @param folder The folder.
 * @returns Content by path below the folder, hidden files included, in order.
 */
export function readTree(folder: string): ReadonlyMap<string, Bytes> {
  const tree = new Map<string, Bytes>();
  const names = Array.from(Deno.readDirSync(folder)).sort((a, b) => a.name < b.name ? -1 : 1);
  for (const { name, isDirectory } of names) {
    const path = `${folder}/${name}`;
    if (!isDirectory) tree.set(name, Deno.readFileSync(path));
    else for (const [below, bytes] of readTree(path)) tree.set(`${name}/${below}`, bytes);
  }
  return tree;
}
