/**
 * Files on their way from our sender into one of ST's loaders.
 *
 * @module
 */

import {
  type OutgoingFile,
  runStIap,
  sendYmodem,
  type SendYmodemOptions,
  type SendYmodemReport,
  ST_IAP_F4,
  type StIapProfile,
  type StIapReport,
} from "../protocols/ymodem/mod.ts";
import { IapFlash } from "./iap_flash.ts";
import { type Fault, type PairResult, runPair } from "./transfer_pair.ts";

/** Nothing in it is FF, and its block 256 does not begin with 0. */
export const contentOf = (sizeBytes: number) => Uint8Array.from({ length: sizeBytes }, (_, index) => 1 + index % 251);

/** A loader, what goes wrong, and how the file is sent. */
export interface Setup extends SendYmodemOptions {
  readonly flash?: IapFlash;
  readonly profile?: StIapProfile;
  readonly faults?: readonly Fault[];
}

/** How both ended. */
export type Result = PairResult<SendYmodemReport, StIapReport>;

/** Sends files into a loader. */
export function send(files: readonly OutgoingFile[], setup: Setup): Result {
  const { flash = new IapFlash(0x8_0000), profile = ST_IAP_F4, faults = [], ...options } = setup;
  return runPair(
    (link) => sendYmodem(link, files, options),
    (link) => runStIap(link, flash, profile),
    { wire: { baudRate: 115_200, latencyMs: 1 }, faults, receiverDepthBytes: 1, graceMs: 10_000 },
  );
}

/** Sends one file. */
export const sendOne = (sizeBytes: number, setup: Setup) =>
  send([{ name: "app.bin", data: contentOf(sizeBytes) }], setup);
/** What the loader says. */
export const reportOf = ({ target }: Result) => target?.kind === "done" ? target.value : undefined;
/** The code of the sender's error; `false` when it has none. */
export const codeOf = ({ host }: Result) =>
  host.kind === "failed" && host.error instanceof Error && "code" in host.error && host.error.code;
