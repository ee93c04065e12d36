/**
 * From what ended a conversation with a device to what people are told about it.
 *
 * @module
 */

import { BootEntryError } from "../ports/boot_entry/boot_entry_error.ts";
import { PortError } from "../ports/port_error.ts";
import { LinkTimeoutError, ProtocolError, UnexpectedBytesError } from "../protocols/link/error.ts";
import { UpdateError } from "../updates/error.ts";
import type { Connection } from "./connection.ts";
import { adviseOn, completeCommand, isEndlessTalk } from "./device_advice.ts";
import { DeviceError, InterruptedError, NO_DEVICE, type Stage, UNTOUCHED } from "./device_error.ts";

/** How a conversation stood when it ended. */
export interface ConversationState {
  /** The connection, once there was one. */
  readonly connection: Pick<Connection, "name" | "path" | "entryFailure"> | undefined;
  /** How far it was. */
  readonly stage: Stage;
  /** Whether the device has answered anything. */
  readonly hasAnswered: boolean;
  /** Whether the work had begun whose progress is shown. */
  readonly isBegun: boolean;
  /** The command's flags. */
  readonly flags: { readonly port?: string; readonly protocol?: string };
}

/**
 * Explains what ended a conversation.
 *
 * @param error What was thrown.
 * @param state How the conversation stood.
 * @returns What to throw instead.
 */
export async function explainFailure(error: unknown, state: ConversationState): Promise<unknown> {
  const { connection, stage, hasAnswered, isBegun, flags } = state;
  // A device that answers nobody was not in its loader after all.
  const entryFailure = isSilence(error) && !hasAnswered ? connection?.entryFailure : undefined;
  const failure = entryFailure ?? error;
  const rivals = isDisturbed(failure) ? await describeRivals(connection?.path) : undefined;
  const withRivals = (advice: string | undefined) => [rivals, advice].filter((part) => part !== undefined).join(". ");
  if (failure instanceof BootEntryError) {
    const { code, message, advice } = failure;
    return new BootEntryError({ code, message, advice: withRivals(advice), cause: failure });
  }
  // A port that was never open has no device behind it to tell of.
  const isTold = failure instanceof ProtocolError || failure instanceof UpdateError ||
    failure instanceof InterruptedError || failure instanceof PortError && stage !== NO_DEVICE;
  if (!isTold) return failure;
  const { isUntouched = false, ...known } = adviseOn(failure, stage);
  const port = connection?.name ?? flags.port ?? "the port";
  const { advice = failure.advice ?? stage.next } = known;
  return new DeviceError(failure, port, {
    ...stage,
    ...(isUntouched && !isBegun ? { device: UNTOUCHED } : {}),
    ...known,
    advice: withRivals(completeCommand(advice, { protocol: flags.protocol, port })),
  });
}

function isSilence(error: unknown): boolean {
  return error instanceof LinkTimeoutError && !isEndlessTalk(error);
}

/** What it looks like as well when another program takes some of the bytes. */
function isDisturbed(error: unknown): boolean {
  return isSilence(error) || error instanceof UnexpectedBytesError || error instanceof BootEntryError;
}

async function describeRivals(path: string | undefined): Promise<string | undefined> {
  if (path === undefined || Deno.build.os !== "linux") return undefined;
  const { listRivals } = await import("../ports/serial/linux_open_failure.ts");
  const rivals = listRivals(path);
  if (rivals.length === 0) return undefined;
  const [verb, object] = rivals.length === 1 ? ["has", "it"] : ["have", "them"];
  return `${rivals.join(" and ")} ${verb} it open too and may take the answers: close ${object}`;
}
