import assert from "node:assert/strict";
import type { LineSettings } from "./settings.ts";
import { decodeDcb, encodeDcb, type LineStates, makeDcb } from "./windows_dcb.ts";

/**
 * Settings and their `DCB`, by hand from `winbase.h`: length, rate and flags as words, 6 bytes, then data bits, parity, stop
 * bits, XON and XOFF, and 5 bytes.
 */
const DCBS: readonly [LineSettings, LineStates, string][] = [
  [
    { baudRate: 115_200, dataBits: 8, parity: "none", stopBits: 1 },
    { dtr: true, rts: true },
    "1c000000 00c20100 11100000 000000000000 08 00 00 11 13 0000000000",
  ],
  [
    { baudRate: 9600, dataBits: 8, parity: "even", stopBits: 2 },
    { dtr: false, rts: true },
    "1c000000 80250000 03100000 000000000000 08 02 02 11 13 0000000000",
  ],
  [
    { baudRate: 1200, dataBits: 7, parity: "odd", stopBits: 1 },
    { dtr: true, rts: false },
    "1c000000 b0040000 13000000 000000000000 07 01 00 11 13 0000000000",
  ],
];

for (const [settings, lines, hex] of DCBS) {
  Deno.test(`encodeDcb() of ${JSON.stringify(settings)} with ${JSON.stringify(lines)}`, () => {
    const dcb = encodeDcb(makeDcb(), settings, lines);
    assert.equal(dcb.toHex(), hex.replaceAll(" ", ""));
    assert.deepEqual(decodeDcb(dcb), settings);
    // Flow control and all else that another program left is off again.
    const left = makeDcb();
    left.fill(0xff, 8, 12);
    assert.deepEqual(encodeDcb(left, settings, lines), dcb);
  });
}
