/**
 * UF2 files, the form of firmware that boot loaders take which show themselves as a USB drive.
 *
 * A file is a row of blocks of 512 bytes, each with an address of its own. `uf2_block.ts` has the layout. The rules:
 *
 * | file | rule |
 * | --- | --- |
 * | blocks in any order; the same block twice with the same bytes | read |
 * | blocks of one number with different bytes or addresses | refused, `inconsistent` |
 * | a number that is missing, or not below `numBlocks`; different `numBlocks` | refused |
 * | several families | refused, `inconsistent`, unless one is asked for; the blocks of the others are left out |
 * | several families, numbered each for itself or all together | read: both are written |
 * | no family | read, with a note: a boot loader cannot tell whether the file is for it |
 * | payload or address that is no multiple of 4, payload over 476 bytes | refused |
 * | blocks marked "not main flash" | left out, with a note |
 * | blocks marked "file container" | refused, `unsupported`: they hold files for a file system, not flash |
 * | MD5 sums | not checked, with a note: they are about the device's flash, not about the file |
 * | extension tags | walked, to see that they end inside their block; not given |
 * | two blocks for one address | refused, `overlap` |
 *
 * Runs in Deno, Node and browsers.
 *
 * @see microsoft/uf2, README.md, commit 90e9741f217f5a40c98ba74d663e408041037578
 * @module
 */

export { decodeUf2, type DecodeUf2Options, type Uf2File } from "./uf2_reader.ts";
export { encodeUf2, type EncodeUf2Options } from "./uf2_writer.ts";
export { findUf2Family, UF2_FAMILIES, type Uf2Family } from "./uf2_families.ts";
