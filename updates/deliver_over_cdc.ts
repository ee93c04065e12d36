/**
 * A delivery over a port that comes and goes.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { ByteLink, Procedure } from "../protocols/link/mod.ts";
import type { CdcDelivery, DeliveryReport } from "./cdc_delivery.ts";

/** A port, as {@linkcode deliverOverCdc} needs it. */
export interface ReopenedPort {
  /**
   * Runs a procedure over the port as it is open now.
   *
   * @param start Makes the procedure.
   * @returns What it ended with.
   */
  run<T>(start: (link: ByteLink) => Procedure<T>): Promise<T>;
  /**
   * Waits for the port to come back, and opens it.
   *
   * @param lost What ended the last attempt.
   * @returns `false` when it is not to be waited for any longer.
   */
  reopen(lost: unknown): Promise<boolean>;
}

/**
 * Brings an update to its device, through as many losses of the port as it takes.
 *
 * @param delivery The update and its device.
 * @param port The port.
 * @returns What was done. A device that does not come back once the set is installed is no failure: it has said so.
 * @throws {ProtocolError} When the port is lost for good, or the device does not want the update.
 */
export async function deliverOverCdc(delivery: CdcDelivery, port: ReopenedPort): Promise<DeliveryReport> {
  while (true) {
    try {
      return await port.run((link) => delivery.attempt(link));
    } catch (error) {
      if (!delivery.survives(error)) throw error;
      if (await port.reopen(error)) continue;
      const report = delivery.conclude();
      if (report === undefined) throw error;
      return report;
    }
  }
}
