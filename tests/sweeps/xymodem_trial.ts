/**
 * One run of a file transfer with faults, and what to think of it.
 *
 * @module
 */

import { equalBytes, findPart } from "../../core/mod.ts";
import { type FileTransfer, runFileReceiver } from "../../emulator/file_receiver.ts";
import { simulate, Stm32 } from "../../emulator/mod.ts";
import { type ByteLink, type Procedure, ProtocolError } from "../../protocols/link/mod.ts";
import type { Outcome } from "../../protocols/link/mod.ts";
import type { BlockSink } from "../../protocols/xmodem/mod.ts";
import * as xmodem from "../../protocols/xmodem/mod.ts";
import * as ymodem from "../../protocols/ymodem/mod.ts";
import { IapFlash } from "../iap_flash.ts";
import { type Fault, type PairOptions, runPair } from "../transfer_pair.ts";

/**
 * What to think of a run. `right`: both ends are content, and every byte is there. `told`: an end says, by a typed error,
 * that it went wrong; the other one may not know. `wrong`: both ends are content, and should not be. `failed`: something
 * else was thrown, or never ended.
 */
export type Verdict = "right" | "told" | "wrong" | "failed";

/** How long an emulated device may go on behind the sender's end. */
const DEVICE_END_WITHIN_MS = 5000;

/** How often each came of a sweep. */
export interface Tally {
  readonly counts: Readonly<Record<Verdict, number>>;
  readonly runCount: number;
  /** The faults that ended wrong or failed. */
  readonly bad: readonly (readonly Fault[])[];
  /** The longest run, in milliseconds of virtual time. */
  readonly longestMs: number;
}

/** Two ends and a file, to be run again and again. */
export interface Transfer {
  /** Runs it. */
  readonly run: (faults: readonly Fault[]) => TransferRun;
}

/** What came of a run. */
export interface TransferRun {
  readonly sender: Outcome<unknown>;
  readonly receiver: Outcome<unknown> | undefined;
  /** Whether every byte is there. */
  readonly isComplete: boolean;
  readonly bytesToTarget: number;
  readonly bytesToHost: number;
  readonly endMs: number;
}

/** What a transfer is made of. */
export interface TransferOptions {
  /** The wire. */
  readonly wire: PairOptions["wire"];
  /**
   * How long the receiver is busy with each block, in milliseconds, and twenty times as long before the first one; its
   * receiver is one byte deep then.
   *
   * @default {0}
   */
  readonly busyMs?: number;
}

/** Bytes of every value, control characters among them; the last one is that of padding. */
export function makeContent(sizeBytes: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    { length: sizeBytes },
    (_, index) => index === sizeBytes - 1 ? 0x1a : Math.imul(index + 1, 0x9e37_79b1) >>> 24,
  );
}

/** Makes a transfer over XMODEM. */
export function xmodemTransfer(
  sizeBytes: number,
  options: TransferOptions & xmodem.ReceiveXmodemOptions & { readonly receive?: typeof xmodem.receiveXmodem },
  sending: xmodem.SendOptions = {},
): Transfer {
  const data = makeContent(sizeBytes);
  const { receive = xmodem.receiveXmodem } = options;
  return {
    run: (faults) => {
      const file = xmodem.collectFile(100_000);
      const result = runPair(
        (link) => xmodem.sendXmodem(link, data, sending),
        (link) => receive(link, busy(file, options), options),
        pairOptions(options, faults),
      );
      const isComplete = equalBytes(file.bytes.subarray(0, sizeBytes), data) &&
        file.bytes.subarray(sizeBytes).every((byte) => byte === xmodem.PADDING) &&
        file.bytes.length < sizeBytes + 1024;
      return { sender: result.host, receiver: result.target, isComplete, ...result };
    },
  };
}

/** Makes a transfer of two files over YMODEM, the second one small. */
export function ymodemTransfer(
  sizeBytes: number,
  options: TransferOptions & ymodem.ReceiveYmodemOptions,
  sending: xmodem.SendOptions = {},
): Transfer {
  const files = [{ name: "a.bin", data: makeContent(sizeBytes) }, { name: "b", data: makeContent(5) }];
  return {
    run: (faults) => {
      const batch = ymodem.collectBatch(100_000);
      const result = runPair(
        (link) => ymodem.sendYmodem(link, files, sending),
        (link) => ymodem.receiveYmodem(link, (header) => busy(batch.accept(header), options), options),
        pairOptions(options, faults),
      );
      const isComplete = batch.files.length === files.length &&
        files.every(({ name, data }, index) =>
          batch.files[index]!.header.name === name && equalBytes(batch.files[index]!.bytes, data)
        );
      return { sender: result.host, receiver: result.target, isComplete, ...result };
    },
  };
}

