/**
 * A whole update from sb and sx into the slot loader, which erases several sectors before it answers a block: the sender
 * sends the block again and again meanwhile, after 1.3 s here, and after ten by itself.
 */

import assert from "node:assert/strict";
import { createModemTransport } from "../../emulator/loader/mod.ts";
import { peerTest, withTempDir } from "../peers.ts";
import { LoaderDevice } from "../sweeps/loader_device.ts";
import { configFor, SWEEP_LAYOUTS } from "../sweeps/loader_releases.ts";
import { packReleases } from "../sweeps/loader_scenarios.ts";
import { talkToLrzsz } from "./lrzsz_peer.ts";
import { HAS_TERMINAL } from "./lrzsz_variants.ts";

/** Two cores, 128 KiB sectors of a second each: three of them before the first block of a payload is answered. */
const LAYOUT = SWEEP_LAYOUTS.get("h747-dual")!;
const ERASES_MS = 3000;

/** The second repeat has to be well before the end of the erases, and the third behind it: at 2.6 s and 3.9 s. */
const REPEAT_AFTER_TENTHS = 13;

/** `sb` and `sx` end when the loader has said that it has all of it, and not before. */
for (const [program, protocol] of [["sb", "ymodem"], ["sx", "xmodem"]] as const) {
  const what = `${program} brings an update to a loader whose erases outlast its patience, on a pseudo-terminal`;
  peerTest(program, what, async () => {
    const releases = await packReleases(LAYOUT, { sizes: [3000, 2000] });
    const { first, second } = releases;
    const device = new LoaderDevice({ config: configFor(LAYOUT, first), releases: Object.values(releases) });
    const loader = device.enterLoader();
    const failures: unknown[] = [];
    const transport = createModemTransport({ protocol, onFailure: (error) => failures.push(error) });
    await withTempDir(async (cwd) => {
      await Deno.writeFile(`${cwd}/update.cslot`, second.bundle);
      const command = [program, "-q", "-t", `${REPEAT_AFTER_TENTHS}`, "update.cslot"];
      let tookMs = 0;
      const { outcome, code, bytesIn } = await talkToLrzsz({ command, cwd, isOnTerminal: true }, function* (link) {
        const startMs = link.nowMs;
        const exit = yield* transport(link, loader);
        tookMs = link.nowMs - startMs;
        return exit;
      });
      assert.deepEqual(outcome, { status: "fulfilled", value: { kind: "reset" } });
      assert.deepEqual([code, failures], [0, []]);
      assert(tookMs > ERASES_MS);
      assert(bytesIn > second.bundle.length + 2 * 128, "it has sent nothing again");
    });
    device.reset();
    assert.equal(device.boot()?.name, "second");
  }, { ignore: !HAS_TERMINAL });
}
