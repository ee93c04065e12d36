import assert from "node:assert/strict";
import { BootEntryError } from "../ports/boot_entry/boot_entry_error.ts";
import { PortError } from "../ports/port_error.ts";
import { LinkClosedError, LinkTimeoutError, RefusedError, UnexpectedBytesError } from "../protocols/link/error.ts";
import { DeviceError, UNTOUCHED } from "./device_error.ts";
import { isAboutRate } from "./find_rate.ts";

/** What ends a trial, and whether the next lower rate is tried. */
const ENDS: readonly (readonly [error: Error, isAboutRate: boolean])[] = [
  [new PortError({ code: "port-settings", message: "Cannot set up /dev/x: it cannot do 921600 baud" }), true],
  [new PortError({ code: "port-absent", message: "Cannot open /dev/x: there is no such port" }), false],
  [onDevice(new LinkTimeoutError("answer", 1000)), true],
  [onDevice(new UnexpectedBytesError("ACK", Uint8Array.of(1))), true],
  [onDevice(new LinkClosedError()), false],
  [onDevice(new RefusedError("Go", "command")), false],
  [new BootEntryError({ code: "boot-entry-silent", message: "Cannot enter the loader: no answer" }), false],
  [new TypeError("a bug"), false],
];

for (const [error, isAbout] of ENDS) {
  Deno.test(`--baud auto ${isAbout ? "tries the next rate" : "ends"} after "${error.message}"`, () => {
    assert.equal(isAboutRate(error), isAbout);
  });
}

function onDevice(cause: DeviceError["cause"]): DeviceError {
  return new DeviceError(cause, "/dev/x", { doing: "asking", device: UNTOUCHED, next: "Check the cable" });
}
