import assert from "node:assert/strict";
import { BootEntryError } from "../ports/boot_entry/boot_entry_error.ts";
import { PortError } from "../ports/port_error.ts";
import { LinkClosedError, LinkTimeoutError, UnexpectedBytesError } from "../protocols/link/error.ts";
import { DeviceError, InterruptedError, NO_DEVICE, type Stage } from "./device_error.ts";
import { type ConversationState, explainFailure } from "./device_failure.ts";

const STAGE: Stage = { doing: "waiting", device: "Nothing was changed", next: "Check BOOT0" };
const SILENCE = new LinkTimeoutError("answer", 1000);
const TALK = new LinkTimeoutError("silence before the file", 1000);
const CLOSED = new LinkClosedError();
const NOISE = new UnexpectedBytesError("ACK", Uint8Array.of(1));
const VANISHED = new PortError({
  code: "port-vanished",
  message: "Cannot use /dev/x: it is gone",
  advice: "Plug it in",
});
const ENTRY = new BootEntryError({
  ...{ code: "boot-entry-silent", message: 'Cannot enter the loader: no answer "OK"', advice: "Check the application" },
});

/** What ended a conversation, whether the way in had failed before, whether anything was answered, and what is told. */
const ENDS: readonly (readonly [error: Error, entry: BootEntryError | undefined, hasAnswered: boolean, told: Error])[] =
  [
    [SILENCE, undefined, false, SILENCE],
    [SILENCE, undefined, true, SILENCE],
    // Nobody answers: the device was not in its loader after all.
    [SILENCE, ENTRY, false, ENTRY],
    [SILENCE, ENTRY, true, SILENCE],
    // Somebody is there.
    [TALK, ENTRY, false, TALK],
    [NOISE, ENTRY, false, NOISE],
    [CLOSED, ENTRY, false, CLOSED],
    [VANISHED, ENTRY, false, VANISHED],
  ];

for (const [error, entryFailure, hasAnswered, told] of ENDS) {
  const [before, after] = [entryFailure === undefined ? "" : " after a way in that failed", hasAnswered ? "an" : "no"];
  Deno.test(`explainFailure() of "${error.message}" with ${after} answer${before} tells "${told.message}"`, async () => {
    const connection = { name: "/dev/x", path: undefined, entryFailure };
    const explained = await explainFailure(error, stateOf({ connection, hasAnswered }));
    assert(explained instanceof (told === ENTRY ? BootEntryError : DeviceError));
    assert.equal(explained.cause, told);
    if (told === ENTRY) assert.deepEqual([explained.message, explained.advice], [ENTRY.message, ENTRY.advice]);
    else assert.match(explained.message, /^\/dev\/x: Cannot /);
  });
}

Deno.test("explainFailure() leaves alone what is about no device", async () => {
  for (const error of [new TypeError("a bug"), VANISHED]) {
    assert.equal(await explainFailure(error, stateOf({ stage: NO_DEVICE })), error);
  }
});

Deno.test("explainFailure() names the port as it was given where it was never open, and says how to go on", async () => {
  const flags = { port: "/dev/tty USB 5", protocol: "an3155" };
  const explained = await explainFailure(new InterruptedError("waiting"), stateOf({ flags, stage: NO_DEVICE }));
  assert(explained instanceof DeviceError);
  assert.match(explained.message, /^\/dev\/tty USB 5: Cannot go on: interrupted/);
  assert.equal(explained.advice, NO_DEVICE.next);
  const nameless = await explainFailure(new InterruptedError("waiting"), stateOf({ stage: NO_DEVICE }));
  assert.match(String(nameless), /the port: Cannot/);
});

function stateOf(state: Partial<ConversationState>): ConversationState {
  return { connection: undefined, stage: STAGE, hasAnswered: false, isBegun: false, flags: {}, ...state };
}
