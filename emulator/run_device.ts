/**
 * A device's life on a wire: what starts at a reset talks until it resets, jumps, or loses power; then the next one does.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { ByteLink, Procedure } from "../protocols/link/mod.ts";
import type { BootReport } from "./boot.ts";
import { PowerLossError } from "./error.ts";
import type { Stm32 } from "./stm32.ts";

/** Time from a reset until software looks at the wire: ours, a few milliseconds on silicon. */
const START_UP_MS_DEFAULT = 2;

/** Time for which the power is off after a cut: ours, long enough for a host's answer to be missed. */
const POWER_OFF_MS_DEFAULT = 100;

/** How what runs on a chip ends: with a reset, or a jump to a vector table. */
export type FirmwareExit = { readonly kind: "reset" } | { readonly kind: "go"; readonly address: number };

/**
 * What a chip runs.
 *
 * Called after each start with what started; makes the procedure that talks, or gives `undefined` for software that does
 * not: an application, a chip in a fault. In the procedure, sleeping means a busy CPU; it must let a `PowerLossError` pass.
 */
export type Firmware = (link: ByteLink, boot: BootReport) => Procedure<FirmwareExit> | undefined;

/** Options of {@linkcode runDevice}. */
export interface RunDeviceOptions {
  /** What the chip runs. */
  readonly firmware: Firmware;
  /**
   * Time from a reset until software looks at the wire, in milliseconds.
   *
   * @default {2}
   */
  readonly startUpMs?: number | undefined;
  /**
   * Time for which the power is off after a cut, in milliseconds; `Infinity` for ever.
   *
   * @default {100}
   */
  readonly powerOffMs?: number | undefined;
}

/**
 * Runs a chip for ever, from what has started last.
 *
 * It can be run in virtual time by `simulate()`, or in real time by a `PortSession`: then give the chip a `timeScale`.
 *
 * @param link The chip's end of the wire.
 * @param chip The chip.
 * @param options What it runs.
 * @returns Never.
 *
 * @example A chip with an echo for firmware, by hand
 * ```ts
 * import { findPart } from "@coreslot/coreslot/core";
 * import { runDevice, Stm32 } from "@coreslot/coreslot/emulator";
 * import { Engine } from "@coreslot/coreslot/link";
 *
 * const chip = new Stm32(findPart("stm32f103"), { isBoot0High: true });
 * const engine = new Engine((link) =>
 *   runDevice(link, chip, {
 *     firmware: function* (link) {
 *       link.send(yield* link.read(1, "byte", Infinity));
 *       return { kind: "reset" };
 *     },
 *   })
 * );
 * engine.receive(Uint8Array.of(0x7f), 1);
 * console.assert(engine.takeOutput()[0]?.[0] === 0x7f);
 * console.assert(chip.boot.cause === "software-reset");
 * ```
 */
export function* runDevice(link: ByteLink, chip: Stm32, options: RunDeviceOptions): Procedure<never> {
  const { firmware, startUpMs = START_UP_MS_DEFAULT, powerOffMs = POWER_OFF_MS_DEFAULT } = options;
  let boot = chip.boot;
  while (true) {
    try {
      const procedure = firmware(link, boot);
      const exit = procedure === undefined ? yield* hearNothing(link, Infinity) : yield* procedure;
      if (exit?.kind === "go") {
        boot = chip.go(exit.address);
        continue;
      }
      boot = chip.reset("software-reset");
    } catch (error) {
      if (!(error instanceof PowerLossError)) throw error;
      yield* hearNothing(link, powerOffMs);
      boot = chip.powerCycle();
    }
    yield* hearNothing(link, startUpMs);
  }
}

/** Loses whatever comes: nobody is there to read it. What the receiver has kept is lost at the end. */
function* hearNothing(link: ByteLink, durationMs: number): Procedure<undefined> {
  yield* link.sleep(durationMs);
  do yield { kind: "input", deadlineMs: link.nowMs, expected: "nothing" }; while (link.discardInput() > 0);
}
