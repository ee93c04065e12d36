/**
 * The command line on Windows, under Wine: whole conversations over a COM port with our emulated device on Linux.
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { equalBytes } from "../../core/mod.ts";
import { withDevice } from "../cli/device_commands.ts";
import { withLoaderDevice } from "../cli/loader_device.ts";
import type { CliResult } from "../cli/process.ts";
import { peerTest } from "../peers.ts";
import { withPty } from "./pty_device.ts";
import { layComPort, toWindowsPath } from "./windows_com.ts";

const FIRMWARE = Uint8Array.from({ length: 30_000 }, (_, index) => index * 7 + (index >> 8) & 0xff);

/** This file's port. */
const PORT = "COM42";

/**
 * Gives the command line as Windows runs it, in one file: its Deno has none of the packages.
 *
 * @param folder Where to put the file, and to run the commands.
 * @returns Runs a command.
 */
async function bundleInto(folder: string): Promise<(...args: readonly string[]) => Promise<CliResult>> {
  const file = `${folder}/coreslot.js`;
  const main = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));
  const bundled = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform", "deno", "--output", file, main],
  }).output();
  assert(bundled.success, new TextDecoder().decode(bundled.stderr));
  return async (...args) => {
    const permissions = ["--no-prompt", "--allow-read", "--allow-write", "--allow-ffi"];
    const { code, stdout, stderr } = await new Deno.Command("deno-windows", {
      args: ["run", ...permissions, toWindowsPath(file), ...args],
      cwd: folder,
      env: { NO_COLOR: "1" },
      stdin: "null",
    }).output();
    return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
  };
}

peerTest(
  "deno-windows",
  "coreslot on Windows flashes and reads over an3155, with a project's own file",
  () =>
    withDevice("stm32f407", {
      args: ["--flash-file", "flash.bin"],
      files: {
        "firmware.bin": FIRMWARE,
        "coreslot.json": new TextEncoder().encode(JSON.stringify({ port: PORT, protocol: "an3155" })),
      },
      check: (folder) => {
        const flash = Deno.readFileSync(`${folder}/flash.bin`);
        assert(equalBytes(flash.subarray(0, FIRMWARE.length), FIRMWARE));
      },
    }, ({ folder, port }) =>
      withPty({ folder, port, protocol: "an3155" }, async ({ pty }) => {
        await layComPort(PORT, pty);
        const run = await bundleInto(folder);
        const flashed = await run("flash", "firmware.bin", "--base", "0x08000000", "--trace", "trace.txt");
        assert.equal(flashed.code, 0, flashed.stderr);
        assert.match(flashed.stderr, /^note: COM42 cannot do even parity: bytes go without it$/m);
        assert.match(Deno.readTextFileSync(`${folder}/trace.txt`), /Write Memory/);
        // The second time it replaces a file.
        for (const count of [100, FIRMWARE.length]) {
          const read = await run("read", "out.bin", "--start", "0x08000000", "--size", `${count}`);
          assert.equal(read.code, 0, read.stderr);
        }
        assert(equalBytes(Deno.readFileSync(`${folder}/out.bin`), FIRMWARE));
      })),
);

peerTest("deno-windows", "coreslot on Windows brings an update over cdc", async () => {
  await withLoaderDevice({}, async ({ folder, port, runJson }) => {
    await withPty({ folder, port, protocol: "cdc" }, async ({ pty }) => {
      await layComPort(PORT, pty);
      const run = await bundleInto(folder);
      const flags = ["--key", "ed25519.pub.pem", "--protocol", "cdc", "--port", PORT.toLowerCase()];
      const { code, stdout, stderr } = await run("flash", "update.cslot", ...flags);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /runs +CM7 1\.2\.3\+4 and CM4 1\.2\.3\+4, /);
    });
    const { setA, setB } = await runJson("info");
    assert.deepEqual(setA, setB);
  });
});
