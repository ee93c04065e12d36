/**
 * One end of a transfer as a process of lrzsz, on a pair of pipes or on a pseudo-terminal, and the other end ours.
 *
 * @module
 */

import { type ByteLink, type Port, PortSession, type Procedure } from "../../protocols/link/mod.ts";

/** A bit to turn over on the way. */
export interface Damage {
  /** `in`: of what lrzsz says; `out`: of what we say. */
  readonly direction: "in" | "out";
  /** Which byte, counted from 0. */
  readonly byteIndex: number;
}

/** A program of lrzsz, and how to run it. */
export interface LrzszRun {
  /** `sb`, `rb`, `sx`, `rx`, and its arguments. */
  readonly command: readonly string[];
  /** Folder to run it in. */
  readonly cwd: string;
  /** What gets damaged on the way. */
  readonly damage?: Damage | undefined;
  /**
   * Whether it runs on a pseudo-terminal, with a program of Python's between that and our pipes.
   *
   * @default {false}
   */
  readonly isOnTerminal?: boolean | undefined;
  /** What breaks our procedure off. */
  readonly signal?: AbortSignal;
  /** Called once it runs. */
  readonly onStart?: (child: Deno.ChildProcess) => void;
}

/** What came of it. */
export interface LrzszResult<T> {
  /** How our procedure ended. */
  readonly outcome: PromiseSettledResult<T>;
  /** The program's exit code. */
  readonly code: number;
  /** What it wrote to its standard error output. */
  readonly stderr: string;
  /** Bytes that it said. */
  readonly bytesIn: number;
  /** Bytes that we said. */
  readonly bytesOut: number;
}

/**
 * `pty.spawn()` in a few lines: that one relies on the end of the program waking its `select()`, which not every kernel
 * does.
 */
const ON_TERMINAL = `
import os, pty, select, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
ends, status, ready = [terminal, 0], None, []
while status is None or ready:
    ready = select.select(ends, [], [], 0.05)[0]
    if terminal in ready:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            data = b""
        if not data:
            ends.remove(terminal)
        try:
            os.write(1, data)
        except BrokenPipeError: # We have heard enough.
            pass
    if 0 in ready:
        data = os.read(0, 65536)
        if data:
            while data:
                data = data[os.write(terminal, data):]
        else:
            ends.remove(0)
    if status is None and not ready:
        ended, code = os.waitpid(pid, os.WNOHANG)
        status = code if ended else None
sys.exit(os.waitstatus_to_exitcode(status) & 255)
`;

/**
 * Runs a procedure against a program of lrzsz.
 *
 * @param run The program.
 * @param start Makes our procedure.
 * @returns How both ended.
 */
export async function talkToLrzsz<T>(
  run: LrzszRun,
  start: (link: ByteLink) => Procedure<T>,
): Promise<LrzszResult<T>> {
  const [program, ...args] = run.isOnTerminal ? ["python3", "-c", ON_TERMINAL, ...run.command] : run.command;
  const child = new Deno.Command(program!, {
    args,
    cwd: run.cwd,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { LC_ALL: "C" },
  }).spawn();
  run.onStart?.(child);
  const stderr = new Response(child.stderr).text();
  const inward = new Meter(run.damage?.direction === "in" ? run.damage.byteIndex : undefined);
  const outward = new Meter(run.damage?.direction === "out" ? run.damage.byteIndex : undefined);
  const stdin = child.stdin.getWriter();
  const port: Port = {
    name: run.command.join(" "),
    readable: child.stdout.pipeThrough(
      new TransformStream({ transform: (chunk, controller) => controller.enqueue(inward.pass(chunk)) }),
    ),
    writable: new WritableStream({ write: (chunk) => stdin.write(outward.pass(chunk)) }),
    close: () => stdin.close().catch(() => {}),
  };
  const session = new PortSession(port);
  const [outcome] = await Promise.allSettled([session.run(start, { signal: run.signal })]);
  await session.close();
  const { code } = await child.status;
  return { outcome, code, stderr: await stderr, bytesIn: inward.count, bytesOut: outward.count };
}

/** Counts bytes, and turns a bit of one of them over. */
class Meter {
  readonly #damagedIndex: number | undefined;
  #count = 0;

  constructor(damagedIndex: number | undefined) {
    this.#damagedIndex = damagedIndex;
  }

  get count(): number {
    return this.#count;
  }

  pass(chunk: Uint8Array): Uint8Array {
    const bytes = chunk.slice();
    const at = (this.#damagedIndex ?? -1) - this.#count;
    if (at >= 0 && at < bytes.length) bytes[at]! ^= 0x10;
    this.#count += bytes.length;
    return bytes;
  }
}
