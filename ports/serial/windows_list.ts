/**
 * The serial ports of Windows.
 *
 * @module
 */

import { type SerialPortInfo, withoutControl } from "./serial_port_info.ts";
import { type WindowsDevice, WindowsDevices } from "./windows_devices.ts";

/** Ids of a device on USB, in the forms of Windows (`VID_0483&PID_5740`) and of FTDI's driver (`VID_0403+PID_6001+A50285BI`). */
const USB_IDS_REGEXP = /\bVID_([0-9A-F]{4})[&+]PID_([0-9A-F]{4})(?:\+([^\\+]+))?/i;

/**
 * What stands last in the id of a device: its serial number. Where it has none Windows makes one up, with a `&` in it; a part
 * of a device, whose id says `&MI_`, always has such a one.
 */
const SERIAL_NUMBER_REGEXP = /^USB\\[^\\]*\\([^\\&]+)$/i;

/** FTDI's driver adds a letter for the port of the chip. */
const FTDI_PORT_REGEXP = /(?<=^.{8})[A-D]$/;

/** Makers of drivers that are for every device: they tell nothing of this one. */
const NOBODY_REGEXP = /^(Microsoft$|\()/;

/**
 * Lists the serial ports of Windows. Needs `--allow-ffi`.
 *
 * @returns The ports, in the order of their numbers.
 */
export function listWindowsPorts(): readonly SerialPortInfo[] {
  using devices = new WindowsDevices();
  return mergePorts(devices.list(), devices.listNames());
}

/**
 * Puts together what is known of ports.
 *
 * @param devices The devices that are ports.
 * @param names All ports.
 * @returns The ports, each once, in the order of their numbers.
 */
export function mergePorts(
  devices: readonly WindowsDevice[],
  names: readonly string[],
): readonly SerialPortInfo[] {
  // A printer's port is in the same class.
  const found = devices.filter(({ portName }) => !/^LPT/i.test(portName)).map(toSerialPortInfo);
  const ports = new Map(
    [...names.map((name) => ({ path: withoutControl(name) })), ...found].map((port) => [port.path, port]),
  );
  return [...ports.values()].sort((a, b) => numberOf(a) - numberOf(b) || (a.path < b.path ? -1 : 1));
}

function toSerialPortInfo(device: WindowsDevice): SerialPortInfo {
  const [, vendorId, productId, serialNumber] = USB_IDS_REGEXP.exec(device.instanceId) ?? [];
  const ownerId = /&MI_/i.test(device.instanceId) ? device.parentId ?? "" : device.instanceId;
  const manufacturer = device.manufacturer && withoutControl(device.manufacturer);
  return {
    path: withoutControl(device.portName),
    vendorId: vendorId === undefined ? undefined : parseInt(vendorId, 16),
    productId: productId === undefined ? undefined : parseInt(productId, 16),
    serialNumber:
      withoutControl(serialNumber?.replace(FTDI_PORT_REGEXP, "") ?? SERIAL_NUMBER_REGEXP.exec(ownerId)?.[1] ?? "") ||
      undefined,
    manufacturer: manufacturer === undefined || NOBODY_REGEXP.test(manufacturer) ? undefined : manufacturer,
    product: device.product && withoutControl(device.product),
  };
}

function numberOf({ path }: SerialPortInfo): number {
  return Number(/\d+$/.exec(path)?.[0] ?? Infinity);
}
