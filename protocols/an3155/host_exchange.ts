/**
 * What every command of the host does: send a frame, wait for its ACK.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes } from "../../core/mod.ts";
import { type ByteLink, LinkTimeoutError, type Procedure, RefusedError, UnexpectedBytesError } from "../link/mod.ts";
import { ACK, ANSWER_WITHIN_MS, BUSY, COMMANDS, NACK } from "./constants.ts";
import { AnswerTimeoutError, UnexpectedAnswerError } from "./error.ts";
import { encodeCommand, formatCommand } from "./frames.ts";

/** A frame that the target answers with ACK. */
export interface Step {
  /** What the frame is, as errors name it: `address`, `data`. */
  readonly phase: string;
  /** The frame. */
  readonly frame: Bytes;
  /**
   * How long the answer may take, in milliseconds.
   *
   * @default {ANSWER_WITHIN_MS}
   */
  readonly withinMs?: number;
}

/**
 * How much of a command is sent before its first answer.
 *
 * `nothing`: each frame waits for its ACK, as the application note has it. `address`: the address goes with the command.
 * `everything`: all frames go at once. The two latter save round trips on adapters with a long latency; nobody has
 * tried them on silicon.
 */
export type SendAhead = "nothing" | "address" | "everything";

/** Options of commands that can be sent ahead. */
export interface SendAheadOptions {
  /**
   * How much to send before the first answer. Not tried on silicon.
   *
   * @default {"nothing"}
   */
  readonly sendAhead?: SendAhead | undefined;
}

/**
 * Runs a command: its two bytes, then its frames, each with an ACK.
 *
 * @param link An idle link: what came unasked is an error, for it would be taken for this command's answer.
 * @param code The command.
 * @param options The frames that follow, and how many of them go ahead.
 * @throws {RefusedError} When the target answers NACK; `phase` says to which frame.
 * @throws {UnexpectedAnswerError} When it answers anything else.
 * @throws {UnexpectedBytesError} When bytes had come before.
 * @throws {AnswerTimeoutError} When no answer comes.
 */
export function* runCommand(link: ByteLink, code: number, options: RunCommandOptions = {}): Procedure<void> {
  if (link.unreadCount > 0) {
    throw new UnexpectedBytesError("silence before a command", yield* link.read(link.unreadCount, "nothing", 0));
  }
  const { steps = [], withinMs = ANSWER_WITHIN_MS, sendAhead = "nothing" } = options;
  const command = formatCommand(code);
  const all: readonly Step[] = [{ phase: "command", frame: encodeCommand(code), withinMs }, ...steps];
  const aheadCount = countAhead(all, sendAhead);
  for (let index = 0; index < all.length; index++) {
    const isAhead = index > 0 && index < aheadCount;
    if (!isAhead) link.send(index === 0 ? concatSteps(all.slice(0, aheadCount)) : all[index]!.frame, command);
    yield* link.flushOrHear();
    yield* expectAck(link, command, all[index]!);
  }
}

/** How many frames go out together: one where sending ahead could do harm. */
function countAhead(steps: readonly Step[], sendAhead: SendAhead): number {
  if (sendAhead === "nothing") return 1;
  const count = sendAhead === "address" ? 2 : steps.length;
  return holdsCommand(concatSteps(steps.slice(0, count)).subarray(1)) ? 1 : count;
}

function concatSteps(steps: readonly Step[]): Bytes {
  return steps.length === 1 ? steps[0]!.frame : concatBytes(steps.map(({ frame }) => frame));
}

/** Commands that change the device: none of them may be found in bytes that a target could take for commands. */
const CHANGING_COMMANDS: ReadonlySet<number> = new Set([
  ...[COMMANDS.go, COMMANDS.writeMemory, COMMANDS.erase, COMMANDS.extendedErase],
  ...[COMMANDS.special, COMMANDS.extendedSpecial],
  ...[COMMANDS.writeProtect, COMMANDS.writeUnprotect, COMMANDS.readoutProtect, COMMANDS.readoutUnprotect],
]);

/**
 * Tells whether bytes hold, at any place, a command that changes the device: a target that refuses the command in front
 * of them reads them two by two as commands.
 *
 * @param bytes Bytes to be sent before the target has said that it wants them.
 * @returns `true` when they must not be sent ahead.
 *
 * @example Data that a target out of step would take for Readout Protect
 * ```ts
 * import { holdsCommand } from "@coreslot/coreslot/an3155";
 *
 * console.assert(holdsCommand(Uint8Array.of(0x00, 0x82, 0x7d, 0x00)));
 * console.assert(!holdsCommand(Uint8Array.of(0x82, 0x00, 0x7d)));
 * ```
 */
export function holdsCommand(bytes: Uint8Array): boolean {
  for (let index = 1; index < bytes.length; index++) {
    if ((bytes[index - 1]! ^ bytes[index]!) === 0xff && CHANGING_COMMANDS.has(bytes[index - 1]!)) return true;
  }
  return false;
}

/** Options of {@linkcode runCommand}. */
export interface RunCommandOptions extends SendAheadOptions {
  /** The frames behind the command. */
  readonly steps?: readonly Step[];
  /**
   * How long the answer to the command itself may take, in milliseconds.
   *
   * @default {ANSWER_WITHIN_MS}
   */
  readonly withinMs?: number;
}

/**
 * Waits for an ACK. BUSY is skipped, and does not prolong the wait.
 *
 * @param link The link.
 * @param command The command's name, for errors.
 * @param step What was sent, and how long its answer may take.
 * @throws {RefusedError} When NACK comes.
 * @throws {UnexpectedAnswerError} When anything else comes.
 * @throws {AnswerTimeoutError} When nothing comes in time.
 */
export function* expectAck(link: ByteLink, command: string, step: Omit<Step, "frame">): Procedure<void> {
  const { phase, withinMs = ANSWER_WITHIN_MS } = step;
  const deadlineMs = link.nowMs + withinMs;
  try {
    let byte: number = BUSY;
    while (byte === BUSY) byte = yield* link.readByte(`ACK of ${phase}`, deadlineMs - link.nowMs);
    if (byte === ACK) return;
    if (byte === NACK) throw new RefusedError(command, phase, adviseOnRefusal(command, phase));
    throw new UnexpectedAnswerError(command, phase, Uint8Array.of(byte));
  } catch (error) {
    if (error instanceof LinkTimeoutError) throw new AnswerTimeoutError(command, phase, withinMs);
    throw error;
  }
}

function adviseOnRefusal(command: string, phase: string): string | undefined {
  if (phase === "address") return "The device has no such memory, or its boot ROM does not give it away";
  if (phase !== "command") return undefined;
  const isAlwaysThere = [COMMANDS.get, COMMANDS.getVersion, COMMANDS.getId].some((code) =>
    formatCommand(code) === command
  );
  return isAlwaysThere ? undefined : "Readout protection is active, or this boot ROM does not know the command";
}
