/**
 * Targets that the sweep must catch: one that looks at neither CRC nor sequence number, and one that remembers across a
 * reset what it has staged.
 *
 * @module
 */

import { decodeCobs } from "../../protocols/cdc/cobs.ts";
import { CRC_BYTES, FRAME_HEADER_BYTES, FRAME_TYPES } from "../../protocols/cdc/constants.ts";
import type { CdcDevice, CdcExit, Step } from "../../protocols/cdc/device.ts";
import { addToSequence, encodeReply, type Frame, viewOf } from "../../protocols/cdc/frames.ts";
import { answerHello, COMMANDS } from "../../protocols/cdc/target_commands.ts";
import type { Conversation } from "../../protocols/cdc/target_steps.ts";
import type { ByteLink, Procedure } from "../../protocols/link/mod.ts";

/** Runs a device without looking at CRC or sequence number. */
export function* runNaiveTarget(link: ByteLink, options: { readonly device: CdcDevice }): Procedure<CdcExit> {
  const conversation: Conversation = {
    link,
    device: options.device,
    report() {},
    // deno-fmt-ignore
    *findInterruption() { yield* link.sleep(0); return undefined; },
  };
  while (true) {
    const bytes = yield* link.readUntil(0, { countMax: 700, expected: "frame", withinMs: Infinity });
    const decoded = decodeCobs(bytes.subarray(0, -1));
    if (decoded === undefined || decoded.length < FRAME_HEADER_BYTES + CRC_BYTES) continue;
    const view = viewOf(decoded);
    const frame: Frame = {
      type: decoded[0]!,
      argument: decoded[1]!,
      sequence: view.getUint16(2, true),
      session: view.getUint32(4, true),
      body: decoded.subarray(FRAME_HEADER_BYTES, -CRC_BYTES),
    };
    const command = frame.type === FRAME_TYPES.hello ? answerHello : COMMANDS.get(frame.type);
    const result = command?.(conversation, frame);
    if (result === undefined) continue;
    const answer = "status" in result ? result : yield* result;
    const next = addToSequence(frame.sequence, 1);
    const limit = addToSequence(frame.sequence, 2);
    link.send(encodeReply({ ...frame, argument: answer.status, next, limit, body: answer.body }));
    if (answer.exit !== undefined) return answer.exit;
  }
}

/** A device that believes whatever it has written: it commits without verifying. */
export function withoutVerifying(device: CdcDevice, commit: () => void): CdcDevice {
  return {
    describe: () => device.describe(),
    report: () => device.report(),
    begin: (headers, options) => device.begin(headers, options),
    compare: (image, checksums) => device.compare(image, checksums),
    write: (image, offset, bytes) => device.write(image, offset, bytes),
    clone: (image) => device.clone(image),
    finish(): Step<undefined> {
      commit();
      return { kind: "done", value: undefined, busyMs: 0 };
    },
    install: () => ({ kind: "done", value: device.describe().setB, busyMs: 0 }),
    abort: () => device.abort(),
  };
}
