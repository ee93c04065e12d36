/**
 * An emulated chip that answers on a port, one connection after another, until Ctrl-C.
 *
 * @module
 */

import type { Fault } from "../emulator/faults.ts";
import { isWireFault } from "../emulator/faults.ts";
import { runDevice } from "../emulator/run_device.ts";
import { WireFaults } from "../emulator/wire_faults.ts";
import { LinkClosedError } from "../protocols/link/error.ts";
import type { Port } from "../protocols/link/port.ts";
import { PortSession } from "../protocols/link/session.ts";
import { disturbPort } from "./disturbed_port.ts";
import { onInterrupt } from "./interrupts.ts";
import { listenOn, nameOf } from "./ports.ts";
import type { EmulatedDevice } from "./protocols/protocol.ts";
import type { ServedChip } from "./served_chip.ts";
import type { TraceFile } from "./trace_file.ts";

/** Options of {@linkcode serveChip}. */
export interface ServeOptions {
  /** What it runs. */
  readonly device: EmulatedDevice;
  /** Where to listen, as the user gave it. */
  readonly listen: string;
  /** What goes wrong; numbers count from the first connection on. */
  readonly faults: readonly Fault[];
  /** Where every frame goes. */
  readonly trace: TraceFile | undefined;
  /** Prints the place that the system chose: the first line, for scripts. */
  readonly announce: (name: string) => void;
  /** Prints a line about what happens, for people. */
  readonly say: (line: string) => void;
}

/**
 * Serves until it is interrupted.
 *
 * @param served The chip. It is reset when a connection begins, and saved when one ends.
 * @param options What it runs, where, and what goes wrong.
 * @throws {PortError} When the place cannot be had.
 * @throws {FileError} When the flash cannot be saved.
 */
export async function serveChip(served: ServedChip, options: ServeOptions): Promise<void> {
  const { device, faults, announce, say } = options;
  const interrupt = new AbortController();
  const stopListening = onInterrupt(() => interrupt.abort());
  try {
    const listener = listenOn(options.listen);
    interrupt.signal.addEventListener("abort", () => listener[Symbol.dispose]());
    announce(nameOf(listener));
    say(device.description);
    served.chip.arm(faults);
    const wire = faults.some(isWireFault)
      ? { toTarget: new WireFaults("h2t", faults), toHost: new WireFaults("t2h", faults) }
      : undefined;
    let count = 0;
    for await (const port of listener) {
      say(`connection ${++count} from ${port.name}`);
      served.chip.reset("pin-reset");
      await serveConnection(port, served, { ...options, wire, signal: interrupt.signal });
      await served.save();
      say(`connection ${count} has ended: ${served.takeSummary()}`);
    }
    say(served.describeEnd());
  } finally {
    // Also ends the listening, should something else than an interrupt have ended the serving.
    interrupt.abort();
    stopListening();
    await served.save();
  }
}

interface ConnectionOptions extends ServeOptions {
  readonly wire: { readonly toTarget: WireFaults; readonly toHost: WireFaults } | undefined;
  readonly signal: AbortSignal;
}

/** Runs the chip until the host goes; a pulled reset pin begins it anew on the same connection. */
async function serveConnection(port: Port, { chip }: ServedChip, options: ConnectionOptions): Promise<void> {
  const { device: { firmware }, wire, trace, signal, say } = options;
  let reset = new AbortController();
  const onReset = () => reset.abort();
  await using session = new PortSession(wire === undefined ? port : disturbPort(port, { ...wire, onReset }));
  while (true) {
    try {
      await session.run((link) => runDevice(link, chip, { firmware }), {
        signal: AbortSignal.any([signal, reset.signal]),
        trace: trace && ((entry) => trace.add(entry)),
      });
    } catch (error) {
      if (error instanceof LinkClosedError || signal.aborted) return;
      if (!reset.signal.aborted) throw error;
      say("the reset pin was pulled");
      chip.reset("pin-reset");
      reset = new AbortController();
    }
  }
}
