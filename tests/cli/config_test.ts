/**
 * A project's file, `coreslot.json`, in the current folder or by `--config`.
 */

import assert from "node:assert/strict";
import { equalBytes } from "../../core/bytes.ts";
import { DEVICE_PERMISSIONS, type DeviceCommands, withDevice } from "./device_commands.ts";
import { runCli } from "./process.ts";

const FIRMWARE = Uint8Array.from({ length: 3000 }, (_, index) => index * 13 + (index >> 8) & 0xff);
const FILES = { "firmware.bin": FIRMWARE, "other.bin": FIRMWARE.subarray(0, 1000) };
const PERMISSIONS = DEVICE_PERMISSIONS;

/** Runs a command with nothing but what is given: no port, no protocol. */
function runBare(folder: string, ...args: readonly string[]) {
  return runCli(args, { cwd: folder, permissions: PERMISSIONS });
}

function writeConfig({ folder, port }: DeviceCommands, more: Record<string, unknown> = {}, name = "coreslot.json") {
  const config = { port, protocol: "an3155", part: "stm32f407", base: "0x08000000", file: "firmware.bin", ...more };
  Deno.writeTextFileSync(`${folder}/${name}`, JSON.stringify(config));
}

Deno.test("coreslot flash alone does what coreslot.json says, and says which file that was", () =>
  withDevice("stm32f407", { files: FILES }, async (device) => {
    writeConfig(device);
    const plain = await runBare(device.folder, "flash");
    assert.equal(plain.code, 0, plain.stderr);
    assert.match(plain.stderr, /^defaults from coreslot\.json\nconnected to stm32f407xg,/);
    assert.match(plain.stdout, /flashed {3}firmware\.bin\n/);
    const { code, stdout, stderr } = await runBare(device.folder, "flash", "--json");
    assert.deepEqual([code, stderr], [0, ""]);
    const { config, writtenBytes, port } = JSON.parse(stdout);
    assert.deepEqual([config, writtenBytes, port], ["coreslot.json", 3000, undefined]);
    const read = await runBare(device.folder, "read", "back.bin", "--start", "0x08000000", "--size", "3000", "--json");
    assert.deepEqual([read.code, JSON.parse(read.stdout).config], [0, "coreslot.json"], read.stderr);
    assert(equalBytes(Deno.readFileSync(`${device.folder}/back.bin`), FIRMWARE));
  }));

Deno.test("coreslot --all is not for the one device that coreslot.json names, unless it erases all of that", () =>
  withDevice("stm32f407", { files: FILES }, async (device) => {
    writeConfig(device);
    const info = await runBare(device.folder, "info", "--all");
    assert.equal(info.code, 9, info.stdout);
    assert.match(info.stderr, /Deno has no permission to use serial ports/);
    const erase = await runBare(device.folder, "erase", "--all");
    assert.equal(erase.code, 0, erase.stderr);
    writeConfig(device, { port: `${device.port},${device.port.replace("127.0.0.1", "localhost")}` });
    const both = await runBare(device.folder, "info", "--all");
    assert.match(both.stdout, /of 2 devices done|stm32f407xg; done/);
  }));

Deno.test("coreslot: what stands on the command line wins over coreslot.json", () =>
  withDevice("stm32f407", { files: FILES }, async (device) => {
    // Nobody is there, and neither part nor protocol are right.
    writeConfig(device, { port: "tcp:127.0.0.1:1", protocol: "ymodem", part: "stm32h743", frame: "8n1", baud: "auto" });
    const target = ["--port", device.port, "--protocol=an3155", "--part", "stm32f407"];
    const { code, stdout, stderr } = await runBare(device.folder, "flash", "other.bin", ...target, "--json");
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).writtenBytes, 1000);
  }));

Deno.test("coreslot --config takes a file elsewhere, and the paths in it from there", () =>
  withDevice("stm32f407", { files: FILES }, async (device) => {
    const { folder } = device;
    Deno.mkdirSync(`${folder}/project`);
    Deno.renameSync(`${folder}/firmware.bin`, `${folder}/project/firmware.bin`);
    writeConfig(device, { layout: "stm32h745", key: "key.pub.pem" }, "project/board.json");
    const { code, stdout, stderr } = await runBare(folder, "flash", "--config", "project/board.json", "--json");
    assert.equal(code, 0, stderr);
    const { config, file } = JSON.parse(stdout);
    assert.deepEqual([config, file], ["project/board.json", "project/firmware.bin"]);
    const missing = await runBare(folder, "info", "--config", "none.json");
    assert.equal(missing.code, 6);
    assert.match(missing.stderr, /^coreslot: Cannot read none\.json: there is no such file\n/);
  }));

/** What is in the file, and what is said. */
const REFUSED: readonly (readonly [text: string, stderr: string])[] = [
  ["{", "coreslot: coreslot.json: Cannot read the defaults: the file is not JSON\n"],
  [
    '{"baud": "fast"}',
    'coreslot: coreslot.json: Cannot read baud: it is a whole number from 50 to 20000000, or "auto"\n',
  ],
  [
    '{"key": ["a", ""]}',
    "coreslot: coreslot.json: Cannot read key[1]: it is a text that is not empty\n",
  ],
];

Deno.test("coreslot names the place in coreslot.json that is wrong, and the file in JSON", () =>
  withDevice("stm32f407", { tells: /in its boot ROM/ }, async ({ folder }) => {
    for (const [text, expected] of REFUSED) {
      Deno.writeTextFileSync(`${folder}/coreslot.json`, text);
      const { code, stderr } = await runBare(folder, "info");
      assert.deepEqual([code, stderr], [3, expected]);
    }
    const { stderr } = await runBare(folder, "info", "--json");
    const { error } = JSON.parse(stderr);
    assert.deepEqual([error.name, error.key, error.path, error.exitCode], [
      "ConfigError",
      "key[1]",
      "coreslot.json",
      3,
    ]);
    // A command that talks to no device does not care.
    assert.equal((await runBare(folder, "layouts")).code, 0);
    assert.equal((await runBare(folder, "info", "--help")).code, 0);
  }));

Deno.test("coreslot without the permission to read looks for no coreslot.json", () =>
  withDevice("stm32f407", {}, async (device) => {
    writeConfig(device, { part: "stm32h743" });
    const args = ["info", "--protocol", "an3155", "--port", device.port];
    const { code, stderr } = await runCli(args, { cwd: device.folder, permissions: ["--allow-net=127.0.0.1"] });
    assert.equal(code, 0, stderr);
  }));
