/**
 * Conversions done by srec_cat and by GNU objcopy, file in, file out.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import type { Bytes } from "../../core/bytes.ts";
import { runPeer, withTempDir } from "../peers.ts";

/** The formats that both programs read and write. */
export type PeerFormat = "hex" | "srec" | "bin";

/** A program that converts. */
export interface Converter {
  /** Its name on PATH. */
  readonly program: string;
  /** Its arguments for one conversion; a binary file is taken and given from `addressStart` on, gaps filled with 0xFF. */
  readonly args: (request: ConversionRequest) => readonly string[];
}

/** One conversion. */
export interface ConversionRequest {
  /** Path of the file to read. */
  readonly source: string;
  /** Its format. */
  readonly from: PeerFormat | "elf";
  /** Path of the file to write. */
  readonly target: string;
  /** Its format. */
  readonly to: PeerFormat;
  /** First address of the image. */
  readonly addressStart: number;
  /** One past its last address. */
  readonly addressEnd: number;
}

const OBJCOPY_NAMES = { hex: "ihex", srec: "srec", bin: "binary", elf: "elf32-littlearm" } as const;
const SREC_CAT_NAMES = { hex: "-Intel", srec: "-Motorola", bin: "-Binary" } as const;

/** The two programs. */
export const CONVERTERS: readonly Converter[] = [
  {
    program: "arm-none-eabi-objcopy",
    args: ({ source, from, target, to, addressStart }) => [
      ...["-I", OBJCOPY_NAMES[from], "-O", OBJCOPY_NAMES[to]],
      ...(to === "bin" ? ["--gap-fill=0xff"] : []),
      ...(from === "bin" ? [`--change-addresses=${addressStart}`] : []),
      ...[source, target],
    ],
  },
  {
    program: "srec_cat",
    args: ({ source, from, target, to, addressStart, addressEnd }) => {
      if (from === "elf") throw new TypeError("srec_cat reads no ELF");
      return [
        ...[source, SREC_CAT_NAMES[from]],
        ...(from === "bin" ? ["-Offset", `${addressStart}`] : []),
        ...(to === "bin" ? ["-Fill", "0xFF", `${addressStart}`, `${addressEnd}`, "-Offset", `-${addressStart}`] : []),
        ...["-Output", target, SREC_CAT_NAMES[to]],
      ];
    },
  },
];

/**
 * Has another program convert a file.
 *
 * @param converter The program.
 * @param bytes The file's content.
 * @param request From what to what, and where the image lies.
 * @returns The content of the file that the program wrote.
 */
export function convertByPeer(
  converter: Converter,
  bytes: Uint8Array,
  request: Omit<ConversionRequest, "source" | "target">,
): Promise<Bytes> {
  return withTempDir(async (folder) => {
    const [source, target] = [join(folder, "source"), join(folder, "target")];
    await Deno.writeFile(source, bytes);
    const { code, stderr } = await runPeer(converter.program, converter.args({ ...request, source, target }));
    assert.equal(code, 0, `${converter.program}: ${stderr}`);
    return await Deno.readFile(target);
  });
}
