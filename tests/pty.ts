/**
 * Pseudo-terminals, through `socat`: what programs that want a serial port are given.
 *
 * A pseudo-terminal of Linux has no parity, no modem lines and no baud rate; bytes pass as they are.
 *
 * @module
 */

/** What `socat -d -d` says once both of its ends are open. */
const READY_REGEXP = /starting data transfer loop()/;

/** A process of `socat` that carries bytes between two ends. */
export interface Bridge {
  /** Ends it. */
  close(): Promise<void>;
}

/**
 * Joins two ends and waits until bytes pass.
 *
 * @param ends Two addresses as `socat` takes them: `PTY,link=...,raw,echo=0`, `TCP:127.0.0.1:7000`.
 * @returns The bridge.
 */
export async function openBridge(ends: readonly [string, string]): Promise<Bridge> {
  return await spawnSocat(ends, READY_REGEXP);
}

/**
 * Joins an end to a port of TCP that the system chooses, as soon as somebody connects to it.
 *
 * @param end The end, as `socat` takes it; it is opened at once.
 * @returns The bridge, and its port as `--port` takes it.
 */
export async function listenForBridge(end: string): Promise<Bridge & { readonly port: string }> {
  const { said, ...bridge } = await spawnSocat([end, "TCP-LISTEN:0,bind=127.0.0.1,nodelay"], /listening on .*:(\d+)\n/);
  return { ...bridge, port: `tcp:127.0.0.1:${said}` };
}

/**
 * Gives `socat`'s name for a port.
 *
 * @param port `tcp:HOST:PORT`.
 * @returns The address for {@linkcode openBridge}.
 */
export function tcpEnd(port: string): string {
  return `${port.replace("tcp:", "TCP:")},nodelay`;
}

/**
 * Gives `socat`'s name for the other side of a pseudo-terminal that exists, as a program opens a serial port.
 *
 * @param path The link.
 * @returns The address for {@linkcode openBridge}.
 */
export function terminalEnd(path: string): string {
  return `OPEN:${path},raw,echo=0`;
}

/**
 * Gives `socat`'s name for a new pseudo-terminal.
 *
 * @param path Where its link is to stand.
 * @returns The address for {@linkcode openBridge}.
 */
export function ptyEnd(path: string): string {
  return `PTY,link=${path},raw,echo=0`;
}

async function spawnSocat(ends: readonly [string, string], ready: RegExp): Promise<Bridge & { readonly said: string }> {
  const process = new Deno.Command("socat", {
    args: ["-d", "-d", ...ends],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const reader = process.stderr.getReader();
  const decoder = new TextDecoder();
  let log = "";
  while (!ready.test(log)) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`Cannot join ${ends.join(" and ")}: socat has ended: ${log}`);
    log += decoder.decode(value, { stream: true });
  }
  // The rest has to be read too, or socat would wait for somebody to do so.
  const draining = drain(reader);
  return {
    said: ready.exec(log)![1]!,
    close: async () => {
      try {
        process.kill("SIGTERM");
      } catch {
        // The other side hung up first.
      }
      await process.status;
      await draining;
    },
  };
}

async function drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  while (!(await reader.read()).done);
}
