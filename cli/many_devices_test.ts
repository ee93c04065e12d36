import assert from "node:assert/strict";
import { CoreslotError } from "../core/errors.ts";
import { DeviceError, InterruptedError } from "./device_error.ts";
import { exitCodeOf } from "./exit_codes.ts";
import { parsePortSpec } from "../ports/port_spec.ts";
import { expandPorts, type ManyDevices, reportOnAll, SomeFailedError } from "./many_devices.ts";
import { PLAIN_STYLE, type Terminal } from "./terminal.ts";

const PORTS = ["/dev/ttyACM0", "tcp:127.0.0.1:7000"];

class GoneError extends CoreslotError {}

const MESSAGE = `${PORTS[1]}: Cannot go on: the device is gone`;

const GONE = new GoneError({ code: "gone", message: MESSAGE, advice: "Check the\x1b[31m cable" });

/** Two devices, of which the second one fails; what is printed on each stream, and how it ends. */
async function report(columns: number, json = false, failure: CoreslotError = GONE) {
  const printed: string[] = [];
  const told: string[] = [];
  const terminal: Terminal = {
    print: (...lines) => printed.push(...lines.join("\n").split("\n")),
    printError: (...lines) => told.push(...lines),
    style: PLAIN_STYLE,
    errorStyle: PLAIN_STYLE,
    columns,
    errorColumns: columns,
    rewriteError: () => assert.fail("lines of many devices are not rewritten"),
  };
  const work: ManyDevices["work"] = ({ port }, own) => {
    own.printError(`up to ${own.errorColumns} columns`);
    if (port === PORTS[0]) return Promise.resolve({ data: { x: 1 }, lines: () => [], summary: "stm32f407xg" });
    return Promise.reject(failure);
  };
  const devices: ManyDevices = { operation: "info", flags: { port: PORTS.join(","), json }, terminal, work };
  const error = await reportOnAll(devices).then(() => undefined, (error: unknown) => error);
  return { printed: printed.map((line) => line.replace(/in [\d.]+ m?s$/, "in 1 s")), told, error };
}

Deno.test("reportOnAll() prints a line a device, and fails with the ports of those that failed", async () => {
  const { printed, told, error } = await report(Infinity);
  assert.deepEqual(printed, [
    "  /dev/ttyACM0        stm32f407xg; done in 1 s",
    "  tcp:127.0.0.1:7000  failed: Cannot go on: the device is gone. Check the?[31m cable",
  ]);
  assert.deepEqual(told, [
    "/dev/ttyACM0        up to Infinity columns",
    "tcp:127.0.0.1:7000  up to Infinity columns",
  ]);
  assert(error instanceof SomeFailedError);
  assert.deepEqual([error.failedCount, error.deviceCount], [1, 2]);
  assert.equal(error.message, "Cannot run info on every device: 1 of 2 failed");
  assert.equal(error.advice, "Run the same command again for those that failed, with --port tcp:127.0.0.1:7000");
});

Deno.test("reportOnAll() breaks lines between words on a terminal, behind the ports", async () => {
  const { printed, told } = await report(60);
  assert.deepEqual(printed.slice(1), [
    "  tcp:127.0.0.1:7000  failed: Cannot go on: the device is",
    "                      gone. Check the?[31m cable",
  ]);
  assert.equal(told[0], "/dev/ttyACM0        up to 40 columns");
});

Deno.test("reportOnAll() sets what it has to say below ports that leave it no room", async () => {
  const { printed, told } = await report(38);
  assert.deepEqual(printed, [
    "  /dev/ttyACM0",
    "    stm32f407xg; done in 1 s",
    "  tcp:127.0.0.1:7000",
    "    failed: Cannot go on: the device",
    "    is gone. Check the?[31m cable",
  ]);
  assert.deepEqual(told.slice(0, 2), ["/dev/ttyACM0", "    up to 34 columns"]);
});

Deno.test("reportOnAll() prints one object where JSON is wanted", async () => {
  const { printed } = await report(Infinity, true);
  const { devices, doneCount, failedCount } = JSON.parse(printed.join("\n"));
  assert.deepEqual([doneCount, failedCount], [1, 1]);
  assert.deepEqual(devices[0], { port: PORTS[0], outcome: "done", report: { x: 1 } });
  assert.deepEqual([devices[1].outcome, devices[1].error.code], ["failed", "gone"]);
});

Deno.test("reportOnAll() says what a device that failed is left in, and is interrupted once for all of them", async () => {
  const stage = { doing: "writing", device: "Its flash holds a part of the image", next: "Run the same command again" };
  const { printed, error } = await report(
    Infinity,
    false,
    new DeviceError(new InterruptedError("writing"), PORTS[1]!, stage),
  );
  assert.equal(
    printed[1],
    "  tcp:127.0.0.1:7000  failed: Cannot go on: interrupted while writing. Its flash holds a part of the image. " +
      "Run the same command again",
  );
  assert(error instanceof InterruptedError);
  assert.equal(error.message, "Cannot go on: interrupted while running info: 1 of 2 devices done");
  assert.equal(exitCodeOf(error), 130);
});

Deno.test("SomeFailedError gives a line that can be copied", () => {
  const { advice } = new SomeFailedError("flash", ["usb:0483:5740:A1", "/dev/tty USB 5", "usb:0483:5740:$(x)"], 9);
  assert.equal(
    advice,
    "Run the same command again for those that failed, with --port " +
      "usb:0483:5740:A1,'/dev/tty USB 5','usb:0483:5740:$(x)'",
  );
});

Deno.test("expandPorts() takes every device that usb: fits, each once, and names one that is not there", () => {
  const ids = { vendorId: 0x0483, productId: 0x5740 };
  const boards = [
    { path: "/dev/ttyACM0", ...ids, serialNumber: "A1" },
    { path: "/dev/ttyACM1", ...ids, serialNumber: "A2" },
    { path: "/dev/ttyACM2", ...ids },
  ];
  const specs = ["/dev/ttyACM0", "usb:0483:5740", "usb:0483:df11", "tcp:x:1"].map(parsePortSpec);
  assert.deepEqual(expandPorts(specs, [{ path: "/dev/ttyS0" }, ...boards]), [
    // By its path where its path was given, else by what stays with it when it comes back.
    { port: "/dev/ttyACM0", label: "/dev/ttyACM0" },
    { port: "usb:0483:5740:A2", label: "/dev/ttyACM1" },
    { port: "/dev/ttyACM2", label: "/dev/ttyACM2" },
    { port: "usb:0483:df11", label: "usb:0483:df11" },
    { port: "tcp:x:1", label: "tcp:x:1" },
  ]);
});
