import assert from "node:assert/strict";
import { simulateComputer, type Timeline } from "../tests/ports_timeline.ts";
import type { SerialPortInfo } from "./serial/serial_port_info.ts";
import { GO_WITHIN_MS, rememberPorts, waitForReturn } from "./wait_for_return.ts";

const BOARD: SerialPortInfo = { path: "/dev/ttyACM0", vendorId: 0x0483, productId: 0x5740, serialNumber: "1" };
const OTHER: SerialPortInfo = { ...BOARD, path: "/dev/ttyACM1", serialNumber: "2" };
const LOADER: SerialPortInfo = { path: "/dev/ttyACM2", vendorId: 0x0483, productId: 0xdf11 };

/** What is there after the port was opened at 0 ms and was to be closed at 200 ms; which path is its, and since when. */
const RETURNS: readonly [string, Timeline, path: string, atMs: number][] = [
  ["the same port, gone for a while", [[0, [BOARD, OTHER]], [500, [OTHER]], [900, [OTHER, BOARD]]], BOARD.path, 900],
  ["the same port, gone between two looks", [[0, [BOARD]], [510, []], [520, [BOARD]]], BOARD.path, 600],
  ["another port in its place", [[0, [BOARD, OTHER]], [500, [OTHER]], [900, [OTHER, LOADER]]], LOADER.path, 900],
  ["a port that went early", [[0, [BOARD, OTHER]], [100, [OTHER]], [900, [OTHER, BOARD]]], BOARD.path, 900],
  ["a port that is back already", [[0, [BOARD]], [100, []], [150, [BOARD]]], BOARD.path, 200],
  [
    "its own port, whatever came before it went",
    [[0, [BOARD]], [100, [BOARD, OTHER]], [500, [OTHER]], [700, [
      BOARD,
      OTHER,
    ]]],
    BOARD.path,
    700,
  ],
];

for (const [name, timeline, path, atMs] of RETURNS) {
  Deno.test(`waitForReturn() recognises ${name}`, async () => {
    const { clock, lookout } = simulateComputer(timeline);
    const opened = await lookout.lookAt(BOARD.path);
    await clock.sleep(200);
    const remembered = await rememberPorts(BOARD.path, opened, lookout);
    assert.equal(await waitForReturn(BOARD.path, remembered, { clock, lookout, timeoutMs: 5000 }), path);
    assert.equal(clock.nowMs(), atMs);
  });
}

/** A port that does not go, how long there is, and when that is told. */
const STAYS: readonly [string, Timeline, timeoutMs: number, atMs: number][] = [
  ["never goes", [[0, [BOARD, OTHER]]], 10_000, GO_WITHIN_MS],
  ["never goes, in less time", [[0, [BOARD, OTHER]]], 500, 500],
  ["stays while another one goes", [[0, [BOARD, OTHER]], [100, [BOARD]]], 10_000, GO_WITHIN_MS],
];

for (const [name, timeline, timeoutMs, atMs] of STAYS) {
  Deno.test(`waitForReturn() does not wait to the end for a port that ${name}`, async () => {
    const { clock, lookout } = simulateComputer(timeline);
    const remembered = await rememberPorts(BOARD.path, await lookout.lookAt(BOARD.path), lookout);
    assert.equal(await waitForReturn(BOARD.path, remembered, { clock, lookout, timeoutMs }), undefined);
    assert.equal(clock.nowMs(), atMs);
  });
}

Deno.test("waitForReturn() waits to the end for a port that went, and says that it did not come back", async () => {
  const { clock, lookout } = simulateComputer([[0, [BOARD]], [GO_WITHIN_MS - 200, []]]);
  const remembered = await rememberPorts(BOARD.path, await lookout.lookAt(BOARD.path), lookout);
  await assert.rejects(waitForReturn(BOARD.path, remembered, { clock, lookout, timeoutMs: 5000 }), {
    code: "port-wait",
    message: "Cannot wait any longer for /dev/ttyACM0 to come back: nothing appeared within 5000 ms",
  });
  assert.equal(clock.nowMs(), 5000);
});
