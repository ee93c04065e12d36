/**
 * Packing: firmware images in, one signed bundle out.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../core/bytes.ts";
import type { MemoryImage } from "../core/memory_image.ts";
import type { CoreTag } from "../core/parts/part.ts";
import { assembleBundle, decodeBundle } from "./bundle.ts";
import { checkCores } from "./checks/check_cores.ts";
import { type PlacedImage, placeImage } from "./checks/place_image.ts";
import { type CrcKind, encodeHeader, type ImageHeader, SIGNED_SIZE_BYTES } from "./header.ts";
import type { SigningKey, VerifyingKey } from "./keys.ts";
import type { CoreSlots, Layout } from "./layouts/layout.ts";
import { computePayloadCrc } from "./payload.ts";
import { deriveProductId } from "./product_id.ts";
import { computeSetId, SET_ID_SIZE_BYTES } from "./set_id.ts";
import { normalizeSignature, SIGNATURE_SIZE_BYTES } from "./signature.ts";
import { verifyUpdate } from "./verify.ts";
import { parseVersion, type Version } from "./version.ts";

const DIGEST_SIZE_BYTES = 32;

/** Firmware for one core. */
export interface CoreImage {
  /** The core. */
  readonly core: CoreTag;
  /** The firmware, at the addresses it was linked for. */
  readonly image: MemoryImage;
}

/** What to pack, for which device, and who signs. */
export interface PackOptions {
  /** The layout of the device. */
  readonly layout: Layout;
  /** One image for every core of the layout, in any order. */
  readonly images: readonly CoreImage[];
  /**
   * Whether to take only what is in a core's slot out of an image that holds more.
   *
   * @default {false}
   */
  readonly crop?: boolean;
  /** Version of the release: `1.2.3+4`, or its numbers. */
  readonly version: string | Version;
  /** Security counter, 0 to 4294967295. Devices take no release with a lower counter than the one they run. */
  readonly counter: number;
  /** The product: a UUID, or a name of any kind. */
  readonly product: string;
  /**
   * Bytes to bind to the release, such as an SBOM: carried in the bundle, and covered by the signatures.
   *
   * @default {empty: none}
   */
  readonly metadata?: Bytes;
  /**
   * How payload CRCs are computed: `stm32` is for devices that check them with a CRC unit of fixed polynomial.
   *
   * @default {"zlib"}
   */
  readonly crcKind?: CrcKind;
  /** The key that signs; or a public key, to leave signatures at zero until they are attached. */
  readonly key: SigningKey | VerifyingKey;
}

/** An image that was packed. */
export interface PackedImage {
  /** Its header, as it stands in the bundle. */
  readonly header: ImageHeader;
  /** What was cropped, and what is unusual. */
  readonly placed: PlacedImage;
}

/** A packed bundle. */
export interface PackResult {
  /** The bundle. The same options give the same bytes. */
  readonly bundle: Bytes;
  /** The images, in index order. */
  readonly images: readonly PackedImage[];
  /** What is unusual and may be right, one sentence each without period, with the core in front. */
  readonly notes: readonly string[];
}

/**
 * Checks images against a layout, binds them to one another, signs them, and verifies the result before it is returned.
 *
 * @param options Images, layout, identity of the release, and key.
 * @returns The bundle, and what is to be said about it.
 * @throws {PlacementError} When an image does not belong into its slot, or the images are not one for each core.
 * @throws {LayoutError} When the layout does not fit its part.
 * @throws {SyntaxError} When the version is text of another form.
 * @throws {RangeError} When a number is out of range, the product is empty, or metadata is given and empty.
 * @throws {SignatureFormatError} When the key gives a signature of no known form.
 * @throws {VerificationError} When the key gives a signature that is not its own.
 *
 * @example A minimal dual-core release
 * ```ts
 * import { MemoryImage } from "@coreslot/coreslot/core";
 * import { findLayout, generateKey, packBundle, verifyUpdate } from "@coreslot/coreslot/packager";
 *
 * // Initial stack pointer, reset vector, and eight bytes of code.
 * const vectors = (address: number, stack: number) =>
 *   MemoryImage.fromSegments([
 *     { address, data: new Uint8Array(Uint32Array.of(stack, address + 9, 0xbf00bf00, 0xe7febf00).buffer) },
 *   ]);
 * const { key } = await generateKey("ed25519");
 * const { bundle } = await packBundle({
 *   layout: findLayout("stm32h745"),
 *   images: [
 *     { core: "CM7", image: vectors(0x0802_0000, 0x2002_0000) },
 *     { core: "CM4", image: vectors(0x0810_0000, 0x1004_8000) },
 *   ],
 *   version: "1.2.3+4",
 *   counter: 7,
 *   product: "pump controller",
 *   key,
 * });
 * const { images } = await verifyUpdate(bundle, { keys: [key.publicKey], layout: findLayout("stm32h745") });
 * console.assert(images.length === 2);
 * ```
 */
