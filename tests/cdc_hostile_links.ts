/**
 * Deliveries to devices of words over links that come and go.
 *
 * @module
 */

import type { FrameName } from "../protocols/cdc/constants.ts";
import type { DeviceInformation } from "../protocols/cdc/device.ts";
import { type ByteLink, LinkClosedError, type Procedure } from "../protocols/link/mod.ts";
import { CdcDelivery, type CdcDeliveryOptions, deliverOverCdc, type DeliveryReport } from "../updates/mod.ts";
import { type Behaviours, BOOTED, HostileDevice, informationOf, LIMITS, SET } from "./cdc_hostile_device.ts";
import { connectCdc } from "./cdc_pair.ts";

/** What a device does over all its links. */
export interface Script {
  /** What it does with frames; links are counted from 1. */
  readonly behave?: (links: Links) => Behaviours;
  /** What it says of itself beside what is always the same. */
  readonly tell?: (links: Links) => Partial<DeviceInformation>;
  /** Whether the port is back once the set is installed. */
  readonly isBackAtEnd?: boolean;
  readonly options?: Partial<CdcDeliveryOptions>;
}

/** One delivery over as many links as it takes. */
export class Links {
  count = 0;
  isGone = false;
  /** Time on all links together. */
  spentMs = 0;
  readonly heard: FrameName[] = [];
  report: DeliveryReport | undefined;
  error: unknown;
  readonly #script: Script;

  private constructor(script: Script) {
    this.#script = script;
  }

  static async deliver(script: Script): Promise<Links> {
    const links = new Links(script);
    let sessionId = 0;
    const update = { ...SET, headers: [] };
    const delivery = new CdcDelivery({ update, drawSessionId: () => ++sessionId, ...script.options });
    const port = {
      run: <T>(start: (link: ByteLink) => Procedure<T>) => links.#run(start),
      reopen: () => Promise.resolve(script.isBackAtEnd === true || !delivery.isInstalled),
    };
    try {
      links.report = await deliverOverCdc(delivery, port);
    } catch (error) {
      links.error = error;
    }
    return links;
  }

  countOf(name: FrameName): number {
    return this.heard.filter((one) => one === name).length;
  }

  #run<T>(start: (link: ByteLink) => Procedure<T>): Promise<T> {
    this.count++;
    this.isGone = false;
    const { behave, tell } = this.#script;
    const behaviours = behave?.(this) ?? {};
    const information = () => ({ ...informationOf(LIMITS, "listening"), ...tell?.(this) });
    const options = {
      get information() {
        return information();
      },
      booted: BOOTED,
      behaviours,
      heard: this.heard,
    };
    const outcome = connectCdc(
      (link) => new HostileDevice(link, options).run(),
      (link) => closeWhen(() => this.isGone, start(link)),
    );
    this.spentMs += outcome.endMs;
    return outcome.error === undefined ? Promise.resolve(outcome.value()) : Promise.reject(outcome.error);
  }
}

/** Lets the port go away under a procedure. */
function* closeWhen<T>(isGone: () => boolean, procedure: Procedure<T>): Procedure<T> {
  for (let step = procedure.next();; step = isGone() ? procedure.throw(new LinkClosedError()) : procedure.next()) {
    if (step.done === true) return step.value;
    yield step.value;
  }
}
