/**
 * Whole simulated updates from wire to flash: the application hands over, the bundle comes, the loader verifies, commits,
 * copies, verifies, and starts it. Payloads of 68 bytes on one core. More than 10,000 in a minute are wanted, so less than
 * 6 ms each.
 *
 * @module
 */

import { RehearsalDevice } from "../../rehearsal/rehearsal_device.ts";
import { releaseOf } from "../../rehearsal/release.ts";
import { transportOf } from "../../rehearsal/transports.ts";
import { configFor, SWEEP_LAYOUTS } from "../sweeps/loader_releases.ts";
import { releasesFor } from "../sweeps/loader_sweep.ts";
import { SMALLEST, TRANSPORTS } from "../sweeps/update_trials.ts";

const { second, third } = await releasesFor(SMALLEST);
const config = configFor(SWEEP_LAYOUTS.get(SMALLEST)!, second);

for (const name of TRANSPORTS) {
  const releases = [releaseOf(second.bundle, "old"), releaseOf(third.bundle, "new")];
  const device = new RehearsalDevice({ config, releases, options: [], bootsUnverified: false });
  const transport = transportOf(name, { baudRate: 115_200 });
  let count = 0;
  Deno.bench(`a simulated update over ${name}, ${SMALLEST}`, () => {
    const release = releases[count++ % releases.length]!;
    transport.connect(device, release).run([]);
    if (device.running !== release) throw new Error(`Cannot go on: update ${count} does not run`);
  });
}
