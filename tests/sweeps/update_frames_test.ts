/**
 * A device with the loader that stalls for its longest erase at a frame, in an update over CDC: at each frame that it gets
 * and at each that it sends, at one of them in a run, and at all of one direction in the same run. The host waits, and sends
 * nothing twice but its greeting, for which it does not know yet how long to wait.
 *
 * @module
 */

import assert from "node:assert/strict";
import { LoaderCdcDevice } from "../../emulator/loader/mod.ts";
import { updateOverCdc, type UpdateResult } from "../../protocols/cdc/mod.ts";
import { LinkTimeoutError } from "../../protocols/link/mod.ts";
import { type CdcOutcome, type CdcPath, connectCdc } from "../cdc_pair.ts";
import { LoaderDevice } from "./loader_device.ts";
import { bring } from "./loader_host.ts";
import { configFor, SWEEP_LAYOUTS } from "./loader_releases.ts";
import { packReleases, type ReleaseSet } from "./loader_scenarios.ts";

Error.stackTraceLimit = 0;

/** Payloads of several frames. */
const SIZES: Readonly<Record<string, readonly number[]>> = {
  "h747-dual": [9000, 5000],
  "h743-least": [9000],
  "f407-uneven": [9000],
  "f407ve-single": [9000],
  "l053-zeros": [600],
  "g0b1-pages": [5000],
};

const DIRECTIONS = ["toTarget", "toHost"] as const;

/** The host greets with frame 0, and gets frame 0 for it. */
const GREETING = 0;

/** Longer than the host waits for a greeting, and for an answer of a device that says it is never silent. */
const LONG_MS = 2000;

interface Run {
  readonly outcome: CdcOutcome<UpdateResult>;
  readonly device: LoaderDevice;
}

/** Brings the second release onto a device that runs the first one. */
function run(
  layout: string,
  options: { readonly releases: ReleaseSet; readonly lateMs?: CdcPath["lateMs"]; readonly silenceMs?: number },
): Run {
  const { releases, lateMs, silenceMs } = options;
  const { first, second } = releases;
  const config = configFor(SWEEP_LAYOUTS.get(layout)!, first);
  const device = new LoaderDevice({ config, releases: Object.values(releases) });
  bring(device, first, { way: "stream" });
  const cdc = new LoaderCdcDevice(device.enterLoader(), silenceMs === undefined ? {} : { silenceMs });
  const images = second.records.map((header, index) => ({
    header,
    payloadDigest: second.headers[index]!.payloadDigest,
    payload: second.payloads[index]!.subarray(0, second.headers[index]!.payloadSizeBytes),
  }));
  const setId = second.headers[0]!.setId;
  const outcome = connectCdc(cdc, (link) => updateOverCdc(link, { images, setId, sessionId: 1 }), lateMs && { lateMs });
  return { outcome, device };
}

/** The longest erase by the datasheet, at any voltage. */
function longestEraseMs(layout: string): number {
  const { timings } = SWEEP_LAYOUTS.get(layout)!.part.flash;
  return Math.max(...timings.flatMap(({ sectorErase }) => sectorErase.map(({ maximumUs }) => maximumUs))) / 1000;
}

function assertUpdated({ outcome, device }: Run, mayRepeat: boolean): void {
  const { outcome: what, recoveryCount } = outcome.value();
  assert.equal(what, "updated");
  assert.equal(device.findWhole("A")?.name, "second");
  if (!mayRepeat) assert.equal(recoveryCount, 0, "the host had no patience");
}

for (const layout of SWEEP_LAYOUTS.keys()) {
  Deno.test(`a device stalls for its longest erase at every frame, both ways, and the host waits: ${layout}`, async () => {
    const releases = await packReleases(SWEEP_LAYOUTS.get(layout)!, { sizes: SIZES[layout]! });
    const durationMs = longestEraseMs(layout);
    const { outcome: { framesToTarget, framesToHost, endMs } } = run(layout, { releases });
    const counts = { toTarget: framesToTarget, toHost: framesToHost };
    for (const direction of DIRECTIONS) {
      for (let late = 0; late < counts[direction]; late++) {
        const lateMs: CdcPath["lateMs"] = (way, frame) => way === direction && frame === late ? durationMs : 0;
        const slow = run(layout, { releases, lateMs });
        assertUpdated(slow, late === GREETING && durationMs > LONG_MS);
        assert(slow.outcome.endMs >= endMs, "it was not late");
      }
      const lateMs: CdcPath["lateMs"] = (way, frame) => way === direction && frame !== GREETING ? durationMs : 0;
      assertUpdated(run(layout, { releases, lateMs }), false);
    }
    console.info(
      `${layout}, cdc, a stall of ${durationMs} ms: ${framesToTarget} frames to the device and ${framesToHost} from it, ` +
        `each alone and all of a direction; nothing sent twice`,
    );
    assert(framesToTarget >= 6 && framesToHost >= 6);
  });
}

for (const layout of ["h747-dual", "f407-uneven"]) {
  Deno.test(`the sweep sees a host that does not wait for as long, at every frame but the greeting: ${layout}`, async () => {
    const releases = await packReleases(SWEEP_LAYOUTS.get(layout)!, { sizes: SIZES[layout]! });
    const durationMs = longestEraseMs(layout);
    assert(durationMs > LONG_MS);
    const { outcome } = run(layout, { releases });
    const counts = { toTarget: outcome.framesToTarget, toHost: outcome.framesToHost };
    for (const direction of DIRECTIONS) {
      for (let late = 1; late < counts[direction]; late++) {
        const lateMs: CdcPath["lateMs"] = (way, frame) => way === direction && frame === late ? durationMs : 0;
        // The device says that it is never silent for longer than a millisecond.
        const { outcome } = run(layout, { releases, lateMs, silenceMs: 1 });
        const isCaught = outcome.error instanceof LinkTimeoutError || outcome.value().recoveryCount > 0;
        assert(isCaught, `${direction} ${late}`);
      }
    }
  });
}
