/**
 * Layouts with the sectors of real parts and slots as small as they can be, and small releases for them: so that a sweep
 * can afford every flash operation.
 *
 * @module
 */

import { type Bytes, MemoryImage, roundUp } from "../../core/mod.ts";
import type { LoaderConfig } from "../../emulator/loader/mod.ts";
import { decodeBundle, headerOffset } from "../../packager/bundle.ts";
import { HEADER_SIZE_BYTES, type ImageHeader } from "../../packager/header.ts";
import { checkLayout, createLayout, type Layout, type LayoutDefinition } from "../../packager/layouts/mod.ts";
import { packBundle } from "../../packager/pack.ts";
import { paddedSizeBytes } from "../../packager/payload.ts";
import { importKnownKey } from "../small_pair.ts";

const KIB = 1024;
const FLASH = 0x0800_0000;

/** The geometries of the sweep. Presets are swept by samples; these in full. */
const DEFINITIONS: readonly LayoutDefinition[] = [
  {
    // Two cores, 128 KiB sectors; the CM7's payload and its commit word are in two sectors, the CM4's in one.
    name: "h747-dual",
    part: "stm32h747xi",
    bankMode: "dual",
    policy: "copy",
    loader: { addressStart: FLASH, sizeBytes: 128 * KIB },
    slots: [
      { core: "CM7", addressA: FLASH + 128 * KIB, addressB: FLASH + 384 * KIB, sizeBytes: 256 * KIB },
      { core: "CM4", addressA: FLASH + 1024 * KIB, addressB: FLASH + 1152 * KIB, sizeBytes: 128 * KIB },
    ],
  },
  {
    // The fewest operations that an update can have: one core, one sector a slot, 32-byte units.
    name: "h743-least",
    part: "stm32h743xi",
    bankMode: "dual",
    policy: "copy",
    loader: { addressStart: FLASH, sizeBytes: 128 * KIB },
    slots: [{ core: "CM7", addressA: FLASH + 128 * KIB, addressB: FLASH + 256 * KIB, sizeBytes: 128 * KIB }],
  },
  {
    // Slot A begins in a sector of 16 KiB and ends in one of 64 KiB; slot B is part of one of 128 KiB.
    name: "f407-uneven",
    part: "stm32f407xg",
    bankMode: "single",
    policy: "copy",
    loader: { addressStart: FLASH, sizeBytes: 48 * KIB },
    slots: [{ core: "CM4", addressA: FLASH + 48 * KIB, addressB: FLASH + 128 * KIB, sizeBytes: 80 * KIB }],
  },
  {
    name: "f407ve-single",
    part: "stm32f407xe",
    bankMode: "single",
    policy: "single",
    loader: { addressStart: FLASH, sizeBytes: 16 * KIB },
    slots: [{ core: "CM4", addressA: FLASH + 16 * KIB, addressB: FLASH + 16 * KIB, sizeBytes: 32 * KIB }],
  },
  {
    // Erased flash reads 0; header and commit word are in three pages, payloads in up to four.
    name: "l053-zeros",
    part: "stm32l053x8",
    bankMode: "single",
    policy: "copy",
    loader: { addressStart: FLASH, sizeBytes: 16 * KIB },
    slots: [{ core: "CM0P", addressA: FLASH + 16 * KIB, addressB: FLASH + 17 * KIB, sizeBytes: KIB }],
  },
  {
    // Pages of 2 KiB: the large release crosses one.
    name: "g0b1-pages",
    part: "stm32g0b1xe",
    bankMode: "dual",
    policy: "copy",
    loader: { addressStart: FLASH, sizeBytes: 32 * KIB },
    slots: [{ core: "CM0P", addressA: FLASH + 32 * KIB, addressB: FLASH + 256 * KIB, sizeBytes: 6 * KIB }],
  },
];

/** The layouts, by name. */
export const SWEEP_LAYOUTS: ReadonlyMap<string, Layout> = new Map(
  DEFINITIONS.map((definition) => {
    const layout = createLayout(definition);
    checkLayout(layout);
    return [layout.name, layout];
  }),
);

/** A release, and what has to stand in the slots when it is whole. */
export interface Release {
  /** What tests call it. */
  readonly name: string;
  /** The bundle. */
  readonly bundle: Bytes;
  /** The headers as they stand in it. */
  readonly records: readonly Bytes[];
  /** What they say. */
  readonly headers: readonly ImageHeader[];
  /** The padded payloads. */
  readonly payloads: readonly Bytes[];
  /** Whether its application never says that it is well. */
  readonly hangs: boolean;
}

