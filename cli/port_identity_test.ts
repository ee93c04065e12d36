import assert from "node:assert/strict";
import { formatPortSpec } from "../ports/port_spec.ts";
import type { SerialPortInfo } from "../ports/serial/serial_port_info.ts";
import { specOfCandidate, specOfOne } from "./port_identity.ts";

Deno.test("specOfCandidate() names a device on USB by what it is, not by where it is today", () => {
  const board = { path: "/dev/ttyACM0", vendorId: 0x0483, productId: 0x5740 };
  assert.equal(formatPortSpec(specOfCandidate({ ...board, serialNumber: "207B35A1" })), "usb:0483:5740:207B35A1");
  assert.equal(formatPortSpec(specOfCandidate(board)), "usb:0483:5740");
  assert.equal(formatPortSpec(specOfCandidate({ path: "COM3" })), "COM3");
});

const BOARD = { path: "/dev/ttyACM0", vendorId: 0x0483, productId: 0x5740 };

/** What a device is, what else is there, and the name under which it is found again and nothing else is. */
const NAMES: readonly (readonly [SerialPortInfo, readonly SerialPortInfo[], string])[] = [
  [{ ...BOARD, serialNumber: "A1" }, [{ ...BOARD, path: "/dev/ttyACM1", serialNumber: "A2" }], "usb:0483:5740:A1"],
  [{ ...BOARD, serialNumber: "A1" }, [{ ...BOARD, path: "/dev/ttyACM1", serialNumber: "a1" }], "/dev/ttyACM0"],
  [
    { ...BOARD, serialNumber: "A1" },
    [{ ...BOARD, path: "/dev/ttyACM1", productId: 1, serialNumber: "A1" }],
    "usb:0483:5740:A1",
  ],
  [BOARD, [], "/dev/ttyACM0"],
  [{ ...BOARD, serialNumber: "with space" }, [], "/dev/ttyACM0"],
  [{ ...BOARD, serialNumber: "a,b" }, [], "/dev/ttyACM0"],
  [{ ...BOARD, serialNumber: "$(x)&" }, [], "usb:0483:5740:$(x)&"],
  [{ path: "COM3" }, [], "COM3"],
];

for (const [port, others, name] of NAMES) {
  Deno.test(`specOfOne() names ${JSON.stringify(port)} beside ${others.length} ${name}`, () => {
    assert.equal(formatPortSpec(specOfOne(port, [port, ...others])), name);
  });
}
