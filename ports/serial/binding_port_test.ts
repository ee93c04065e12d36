import assert from "node:assert/strict";
import { BINDING, toSerialPortInfo } from "./binding_port.ts";

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
    path: "/dev/cu.x",
    vendorId: undefined,
    productId: undefined,
    manufacturer: undefined,
  });
  assert.equal(bare.path, "/dev/cu.x");
  assert.equal(bare.vendorId, undefined);
});
