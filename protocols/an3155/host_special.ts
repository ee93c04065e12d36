/**
 * The host's Special and Extended Special: commands whose meaning is their vendor's.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";
import type { ByteLink, Procedure } from "../link/mod.ts";
import { ANSWER_WITHIN_MS, COMMANDS, EXTENDED_SPECIAL_SIZE_MAX, SPECIAL_SIZE_MAX } from "./constants.ts";
import { encodeCode, encodeSized, formatCommand, readFrame } from "./frames.ts";
import { expectAck, runCommand } from "./host_exchange.ts";

/** The answer to a special command. */
export interface SpecialAnswer {
  /** What was asked for; empty after Extended Special, which has no such field. */
  readonly data: Bytes;
  /** How it went, in the vendor's own terms. */
  readonly status: Bytes;
}

/**
 * Runs a special command.
 *
 * @param link An idle link.
 * @param code The vendor's code, 0 to 0xFFFF.
 * @param data 0 to 128 bytes. OpenBootloader takes the rest of a longer frame for commands, so none is sent.
 * @returns Data and status.
 * @throws {RangeError} When there are too many bytes.
 * @throws {ProtocolError} As {@linkcode runCommand}; phases are `command`, `code`, `data` and `status`.
 */
export function* special(link: ByteLink, code: number, data: Bytes): Procedure<SpecialAnswer> {
  const steps = [{ phase: "code", frame: encodeCode(code) }, {
    phase: "data",
    frame: encodeSized(data, SPECIAL_SIZE_MAX),
  }];
  yield* runCommand(link, COMMANDS.special, { steps });
  const answer = yield* readSized(link, "data");
  const status = yield* readSized(link, "status");
  yield* expectAck(link, formatCommand(COMMANDS.special), { phase: "status" });
  return { data: answer, status };
}

/** What {@linkcode extendedSpecial} sends. */
export interface ExtendedSpecialData {
  /** First part, 0 to 128 bytes. */
  readonly request: Bytes;
  /** Second part, 0 to 1,024 bytes. */
  readonly payload: Bytes;
}

/**
 * Runs an extended special command.
 *
 * @param link An idle link.
 * @param code The vendor's code, 0 to 0xFFFF.
 * @param data What to send.
 * @returns The status; no data.
 * @throws {RangeError} When there are too many bytes.
 * @throws {ProtocolError} As {@linkcode runCommand}; phases are `command`, `code`, `request`, `payload` and `status`.
 */
export function* extendedSpecial(link: ByteLink, code: number, data: ExtendedSpecialData): Procedure<SpecialAnswer> {
  const steps = [
    { phase: "code", frame: encodeCode(code) },
    { phase: "request", frame: encodeSized(data.request, SPECIAL_SIZE_MAX) },
    { phase: "payload", frame: encodeSized(data.payload, EXTENDED_SPECIAL_SIZE_MAX) },
  ];
  yield* runCommand(link, COMMANDS.extendedSpecial, { steps });
  const status = yield* readSized(link, "status");
  yield* expectAck(link, formatCommand(COMMANDS.extendedSpecial), { phase: "status" });
  return { data: new Uint8Array(0), status };
}

/** Reads a size in two bytes and that many bytes; they have no checksum. */
function* readSized(link: ByteLink, what: string): Procedure<Bytes> {
  const size = yield* readFrame(link, 2, { expected: `size of ${what}`, pauseMs: ANSWER_WITHIN_MS });
  return yield* readFrame(link, size[0]! << 8 | size[1]!, { expected: what, pauseMs: ANSWER_WITHIN_MS });
}
