/**
 * A receiver that behaves as ST's published loaders do, defects included.
 *
 * It stands for the code of `Ymodem_Receive`: what its menu prints before and after is left out. Where it is careless with
 * memory of its own, nothing happens here.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, roundUp } from "../../core/mod.ts";
import { type ByteLink, LinkTimeoutError, type Procedure } from "../link/mod.ts";
import {
  ACK,
  CAN,
  EOT,
  LONG_BLOCK_SIZE_BYTES,
  NAK,
  SHORT_BLOCK_SIZE_BYTES,
  SOH,
  STX,
  WANT_CRC,
} from "../xmodem/constants.ts";
import { type Block, BLOCK_HEADER_SIZE_BYTES, checkSizeBytes, decodeBlock } from "../xmodem/frames.ts";
import { ST_IAP_F4, type StIapProfile } from "./st_iap_profiles.ts";

/** How long it waits for the first byte of a block, and then for all the others together. `DOWNLOAD_TIMEOUT`. */
const BLOCK_WITHIN_MS = 1000;
/** `MAX_ERRORS`. */
const ERROR_COUNT_MAX = 5;
/** `FILE_NAME_LENGTH`. */
const NAME_LENGTH_MAX = 64;
/** `FILE_SIZE_LENGTH`. */
const SIZE_LENGTH_MAX = 16;
const SPACE = 0x20;

/** The flash that a loader writes to. */
export interface StIapDevice {
  /** Absolute address of the application. */
  readonly addressStart: number;
  /** Size of the area for it, in bytes. */
  readonly sizeBytes: number;
  /** Erases all of it, and takes its time. The loader does not look at what came of it. */
  erase(link: ByteLink): Procedure<void>;
  /** Programs flash, and takes its time; tells whether flash took it. */
  write(link: ByteLink, address: number, data: Bytes): Procedure<boolean>;
  /** Reads flash. */
  read(address: number, sizeBytes: number): Uint8Array;
}

/** How a session ended, as the loader sees it. */
export interface StIapReport {
  /**
   * `complete` is what the menu calls success; `aborted`: by the sender or by the user; `too-large`; `failed`: flash did not
   * hold what was written, or, where the profile looks, the file ended early; `too-many-errors`: only where the profile gives up.
   */
  readonly kind: "complete" | "aborted" | "too-large" | "failed" | "too-many-errors";
  /** The size that the menu prints: of the last header. */
  readonly announcedBytes: number;
  /** How far data has come, padding and what was dropped at the end of flash included. */
  readonly receivedBytes: number;
  /** How often flash was erased: once a file, and once more where a block was taken for a header. */
  readonly eraseCount: number;
}

type Packet = Block | "end" | "cancel" | "stop" | "damaged";

/**
 * Runs a loader's download, from its first `C` to its end. Without a sender it asks for ever.
 *
 * @param link The loader's end of the wire.
 * @param device Its flash.
 * @param profile Its habits.
 * @returns How it ended.
 */
export function* runStIap(
  link: ByteLink,
  device: StIapDevice,
  profile: StIapProfile = ST_IAP_F4,
): Procedure<StIapReport> {
  return yield* new StIap(link, device, profile).run();
}

class StIap {
  readonly #link: ByteLink;
  readonly #device: StIapDevice;
  readonly #profile: StIapProfile;
  #blockCount = 0;
  #errorCount = 0;
  #hasBegun = false;
  #announcedBytes = 0;
  /** Where the file goes, behind the start of flash. */
  #fileOffset = 0;
  /** How far it has come. */
  #fileBytes = 0;
  #eraseCount = 0;

  constructor(link: ByteLink, device: StIapDevice, profile: StIapProfile) {
    this.#link = link;
    this.#device = device;
    this.#profile = profile;
  }

  *run(): Procedure<StIapReport> {
    let kind: StIapReport["kind"] | undefined;
    while (kind === undefined) {
      const packet = yield* this.#readPacket();
      if (packet !== "damaged") this.#errorCount = 0;
      kind = typeof packet === "object" ? yield* this.#takeBlock(packet) : this.#takeSign(packet);
    }
    yield* this.#link.flush();
    return {
      kind,
      announcedBytes: this.#announcedBytes,
      receivedBytes: this.#fileOffset + this.#fileBytes,
      eraseCount: this.#eraseCount,
    };
  }

  *#readPacket(): Procedure<Packet> {
    try {
      const lead = yield* this.#link.readByte("block", BLOCK_WITHIN_MS);
      switch (lead) {
        case SOH:
          return yield* this.#readRest(lead, SHORT_BLOCK_SIZE_BYTES);
        case STX:
          return yield* this.#readRest(lead, LONG_BLOCK_SIZE_BYTES);
        case EOT:
          return "end";
        case CAN:
          return (yield* this.#link.readByte("second CAN", BLOCK_WITHIN_MS)) === CAN ? "cancel" : "damaged";
        case 0x41:
        case 0x61:
          return this.#profile.stopsAtLetterA ? "stop" : "damaged";
        default:
          return "damaged";
      }
    } catch (error) {
      if (!(error instanceof LinkTimeoutError)) throw error;
      this.#link.discardInput();
      return "damaged";
    }
  }

  /** At 9,600 baud a long block takes 1.07 s: it never gets through. */
  *#readRest(lead: number, sizeBytes: number): Procedure<Packet> {
    const frame = new Uint8Array(BLOCK_HEADER_SIZE_BYTES + sizeBytes + checkSizeBytes("crc"));
    frame[0] = lead;
    frame.set(yield* this.#link.read(frame.length - 1, "rest of the block", BLOCK_WITHIN_MS), 1);
    const block = decodeBlock(frame, "crc");
    return typeof block === "object" ? block : "damaged";
  }

