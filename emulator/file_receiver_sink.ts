/**
 * Writes a file into flash as it comes: range first, then sector by sector, and reads back what it wrote.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes, formatAddress, roundUp } from "../core/mod.ts";
import { type ByteLink, type Procedure, ReadBackError } from "../protocols/link/mod.ts";
import { type BlockSink, TransferError } from "../protocols/xmodem/mod.ts";
import { FlashError } from "./error.ts";
import type { FlashArea } from "./file_receiver_area.ts";
import type { PowerWatch } from "./file_receiver_power.ts";
import type { Stm32 } from "./stm32.ts";

/** What a {@linkcode FlashSink} writes to. */
export interface FlashSinkOptions {
  /** The chip. */
  readonly chip: Stm32;
  /** Where the file goes. */
  readonly area: FlashArea;
  /** Sees a power loss before the receiver does. */
  readonly power: PowerWatch;
}

/**
 * Takes one file into flash. Whatever goes wrong is thrown, and so breaks the transfer off.
 *
 * A sector is erased when the first of its bytes has come, so no more is erased than the file needs, and each silence is
 * that of one sector. A file that does not fit, or would touch a protected sector, is refused before anything is erased,
 * where its size is known.
 */
export class FlashSink implements BlockSink {
  readonly #chip: Stm32;
  readonly #area: FlashArea;
  readonly #power: PowerWatch;
  #address: number;
  #erasedEnd: number;
  #sizeBytes = 0;

  /**
   * Begins at the start of the area, with nothing erased.
   *
   * @param options Chip and area.
   */
  constructor({ chip, area, power }: FlashSinkOptions) {
    this.#chip = chip;
    this.#area = area;
    this.#power = power;
    this.#address = this.#erasedEnd = area.addressStart;
  }

  /** Bytes of the file that are in flash, and were read back. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /**
   * Checks that a file can be written, before anything is erased.
   *
   * @param sizeBytes Its size.
   * @throws {TransferError} With code `too-large`.
   * @throws {FlashError} With code `protected`.
   */
  assertFits(sizeBytes: number): void {
    const { addressStart, addressEnd } = this.#area;
    if (addressStart + sizeBytes > addressEnd) {
      throw new TransferError(
        "too-large",
        `Cannot receive the file: ${sizeBytes} bytes do not fit from ${formatAddress(addressStart)} to ` +
          formatAddress(addressEnd),
      );
    }
    const refusing = this.#chip.flash.map.findProtected(addressStart, sizeBytes);
    if (refusing >= 0) throw new FlashError("protected", "erase", refusing);
  }

  /**
   * Erases where needed, programs a block, and reads it back.
   *
   * @param link The device's end of the wire: it sleeps while flash is busy.
   * @param data The block.
   * @throws {TransferError} With code `too-large`, when the area is full.
   * @throws {FlashError} When flash refuses it.
   * @throws {ReadBackError} When flash does not hold it.
   */
  *write(link: ByteLink, data: Bytes): Procedure<void> {
    const { flash } = this.#chip;
    this.assertFits(this.#address - this.#area.addressStart + data.length);
    const units = this.#pad(data);
    while (this.#erasedEnd < this.#address + units.length) yield* this.#eraseNext(link);
    yield* this.#power.guard(() => flash.program(this.#address, units));
    yield* this.#sleepWhileBusy(link);
    const stored = yield* this.#power.guard(() => flash.read(this.#address, units.length));
    const wrongAt = units.findIndex((byte, index) => byte !== stored[index]);
    if (wrongAt >= 0) {
      throw new ReadBackError(this.#address + wrongAt, { expected: units[wrongAt]!, got: stored[wrongAt]! });
    }
    this.#address += units.length;
    this.#sizeBytes += data.length;
  }

  *#eraseNext(link: ByteLink): Procedure<void> {
    const { flash } = this.#chip;
    const sector = flash.sectors[flash.map.sectorIndexAt(this.#erasedEnd)]!;
    yield* this.#power.guard(() => flash.eraseSector(sector.index));
    yield* this.#sleepWhileBusy(link);
    this.#erasedEnd = sector.addressStart + sector.sizeBytes;
  }

  *#sleepWhileBusy(link: ByteLink): Procedure<void> {
    yield* link.sleep(this.#chip.flash.operations.takeBusyMs());
  }

  /** The last block of a file is cut to its size; what completes its unit stays as erased. */
  #pad(data: Bytes): Bytes {
    const { sizeBytes, erasedByte } = this.#chip.part.flash.programUnit;
    const missingBytes = roundUp(data.length, sizeBytes) - data.length;
    return missingBytes === 0 ? data : concatBytes([data, new Uint8Array(missingBytes).fill(erasedByte)]);
  }
}
