/**
 * A cable that can be pulled: a TCP proxy that drops its connections.
 *
 * @module
 */

/** What becomes of each connection, one after another. */
export interface CablePull {
  /** Bytes to the device after which the cable is out. */
  readonly afterBytes: number;
  /** Whether nobody can connect from then on. @default {false} */
  readonly isLost?: boolean;
}

/** A cable to a device. */
export interface BadCable extends AsyncDisposable {
  /** Where to connect, as `--port` takes it. */
  readonly port: string;
  /** Connections so far. */
  readonly connectionCount: number;
}

/**
 * Lays a cable.
 *
 * @param device Where the device answers, as `--port` takes it.
 * @param pulls When it is pulled; behind the last it stays in.
 * @returns The cable.
 */
export function layBadCable(device: string, pulls: readonly CablePull[]): BadCable {
  return new TcpProxy(Number(device.split(":").at(-1)), pulls);
}

class TcpProxy implements BadCable {
  readonly #devicePort: number;
  readonly #pulls: CablePull[];
  readonly #open = new Set<Deno.TcpConn>();
  readonly #listener: Deno.TcpListener;
  connectionCount = 0;

  constructor(devicePort: number, pulls: readonly CablePull[]) {
    this.#devicePort = devicePort;
    this.#pulls = [...pulls];
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    void this.#serve();
  }

  get port(): string {
    return `tcp:127.0.0.1:${this.#listener.addr.port}`;
  }

  async #serve(): Promise<void> {
    try {
      for await (const host of this.#listener) void this.#join(host, this.#pulls.shift());
    } catch {
      // Closed while it waited.
    }
  }

  async #join(host: Deno.TcpConn, pull: CablePull | undefined): Promise<void> {
    this.connectionCount++;
    const device = await Deno.connect({ hostname: "127.0.0.1", port: this.#devicePort });
    this.#open.add(host).add(device);
    let leftBytes = pull?.afterBytes ?? Infinity;
    const metered = new TransformStream<Uint8Array, Uint8Array>({
      transform: (bytes, controller) => {
        controller.enqueue(bytes.subarray(0, leftBytes));
        leftBytes -= bytes.length;
        if (leftBytes <= 0) controller.error(new Error("pulled"));
      },
    });
    await Promise.race([
      host.readable.pipeThrough(metered).pipeTo(device.writable).catch(() => {}),
      device.readable.pipeTo(host.writable).catch(() => {}),
    ]);
    if (leftBytes <= 0 && pull?.isLost === true) this.#listener.close();
    for (const connection of [host, device]) this.#close(connection);
  }

  #close(connection: Deno.TcpConn): void {
    this.#open.delete(connection);
    try {
      connection.close();
    } catch {
      // Its streams have closed it.
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#listener.close();
    } catch {
      // It was lost.
    }
    for (const connection of this.#open) this.#close(connection);
    return Promise.resolve();
  }
}
