/**
 * The flash of an emulated STM32F411 as a loader with commands of seven bytes uses it.
 *
 * @module
 */

import type { Bytes } from "../../core/bytes.ts";
import { crc32Stm32 } from "../../core/crc32.ts";
import { FlashError } from "../../emulator/error.ts";
import type { Stm32 } from "../../emulator/stm32.ts";
import { APPLICATION_ADDRESS, APPLICATION_SIZE_BYTES, type ErrorCode } from "../../protocols/cdc7/constants.ts";
import type { Cdc7Device, Cdc7Outcome } from "../../protocols/cdc7/device.ts";

/** Where the stack may end: `Bootloader_CheckApplicationExist`. */
const RAM_START = 0x2000_0000;
const RAM_SIZE_BYTES = 0x2_0000;

/** A chip under the loader. */
export class Cdc7Chip implements Cdc7Device {
  readonly applicationSizeBytes: number = APPLICATION_SIZE_BYTES;
  readonly #chip: Stm32;

  /**
   * Puts the loader on a chip.
   *
   * @param chip An STM32F411.
   */
  constructor(chip: Stm32) {
    this.#chip = chip;
  }

  /**
   * Erases sectors 4 to 7.
   *
   * @returns What came of it.
   * @throws {PowerLossError} When power goes away.
   */
  erase(): Cdc7Outcome {
    const { flash } = this.#chip;
    return this.#operate("flash-erase-failed", () => {
      for (const { index, addressStart } of flash.sectors) {
        if (addressStart >= APPLICATION_ADDRESS) flash.eraseSector(index);
      }
    });
  }

  /**
   * Writes a packet. What emulated flash takes it holds: there is nothing to compare.
   *
   * @param offset Offset in the application.
   * @param packet The packet.
   * @returns What came of it.
   * @throws {PowerLossError} When power goes away.
   */
  write(offset: number, packet: Bytes): Cdc7Outcome {
    if (offset + packet.length > APPLICATION_SIZE_BYTES) return { error: "flash-write-outside", busyMs: 0 };
    const address = APPLICATION_ADDRESS + offset;
    return this.#operate("flash-write-failed", () => this.#chip.flash.program(address, packet));
  }

  /**
   * Gives what the CRC unit makes of the application.
   *
   * @param sizeBytes How much of it.
   * @returns 0 to 0xFFFFFFFF.
   */
  checksum(sizeBytes: number): number {
    return crc32Stm32(this.#chip.read(APPLICATION_ADDRESS, sizeBytes), 0);
  }

  /**
   * Looks at the first word.
   *
   * @returns Whether it is an address in RAM, or the one behind.
   */
  hasApplication(): boolean {
    const word = this.#chip.read(APPLICATION_ADDRESS, 4);
    const stackPointer = new DataView(word.buffer, word.byteOffset).getUint32(0, true);
    return stackPointer >= RAM_START && stackPointer - RAM_START <= RAM_SIZE_BYTES;
  }

  #operate(code: ErrorCode, operation: () => void): Cdc7Outcome {
    let error: ErrorCode | undefined;
    try {
      operation();
    } catch (thrown) {
      if (!(thrown instanceof FlashError)) throw thrown;
      error = code;
    }
    return { error, busyMs: this.#chip.flash.operations.takeBusyMs() };
  }
}
