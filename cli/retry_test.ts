import assert from "node:assert/strict";
import type { Clock } from "../ports/clock.ts";
import { PortError } from "../ports/port_error.ts";
import { CanceledByPeerError, LinkTimeoutError, RefusedError } from "../protocols/link/error.ts";
import { DeviceError, UNTOUCHED } from "./device_error.ts";
import { persist } from "./retry.ts";
import { PLAIN_STYLE, type Terminal } from "./terminal.ts";

const SILENCE = new LinkTimeoutError("answer to the synchronisation byte", 2500);
const ABSENT = new PortError({ code: "port-absent", message: "Cannot open /dev/ttyACM0: there is no such port" });
const BUSY = new PortError({ code: "port-busy", message: "Cannot open /dev/ttyACM0: sh (process 7) has it open" });
const FORBIDDEN = new PortError({ code: "port-permission", message: "Cannot open /dev/ttyACM0: no" });
const REFUSED = new RefusedError("Go", "command");

const TERMINAL: Terminal = {
  print: () => assert.fail("nothing is printed on standard output"),
  printError: () => {},
  style: PLAIN_STYLE,
  errorStyle: PLAIN_STYLE,
  columns: 80,
  errorColumns: 60,
  rewriteError: undefined,
};

/** Fails with each of these in turn, then succeeds; what was said, and how it ended. */
async function run(failures: readonly Error[], count: number, isQuiet = false) {
  const said: string[] = [];
  const terminal: Terminal = { ...TERMINAL, printError: (...lines) => said.push(...lines) };
  const left = [...failures];
  const pauses: number[] = [];
  const clock: Clock = { nowMs: () => 0, sleep: (ms) => Promise.resolve(void pauses.push(ms)) };
  const attempt = () => {
    const failure = left.shift();
    return failure === undefined ? Promise.resolve("done") : Promise.reject(failure);
  };
  const outcome: unknown = await persist(attempt, { count, port: "/dev/x", terminal, isQuiet, clock })
    .catch((error: unknown) => error);
  const triedAgain = failures.length - left.length - (outcome === "done" ? 0 : 1);
  assert.deepEqual(pauses, new Array(triedAgain).fill(1000), "a second before each try but the first");
  return { said, outcome, leftCount: left.length };
}

Deno.test("persist() tries again for what may pass, as often as told, and says so in lines that fit", async () => {
  assert.deepEqual(await run([SILENCE, ABSENT], 2), {
    said: [
      "trying again, 1 of 2: Cannot go on: no answer to the",
      "                      synchronisation byte within 2500 ms",
      "trying again, 2 of 2: Cannot open /dev/ttyACM0: there is no",
      "                      such port",
    ],
    outcome: "done",
    leftCount: 0,
  });
  assert.equal((await run([SILENCE, ABSENT, SILENCE], 2)).outcome, SILENCE);
  assert.deepEqual((await run([SILENCE], 1, true)).said, []);
  assert.equal((await run([BUSY, BUSY], 2)).outcome, "done");
});

Deno.test("persist() keeps in mind what an earlier try has left the device in", async () => {
  const device = "Its flash holds a part of the image";
  const halfWay = new DeviceError(SILENCE, "/dev/x", { doing: "writing", device, next: "Run it again" });
  const unheard = new DeviceError(SILENCE, "/dev/x", { doing: "waiting", device: UNTOUCHED, next: "Check BOOT0" });
  for (const last of [BUSY, unheard]) {
    const { outcome } = await run([halfWay, last], 1);
    assert(outcome instanceof DeviceError);
    assert.equal(outcome.deviceState, device);
    assert.equal(outcome.message, last === BUSY ? `/dev/x: ${BUSY.message}` : unheard.message);
    assert.equal(outcome.advice, last === BUSY ? "Run it again" : "Check BOOT0");
  }
  assert.equal((await run([unheard, BUSY], 1)).outcome, BUSY);
});

Deno.test("persist() tries again for a receiver that breaks off, unless it is the first thing that happens", async () => {
  const canceled = new CanceledByPeerError("CAN CAN");
  assert.equal((await run([SILENCE, canceled], 2)).outcome, "done");
  assert.equal((await run([canceled], 2)).outcome, canceled);
});

Deno.test("persist() does not try again for what stays", async () => {
  for (const failure of [FORBIDDEN, REFUSED, new TypeError("a bug")]) {
    const { said, outcome, leftCount } = await run([failure, failure], 5);
    assert.deepEqual([said, leftCount], [[], 1]);
    assert.equal(outcome, failure);
  }
});
