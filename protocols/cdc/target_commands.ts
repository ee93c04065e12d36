/**
 * What each command does on the device: it checks the body, and asks the loader.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes } from "../../core/mod.ts";
import type { Procedure } from "../link/mod.ts";
import {
  BEGIN_FORCED,
  BEGIN_HEAD_BYTES,
  BOOT_STAY,
  COMPARE_HEAD_BYTES,
  DATA_OFFSET_BYTES,
  FRAME_TYPES,
  HELLO_HEAD_BYTES,
  HELLO_PROBE,
  IMAGE_COUNT_MAX,
  IMAGE_HEADER_BYTES,
  PROBE_BYTES,
  PROTOCOL_VERSION,
  type RefusalCode,
  REFUSALS,
  STATUS,
} from "./constants.ts";
import type { CdcExit } from "./device.ts";
import { type Frame, viewOf } from "./frames.ts";
import { encodeInformation, encodeResumePoints, encodeSetReport, encodeStagingReport } from "./records.ts";
import { RecordWriter } from "./record_bytes.ts";
import { type Answer, type Conversation, refusalBody, runSteps } from "./target_steps.ts";

export { refusalBody } from "./target_steps.ts";

const NO_BODY: Bytes = new Uint8Array(0);

/** Smallest unit that compare takes. */
const UNIT_BYTES_MIN = 256;

/** Largest unit that compare takes. */
const UNIT_BYTES_MAX = 1 << 20;

/** What a command does: some at once, some in steps. */
type Command = (conversation: Conversation, frame: Frame) => Answer | Procedure<Answer>;

/** Every command but hello, by its type. */
export const COMMANDS: ReadonlyMap<number, Command> = new Map<number, Command>([
  [FRAME_TYPES.begin, begin],
  [FRAME_TYPES.compare, compare],
  [FRAME_TYPES.data, writeData],
  [FRAME_TYPES.clone, clone],
  [FRAME_TYPES.finish, finish],
  [FRAME_TYPES.status, status],
  [FRAME_TYPES.abort, abort],
  [FRAME_TYPES.reset, reset],
  [FRAME_TYPES.boot, boot],
]);

/**
 * Answers a hello.
 *
 * @param conversation The conversation that it begins.
 * @param frame The hello.
 * @returns What the device says of itself, and the probe when it was sent one.
 */
export function answerHello(conversation: Conversation, frame: Frame): Answer {
  const flaw = findHelloFlaw(frame);
  if (flaw !== undefined) return refuse(flaw);
  const { body } = frame;
  const information = encodeInformation(conversation.device.describe());
  return done(
    body.length > HELLO_HEAD_BYTES ? concatBytes([information, body.subarray(HELLO_HEAD_BYTES)]) : information,
  );
}

/**
 * Finds why a hello is refused.
 *
 * @param frame The hello.
 * @returns The reason, or `undefined`.
 */
export function findHelloFlaw({ body, session }: Frame): RefusalCode | undefined {
  if (session === 0 || body.length < HELLO_HEAD_BYTES) return "bad-body";
  const view = viewOf(body);
  if (view.getUint16(0, true) !== PROTOCOL_VERSION) return "unknown-version";
  const flags = view.getUint16(2, true);
  const sizeBytes = HELLO_HEAD_BYTES + (flags === HELLO_PROBE ? PROBE_BYTES : 0);
  return flags > HELLO_PROBE || body.length !== sizeBytes ? "bad-body" : undefined;
}

function* begin(conversation: Conversation, frame: Frame): Procedure<Answer> {
  const { body, argument: count } = frame;
  if (count < 1 || count > IMAGE_COUNT_MAX || body.length !== BEGIN_HEAD_BYTES + count * IMAGE_HEADER_BYTES) {
    return refuse("bad-body");
  }
  const flags = viewOf(body).getUint32(0, true);
  if (flags > BEGIN_FORCED) return refuse("bad-body");
  const headers = Array.from({ length: count }, (_, index) => {
    const start = BEGIN_HEAD_BYTES + index * IMAGE_HEADER_BYTES;
    return body.slice(start, start + IMAGE_HEADER_BYTES);
  });
  const options = { isForced: flags === BEGIN_FORCED };
  return yield* runSteps(conversation, frame, () => conversation.device.begin(headers, options), {
    toBody: encodeResumePoints,
  });
}

function* compare(conversation: Conversation, frame: Frame): Procedure<Answer> {
  const { body, argument: image } = frame;
  if (body.length <= COMPARE_HEAD_BYTES || body.length % 4 !== 0) return refuse("bad-body");
  const view = viewOf(body);
  const unitBytes = view.getUint32(0, true);
  const isPowerOfTwo = (unitBytes & (unitBytes - 1)) === 0;
  if (!isPowerOfTwo || unitBytes < UNIT_BYTES_MIN || unitBytes > UNIT_BYTES_MAX) return refuse("bad-body");
  const crcs = Array.from(
    { length: (body.length - COMPARE_HEAD_BYTES) / 4 },
    (_, index) => view.getUint32(COMPARE_HEAD_BYTES + 4 * index, true),
  );
  return yield* runSteps(conversation, frame, () => conversation.device.compare(image, { unitBytes, crcs }), {
    toBody: (offset) => new RecordWriter(4).u32(offset).bytes,
  });
}

function* writeData(conversation: Conversation, frame: Frame): Procedure<Answer> {
  const { body, argument: image } = frame;
  if (body.length <= DATA_OFFSET_BYTES) return refuse("bad-body");
  const offset = viewOf(body).getUint32(0, true);
  const bytes = body.subarray(DATA_OFFSET_BYTES);
  return yield* runSteps(conversation, frame, () => conversation.device.write(image, offset, bytes), {
    toBody: () => NO_BODY,
    canBeInterrupted: false,
  });
}

function* clone(conversation: Conversation, frame: Frame): Procedure<Answer> {
  if (frame.body.length !== 0) return refuse("bad-body");
  return yield* runSteps(conversation, frame, () => conversation.device.clone(frame.argument), {
    toBody: () => NO_BODY,
  });
}

function* finish(conversation: Conversation, frame: Frame): Procedure<Answer> {
  if (frame.body.length !== 0) return refuse("bad-body");
  const { device } = conversation;
  return yield* runSteps(conversation, frame, () => device.finish(), {
    toBody: () => encodeStagingReport(device.report()),
  });
}

function status(conversation: Conversation, frame: Frame): Answer {
  if (frame.body.length !== 0) return refuse("bad-body");
  return done(encodeStagingReport(conversation.device.report()));
}

function abort(conversation: Conversation, frame: Frame): Answer {
  if (frame.body.length !== 0) return refuse("bad-body");
  conversation.device.abort();
  return done(NO_BODY);
}

function reset(_conversation: Conversation, frame: Frame): Answer {
  if (frame.body.length !== 0) return refuse("bad-body");
  return { ...done(NO_BODY), exit: { kind: "reset" } };
}

function* boot(conversation: Conversation, frame: Frame): Procedure<Answer> {
  const { argument, body } = frame;
  if (body.length !== 0 || argument > BOOT_STAY) return refuse("bad-body");
  const exit: CdcExit | undefined = argument === BOOT_STAY ? undefined : { kind: "boot" };
  return yield* runSteps(conversation, frame, () => conversation.device.install(), { toBody: encodeSetReport, exit });
}

function done(body: Bytes): Answer {
  return { status: STATUS.done, body };
}

function refuse(code: RefusalCode): Answer {
  return { status: REFUSALS[code], body: refusalBody(undefined) };
}
