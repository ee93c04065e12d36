import assert from "node:assert/strict";
import { PortError } from "../ports/port_error.ts";
import { LinkClosedError, RefusedError } from "../protocols/link/error.ts";
import { adviseOn } from "./device_advice.ts";

const VANISHED = new LinkClosedError(
  new PortError({ code: "port-vanished", message: "Cannot use /dev/x: it is gone", advice: "Plug it in" }),
);

const BY_ITSELF = "; --retry 3 --wait 60 runs it again when the port is back";

/** What a stage says of how to go on, and what is said behind "Check cable and power." when the port goes then. */
const LOSSES: readonly (readonly [next: string, advice: string])[] = [
  ["Run the same command again", `Run the same command again${BY_ITSELF}`],
  ["Run the same command again: it erases anew", `Run the same command again: it erases anew${BY_ITSELF}`],
  [
    "Start the device's receiver again, then run the same command again",
    `Start the device's receiver again, then run the same command again${BY_ITSELF}`,
  ],
  // A board with a supply of its own goes on erasing.
  [
    "The device may erase for up to 32 s: then run the same command again, or at once with --retry 32",
    "The device may erase for up to 32 s: then run the same command again, or at once with --retry 32 --wait 60",
  ],
  // Nothing has to be run again.
  ["Set BOOT0 low and reset it", "Set BOOT0 low and reset it"],
  // It is known why nobody answers.
  ["Are RX and TX swapped?", `Run the same command again${BY_ITSELF}`],
];

for (const [next, advice] of LOSSES) {
  Deno.test(`adviseOn() a port that goes keeps "${next}"`, () => {
    assert.deepEqual(adviseOn(VANISHED, { next }), {
      message: "Cannot go on: the device is gone",
      advice: `Check cable and power. ${advice}`,
    });
  });
}

Deno.test("adviseOn() leaves the message alone where a connection was closed for another reason", () => {
  const failed = new PortError({ code: "port-settings", message: "Cannot read", advice: "Look" });
  for (const cause of [undefined, failed]) {
    assert.deepEqual(adviseOn(new LinkClosedError(cause), { next: "Reset it" }), {
      advice: "Check cable and power. Reset it",
    });
  }
});

/** Refusals: whether readout protection explains them, and whether nothing was changed. */
const REFUSALS: readonly (readonly [command: string, phase: string, isExplained: boolean, isUntouched?: boolean])[] = [
  ["Read Memory", "command", true, false],
  ["Write Memory", "command", true, false],
  ["Write Memory", "data", false],
  ["Erase", "command", true, true],
  ["Extended Erase", "command", true, true],
  ["Write Protect", "command", true, true],
  ["Write Protect", "sectors", false],
  ["Write Unprotect", "command", true, true],
  ["Get ID", "command", false],
];

for (const [command, phase, isExplained, isUntouched] of REFUSALS) {
  Deno.test(`adviseOn() a refusal of ${command}, ${phase}: ${isExplained ? "readout protection" : "nothing"}`, () => {
    const advice = adviseOn(new RefusedError(command, phase), { next: "Run it again" });
    assert.equal(advice.isUntouched, isUntouched);
    assert.equal(advice.advice?.includes("coreslot protect readout-off --yes") === true, isExplained);
  });
}
