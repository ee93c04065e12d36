/**
 * An emulated chip under one of ST's YMODEM loaders, defects included: to rehearse an update against what is in the field.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes, roundUp } from "../core/mod.ts";
import type { ByteLink, Procedure } from "../protocols/link/mod.ts";
import { runStIap, type StIapDevice, type StIapProfile, type StIapReport } from "../protocols/ymodem/mod.ts";
import { FlashError } from "./error.ts";
import { waitForSilence } from "./file_receiver.ts";
import { type FlashArea, flashAreaOf, sectorsOfArea } from "./file_receiver_area.ts";
import type { FirmwareExit } from "./run_device.ts";
import type { Stm32 } from "./stm32.ts";

/** Options of {@linkcode runStIapReceiver}. */
export interface StIapReceiverOptions {
  /** Which loader: one of `ST_IAP_PROFILES`, or one with other habits. */
  readonly profile: StIapProfile;
  /** Absolute address of the application, where a sector starts. */
  readonly addressStart: number;
  /**
   * Absolute address behind the application's area. All of the area is erased for each file.
   *
   * @default {where flash ends, or a hole between banks begins}
   */
  readonly addressEnd?: number | undefined;
  /**
   * What follows a file: waiting for the next one, or a jump to the application. The loader offers both in its menu.
   *
   * @default {"wait"}
   */
  readonly afterFile?: "wait" | "go" | undefined;
  /** Called when a download has ended, with what the loader thinks of it, which may be wrong. */
  readonly onTransfer?: ((report: StIapReport) => void) | undefined;
}

/**
 * Runs the loader's download again and again.
 *
 * @param link The device's end of the wire.
 * @param chip The chip.
 * @param options Loader, address, and what follows.
 * @returns The jump, after a file, where the options ask for it.
 * @throws {RangeError} When no sector starts at the address, or there is no flash for all of the area.
 * @throws {PowerLossError} When power goes away in a flash operation.
 * @throws {LinkClosedError} When the port goes away.
 *
 * @example Block 256 is taken for another file: success is reported, and flash is erased
 * ```ts
 * import { findPart } from "@coreslot/coreslot/core";
 * import { runStIapReceiver, simulate, Stm32 } from "@coreslot/coreslot/emulator";
 * import { sendYmodem, ST_IAP_F1 } from "@coreslot/coreslot/ymodem";
 *
 * const chip = new Stm32(findPart("stm32f103xe"));
 * const data = new Uint8Array(40_000).fill(7);
 * const { outcome } = simulate({
 *   host: (link) => sendYmodem(link, [{ name: "app.bin", data }], { blockSizeBytes: 128 }),
 *   chip,
 *   firmware: (link) => runStIapReceiver(link, chip, { profile: ST_IAP_F1, addressStart: 0x0800_4000 }),
 *   wire: { baudRate: 115_200, frame: "8N1" },
 * });
 * console.assert(outcome.kind === "failed");
 * console.assert(chip.read(0x0800_4000, 1)[0] === 0xff);
 * ```
 */
export function* runStIapReceiver(
  link: ByteLink,
  chip: Stm32,
  options: StIapReceiverOptions,
): Procedure<FirmwareExit> {
  const { profile, addressStart, addressEnd, afterFile, onTransfer } = options;
  const device = new StIapChip(chip, flashAreaOf(chip, addressStart, addressEnd));
  while (true) {
    const report = yield* runStIap(link, device, profile);
    onTransfer?.(report);
    if (report.kind !== "complete") yield* waitForSilence(link);
    else if (afterFile === "go") return { kind: "go", address: addressStart };
  }
}

/** The loader's `flash_if.c`, as far as it can be told from outside. */
class StIapChip implements StIapDevice {
  readonly addressStart: number;
  readonly sizeBytes: number;
  readonly #chip: Stm32;
  readonly #area: FlashArea;

  constructor(chip: Stm32, area: FlashArea) {
    this.#chip = chip;
    this.#area = area;
    this.addressStart = area.addressStart;
    this.sizeBytes = area.addressEnd - area.addressStart;
  }

  /** It does not look at what came of it. */
  *erase(link: ByteLink): Procedure<void> {
    for (const { index } of sectorsOfArea(this.#chip, this.#area)) {
      const { busyMs } = this.#operate(() => this.#chip.flash.eraseSector(index));
      yield* link.sleep(busyMs);
    }
  }

  *write(link: ByteLink, address: number, data: Bytes): Procedure<boolean> {
    const { sizeBytes, erasedByte } = this.#chip.part.flash.programUnit;
    const padding = new Uint8Array(roundUp(data.length, sizeBytes) - data.length).fill(erasedByte);
    const { isDone, busyMs } = this.#operate(() => this.#chip.flash.program(address, concatBytes([data, padding])));
    yield* link.sleep(busyMs);
    return isDone;
  }

  /** A broken ECC reads as nothing that was written. */
  read(address: number, sizeBytes: number): Bytes {
    try {
      return this.#chip.flash.read(address, sizeBytes);
    } catch (error) {
      if (!(error instanceof FlashError)) throw error;
      return new Uint8Array(sizeBytes).fill(this.#chip.part.flash.programUnit.erasedByte);
    }
  }

  /** Does something to flash, and tells whether flash did it and how long that takes. */
  #operate(operation: () => void): { readonly isDone: boolean; readonly busyMs: number } {
    let isDone = true;
    try {
      operation();
    } catch (error) {
      if (!(error instanceof FlashError)) throw error;
      isDone = false;
    }
    return { isDone, busyMs: this.#chip.flash.operations.takeBusyMs() };
  }
}
