/**
 * The serial ports of Linux, from what `/sys` tells.
 *
 * @module
 */

import type { LinuxFiles } from "./linux_files.ts";
import { type SerialPortInfo, withoutControl } from "./serial_port_info.ts";

/** What the list needs of {@linkcode LinuxFiles}. */
export type LinuxTree = Pick<LinuxFiles, "list" | "readText" | "resolve">;

/** A device of USB is at most this far above its terminal: terminal, port of the adapter, interface, device. */
const USB_LEVELS_MAX = 4;

/**
 * Lists the ports behind which there is a device.
 *
 * @param tree Where to look.
 * @returns The ports, by path.
 */
export function listLinuxPorts(tree: LinuxTree): readonly SerialPortInfo[] {
  return tree.list("/sys/class/tty").flatMap((name) => {
    const folder = `/sys/class/tty/${name}`;
    const device = tree.resolve(`${folder}/device`);
    // Consoles and pseudo-terminals have no device; a UART of a PC that is not fitted has type 0.
    if (device === undefined || tree.readText(`${folder}/type`) === "0") return [];
    return [{ path: `/dev/${name}`, ...readUsbDevice(tree, device) }];
  });
}

function readUsbDevice(tree: LinuxTree, device: string): Partial<SerialPortInfo> {
  let folder = device;
  for (let level = 0; level < USB_LEVELS_MAX; level++) {
    const [vendorId, productId] = ["idVendor", "idProduct"].map((file) => parseId(tree.readText(`${folder}/${file}`)));
    if (vendorId !== undefined && productId !== undefined) {
      const text = (file: string) => withoutControl(tree.readText(`${folder}/${file}`) ?? "") || undefined;
      return {
        vendorId,
        productId,
        serialNumber: text("serial"),
        manufacturer: text("manufacturer"),
        product: text("product"),
      };
    }
    folder = folder.slice(0, folder.lastIndexOf("/"));
  }
  return {};
}

function parseId(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9a-f]{1,4}$/i.test(text) ? parseInt(text, 16) : undefined;
}
