import assert from "node:assert/strict";
import type { LineSettings } from "./settings.ts";
import { decodeTermios2, encodeTermios2, TERMIOS2_SIZE_BYTES } from "./termios2.ts";

const HUPCL = 0x400;

/** A structure of which every bit is set: nothing may be left over. */
const ALL_SET = new Uint8Array(TERMIOS2_SIZE_BYTES).fill(0xff);

/** Settings, and the flags that asm-generic/termbits.h has for them: input, control. */
const CASES: readonly [LineSettings, iflag: number, cflag: number][] = [
  [{ baudRate: 115_200, dataBits: 8, parity: "none", stopBits: 1 }, 0x05, 0x1000 | 0x880 | 0x30],
  [{ baudRate: 921_600, dataBits: 8, parity: "even", stopBits: 1 }, 0x15, 0x1000 | 0x880 | 0x30 | 0x100],
  [{ baudRate: 1200, dataBits: 7, parity: "odd", stopBits: 2 }, 0x15, 0x1000 | 0x880 | 0x20 | 0x300 | 0x40],
];

for (const [settings, iflag, cflag] of CASES) {
  Deno.test(`encodeTermios2() of ${JSON.stringify(settings)}`, () => {
    const bytes = encodeTermios2(ALL_SET, settings);
    const view = new DataView(bytes.buffer);
    assert.equal(view.getUint32(0, true), iflag);
    assert.equal(view.getUint32(4, true), 0);
    assert.equal(view.getUint32(8, true), (cflag | HUPCL) >>> 0);
    assert.equal(view.getUint32(12, true), 0);
    assert.equal(bytes[17 + 6], 1);
    assert.equal(bytes[17 + 5], 0);
    assert.equal(view.getUint32(36, true), settings.baudRate);
    assert.deepEqual(decodeTermios2(bytes), settings);
    assert.equal(ALL_SET[0], 0xff);
  });
}
