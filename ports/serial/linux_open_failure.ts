/**
 * Why a serial port of Linux cannot be opened, and what to do about it.
 *
 * @module
 */

import { PortError } from "../port_error.ts";
import { ERRNO } from "./libc.ts";
import { LinuxFiles } from "./linux_files.ts";
import { listLinuxPorts } from "./linux_list.ts";
import { adviseOnPorts } from "./serial_port_info.ts";

/** Groups that are nobody's to join: advice to join them would be bad advice. */
const CLOSED_GROUPS: ReadonlySet<string> = new Set(["root", "wheel", "tty"]);
const GROUP_MAY_READ_AND_WRITE = 0o060;

/**
 * Finds out why a serial port cannot be opened.
 *
 * @param path The device.
 * @param errno Number of the error.
 * @returns The error, with what the system tells about it.
 */
export function explainOpenFailure(path: string, errno: number): PortError {
  using files = new LinuxFiles();
  const [code, state, advice] = diagnose(path, errno, files);
  return new PortError({ code, message: `Cannot open ${path}: ${state}`, advice });
}

function diagnose(path: string, errno: number, files: LinuxFiles): readonly [string, string, string] {
  switch (errno) {
    case ERRNO.EACCES:
    case ERRNO.EPERM:
      return ["port-permission", "this user has no permission", advisePermission(path, files)];
    case ERRNO.EBUSY: {
      const holders = findHolders(path, files);
      const verb = holders.length === 1 ? "has" : "have";
      const who = holders.length === 0 ? "it is open already" : `${holders.join(" and ")} ${verb} it open`;
      return ["port-busy", who, "Close that program first; ModemManager lets go by itself after some seconds"];
    }
    case ERRNO.ENOENT:
    case ERRNO.ENOTDIR:
      return ["port-absent", "there is no such port", adviseOnPorts(listLinuxPorts(files))];
    case ERRNO.EIO:
    case ERRNO.ENODEV:
    case ERRNO.ENXIO:
      return ["port-absent", "no device is behind it", adviseOnPorts(listLinuxPorts(files))];
    case ERRNO.ENOTTY:
    case ERRNO.EISDIR:
    case ERRNO.EINVAL:
      return ["port-not-serial", "it is not a serial port", adviseOnPorts(listLinuxPorts(files))];
    default:
      return ["port-unavailable", `the system reports error ${errno}`, adviseOnPorts(listLinuxPorts(files))];
  }
}

function advisePermission(path: string, files: LinuxFiles): string {
  const owner = files.ownerOf(path);
  if (owner === undefined) return "Run the command as a user who may open it";
  const { group, mode } = owner;
  const mayGroup = (mode & GROUP_MAY_READ_AND_WRITE) === GROUP_MAY_READ_AND_WRITE;
  if (!mayGroup || CLOSED_GROUPS.has(group)) {
    const bits = mode.toString(8).padStart(4, "0");
    return `It belongs to the group ${group} with permissions ${bits}: a udev rule has to give it to you`;
  }
  return `It belongs to the group ${group}: run "sudo usermod -a -G ${group} $USER", log out and in again`;
}

/**
 * Names the programs that have a device open beside this one, and so may take what comes from it: neither a lock nor
 * exclusive use keeps out who had it open before. Who made a pseudo-terminal holds both of its ends, and is none of them.
 *
 * @param path The device.
 * @returns Their names, as far as this user may know; none when nothing is there.
 */
export function listRivals(path: string): readonly string[] {
  using files = new LinuxFiles();
  return findHolders(path, files, (id, device) => !isMaker(id, device, files));
}

/** Names the programs that have the device open, as far as this user may know. */
function findHolders(
  path: string,
  files: LinuxFiles,
  isMeant: (id: string, device: string) => boolean = () => true,
): readonly string[] {
  const device = files.resolve(path);
  if (device === undefined) return [];
  const isOpenIn = (id: string) =>
    files.list(`/proc/${id}/fd`).some((fd) => files.readLink(`/proc/${id}/fd/${fd}`) === device);
  return files.list("/proc")
    .filter((id) => /^\d+$/.test(id) && Number(id) !== Deno.pid && isOpenIn(id) && isMeant(id, device))
    .sort((a, b) => Number(a) - Number(b))
    .map((id) => `${files.readText(`/proc/${id}/comm`) ?? "a program"} (process ${id})`);
}

/** Whether a program has the other end of a pseudo-terminal; the kernel tells by its number which one an open `ptmx` is. */
function isMaker(id: string, device: string, files: LinuxFiles): boolean {
  const [, number] = /^\/dev\/pts\/(\d+)$/.exec(device) ?? [];
  if (number === undefined) return false;
  const line = new RegExp(`^tty-index:\\s*${number}$`, "m");
  return files.list(`/proc/${id}/fd`).some((fd) =>
    files.readLink(`/proc/${id}/fd/${fd}`)?.endsWith("/ptmx") === true &&
    line.test(files.readText(`/proc/${id}/fdinfo/${fd}`) ?? "")
  );
}
