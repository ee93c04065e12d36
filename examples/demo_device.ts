/**
 * The demo's device: an emulated chip with a slot loader on a USB cable, in virtual time, and a log of what happens.
 *
 * @module
 */

import { type DeviceInformation, runCdcTarget } from "@coreslot/coreslot/cdc";
import { type FirmwareExit, parseFaults, PowerLossError, Simulation, Stm32 } from "@coreslot/coreslot/emulator";
import { type ByteLink, LinkClosedError, type Procedure } from "@coreslot/coreslot/link";
import {
  createLoaderFirmware,
  installLoader,
  LoaderCdcDevice,
  type LoaderConfig,
  type LoaderReport,
  reportWell,
  requestStay,
  verifySlots,
} from "@coreslot/coreslot/loader";
import { formatVersion } from "@coreslot/coreslot/packager";
import { CdcDelivery, type CdcUpdate, type DeliveryEvent, type DeliveryReport } from "@coreslot/coreslot/updates";

/** The device takes frames of this size: small ones, so that a small update has several. */
const LIMITS = { dataSizeMax: 512, window: 2 };

/** What a loader does by itself after a reset. */
const COPIES: Readonly<Record<LoaderReport["copies"][number]["reason"], string>> = {
  install: "has installed the update: B is copied to A",
  repair: "found no whole set in A, and has copied B to it again",
  unfinished: "found a copy that was not finished, and has made it again",
};

/** A device, and a host that brings updates to it. */
export class DemoDevice {
  readonly #chip: Stm32;
  readonly #config: LoaderConfig;
  readonly #log: (line: string) => void;
  readonly #simulation: Simulation;
  #sessionCount = 0;
  #isBrought = false;
  #startMs = 0;

  /**
   * Makes a device with empty slots.
   *
   * @param config What is compiled into its loader.
   * @param log Takes a line of what happens.
   */
  constructor(config: LoaderConfig, log: (line: string) => void) {
    this.#config = config;
    this.#log = log;
    this.#chip = new Stm32(config.layout.part);
    installLoader(this.#chip, config.layout);
    this.#simulation = new Simulation({
      chip: this.#chip,
      firmware: (link, boot) => {
        const firmware = createLoaderFirmware(this.#chip, {
          config,
          transport: (link, loader) => runCdcTarget(link, { device: new LoaderCdcDevice(loader, LIMITS) }),
          otherwise: (link) => this.#startApplication(link),
          onReport: ({ copies }) => copies.forEach(({ reason }) => this.#tell(link, "loader", COPIES[reason])),
        });
        return this.#watchPower(link, firmware(link, boot)!);
      },
      usb: { bufferBytes: 2048 },
    });
  }

  /** The versions that stand in the slots A, and where each core is. */
  get state(): string {
    const set = verifySlots(this.#chip.flash, this.#config, "A");
    const version = set.kind === "set" ? formatVersion(set.headers[0]!.version) : "nothing";
    const cores = this.#chip.boot.cores.map((start) => {
      const slot = this.#config.layout.slots.find(({ core }) => core === start.core);
      const isRight = start.kind === "runs" && start.address === slot?.addressA;
      return isRight ? `${start.core} runs ${version}` : `${start.core} is ${start.kind}`;
    });
    return cores.join(", ");
  }

  /**
   * Brings an update to it, however often the cable is out.
   *
   * @param update The update.
   * @param faults What goes wrong in each attempt, as `--faults` takes it.
   * @returns What was done.
   */
  bring(update: CdcUpdate, faults: readonly string[] = []): DeliveryReport {
    let host: ByteLink | undefined;
    const delivery = new CdcDelivery({
      update,
      drawSessionId: () => ++this.#sessionCount,
      observer: (event) => this.#tellEvent(host!, event),
    });
    for (let attempt = 0;; attempt++) {
      const { outcome } = this.#simulation.run((link) => {
        host = link;
        if (attempt === 0) this.#startMs = link.nowMs;
        return delivery.attempt(link);
      }, { faults: parseFaults(faults[attempt] ?? "") });
      if (outcome.kind === "done") return outcome.value;
      if (!(outcome.error instanceof LinkClosedError) || !delivery.survives(outcome.error)) throw outcome.error;
      this.#tell(host!, "cable", "is out, and put in again");
    }
  }

  /** The application is well as soon as it runs, and hands over to the loader when a host speaks. */
  #startApplication(link: ByteLink): Procedure<FirmwareExit> {
    this.#tell(link, "device", `starts: ${this.state}`);
    reportWell(this.#chip);
    return this.#waitForHost(link);
  }

  *#waitForHost(link: ByteLink): Procedure<FirmwareExit> {
    yield* link.readByte("a host", Infinity);
    return this.#handOver();
  }

  #handOver(): FirmwareExit {
    requestStay(this.#chip);
    return { kind: "reset" };
  }

  *#watchPower(link: ByteLink, procedure: Procedure<FirmwareExit>): Procedure<FirmwareExit> {
    try {
      return yield* procedure;
    } catch (error) {
      throw error instanceof PowerLossError ? this.#losePower(link, error) : error;
    }
  }

  #losePower(link: ByteLink, error: PowerLossError): PowerLossError {
    this.#tell(link, "power", `goes away in flash operation ${error.operation}`);
    return error;
  }

  #tellEvent(link: ByteLink, event: DeliveryEvent): void {
    const tell = (text: string) => this.#tell(link, "host", text);
    if (event.kind === "connected") tell(`greets the loader; ${describeSets(event.device)}`);
    else if (event.kind === "installed") tell(`hears: ${formatVersion(event.set.version)} is installed, and starts`);
    else if (event.kind === "restarted") tell("hears: the device was reset; begins anew");
    else if (event.kind === "progress" && event.task === "transfer") {
      this.#isBrought = event.doneBytes === event.totalBytes;
      tell(`has brought ${event.doneBytes} of ${event.totalBytes} bytes into slot B`);
    } else if (event.kind === "committed" && this.#isBrought) {
      this.#isBrought = false;
      tell("hears: verified in flash, and committed");
    }
  }

  #tell(link: ByteLink, who: string, text: string): void {
    this.#log(`${((link.nowMs - this.#startMs) / 1000).toFixed(3).padStart(8)} s  ${who.padEnd(6)}  ${text}`);
  }
}

function describeSets({ setA, setB }: DeviceInformation): string {
  const [a, b] = [setA, setB].map(({ state, version }) => state === "absent" ? "nothing" : formatVersion(version));
  return `A holds ${a}, B ${b}`;
}
