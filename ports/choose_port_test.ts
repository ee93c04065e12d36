import assert from "node:assert/strict";
import { choosePort } from "./choose_port.ts";
import { PortError } from "./port_error.ts";
import type { SerialPortInfo } from "./serial/serial_port_info.ts";

const BUILT_IN: SerialPortInfo = { path: "/dev/ttyS0" };
const BOARD: SerialPortInfo = { path: "/dev/ttyACM0", vendorId: 0x0483, productId: 0x5740 };
const ADAPTER: SerialPortInfo = { path: "/dev/ttyUSB0", vendorId: 0x1a86, productId: 0x7523 };

Deno.test("choosePort() takes the only port on USB", () => {
  assert.equal(choosePort([BOARD]), BOARD);
  assert.equal(choosePort([BUILT_IN, ADAPTER]), ADAPTER);
});

/** Ports, and how the error is printed. */
const REFUSALS: readonly [readonly SerialPortInfo[], code: string, message: string, advice: string][] = [
  [
    [],
    "port-absent",
    "Cannot choose a port: no serial port is connected over USB",
    "Connect the device and check its cable and power",
  ],
  [
    [BUILT_IN],
    "port-absent",
    "Cannot choose a port: no serial port is connected over USB",
    "Connect the device, or name one of the built-in ports: /dev/ttyS0",
  ],
  [
    [ADAPTER, BUILT_IN, BOARD],
    "port-ambiguous",
    "Cannot choose a port: 2 of them fit",
    "Name one of: /dev/ttyUSB0 (1a86:7523); /dev/ttyACM0 (0483:5740)",
  ],
];

for (const [ports, code, message, advice] of REFUSALS) {
  Deno.test(`choosePort() of ${ports.length} ports says: ${message}`, () => {
    assert.throws(() => choosePort(ports), (error) => {
      assert(error instanceof PortError);
      assert.deepEqual([error.code, error.message, error.advice], [code, message, advice]);
      return true;
    });
  });
}
