/**
 * A protocol of three commands for the tests of the simulation, so that they do not depend on a real one:
 *
 * `E index`, `W address[4] size data[size]` and `R address[4] size`, each closed by the XOR of its bytes, answered with
 * ACK, or NACK; ACK of `R` is followed by the bytes and their XOR.
 *
 * @module
 */

import { type Bytes, concatBytes, equalBytes, findPart } from "../core/mod.ts";
import { type ByteLink, LinkTimeoutError, type Procedure, retry, UnexpectedBytesError } from "../protocols/link/mod.ts";
import { BootRomChip } from "../emulator/boot_rom_chip.ts";
import type { Firmware } from "../emulator/run_device.ts";
import { simulate, type SimulateOptions } from "../emulator/simulation.ts";
import type { SimulationResult } from "../emulator/simulation_options.ts";
import { Stm32 } from "../emulator/stm32.ts";
import type { WireOptions } from "../emulator/wire.ts";

const ACK = 0x79;
const NACK = 0x1f;
const ERASE = 0x45;
const WRITE = 0x57;
const READ = 0x52;

/** A wire as people have it. */
export const SERIAL: WireOptions = { baudRate: 115_200 };

/** How long the target waits for the rest of a frame. */
const FRAME_WITHIN_MS = 100;

/** Options of {@linkcode tinyHost}. */
export interface TinyHostOptions {
  /** Bytes of a block. */
  readonly blockBytes?: number;
  /** A naive host takes the word of an ACK, and tries nothing twice. */
  readonly isNaive?: boolean;
}

/** What a chip runs. */
export function tinyFirmware(chip: Stm32): Firmware {
  const rom = new BootRomChip(chip);
  return function* (link) {
    while (true) {
      const command = yield* link.readByte("command", Infinity);
      try {
        const isGood = !rom.refusesCommand() && (yield* runCommand(link, rom, command));
        if (!isGood) link.send(Uint8Array.of(NACK), "NACK");
      } catch (error) {
        if (!(error instanceof LinkTimeoutError)) throw error;
        link.discardInput();
        link.send(Uint8Array.of(NACK), "NACK");
      }
    }
  };
}

function* runCommand(link: ByteLink, rom: BootRomChip, command: number): Procedure<boolean> {
  if (command === ERASE) {
    const [index, check] = yield* link.read(2, "index", FRAME_WITHIN_MS);
    if ((ERASE ^ index! ^ check!) !== 0 || (yield* rom.eraseSector(link, index!)) !== "done") return false;
    link.send(Uint8Array.of(ACK), "ACK");
    return true;
  }
  if (command !== WRITE && command !== READ) return false;
  const head = yield* link.read(5, "address and size", FRAME_WITHIN_MS);
  const address = new DataView(head.buffer, head.byteOffset).getUint32(0);
  const body = yield* link.read(command === WRITE ? head[4]! + 1 : 1, "data", FRAME_WITHIN_MS);
  if ((command ^ xorOf(head) ^ xorOf(body)) !== 0) return false;
  if (command === WRITE) {
    if ((yield* rom.write(link, address, body.subarray(0, -1))) !== "done") return false;
    link.send(Uint8Array.of(ACK), "ACK");
    return true;
  }
  const outcome = rom.read(address, head[4]!);
  if (outcome.kind === "ecc-error") return false;
  link.send(concatBytes([Uint8Array.of(ACK), outcome.bytes, Uint8Array.of(xorOf(outcome.bytes))]), "data");
  return true;
}

/** Erases sector 0 and writes an image to its start; true when it says that flash holds the image. */
export function* tinyHost(link: ByteLink, image: Bytes, options: TinyHostOptions = {}): Procedure<boolean> {
  const { isNaive = false } = options;
  if (isNaive) {
    yield* writeAll(link, image, options);
    return true;
  }
  return yield* retry(function* () {
    yield* writeAll(link, image, options);
    if (!equalBytes(yield* readAll(link, image.length, options), image)) throw new UnexpectedBytesError("image", image);
    return true;
  }, { attemptCount: 5, recover: () => waitForSilence(link) });
}

function* waitForSilence(link: ByteLink): Procedure<void> {
  // Longer than the target waits for the rest of a frame.
  yield* link.skipUntilQuiet(2 * FRAME_WITHIN_MS, 60_000);
}

function* writeAll(link: ByteLink, image: Bytes, { blockBytes = 64 }: TinyHostOptions): Procedure<void> {
  yield* exchange(link, Uint8Array.of(ERASE, 0), 10_000);
  for (let at = 0; at < image.length; at += blockBytes) {
    const data = image.subarray(at, at + blockBytes);
    yield* exchange(link, concatBytes([headOf(WRITE, at, data.length), data]), 1000);
  }
}

function* readAll(link: ByteLink, sizeBytes: number, { blockBytes = 64 }: TinyHostOptions): Procedure<Bytes> {
  const blocks: Bytes[] = [];
  for (let at = 0; at < sizeBytes; at += blockBytes) {
    const size = Math.min(blockBytes, sizeBytes - at);
    yield* exchange(link, headOf(READ, at, size), 1000);
    const data = yield* link.read(size + 1, "data", 1000);
    if (xorOf(data) !== 0) throw new UnexpectedBytesError("checksum", data.subarray(-1));
    blocks.push(data.subarray(0, size));
  }
  return concatBytes(blocks);
}

function* exchange(link: ByteLink, frame: Uint8Array, withinMs: number): Procedure<void> {
  if (link.discardInput() > 0) throw new UnexpectedBytesError("silence", frame);
  link.send(concatBytes([frame, Uint8Array.of(xorOf(frame))]));
  yield* link.flush();
  const answer = yield* link.readByte("ACK", withinMs);
  if (answer !== ACK) throw new UnexpectedBytesError("ACK", Uint8Array.of(answer));
}

function headOf(command: number, at: number, sizeBytes: number): Bytes {
  const head = new Uint8Array(6);
  new DataView(head.buffer).setUint32(1, 0x0800_0000 + at);
  head[0] = command;
  head[5] = sizeBytes;
  return head;
}

function xorOf(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum ^ byte, 0);
}

/** Options of {@linkcode flashImage}. */
export type RunOptions = Partial<Omit<SimulateOptions<unknown>, "host">> & TinyHostOptions & { readonly part?: string };

/** An image without blank bytes in a row. */
export function imageOf(sizeBytes: number): Bytes {
  return Uint8Array.from({ length: sizeBytes }, (_, at) => (at * 7 + 1) & 0xff);
}

/** Writes an image with the tiny protocol, to a chip of its own. */
export function flashImage(image: Bytes, options: RunOptions = {}): { chip: Stm32; result: SimulationResult<boolean> } {
  const chip = new Stm32(findPart(options.part ?? "stm32f103"), { isBoot0High: true });
  const result = simulate({
    host: (link) => tinyHost(link, image, options),
    chip,
    firmware: tinyFirmware(chip),
    maxMs: 600_000,
    ...options,
  });
  return { chip, result };
}

/** Firmware that sends back what it gets. */
export function* echo(link: ByteLink): Procedure<never> {
  while (true) link.send(yield* link.read(1, "byte", Infinity));
}
