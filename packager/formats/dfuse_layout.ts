/**
 * What a DfuSe file is made of.
 *
 * Little endian:
 *
 * | part | offset | size | field |
 * | --- | ---: | ---: | --- |
 * | prefix | 0 | 5 | szSignature: `DfuSe` |
 * | | 5 | 1 | bVersion: 1 |
 * | | 6 | 4 | DFUImageSize: size of the file without the suffix |
 * | | 10 | 1 | bTargets |
 * | target | 0 | 6 | szSignature: `Target` |
 * | | 6 | 1 | bAlternateSetting |
 * | | 7 | 4 | bTargetNamed |
 * | | 11 | 255 | szTargetName, ends with a NUL |
 * | | 266 | 4 | dwTargetSize: size of the elements, without these 274 bytes |
 * | | 270 | 4 | dwNbElements |
 * | element | 0 | 4 | dwElementAddress |
 * | | 4 | 4 | dwElementSize, then as many bytes |
 * | suffix | | 16 | as in `dfu_suffix.ts` |
 *
 * Runs in Deno, Node and browsers.
 *
 * @see UM0391, "DfuSe file format specification"
 * @module
 */

import type { Segment } from "../../core/memory_image.ts";

/** What a file begins with. */
export const PREFIX_SIGNATURE = "DfuSe";
/** The only `bVersion` there is. */
export const PREFIX_VERSION = 1;
/** Size of the prefix. */
export const PREFIX_SIZE_BYTES = 11;
/** What a target begins with. */
export const TARGET_SIGNATURE = "Target";
/** Size of a target without its elements. */
export const TARGET_PREFIX_SIZE_BYTES = 274;
/** Size of `szTargetName`. */
export const TARGET_NAME_SIZE_BYTES = 255;
/** Size of an element without its data. */
export const ELEMENT_PREFIX_SIZE_BYTES = 8;

/** What is to be written through one alternate setting of the device. */
export interface DfuseTarget {
  /** `bAlternateSetting`, 0 to 255; 0 is the internal flash on every STM32. */
  readonly alternateSetting: number;
  /** Name for people: at most 254 characters, each of code 1 to 255. */
  readonly name: string | undefined;
  /** At least one. They may overlap: a host writes them in this order. */
  readonly elements: readonly Segment[];
}

/** A DfuSe file. */
export interface DfuseFile {
  /** `idVendor`; ST is 0x0483. */
  readonly vendorId: number;
  /** `idProduct`; the boot ROM is 0xDF11. ST's own file manager writes 0. */
  readonly productId: number;
  /** `bcdDevice`; no known tool looks at it. */
  readonly deviceVersion: number;
  /** 1 to 255 targets. */
  readonly targets: readonly DfuseTarget[];
}
