/**
 * A folder with all that a release needs: keys, small firmware for both cores of an H747 in several formats, an update.
 *
 * @module
 */

import type { Bytes } from "../../core/bytes.ts";
import { MemoryImage } from "../../core/memory_image.ts";
import { type WritableFormat, writeImage } from "../../packager/formats/write_image.ts";
import type { KeyType } from "../../packager/header.ts";
import { encodePkcs8 } from "../../packager/key_der.ts";
import { createSigningKey, derivePublicKey, exportPublicKey, type SigningKey } from "../../packager/keys.ts";
import { findLayout } from "../../packager/layouts/presets.ts";
import { packBundle } from "../../packager/pack.ts";
import { formatPem } from "../../packager/pem.ts";
import { withTempDir } from "../peers.ts";

/** Flags of `coreslot pack` that say everything but which images, key and output. */
export const IDENTITY = [
  "--layout",
  "stm32h747",
  "--version",
  "1.2.3+4",
  "--counter",
  "7",
  "--product",
  "pump",
] as const;

/** Flags of `coreslot pack` that name both images. */
export const IMAGES = ["--image", "CM7=cm7.bin", "--image", "CM4=cm4.hex"] as const;

/**
 * Runs a test in a folder with a release in it.
 *
 * The folder has `cm7.bin`, `cm4.hex`, `cm4.bin`, `ed25519.pem`, `ed25519.pub.pem`, `p256.pem`, `p256.pub.pem`,
 * `update.cslot` (signed by the Ed25519 key), `unsigned.cslot` and `unsigned_p256.cslot`. It is the same each time.
 *
 * @param body The test; its argument is the folder.
 */
export async function withRelease(body: (folder: string) => Promise<void>): Promise<void> {
  await withTempDir(async (folder) => {
    release ??= makeRelease();
    for (const [name, bytes] of await release) Deno.writeFileSync(`${folder}/${name}`, bytes);
    await body(folder);
  });
}

let release: Promise<ReadonlyMap<string, Uint8Array>> | undefined;

async function makeRelease(): Promise<ReadonlyMap<string, Uint8Array>> {
  const layout = findLayout("stm32h747");
  const [cm7, cm4] = [makeFirmware(0x0802_0000, 0x2002_0000), makeFirmware(0x0810_0000, 0x1004_8000)];
  const files = new Map<string, Uint8Array>();
  const add = (name: string, image: MemoryImage, format: WritableFormat) =>
    files.set(name, writeImage(image, { format }));
  add("cm7.bin", cm7, "bin");
  add("cm4.hex", cm4, "hex");
  add("cm4.bin", cm4, "bin");
  const ed25519 = await addKey(files, "ed25519");
  const p256 = await addKey(files, "p256");
  const pack = async (name: string, key: SigningKey | SigningKey["publicKey"]) => {
    const images = [{ core: "CM7", image: cm7 }, { core: "CM4", image: cm4 }] as const;
    const { bundle } = await packBundle({ layout, images, version: "1.2.3+4", counter: 7, product: "pump", key });
    files.set(name, bundle);
  };
  await pack("update.cslot", ed25519);
  await pack("unsigned.cslot", ed25519.publicKey);
  await pack("unsigned_p256.cslot", p256.publicKey);
  return files;
}

/** Initial stack pointer, reset vector, and 1,001 bytes of nothing in particular: no multiple of a word. */
function makeFirmware(address: number, stackPointer: number): MemoryImage {
  const data: Bytes = Uint8Array.from({ length: 1009 }, (_, index) => index * 7 & 0xff);
  const view = new DataView(data.buffer);
  view.setUint32(0, stackPointer, true);
  view.setUint32(4, address + 0x201, true);
  // NMI, HardFault and the other exceptions: not there.
  data.fill(0, 8, 64);
  return MemoryImage.fromSegments([{ address, data }]);
}

async function addKey(files: Map<string, Uint8Array>, type: KeyType): Promise<SigningKey> {
  const secret = Uint8Array.from({ length: 32 }, (_, index) => index * 5 + 9);
  const parts = { type, secret, rawPublicKey: await derivePublicKey({ type, secret, rawPublicKey: undefined }) };
  const key = await createSigningKey(parts);
  const encode = (text: string) => new TextEncoder().encode(text);
  files.set(`${type}.pem`, encode(formatPem({ label: "PRIVATE KEY", der: encodePkcs8(parts) })));
  files.set(`${type}.pub.pem`, encode(exportPublicKey(key.publicKey)));
  return key;
}
