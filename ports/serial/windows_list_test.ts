import assert from "node:assert/strict";
import type { SerialPortInfo } from "./serial_port_info.ts";
import type { WindowsDevice } from "./windows_devices.ts";
import { mergePorts } from "./windows_list.ts";

const NOTHING = { vendorId: undefined, productId: undefined, serialNumber: undefined, product: undefined };

/** Devices as Windows describes them, and what is said of them. */
const DEVICES: readonly [string, Partial<WindowsDevice>, Partial<SerialPortInfo>][] = [
  ["a port on USB with a serial number", {
    instanceId: "USB\\VID_0483&PID_5740\\207B35A1",
    manufacturer: "Microsoft",
    product: "STM32 Virtual ComPort",
  }, { vendorId: 0x0483, productId: 0x5740, serialNumber: "207B35A1", product: "STM32 Virtual ComPort" }],
  ["a port on USB without one", { instanceId: "USB\\VID_1A86&PID_7523\\5&2C8F2E1&0&3", manufacturer: "wch.cn" }, {
    vendorId: 0x1a86,
    productId: 0x7523,
    manufacturer: "wch.cn",
  }],
  ["a part of a device on USB", {
    instanceId: "USB\\VID_0483&PID_374B&MI_02\\6&2B8F2E1&0&0002",
    parentId: "USB\\VID_0483&PID_374B\\066CFF515055657867",
    manufacturer: "STMicroelectronics",
  }, {
    vendorId: 0x0483,
    productId: 0x374b,
    serialNumber: "066CFF515055657867",
    manufacturer: "STMicroelectronics",
  }],
  ["a part of a device on USB without a serial number", {
    instanceId: "USB\\VID_0483&PID_374B&MI_02\\6&2B8F2E1&0&0002",
    parentId: "USB\\VID_0483&PID_374B\\5&2C8F2E1&0&3",
  }, { vendorId: 0x0483, productId: 0x374b }],
  ["a port of FTDI's driver", { instanceId: "FTDIBUS\\VID_0403+PID_6001+A50285BIA\\0000", manufacturer: "FTDI" }, {
    vendorId: 0x0403,
    productId: 0x6001,
    serialNumber: "A50285BI",
    manufacturer: "FTDI",
  }],
  ["a port that is built in", { instanceId: "ACPI\\PNP0501\\1", manufacturer: "(Standard port types)" }, {}],
  ["a device that writes on the terminal", {
    instanceId: "USB\\VID_0483&PID_5740\\A\x1b[2J",
    manufacturer: "\x1b[31mEve",
    product: "a\nb",
  }, { vendorId: 0x0483, productId: 0x5740, serialNumber: "A?[2J", manufacturer: "?[31mEve", product: "a?b" }],
];

for (const [name, device, expected] of DEVICES) {
  Deno.test(`mergePorts(): ${name}`, () => {
    const full = {
      portName: "COM3",
      instanceId: "",
      parentId: undefined,
      manufacturer: undefined,
      product: undefined,
      ...device,
    };
    assert.deepEqual(mergePorts([full], []), [{ path: "COM3", ...NOTHING, manufacturer: undefined, ...expected }]);
  });
}

Deno.test("mergePorts() names each port once, in the order of numbers, and no printers", () => {
  const usb = { parentId: undefined, manufacturer: undefined, product: undefined };
  const devices = [
    { ...usb, portName: "COM10", instanceId: "USB\\VID_0483&PID_5740\\1" },
    { ...usb, portName: "LPT1", instanceId: "ACPI\\PNP0400\\1" },
  ];
  const ports = mergePorts(devices, ["COM10", "COM2", "CNCA0"]);
  assert.deepEqual(ports.map(({ path, vendorId }) => [path, vendorId]), [
    ["CNCA0", undefined],
    ["COM2", undefined],
    ["COM10", 0x0483],
  ]);
});