/** What a release is made of. */
export interface ReleaseOptions {
  /** What tests call it. */
  readonly name: string;
  /** Security counter. */
  readonly counter: number;
  /** Bytes of the payload of each core, 16 or more. */
  readonly sizes: readonly number[];
  /**
   * Bytes at the end of each payload that read as erased flash.
   *
   * @default {0}
   */
  readonly blankBytes?: number;
  /** Where in the middle of each payload it reads as erased flash: the first byte, and the one behind the last. */
  readonly blankRange?: readonly [start: number, end: number];
  /** Whether each payload ends otherwise than it would: from the 256 bytes behind the blank range on, or the last byte. */
  readonly hasOtherEnd?: boolean;
  /**
   * Whether the first payload is that of another release of the same size.
   *
   * @default {its own}
   */
  readonly marker?: readonly number[];
  /** Whether its application never says that it is well. */
  readonly hangs?: boolean;
  /** Whether metadata is bound. */
  readonly metadata?: Bytes;
}

/** The product of all sweeps. */
export const PRODUCT = "sweep";

const KEY = await importKnownKey("ed25519");

/**
 * Packs a release.
 *
 * @param layout The layout.
 * @param options What it is made of.
 * @returns The release.
 */
export async function packRelease(layout: Layout, options: ReleaseOptions): Promise<Release> {
  const { name, counter, sizes, hangs = false, metadata } = options;
  const images = layout.slots.map(({ core, addressA }, index) => ({
    core,
    image: createFirmware(layout, index, {
      address: addressA,
      sizeBytes: sizes[index]!,
      marker: options.marker?.[index] ?? name.charCodeAt(name.length - 1),
      blankBytes: options.blankBytes ?? 0,
      blankRange: options.blankRange ?? [0, 0],
      hasOtherEnd: options.hasOtherEnd ?? false,
    }),
  }));
  const { bundle } = await packBundle({
    layout,
    images,
    version: { major: counter, minor: 0, patch: 0, build: name.charCodeAt(name.length - 1) },
    counter,
    product: PRODUCT,
    key: KEY,
    ...(metadata === undefined ? {} : { metadata }),
  });
  const decoded = decodeBundle(bundle).images;
  let offset = headerOffset(decoded.length);
  const payloads = decoded.map(({ header }) => {
    const start = offset;
    offset += paddedSizeBytes(header.payloadSizeBytes);
    return bundle.slice(start, offset);
  });
  return {
    name,
    bundle,
    records: decoded.map((_, index) => bundle.slice(headerOffset(index), headerOffset(index) + HEADER_SIZE_BYTES)),
    headers: decoded.map(({ header }) => header),
    payloads,
    hangs,
  };
}

/**
 * Makes the loader's configuration for a release's device.
 *
 * @param layout The layout.
 * @param release A release for it.
 * @returns What is compiled into the loader.
 */
export function configFor(layout: Layout, release: Release): LoaderConfig {
  return { layout, keys: [KEY.publicKey], productId: release.headers[0]!.productId };
}

interface FirmwareOptions {
  readonly address: number;
  readonly sizeBytes: number;
  readonly marker: number;
  readonly blankBytes: number;
  readonly blankRange: readonly [start: number, end: number];
  readonly hasOtherEnd: boolean;
}

/** A vector table as far as there is room for it, bytes that differ from release to release, and a blank end. */
function createFirmware(layout: Layout, index: number, options: FirmwareOptions): MemoryImage {
  const { address, sizeBytes, marker, blankBytes } = options;
  const core = layout.part.cores.find(({ tag }) => tag === layout.slots[index]!.core)!;
  const ram = core.rams.find(({ name }) => name !== "ITCM")!;
  const data = Uint8Array.from({ length: sizeBytes }, (_, at) => (at * 29 + marker * 7 & 0x7f) + 1);
  const view = new DataView(data.buffer);
  view.setUint32(0, ram.addressStart + ram.sizeBytes, true);
  for (let vector = 1; vector < 16 && vector * 4 + 4 <= sizeBytes - blankBytes; vector++) {
    view.setUint32(vector * 4, address + 9, true);
  }
  const { erasedByte } = layout.part.flash.programUnit;
  data.fill(erasedByte, sizeBytes - blankBytes);
  data.fill(erasedByte, ...options.blankRange);
  const otherFrom = options.blankRange[1] === 0 ? sizeBytes - 1 : roundUp(options.blankRange[1], 256);
  if (options.hasOtherEnd) data.fill(0xa5, otherFrom);
  return MemoryImage.fromSegments([{ address, data }]);
}
