/**
 * COM ports of Windows under Wine, each of them a pseudo-terminal of Linux, and programs that run there.
 *
 * Wine 8 is not Windows: it opens a port for several programs at once, has no modem lines where the pseudo-terminal has none,
 * and no device on USB but the one that the registry makes of COM46.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { type ChildResult, type PtyPair, withPtyPair } from "./serial_pty.ts";

/** Gives Windows' path of a file of Linux: all of it is drive Z. */
export function toWindowsPath(path: string): string {
  return `Z:${path.replaceAll("/", "\\")}`;
}

/**
 * Gives a test a pair of pseudo-terminals, one of them a COM port.
 *
 * @param name The port, from COM41 to COM46: each test file has its own, because tests of several files run at once.
 * @param body The test; `far` is the other end.
 */
export async function withComPort(name: string, body: (pair: PtyPair) => Promise<void>): Promise<void> {
  await withPtyPair(async (pair) => {
    await layComPort(name, pair.near);
    await body(pair);
  });
}

/**
 * Lays a COM port to a pseudo-terminal.
 *
 * @param name The port.
 * @param path The pseudo-terminal, or a link to it.
 */
export async function layComPort(name: string, path: string): Promise<void> {
  const link = `${await findPorts()}/${name}`;
  await Deno.remove(link).catch(() => {});
  await Deno.symlink(path, link);
}

let ports: Promise<string> | undefined;

/** Asks `deno-windows` where its ports are. */
function findPorts(): Promise<string> {
  ports ??= new Deno.Command("deno-windows", { args: ["eval", "console.log(Deno.env.get('COM_PORTS'))"] }).output()
    .then(({ stdout }) => new TextDecoder().decode(stdout).trim());
  return ports;
}

/**
 * Makes the command that runs `windows_child.ts` on Windows, with no permission but those it needs.
 *
 * @param args What it is to do, and the port.
 * @returns The command; spawn it or await its output.
 */
export function windowsChildCommand(...args: string[]): Deno.Command {
  const script = toWindowsPath(fileURLToPath(new URL("./windows_child.ts", import.meta.url)));
  return new Deno.Command("deno-windows", {
    args: ["run", "--no-prompt", "--allow-ffi", "--allow-read", script, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  });
}

/**
 * Runs `windows_child.ts` to its end.
 *
 * @param args What it is to do, and the port.
 * @returns How it ended.
 */
export async function runWindowsChild(...args: string[]): Promise<ChildResult> {
  const { code, stdout, stderr } = await windowsChildCommand(...args).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
  return { code, stdout: out!, stderr: err! };
}
