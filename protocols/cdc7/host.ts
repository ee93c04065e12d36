/**
 * The host: erase, execute, and a download that ends when the target has compared the checksum, not with the last packet.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";
import { EndlessWorkError } from "../cdc/error.ts";
import { runUntil } from "../cdc/patience.ts";
import { type ByteLink, LinkTimeoutError, type Procedure, UnexpectedBytesError } from "../link/mod.ts";
import {
  COMMAND_BYTES,
  type CommandName,
  COMMANDS,
  ERASE_WITHIN_MS,
  ERROR_NAMES,
  NACK_COUNT_MAX,
  PACKET_BYTES,
  PACKET_WITHIN_MS,
  REPLY_BYTES,
  REPLY_WITHIN_MS,
} from "./constants.ts";
import { Cdc7Error } from "./error.ts";
import { checksumOf, decodeReply, encodeCommand, encodeDownload, type Reply } from "./frames.ts";
import { preparePackets, type PreparePacketsOptions } from "./image.ts";

/** How often a download is tried: each begins with the erase of everything. `ours`. */
const DOWNLOAD_COUNT_MAX = 3;

/** How long a target may take to answer a byte that ends a command: two latency timers of an adapter, and more. `ours`. */
const QUIET_MS = 100;

/**
 * More than a target says that gets out of a download: three complaints of a packet, the error, and what was on its way
 * before. Whoever says more is no loader. `ours`.
 */
const LAST_WORDS_BYTES_MAX = 64;

/**
 * How many times the longest silence a download may take beside its bytes: before the first packet, before the result, and
 * twice until a target that lost its way is idle; with a margin. `ours`.
 */
const SILENCES_PER_DOWNLOAD = 6;

/** What each byte adds to that: a line of 4,800 baud. `ours`. */
const DOWNLOAD_MS_PER_BYTE = 2;

/** What happens in a download. */
export type Cdc7Event =
  /** The target has taken the command: it erases now. */
  | { readonly kind: "erasing" }
  /** Packets were acknowledged: most targets say so before they write them. */
  | { readonly kind: "progress"; readonly doneBytes: number; readonly totalBytes: number }
  /** A packet did not arrive whole, and was sent again. */
  | { readonly kind: "repeated"; readonly packet: number }
  /** The download failed: the host is silent until the target has dealt with what it was told before. */
  | { readonly kind: "settling"; readonly withinMs: number }
  /** The download begins anew. */
  | { readonly kind: "restarted"; readonly error: unknown };

/** Options of {@linkcode flashOverCdc7}. */
export interface FlashOverCdc7Options extends PreparePacketsOptions {
  /**
   * How long the erase may take, in milliseconds.
   *
   * @default {20000}
   */
  readonly eraseWithinMs?: number | undefined;
  /** Called with everything that happens. */
  readonly observer?: ((event: Cdc7Event) => void) | undefined;
}

/** What {@linkcode flashOverCdc7} did. */
export interface Cdc7Result {
  /** Packets of the image. */
  readonly packetCount: number;
  /** How often it began anew. */
  readonly restartCount: number;
}

/**
 * Erases the application.
 *
 * @param link The host's end of the wire.
 * @param options How long it may take, in milliseconds; 20,000 by default.
 * @throws {Cdc7Error} When the target reports an error.
 * @throws {LinkTimeoutError} When it does not answer.
 */
export function* eraseOverCdc7(link: ByteLink, options: { readonly withinMs?: number } = {}): Procedure<void> {
  try {
    yield* command(link, "erase", { frame: encodeCommand("erase"), withinMs: options.withinMs ?? ERASE_WITHIN_MS });
  } catch (error) {
    yield* throwTalkOr(link, error);
  }
}

/**
 * Starts the application.
 *
 * @param link The host's end of the wire.
 * @throws {Cdc7Error} With code `no-application` when its stack pointer is none.
 * @throws {LinkTimeoutError} When the target does not answer.
 */
export function* executeOverCdc7(link: ByteLink): Procedure<void> {
  try {
    yield* command(link, "execute", { frame: encodeCommand("execute"), withinMs: REPLY_WITHIN_MS });
  } catch (error) {
    yield* throwTalkOr(link, error);
  }
}

/**
 * Flashes an application and starts it.
 *
 * It ends when the target says that the checksum over all of flash that was written is right and the application runs. Size
 * and stack pointer are checked before anything is sent, for the target erases first.
 *
 * @param link The host's end of the wire.
 * @param payload The application, from 0x08010000 on.
 * @param options Room, padding, times and who is told.
 * @returns What was done.
 * @throws {Cdc7ImageError} When the image cannot be one for this target; nothing was sent.
 * @throws {Cdc7Error} When the target reports an error three times.
 * @throws {EndlessWorkError} When it always has something to say, and never comes to an end: 7 minutes with the longest
 *   erase of the chip, and 6 ms for each byte.
 * @throws {ProtocolError} When the line fails for good.
 */
export function* flashOverCdc7(
  link: ByteLink,
  payload: Bytes,
  options: FlashOverCdc7Options = {},
): Procedure<Cdc7Result> {
  const padded = preparePackets(payload, options);
  const silenceMs = (options.eraseWithinMs ?? ERASE_WITHIN_MS) + REPLY_WITHIN_MS;
  const withinMs = DOWNLOAD_COUNT_MAX * (SILENCES_PER_DOWNLOAD * silenceMs + DOWNLOAD_MS_PER_BYTE * padded.length);
  const done = yield* runUntil(link, link.nowMs + withinMs, downloadUntilRight(link, padded, options));
  if (done === undefined) throw new EndlessWorkError("the download", withinMs);
  return done.value;
}

