/**
 * Commands with many devices at once: a line each, one summary, one exit code.
 */

import assert from "node:assert/strict";
import { equalBytes } from "../../core/bytes.ts";
import { findPart } from "../../core/parts/find_part.ts";
import { withTempDir } from "../peers.ts";
import { withBootRomServer } from "./boot_rom_server.ts";
import { DEVICE_PERMISSIONS, withDevice } from "./device_commands.ts";
import { type CliResult, runCli } from "./process.ts";

const FIRMWARE = Uint8Array.from({ length: 700 }, (_, index) => index * 13 + (index >> 8) & 0xff);

/** Nobody listens there. */
const NOBODY = "tcp:127.0.0.1:1";

/** Two chips that differ, and commands for both of them. */
interface Pair {
  readonly folder: string;
  /** Their ports, in order. */
  readonly ports: readonly [string, string];
  /** Runs a command with ports. */
  readonly run: (ports: readonly string[], ...args: readonly string[]) => Promise<CliResult>;
}

function withPair(body: (pair: Pair) => Promise<void>): Promise<void> {
  return withTempDir((folder) =>
    withBootRomServer(findPart("stm32f407"), (first) =>
      withBootRomServer(findPart("stm32f411"), (second) => {
        Deno.writeFileSync(`${folder}/firmware.bin`, FIRMWARE);
        return body({
          folder,
          ports: [first, second],
          run: (ports, ...args) =>
            runCli([...args, "--protocol", "an3155", "--port", ports.join(",")], {
              cwd: folder,
              permissions: DEVICE_PERMISSIONS,
            }),
        });
      }))
  );
}

/** What is printed: the lines in order of their ports, without times. */
function linesOf({ stdout }: CliResult): readonly string[] {
  const lines = stdout.trimEnd().split("\n").map((line) => line.replace(/ in [\d.]+ m?s$/, "").replace(/ {2,}/g, "  "));
  return [...lines.slice(0, -1).sort(), lines.at(-1)!];
}

/** A command, and what its line says of each device. */
const COMMANDS: readonly { readonly args: readonly string[]; readonly says: readonly [string, string] }[] = [
  { args: ["info"], says: ["stm32f407xg; done", "stm32f411xe; done"] },
  { args: ["info", "--all"], says: ["stm32f407xg; done", "stm32f411xe; done"] },
  { args: ["erase", "--all"], says: ["done", "done"] },
  { args: ["erase", "--start", "0x08000000", "--size", "16K"], says: ["done", "done"] },
  { args: ["flash", "firmware.bin", "--base", "0x08000000"], says: ["done", "done"] },
  { args: ["go", "0x08000000"], says: ["done", "done"] },
  { args: ["protect", "write", "--sectors", "0"], says: ["done", "done"] },
];

for (const { args, says } of COMMANDS) {
  Deno.test(`coreslot ${args.join(" ")} with two ports does it with both`, () =>
    withPair(async ({ ports, run }) => {
      const result = await run(ports, ...args);
      assert.equal(result.code, 0, result.stderr);
      const expected = ports.map((port, index) => `  ${port}  ${says[index]}`).map((line) =>
        line.replace(/^ {2,}/, "  ")
      );
      assert.deepEqual(linesOf(result), [...expected.sort(), "  2 of 2 devices done"]);
    }));
}

Deno.test("coreslot read with two ports writes a file for each, named after its port", () =>
  withPair(async ({ folder, ports, run }) => {
    assert.equal((await run(ports, "flash", "firmware.bin", "--base", "0x08000000")).code, 0);
    const result = await run(ports, "read", "back-{port}.bin", "--start", "0x08000000", "--size", "700");
    assert.equal(result.code, 0, result.stderr);
    const names = ports.map((port) => `back-${port.replaceAll(":", "_")}.bin`);
    const expected = ports.map((port, index) => `  ${port}  700 bytes to ${names[index]}; done`);
    assert.deepEqual(linesOf(result), [...expected.sort(), "  2 of 2 devices done"]);
    for (const name of names) assert(equalBytes(Deno.readFileSync(`${folder}/${name}`), FIRMWARE), name);
  }));

Deno.test("coreslot read keeps what one device gave when another fails, and says how to go on with that one", () =>
  withPair(async ({ folder, ports: [port], run }) => {
    const { code, stdout, stderr } = await run(
      [port, NOBODY],
      "read",
      "{port}.bin",
      "--start",
      "0x08000000",
      "--size",
      "4",
    );
    assert.equal(code, 10);
    assert.match(stdout, /tcp:127\.0\.0\.1:1 +failed: Cannot connect to tcp:127\.0\.0\.1:1: .* Start the device or/);
    assert.match(stderr, /Cannot run read on every device: 1 of 2 failed\n .*with --port\n? *tcp:127\.0\.0\.1:1\n$/s);
    assert.equal(Deno.statSync(`${folder}/${port.replaceAll(":", "_")}.bin`).size, 4);
  }));

Deno.test("coreslot read refuses one name for two ports", () =>
  withPair(async ({ ports: [port], run }) => {
    const args = ["read", "{port}.bin", "--start", "0x08000000", "--size", "4"] as const;
    const { code, stdout } = await run(["/dev/a:b", "/dev/a_b", port], ...args);
    assert.equal(code, 10);
    assert.match(stdout, /\/dev\/a_b +failed: Cannot write a_b\.bin: another port has the same name without its signs/);
  }));

Deno.test("coreslot send with two ports sends the files to both", () =>
  withDevice(
    "stm32f407",
    { protocol: "ymodem", files: { "firmware.bin": FIRMWARE } },
    ({ folder, port }) =>
      withDevice("stm32f407", { protocol: "ymodem" }, async ({ port: other }) => {
        const line = ["send", "firmware.bin", "--protocol", "ymodem", "--port", `${port},${other}`, "--json"];
        const { code, stdout, stderr } = await runCli(line, { cwd: folder, permissions: DEVICE_PERMISSIONS });
        assert.equal(code, 0, stderr);
        const { devices, doneCount } = JSON.parse(stdout);
        assert.equal(doneCount, 2);
        for (const { report } of devices) assert.equal(report.files[0].end, "acknowledged");
      }),
  ));
