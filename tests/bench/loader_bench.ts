/**
 * Whole simulated updates: the bundle as a stream, reset, copy, boot, all verified. One core and two, payloads of 100 bytes.
 *
 * @module
 */

import { LoaderDevice } from "../sweeps/loader_device.ts";
import { bring } from "../sweeps/loader_host.ts";
import { configFor, SWEEP_LAYOUTS } from "../sweeps/loader_releases.ts";
import { packReleases } from "../sweeps/loader_scenarios.ts";

for (const [name, sizes] of [["h743-least", [100]], ["h747-dual", [100, 68]], ["g0b1-pages", [100]]] as const) {
  const layout = SWEEP_LAYOUTS.get(name)!;
  const releases = await packReleases(layout, { sizes });
  const device = new LoaderDevice({ config: configFor(layout, releases.first), releases: Object.values(releases) });
  bring(device, releases.first, { way: "stream" });
  let isSecond = false;
  Deno.bench(`a simulated update, ${name}`, () => {
    isSecond = !isSecond;
    bring(device, isSecond ? releases.second : releases.third, { way: "stream" });
  });
}
