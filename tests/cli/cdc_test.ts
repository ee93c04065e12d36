/**
 * Updates over CDC as people bring them: real processes, an emulated device with a slot loader.
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { DEVICE_PERMISSIONS } from "./device_commands.ts";
import { withEmulator } from "./emulator.ts";
import { withLoaderDevice } from "./loader_device.ts";
import { runCli } from "./process.ts";
import { withRelease } from "./release.ts";

const FIRMWARE = fileURLToPath(new URL("../../examples/firmware/", import.meta.url));
const KEY = ["--key", "ed25519.pub.pem"];

Deno.test("coreslot flash brings a release onto an empty device, which boots it; again, it has nothing to do", async () => {
  const { stderr } = await withLoaderDevice({}, async ({ run, runJson }) => {
    const empty = await runJson("info");
    assert.deepEqual([empty["part"], empty["layout"], empty["policy"]], ["stm32h747xi", "stm32h747", "copy"]);
    assert.deepEqual([empty["reason"], empty["setA"], empty["setB"]], ["no-valid-set", null, null]);

    const flashed = await run("flash", "update.cslot", ...KEY, "--layout", "stm32h747");
    assert.equal(flashed.code, 0, flashed.stderr);
    assert.match(flashed.stdout, /updated +update\.cslot, verified\n.*CM7 +1,009 bytes sent\n.*sent +2,018 bytes\n/s);
    assert.match(flashed.stdout, /runs +CM7 1\.2\.3\+4 and CM4 1\.2\.3\+4, as it said before it started\n/);
    assert.match(flashed.stderr, /^connected to stm32h747xi, layout stm32h747: it holds no set that it may start\n/);
    for (const task of ["transfer", "verify", "install"]) {
      assert.match(flashed.stderr, new RegExp(`^${task} +2,018 bytes in `, "m"));
    }

    const again = await runJson("flash", "update.cslot");
    assert.deepEqual([again["outcome"], again["sentBytes"], again["isVerified"]], ["unchanged", 0, false]);
    const { setA, setB, reason } = await runJson("info");
    assert.deepEqual([setA, reason], [setB, "listening"]);
    assert.deepEqual((setA as { version: string }).version, "1.2.3+4");
  });
  assert.match(stderr, /loader: stays: it holds no set that it may start\n/);
  assert.equal([...stderr.matchAll(/boot: CM7 1\.2\.3\+4 and CM4 1\.2\.3\+4 run from slot A\n/g)].length >= 2, true);
});

Deno.test("coreslot flash sends only what differs of the real pair, and asks the device after its restart", async () => {
  const real = (version: string) => [
    ...["--image", `CM7=${FIRMWARE}cm7.elf`, "--image", `CM4=${FIRMWARE}cm4.hex`],
    ...["--version", version, "--counter", "8"],
  ];
  const { stderr } = await withLoaderDevice({ args: ["--flash-file", "flash.bin"] }, async (device) => {
    await device.pack("real.cslot", ...real("2.0.0"));
    await device.pack("next.cslot", ...real("2.1.0"));
    assert.equal((await device.run("flash", "real.cslot", ...KEY)).code, 0);
    const { outcome, images, sentBytes, before, booted, isAskedAfterRestart } = await device.runJson(
      "flash",
      "next.cslot",
      ...KEY,
    );
    assert.deepEqual([outcome, sentBytes, isAskedAfterRestart], ["updated", 0, true]);
    assert.deepEqual((images as { how: string }[]).map(({ how }) => how), ["cloned", "cloned"]);
    assert.equal((before as { a: { version: string } }).a.version, "2.0.0");
    assert.equal((booted as { version: string }).version, "2.1.0");

    const lower = await device.run("flash", "update.cslot");
    assert.equal(lower.code, 8);
    assert.match(lower.stderr, /the device says counter-too-low.*\n +Nothing on the device was changed\n.*counter/);
  });
  assert.match(stderr, /boot: CM7 2\.0\.0 and CM4 2\.0\.0 run.*boot: CM7 2\.1\.0 and CM4 2\.1\.0 run/s);
});

Deno.test("coreslot emulate keeps what was installed from one run to the next", () =>
  withRelease(async (folder) => {
    const device = ["--protocol", "cdc", "--layout", "stm32h747", ...KEY, "--product", "pump", "--flash-file", "f.bin"];
    const runOnDevice = async (...args: readonly string[]) => {
      let stdout = "";
      const { stderr } = await withEmulator(device, { cwd: folder }, async ({ port }) => {
        const line = [...args, "--protocol", "cdc", "--port", port, "--json"];
        const result = await runCli(line, { cwd: folder, permissions: DEVICE_PERMISSIONS });
        assert.equal(result.code, 0, result.stderr);
        stdout = result.stdout;
      });
      assert.match(stderr, /the flash is in f\.bin\n$/);
      return JSON.parse(stdout);
    };
    const { booted } = await runOnDevice("flash", "update.cslot");
    const { setA, setB } = await runOnDevice("info");
    assert.deepEqual([setA, setB], [booted, booted]);
  }));

const REFUSED: readonly {
  readonly name: string;
  readonly device?: { readonly key?: string; readonly product?: string; readonly layout?: string };
  readonly args: readonly string[];
  readonly code: number;
  readonly says: RegExp;
}[] = [
  {
    name: "an update that another key signed, here",
    args: ["--key", "p256.pub.pem"],
    code: 5,
    says: /^coreslot: update\.cslot: Cannot verify /,
  },
  {
    name: "an update that another key signed, on the device",
    device: { key: "p256.pub.pem" },
    args: KEY,
    code: 8,
    says: /Cannot run begin: the device says unknown-key.*\n +Nothing on the device was changed\n +Sign with a key/,
  },
  {
    name: "an update for another layout, here",
    args: ["--layout", "stm32f407"],
    code: 5,
    says: /^coreslot: update\.cslot: Cannot verify images\[0\].*/,
  },
  {
    name: "an update for another layout, on the device",
    device: { layout: "stm32f407" },
    args: KEY,
    code: 8,
    says: /the device says (bad-set|wrong-part|wrong-layout)/,
  },
  {
    name: "an update for another product",
    device: { product: "kettle" },
    args: KEY,
    code: 8,
    says: /the device says wrong-product/,
  },
];

