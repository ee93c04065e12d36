/**
 * The target: a loop over commands, as `Bootloader_Run` is.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";
import { type ByteLink, LinkTimeoutError, type Procedure } from "../link/mod.ts";
import { COMMAND_BYTES, COMMANDS, ERROR_CODES, type ErrorCode, PACKET_BYTES } from "./constants.ts";
import type { Cdc7Device, Cdc7Outcome } from "./device.ts";
import { encodeReply, type Reply } from "./frames.ts";
import { BLACK_PILL, type Cdc7Profile } from "./profiles.ts";

/** Options of {@linkcode runCdc7Target}. */
export interface RunCdc7TargetOptions {
  /** The chip. */
  readonly device: Cdc7Device;
  /**
   * What it does, its defects among it.
   *
   * @default {BLACK_PILL}
   */
  readonly profile?: Cdc7Profile | undefined;
}

/** What a target is made of. */
interface Target {
  readonly link: ByteLink;
  readonly device: Cdc7Device;
  readonly profile: Cdc7Profile;
}

/**
 * Runs the target until it starts the application.
 *
 * @param link The target's end of the wire.
 * @param options The chip and the profile.
 * @returns That it jumps.
 */
export function* runCdc7Target(link: ByteLink, options: RunCdc7TargetOptions): Procedure<{ readonly kind: "go" }> {
  const { device, profile = BLACK_PILL } = options;
  const target: Target = { link, device, profile };
  while (true) {
    const command = yield* link.read(COMMAND_BYTES, "command", Infinity);
    const error = yield* obey(target, command);
    if (error === undefined && command[0] !== COMMANDS.erase) {
      send(target, { kind: "ack", command: COMMANDS.execute }, "started");
      yield* link.flush();
      return { kind: "go" };
    }
    if (error !== undefined) send(target, { kind: "error", code: ERROR_CODES[error] }, error);
    yield* flushReceiver(link);
  }
}

/** Forgets what has come, what the driver still holds among it: that is handed over to a procedure that waits for bytes. */
function* flushReceiver(link: ByteLink): Procedure<void> {
  do yield { kind: "input", deadlineMs: link.nowMs, expected: "nothing" }; while (link.discardInput() > 0);
}

/** Does what a command says; gives what went wrong. */
function* obey(target: Target, command: Bytes): Procedure<ErrorCode | undefined> {
  const { device } = target;
  switch (command[0]) {
    case COMMANDS.execute:
      return device.hasApplication() ? undefined : "no-application";
    case COMMANDS.erase: {
      const error = yield* spend(target, device.erase());
      if (error === undefined) send(target, { kind: "ack", command: COMMANDS.erase }, "erased");
      return error;
    }
    case COMMANDS.download:
      return yield* download(target, command);
    default:
      return "invalid-command";
  }
}

function* download(target: Target, command: Bytes): Procedure<ErrorCode | undefined> {
  const { device, profile } = target;
  const view = new DataView(command.buffer, command.byteOffset, command.length);
  const packetCount = view.getUint16(1, true);
  const fits = packetCount * PACKET_BYTES <= device.applicationSizeBytes;
  if (!fits && !profile.erasesBeforeSizeCheck) return "flash-write-outside";
  send(target, { kind: "ack", command: COMMANDS.download }, "download");
  const error = (yield* spend(target, device.erase())) ?? (yield* takePackets(target, packetCount)) ??
    verify(device, { packetCount, checksum: view.getUint32(3, true) });
  if (error === undefined) return device.hasApplication() ? undefined : "no-application";
  if (profile.erasesAfterFailure) yield* spend(target, device.erase());
  return error;
}

/** The error of the last write alone counts, unless the profile remembers. One packet is taken even of none. */
function* takePackets(target: Target, packetCount: number): Procedure<ErrorCode | undefined> {
  const { device, profile } = target;
  let error: ErrorCode | undefined;
  let packet = 0;
  do {
    const bytes = yield* takePacket(target, packet);
    if (bytes === undefined) return "download-failed";
    if (profile.acknowledgesBeforeWrite) send(target, { kind: "packet-ack", packet }, "packet");
    const failure = yield* spend(target, device.write(packet * PACKET_BYTES, bytes));
    error = profile.forgetsFailedWrites ? failure : error ?? failure;
    if (!profile.acknowledgesBeforeWrite) send(target, { kind: "packet-ack", packet }, "packet");
    packet++;
  } while (packet < packetCount);
  return packet === packetCount ? error : "download-failed";
}

/** What came of a packet that did not come whole in time is forgotten. */
function* takePacket({ link, profile }: Target, packet: number): Procedure<Bytes | undefined> {
  for (let nacksLeft = profile.nackCountMax;; nacksLeft--) {
    try {
      return yield* link.read(PACKET_BYTES, "packet", profile.packetWithinMs);
    } catch (error) {
      if (!(error instanceof LinkTimeoutError)) throw error;
      link.discardInput();
      if (nacksLeft === 0) return undefined;
      link.send(encodeReply({ kind: "packet-nack", packet }), "packet is missing");
    }
  }
}

function verify(
  device: Cdc7Device,
  told: { readonly packetCount: number; readonly checksum: number },
): ErrorCode | undefined {
  const sizeBytes = told.packetCount * PACKET_BYTES;
  return device.checksum(sizeBytes) === told.checksum ? undefined : "checksum-mismatch";
}

function* spend({ link }: Target, outcome: Cdc7Outcome): Procedure<ErrorCode | undefined> {
  if (outcome.busyMs > 0) yield* link.sleep(outcome.busyMs);
  return outcome.error;
}

function send({ link }: Target, reply: Exclude<Reply, { readonly kind: "none" }>, note: string): void {
  link.send(encodeReply(reply), note);
}