export async function packBundle(options: PackOptions): Promise<PackResult> {
  const { layout, images, crop = false, metadata = new Uint8Array(), key } = options;
  if (options.metadata?.length === 0) throw new RangeError("Cannot bind metadata: it is empty");
  checkCores(layout, images.map(({ core }) => core));
  const placed = layout.slots.map(({ core }) =>
    placeImage(images.find((image) => image.core === core)!.image, { layout, core, crop })
  );
  const headers = await signHeaders(await createHeaders(placed, options), key);
  const packed = headers.map((header, index) => ({ header, placed: placed[index]! }));
  const bundle = assembleBundle({
    images: packed.map(({ header, placed }) => ({ header, payload: placed.payload })),
    metadata,
  });
  if ("sign" in key) await verifyUpdate(bundle, { keys: [key.publicKey], layout });
  else decodeBundle(bundle);
  return {
    bundle,
    images: packed,
    notes: placed.flatMap(({ core, notes }) => notes.map((note) => `${core}: ${note}`)),
  };
}

/** Makes the headers of a release: complete but for their signatures. */
async function createHeaders(placed: readonly PlacedImage[], options: PackOptions): Promise<readonly ImageHeader[]> {
  const { layout, version, counter, product, metadata, key } = options;
  const shared = {
    fill: layout.part.flash.programUnit.erasedByte,
    crcKind: options.crcKind ?? "zlib",
    signatureKind: key.type,
    version: typeof version === "string" ? parseVersion(version) : version,
    counter,
    chipId: layout.part.chipId,
    productId: await deriveProductId(product),
    setId: new Uint8Array(SET_ID_SIZE_BYTES),
    keyId: key.keyId,
    metadataDigest: metadata === undefined ? new Uint8Array(DIGEST_SIZE_BYTES) : await sha256(metadata),
    imageCount: placed.length,
    signature: new Uint8Array(SIGNATURE_SIZE_BYTES),
  };
  const headers = await Promise.all(placed.map(async ({ payload, core }, index) => {
    const digest = sha256(payload); // On a thread of its own, while the CRC is computed on this one.
    return {
      ...shared,
      core,
      index,
      ...addressesOf(layout.slots[index]!),
      payloadSizeBytes: payload.length,
      payloadCrc: computePayloadCrc(payload, shared),
      payloadDigest: await digest,
    };
  }));
  const setId = await computeSetId(headers.map(encodeHeader));
  return headers.map((header) => ({ ...header, setId }));
}

async function signHeaders(
  headers: readonly ImageHeader[],
  key: SigningKey | VerifyingKey,
): Promise<readonly ImageHeader[]> {
  if (!("sign" in key)) return headers;
  const signed: ImageHeader[] = [];
  // One after another: a key that lives elsewhere may take one message at a time, and a failure ends the rest.
  for (const header of headers) {
    const signature = await key.sign(encodeHeader(header).slice(0, SIGNED_SIZE_BYTES));
    signed.push({ ...header, signature: normalizeSignature(key.type, signature) });
  }
  return signed;
}

function addressesOf(slots: CoreSlots): Pick<ImageHeader, "runAddress" | "stagingAddress" | "slotSizeBytes"> {
  return { runAddress: slots.addressA, stagingAddress: slots.addressB, slotSizeBytes: slots.sizeBytes };
}

async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
