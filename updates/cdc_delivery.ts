/**
 * An update over CDC that outlives the wire: each attempt is a procedure on a new link, and knows what became of the ones
 * before.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { equalBytes } from "../core/mod.ts";
import { formatVersion } from "../packager/version.ts";
import {
  askDevice,
  CdcRefusedError,
  type DeviceInformation,
  type ImageDelivery,
  openSession,
  type SetReport,
  type UpdateEvent,
  updateOverCdc,
} from "../protocols/cdc/mod.ts";
import { type ByteLink, LinkClosedError, LinkTimeoutError, type Procedure } from "../protocols/link/mod.ts";
import { Patience } from "../protocols/cdc/patience.ts";
import type { CdcUpdate } from "./cdc_update.ts";
import { greetRestarted, resetQuietly } from "./cdc_restart.ts";
import { UpdateError } from "./error.ts";

/** How often the device may be greeted and lost again without fewer bytes left to bring than ever before. */
const FRUITLESS_MAX = 10;

/** How often it may be lost at all: a loose contact loses it a few times, a device with bad will at every frame. */
const ATTEMPT_COUNT_MAX = 100;

/** What happens in a delivery. */
export type DeliveryEvent =
  | UpdateEvent
  /** The set is installed; the device restarts, and is then asked what it has. */
  | { readonly kind: "restarting" };

/** Options of {@linkcode CdcDelivery}. */
export interface CdcDeliveryOptions {
  /** The update. */
  readonly update: CdcUpdate;
  /** Gives the number of a session, 1 to 4294967000, another one each time. */
  readonly drawSessionId: () => number;
  /**
   * Whether to send a set that the device runs already.
   *
   * @default {false}
   */
  readonly again?: boolean | undefined;
  /**
   * Whether the device may erase slot B although it holds its last valid set.
   *
   * @default {false}
   */
  readonly isForced?: boolean | undefined;
  /** Called with everything that happens. */
  readonly observer?: ((event: DeliveryEvent) => void) | undefined;
}

/** What came of a delivery. */
export interface DeliveryReport {
  /** What the device said of itself at first. */
  readonly device: DeviceInformation;
  /** `unchanged` when it ran this set already, and was only told to start it. */
  readonly outcome: "updated" | "unchanged";
  /** How each image came to it in the last attempt that had anything to bring; empty when unchanged. */
  readonly deliveries: readonly ImageDelivery[];
  /** Bytes of payload that the device has confirmed, in all attempts: fewer than it had to take where a reply was lost. */
  readonly sentBytes: number;
  /** How many attempts there were. */
  readonly attemptCount: number;
  /** How often frames were sent again, or an attempt began anew. */
  readonly recoveryCount: number;
  /** The set that it starts, as it reports it. */
  readonly booted: SetReport;
  /** Whether it was asked after a restart; else it said so before it started the application. */
  readonly isAskedAfterRestart: boolean;
}

/**
 * One update on its way to one device.
 *
 * A device whose loader listens at every reset is restarted at the end, asked what it has then, and told to start it; when
 * it refuses the update, it is reset, so that it starts what it has. Any other one says what it starts, and starts it.
 *
 * @example The cable is pulled, and the second attempt goes on
 * ```ts
 * import { CdcDelivery, type DeliveryReport, type CdcUpdate } from "@coreslot/coreslot/updates";
 * import { type Port, PortSession } from "@coreslot/coreslot/link";
 *
 * async function bring(update: CdcUpdate, openPort: () => Promise<Port>): Promise<DeliveryReport> {
 *   let sessionId = Math.floor(Math.random() * 2 ** 31);
 *   const delivery = new CdcDelivery({ update, drawSessionId: () => ++sessionId });
 *   while (true) {
 *     await using session = new PortSession(await openPort());
 *     try {
 *       return await session.run((link) => delivery.attempt(link));
 *     } catch (error) {
 *       if (!delivery.survives(error)) throw error;
 *     }
 *   }
 * }
 *
 * console.assert(typeof bring === "function");
 * ```
 */
export class CdcDelivery {
  readonly #options: CdcDeliveryOptions;
  readonly #patience: Patience;
  #attemptCount = 0;
  #fruitlessCount = 0;
  #leftBytesLeast = Infinity;
  #sentBytes = 0;
  #recoveryCount = 0;
  #device: DeviceInformation | undefined;
  #deliveries: readonly ImageDelivery[] = [];
  #hasBrought = false;
  #installed: SetReport | undefined;
  #isRestarted = false;

  /**
   * Begins with nothing brought.
   *
   * @param options The update, and where session numbers come from.
   */
  constructor(options: CdcDeliveryOptions) {
    this.#options = options;
    this.#patience = new Patience(options.update.images.reduce((sum, { payload }) => sum + payload.length, 0));
  }

  /** Whether the device has said that the set is installed: an attempt that fails later does not undo that. */
  get isInstalled(): boolean {
    return this.#installed !== undefined;
  }

