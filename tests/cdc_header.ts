/**
 * Headers and images for tests of the CDC protocol: the fields of packager/FORMAT.md that a loader of arrays looks at, with
 * neither CRC nor signature.
 *
 * @module
 */

import { type Bytes, parseHex } from "../core/mod.ts";
import { sha256 } from "../core/sha256.ts";
import type { CdcImage } from "../protocols/cdc/update.ts";

const MAGIC: Bytes = parseHex("894353490d0a1a0a");

/** Fields of a header. */
export interface CdcHeader {
  readonly payloadSizeBytes: number;
  readonly payloadDigest: Bytes;
  readonly version: { readonly major: number; readonly minor: number; readonly patch: number; readonly build: number };
  readonly counter: number;
  readonly setId: Bytes;
}

/** Reads the fields; gives nothing where the magic is missing. */
export function decodeCdcHeader(header: Bytes): CdcHeader | undefined {
  if (!MAGIC.every((byte, index) => header[index] === byte)) return undefined;
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  return {
    payloadSizeBytes: view.getUint32(36, true),
    payloadDigest: header.slice(104, 136),
    version: {
      major: view.getUint16(52, true),
      minor: view.getUint16(54, true),
      patch: view.getUint16(56, true),
      build: view.getUint32(60, true),
    },
    counter: view.getUint32(64, true),
    setId: header.slice(88, 104),
  };
}

/** A set for an array device. */
export interface CdcSet {
  readonly images: readonly CdcImage[];
  readonly setId: Bytes;
}

/** Makes a set of some payloads; its major version and its set id come from `release`. */
export function makeCdcSet(release: number, payloads: readonly Bytes[]): CdcSet {
  const setId = new Uint8Array(16).fill(release);
  return {
    setId,
    images: payloads.map((payload) => {
      const header = new Uint8Array(256);
      const view = new DataView(header.buffer);
      const payloadDigest = sha256(payload);
      header.set(MAGIC);
      view.setUint32(36, payload.length, true);
      view.setUint16(52, release, true);
      view.setUint32(64, 1, true);
      header.set(setId, 88);
      header.set(payloadDigest, 104);
      return { header, payload, payloadDigest };
    }),
  };
}

/** Bytes that differ from one `seed` to another, and hold zeros. */
export function patternOf(seed: number, sizeBytes: number): Bytes {
  return Uint8Array.from({ length: sizeBytes }, (_, index) => (index * 7 + seed * 31 + (index >> 8)) & 0xff);
}
