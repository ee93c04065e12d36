/**
 * What a captured batch says, in words.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";
import type { TraceLine } from "../link/mod.ts";
import { type DecodedFrame, type DecodeTraceOptions, findSender, TransferDecoder } from "../xmodem/decode.ts";
import { TransferError } from "../xmodem/error.ts";
import { decodeFileHeader } from "./file_header.ts";

/**
 * Explains a captured YMODEM batch. Any bytes whatever give a result; `formatDecodedFrame` of XMODEM formats it.
 *
 * @param lines The trace, as `parseTrace` gives it.
 * @param options Who sends the files.
 * @returns The frames, in order.
 *
 * @example A request
 * ```ts
 * import { parseTrace } from "@coreslot/coreslot/link";
 * import { decodeTrace } from "@coreslot/coreslot/ymodem";
 *
 * const [frame] = decodeTrace(parseTrace("0 < 43\n"), { sender: ">" });
 * console.assert(frame?.text === "begin, with CRC-16");
 * ```
 */
export function decodeTrace(lines: readonly TraceLine[], options: DecodeTraceOptions = {}): DecodedFrame[] {
  return new TransferDecoder(options.sender ?? findSender(lines), describeHeader).decode(lines);
}

function describeHeader(data: Bytes): string {
  try {
    const header = decodeFileHeader(data);
    if (header === undefined) return "no more files";
    const { name, sizeBytes, modifiedAtS, mode } = header;
    const size = sizeBytes === undefined ? "unknown size" : `${sizeBytes} bytes`;
    const time = modifiedAtS === undefined ? "" : `, changed ${modifiedAtS} s after 1970`;
    return `${JSON.stringify(name)}, ${size}${time}${mode === undefined ? "" : `, mode ${mode.toString(8)}`}`;
  } catch (error) {
    if (error instanceof TransferError) return error.message;
    throw error;
  }
}
