/**
 * A cable that is pulled in the middle of a flash, over each protocol: when the port is back the command goes on by itself,
 * and the device ends with the right bytes.
 */

import assert from "node:assert/strict";
import { equalBytes } from "../../core/bytes.ts";
import { withLoaderDevice } from "../cli/loader_device.ts";
import { type CliResult, runCliUntil } from "../cli/process.ts";
import { peerTest } from "../peers.ts";
import { openBridge, ptyEnd, tcpEnd } from "../pty.ts";
import { type PtyDevice, SERIAL_PERMISSIONS, withPty, withPtyDevice } from "./pty_device.ts";
import { childCommand } from "./serial_pty.ts";

const FIRMWARE = Uint8Array.from({ length: 20_000 }, (_, index) => index * 13 + (index >> 8) & 0xff);

/** The device hangs up, and socat with it, which takes the pseudo-terminal away. */
const UNPLUG = ["--faults", "unplug:h2t:5000"];

const AGAIN = ["--retry", "3", "--wait", "60"];

/** Protocols, how the device is emulated, and how its firmware is flashed. */
const CASES: readonly {
  readonly protocol: string;
  readonly args: readonly string[];
  readonly flags: readonly string[];
}[] = [
  { protocol: "an3155", args: [], flags: ["--base", "0x08000000"] },
  { protocol: "ymodem", args: ["--address", "0x08000000"], flags: [] },
];

for (const { protocol, args, flags } of CASES) {
  peerTest(
    "socat",
    `coreslot flash --retry --wait over ${protocol} goes on by itself when the port is back`,
    () =>
      withPtyDevice("stm32f407", {
        protocol,
        args: [...UNPLUG, "--flash-file", "flash.bin", ...args],
        files: { "firmware.bin": FIRMWARE },
        check: (folder) => {
          const flash = Deno.readFileSync(`${folder}/flash.bin`);
          assert(equalBytes(flash.subarray(0, FIRMWARE.length), FIRMWARE));
          assert(flash.subarray(FIRMWARE.length).every((byte) => byte === 0xff));
        },
      }, async (device) => {
        const { code, stderr } = await flashWithUnplug(device, "flash", "firmware.bin", ...flags, ...AGAIN);
        assert.equal(code, 0, stderr);
        assert.match(stderr, /\ntrying again, 1 of 3: \S+: Cannot go on: the device is gone\n/);
      }),
  );
}

peerTest("socat", "coreslot flash over cdc waits for the port and goes on where it was", async () => {
  const { stderr } = await withLoaderDevice(
    { args: ["--faults", "unplug:h2t:1500", "--flash-file", "flash.bin"] },
    async ({ folder, port, runJson }) => {
      const line = ["flash", "update.cslot", "--key", "ed25519.pub.pem"];
      await withPty({ folder, port, protocol: "cdc" }, async (device) => {
        const { code, stdout, stderr } = await flashWithUnplug(device, ...line);
        assert.equal(code, 0, stderr);
        assert.match(stdout, /sent +2,018 bytes confirmed, in 2 attempts\n/);
        assert.match(stdout, /runs +CM7 1\.2\.3\+4 and CM4 1\.2\.3\+4, /);
      });
      const { setA, setB } = await runJson("info");
      assert.deepEqual(setA, setB);
      assertInstalled(folder);
    },
  );
  assert.match(stderr, /boot: CM7 1\.2\.3\+4 and CM4 1\.2\.3\+4 run from slot A\n/);
});

const GONE = "Check cable and power.";

const BY_ITSELF = "; --retry 3 --wait 60 runs it again when the port is back";

peerTest(
  "socat",
  "coreslot flash over ymodem says what a device that vanishes is left in",
  () =>
    withPtyDevice("stm32f407", {
      protocol: "ymodem",
      args: [...UNPLUG, "--address", "0x08000000"],
      files: { "firmware.bin": FIRMWARE },
    }, async ({ pty, run }) => {
      const result = await run("flash", "firmware.bin");
      assert.deepEqual([result.code, ...clausesOf(result)], [
        7,
        `coreslot: ${pty}: Cannot go on: the device is gone`,
        "The device has a part of the file; most loaders have erased the application by then and stay in the loader " +
        `${GONE} Start the device's receiver again, then run the same command again${BY_ITSELF}`,
      ]);
    }),
);

