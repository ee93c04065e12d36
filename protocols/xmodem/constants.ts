/**
 * Bytes, sizes and times of XMODEM and YMODEM.
 *
 * Source unless a line says otherwise: "XMODEM/YMODEM Protocol Reference", edited by Chuck Forsberg, 18 June 1988.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

/** Begins a block of 128 bytes. Chapter 7.1. */
export const SOH = 0x01;
/** Begins a block of 1024 bytes. Chapter 4.3. */
export const STX = 0x02;
/** Ends a file. Chapter 7.1. */
export const EOT = 0x04;
/** The block, or the end of the file, was taken. Chapter 7.1. */
export const ACK = 0x06;
/** Send that again; at the start: begin, with checksums. Chapter 7.1. */
export const NAK = 0x15;
/** Two in a row break the transfer off. Chapter 4.1. */
export const CAN = 0x18;
/** `C`: begin, with CRC-16. Chapter 8.2. ST's loaders also send it in place of NAK. */
export const WANT_CRC = 0x43;
/** `G`: begin, with CRC-16, and do not wait for an answer to each block. Chapter 6. */
export const WANT_STREAM = 0x47;
/** Fills the last block of a file (CP/M's end of file). Chapter 7.2. */
export const PADDING = 0x1a;
/** Erases a CAN that a terminal may have shown. Chapter 4.1. */
export const BACKSPACE = 0x08;

/** Size of the data of a block that SOH begins. */
export const SHORT_BLOCK_SIZE_BYTES = 128;
/** Size of the data of a block that STX begins. */
export const LONG_BLOCK_SIZE_BYTES = 1024;
/**
 * The most blocks that a file can have before their numbers begin again at 0. ST's loaders for F1 and L4 take the block
 * behind for the header of another file, erase the flash, and report success in the end.
 */
export const BLOCK_COUNT_BEFORE_WRAP = 255;

/** How often a block, an end of file or a request is sent in all. Chapter 7.3.1. */
export const ATTEMPT_COUNT = 10;
/**
 * After how many attempts in a row without a single byte of an answer nobody is there. A receiver that is asks again by
 * itself when a block is lost, so two losses in a row are survived even where it does not.
 */
export const SILENT_ATTEMPT_COUNT = 3;
/**
 * How long the first block, or a header, is sent in vain before nobody is there: a device may erase all its flash then, and
 * hear nothing meanwhile. More than twice the longest mass erase that we know of, 52 s.
 */
export const ERASE_WITHIN_MS = 120_000;
/** Longest pause between two bytes of one block. Chapter 7.3.2. */
export const BYTE_WITHIN_MS = 1000;
/** How long a receiver waits for a block before it asks again. Chapter 7.3.2. */
export const BLOCK_WITHIN_MS = 10_000;
/** How long a receiver waits for the answer to `C` before the next one. Chapter 8.2.1. */
export const START_WITHIN_MS = 3000;
/** How often a receiver asks for CRC-16 in vain before it settles for checksums. Chapter 8.3, figure 13. */
export const CRC_REQUEST_COUNT = 4;
/** How long the line has to be silent before a receiver asks again, and behind an EOT. Chapter 7.4. */
export const QUIET_MS = 1000;
/** How long a receiver waits for that silence at most. A long block at 1,200 baud takes 8.6 s. */
export const PURGE_WITHIN_MS = 60_000;

/** How long a sender waits for the receiver to begin. Chapter 7.3.3. */
export const REQUEST_WITHIN_MS = 60_000;
/**
 * How long a sender waits for the answer to a block. More than {@linkcode BLOCK_WITHIN_MS}, so that the receiver is the one
 * who asks again. It may be writing flash; one that erases first may need longer, which is the caller's to say.
 */
export const ANSWER_WITHIN_MS = 15_000;
/** How long a sender waits for the answer to EOT before the next one. lrzsz 0.12.21 answers after one second. */
export const EOT_ANSWER_WITHIN_MS = 3000;
/**
 * A `C` or `G` that comes sooner after a block has left was sent before the block arrived. Longer than any adapter holds
 * bytes back; receivers that mean it wait at least a second (lrzsz 0.12.21), or repeat it after one (ST's loaders).
 */
export const STALE_REQUEST_MS = 500;
/** Once a block had to be sent twice there may be two answers: how long the line is silent once they are there. */
export const SETTLE_MS = 250;
