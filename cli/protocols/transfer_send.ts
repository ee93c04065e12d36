/**
 * `coreslot send` and `coreslot flash` over XMODEM and YMODEM.
 *
 * @module
 */

import { formatAddress } from "../../core/hex.ts";
import { sectorsOf } from "../../core/parts/sectors.ts";
import { encodeBinary } from "../../packager/formats/binary.ts";
import { detectFormat } from "../../packager/formats/detect.ts";
import { massEraseWithinMs } from "../../protocols/an3155/times.ts";
import type { ByteLink } from "../../protocols/link/byte_link.ts";
import { CanceledByPeerError } from "../../protocols/link/error.ts";
import type { Procedure } from "../../protocols/link/procedure.ts";
import type { BlockSizeOptions } from "../../protocols/xmodem/block_count.ts";
import type { TransferPlan } from "../../protocols/xmodem/plan.ts";
import type { SendOptions as WireSendOptions, SendReport } from "../../protocols/xmodem/send_options.ts";
import type { Conversation, Talk } from "../conversation.ts";
import type { Stage } from "../device_error.ts";
import { labelOf } from "../file_label.ts";
import { isUpdate } from "../flash_source.ts";
import { type Fact, formatFacts, formatSize, groupDigits, type Report } from "../report.ts";
import { withSizeAdvice } from "../too_large.ts";
import { UsageError } from "../usage_error.ts";
import { checkUpdate } from "./check_update.ts";
import { refuseUpdateOptions } from "./firmware_options.ts";
import type { FlashOptions, FlashSource, PlainFile, SendOptions } from "./protocol.ts";
import { BEGUN, REFUSED_ADVICE, SENDING } from "./transfer_stages.ts";

/** How long a device may be silent when nobody says which part it is: the longest mass erase that we know of is 52 s. */
const SILENCE_MAX_MS = 60_000;

const TOO_LARGE_ADVICE =
  "Take what goes to this loader with coreslot convert and its --start and --size, then send that";

/** What one of the protocols does with files. */
export interface FileSender {
  /** How many files it can send at once. */
  readonly fileCountMax: number;
  /** The size of its blocks. */
  blockSizeOf(options: SendOptions): BlockSizeOptions;
  /** Sends files. */
  send(link: ByteLink, files: readonly PlainFile[], options: SenderOptions): Procedure<readonly SendReport[]>;
  /** What lrzsz calls the sender that it is compared with. */
  lrzszOf(options: SendOptions): string;
  /** Foretells what that costs. */
  plan(file: PlainFile, options: BlockSizeOptions): TransferPlan & { readonly notes?: readonly string[] };
}

/** Options of {@linkcode FileSender.send}. */
export interface SenderOptions extends WireSendOptions {
  /** Called before each file. */
  readonly onFile: (index: number) => void;
}

/** How each file ended, for people. */
const ENDS: Readonly<Record<SendReport["end"], string>> = {
  acknowledged: "the receiver has it",
  requested: "the receiver has it, and asks for the next",
  unconfirmed: "every block was taken, the end was not confirmed: look whether the file is there",
};

/**
 * Says how to send files as they are.
 *
 * @param sender The protocol.
 * @param files The files.
 * @param options Part and block size.
 * @returns The conversation.
 * @throws {UsageError} When there are more files than the protocol takes.
 */
export function prepareSend(sender: FileSender, files: readonly PlainFile[], options: SendOptions): Talk<Report> {
  if (files.length > sender.fileCountMax) {
    throw new UsageError(
      "unexpected-argument",
      "Cannot run send: this protocol carries one file",
      "Use --protocol ymodem",
    );
  }
  return (conversation) => sendAll(sender, conversation, { files, options, notes: [] });
}

/**
 * Says how to send firmware to a loader: an update as it is, firmware as the bytes that go into flash.
 *
 * @param sender The protocol.
 * @param source The file.
 * @param options Part and block size; keys and layout for an update.
 * @returns The conversation.
 * @throws {FileContentError} When the file is damaged, or an update not to be trusted.
 */
export async function prepareFlash(
  sender: FileSender,
  source: FlashSource,
  options: FlashOptions,
): Promise<Talk<Report>> {
  if (isUpdate(source.bytes)) await checkUpdate(source, options.update, () => {});
  else refuseUpdateOptions(source, options);
  const { file, notes } = await payloadOf(source);
  const unread = "nothing was read back, for this protocol cannot: the device's loader says whether it took it";
  return (conversation) => sendAll(sender, conversation, { files: [file], options, notes: [...notes, unread] });
}

