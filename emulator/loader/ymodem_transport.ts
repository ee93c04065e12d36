/**
 * Updates over YMODEM and XMODEM: the whole bundle as one stream. All that these protocols know of a refusal is to break
 * off.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";
import { type ByteLink, LinkClosedError, type Procedure, ProtocolError } from "../../protocols/link/mod.ts";
import { type BlockSink, receiveXmodem } from "../../protocols/xmodem/mod.ts";
import { receiveYmodem } from "../../protocols/ymodem/mod.ts";
import { waitForSilence } from "../file_receiver.ts";
import { PowerWatch } from "../file_receiver_power.ts";
import { BundleReceiver, type BundleReceiverOptions } from "./bundle_receiver.ts";
import type { SlotLoader } from "./loader.ts";
import { LoaderError } from "./loader_error.ts";
import type { LoaderExit, LoaderTransport } from "./loader_firmware.ts";
import { Stager } from "./stager.ts";
import type { Work } from "./work.ts";

/** Options of {@linkcode createModemTransport}. */
export interface ModemTransportOptions {
  /**
   * Which of the two.
   *
   * @default {"ymodem"}
   */
  readonly protocol?: "ymodem" | "xmodem" | undefined;
  /** Called when a transfer has failed, with why. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
}

/**
 * Makes a transport that asks for a bundle until one comes that is taken, and then resets the chip, so that it is
 * installed.
 *
 * @param options Which protocol.
 * @returns The transport.
 */
export function createModemTransport(options: ModemTransportOptions = {}): LoaderTransport {
  return function* receiveUpdates(link: ByteLink, loader: SlotLoader): Procedure<LoaderExit> {
    while (true) {
      const isTaken = yield* receiveUpdate(link, loader, options);
      if (isTaken) return { kind: "reset" };
      yield* waitForSilence(link);
    }
  };
}

function* receiveUpdate(link: ByteLink, loader: SlotLoader, options: ModemTransportOptions): Procedure<boolean> {
  const power = new PowerWatch();
  const stager = new Stager(loader);
  const sinkOf = (receiverOptions: BundleReceiverOptions) =>
    new BundleSink({ loader, power, receiver: new BundleReceiver(stager, receiverOptions) });
  try {
    if (options.protocol === "xmodem") {
      yield* power.run(
        receiveXmodem(link, sinkOf({ isPadded: true }), { request: "crc", firstRequestCount: Infinity }),
      );
      return stager.state === "committed";
    }
    const accept = ({ sizeBytes }: { readonly sizeBytes: number | undefined }) =>
      sinkOf(sizeBytes === undefined ? { isPadded: true } : { announcedBytes: sizeBytes });
    yield* power.run(receiveYmodem(link, accept, { fileCountMax: 1, firstRequestCount: Infinity }));
    return stager.state === "committed";
  } catch (error) {
    if (!isFailureOfUpdate(error)) throw error;
    options.onFailure?.(error);
    // The last answer may have been lost when all was done.
    return stager.state === "committed";
  }
}

/** As opposed to the end of the device: no power, no port. */
function isFailureOfUpdate(error: unknown): boolean {
  return error instanceof LoaderError || error instanceof ProtocolError && !(error instanceof LinkClosedError);
}

interface BundleSinkOptions {
  readonly loader: SlotLoader;
  readonly power: PowerWatch;
  readonly receiver: BundleReceiver;
}

/** Feeds blocks to a bundle receiver, and sleeps while flash is busy. */
class BundleSink implements BlockSink {
  readonly #options: BundleSinkOptions;

  constructor(options: BundleSinkOptions) {
    this.#options = options;
  }

  write(link: ByteLink, data: Bytes): Procedure<void> {
    return this.#do(link, this.#options.receiver.take(data));
  }

  close(link: ByteLink): Procedure<void> {
    return this.#do(link, this.#options.receiver.end());
  }

  *#do(link: ByteLink, work: Work<void>): Procedure<void> {
    const { loader, power } = this.#options;
    while (true) {
      const step = yield* power.guard(() => work.next());
      yield* link.sleep(loader.chip.flash.operations.takeBusyMs());
      if (step.done === true) return;
    }
  }
}
