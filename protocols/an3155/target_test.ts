import assert from "node:assert/strict";
import { type Bytes, concatBytes, parseHex } from "../../core/mod.ts";
import { findPart } from "../../core/parts/mod.ts";
import { ArrayDevice } from "../../tests/array_device.ts";
import { Engine } from "../link/mod.ts";
import { ACK, COMMANDS } from "./constants.ts";
import { encodeCommand, xorOf } from "./frames.ts";
import { type BootRomProfile, OPEN_BOOTLOADER, ROM_EXTENDED_ERASE } from "./profiles.ts";
import { runBootRom } from "./target.ts";

const g071 = findPart("stm32g071xb");

/** Gives a ROM whole frames, without a wire, and what it answers to the last of them. */
function feed(profile: BootRomProfile, frames: readonly Bytes[]) {
  const device = new ArrayDevice(g071);
  const engine = new Engine((link) => runBootRom(link, { device, profile }));
  let answer: Bytes = new Uint8Array();
  for (const frame of [parseHex("7f"), ...frames]) {
    engine.receive(frame, 0);
    answer = concatBytes(engine.takeOutput());
  }
  return { device, engine, answer };
}

/** An Extended Erase of more pages than the host's own encoder lets pass. */
function encodePages(pages: readonly number[]): Bytes {
  const numbers = [pages.length - 1, ...pages].flatMap((number) => [number >>> 8, number & 0xff]);
  return Uint8Array.of(...numbers, xorOf(Uint8Array.from(numbers)));
}

Deno.test("Extended Erase of 600 pages: OpenBootloader keeps the last 581, a ROM all", () => {
  const pages = Array.from({ length: 600 }, (_, index) => index < 19 ? 1 : 2);
  const frames = [encodeCommand(COMMANDS.extendedErase), encodePages(pages)];
  const erased = feed(OPEN_BOOTLOADER, frames);
  assert.deepEqual(erased.answer, Uint8Array.of(ACK));
  assert.deepEqual([erased.device.erasedSectors.length, erased.device.erasedSectors.includes(1)], [581, false]);
  assert.equal(feed(ROM_EXTENDED_ERASE, frames).device.erasedSectors.length, 600);
});

Deno.test("Readout Unprotect: OpenBootloader erases when its second ACK has left the wire, a ROM before it says it", () => {
  const { device, engine, answer } = feed(OPEN_BOOTLOADER, [encodeCommand(COMMANDS.readoutUnprotect)]);
  assert.deepEqual(answer, Uint8Array.of(ACK, ACK));
  assert.deepEqual([device.changes, device.erasedSectors], [[], []]);
  engine.flushed(1);
  assert.deepEqual([device.changes.length, device.erasedSectors.length], [1, 64]);
  const rom = feed(ROM_EXTENDED_ERASE, [encodeCommand(COMMANDS.readoutUnprotect)]);
  assert.deepEqual([rom.device.changes.length, rom.device.erasedSectors.length], [1, 64]);
});
