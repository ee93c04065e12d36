/**
 * The words for each frame of a captured conversation.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { formatAddress, formatHex } from "../../core/mod.ts";
import { BEGIN_FORCED, BOOT_STAY, FRAME_NAMES, HELLO_PROBE, REFUSAL_NAMES, STATUS } from "./constants.ts";
import type { SetReport } from "./device.ts";
import { type Frame, type Reply, viewOf } from "./frames.ts";
import {
  decodeInformation,
  decodeProgress,
  decodeResumePoints,
  decodeSetReport,
  decodeStagingReport,
} from "./records.ts";

/**
 * Says what a command is.
 *
 * @param frame A frame from the host.
 * @returns One line.
 */
export function describeCommand(frame: Frame): string {
  const name = FRAME_NAMES.get(frame.type) ?? `unknown command ${frame.type}`;
  const details = detailsOf(frame);
  return `${frame.sequence} ${name}${details === "" ? "" : ` ${details}`}`;
}

/**
 * Says what a reply is.
 *
 * @param reply A frame from the device.
 * @returns One line, and whether it is no complaint.
 */
export function describeReply(reply: Reply): { readonly text: string; readonly isRight: boolean } {
  const { argument: status, sequence, next, limit } = reply;
  const name = FRAME_NAMES.get(reply.type) ?? "frame";
  const credit = `next ${next}, credit to ${limit}`;
  if (status === STATUS.gap) return { text: `gap: send again from ${next} on, credit to ${limit}`, isRight: false };
  if (status === STATUS.working) {
    return { text: `${sequence} ${name}: at work${describeProgress(reply)}`, isRight: true };
  }
  if (status !== STATUS.done) {
    const image = reply.body[0] === undefined || reply.body[0] === 0xff ? "" : `, image ${reply.body[0]}`;
    const code = REFUSAL_NAMES.get(status) ?? `for reason ${status}`;
    return { text: `${sequence} ${name}: refused, ${code}${image}`, isRight: false };
  }
  const details = describeResult(reply);
  return { text: `${sequence} ${name}: done, ${credit}${details === "" ? "" : `; ${details}`}`, isRight: true };
}

function detailsOf({ type, argument, session, body }: Frame): string {
  const view = viewOf(body);
  switch (FRAME_NAMES.get(type)) {
    case "hello": {
      if (body.length < 4) return "without a version";
      const probe = view.getUint16(2, true) === HELLO_PROBE ? ", with a probe" : "";
      return `in session ${formatAddress(session)}, version ${view.getUint16(0, true)}${probe}`;
    }
    case "begin": {
      const isForced = body.length >= 4 && view.getUint32(0, true) === BEGIN_FORCED;
      return `with ${argument} ${argument === 1 ? "header" : "headers"}${isForced ? ", forced" : ""}`;
    }
    case "compare":
      return body.length < 4
        ? `image ${argument}`
        : `image ${argument}, ${(body.length - 4) / 4} units of ${view.getUint32(0, true)} bytes`;
    case "data":
      return body.length < 4
        ? `image ${argument}`
        : `image ${argument}, ${body.length - 4} bytes at ${view.getUint32(0, true)}`;
    case "clone":
      return `image ${argument}`;
    case "boot":
      return argument === BOOT_STAY ? "and stay" : "";
    default:
      return "";
  }
}

function describeProgress({ body }: Reply): string {
  const progress = decodeProgress(body);
  if (progress === undefined) return "";
  const { phase, image, doneBytes, totalBytes } = progress;
  return `, ${phase}${image === undefined ? "" : ` image ${image}`}, ${doneBytes} of ${totalBytes} bytes`;
}

function describeResult({ type, body }: Reply): string {
  switch (FRAME_NAMES.get(type)) {
    case "hello": {
      const decoded = decodeInformation(body);
      if (decoded === undefined) return "";
      const { partName, layoutName, reason, limits, setA, setB, slots } = decoded.information;
      const cores = slots.map(({ core }) => core).join(" and ");
      return `${partName} with layout ${layoutName} for ${cores}, here for ${reason}; ${limits.window} frames of ` +
        `${limits.dataSizeMax} bytes, silent for ${limits.silenceMs} ms; A ${describeSet(setA)}; B ${
          describeSet(setB)
        }`;
    }
    case "begin": {
      const points = decodeResumePoints(body, Math.floor(body.length / 8));
      return points?.map(({ state, offset }, index) => `image ${index} ${state} from ${offset}`).join(", ") ?? "";
    }
    case "compare":
      return body.length < 4 ? "" : `go on from ${viewOf(body).getUint32(0, true)}`;
    case "finish":
    case "status": {
      const report = decodeStagingReport(body);
      if (report === undefined) return "";
      const staged = report.stagedBytes.length === 0 ? "" : `, staged ${report.stagedBytes.join(" and ")}`;
      return `${report.state}${staged}; A ${describeSet(report.setA)}; B ${describeSet(report.setB)}`;
    }
    case "boot": {
      const set = decodeSetReport(body);
      return set === undefined ? "" : `starts ${describeSet(set)}`;
    }
    default:
      return "";
  }
}

function describeSet({ state, version, counter, setId }: SetReport): string {
  if (state === "absent") return "absent";
  const { major, minor, patch, build } = version;
  const id = formatHex(setId.subarray(0, 4));
  return `${state} ${major}.${minor}.${patch}+${build}, counter ${counter}, set ${id}..`;
}
