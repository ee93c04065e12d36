/**
 * What a conversation needs from a serial port, a socket or a pair of streams.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

/** Modem lines, where a port has them. */
export interface PortSignals {
  /** Data Terminal Ready. */
  readonly dtr?: boolean;
  /** Request To Send. */
  readonly rts?: boolean;
  /** A break on the transmit line. */
  readonly break?: boolean;
}

/** An open connection to a device. */
export interface Port {
  /** What people call it: `/dev/ttyACM0`, `tcp:127.0.0.1:7000`. */
  readonly name: string;
  /** Bytes from the device. It ends, or fails, when the device goes away. */
  readonly readable: ReadableStream<Uint8Array>;
  /** Bytes to the device. A write settles when the next may follow. */
  readonly writable: WritableStream<Uint8Array>;
  /** Settles when the last byte written has left; left out where a write settles only then. */
  drain?(): Promise<void>;
  /** Sets modem lines; left out where there are none. */
  setSignals?(signals: PortSignals): Promise<void>;
  /** Changes the rate without closing; left out where there is none. */
  setBaudRate?(baudRate: number): Promise<void>;
  /** Closes the connection. The streams need not be unlocked. */
  close(): Promise<void>;
}
