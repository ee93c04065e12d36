/**
 * The habits of ST's published YMODEM loaders ("In-application programming", AN3965 for F4, AN4657 and the like): each a
 * switch, so that a sender can be tried against what is in the field.
 *
 * Sources: `ymodem.c`, `flash_if.c` and `ymodem.h` of `IAP_Main` in STM32CubeF1 (STM3210E_EVAL, 441b2cb), STM32CubeF4
 * (STM32446E_EVAL, 83778d5), STM32CubeL4 (STM32L476G-EVAL, f6877af) and STM32CubeH7 (STM32H743I-EVAL, 44bd546).
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

/** What a loader does that its protocol does not ask for. */
export interface StIapProfile {
  /** Name of the loader: `st-iap-f1`. */
  readonly name: string;
  /** Bits of the counter of blocks. With 8, block 256 is the header of another file: flash is erased once more. */
  readonly blockCounterBits: 8 | 32;
  /** Whose size is compared with that of the flash: of the file announced, or of the one before, 0 at first. */
  readonly checkedSize: "announced" | "previous";
  /** How many bytes are programmed at once. */
  readonly writeUnitBytes: number;
  /** How many of these are read back, the first ones. */
  readonly verifiedBytes: number;
  /** Asks for a damaged block with `C`; otherwise with NAK, once the file has begun. */
  readonly asksWithC: boolean;
  /** Answers NAK to a block that it has already, so that one lost ACK ends in a loop; otherwise ACK. */
  readonly refusesRepeatedBlock: boolean;
  /** Says CAN CAN after more than five errors in a row, and goes on all the same. */
  readonly goesOnAfterErrors: boolean;
  /** Says CAN CAN to a file that is too large, and then erases and acknowledges all the same. */
  readonly erasesAfterRefusal: boolean;
  /** Says nothing behind the ACK of EOT until a second has passed; otherwise asks for the next file at once. */
  readonly isSilentAfterEnd: boolean;
  /** Takes EOT before all bytes announced have come for the end; otherwise says CAN CAN. */
  readonly acceptsShortFile: boolean;
  /** Answers ACK when the sender breaks off; otherwise nothing. */
  readonly acknowledgesCancel: boolean;
  /** Writes the last block with all its padding; otherwise up to the size announced, and to the end of the unit. */
  readonly keepsPadding: boolean;
  /** Never writes the last unit of its flash, and acknowledges it. */
  readonly skipsLastUnit: boolean;
  /** Acknowledges data behind the end of its flash; otherwise says CAN CAN. */
  readonly acceptsOverflow: boolean;
  /** Writes the next file of a batch behind the one before; otherwise over it. */
  readonly appendsFiles: boolean;
  /** Takes a name for 64 characters long at most, and looks for the size right behind them. */
  readonly cutsLongNames: boolean;
  /** Takes the letter `A` or `a` in place of a block for the user's wish to stop. */
  readonly stopsAtLetterA: boolean;
}

/** STM32CubeF4: counts blocks right, and compares the right size. */
export const ST_IAP_F4: StIapProfile = {
  name: "st-iap-f4",
  blockCounterBits: 32,
  checkedSize: "announced",
  writeUnitBytes: 4,
  verifiedBytes: 4,
  asksWithC: true,
  refusesRepeatedBlock: true,
  goesOnAfterErrors: true,
  erasesAfterRefusal: true,
  isSilentAfterEnd: true,
  acceptsShortFile: true,
  acknowledgesCancel: true,
  keepsPadding: true,
  skipsLastUnit: true,
  acceptsOverflow: true,
  appendsFiles: true,
  cutsLongNames: true,
  stopsAtLetterA: true,
};

/** STM32CubeF1: a counter of 8 bits. */
export const ST_IAP_F1: StIapProfile = {
  ...ST_IAP_F4,
  name: "st-iap-f1",
  blockCounterBits: 8,
  checkedSize: "previous",
};

/** STM32CubeL4: a counter of 8 bits; double words (how much of one is read back is unverified). */
export const ST_IAP_L4: StIapProfile = { ...ST_IAP_F1, name: "st-iap-l4", writeUnitBytes: 8, verifiedBytes: 8 };

/** STM32CubeH7: flash words of 32 bytes, of which 4 are read back; the check of the size is dead. */
export const ST_IAP_H7: StIapProfile = {
  ...ST_IAP_F4,
  name: "st-iap-h7",
  checkedSize: "previous",
  writeUnitBytes: 32,
};

/** A loader of the same make without any of the defects, to see what each of them does. */
export const ST_IAP_MENDED: StIapProfile = {
  name: "st-iap-mended",
  blockCounterBits: 32,
  checkedSize: "announced",
  writeUnitBytes: 4,
  verifiedBytes: 4,
  asksWithC: false,
  refusesRepeatedBlock: false,
  goesOnAfterErrors: false,
  erasesAfterRefusal: false,
  isSilentAfterEnd: false,
  acceptsShortFile: false,
  acknowledgesCancel: false,
  keepsPadding: false,
  skipsLastUnit: false,
  acceptsOverflow: false,
  appendsFiles: false,
  cutsLongNames: false,
  stopsAtLetterA: false,
};

/** The profiles, by their names. */
export const ST_IAP_PROFILES: ReadonlyMap<string, StIapProfile> = new Map(
  [ST_IAP_F1, ST_IAP_F4, ST_IAP_L4, ST_IAP_H7, ST_IAP_MENDED].map((profile) => [profile.name, profile]),
);
