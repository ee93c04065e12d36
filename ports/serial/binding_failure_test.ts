import assert from "node:assert/strict";
import { explainBindingFailure, explainOpenFailure } from "./binding_failure.ts";

/** What the binding says when it cannot open a port, from its source, and the code that we give it. */
const OPENING: readonly [string, string][] = [
  ["Error: No such file or directory, cannot open /dev/cu.x", "port-absent"],
  ["Error: Device not configured, cannot open /dev/cu.x", "port-absent"],
  ["Error: Resource busy, cannot open /dev/cu.x", "port-busy"],
  ["Error Resource temporarily unavailable Cannot lock port", "port-busy"],
  ["Error: Permission denied, cannot open /dev/cu.x", "port-permission"],
  ["Error: Inappropriate ioctl for device, cannot open /dev/null", "port-not-serial"],
  ["Error: Inappropriate ioctl for device calling ioctl(.., IOSSIOSPEED, 123456 )", "port-settings"],
  ["Error baud rate of 123456 is not supported on your platform", "port-settings"],
  ["Error: Invalid argument setting custom baud rate of 123456", "port-settings"],
  ["Error: Interrupted system call, cannot open /dev/cu.x", "port-unavailable"],
];

for (const [text, code] of OPENING) {
  Deno.test(`explainOpenFailure() of "${text}" is ${code}`, () => {
    const error = explainOpenFailure("/dev/cu.x", new Error(text));
    assert.equal(error.code, code);
    assert.match(error.message, /^Cannot open \/dev\/cu.x: [^.]+[^.]$/);
    assert.notEqual(error.advice, undefined);
  });
}

/** What it says of a port that is open. */
const OPEN: readonly [string, string][] = [
  ["Error: Device not configured, cannot set", "port-vanished"],
  ["Error: Input/output error, cannot set", "port-vanished"],
  ["Error: Bad file descriptor, cannot get", "port-vanished"],
  ["Error: Inappropriate ioctl for device, cannot set", "port-settings"],
  ["Error: Invalid argument calling ioctl(.., IOSSIOSPEED, 123456 )", "port-settings"],
];

for (const [text, code] of OPEN) {
  Deno.test(`explainBindingFailure() of "${text}" is ${code}`, () => {
    assert.equal(explainBindingFailure("set up", "/dev/cu.x", new Error(text)).code, code);
  });
}
