/**
 * The words for each command of a captured conversation.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, formatAddress, formatHex } from "../../core/mod.ts";
import { COMMANDS, ERASE_CODE_FIRST, MASS_ERASE_CODES } from "./constants.ts";
import type { TakenBytes } from "./decode_reader.ts";
import type { Decoder } from "./decoder.ts";
import { decodeWord, formatCommand, xorOf } from "./frames.ts";

/** Pages that are named one by one; of longer lists the first. */
const SHOWN_PAGES = 16;

/** Explains what follows a command that was acknowledged. */
export const COMMAND_DECODERS: ReadonlyMap<number, (decoder: Decoder) => void> = new Map([
  [COMMANDS.get, decodeGet],
  [COMMANDS.getVersion, decodeGetVersion],
  [COMMANDS.getId, decodeGetId],
  [COMMANDS.readMemory, decodeReadMemory],
  [COMMANDS.go, (decoder: Decoder) => void decodeAddress(decoder)],
  [COMMANDS.writeMemory, decodeWriteMemory],
  [COMMANDS.erase, decodeErase],
  [COMMANDS.extendedErase, decodeExtendedErase],
  [COMMANDS.special, decodeSpecial],
  [COMMANDS.extendedSpecial, decodeExtendedSpecial],
  [COMMANDS.writeProtect, (decoder: Decoder) => decodeCounted(decoder, "sectors")],
  [COMMANDS.writeUnprotect, (decoder: Decoder) => void decoder.expectAck("protection")],
  [COMMANDS.readoutProtect, (decoder: Decoder) => void decoder.expectAck("protection")],
  [COMMANDS.readoutUnprotect, (decoder: Decoder) => void decoder.expectAck("protection")],
  [COMMANDS.getChecksum, decodeGetChecksum],
]);

function decodeGet(decoder: Decoder): void {
  const list = takeList(decoder);
  if (list === undefined) return;
  const [version, ...codes] = list.bytes.subarray(1);
  const text = `version ${formatVersion(version!)}, commands ${codes.map(formatCommand).join(", ")}`;
  decoder.add(list, { mark: "<", kind: "reply", text });
  decoder.expectAck("end of list");
}

function decodeGetVersion(decoder: Decoder): void {
  const reply = decoder.takeFrame("<", 3, "version");
  if (reply === undefined) return;
  const text = `version ${formatVersion(reply.bytes[0]!)}, option bytes ${formatHex(reply.bytes.subarray(1), " ")}`;
  decoder.add(reply, { mark: "<", kind: "reply", text });
  decoder.expectAck("end of version");
}

function decodeGetId(decoder: Decoder): void {
  const list = takeList(decoder);
  if (list === undefined) return;
  const id = list.bytes.subarray(1).reduce((value, byte) => value * 256 + byte, 0);
  decoder.add(list, {
    mark: "<",
    kind: "reply",
    text: `product id 0x${id.toString(16).toUpperCase().padStart(3, "0")}`,
  });
  decoder.expectAck("end of id");
}

/** A count less one and that many bytes. */
function takeList(decoder: Decoder): TakenBytes | undefined {
  return decoder.takeSized("<", { headCount: 1, restCount: ([last]) => last! + 1, what: "list" });
}

function decodeReadMemory(decoder: Decoder): void {
  if (!decodeAddress(decoder)) return;
  const frame = decoder.takeFrame(">", 2, "count");
  if (frame === undefined) return;
  const [last, complement] = frame.bytes;
  addOperand(decoder, frame, { text: `${last! + 1} bytes`, isRight: (last! ^ complement!) === 0xff });
  if (!decoder.expectAck("count")) return;
  const data = decoder.takeFrame("<", last! + 1, "data");
  if (data !== undefined) decoder.add(data, { mark: "<", kind: "reply", text: `${data.bytes.length} bytes of memory` });
}

function decodeWriteMemory(decoder: Decoder): void {
  if (decodeAddress(decoder)) decodeCounted(decoder, "data");
}

function decodeErase(decoder: Decoder): void {
  const restCount = ([last]: Bytes) => last === 0xff ? 1 : last! + 2;
  const frame = decoder.takeSized(">", { headCount: 1, restCount, what: "pages" });
  if (frame === undefined) return;
  if (frame.bytes[0] === 0xff) addOperand(decoder, frame, { text: "all of the flash", isRight: frame.bytes[1] === 0 });
  else addOperand(decoder, frame, { text: nameOfPages([...frame.bytes.subarray(1, -1)]), isRight: isSumRight(frame) });
  decoder.expectAck("erase");
}

function decodeExtendedErase(decoder: Decoder): void {
  const restCount = (head: Bytes) => codeOf(head) >= ERASE_CODE_FIRST ? 1 : 2 * codeOf(head) + 3;
  const frame = decoder.takeSized(">", { headCount: 2, restCount, what: "pages" });
  if (frame === undefined) return;
  const last = codeOf(frame.bytes);
  const pages = Array.from(
    { length: (frame.bytes.length - 3) / 2 },
    (_, nth) => codeOf(frame.bytes.subarray(2 * nth + 2)),
  );
  const text = last >= ERASE_CODE_FIRST ? nameOfCode(last) : nameOfPages(pages);
  addOperand(decoder, frame, { text, isRight: isSumRight(frame) });
  decoder.expectAck("erase");
}