  #takeSign(sign: Exclude<Packet, Block>): StIapReport["kind"] | undefined {
    switch (sign) {
      case "end":
        return this.#takeEnd();
      case "cancel":
        if (this.#profile.acknowledgesCancel) this.#send(ACK);
        return "aborted";
      case "stop":
        this.#send(CAN, CAN);
        return "aborted";
      case "damaged":
        return this.#askAgain();
    }
  }

  #takeEnd(): StIapReport["kind"] | undefined {
    const { acceptsShortFile, isSilentAfterEnd } = this.#profile;
    if (!acceptsShortFile && this.#fileBytes < this.#announcedBytes) {
      this.#send(CAN, CAN);
      return "failed";
    }
    this.#send(ACK);
    if (!isSilentAfterEnd) this.#send(WANT_CRC);
    this.#blockCount = 0;
    return undefined;
  }

  #askAgain(): StIapReport["kind"] | undefined {
    const { asksWithC, goesOnAfterErrors } = this.#profile;
    if (this.#hasBegun) this.#errorCount++;
    if (this.#errorCount <= ERROR_COUNT_MAX) {
      this.#send(asksWithC || this.#blockCount <= 1 ? WANT_CRC : NAK);
      return undefined;
    }
    this.#send(CAN, CAN);
    return goesOnAfterErrors ? undefined : "too-many-errors";
  }

  *#takeBlock(block: Block): Procedure<StIapReport["kind"] | undefined> {
    if (block.number !== (this.#blockCount & 0xff)) {
      const isRepeated = block.number === (this.#blockCount - 1 & 0xff);
      this.#send(isRepeated && !this.#profile.refusesRepeatedBlock ? ACK : NAK);
      return undefined;
    }
    const kind = yield* this.#blockCount === 0 ? this.#takeHeader(block.data) : this.#takeData(block.data);
    this.#blockCount = this.#blockCount + 1 & (this.#profile.blockCounterBits === 8 ? 0xff : 0xffff_ffff);
    this.#hasBegun = true;
    return kind;
  }

  *#takeHeader(data: Bytes): Procedure<StIapReport["kind"] | undefined> {
    const { checkedSize, erasesAfterRefusal } = this.#profile;
    if (data[0] === 0) {
      this.#send(ACK);
      return "complete";
    }
    const announcedBytes = this.#parseSize(data) ?? this.#announcedBytes;
    const isTooLarge = (checkedSize === "announced" ? announcedBytes : this.#announcedBytes) > this.#sizeLimit();
    if (isTooLarge) this.#send(CAN, CAN);
    if (isTooLarge && !erasesAfterRefusal) return "too-large";
    yield* this.#device.erase(this.#link);
    this.#eraseCount++;
    this.#announcedBytes = announcedBytes;
    this.#fileOffset = this.#profile.appendsFiles ? this.#fileOffset + this.#fileBytes : 0;
    this.#fileBytes = 0;
    this.#send(ACK, WANT_CRC);
    return isTooLarge ? "too-large" : undefined;
  }

  /** `USER_FLASH_SIZE + 1`, where one byte too many passes; a mended loader has no such byte. */
  #sizeLimit(): number {
    return this.#device.sizeBytes + (this.#profile.acceptsOverflow ? 1 : 0);
  }

  /** Copies up to a space, not up to NUL, and 16 characters at most; what is no number changes nothing. */
  #parseSize(data: Bytes): number | undefined {
    const nul = data.indexOf(0);
    const nameEnd = this.#profile.cutsLongNames && nul > NAME_LENGTH_MAX ? NAME_LENGTH_MAX : nul;
    const field = data.subarray(nameEnd + 1, nameEnd + 1 + SIZE_LENGTH_MAX);
    const end = field.findIndex((byte) => byte === SPACE || byte === 0);
    const digits = new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
    return /^\d{1,10}$/.test(digits) ? Number(digits) : undefined;
  }

  *#takeData(data: Bytes): Procedure<StIapReport["kind"] | undefined> {
    const { keepsPadding, writeUnitBytes } = this.#profile;
    const leftBytes = roundUp(Math.max(0, this.#announcedBytes - this.#fileBytes), writeUnitBytes);
    const isWritten = yield* this.#write(keepsPadding ? data : data.subarray(0, leftBytes));
    if (!isWritten) {
      this.#send(CAN, CAN);
      return "failed";
    }
    this.#fileBytes += data.length;
    this.#send(ACK);
    return undefined;
  }

  *#write(data: Bytes): Procedure<boolean> {
    const { writeUnitBytes, verifiedBytes, skipsLastUnit, acceptsOverflow } = this.#profile;
    const { addressStart, sizeBytes } = this.#device;
    const addressEnd = addressStart + sizeBytes - (skipsLastUnit ? writeUnitBytes : 0);
    const address = addressStart + this.#fileOffset + this.#fileBytes;
    const fittingBytes = Math.max(0, Math.min(data.length, addressEnd - address));
    if (fittingBytes < data.length && !acceptsOverflow) return false;
    const fitting = data.subarray(0, fittingBytes);
    if (fittingBytes > 0 && !(yield* this.#device.write(this.#link, address, fitting))) return false;
    const stored = this.#device.read(address, fittingBytes);
    return fitting.every((byte, index) => index % writeUnitBytes >= verifiedBytes || byte === stored[index]);
  }

  #send(...bytes: readonly number[]): void {
    this.#link.send(Uint8Array.from(bytes));
  }
}
