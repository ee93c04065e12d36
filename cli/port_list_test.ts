import assert from "node:assert/strict";
import { describePorts } from "./port_list.ts";
import { PLAIN_STYLE } from "./terminal.ts";

const BUILT_IN = { path: "/dev/ttyS0" };
const BOARD = {
  path: "/dev/ttyACM0",
  vendorId: 0x0483,
  productId: 0x374b,
  serialNumber: "0671FF51",
  manufacturer: "STMicroelectronics",
  product: "STM32 STLink",
};
const ADAPTER = { path: "/dev/ttyUSB0", vendorId: 0x1a86, productId: 0x7523, product: "USB\x1b[2J Serial" };

/** Ports, and the lines. */
const CASES: readonly (readonly [readonly Parameters<typeof describePorts>[0][number][], readonly string[]])[] = [
  [[], ["No serial port is connected: check cable and power"]],
  [[BUILT_IN], [
    "  port        id  serial number  maker and product",
    "  /dev/ttyS0  -   -              -",
    "",
    "None is on USB: name one with --port.",
  ]],
  [[BOARD, BUILT_IN], [
    "  port          id         serial number  maker and product",
    "  /dev/ttyACM0  0483:374b  0671FF51       STMicroelectronics STM32 STLink",
    "  /dev/ttyS0    -          -              -",
    "",
    "Commands without --port use /dev/ttyACM0.",
  ]],
  [[BOARD, ADAPTER], [
    "  port          id         serial number  maker and product",
    "  /dev/ttyACM0  0483:374b  0671FF51       STMicroelectronics STM32 STLink",
    "  /dev/ttyUSB0  1a86:7523  -              USB?[2J Serial",
    "",
    "Several are on USB: name one with --port, as --port /dev/ttyACM0 or",
    "--port usb:0483:374b:0671FF51.",
  ]],
];

/** Names that a shell or a list of ports would make something else of, and what is advised. */
const ODD_NAMES: readonly (readonly [path: string, serialNumber: string, advice: string])[] = [
  ["/dev/tty USB 5", "A1", "--port '/dev/tty USB 5' or --port usb:0483:374b:A1."],
  ["/dev/ttyACM0", "$(reboot)&", "--port /dev/ttyACM0 or --port 'usb:0483:374b:$(reboot)&'."],
  ["/dev/ttyACM0", "with space", "--port /dev/ttyACM0 or --port usb:0483:374b."],
  ["/dev/ttyACM0", "a,b", "--port /dev/ttyACM0 or --port usb:0483:374b."],
];

Deno.test("coreslot ports advises no name that another port has as well", () => {
  const twin = { ...ADAPTER, path: "/dev/ttyUSB1" };
  const { lines, data } = describePorts([ADAPTER, twin]);
  assert.equal(lines(PLAIN_STYLE).at(-1), "Several are on USB: name one with --port, as --port /dev/ttyUSB0.");
  assert.match(JSON.stringify(data), /"port":"\/dev\/ttyUSB0".*"port":"\/dev\/ttyUSB1"/);
});

for (const [path, serialNumber, advice] of ODD_NAMES) {
  Deno.test(`coreslot ports advises ${advice}`, () => {
    const lines = describePorts([{ ...BOARD, path, serialNumber }, ADAPTER]).lines(PLAIN_STYLE);
    assert.equal(lines.slice(-2).join(" "), `Several are on USB: name one with --port, as ${advice}`);
  });
}

Deno.test("coreslot ports sets ports in columns and says which one is used", () => {
  for (const [ports, lines] of CASES) assert.deepEqual(describePorts(ports).lines(PLAIN_STYLE), lines);
});

Deno.test("coreslot ports gives programs the same, and the name under which a port is found again", () => {
  assert.deepEqual(describePorts([BOARD, BUILT_IN]).data, {
    ports: [
      {
        path: "/dev/ttyACM0",
        vendorId: "0483",
        productId: "374b",
        serialNumber: "0671FF51",
        manufacturer: "STMicroelectronics",
        product: "STM32 STLink",
        port: "usb:0483:374b:0671FF51",
      },
      {
        path: "/dev/ttyS0",
        vendorId: null,
        productId: null,
        serialNumber: null,
        manufacturer: null,
        product: null,
        port: "/dev/ttyS0",
      },
    ],
  });
});
