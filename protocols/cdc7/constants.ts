/**
 * The bytes and times of the protocol with commands of seven bytes: a boot loader for the STM32F411 "Black Pill" over USB CDC
 * that people have copied into their devices.
 *
 * Every fact was read in Karim-Bouanane/Custom-Bootloader-for-STM32-Black-Pill-using-USB-CDC@5c640cb: the target in
 * `Bootloader/Core/Src/bootloader.c`, `flash.h` and `usbd_cdc_if.c`, the host in `python/serial_api.py`. What is this
 * project's own choice is marked `ours`.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

/** Bytes of a command: an identifier and six bytes, most of them zero. */
export const COMMAND_BYTES = 7;

/** Bytes of a reply. */
export const REPLY_BYTES = 3;

/** Bytes of a packet: nothing but data, without number, length or check. */
export const PACKET_BYTES = 64;

/** Packets in a download: their number has 16 bits. */
export const PACKET_COUNT_MAX = 0xffff;

/** Commands. 0x20, `CMD_ID_PACKET`, is defined and not used by either end. */
export const COMMANDS = {
  /** Starts the application, if its stack pointer is one. */
  execute: 0x60,
  /** Erases sectors 4 to 7. */
  erase: 0x70,
  /** Erases, takes packets, compares their checksum, starts the application. */
  download: 0x80,
} as const;

/** Name of a command. */
export type CommandName = keyof typeof COMMANDS;

/** Names of the commands, by their number. */
export const COMMAND_NAMES: ReadonlyMap<number, CommandName> = new Map(
  (Object.keys(COMMANDS) as CommandName[]).map((name) => [COMMANDS[name], name]),
);

/** First byte of a reply. */
export const REPLIES = {
  /** A command was understood; its identifier and a zero follow. */
  ack: 0x10,
  /** A packet was received; its number follows, low byte first. */
  packetAck: 0x30,
  /** A packet was not received in time; its number follows. */
  packetNack: 0x40,
  /** Something failed; a code and a zero follow. */
  error: 0x50,
} as const;

/** Codes in an error reply. The second list, of the flash driver, is not in the table of the Python host, which dies of it. */
export const ERROR_CODES = {
  /** `FLASH_NO_APP`. Not sent. */
  "flash-no-application": 0x01,
  /** `FLASH_UNL_ERROR`: flash stays locked. */
  "flash-locked": 0x02,
  /** `FLASH_ERASE_ERROR`. */
  "flash-erase-failed": 0x03,
  /** `FLASH_WRITE_ERROR`. */
  "flash-write-failed": 0x04,
  /** `FLASH_READ_OVER_ERROR`. Not sent. */
  "flash-read-outside": 0x05,
  /** `FLASH_WRITE_OVER_ERROR`: beyond the application's end. */
  "flash-write-outside": 0x06,
  /** `FLASH_WRITE_CORR_ERROR`: read back as something else. */
  "flash-write-corrupt": 0x07,
  /** `BL_CHKS_MISMATCH`. */
  "checksum-mismatch": 0x7f,
  /** `BL_CMD_INVALID`. */
  "invalid-command": 0x80,
  /** `BL_INVALID_STATE`. */
  "invalid-state": 0x81,
  /** `BL_RECEIVE_TIMEOUT`. Not sent. */
  "receive-timeout": 0x82,
  /** `BL_DOWNLOAD_FAILED`: not all packets came. */
  "download-failed": 0x83,
  /** `BL_NO_USER_APP`: the stack pointer is outside RAM. */
  "no-application": 0x84,
} as const;

/** Name of a code. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** Names of the codes, by their number. */
export const ERROR_NAMES: ReadonlyMap<number, ErrorCode> = new Map(
  (Object.keys(ERROR_CODES) as ErrorCode[]).map((name) => [ERROR_CODES[name], name]),
);

/** Where the application begins: sector 4. `flash.h`. */
export const APPLICATION_ADDRESS = 0x0801_0000;

/** Room for the application: sectors 4 to 7. `flash.h`. */
export const APPLICATION_SIZE_BYTES = 0x7_0000;

/** How long the target waits for a packet before it says that it has not come. `Bootloader_DownloadFW`. */
export const PACKET_WITHIN_MS = 2000;

/** How often it says so before it gives up. `Bootloader_DownloadFW`. */
export const NACK_COUNT_MAX = 3;

/**
 * How long the host waits for a reply that needs no erase. `ours`: longer than the target waits for a packet; the Python host
 * takes 10 s.
 */
export const REPLY_WITHIN_MS = 3000;

/**
 * How long the host waits for the erase of sectors 4 to 7. `ours`: 2.4 s and three times 4 s at the slowest, with a margin
 * (STM32F411 datasheet, erase by bytes); the Python host's 10 s are too short for that.
 */
export const ERASE_WITHIN_MS = 20_000;
