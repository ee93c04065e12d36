import assert from "node:assert/strict";
import type { ImageHeader } from "../../packager/header.ts";
import type { DeviceInformation, SetReport } from "../../protocols/cdc/device.ts";
import { CdcRefusedError } from "../../protocols/cdc/error.ts";
import type { DeliveryEvent } from "../../updates/cdc_delivery.ts";
import { Progress } from "../progress.ts";
import { PLAIN_STYLE } from "../terminal.ts";
import { CdcDisplay } from "./cdc_display.ts";

const ABSENT: SetReport = {
  state: "absent",
  version: { major: 0, minor: 0, patch: 0, build: 0 },
  counter: 0,
  setId: new Uint8Array(16),
};
const OTHER: SetReport = { ...ABSENT, state: "committed", counter: 1, setId: new Uint8Array(16).fill(1) };
const OURS: SetReport = { ...OTHER, setId: new Uint8Array(16).fill(2) };

const HEADER = { core: "CM4", payloadSizeBytes: 100, setId: OURS.setId } as ImageHeader;

const UNCHANGED = "Nothing on the device was changed";
const REFUSED = new CdcRefusedError("begin", "wrong-product");

function connected(setA: SetReport, policy: DeviceInformation["policy"] = "copy"): DeliveryEvent {
  const device = { partName: "stm32f407xg", layoutName: "stm32f407", policy, reason: "listening", setA, setB: ABSENT };
  return { kind: "connected", device: device as DeviceInformation };
}

/** Shows events, and an error at the end; gives what the device is left in. */
function show(events: readonly DeliveryEvent[], error?: unknown): string {
  let state = "never said";
  const terminal = {
    ...{ print: () => {}, printError: () => {}, style: PLAIN_STYLE, errorStyle: PLAIN_STYLE },
    ...{ columns: 80, errorColumns: 80, rewriteError: undefined },
  };
  const display = new CdcDisplay({
    run: () => Promise.reject(new Error("nobody talks here")),
    progress: new Progress(terminal, { isQuiet: true, nowMs: () => 0 }),
    reportStage: (stage) => state = stage.device,
    reopen: () => Promise.resolve(false),
    port: "fake",
    leaves: false,
  }, [HEADER]);
  for (const event of events) display.show(event);
  if (error !== undefined) display.reportEnd(error);
  return state;
}

/** What happens, the error that ends it, and what the device is left in. */
const STATES: readonly (readonly [string, readonly DeliveryEvent[], unknown, RegExp])[] = [
  ["a device that has the update", [connected(OURS)], undefined, new RegExp(UNCHANGED)],
  ["a device that has another", [connected(OTHER)], undefined, /^What stands in slot A is untouched .* at most, /],
  [
    "an empty device",
    [connected(ABSENT)],
    undefined,
    /^The device has nothing to start, as before; slot B holds a part /,
  ],
  ["one slot", [connected(OTHER, "single")], undefined, /^The slot may hold a part of the update: /],
  ["a refusal at once", [connected(OTHER)], REFUSED, new RegExp(UNCHANGED)],
  ["another error at once", [connected(OTHER)], new CdcRefusedError("data", "flash-failed"), /^What stands in slot A/],
  ["a refusal after the port came back", [connected(OTHER), connected(OTHER)], REFUSED, /^What stands in slot A/],
  [
    "a refusal after it began anew",
    [connected(OTHER), { kind: "restarted", error: REFUSED }],
    REFUSED,
    /^What stands in slot A/,
  ],
];

for (const [what, events, error, state] of STATES) {
  Deno.test(`CdcDisplay knows what is left of ${what}`, () => assert.match(show(events, error), state));
}