interface Sending {
  readonly files: readonly PlainFile[];
  readonly options: SendOptions;
  readonly notes: readonly string[];
}

async function sendAll(sender: FileSender, conversation: Conversation, sending: Sending): Promise<Report> {
  const { files, options } = sending;
  const blockSize = sender.blockSizeOf(options);
  const warnings = files.flatMap((file) => sender.plan(file, blockSize).notes ?? []);
  for (const warning of warnings) conversation.progress.say(`warning: ${warning}`);
  const silenceMs = silenceOf(options);
  conversation.progress.say("waiting until the receiver asks");
  let current = 0;
  let stage: Stage | undefined;
  const reach = (next: Stage) => conversation.reportStage(stage = next);
  try {
    const reports = await conversation.run((link) =>
      sender.send(link, files, {
        ...blockSize,
        pauseMs: options.pauseMs,
        firstAnswerWithinMs: silenceMs,
        // Each image of an update may bring its erase along.
        ...files.some(({ bytes }) => isUpdate(bytes)) ? { answerWithinMs: silenceMs } : {},
        onFile: (index) => {
          current = index;
        },
        onEvent: (event) => {
          if (stage === undefined) {
            reach(BEGUN);
            conversation.progress.reportStart("send");
          }
          if (event.kind === "resending" && event.reason === "silence") {
            conversation.progress.say(`no answer to ${event.what}: sending it again`);
          }
        },
        onProgress: (doneBytes) => {
          reach(SENDING);
          conversation.progress.update("send", { doneBytes, totalBytes: files[current]!.bytes.length });
        },
      })
    );
    return describeSent(sending, reports, warnings);
  } catch (error) {
    if (stage !== undefined && error instanceof CanceledByPeerError) reach({ ...stage, next: REFUSED_ADVICE });
    throw error;
  }
}

/**
 * Gives what goes over the wire for a firmware file.
 *
 * @param source The file.
 * @returns The bytes, under a name that says what they are, and what to know about them.
 */
export async function payloadOf(
  source: FlashSource,
): Promise<{ readonly file: PlainFile; readonly notes: readonly string[] }> {
  const name = labelOf(source.path);
  if (isUpdate(source.bytes) || isBinary(source)) {
    const notes = source.hasBinaryAddress
      ? ["--base changes nothing here: the device's loader decides where it goes"]
      : [];
    return { file: { name, bytes: source.bytes }, notes };
  }
  const { image, notes } = await source.readImage();
  const bytes = withSizeAdvice(TOO_LARGE_ADVICE, () => encodeBinary(image));
  const state = `sent as the ${formatSize(bytes.length)} from ${formatAddress(image.addressStart)} on; ` +
    "the device's loader decides where they go";
  return { file: { name: `${name.replace(/\.[^.]*$/, "")}.bin`, bytes }, notes: [...notes, state] };
}

function isBinary({ bytes }: FlashSource): boolean {
  try {
    return detectFormat(bytes) === "bin";
  } catch {
    // What is wrong with it is told when it is read.
    return false;
  }
}

/** A device may erase all its flash before it answers. */
function silenceOf({ part, bankMode }: SendOptions): number {
  return part === undefined ? SILENCE_MAX_MS : massEraseWithinMs(part, sectorsOf(part, bankMode));
}

function describeSent(
  { files, notes }: Sending,
  reports: readonly SendReport[],
  warnings: readonly string[],
): Report {
  const sent = files.map(({ name, bytes }, index) => ({ name, sizeBytes: bytes.length, report: reports[index]! }));
  return {
    data: {
      files: sent.map(({ name, sizeBytes, report }) => ({ name, sizeBytes, ...report })),
      warnings,
      notes,
    },
    lines: (style) =>
      formatFacts([
        ...sent.flatMap(({ name, sizeBytes, report }): Fact[] => [
          ["sent", `${name}, ${formatSize(sizeBytes)} in ${groupDigits(report.blockCount)} blocks`],
          ["end", ENDS[report.end]],
          ["resent", report.resentCount === 0 ? undefined : `${report.resentCount} blocks`],
        ]),
        ...warnings.map((warning): Fact => ["warning", warning]),
        ...notes.map((note): Fact => ["note", note]),
      ], style),
  };
}
