/**
 * A cable between an emulated device and whoever connects to it: the device lives on when it is pulled.
 *
 * @module
 */

import type { Port } from "../protocols/link/port.ts";

/**
 * What becomes of bytes from the host: a loader takes them; a device that restarts is not there yet, and a host over USB
 * could not open its port before it is; an application does not read.
 */
export type Hearing = "takes" | "not-yet" | "deaf";

/** A port that never closes, and the connection that is plugged into it. */
export class Cable {
  /** The device's end. */
  readonly port: Port;
  readonly #held: Uint8Array[] = [];
  #toDevice: ReadableStreamDefaultController<Uint8Array> | undefined;
  #hearing: Hearing = "not-yet";
  #connection: Port | undefined;
  #writer: WritableStreamDefaultWriter<Uint8Array> | undefined;

  /** Lays a cable with nobody at the other end. */
  constructor() {
    this.port = {
      name: "the device",
      readable: new ReadableStream({ start: (controller) => void (this.#toDevice = controller) }),
      writable: new WritableStream({ write: (bytes) => this.#send(bytes) }),
      close: () => this.unplug(),
    };
  }

  /** Whether the device hears; what was held back for it comes when it does. */
  set hearing(hearing: Hearing) {
    this.#hearing = hearing;
    for (const bytes of this.#held.splice(0)) this.#hear(bytes);
  }

  /**
   * Plugs a connection in.
   *
   * @param connection The connection; closed at the end.
   * @returns Settles when it has ended, from either side.
   */
  async plug(connection: Port): Promise<void> {
    this.#connection = connection;
    const reader = connection.readable.getReader();
    this.#writer = connection.writable.getWriter();
    this.#writer.closed.catch(() => {});
    try {
      for (let next = await reader.read(); !next.done; next = await reader.read()) this.#hear(next.value);
    } catch {
      // It has broken: that is an end as well.
    } finally {
      this.#writer = undefined;
      this.#held.length = 0;
      await this.unplug();
    }
  }

  /** Ends the connection, if there is one. */
  async unplug(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.close();
  }

  #hear(bytes: Uint8Array): void {
    if (this.#hearing === "takes") this.#toDevice?.enqueue(bytes);
    else if (this.#hearing === "not-yet") this.#held.push(bytes);
  }

  /** Loses what nobody is there to take. */
  async #send(bytes: Uint8Array): Promise<void> {
    await this.#writer?.write(bytes).catch(() => {});
  }
}
