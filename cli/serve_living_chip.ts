/**
 * An emulated device that lives on between connections: it starts when the command does, and whoever connects finds it as
 * it is by then.
 *
 * @module
 */

import { PowerLossError } from "../emulator/error.ts";
import { isWireFault } from "../emulator/faults.ts";
import { type Firmware, type FirmwareExit, runDevice } from "../emulator/run_device.ts";
import { WireFaults } from "../emulator/wire_faults.ts";
import type { ByteLink } from "../protocols/link/byte_link.ts";
import type { Port } from "../protocols/link/port.ts";
import type { Procedure } from "../protocols/link/procedure.ts";
import { PortSession } from "../protocols/link/session.ts";
import { Cable } from "./cable.ts";
import { disturbPort } from "./disturbed_port.ts";
import { onInterrupt } from "./interrupts.ts";
import { listenOn, nameOf } from "./ports.ts";
import type { ServeOptions } from "./serve_chip.ts";
import type { ServedChip } from "./served_chip.ts";

/**
 * Serves until it is interrupted.
 *
 * @param served The chip. It is saved when a connection ends.
 * @param options What it runs, where, and what goes wrong.
 * @throws {PortError} When the place cannot be had.
 * @throws {FileError} When the flash cannot be saved.
 */
export async function serveLivingChip(served: ServedChip, options: ServeOptions): Promise<void> {
  const { faults, announce, say, device } = options;
  const interrupt = new AbortController();
  const stopListening = onInterrupt(() => interrupt.abort());
  const life = new Life(served, options, interrupt.signal);
  try {
    const listener = listenOn(options.listen);
    interrupt.signal.addEventListener("abort", () => listener[Symbol.dispose]());
    announce(nameOf(listener));
    say(device.description);
    served.chip.arm(faults);
    life.begin(() => interrupt.abort());
    const wire = { toTarget: new WireFaults("h2t", faults), toHost: new WireFaults("t2h", faults) };
    const isDisturbed = faults.some(isWireFault);
    let count = 0;
    for await (const port of listener) {
      say(`connection ${++count} from ${port.name}`);
      await life.connect(isDisturbed ? disturbPort(port, { ...wire, onReset: () => life.pullResetPin() }) : port);
      await served.save();
      say(`connection ${count} has ended: ${served.takeSummary()}`);
    }
    await life.end();
    say(served.describeEnd());
  } finally {
    // Also ends the listening, should something else than an interrupt have ended the serving.
    interrupt.abort();
    stopListening();
    await served.save();
  }
}

/** A chip that runs, from reset to reset. */
class Life {
  readonly #served: ServedChip;
  readonly #options: ServeOptions;
  readonly #signal: AbortSignal;
  readonly #cable = new Cable();
  #reset = new AbortController();
  #ended: Promise<void> = Promise.resolve();

  constructor(served: ServedChip, options: ServeOptions, signal: AbortSignal) {
    this.#served = served;
    this.#options = options;
    this.#signal = signal;
    signal.addEventListener("abort", () => void this.#cable.unplug());
  }

  /** Lets it run; calls back when it ends by itself, which it should not. */
  begin(onEnd: () => void): void {
    this.#ended = this.#live().finally(onEnd);
    // Whoever waits for its end hears of it.
    this.#ended.catch(() => {});
  }

  end(): Promise<void> {
    return this.#ended;
  }

  /** Plugs a connection in, and waits for its end. */
  connect(port: Port): Promise<void> {
    if (this.#options.device.onConnection?.() === "reset") this.#restart();
    return this.#cable.plug(port);
  }

  pullResetPin(): void {
    this.#options.say("the reset pin was pulled");
    this.#restart();
  }

  #restart(): void {
    this.#cable.hearing = "not-yet";
    this.#reset.abort();
  }

  async #live(): Promise<void> {
    const { chip } = this.#served;
    const { trace } = this.#options;
    const firmware: Firmware = (link, boot) => this.#watch(this.#options.device.firmware(link, boot));
    await using session = new PortSession(this.#cable.port);
    while (true) {
      try {
        await session.run((link: ByteLink) => runDevice(link, chip, { firmware }), {
          signal: AbortSignal.any([this.#signal, this.#reset.signal]),
          trace: trace && ((entry) => trace.add(entry)),
        });
      } catch (error) {
        if (this.#signal.aborted) return;
        if (!this.#reset.signal.aborted) throw error;
        chip.reset("pin-reset");
        this.#reset = new AbortController();
      }
    }
  }

  /** What talks hears; what does not, an application, is deaf. Without power a device over USB is gone. */
  #watch(procedure: Procedure<FirmwareExit> | undefined): Procedure<FirmwareExit> | undefined {
    this.#cable.hearing = procedure === undefined ? "deaf" : "takes";
    return procedure && this.#listen(procedure);
  }

  *#listen(procedure: Procedure<FirmwareExit>): Procedure<FirmwareExit> {
    try {
      return yield* procedure;
    } catch (error) {
      throw error instanceof PowerLossError ? this.#losePower(error) : error;
    } finally {
      this.#cable.hearing = "not-yet";
    }
  }

  #losePower(error: PowerLossError): PowerLossError {
    this.#options.say(`the power was cut: ${error.message}`);
    void this.#cable.unplug();
    return error;
  }
}
