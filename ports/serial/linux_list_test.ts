import assert from "node:assert/strict";
import { type LinuxTree, listLinuxPorts } from "./linux_list.ts";
import { adviseOnPorts, describePort } from "./serial_port_info.ts";

const CLASS = "/sys/class/tty";
const USB = "/sys/devices/pci0000:00/usb1/1-2";

/** Where links lead. */
const LINKS: Readonly<Record<string, string>> = {
  [`${CLASS}/ttyACM0/device`]: `${USB}/1-2:1.0`,
  [`${CLASS}/ttyUSB0/device`]: "/sys/devices/pci0000:00/usb1/1-3/1-3:1.0/ttyUSB0",
  [`${CLASS}/ttyS0/device`]: "/sys/devices/pnp0/00:04",
  [`${CLASS}/ttyS1/device`]: "/sys/devices/platform/serial8250",
};

/** What files hold. */
const FILES: Readonly<Record<string, string>> = {
  [`${CLASS}/ttyS0/type`]: "4",
  [`${CLASS}/ttyS1/type`]: "0",
  [`${USB}/idVendor`]: "0483",
  [`${USB}/idProduct`]: "5740",
  [`${USB}/serial`]: "207B35A1",
  [`${USB}/manufacturer`]: "STMicroelectronics",
  [`${USB}/product`]: "STM32 Virtual ComPort",
  "/sys/devices/pci0000:00/usb1/1-3/idVendor": "1a86",
  "/sys/devices/pci0000:00/usb1/1-3/idProduct": "7523",
  "/sys/devices/pci0000:00/usb1/1-3/product": "",
};

const TREE: LinuxTree = {
  list: (path) => path === CLASS ? ["console", "ttyACM0", "ttyS0", "ttyS1", "ttyUSB0"] : [],
  resolve: (path) => LINKS[path],
  readText: (path) => FILES[path],
};

Deno.test("listLinuxPorts() finds ports with a device, on USB or not", () => {
  assert.deepEqual(listLinuxPorts(TREE).map(describePort), [
    "/dev/ttyACM0 (0483:5740, STMicroelectronics, STM32 Virtual ComPort, serial number 207B35A1)",
    "/dev/ttyS0",
    "/dev/ttyUSB0 (1a86:7523)",
  ]);
});

/** What the files of a device on USB hold, and the port as it is described. */
const ODD_DEVICES: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
  ["no number for its maker", { idVendor: "zzzz" }, "/dev/ttyACM0"],
  ["an empty number", { idProduct: "" }, "/dev/ttyACM0"],
  [
    "names that would drive a terminal",
    { manufacturer: "\x1b]0;mine\x07ST", product: "a\nb", serial: "A1\x1b[2J\u202eX" },
    "/dev/ttyACM0 (0483:5740, ?]0;mine?ST, a?b, serial number A1?[2J?X)",
  ],
];

for (const [name, files, described] of ODD_DEVICES) {
  Deno.test(`listLinuxPorts() takes a device with ${name}`, () => {
    const odd = Object.fromEntries(Object.entries(files).map(([file, text]) => [`${USB}/${file}`, text]));
    const readText = (path: string) => odd[path] ?? FILES[path];
    assert.equal(describePort(listLinuxPorts({ ...TREE, readText })[0]!), described);
  });
}

Deno.test("adviseOnPorts() names the ports, or says that there is none", () => {
  assert.match(
    adviseOnPorts(listLinuxPorts(TREE)),
    /^Ports that are there: \/dev\/ttyACM0 .*; \/dev\/ttyS0; \/dev\/ttyUSB0/,
  );
  assert.match(adviseOnPorts([]), /^No serial port is connected/);
});
