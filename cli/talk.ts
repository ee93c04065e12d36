/**
 * What every command that talks to a device does: find the protocol, converse, report.
 *
 * @module
 */

import type { Part } from "../core/parts/part.ts";
import type { ConversationFlags, Talk } from "./conversation.ts";
import { type Stage, UNTOUCHED } from "./device_error.ts";
import { namesSeveral } from "./port_flags.ts";
import type { MetDevice } from "./port_identity.ts";
import type { CliProtocol, Operation, TargetOptions } from "./protocols/protocol.ts";
import { loadProtocol, type ProtocolName, type ProtocolWith } from "./protocols/table.ts";
import type { Terminal } from "./terminal.ts";
import { UsageError } from "./usage_error.ts";
import { joinNames } from "./wrap.ts";

/** Flags of every command that talks to a device. */
export interface DeviceFlags extends ConversationFlags {
  /** The protocol. */
  readonly protocol: ProtocolName;
}

/** Flags that say what the device is. */
export interface TargetFlags {
  /** The part. */
  readonly part?: Part;
  /** How its flash is divided. */
  readonly "bank-mode"?: "single" | "dual";
}

/** The same, where there is a device to disagree. */
export interface TrustFlags extends TargetFlags {
  /** Whether the part is taken whatever the chip says. */
  readonly "trust-part": boolean;
}

/**
 * Gives the options that the flags stand for.
 *
 * @param flags The flags.
 * @returns The options.
 * @throws {UsageError} When a bank mode is named and the part does not have it, or no part is named for it or to be trusted.
 */
export function targetOf(flags: TargetFlags | TrustFlags): TargetOptions {
  const { part, "bank-mode": bankMode } = flags;
  const trustPart = "trust-part" in flags && flags["trust-part"];
  if (trustPart && part === undefined) {
    throw new UsageError(
      "missing-argument",
      "Cannot use --trust-part: nobody says which part",
      "Name one with --part whose sectors and program unit are those of the chip",
    );
  }
  if (bankMode === undefined) return { part, trustPart };
  if (part === undefined) {
    throw new UsageError(
      "missing-argument",
      "Cannot use --bank-mode: it is one of a part",
      "Name the part with --part",
    );
  }
  const names = part.flash.bankModes.map(({ name }) => name);
  if (names.includes(bankMode)) return { part, trustPart, bankMode };
  throw new UsageError("bad-value", `Cannot use --bank-mode ${bankMode}: ${part.name} has ${joinNames(names)}`);
}

/**
 * Loads the protocol and what it needs, and talks.
 *
 * @typeParam O The operation that the command needs.
 * @typeParam T What the conversation gives.
 * @param operation The operation.
 * @param options Terminal, and the command's flags.
 * @param prepare Gives the conversation; what it throws is thrown before the port is opened.
 * @returns What the conversation gives.
 * @throws {UsageError} When the protocol has no such operation, or no use for a flag.
 * @throws {PortError} When the port cannot be opened.
 * @throws {DeviceError} When the protocol fails, or somebody presses Ctrl-C.
 */
export async function talkTo<O extends Operation, T>(
  operation: O,
  options: { readonly terminal: Terminal; readonly flags: DeviceFlags },
  prepare: (protocol: ProtocolWith<O>) => Talk<T> | Promise<Talk<T>>,
): Promise<T> {
  const { terminal, flags } = options;
  if (namesSeveral(flags.port)) {
    throw new UsageError(
      "bad-value",
      `Cannot run ${operation}: it is for one device, and --port names several`,
      "Run it once for each: two senders may give their files one name",
    );
  }
  const protocol = await loadProtocol(flags.protocol, operation, flags);
  const talk = await prepare(protocol);
  // Not at the top: help needs none of it.
  const { converse } = await import("./conversation.ts");
  const stage: Stage = {
    doing: "waiting for the device to answer",
    device: UNTOUCHED,
    next: protocol.silenceAdvice,
  };
  const { persist } = await import("./retry.ts");
  const startsApplication = operation === "go" || "go" in flags && flags.go !== undefined;
  const met: MetDevice = { names: [] };
  const request = { terminal, flags, stage, met, frame: protocol.frame ?? "8n1", startsApplication } as const;
  const attempt = async () => {
    if (flags.baud !== "auto") return await converse(request, talk);
    const { findRate } = await import("./find_rate.ts");
    const baud = await findRate(request, probeOf(protocol, flags));
    return await converse({ ...request, flags: { ...flags, baud } }, talk);
  };
  return await persist(attempt, {
    count: flags.retry ?? 0,
    port: flags.port ?? "the port",
    terminal,
    isQuiet: flags.json,
  });
}

/** What info asks, of whatever part it is: nothing is changed by it. */
function probeOf(protocol: CliProtocol, { protocol: name, part }: DeviceFlags & TargetFlags): Talk<unknown> {
  const { info } = protocol;
  if (info !== undefined) return (conversation) => info(conversation, { part });
  throw new UsageError("bad-value", `Cannot use --baud auto: ${name} has nothing that can be asked at every rate`);
}
