/**
 * How a release comes onto the device of a rehearsal.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Fault } from "../emulator/faults.ts";
import type { RehearsalDevice } from "./rehearsal_device.ts";
import type { Release } from "./release.ts";

/** Name of a way for updates to come. */
export type TransportName = "cdc" | "ymodem" | "an3155" | "direct";

/** What a host did in one session, and the device afterwards until it was at rest. */
export interface SessionResult {
  /** What ended the host before its time; `undefined` when it was done. */
  readonly error: unknown;
  /** Time from the begin of the session until the application was started, in milliseconds; `undefined` when it was not. */
  readonly startedMs: number | undefined;
  /** Time until the host was done and the device was at rest, in milliseconds. */
  readonly durationMs: number;
  /** Bytes that the host sent. */
  readonly bytesToTarget: number;
  /** Bytes that the device sent. */
  readonly bytesToHost: number;
  /** Index of the first byte of each frame that the host sent. */
  readonly frameOffsets: readonly number[];
}

/** A device with a way to it. It stays on from one session to the next. */
export interface Connection {
  /**
   * Runs a host to its end.
   *
   * @param faults What goes wrong on the wire.
   * @returns What came of it.
   */
  run(faults: readonly Fault[]): SessionResult;
}

/** A way for updates to come. */
export interface Transport {
  /** Its name. */
  readonly name: TransportName;
  /** What stands on the report: the wire. */
  readonly wire: string;
  /** Whether there is a wire that can be unplugged. */
  readonly hasWire: boolean;
  /**
   * Connects a host that brings a release to a device, which is handed over to its loader.
   *
   * @param device The device; it was started.
   * @param release What to bring.
   * @returns The connection.
   */
  connect(device: RehearsalDevice, release: Release): Connection;
}
