import assert from "node:assert/strict";
import { changeLines, type SignalChange } from "./linux_terminal.ts";

/** State before, what is set, and state after: bits 1 and 2 are DTR and RTS in `asm-generic/termios.h` of Linux 6.1. */
const CHANGES: readonly (readonly [before: number, signals: SignalChange, after: number])[] = [
  [0x000, { dtr: true }, 0x002],
  [0x000, { rts: true }, 0x004],
  [0x126, { dtr: false }, 0x124],
  [0x126, { rts: false }, 0x122],
  [0x122, { dtr: false, rts: true }, 0x124],
  [0x126, {}, 0x126],
];

for (const [before, signals, after] of CHANGES) {
  Deno.test(`changeLines() of 0x${before.toString(16)} by ${JSON.stringify(signals)}`, () => {
    assert.equal(changeLines(before, signals), after);
  });
}
