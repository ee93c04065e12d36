import assert from "node:assert/strict";
import type { LineSettings } from "./settings.ts";
import { decodeFraming, encodeFraming, MACOS } from "./termios.ts";

/** Frames, and what `sys/termios.h` of macOS has for them: CS7 0x200, CS8 0x300, CSTOPB 0x400, PARENB 0x1000, PARODD 0x2000. */
const FRAMES: readonly [Omit<LineSettings, "baudRate">, number][] = [
  [{ dataBits: 8, parity: "none", stopBits: 1 }, 0x0300],
  [{ dataBits: 8, parity: "even", stopBits: 1 }, 0x1300],
  [{ dataBits: 8, parity: "odd", stopBits: 2 }, 0x3700],
  [{ dataBits: 7, parity: "even", stopBits: 1 }, 0x1200],
];

for (const [framing, bits] of FRAMES) {
  Deno.test(`encodeFraming() for macOS: ${JSON.stringify(framing)}, whatever was set before, and nothing else changes`, () => {
    for (const before of [0, 0x3f00]) {
      const bytes = new Uint8Array(72).fill(0xa5);
      // CREAD and CLOCAL, 0x8800, stay.
      new DataView(bytes.buffer).setBigUint64(16, BigInt(0x8800 | before), true);
      const changed = encodeFraming(bytes, framing, MACOS);
      assert.equal(new DataView(changed.buffer).getBigUint64(16, true), BigInt(0x8800 | bits));
      assert.deepEqual(decodeFraming(changed, MACOS), framing);
      changed.set(bytes.subarray(16, 24), 16);
      assert.deepEqual(changed, bytes);
    }
  });
}
