import assert from "node:assert/strict";
import { PortError } from "../ports/port_error.ts";
import { CanceledByPeerError, LinkTimeoutError, RefusedError } from "../protocols/link/error.ts";
import { persist } from "./retry.ts";
import { PLAIN_STYLE, type Terminal } from "./terminal.ts";

const SILENCE = new LinkTimeoutError("answer to the synchronisation byte", 2500);
const ABSENT = new PortError({ code: "port-absent", message: "Cannot open /dev/ttyACM0: there is no such port" });
const FORBIDDEN = new PortError({ code: "port-permission", message: "Cannot open /dev/ttyACM0: no" });
const REFUSED = new RefusedError("Go", "command");

/** Fails with each of these in turn, then succeeds; what was said, and how it ended. */
async function run(failures: readonly Error[], count: number, isQuiet = false) {
  const said: string[] = [];
  const terminal: Terminal = {
    print: () => assert.fail("nothing is printed on standard output"),
    printError: (...lines) => said.push(...lines),
    style: PLAIN_STYLE,
    errorStyle: PLAIN_STYLE,
    columns: 80,
    errorColumns: 60,
    rewriteError: undefined,
  };
  const left = [...failures];
  const attempt = () => {
    const failure = left.shift();
    return failure === undefined ? Promise.resolve("done") : Promise.reject(failure);
  };
  const outcome: unknown = await persist(attempt, { count, terminal, isQuiet }).catch((error: unknown) => error);
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
