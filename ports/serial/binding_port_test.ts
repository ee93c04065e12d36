import assert from "node:assert/strict";
import { BINDING, explainFailure, toSerialPortInfo } from "./binding_port.ts";

const UNKNOWN = { pnpId: undefined, locationId: undefined, serialNumber: undefined };

Deno.test("the binding that is loaded is the one whose types are used", () => {
  const { imports } = JSON.parse(Deno.readTextFileSync(new URL("../../deno.json", import.meta.url)));
  assert.equal(BINDING, imports["@serialport/bindings-cpp"]);
});

Deno.test("toSerialPortInfo() makes numbers of digits, and a path that does not wait of one that does", () => {
  assert.deepEqual(
    toSerialPortInfo({
      ...UNKNOWN,
      path: "/dev/tty.usbmodem1",
      vendorId: "0483",
      productId: "5740",
      manufacturer: "ST",
    }),
    { path: "/dev/cu.usbmodem1", vendorId: 0x0483, productId: 0x5740, serialNumber: undefined, manufacturer: "ST" },
  );
  const bare = toSerialPortInfo({
    ...UNKNOWN,
    path: "COM1",
    vendorId: undefined,
    productId: undefined,
    manufacturer: undefined,
  });
  assert.equal(bare.path, "COM1");
  assert.equal(bare.vendorId, undefined);
});

/** What the binding says, from its source, and the code that we give it. */
const FAILURES: readonly [string, string][] = [
  ["Error: No such file or directory, cannot open /dev/cu.x", "port-absent"],
  ["Opening COM9: File not found", "port-absent"],
  ["Opening COM3: Access denied", "port-busy"],
  ["Error: Resource busy, cannot open /dev/cu.x", "port-busy"],
  ["Error Resource temporarily unavailable Cannot lock port", "port-busy"],
  ["Error: Permission denied, cannot open /dev/cu.x", "port-permission"],
  ["Error: Inappropriate ioctl for device, cannot open /dev/null", "port-not-serial"],
  ["Opening COM3: Unknown error code 31", "port-unavailable"],
];

for (const [text, code] of FAILURES) {
  Deno.test(`explainFailure() of "${text}" is ${code}`, () => {
    const error = explainFailure("COM3", new Error(text));
    assert.equal(error.code, code);
    assert.match(error.message, /^Cannot open COM3: [^.]+[^.]$/);
    assert.notEqual(error.advice, undefined);
  });
}