/** Makes a transfer into one of ST's loaders, which is content with less than the whole file. */
export function stIapTransfer(sizeBytes: number, profile: ymodem.StIapProfile): Transfer {
  const data = makeContent(sizeBytes);
  return {
    run: (faults) => {
      const flash = new IapFlash(0x1_0000);
      const result = runPair(
        (link) => ymodem.sendYmodem(link, [{ name: "app.bin", data }], { blockSizeBytes: 128 }),
        (link) => ymodem.runStIap(link, flash, profile),
        { wire: { baudRate: 115_200, latencyMs: 1 }, faults, receiverDepthBytes: 1, graceMs: 10_000 },
      );
      return { sender: result.host, receiver: result.target, isComplete: flash.holds(data), ...result };
    },
  };
}

/** Makes a transfer into the flash of an emulated chip, whose CPU stands still while flash is busy. */
export function fileReceiverTransfer(sizeBytes: number, protocol: "xmodem" | "ymodem"): Transfer {
  const data = makeContent(sizeBytes);
  const part = findPart("stm32f103");
  const addressStart = 0x0800_2000;
  function* send(link: ByteLink): Procedure<void> {
    if (protocol === "xmodem") yield* xmodem.sendXmodem(link, data, { blockSizeBytes: 128 });
    else yield* ymodem.sendYmodem(link, [{ name: "app.bin", data }], { blockSizeBytes: 128 });
    // The sender may have taken the ACK of a block that came twice for that of EOT: the device still listens for a second.
    yield* link.sleep(DEVICE_END_WITHIN_MS);
  }
  return {
    run: (faults) => {
      const chip = new Stm32(part);
      const transfers: FileTransfer[] = [];
      const onTransfer = (transfer: FileTransfer) => transfers.push(transfer);
      const result = simulate({
        host: send,
        chip,
        firmware: (link) => runFileReceiver(link, chip, { protocol, addressStart, onTransfer }),
        wire: { baudRate: 115_200, frame: "8N1", latencyMs: 1 },
        faults,
      });
      const receiver = transfers.map(({ error }): Outcome<unknown> =>
        error === undefined ? { kind: "done", value: undefined } : { kind: "failed", error }
      ).at(-1);
      const isComplete = equalBytes(chip.flash.read(addressStart, sizeBytes), data);
      return { sender: result.outcome, receiver, isComplete, ...result, endMs: result.hostMs };
    },
  };
}

function pairOptions({ wire, busyMs = 0 }: TransferOptions, faults: readonly Fault[]): PairOptions {
  return { wire: wire ?? {}, faults, receiverDepthBytes: busyMs > 0 ? 1 : Infinity };
}

function busy(sink: BlockSink, { busyMs = 0 }: TransferOptions): BlockSink {
  if (busyMs === 0) return sink;
  return {
    open: (link) => link.sleep(20 * busyMs),
    *write(link: ByteLink, data): Procedure<void> {
      yield* link.sleep(busyMs);
      const writing = sink.write(link, data);
      if (writing !== undefined) yield* writing;
    },
  };
}

/** Judges a run. */
export function judge({ sender, receiver, isComplete }: TransferRun): Verdict {
  const ends = [sender, receiver].filter((outcome) => outcome !== undefined);
  if (ends.some((outcome) => outcome.kind === "failed" && !(outcome.error instanceof ProtocolError))) return "failed";
  if (ends.some(({ kind }) => kind === "failed")) return "told";
  return isComplete && receiver !== undefined ? "right" : "wrong";
}

/** Runs a transfer once for each list of faults. */
export function sweep(transfer: Transfer, faultLists: Iterable<readonly Fault[]>): Tally {
  const counts: Record<Verdict, number> = { right: 0, told: 0, wrong: 0, failed: 0 };
  const bad: (readonly Fault[])[] = [];
  let [runCount, longestMs] = [0, 0];
  for (const faults of faultLists) {
    const result = transfer.run(faults);
    const verdict = judge(result);
    counts[verdict]++;
    if (verdict === "wrong" || verdict === "failed") bad.push(faults);
    longestMs = Math.max(longestMs, result.endMs);
    runCount++;
  }
  return { counts, runCount, bad, longestMs };
}
