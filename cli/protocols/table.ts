/**
 * The protocols that the commands speak, by name. The code of each is loaded when it is asked for.
 *
 * @module
 */

import { UsageError } from "../usage_error.ts";
import { joinNames } from "../wrap.ts";
import type { CliProtocol, Operation } from "./protocol.ts";

const LOADERS = {
  "an3155": async () => (await import("./an3155.ts")).AN3155,
  "cdc": async () => (await import("./cdc.ts")).CDC,
  "cdc7": async () => (await import("./cdc7.ts")).CDC7,
  "ymodem": async () => (await import("./ymodem.ts")).YMODEM,
  "xmodem": async () => (await import("./xmodem.ts")).XMODEM,
  "xmodem-1k": async () => (await import("./xmodem.ts")).XMODEM_1K,
} as const satisfies Readonly<Record<string, () => Promise<CliProtocol>>>;

/** Name of a protocol. */
export type ProtocolName = keyof typeof LOADERS;

/** Every name, for flags and completion. */
export const PROTOCOL_NAMES: readonly ProtocolName[] = Object.keys(LOADERS).filter(isProtocolName);

/** A protocol that can do what a command needs. */
export type ProtocolWith<O extends Operation> = CliProtocol & Required<Pick<CliProtocol, O>>;

/**
 * Loads a protocol for a command.
 *
 * @typeParam O The command.
 * @param name The protocol.
 * @param operation The command.
 * @param flags The command's flags as they were given.
 * @returns The protocol, with that operation.
 * @throws {UsageError} When it has no such operation, or cannot use a flag.
 */
export async function loadProtocol<O extends Operation>(
  name: ProtocolName,
  operation: O,
  flags: object,
): Promise<ProtocolWith<O>> {
  const protocol: CliProtocol = await LOADERS[name]();
  if (!hasOperation(protocol, operation)) {
    const able = await namesWith(operation);
    throw new UsageError(
      "bad-value",
      `Cannot run ${operation}: ${name} has no ${operation}, ${protocol.nature}`,
      `${able.length === 1 ? "The protocol that has it is" : "The protocols that have it are"} ${joinNames(able)}`,
    );
  }
  refuseUnusedFlags(name, { operation, flags, usable: protocol.flags[operation] ?? [] });
  return protocol;
}

/** Flags that every protocol has a use for, or that are the command's own business. */
const GENERAL_FLAGS: ReadonlySet<string> = new Set([
  ...["protocol", "port", "trace", "json", "listen", "flash-file", "faults", "flash-times", "baud", "to", "yes"],
  ...["frame", "enter", "leave", "wait", "retry", "config", "all"],
]);

/**
 * Tells whether a protocol has a use for a flag of a command.
 *
 * @param name The protocol, as the user gave it.
 * @param operation The command.
 * @param flag The flag.
 * @returns `true` also where there is no such protocol: that is told elsewhere.
 */
export async function usesFlag(name: string, operation: string, flag: string): Promise<boolean> {
  if (!isProtocolName(name) || GENERAL_FLAGS.has(flag)) return true;
  const protocol: CliProtocol = await LOADERS[name]();
  return protocol.flags[operation]?.includes(flag) === true;
}

function refuseUnusedFlags(
  name: ProtocolName,
  options: { readonly operation: Operation; readonly flags: object; readonly usable: readonly string[] },
): void {
  const { operation, flags, usable } = options;
  for (const [flag, value] of Object.entries(flags)) {
    const isGiven = value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
    if (!isGiven || GENERAL_FLAGS.has(flag) || usable.includes(flag)) continue;
    throw new UsageError(
      "conflicting-flags",
      `Cannot run ${operation}: ${name} has no use for --${flag}`,
      "Leave it out, or choose another protocol",
    );
  }
}

async function namesWith(operation: Operation): Promise<ProtocolName[]> {
  const able: ProtocolName[] = [];
  for (const name of PROTOCOL_NAMES) {
    if (hasOperation(await LOADERS[name](), operation)) able.push(name);
  }
  return able;
}

function hasOperation<O extends Operation>(protocol: CliProtocol, operation: O): protocol is ProtocolWith<O> {
  return protocol[operation] !== undefined;
}

function isProtocolName(name: string): name is ProtocolName {
  return Object.hasOwn(LOADERS, name);
}
