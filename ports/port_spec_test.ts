import assert from "node:assert/strict";
import { PortError } from "./port_error.ts";
import { formatPortSpec, matchUsbPorts, parsePortSpec, type PortSpec } from "./port_spec.ts";

/** Text, what it means, and its usual form where that is another one. */
const SPECS: readonly [string, PortSpec, string?][] = [
  ["/dev/ttyACM0", { kind: "serial", path: "/dev/ttyACM0" }],
  ["./pty", { kind: "serial", path: "./pty" }],
  ["COM3", { kind: "serial", path: "COM3" }],
  ["com12", { kind: "serial", path: "COM12" }, "COM12"],
  ["\\\\.\\COM10", { kind: "serial", path: "COM10" }, "COM10"],
  ["tcp:127.0.0.1:7000", { kind: "tcp", address: { hostname: "127.0.0.1", port: 7000 } }],
  ["usb:0483:5740", { kind: "usb", vendorId: 0x0483, productId: 0x5740 }],
  ["USB:0483:DF11", { kind: "usb", vendorId: 0x0483, productId: 0xdf11 }, "usb:0483:df11"],
  ["usb:1a86:7523:00:1A:2B", { kind: "usb", vendorId: 0x1a86, productId: 0x7523, serialNumber: "00:1A:2B" }],
  ["usb:1a86:7523:A/5-x", { kind: "usb", vendorId: 0x1a86, productId: 0x7523, serialNumber: "A/5-x" }],
];

for (const [text, spec, usual = text] of SPECS) {
  Deno.test(`parsePortSpec("${text}")`, () => {
    assert.deepEqual(parsePortSpec(text), spec);
    assert.equal(formatPortSpec(spec), usual);
    assert.deepEqual(parsePortSpec(usual), spec);
  });
}

/** Text, and what the advice says. */
const BAD: readonly [string, RegExp][] = [
  ["", /tcp:HOST:PORT/],
  ["ttyACM0", /\/dev\/ttyACM0/],
  ["cu.usbmodem1", /\/dev\/cu\.usbmodem1/],
  ["COM0", /COM3/],
  ["usb:", /usb:0483:5740/],
  ["usb:0483", /usb:0483:5740/],
  ["usb:483:5740", /usb:0483:5740/],
  ["usb:0483:5740:", /usb:0483:5740/],
  ["tcp:host", /tcp:127/],
  ["/dev/tty\0", /\/dev\/ttyACM0/],
];

for (const [text, advice] of BAD) {
  Deno.test(`parsePortSpec() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parsePortSpec(text), (error) => {
      assert(error instanceof PortError);
      assert.equal(error.code, "port-syntax");
      assert.match(error.advice!, advice);
      return true;
    });
  });
}

Deno.test("matchUsbPorts() goes by ids, and by serial number when one is given", () => {
  const ids = { vendorId: 0x0483, productId: 0x5740 };
  const ports = [
    { path: "a", ...ids, serialNumber: "AB" },
    { path: "b", ...ids },
    { path: "c", vendorId: 0x0483, productId: 0x5741 },
    { path: "d" },
  ];
  const paths = (serialNumber?: string) =>
    matchUsbPorts(ports, { kind: "usb", ...ids, serialNumber }).map(({ path }) => path);
  assert.deepEqual(paths(), ["a", "b"]);
  assert.deepEqual(paths("ab"), ["a"]);
  assert.deepEqual(paths("CD"), []);
});