for (const { name, device = {}, args, code, says } of REFUSED) {
  Deno.test(`coreslot flash refuses ${name}, and the device is as it was`, async () => {
    const { stderr } = await withLoaderDevice(device, async ({ run }) => {
      const result = await run("flash", "update.cslot", ...args);
      assert.equal(result.code, code, result.stderr);
      assert.match(result.stderr.replace(/^(not verified|connected|slot A|its slot).*\n/gm, ""), says);
      const json = await run("flash", "update.cslot", ...args, "--json");
      const { error } = JSON.parse(json.stderr);
      assert.deepEqual([json.code, error.exitCode], [code, code]);
    });
    assert.doesNotMatch(stderr, /boot:/);
    assert.doesNotMatch(stderr, /[1-9]\d* erases?,/);
  });
}

Deno.test("coreslot flash brings a bundle to a loader that takes it over YMODEM", async () => {
  const { stderr } = await withLoaderDevice({ protocol: "ymodem" }, async ({ run }) => {
    const refused = await run("flash", "update.cslot", "--key", "p256.pub.pem");
    assert.equal(refused.code, 5, refused.stderr);
    const { code, stdout, stderr } = await run("flash", "update.cslot", ...KEY);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /end +the receiver has it/);
  });
  assert.match(stderr, /loader: slot A held no set: copied slot B to it\nboot: CM7 1\.2\.3\+4 and CM4/);
});

Deno.test("coreslot decode explains what flash has traced, and plan foretells it", async () => {
  await withLoaderDevice({}, async ({ folder, run }) => {
    assert.equal((await run("flash", "update.cslot", "--trace", "trace.txt")).code, 0);
    const decoded = await runCli(["decode", "trace.txt", "--protocol", "cdc", "--json"], { cwd: folder });
    const { frames } = JSON.parse(decoded.stdout);
    const words = frames.map(({ text }: { text: string }) => text.split(/[ :]/)[1]).join(" ");
    assert.match(words, /^hello hello hello hello begin begin data data data data finish finish boot boot$/);
    const text = await runCli(["decode", "trace.txt", "--protocol", "cdc"], { cwd: folder });
    assert.match(text.stdout, /begin with 2 headers/);

    const plan = ["plan", "update.cslot", "--protocol", "cdc", "--layout", "stm32h747"];
    const { total, payloadBytes, wireTimeMs, flashTimeMs } = JSON.parse(
      (await runCli([...plan, "--json"], { cwd: folder })).stdout,
    );
    assert.equal(payloadBytes, 2018);
    assert(total.bytesOut > payloadBytes && total.bytesOut < 1.5 * payloadBytes && total.frames === 6);
    assert(wireTimeMs > 1 && wireTimeMs < flashTimeMs.typical);
    const { code, stdout } = await runCli(plan, { cwd: folder });
    assert.equal(code, 0);
    for (const line of stdout.split("\n")) assert(line.length <= 80, line);
  });
});