peerTest("socat", "coreslot flash over cdc says what a device that does not come back is left in", async () => {
  await withLoaderDevice(
    { args: ["--faults", "unplug:h2t:1500"] },
    ({ folder, port }) =>
      withPty({ folder, port, protocol: "cdc" }, async ({ pty, run }) => {
        const result = await run("flash", "update.cslot", "--wait", "1");
        assert.deepEqual([result.code, ...clausesOf(result)], [
          7,
          `coreslot: ${pty}: Cannot go on: the device is gone`,
          "The device has nothing to start, as before; slot B holds a part of the update at most, and is not committed " +
          `${GONE} Run the same command again: it goes on where it has ended${BY_ITSELF}`,
        ]);
      }),
  );
});

peerTest(
  "socat",
  "coreslot flash over cdc says what a device is left in whose port another program takes",
  async () => {
    await withLoaderDevice({ args: ["--faults", "unplug:h2t:1500"] }, async ({ folder, port }) => {
      const pty = `${folder}/pty`;
      const other = `${folder}/other`;
      await using taken = new AsyncDisposableStack();
      const bridge = await openBridge([ptyEnd(pty), tcpEnd(port)]);
      const line = ["flash", "update.cslot", "--wait", "2", "--protocol", "cdc", "--port", pty];
      const result = await runCliUntil(
        line,
        { cwd: folder, permissions: SERIAL_PERMISSIONS, says: "waiting up to 2 s" },
        async () => {
          await bridge.close();
          const back = await openBridge([ptyEnd(other), tcpEnd(port)]);
          taken.defer(() => back.close());
          const holder = childCommand("hold", other).spawn();
          const said = holder.stdout.getReader();
          taken.defer(async () => {
            holder.kill("SIGKILL");
            await holder.status;
            await said.cancel();
            await holder.stderr.cancel();
          });
          await said.read();
          await Deno.symlink(await Deno.realPath(other), pty);
        },
      );
      const [message, clauses] = clausesOf(result);
      assert.match(message, /^coreslot: \S+: Cannot open \S+: .* have it open$/);
      assert.match(clauses, /^The device has nothing to start, as before; slot B holds a part of the update at most, /);
      assert.equal(result.code, 9);
    });
  },
);

/** Looks into the flash file, which is saved when a connection ends. */
function assertInstalled(folder: string): void {
  const flash = Deno.readFileSync(`${folder}/flash.bin`);
  for (const [name, offset] of [["cm7.bin", 0x2_0000], ["cm4.bin", 0x10_0000]] as const) {
    const payload = Deno.readFileSync(`${folder}/${name}`);
    assert(equalBytes(flash.subarray(offset, offset + payload.length), payload), name);
  }
}

/** The message of an error, and what stands under it in one line. */
function clausesOf({ stderr }: CliResult): readonly [string, string] {
  const [line = "", ...rest] = stderr.slice(stderr.indexOf("coreslot: ")).trimEnd().split("\n");
  return [line, rest.map((text) => text.trim()).join(" ")];
}

/** Runs a command; when the port has gone, as a person sees it go, puts it back. */
async function flashWithUnplug(device: PtyDevice, ...args: readonly string[]): Promise<CliResult> {
  const watcher = Deno.watchFs(device.folder);
  const close = () => {
    try {
      watcher.close();
    } catch {
      // It was closed when the port went.
    }
  };
  const running = device.run(...args).finally(close);
  for await (const { kind, paths } of watcher) {
    if (kind !== "remove" || !paths.some((path) => path.endsWith("/pty"))) continue;
    await device.plugIn();
    break;
  }
  return await running;
}
