import assert from "node:assert/strict";
import { formatPortSpec } from "../ports/port_spec.ts";
import { specOfCandidate } from "./connection.ts";

Deno.test("specOfCandidate() names a device on USB by what it is, not by where it is today", () => {
  const board = { path: "/dev/ttyACM0", vendorId: 0x0483, productId: 0x5740 };
  assert.equal(formatPortSpec(specOfCandidate({ ...board, serialNumber: "207B35A1" })), "usb:0483:5740:207B35A1");
  assert.equal(formatPortSpec(specOfCandidate(board)), "usb:0483:5740");
  assert.equal(formatPortSpec(specOfCandidate({ path: "COM3" })), "COM3");
});