function decodeGetChecksum(decoder: Decoder): void {
  if (!decodeAddress(decoder)) return;
  const size = decoder.takeFrame(">", 5, "size");
  if (size === undefined) return;
  addOperand(decoder, size, { text: `${decodeWord(size.bytes)} bytes`, isRight: isSumRight(size) });
  if (!decoder.expectAck("size") || !decoder.expectAck("computation")) return;
  const sum = decoder.takeFrame("<", 5, "checksum");
  if (sum === undefined) return;
  const isRight = isSumRight(sum);
  const value = decodeWord(sum.bytes).toString(16).toUpperCase().padStart(8, "0");
  decoder.add(sum, { mark: "<", kind: "reply", text: `checksum 0x${value}, ${check(isRight)}`, isRight });
}

function decodeSpecial(decoder: Decoder): void {
  if (!decodeCode(decoder) || !decodeSized(decoder, "data")) return;
  if (takeSizedReply(decoder, "data") && takeSizedReply(decoder, "status")) decoder.expectAck("end of status");
}

function decodeExtendedSpecial(decoder: Decoder): void {
  if (!decodeCode(decoder) || !decodeSized(decoder, "request") || !decodeSized(decoder, "payload")) return;
  if (takeSizedReply(decoder, "status")) decoder.expectAck("end of status");
}

function decodeCode(decoder: Decoder): boolean {
  const frame = decoder.takeFrame(">", 3, "code");
  if (frame === undefined) return false;
  addOperand(decoder, frame, { text: `code 0x${formatHex(frame.bytes.subarray(0, 2))}`, isRight: isSumRight(frame) });
  return decoder.expectAck("code");
}

function decodeSized(decoder: Decoder, what: string): boolean {
  const frame = decoder.takeSized(">", { headCount: 2, restCount: (head) => codeOf(head) + 1, what });
  if (frame === undefined) return false;
  addOperand(decoder, frame, { text: `${frame.bytes.length - 3} bytes of ${what}`, isRight: isSumRight(frame) });
  return decoder.expectAck(what);
}

function takeSizedReply(decoder: Decoder, what: string): boolean {
  const frame = decoder.takeSized("<", { headCount: 2, restCount: codeOf, what });
  if (frame === undefined) return false;
  decoder.add(frame, { mark: "<", kind: "reply", text: `${frame.bytes.length - 2} bytes of ${what}` });
  return true;
}

/** Explains an address; tells whether it was acknowledged. */
function decodeAddress(decoder: Decoder): boolean {
  const frame = decoder.takeFrame(">", 5, "address");
  if (frame === undefined) return false;
  addOperand(decoder, frame, {
    text: `address ${formatAddress(decodeWord(frame.bytes))}`,
    isRight: isSumRight(frame),
  });
  return decoder.expectAck("address");
}

/** Explains a count less one, that many bytes and their checksum. */
function decodeCounted(decoder: Decoder, what: "data" | "sectors"): void {
  const frame = decoder.takeSized(">", { headCount: 1, restCount: ([last]) => last! + 2, what });
  if (frame === undefined) return;
  const body = frame.bytes.subarray(1, -1);
  const text = what === "data" ? `${body.length} bytes of data` : nameOfPages([...body], what);
  addOperand(decoder, frame, { text, isRight: isSumRight(frame) });
  decoder.expectAck(what);
}

/** Adds a frame of the host that ends with a checksum or a complement. */
function addOperand(
  decoder: Decoder,
  frame: TakenBytes,
  meaning: { readonly text: string; readonly isRight: boolean },
): void {
  const text = `${meaning.text}, ${check(meaning.isRight)}`;
  decoder.add(frame, { mark: ">", kind: "operand", text, isRight: meaning.isRight });
}

function isSumRight({ bytes }: TakenBytes): boolean {
  return xorOf(bytes) === 0;
}

/** The first two bytes as one number. */
function codeOf(bytes: Uint8Array): number {
  return bytes[0]! << 8 | bytes[1]!;
}

function nameOfPages(pages: readonly number[], what = "pages"): string {
  const shown = pages.slice(0, SHOWN_PAGES).join(", ");
  return `${pages.length} ${what}: ${shown}${pages.length > SHOWN_PAGES ? ", .." : ""}`;
}

function nameOfCode(code: number): string {
  const [scope] = Object.entries(MASS_ERASE_CODES).find(([, value]) => value === code) ?? [];
  return scope === undefined ? "a reserved code" : scope === "all" ? "all of the flash" : scope.replace("-", " ");
}

function formatVersion(version: number): string {
  return `${version >>> 4}.${version & 0xf}`;
}

function check(isRight: boolean): string {
  return isRight ? "checksum ok" : "checksum wrong";
}
