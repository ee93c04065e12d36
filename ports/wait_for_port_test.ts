import assert from "node:assert/strict";
import { PortError } from "./port_error.ts";
import { parsePortSpec } from "./port_spec.ts";
import { simulateComputer, type Timeline } from "../tests/ports_timeline.ts";
import type { SerialPortInfo } from "./serial/serial_port_info.ts";
import { waitForPort } from "./wait_for_port.ts";

const BOARD: SerialPortInfo = { path: "/dev/ttyACM0", vendorId: 0x0483, productId: 0x5740, serialNumber: "1" };
const OTHER: SerialPortInfo = { ...BOARD, path: "/dev/ttyACM1", serialNumber: "2" };
const LOADER: SerialPortInfo = { path: "/dev/ttyACM2", vendorId: 0x0483, productId: 0xdf11 };

/** What is waited for, in what world, which path comes of it and when. */
const WAITS: readonly [string, Timeline, path: string, atMs: number][] = [
  ["/dev/ttyACM0", [[0, [BOARD]]], "/dev/ttyACM0", 0],
  ["/dev/ttyACM0", [[0, []], [250, [BOARD]]], "/dev/ttyACM0", 300],
  ["usb:0483:5740", [[0, [LOADER]], [1000, [LOADER, OTHER]]], "/dev/ttyACM1", 1000],
  ["usb:0483:5740:2", [[0, [BOARD]], [50, [BOARD, OTHER]]], "/dev/ttyACM1", 100],
  // udev has not given it to its group yet; and never does.
  ["/dev/ttyACM0", [[0, []], [100, [BOARD], "locked"], [400, [BOARD]]], "/dev/ttyACM0", 400],
  ["/dev/ttyACM0", [[0, [BOARD], "locked"]], "/dev/ttyACM0", 2000],
  // It has moved before it could be opened, and another one has its path.
  [
    "usb:0483:5740:1",
    [[0, [BOARD], "locked"], [300, []], [500, [{ ...BOARD, serialNumber: "2" }, { ...OTHER, serialNumber: "1" }]]],
    "/dev/ttyACM1",
    500,
  ],
];

for (const [text, timeline, path, atMs] of WAITS) {
  Deno.test(`waitForPort() finds ${text} after ${atMs} ms`, async () => {
    const world = simulateComputer(timeline);
    const spec = await waitForPort(parsePortSpec(text), { ...world, timeoutMs: 5000 });
    assert.deepEqual(spec, { kind: "serial", path });
    assert.equal(world.clock.nowMs(), atMs);
  });
}

Deno.test("waitForPort() gives up in time, and does not choose among several", async () => {
  const world = simulateComputer([[0, []], [1000, [BOARD, OTHER]]]);
  const spec = parsePortSpec("usb:0483:5740");
  await assert.rejects(waitForPort(spec, { ...world, timeoutMs: 350 }), {
    code: "port-wait",
    message: "Cannot wait any longer for usb:0483:5740: nothing appeared within 350 ms",
  });
  assert.equal(world.clock.nowMs(), 350);
  await assert.rejects(
    waitForPort(spec, world),
    (error) => error instanceof PortError && error.code === "port-ambiguous",
  );
});

Deno.test("waitForPort() ends with the reason of its signal", async () => {
  const controller = new AbortController();
  const { lookout, clock } = simulateComputer([[0, []]]);
  const sleep = () => Promise.resolve(controller.abort(new Error("no more")));
  const wait = waitForPort(parsePortSpec("/dev/x"), { lookout, clock: { ...clock, sleep }, signal: controller.signal });
  await assert.rejects(wait, /no more/);
});

Deno.test("waitForPort() takes a port over TCP for granted", async () => {
  const spec = parsePortSpec("tcp:127.0.0.1:7000");
  assert.deepEqual(await waitForPort(spec), spec);
});