  /**
   * Brings the update, or what is left of it.
   *
   * @param link The host's end of the wire.
   * @returns What was done.
   * @throws {CdcRefusedError} When the device refuses the set; nothing was changed then.
   * @throws {ProtocolError} When the line fails; {@linkcode CdcDelivery.survives} tells whether to try again.
   * @throws {UpdateError} With code `other-set`.
   * @throws {EndlessWorkError} When all attempts together take longer than 300 s and 2 ms for each byte of payload.
   */
  attempt(link: ByteLink): Procedure<DeliveryReport> {
    this.#attemptCount++;
    return this.#patience.spend(link, this.#attempt(link));
  }

  *#attempt(link: ByteLink): Procedure<DeliveryReport> {
    if (this.#installed === undefined) {
      const started = yield* this.#update(link);
      if (started !== undefined) return this.#report(started, this.#isRestarted);
    }
    return yield* this.#restart(link);
  }

  /**
   * Tells whether a new attempt on a new link has a chance. For how long to wait for the device is up to the caller.
   *
   * @param error What the last attempt threw.
   * @returns `true` when the wire went away, or fell silent after the device had been there; `false` when that has come
   *   to nothing ten times, or has happened a hundred times.
   */
  survives(error: unknown): boolean {
    const isLoss = error instanceof LinkClosedError || error instanceof LinkTimeoutError;
    const wasThere = this.#device !== undefined;
    const isHopeless = this.#fruitlessCount > FRUITLESS_MAX || this.#attemptCount >= ATTEMPT_COUNT_MAX ||
      !wasThere && this.#attemptCount > FRUITLESS_MAX;
    // Silence from the beginning is another port, or an application: no wait mends that.
    return isLoss && (wasThere || error instanceof LinkClosedError) && !isHopeless;
  }

  /**
   * Ends it for a device that does not come back.
   *
   * @returns What was done; `undefined` when the set is not installed.
   */
  conclude(): DeliveryReport | undefined {
    return this.#installed && this.#report(this.#installed, false);
  }

  /** Brings what is not there, and gives the set when it was started too. */
  *#update(link: ByteLink): Procedure<SetReport | undefined> {
    const { update: { images, setId }, drawSessionId, again = false, isForced } = this.#options;
    const device = yield* askDevice(link, drawSessionId());
    this.#device ??= device;
    this.#fruitlessCount++;
    const listens = device.reason === "listening";
    const isThere = device.setA.state === "committed" && equalBytes(device.setA.setId, setId);
    const restarts = listens && !isThere;
    this.#isRestarted = listens && isThere && this.#hasBrought;
    try {
      const result = yield* updateOverCdc(link, {
        images,
        setId,
        sessionId: drawSessionId(),
        then: restarts ? "install" : "boot",
        again: again && !this.#hasBrought,
        isForced,
        observer: this.#watch(),
      });
      if (result.outcome === "updated") {
        this.#hasBrought = true;
        this.#deliveries = result.deliveries;
      }
      if (!restarts) return result.booted!;
      this.#installed = result.booted!;
      return undefined;
    } catch (error) {
      // It has stayed because it was spoken to: it goes on with what it has.
      if (error instanceof CdcRefusedError && listens && !this.#hasBrought) yield* resetQuietly(link, drawSessionId());
      throw error;
    }
  }

  *#restart(link: ByteLink): Procedure<DeliveryReport> {
    const { drawSessionId, observer } = this.#options;
    if (!this.#isRestarted) {
      const session = yield* openSession(link, { sessionId: drawSessionId() });
      // Before: the port may go away with the reply.
      this.#isRestarted = true;
      observer?.({ kind: "restarting" });
      yield* session.reset();
    }
    const session = yield* greetRestarted(link, drawSessionId);
    if (session === undefined) return this.#report(this.#installed!, false);
    this.#assertOurs(session.device.setA);
    const booted = yield* session.boot();
    return this.#report(booted, true);
  }

  #report(booted: SetReport, isAskedAfterRestart: boolean): DeliveryReport {
    this.#assertOurs(booted);
    return {
      device: this.#device!,
      outcome: this.#hasBrought ? "updated" : "unchanged",
      deliveries: this.#deliveries,
      sentBytes: this.#sentBytes,
      attemptCount: this.#attemptCount,
      recoveryCount: this.#recoveryCount,
      booted,
      isAskedAfterRestart,
    };
  }

  #assertOurs({ state, setId, version }: SetReport): void {
    if (state !== "absent" && equalBytes(setId, this.#options.update.setId)) return;
    const found = state === "absent"
      ? "the device holds no set"
      : `the device starts version ${formatVersion(version)}`;
    throw new UpdateError("other-set", `${found}, although it had taken this one`, "Ask it with info, and try again");
  }

  /** Counts what goes into flash. */
  #watch(): (event: UpdateEvent) => void {
    let doneBytes = 0;
    return (event) => {
      if (event.kind === "connected") doneBytes = 0;
      else if (event.kind === "repeated" || event.kind === "restarted") this.#recoveryCount++;
      else if (event.kind === "progress" && event.task === "transfer") {
        const leftBytes = event.totalBytes - event.doneBytes;
        if (leftBytes < this.#leftBytesLeast) this.#fruitlessCount = 0;
        this.#leftBytesLeast = Math.min(this.#leftBytesLeast, leftBytes);
        this.#hasBrought = true;
        this.#sentBytes += event.doneBytes - doneBytes;
        doneBytes = event.doneBytes;
      }
      this.#options.observer?.(event);
    };
  }
}
