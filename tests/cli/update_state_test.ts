/**
 * What `flash` says that a device is left in when its cable is pulled during an update over CDC, and that the same line then
 * goes on.
 */

import assert from "node:assert/strict";
import { layBadCable } from "./bad_cable.ts";
import { makeFirmware, withLoaderDevice } from "./loader_device.ts";

const FLASH = ["flash", "update.cslot", "--key", "ed25519.pub.pem"];

/** Bytes to the device before the cable is pulled, and the state; replies that are on their way are lost as well. */
const STATES: readonly (readonly [bytes: number, state: string])[] = [
  [10, "Nothing on the device was changed"],
  [1300, "The device has nothing to start, as before; slot B holds a part of the update at most, and is not committed"],
  [2400, "The device has nothing to start, as before; slot B holds a part of the update at most, and is not committed"],
];

for (const [bytes, state] of STATES) {
  Deno.test(`coreslot flash over cdc says what is left after ${bytes} bytes, and goes on`, () =>
    withLoaderDevice({ args: ["--faults", `unplug:h2t:${bytes}`] }, async ({ run }) => {
      const { code, stderr } = await run(...FLASH, "--wait", "0");
      assert.equal(code, 7, stderr);
      const said = stderr.slice(stderr.indexOf("coreslot: ")).split("\n  ").slice(1).join(" ");
      assert(said.startsWith(state), stderr);
      const again = await run(...FLASH, "--json");
      assert.deepEqual([again.code, JSON.parse(again.stdout).outcome], [0, "updated"]);
    }).then(() => {}));
}

Deno.test("coreslot flash over cdc says that slot A is as it was, once there is something in it", () =>
  withLoaderDevice({}, async ({ folder, run, pack, port, runAt }) => {
    assert.equal((await run(...FLASH)).code, 0);
    Deno.writeFileSync(`${folder}/next.bin`, makeFirmware(0x0802_0000, 0x2002_0000, 3000));
    await pack(
      "next.cslot",
      "--image",
      "CM7=next.bin",
      "--image",
      "CM4=cm4.hex",
      "--version",
      "2.0.0",
      "--counter",
      "8",
    );
    await using cable = layBadCable(port, [{ afterBytes: 1300, isLost: false }]);
    const { code, stderr } = await runAt(cable.port, "flash", "next.cslot", "--wait", "0");
    assert.equal(code, 7, stderr);
    assert.match(
      stderr,
      /\n {2}What stands in slot A is untouched and starts at the next reset; slot B holds\n {2}a part of/,
    );
  }).then(() => {}));
