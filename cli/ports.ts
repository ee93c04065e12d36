/**
 * Opening the port that a command line names: the one place that knows which kinds of ports there are.
 *
 * @module
 */

import { PortError } from "../ports/port_error.ts";
import {
  connectTcp,
  formatTcpAddress,
  listenTcp,
  parseTcpAddress,
  type TcpAddress,
  type TcpListener,
} from "../ports/tcp.ts";
import type { Port } from "../protocols/link/port.ts";

/**
 * Opens a port.
 *
 * @param name The port as the user gave it: `tcp:HOST:PORT`.
 * @returns The open port.
 * @throws {PortError} When there is no such kind of port, nobody is there, or Deno does not permit it.
 */
export async function openPort(name: string): Promise<Port> {
  const address = parseTcpAddress(name);
  try {
    return await connectTcp(address);
  } catch (error) {
    throw withPermissionAdvice(error, `Cannot connect to ${name}`, address);
  }
}

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
    throw withPermissionAdvice(error, `Cannot listen on ${name}`, address);
  }
}

/**
 * Names a listener as {@linkcode openPort} takes it.
 *
 * @param listener The listener.
 * @returns For example `tcp:127.0.0.1:7000`.
 */
export function nameOf(listener: TcpListener): string {
  return formatTcpAddress(listener.address);
}

function withPermissionAdvice(error: unknown, message: string, address: TcpAddress): unknown {
  if (!(error instanceof Deno.errors.NotCapable)) return error;
  const place = formatTcpAddress(address).replace("tcp:", "");
  return new PortError({
    code: "deno-permission-missing",
    message: `${message}: Deno has no permission to use the network`,
    advice: `Add --allow-net=${place} to deno run`,
    cause: error,
  });
}
