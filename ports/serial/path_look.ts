/**
 * Whether a port is there, and whether it is still the same one.
 *
 * @module
 */

/** A port that is there. */
export interface PathLook {
  /** Tells it from a port that has come since, under the same name; only Linux knows them apart surely. */
  readonly identity: string;
  /** Whether this user may open it: a new device belongs to nobody for a moment. */
  readonly isUsable: boolean;
}

/**
 * Looks whether a port is there.
 *
 * @param path The device, or a link to it.
 * @returns What there is; `undefined` when nothing is.
 */
export async function lookAtPath(path: string): Promise<PathLook | undefined> {
  // Each system's code is loaded on that system only.
  if (Deno.build.os === "windows") {
    const { lookAtWindowsPort } = await import("./windows_path_look.ts");
    return lookAtWindowsPort(path);
  }
  if (Deno.build.os === "darwin") {
    const { lookAtMacPort } = await import("./mac_path_look.ts");
    return lookAtMacPort(path);
  }
  const { LinuxFiles } = await import("./linux_files.ts");
  using files = new LinuxFiles();
  if (files.resolve(path) === undefined) return undefined;
  return { identity: files.identify(path), isUsable: files.isUsable(path) };
}
