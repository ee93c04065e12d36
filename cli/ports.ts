/**
 * Where an emulated device listens, and what to do when Deno does not permit a port.
 *
 * @module
 */

import { PortError } from "../ports/port_error.ts";
import type { PortSpec } from "../ports/port_spec.ts";
import { formatTcpAddress, listenTcp, parseTcpAddress, type TcpListener } from "../ports/tcp.ts";

/**
 * Listens for hosts.
 *
 * @param name Where, as the user gave it: `tcp:HOST:PORT`.
 * @returns The listener.
 * @throws {PortError} When the place is taken, or Deno does not permit it.
 */
export function listenOn(name: string): TcpListener {
  const address = parseTcpAddress(name);
  try {
    return listenTcp(address);
  } catch (error) {
    throw withPermissionAdvice(error, `Cannot listen on ${name}`, { kind: "tcp", address });
  }
}

/**
 * Names a listener as `--port` takes it.
 *
 * @param listener The listener.
 * @returns For example `tcp:127.0.0.1:7000`.
 */
export function nameOf(listener: TcpListener): string {
  return formatTcpAddress(listener.address);
}

/**
 * Says which permission is missing, when that is what is wrong.
 *
 * @param error Whatever was thrown.
 * @param message What cannot be done.
 * @param spec The port; serial ones when left out.
 * @returns A {@linkcode PortError}; any other error as it is.
 */
export function withPermissionAdvice(error: unknown, message: string, spec?: PortSpec): unknown {
  if (!(error instanceof Deno.errors.NotCapable)) return error;
  const [what, flag] = spec?.kind === "tcp"
    ? ["the network", `--allow-net=${formatTcpAddress(spec.address).replace("tcp:", "")}`]
    : ["serial ports", /--allow-[a-z]+/.exec(error.message)?.[0] ?? "--allow-ffi"];
  return new PortError({
    code: "deno-permission-missing",
    message: `${message}: Deno has no permission to use ${what}`,
    advice: `Add ${flag} to deno run`,
    cause: error,
  });
}
