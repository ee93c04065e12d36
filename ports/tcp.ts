/**
 * Ports over TCP: a serial-to-network adapter, `socat`, or the emulated device.
 *
 * Runs in Deno.
 *
 * @module
 */

import type { Port } from "../protocols/link/mod.ts";
import { PortError } from "./port_error.ts";

/** Where a TCP port is. */
export interface TcpAddress {
  /** Host name or address; an IPv6 address without its brackets. */
  readonly hostname: string;
  /** 0 to 65535; 0 lets a listener choose. */
  readonly port: number;
}

const TCP_ADDRESS_REGEXP = /^tcp:(?:\[([0-9a-f:.]+)\]|([^:\s[\]]+)):(\d{1,5})$/i;

/**
 * Parses `tcp:HOST:PORT`.
 *
 * @param text For example `tcp:127.0.0.1:7000` or `tcp:[::1]:7000`.
 * @returns Host and port.
 * @throws {PortError} When the text has another form; code `port-syntax`.
 *
 * @example The emulator's usual place
 * ```ts
 * import { parseTcpAddress } from "@coreslot/coreslot/ports";
 *
 * console.assert(parseTcpAddress("tcp:127.0.0.1:7000").port === 7000);
 * ```
 */
export function parseTcpAddress(text: string): TcpAddress {
  const [, bracketed, plain, digits] = TCP_ADDRESS_REGEXP.exec(text) ?? [];
  const hostname = bracketed ?? plain;
  const port = Number(digits);
  if (hostname === undefined || port > 0xffff) {
    throw new PortError({
      code: "port-syntax",
      message: `Cannot use port "${text}": it is not tcp:HOST:PORT`,
      advice: "Write for example tcp:127.0.0.1:7000, with a port from 0 to 65535",
    });
  }
  return { hostname, port };
}

/**
 * Connects to a device over TCP. Needs `--allow-net`.
 *
 * @param address Where it listens.
 * @returns The open port.
 * @throws {PortError} When nobody listens there; code `port-unreachable`.
 *
 * @example Connecting to the emulated device
 * ```ts
 * import { connectTcp, parseTcpAddress } from "@coreslot/coreslot/ports";
 *
 * async function openDevice() {
 *   return await connectTcp(parseTcpAddress("tcp:127.0.0.1:7000"));
 * }
 *
 * console.assert(typeof openDevice === "function");
 * ```
 */
export async function connectTcp(address: TcpAddress): Promise<Port> {
  try {
    return portOfConnection(await Deno.connect(address));
  } catch (cause) {
    if (cause instanceof Deno.errors.NotCapable) throw cause;
    throw new PortError({
      code: "port-unreachable",
      message: `Cannot connect to ${formatTcpAddress(address)}: ${cause instanceof Error ? cause.message : cause}`,
      advice: "Start the device or the emulator first, and check host and port",
      cause,
    });
  }
}

/** A listener that hands out one port for each connection. */
export interface TcpListener extends AsyncIterable<Port>, Disposable {
  /** Where it listens, with the port that it got. */
  readonly address: TcpAddress;
}

/**
 * Listens for connections. Needs `--allow-net`.
 *
 * @param address Where to listen; port 0 lets the system choose.
 * @returns The listener; iterate it for connections, dispose of it to stop.
 * @throws {PortError} When the address cannot be had; code `port-unavailable`.
 *
 * @example Serving one connection at a time
 * ```ts
 * import { listenTcp } from "@coreslot/coreslot/ports";
 *
 * async function serve() {
 *   using listener = listenTcp({ hostname: "127.0.0.1", port: 0 });
 *   for await (const port of listener) await port.close();
 * }
 *
 * console.assert(typeof serve === "function");
 * ```
 */
export function listenTcp(address: TcpAddress): TcpListener {
  let listener: Deno.TcpListener;
  try {
    listener = Deno.listen(address);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotCapable) throw cause;
    throw new PortError({
      code: "port-unavailable",
      message: `Cannot listen on ${formatTcpAddress(address)}: ${cause instanceof Error ? cause.message : cause}`,
      advice: "Choose another port, or 0 to let the system choose",
      cause,
    });
  }
  return {
    address: { hostname: address.hostname, port: listener.addr.port },
    [Symbol.asyncIterator]: () => acceptPorts(listener),
    [Symbol.dispose]: () => listener.close(),
  };
}

/** Deno's own iterator closes the listener when the loop over it ends; this one leaves that to whoever opened it. */
async function* acceptPorts(listener: Deno.TcpListener): AsyncGenerator<Port> {
  while (true) {
    const connection = await listener.accept().catch((error) => {
      if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) return undefined;
      throw error;
    });
    if (connection === undefined) return;
    yield portOfConnection(connection);
  }
}

function portOfConnection(connection: Deno.TcpConn): Port {
  // Frames of two bytes that await an answer are the rule here: Nagle's algorithm would hold each one back.
  connection.setNoDelay(true);
  const { hostname, port } = connection.remoteAddr;
  return {
    name: formatTcpAddress({ hostname, port }),
    readable: connection.readable,
    writable: connection.writable,
    close: () => {
      try {
        connection.close();
      } catch (error) {
        // The streams close the connection themselves when they end.
        if (!(error instanceof Deno.errors.BadResource)) throw error;
      }
      return Promise.resolve();
    },
  };
}

/**
 * Formats an address as {@linkcode parseTcpAddress} takes it.
 *
 * @param address Host and port.
 * @returns For example `tcp:127.0.0.1:7000`.
 *
 * @example An IPv6 host
 * ```ts
 * import { formatTcpAddress } from "@coreslot/coreslot/ports";
 *
 * console.assert(formatTcpAddress({ hostname: "::1", port: 7000 }) === "tcp:[::1]:7000");
 * ```
 */
export function formatTcpAddress(address: TcpAddress): string {
  const { hostname, port } = address;
  return hostname.includes(":") ? `tcp:[${hostname}]:${port}` : `tcp:${hostname}:${port}`;
}
