/**
 * Finding the highest rate that works, for devices that take their rate from the first byte, as AN3155's do.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

/**
 * Rates worth a try, the highest first. Up to 921,600 a boot ROM may follow, depending on part, clock and adapter; 256,000
 * and below it follows each time; 1,200 is the lowest that AN3155 names.
 *
 * Source: AN3155, introduction (1,200 to 115,200, unverified); reports of Betaflight and Cleanflight on an STM32F1.
 */
export const BAUD_RATES: readonly number[] = [
  921_600,
  460_800,
  256_000,
  230_400,
  115_200,
  57_600,
  38_400,
  19_200,
  9600,
];

/** What became of one rate. */
export interface BaudRateTrial {
  /** Bits a second. */
  readonly baudRate: number;
  /** Whether the device answered. */
  readonly isWorking: boolean;
}

/** Options of {@linkcode findBaudRate}. */
export interface FindBaudRateOptions {
  /**
   * Rates to try, in any order.
   *
   * @default {BAUD_RATES}
   */
  readonly baudRates?: readonly number[] | undefined;
  /** Called after each trial. */
  readonly onTrial?: ((trial: BaudRateTrial) => void) | undefined;
}

/**
 * Finds the highest rate that works: rates are tried from the highest down, and the first that works is taken.
 *
 * A device that measures its rate does so once. So the trial itself has to bring it into its loader again, set the rate,
 * and then ask for more than one byte: a rate that is nearly right gets the first answer through and not the tenth.
 *
 * @param probe Tries a rate; tells whether the device answered as it should. What it throws ends the search.
 * @param options Which rates, and who watches.
 * @returns The rate; `undefined` when none works.
 *
 * @example A device that follows up to 256,000
 * ```ts
 * import { findBaudRate } from "@coreslot/coreslot/ports";
 *
 * console.assert(await findBaudRate((rate) => Promise.resolve(rate <= 256_000)) === 256_000);
 * ```
 */
export async function findBaudRate(
  probe: (baudRate: number) => Promise<boolean>,
  options: FindBaudRateOptions = {},
): Promise<number | undefined> {
  const { baudRates = BAUD_RATES, onTrial } = options;
  for (const baudRate of baudRates.toSorted((a, b) => b - a)) {
    const isWorking = await probe(baudRate);
    onTrial?.({ baudRate, isWorking });
    if (isWorking) return baudRate;
  }
  return undefined;
}