function* downloadUntilRight(link: ByteLink, padded: Bytes, options: FlashOverCdc7Options): Procedure<Cdc7Result> {
  for (let restartCount = 0;; restartCount++) {
    try {
      yield* download(link, padded, options);
      return { packetCount: padded.length / PACKET_BYTES, restartCount };
    } catch (error) {
      const isWorthIt = error instanceof Cdc7Error || error instanceof LinkTimeoutError ||
        error instanceof UnexpectedBytesError;
      if (!isWorthIt || restartCount + 1 >= DOWNLOAD_COUNT_MAX) throw error;
      // A target that reports an error waits for a command by then.
      if (!(error instanceof Cdc7Error)) yield* awaitIdle(link, options);
      options.observer?.({ kind: "restarted", error });
    }
  }
}

function* download(link: ByteLink, padded: Bytes, options: FlashOverCdc7Options): Procedure<void> {
  const { eraseWithinMs = ERASE_WITHIN_MS, observer } = options;
  const packetCount = padded.length / PACKET_BYTES;
  const frame = encodeDownload(packetCount, checksumOf(padded));
  yield* command(link, "download", { frame, withinMs: REPLY_WITHIN_MS });
  observer?.({ kind: "erasing" });
  for (let packet = 0; packet < packetCount; packet++) {
    const bytes = padded.subarray(packet * PACKET_BYTES, (packet + 1) * PACKET_BYTES);
    const withinMs = packet === 0 ? eraseWithinMs + REPLY_WITHIN_MS : REPLY_WITHIN_MS;
    yield* sendPacket(link, bytes, { packet, withinMs, observer });
    observer?.({ kind: "progress", doneBytes: (packet + 1) * PACKET_BYTES, totalBytes: padded.length });
  }
  // What the published host does not read: the checksum was compared, and the application starts.
  const reply = yield* readReply(link, "result of download", 2 * eraseWithinMs);
  if (reply.kind !== "ack" || reply.command !== COMMANDS.execute) throw complain("download", reply);
}

function* sendPacket(
  link: ByteLink,
  bytes: Bytes,
  options: {
    readonly packet: number;
    readonly withinMs: number;
    readonly observer: ((event: Cdc7Event) => void) | undefined;
  },
): Procedure<void> {
  const { packet, withinMs, observer } = options;
  for (let repeatsLeft = NACK_COUNT_MAX;; repeatsLeft--) {
    link.send(bytes, `packet ${packet}`);
    yield* link.flush();
    const reply = yield* readReply(link, `reply to packet ${packet}`, withinMs);
    if (reply.kind === "packet-ack" && reply.packet === packet) return;
    if (reply.kind !== "packet-nack" || reply.packet !== packet || repeatsLeft === 0) throw complain("download", reply);
    observer?.({ kind: "repeated", packet });
  }
}

function* command(
  link: ByteLink,
  name: CommandName,
  options: { readonly frame: Bytes; readonly withinMs: number },
): Procedure<void> {
  link.discardInput();
  link.send(options.frame, name);
  yield* link.flush();
  const reply = yield* readReply(link, `reply to ${name}`, options.withinMs);
  if (reply.kind !== "ack" || reply.command !== COMMANDS[name]) throw complain(name, reply);
}

/** Finds out whether whoever gave no sense for an answer talks without being asked, and throws what it was. */
function* throwTalkOr(link: ByteLink, error: unknown): Procedure<never> {
  if (error instanceof UnexpectedBytesError) yield* awaitSilence(link, REPLY_WITHIN_MS);
  throw error;
}

function* readReply(link: ByteLink, expected: string, withinMs: number): Procedure<Reply & { readonly bytes: Bytes }> {
  const bytes = yield* link.read(REPLY_BYTES, expected, withinMs);
  return { ...decodeReply(bytes), bytes };
}

function complain(name: CommandName, reply: Reply & { readonly bytes: Bytes }): Error {
  const code = reply.kind === "error" ? ERROR_NAMES.get(reply.code) : undefined;
  return code === undefined ? new UnexpectedBytesError(`reply to ${name}`, reply.bytes) : new Cdc7Error(name, code);
}

/**
 * Waits until the target waits for a command. In a download it complains of each packet that is missing, gives up, erases, and
 * reports; of a command it may hold some bytes, which zeros fill up until it says something: mostly that it is an invalid one.
 */
function* awaitIdle(link: ByteLink, options: FlashOverCdc7Options): Procedure<void> {
  const { eraseWithinMs = ERASE_WITHIN_MS, observer } = options;
  const quietMs = Math.max(PACKET_WITHIN_MS, eraseWithinMs) + REPLY_WITHIN_MS;
  observer?.({ kind: "settling", withinMs: quietMs });
  yield* awaitSilence(link, quietMs);
  for (let count = 0; count < COMMAND_BYTES; count++) {
    link.send(Uint8Array.of(0), "end of a command");
    yield* link.flush();
    if ((yield* link.skipUntilQuiet(QUIET_MS, quietMs)) === 0) continue;
    yield* awaitSilence(link, quietMs);
    return;
  }
  throw new LinkTimeoutError("sign of the boot loader", quietMs);
}

/** Waits until nothing has come for a while. An application that prints what it does ends this early. */
function* awaitSilence(link: ByteLink, quietMs: number): Procedure<void> {
  const startMs = link.nowMs;
  link.discardInput();
  try {
    for (let count = 0; count <= LAST_WORDS_BYTES_MAX; count++) yield* link.readByte("last words", quietMs);
  } catch (error) {
    if (error instanceof LinkTimeoutError) return;
    throw error;
  }
  throw new LinkTimeoutError(`silence of ${quietMs} ms`, Math.round(link.nowMs - startMs));
}
