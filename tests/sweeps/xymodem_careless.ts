/**
 * A receiver of XMODEM-CRC as people write it first, with each of its checks as a switch: what a sweep has to catch when
 * one of them is missing.
 *
 * @module
 */

import { type ByteLink, LinkTimeoutError, type Procedure } from "../../protocols/link/mod.ts";
import {
  ACK,
  type BlockSink,
  crc16,
  EOT,
  NAK,
  type ReceiveXmodemReport,
  SOH,
  STX,
} from "../../protocols/xmodem/mod.ts";

/** The checks. */
export interface Care {
  /** Compares the CRC-16 of a block. */
  readonly checksCrc: boolean;
  /** Compares a block's number with its complement. */
  readonly checksComplement: boolean;
  /** Drops a block that comes a second time. */
  readonly dropsRepeated: boolean;
  /** Takes an EOT for one only when nothing follows it. */
  readonly provesEnd: boolean;
  /** Breaks off when another block comes than the next one or the one before. */
  readonly refusesGaps: boolean;
}

/** All of them. */
export const CAREFUL: Care = {
  checksCrc: true,
  checksComplement: true,
  dropsRepeated: true,
  provesEnd: true,
  refusesGaps: true,
};

/** What came: a block's number and data, the end, or nothing of use. */
type Heard = { readonly number: number; readonly data: Uint8Array<ArrayBuffer> } | "end" | "damaged";

/** Makes a receiver that takes that much care. */
export function receiveWith(care: Care): (link: ByteLink, sink: BlockSink) => Procedure<ReceiveXmodemReport> {
  return function* (link, sink) {
    let [blockCount, faultCount] = [0, 0];
    for (let answer = 0x43; faultCount < 12;) {
      link.send(Uint8Array.of(answer));
      const heard = yield* hear(link, care);
      if (heard === "end") {
        link.send(Uint8Array.of(ACK));
        yield* link.flush();
        return { blockCount, faultCount };
      }
      if (heard === "damaged") {
        faultCount++;
        answer = blockCount === 0 ? 0x43 : NAK;
        continue;
      }
      answer = ACK;
      const isNext = heard.number === (blockCount + 1 & 0xff);
      const isRepeated = heard.number === (blockCount & 0xff);
      if (isRepeated && care.dropsRepeated) continue;
      if (!isNext && !isRepeated && care.refusesGaps) break;
      const writing = sink.write(link, heard.data);
      if (writing !== undefined) yield* writing;
      blockCount++;
    }
    link.send(Uint8Array.of(0x18, 0x18));
    throw new LinkTimeoutError("file", 0);
  };
}

function* hear(link: ByteLink, { checksCrc, checksComplement, provesEnd }: Care): Procedure<Heard> {
  try {
    const lead = yield* link.readByte("block", 10_000);
    if (lead === EOT && !provesEnd) return "end";
    if (lead === EOT && (yield* link.skipUntilQuiet(1000, 60_000)) === 0) return "end";
    if (lead === SOH || lead === STX) {
      const sizeBytes = lead === STX ? 1024 : 128;
      const rest = yield* link.read(sizeBytes + 4, "rest of the block", 1000);
      const data = rest.slice(2, -2);
      const isRight = (!checksCrc || crc16(rest.subarray(2)) === 0) &&
        (!checksComplement || rest[0]! + rest[1]! === 0xff);
      if (isRight) return { number: rest[0]!, data };
    }
    yield* link.skipUntilQuiet(1000, 60_000);
  } catch (error) {
    if (!(error instanceof LinkTimeoutError)) throw error;
    link.discardInput();
  }
  return "damaged";
}
