/**
 * A device that takes plain files over XMODEM or YMODEM and writes them to its flash at a fixed address.
 *
 * It is what people write first, done right: the range is checked before anything is erased, sectors are erased as the
 * file proceeds, whole program units are written and read back, and anything that goes wrong breaks the transfer off. What
 * it does not have is a second slot: a transfer that fails half way leaves half a file.
 *
 * Its CPU stands still while flash is busy, so a UART that is one byte deep loses what comes meanwhile. Nothing comes from
 * a sender that waits for answers; one that streams (YMODEM-g) needs a line that makes it wait, such as USB.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import {
  type ByteLink,
  LinkClosedError,
  LinkTimeoutError,
  type Procedure,
  ProtocolError,
} from "../protocols/link/mod.ts";
import { receiveXmodem, type ReceiveXmodemReport } from "../protocols/xmodem/mod.ts";
import { type FileHeader, receiveYmodem, type ReceiveYmodemReport } from "../protocols/ymodem/mod.ts";
import { FlashError } from "./error.ts";
import { type FlashArea, flashAreaOf } from "./file_receiver_area.ts";
import { PowerWatch } from "./file_receiver_power.ts";
import { FlashSink } from "./file_receiver_sink.ts";
import type { FirmwareExit } from "./run_device.ts";
import type { Stm32 } from "./stm32.ts";

/** How long the line has to be silent behind a transfer that failed before the next one is asked for. */
const QUIET_MS = 1000;
const QUIET_WITHIN_MS = 60_000;

/** How a transfer into flash ended. */
export interface FileTransfer {
  /** What the sender calls the file: a label from outside. YMODEM only. */
  readonly name: string | undefined;
  /** Absolute address of its first byte. */
  readonly addressStart: number;
  /** Bytes of it that are in flash and were read back. XMODEM's padding is among them: nobody can tell. */
  readonly sizeBytes: number;
  /** Why it is not there whole; `undefined` when it is. */
  readonly error: unknown;
}

/** Options of {@linkcode runFileReceiver}. */
export interface FileReceiverOptions {
  /** What the sender speaks. */
  readonly protocol: "xmodem" | "ymodem";
  /** Absolute address of the first byte, where a sector starts. */
  readonly addressStart: number;
  /**
   * Absolute address behind the last byte that a file may have.
   *
   * @default {where flash ends, or a hole between banks begins}
   */
  readonly addressEnd?: number | undefined;
  /**
   * What to ask for: CRC-16, checksums (XMODEM only), or a stream (YMODEM only: YMODEM-g).
   *
   * @default {"crc"}
   */
  readonly request?: "crc" | "checksum" | "stream" | undefined;
  /**
   * What follows a file: waiting for the next one, or a jump to the vector table at its start.
   *
   * @default {"wait"}
   */
  readonly afterFile?: "wait" | "go" | undefined;
  /** Called when a transfer has ended, one way or the other. */
  readonly onTransfer?: ((transfer: FileTransfer) => void) | undefined;
}

/**
 * Runs the receiver: it asks until a sender begins, for ever, and again after each transfer.
 *
 * @param link The device's end of the wire.
 * @param chip The chip.
 * @param options Protocol, address, and what follows.
 * @returns The jump, after a file, where the options ask for it.
 * @throws {RangeError} When no sector starts at the address, there is no flash for all of the area, or the protocol does
 *   not know the request.
 * @throws {PowerLossError} When power goes away in a flash operation.
 * @throws {LinkClosedError} When the port goes away.
 *
 * @example A file goes into the flash of an F407 behind 32 KiB of loader
 * ```ts
 * import { findPart } from "@coreslot/coreslot/core";
 * import { runFileReceiver, simulate, Stm32 } from "@coreslot/coreslot/emulator";
 * import { sendYmodem } from "@coreslot/coreslot/ymodem";
 *
 * const chip = new Stm32(findPart("stm32f407"));
 * const { outcome } = simulate({
 *   host: (link) => sendYmodem(link, [{ name: "app.bin", data: Uint8Array.of(1, 2, 3) }]),
 *   chip,
 *   firmware: (link) => runFileReceiver(link, chip, { protocol: "ymodem", addressStart: 0x0800_8000 }),
 *   wire: { baudRate: 115_200, frame: "8N1" },
 * });
 * console.assert(outcome.kind === "done");
 * console.assert(chip.read(0x0800_8000, 4).join() === "1,2,3,255");
 * ```
 */
export function* runFileReceiver(
  link: ByteLink,
  chip: Stm32,
  options: FileReceiverOptions,
): Procedure<FirmwareExit> {
  const area = flashAreaOf(chip, options.addressStart, options.addressEnd);
  assertKnownRequest(options);
  while (true) {
    const transfer = yield* receiveOne(link, { chip, area, options });
    if (transfer === undefined) continue;
    options.onTransfer?.(transfer);
    if (transfer.error !== undefined) yield* waitForSilence(link);
    else if (options.afterFile === "go") return { kind: "go", address: area.addressStart };
  }
}

function assertKnownRequest({ protocol, request }: FileReceiverOptions): void {
  const unknown = protocol === "xmodem" ? "stream" : "checksum";
  if (request === unknown) throw new RangeError(`Cannot receive files: ${protocol} has no request for a ${unknown}`);
}

interface Reception {
  readonly chip: Stm32;
  readonly area: FlashArea;
  readonly options: FileReceiverOptions;
}

/** Gives nothing for a batch without a file. */
function* receiveOne(link: ByteLink, { chip, area, options }: Reception): Procedure<FileTransfer | undefined> {
  const power = new PowerWatch();
  const sink = new FlashSink({ chip, area, power });
  let name: string | undefined;
  const accept = (header: FileHeader): FlashSink => {
    name = header.name;
    sink.assertFits(header.sizeBytes ?? 0);
    return sink;
  };
  const reception = options.protocol === "xmodem"
    ? receiveXmodem(link, sink, {
      request: options.request === "checksum" ? "checksum" : "crc",
      firstRequestCount: Infinity,
    })
    : receiveYmodem(link, accept, {
      request: options.request === "stream" ? "stream" : "crc",
      firstRequestCount: Infinity,
      fileCountMax: 1,
    });
  let error: unknown;
  try {
    const report = yield* power.run<ReceiveXmodemReport | ReceiveYmodemReport>(reception);
    if ("files" in report && report.files.length === 0) return undefined;
  } catch (thrown) {
    if (!isFailureOfTransfer(thrown)) throw thrown;
    error = thrown;
  }
  return { name, addressStart: area.addressStart, sizeBytes: sink.sizeBytes, error };
}

/** As opposed to the end of the device: no power, no port, or broken off from outside. */
function isFailureOfTransfer(error: unknown): boolean {
  return error instanceof FlashError || error instanceof ProtocolError && !(error instanceof LinkClosedError);
}

/**
 * Waits until the line is silent: a sender that was broken off may still be talking.
 *
 * @param link The device's end of the wire.
 */
export function* waitForSilence(link: ByteLink): Procedure<void> {
  try {
    yield* link.skipUntilQuiet(QUIET_MS, QUIET_WITHIN_MS);
  } catch (error) {
    if (!(error instanceof LinkTimeoutError)) throw error;
  }
}
