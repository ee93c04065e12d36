/**
 * The search for the highest rate, against an emulated boot ROM in virtual time.
 */

import assert from "node:assert/strict";
import { findPart } from "../core/mod.ts";
import { BootRomChip, simulate, Stm32 } from "../emulator/mod.ts";
import { findBaudRate } from "../ports/mod.ts";
import { connect, profileFor, runBootRom } from "../protocols/an3155/mod.ts";

/**
 * An emulated boot ROM, in virtual time: up to its highest rate the wire is clean, up to twice that some bits are read
 * wrong, above that nearly every second one is.
 */
function askBootRom(
  baudRate: number,
  highestBaudRate: number,
): { readonly isWorking: boolean; readonly hostMs: number } {
  const part = findPart("stm32f407");
  const chip = new Stm32(part, { isBoot0High: true });
  const bitErrorRate = baudRate <= highestBaudRate ? 0 : baudRate <= 2 * highestBaudRate ? 0.05 : 0.5;
  const { outcome, hostMs } = simulate({
    host: (link) => connect(link),
    chip,
    wire: { baudRate, bitErrorRate },
    firmware: (link) => runBootRom(link, { device: new BootRomChip(chip), profile: profileFor(part) }),
    seed: 6,
  });
  return { isWorking: outcome.kind === "done", hostMs };
}

Deno.test("findBaudRate() finds the highest rate of an emulated boot ROM, and no trial takes long", async () => {
  for (const highest of [921_600, 256_000, 115_200, 9600]) {
    const found = await findBaudRate((rate) => {
      const { isWorking, hostMs } = askBootRom(rate, highest);
      assert(hostMs < 20_000, `${rate} baud: ${hostMs} ms`);
      return Promise.resolve(isWorking);
    });
    assert.equal(found, highest);
  }
});
