/**
 * A small release for an H745: two images that pass every packaging check, signed by keys that RFCs print.
 *
 * The payloads have 68 and 37 bytes: the second one ends in the middle of a CRC word. With their padding, two image
 * headers, the bundle header and 11 bytes of metadata the bundle has 715 bytes.
 *
 * @module
 */

import { type Bytes, MemoryImage } from "../core/mod.ts";
import { importPrivateKey, type SigningKey } from "../packager/keys.ts";
import type { KeyType } from "../packager/header.ts";
import { findLayout } from "../packager/layouts/presets.ts";
import { type CoreImage, packBundle, type PackOptions } from "../packager/pack.ts";

/** Published private keys, as OpenSSL writes them. */
export const KNOWN_PEMS: Readonly<Record<KeyType, string>> = {
  // RFC 8032, section 7.1, TEST 1.
  ed25519: `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
`,
  // RFC 6979, A.2.5.
  p256: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgya+p2EW6dRZrXCFX
Z7HWk05Qw9s26JsSe4piKxIPZyGhRANCAARg/tS6JVqdMclh63TGNW1owEm4kjth
+mzmaWIuYPKftnkD/hAIuLyZpBrp6VYovGTy8bIMLX6fUXejwpTURiKZ
-----END PRIVATE KEY-----
`,
};

/** Bytes of the small bundle. */
export const SMALL_BUNDLE_SIZE_BYTES = 32 + 2 * 256 + 96 + 64 + 11;

/**
 * Imports a published key.
 *
 * @param type Kind of the key.
 * @returns The key.
 */
export function importKnownKey(type: KeyType): Promise<SigningKey> {
  return importPrivateKey(KNOWN_PEMS[type], { allowWellKnown: true });
}

/**
 * Packs the small release.
 *
 * @param options What shall be different.
 * @returns The bundle.
 */
export async function packSmallPair(options: Partial<PackOptions> = {}): Promise<Bytes> {
  const { bundle } = await packBundle({
    layout: findLayout("stm32h745"),
    images: createSmallImages(),
    version: "1.2.3+4",
    counter: 7,
    product: "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
    metadata: new TextEncoder().encode('{"sbom":1}\n'),
    key: options.key ?? await importKnownKey("ed25519"),
    ...options,
  });
  return bundle;
}

/**
 * Packs a small release for the one core of an F411: 41 bytes of payload, no metadata.
 *
 * @param options What shall be different.
 * @returns The bundle: 32 + 256 + 64 bytes.
 */
export async function packSmallSingle(options: Partial<PackOptions> = {}): Promise<Bytes> {
  const image = createImage({ address: 0x0801_0000, stack: 0x2002_0000, sizeBytes: 41, marker: 0 });
  const { bundle } = await packBundle({
    layout: findLayout("stm32f411"),
    images: [{ core: "CM4", image }],
    version: "1.0.0",
    counter: 1,
    product: "fan",
    key: options.key ?? await importKnownKey("ed25519"),
    ...options,
  });
  return bundle;
}

/**
 * Makes the firmware of the small release.
 *
 * @param marker A byte that stands in both, to make another release.
 * @returns An image for the CM7 at 0x08020000 and one for the CM4 at 0x08100000.
 */
export function createSmallImages(marker = 0): readonly [CoreImage, CoreImage] {
  return [
    { core: "CM7", image: createImage({ address: 0x0802_0000, stack: 0x2002_0000, sizeBytes: 68, marker }) },
    { core: "CM4", image: createImage({ address: 0x0810_0000, stack: 0x1004_8000, sizeBytes: 37, marker }) },
  ];
}

/** Initial stack pointer, one handler for all exceptions, and a few bytes of code; the last byte is the marker. */
function createImage(
  { address, stack, sizeBytes, marker }: {
    readonly address: number;
    readonly stack: number;
    readonly sizeBytes: number;
    readonly marker: number;
  },
): MemoryImage {
  const data = Uint8Array.from({ length: sizeBytes }, (_, index) => index + 1);
  const view = new DataView(data.buffer);
  view.setUint32(0, stack, true);
  for (let vector = 1; vector < 16 && vector * 4 + 4 <= sizeBytes; vector++) {
    view.setUint32(vector * 4, address + 9, true);
  }
  data[sizeBytes - 1] = marker;
  return MemoryImage.fromSegments([{ address, data }]);
}
