/**
 * What an update costs on the wire, told before a byte is sent.
 *
 * A frame with n bytes of body has n + 12 bytes before COBS and n + 14 on the wire; one more for each 254 bytes without a
 * zero among them, and one more where that is a multiple of 64.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes } from "../../core/mod.ts";
import {
  BEGIN_HEAD_BYTES,
  CRC_BYTES,
  DATA_OFFSET_BYTES,
  FRAME_HEADER_BYTES,
  FRAME_TYPES,
  HELLO_HEAD_BYTES,
  HELLO_PROBE,
  PACKET_BYTES,
  PROBE_BYTES,
  PROTOCOL_VERSION,
  STATUS,
} from "./constants.ts";
import type { DeviceInformation } from "./device.ts";
import { addToSequence, encodeFrame, encodeReply, viewOf } from "./frames.ts";
import { RecordWriter } from "./record_bytes.ts";
import { encodeInformation, encodeResumePoints, SET_RECORD_BYTES, STAGING_HEAD_BYTES } from "./records.ts";
import type { CdcImage } from "./update.ts";

/** What a part of an update costs on the wire. */
export interface CdcCost {
  /** Bytes from the host, delimiters among them. */
  readonly bytesOut: number;
  /** Bytes from the device. */
  readonly bytesIn: number;
  /** Frames from the host; the device answers each with one. */
  readonly frames: number;
}

/** Options of {@linkcode planUpdate}. */
export interface PlanUpdateOptions {
  /** All images of the set, in index order. */
  readonly images: readonly CdcImage[];
  /** What the device says of itself. */
  readonly device: DeviceInformation;
  /** Number of the session. */
  readonly sessionId: number;
  /**
   * Indexes of the images that the device copies itself.
   *
   * @default {[]}
   */
  readonly clonedImages?: readonly number[] | undefined;
}

/** What {@linkcode planUpdate} foretells, for a device with nothing staged and a line without faults. */
export interface CdcPlan {
  /** The greeting, both probes among it. */
  readonly hello: CdcCost;
  /** The headers. */
  readonly begin: CdcCost;
  /** The payloads. */
  readonly data: CdcCost;
  /** The copies that the device makes itself. */
  readonly clone: CdcCost;
  /** Verification and commit. */
  readonly finish: CdcCost;
  /** Installation and start. */
  readonly boot: CdcCost;
  /** All of it. Notices that the device works are not foretold: they depend on its flash. */
  readonly total: CdcCost;
  /** Bytes of payload that are sent. */
  readonly payloadBytes: number;
  /** `payloadBytes` through all bytes from the host. */
  readonly efficiency: number;
}

/** Bytes of a notice on the wire. */
export const NOTICE_WIRE_BYTES = 30;

/**
 * Foretells what an update costs.
 *
 * @param options The set and the device.
 * @returns The costs, exact to the byte.
 */
export function planUpdate(options: PlanUpdateOptions): CdcPlan {
  const { images, clonedImages = [] } = options;
  const planner = new Planner(options);
  const hello = planner.hello();
  const begin = planner.begin();
  const clone = sumCosts(clonedImages.map(() => planner.command("clone", 0)));
  const sent = images.map((image, index) => ({ image, index })).filter(({ index }) => !clonedImages.includes(index));
  const data = sumCosts(sent.map(({ image, index }) => planner.data(image.payload, index)));
  const finish = planner.command("finish", STAGING_HEAD_BYTES + 2 * SET_RECORD_BYTES);
  const boot = planner.command("boot", SET_RECORD_BYTES);
  const total = sumCosts([hello, begin, clone, data, finish, boot]);
  const payloadBytes = sent.reduce((sum, { image }) => sum + image.payload.length, 0);
  const efficiency = payloadBytes / total.bytesOut;
  return { hello, begin, data, clone, finish, boot, total, payloadBytes, efficiency };
}

