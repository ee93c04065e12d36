/**
 * An application area of bytes under the seven-byte-command protocol, for tests.
 *
 * @module
 */

import { type Bytes, crc32Stm32 } from "../core/mod.ts";
import type { Cdc7Device, Cdc7Outcome } from "../protocols/cdc7/device.ts";

/** An application area of bytes. */
export class Cdc7ArrayDevice implements Cdc7Device {
  readonly applicationSizeBytes: number;
  readonly flash: Bytes;
  /** Offsets at which a write fails. */
  readonly brokenOffsets: Set<number> = new Set();
  eraseCount = 0;
  eraseMs = 0;
  writeMs = 0;

  constructor(applicationSizeBytes: number) {
    this.applicationSizeBytes = applicationSizeBytes;
    this.flash = new Uint8Array(applicationSizeBytes).fill(0xff);
  }

  erase(): Cdc7Outcome {
    this.flash.fill(0xff);
    this.eraseCount++;
    return { busyMs: this.eraseMs };
  }

  write(offset: number, packet: Bytes): Cdc7Outcome {
    if (offset + packet.length > this.flash.length) return { error: "flash-write-outside", busyMs: 0 };
    if (this.brokenOffsets.has(offset)) return { error: "flash-write-corrupt", busyMs: this.writeMs };
    this.flash.set(packet, offset);
    return { busyMs: this.writeMs };
  }

  checksum(sizeBytes: number): number {
    return crc32Stm32(this.flash.subarray(0, sizeBytes), 0);
  }

  hasApplication(): boolean {
    const stackPointer = new DataView(this.flash.buffer).getUint32(0, true);
    return stackPointer >= 0x2000_0000 && stackPointer - 0x2000_0000 <= 0x2_0000;
  }
}
