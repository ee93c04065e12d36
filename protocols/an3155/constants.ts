/**
 * The bytes, limits and time-outs of AN3155, the protocol of the STM32 boot ROM on a USART.
 *
 * The application note itself was not at hand. Every fact below was read in public code or in captured traffic, and says
 * where; these are the sources by their short names:
 *
 * - OpenBootloader: STMicroelectronics/stm32-mw-openbl v6.1.3 (b7a3cd2), `Modules/USART/openbl_usart_cmd.c` and
 *   `Core/openbl_core.h`, the vendor's own target in source form;
 * - stm32flash: stm32duino/stm32flash (8bc5ceb), `stm32.c`, and captures of stm32flash 0.7 of Debian;
 * - stm32loader: florisla/stm32loader (b736df5), `src/stm32loader/bootloader.py`.
 *
 * What none of them could confirm is marked `unverified`; what is this project's own choice is marked `ours`.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

/** Sent once after reset: the ROM measures its length to find the baud rate. OpenBootloader, stm32flash. */
export const SYNC = 0x7f;

/** Yes, go on. OpenBootloader, stm32flash. */
export const ACK = 0x79;

/** No; the ROM waits for the next command. OpenBootloader, stm32flash. */
export const NACK = 0x1f;

/**
 * Not yet. Defined for I2C only, but stm32flash skips it on every port, and so does this host. OpenBootloader,
 * stm32flash.
 */
export const BUSY = 0x76;

/**
 * The commands, in the order in which the ROM lists them. Each is sent with its complement behind it. OpenBootloader;
 * all but the special ones in stm32flash too.
 */
export const COMMANDS = {
  /** Version and list of commands. */
  get: 0x00,
  /** Version and, on a USART only, two option bytes. */
  getVersion: 0x01,
  /** Product id. */
  getId: 0x02,
  /** Up to 256 bytes from an address. */
  readMemory: 0x11,
  /** Jump to the vector table at an address. */
  go: 0x21,
  /** Up to 256 bytes to an address. */
  writeMemory: 0x31,
  /** Erase by page numbers of one byte; the older ROMs have this one. */
  erase: 0x43,
  /** Erase by page numbers of two bytes; a ROM has this one or {@linkcode COMMANDS.erase}, never both. */
  extendedErase: 0x44,
  /** A vendor's own command with up to 128 bytes. */
  special: 0x50,
  /** A vendor's own command with up to 1,024 more bytes. */
  extendedSpecial: 0x51,
  /** Protect sectors against writing, then reset. */
  writeProtect: 0x63,
  /** End write protection, then reset. */
  writeUnprotect: 0x73,
  /** Protect against reading, then reset. */
  readoutProtect: 0x82,
  /** End read protection, which erases the flash, then reset. */
  readoutUnprotect: 0x92,
  /** Checksum of a range. Not in OpenBootloader; as stm32flash asks for it. */
  getChecksum: 0xa1,
} as const;

/** The commands' names as the application note writes them, by code. */
export const COMMAND_NAMES: ReadonlyMap<number, string> = new Map([
  [COMMANDS.get, "Get"],
  [COMMANDS.getVersion, "Get Version"],
  [COMMANDS.getId, "Get ID"],
  [COMMANDS.readMemory, "Read Memory"],
  [COMMANDS.go, "Go"],
  [COMMANDS.writeMemory, "Write Memory"],
  [COMMANDS.erase, "Erase"],
  [COMMANDS.extendedErase, "Extended Erase"],
  [COMMANDS.special, "Special"],
  [COMMANDS.extendedSpecial, "Extended Special"],
  [COMMANDS.writeProtect, "Write Protect"],
  [COMMANDS.writeUnprotect, "Write Unprotect"],
  [COMMANDS.readoutProtect, "Readout Protect"],
  [COMMANDS.readoutUnprotect, "Readout Unprotect"],
  [COMMANDS.getChecksum, "Get Checksum"],
]);

/** Bytes that one Read Memory or Write Memory can carry: the count is sent less one, in a byte. All sources. */
export const DATA_SIZE_MAX = 256;

/** Pages in one Erase: the count less one is a byte, and 0xFF means all. OpenBootloader, stm32flash. */
export const ERASE_PAGES_MAX = 255;

/**
 * Pages in one Extended Erase that every target takes: an L152 refuses more (stm32flash), and OpenBootloader forgets all
 * but the last 581.
 */
export const EXTENDED_ERASE_PAGES_MAX = 512;

/** Counts from here up are codes, not counts. OpenBootloader. */
export const ERASE_CODE_FIRST = 0xfff0;

/** The three special codes of Extended Erase. OpenBootloader. */
export const MASS_ERASE_CODES = { "all": 0xffff, "bank-1": 0xfffe, "bank-2": 0xfffd } as const;

/** Bytes that Special takes, and Extended Special in its first part. OpenBootloader. */
export const SPECIAL_SIZE_MAX = 128;

/** Bytes that Extended Special takes in its second part. OpenBootloader. */
export const EXTENDED_SPECIAL_SIZE_MAX = 1024;

/** Polynomial that the polynomial phase of Get Checksum sends: that of the CRC unit after reset. `unverified`. */
export const CHECKSUM_POLYNOMIAL = 0x04c11db7;

/** Initial value that the polynomial phase of Get Checksum sends: that of the CRC unit after reset. `unverified`. */
export const CHECKSUM_INITIAL = 0xffffffff;

/**
 * How long the host waits for an answer that needs no flash operation, from the moment its frame has left. `ours`:
 * stm32flash takes 0.5 s, stm32loader 5 s; a USB adapter's latency timer adds 16 ms each way.
 */
export const ANSWER_WITHIN_MS = 1000;

/**
 * How long the host waits for the answer to one synchronisation byte. `ours`: well above two latency timers and a byte
 * at 1,200 baud (9 ms), as Betaflight's 250 ms between two of them.
 */
export const SYNC_WITHIN_MS = 250;

/** How long the line has to be silent before the host trusts it again. `ours`: three latency timers. */
export const QUIET_MS = 50;

/**
 * How long a frame's bytes may pause before its receiver gives it up. `ours`: shorter than
 * {@linkcode ANSWER_WITHIN_MS}, even twice, so that a target that lost a byte says NACK while the host still waits.
 * OpenBootloader waits for ever.
 */
export const PAUSE_MAX_MS = 400;

/**
 * By how much a flash operation may exceed the datasheet's maximum. `ours`: 25 ms were not enough for the 24.47 ms of an
 * L496 (zephyr #16934), and a G4 took 38 ms for its 24.5 (probe-rs #3229).
 */
export const FLASH_TIME_MARGIN = 2;