/**
 * Gives the least and the most bytes that a frame can have on the wire.
 *
 * @param bodyBytes Bytes of its body.
 * @returns Least and most. They differ by one for each 254 bytes, and by the one that avoids a multiple of 64.
 *
 * @example A data frame of 3584 bytes costs 0.9 % at most
 * ```ts
 * import { frameSizeRange } from "@coreslot/coreslot/cdc";
 *
 * const { most } = frameSizeRange(4 + 3584);
 * console.assert(3584 / most > 0.99);
 * ```
 */
export function frameSizeRange(bodyBytes: number): { readonly least: number; readonly most: number } {
  const sizeBytes = FRAME_HEADER_BYTES + bodyBytes + CRC_BYTES;
  return { least: padded(sizeBytes + 2), most: sizeBytes + 3 + Math.floor(sizeBytes / 254) };
}

/** Encodes what would be sent, and counts it. */
class Planner {
  readonly #options: PlanUpdateOptions;
  #sequence = 0;

  constructor(options: PlanUpdateOptions) {
    this.#options = options;
  }

  hello(): CdcCost {
    const { device } = this.#options;
    const probe = Uint8Array.from({ length: PROBE_BYTES }, (_, value) => value);
    const head = new RecordWriter(HELLO_HEAD_BYTES).u16(PROTOCOL_VERSION).u16(HELLO_PROBE).bytes;
    return this.#exchange(FRAME_TYPES.hello, {
      out: concatBytes([head, probe]),
      in: concatBytes([encodeInformation(device), probe]),
      isFenced: true,
    });
  }

  begin(): CdcCost {
    const { images } = this.#options;
    const points = images.map(() => ({ state: "blank" as const, offset: 0 }));
    return this.#exchange(FRAME_TYPES.begin, {
      out: concatBytes([new Uint8Array(BEGIN_HEAD_BYTES), ...images.map(({ header }) => header)]),
      in: encodeResumePoints(points),
      argument: images.length,
    });
  }

  data(payload: Bytes, image: number): CdcCost {
    const { dataSizeMax } = this.#options.device.limits;
    const costs: CdcCost[] = [];
    for (let offset = 0; offset < payload.length; offset += dataSizeMax) {
      const bytes = payload.subarray(offset, offset + dataSizeMax);
      const body = new Uint8Array(DATA_OFFSET_BYTES + bytes.length);
      viewOf(body).setUint32(0, offset, true);
      body.set(bytes, DATA_OFFSET_BYTES);
      costs.push(this.#exchange(FRAME_TYPES.data, { out: body, in: new Uint8Array(0), argument: image }));
    }
    return sumCosts(costs);
  }

  /** A command without a body; what its reply says does not change its size as long as it is shorter than 254 bytes. */
  command(name: "clone" | "finish" | "boot", replyBytes: number): CdcCost {
    return this.#exchange(FRAME_TYPES[name], { out: new Uint8Array(0), in: new Uint8Array(replyBytes) });
  }

  #exchange(
    type: number,
    bodies: { readonly out: Bytes; readonly in: Bytes; readonly argument?: number; readonly isFenced?: boolean },
  ): CdcCost {
    const { sessionId, device: { limits } } = this.#options;
    const { argument = 0, isFenced = false } = bodies;
    const sequence = this.#sequence;
    const next = this.#sequence = addToSequence(sequence, 1);
    const limit = addToSequence(sequence, limits.window);
    const frame = encodeFrame({ type, argument, sequence, session: sessionId, body: bodies.out }, { isFenced });
    const reply = { type, argument: STATUS.done, sequence, session: sessionId, next, limit, body: bodies.in };
    return { bytesOut: frame.length, bytesIn: encodeReply(reply).length, frames: 1 };
  }
}

function sumCosts(costs: readonly CdcCost[]): CdcCost {
  return costs.reduce(
    (sum, cost) => ({
      bytesOut: sum.bytesOut + cost.bytesOut,
      bytesIn: sum.bytesIn + cost.bytesIn,
      frames: sum.frames + cost.frames,
    }),
    { bytesOut: 0, bytesIn: 0, frames: 0 },
  );
}

function padded(sizeBytes: number): number {
  return sizeBytes % PACKET_BYTES === 0 ? sizeBytes + 1 : sizeBytes;
}
