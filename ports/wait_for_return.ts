/**
 * Waiting for a port to go and come back, under whatever name: a device in its loader often has another product id and
 * another path.
 *
 * Runs in Deno.
 *
 * @module
 */

import { SYSTEM_CLOCK } from "./clock.ts";
import type { PathLook } from "./serial/path_look.ts";
import {
  type Lookout,
  lookUntil,
  SYSTEM_LOOKOUT,
  waitError,
  waitForPort,
  type WaitForPortOptions,
} from "./wait_for_port.ts";

/**
 * Remembers all ports that are there, to know later which have come since.
 *
 * @param path The port that is about to go. It may be gone, and even be back, already.
 * @param opened What was there when it was opened.
 * @param lookout Where to look.
 * @returns What tells each port from those that come later.
 */
export async function rememberPorts(
  path: string,
  opened: PathLook | undefined,
  lookout: Lookout = SYSTEM_LOOKOUT,
): Promise<ReadonlySet<string>> {
  const others = [...await identifyPorts(path, lookout)].filter(([, other]) => other !== path);
  return new Set([...others.map(([identity]) => identity), toIdentity(path, opened)]);
}

/** No path. */
const STAYED = "";

/** How long a device may take to go that was told to restart: Arduino's go within a second. */
export const GO_WITHIN_MS = 3000;

/**
 * Waits until the port is back, or another one has appeared in its place, and may be opened. One that has not gone within
 * {@linkcode GO_WITHIN_MS} is not waited for any longer.
 *
 * @param path The port that is about to go.
 * @param remembered What {@linkcode rememberPorts} gave before it was closed.
 * @param options How long, and what ends the wait.
 * @returns The path of the port that appeared; `undefined` when the port did not go.
 * @throws {PortError} When nothing appeared in time; code `port-wait`.
 */
export async function waitForReturn(
  path: string,
  remembered: ReadonlySet<string>,
  options: WaitForPortOptions,
): Promise<string | undefined> {
  const { clock = SYSTEM_CLOCK, lookout = SYSTEM_LOOKOUT, timeoutMs = Infinity } = options;
  let known = remembered;
  const goUntilMs = clock.nowMs() + Math.min(GO_WITHIN_MS, timeoutMs);
  const found = await lookUntil(async () => {
    const now = await identifyPorts(path, lookout);
    const newcomer = [...now.keys()].find((identity) => !known.has(identity));
    // What has gone counts as new when it comes back.
    known = new Set([...known].filter((identity) => now.has(identity)));
    if (newcomer !== undefined) return now.get(newcomer);
    const isStill = [...known].some((identity) => now.get(identity) === path);
    return isStill && clock.nowMs() >= goUntilMs ? STAYED : undefined;
  }, options);
  if (found === STAYED) return undefined;
  if (found === undefined) {
    throw waitError(`${path} to come back`, timeoutMs, "The device did not restart into its loader: reset it by hand");
  }
  await waitForPort({ kind: "serial", path: found }, options);
  return found;
}

/** Paths of all ports, by what tells them apart. A link, or a pseudo-terminal, is in no list. */
async function identifyPorts(path: string, lookout: Lookout): Promise<ReadonlyMap<string, string>> {
  const paths = new Set([path, ...(await lookout.list()).map((port) => port.path)]);
  const looks = await Promise.all([...paths].map(async (path) => [path, await lookout.lookAt(path)] as const));
  return new Map(looks.filter(([, look]) => look !== undefined).map(([path, look]) => [toIdentity(path, look), path]));
}

function toIdentity(path: string, look: PathLook | undefined): string {
  return `${path} ${look?.identity}`;
}
