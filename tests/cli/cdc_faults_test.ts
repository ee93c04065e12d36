/**
 * What the cable and the power do to an update over CDC: real processes, a proxy that drops connections, power cuts.
 */

import assert from "node:assert/strict";
import { layBadCable } from "./bad_cable.ts";
import { type LoaderCommands, makeFirmware, withLoaderDevice } from "./loader_device.ts";

const KEY = ["--key", "ed25519.pub.pem"];
const SIZES = [150_000, 90_001] as const;

/** Packs an update that takes some sixty frames and four sectors. */
async function packLarge({ folder, pack }: LoaderCommands, version: string): Promise<void> {
  const [size7, size4] = SIZES;
  Deno.writeFileSync(`${folder}/large7.bin`, makeFirmware(0x0802_0000, 0x2002_0000, size7));
  Deno.writeFileSync(`${folder}/large4.bin`, makeFirmware(0x0810_0000, 0x1004_8000, size4));
  const images = ["--image", "CM7=large7.bin", "--image", "CM4=large4.bin"];
  await pack("large.cslot", ...images, "--version", version, "--counter", "7");
}

Deno.test("coreslot flash waits while the cable is out, and goes on with the byte where it was", async () => {
  const { stderr } = await withLoaderDevice({}, async (device) => {
    await packLarge(device, "2.0.0");
    // A loose contact: it is back twice, only to be out again.
    const pulls = [70_000, 0, 0, 120_000].map((afterBytes) => ({ afterBytes }));
    await using cable = layBadCable(device.port, pulls);
    const { code, stdout, stderr } = await device.runAt(cable.port, "flash", "large.cslot", ...KEY);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^the port has gone: waiting up to 60 s for it to come back\nthe device is back: going on\n/m);
    // Nothing is sent twice but what was on its way; that was not confirmed the first time.
    const [, confirmed = ""] = /sent +(\S+) bytes confirmed, in \d attempts\n/.exec(stdout) ?? [];
    const confirmedBytes = Number(confirmed.replaceAll(",", ""));
    assert(confirmedBytes > 220_000 && confirmedBytes <= 240_001, stdout);
    assert.match(stdout, /runs +CM7 2\.0\.0 and CM4 2\.0\.0/);
    assert.equal(cable.connectionCount, 5);
  });
  assert.match(stderr, /boot: CM7 2\.0\.0 and CM4 2\.0\.0 run from slot A\n/);
});

Deno.test("coreslot flash gives up when the port stays away, says what the device is left in, and goes on later", async () => {
  const { stderr } = await withLoaderDevice({}, async (device) => {
    await packLarge(device, "2.0.0");
    assert.equal((await device.run("flash", "update.cslot", ...KEY)).code, 0);
    for (const [wait, waits] of [["0", false], ["1", true]] as const) {
      await using cable = layBadCable(device.port, [{ afterBytes: 70_000, isLost: true }]);
      const gone = await device.runAt(cable.port, "flash", "large.cslot", ...KEY, "--wait", wait);
      assert.equal(gone.code, 7, gone.stderr);
      assert.equal(gone.stderr.includes("the port has gone: waiting up to 1 s"), waits);
      assert.match(gone.stderr, /Cannot go on: the port was closed\n +What stands in slot A is untouched and starts/);
    }
    const { outcome, sentBytes } = await device.runJson("flash", "large.cslot");
    assert.equal(outcome, "updated");
    assert(Number(sentBytes) < 180_000, `${sentBytes} bytes were sent again`);
  });
  assert.match(
    stderr.trimEnd(),
    /boot: CM7 2\.0\.0 and CM4 2\.0\.0 run from slot A\nconnection \d+ has ended[^\n]*\n[^\n]*$/,
  );
});

/** Numbers of flash operations: of 8 erases and 15,200 writes of 32 bytes, half of them the copy to slot A. */
const CUTS: readonly (readonly [name: string, faults: string, attemptCount: number])[] = [
  ["the first erase", "cut:op=0,model=1,half=low", 2],
  ["the middle of staging", "cut:op=3000,model=2", 2],
  ["the copy to slot A", "cut:op=12000,model=3", 2],
  ["staging, with the cable out twice", "unplug:h2t:60000;cut:op=6000,model=4;unplug:t2h:3500", 4],
];

for (const [name, faults, attemptCount] of CUTS) {
  Deno.test(`coreslot flash outlives a power cut in ${name}`, async () => {
    const { stderr } = await withLoaderDevice({ args: ["--faults", faults] }, async (device) => {
      await packLarge(device, "2.0.0");
      const flashed = await device.runJson("flash", "large.cslot", ...KEY);
      assert.deepEqual([flashed["outcome"], flashed["attemptCount"]], ["updated", attemptCount]);
      assert.equal((flashed["booted"] as { version: string }).version, "2.0.0");
    });
    assert.match(stderr, /the power was cut: Cannot go on: power was lost in flash operation \d+\n/);
    assert.match(stderr, /boot: CM7 2\.0\.0 and CM4 2\.0\.0 run from slot A\n/);
  });
}

Deno.test("coreslot flash does not wait for a device that was never there", async () => {
  await withLoaderDevice({}, async (device) => {
    await using cable = layBadCable(device.port, [{ afterBytes: 10, isLost: true }]);
    const { code, stderr } = await device.runAt(cable.port, "flash", "update.cslot", ...KEY);
    assert.equal(code, 7, stderr);
    assert.match(stderr, /Cannot go on: the port was closed\n +Nothing on the device was changed\n/);
    const nobody = await device.runAt(cable.port, "flash", "update.cslot", ...KEY);
    assert.equal(nobody.code, 9, nobody.stderr);
  });
});

Deno.test("coreslot flash outlives a power cut where there is one slot only, and nothing to boot meanwhile", async () => {
  const faults = "cut:op=2500,model=2";
  const { stderr } = await withLoaderDevice({ layout: "stm32f407ve", args: ["--faults", faults] }, async (device) => {
    for (const [version, sizeBytes] of [["1.0.0", 8000], ["2.0.0", 20_001]] as const) {
      Deno.writeFileSync(`${device.folder}/app.bin`, makeFirmware(0x0801_0000, 0x2002_0000, sizeBytes));
      await device.pack("app.cslot", "--image", "CM4=app.bin", "--version", version, "--counter", "1");
      const { code, stdout, stderr } = await device.run("flash", "app.cslot", ...KEY);
      assert.equal(code, 0, stderr);
      assert.match(stdout, new RegExp(`runs +CM4 ${version.replaceAll(".", "\\.")}, as it sa(id|ys) `));
    }
    const { policy, setA, setB } = await device.runJson("info");
    assert.deepEqual([policy, setA], ["single", setB]);
  });
  assert.match(
    stderr,
    /boot: CM4 1\.0\.0 runs from its slot\n.*the power was cut.*loader: stays: it holds no set.*CM4 2\.0/s,
  );
});
