/**
 * A port on which faults happen, for an emulated device that people rehearse with.
 *
 * @module
 */

import type { DisturbedPiece, WireFaults } from "../emulator/wire_faults.ts";
import type { Bytes } from "../core/bytes.ts";
import type { Port } from "../protocols/link/port.ts";

/** What goes wrong on a port. */
export interface PortFaults {
  /** Faults of the bytes that come in. They count on from one connection to the next. */
  readonly toTarget: WireFaults;
  /** Faults of the bytes that go out. */
  readonly toHost: WireFaults;
  /** The device's reset pin is pulled. */
  readonly onReset: () => void;
}

/**
 * Disturbs what goes over a port.
 *
 * @param port The port. Closing the one that is returned closes it.
 * @param faults What goes wrong.
 * @returns A port over it.
 */
export function disturbPort(port: Port, faults: PortFaults): Port {
  const ending = new AbortController();
  const unplug = () => {
    ending.abort();
    return port.close();
  };
  const act = async ({ event }: DisturbedPiece) => {
    if (event === "unplug") await unplug();
    else if (event === "reset") faults.onReset();
  };
  const outgoing = disturb(faults.toHost, act);
  outgoing.readable.pipeTo(port.writable, { signal: ending.signal }).catch(() => {});
  const incoming = disturb(faults.toTarget, act);
  port.readable.pipeTo(incoming.writable, { signal: ending.signal }).catch(() => {});
  return {
    name: port.name,
    readable: incoming.readable,
    writable: outgoing.writable,
    close: unplug,
  };
}

function disturb(
  faults: WireFaults,
  act: (piece: DisturbedPiece) => Promise<void>,
): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream({
    async transform(chunk, controller) {
      const bytes: Bytes = new Uint8Array(chunk);
      const pieces = faults.disturb(bytes);
      if (pieces === undefined) return controller.enqueue(bytes);
      for (const piece of pieces) {
        if (piece.stallMs > 0) await new Promise((resolve) => setTimeout(resolve, piece.stallMs));
        if (piece.bytes.length > 0) controller.enqueue(piece.bytes);
        await act(piece);
      }
    },
  });
}
