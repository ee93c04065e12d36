/**
 * What the README promises, tried: its commands with the permissions that it names, its tables against the code.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BRIEFS } from "../cli/commands/briefs.ts";
import { EXIT_CODES } from "../cli/exit_codes.ts";
import { LAYOUT_PRESETS } from "../packager/mod.ts";
import { withEmulator } from "./cli/emulator.ts";
import { runCli } from "./cli/process.ts";
import { peerTest, runPeer, withTempDir } from "./peers.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const README = await Deno.readTextFile(join(ROOT, "README.md"));

Deno.test("the README's commands run as they stand, each with the permissions of the table", async () => {
  const own = readCommands().filter(([program, , , command]) => program === "deno" && command !== "attach");
  await runAll(own);
  assert(new Set(own.map(([, , , command]) => command)).size >= 12);
});

peerTest("openssl", "the README's way to sign elsewhere gives the bundle that signing here gives", async () => {
  await runAll(readCommands(), (folder) => {
    const [here, elsewhere] = ["update.cslot", "signed.cslot"].map((name) => Deno.readFileSync(join(folder, name)));
    assert.deepEqual(elsewhere, here);
  });
});

Deno.test("the README names every command", () => {
  const names = Object.keys(BRIEFS).filter((name) => name !== "complete");
  assert.deepEqual(readTable("command").map(([name]) => unquote(name!)), names);
});

Deno.test("the README names every exit code", () => {
  assert.deepEqual(readTable("exit code").map(([code]) => Number(code)), Object.values(EXIT_CODES));
});

Deno.test("the README names every layout, with its policy and sizes", () => {
  const rows = readTable("layout").flatMap(([names, policy, loader, slots]) =>
    Array.from(names!.matchAll(/`(\w+)`/g), ([, name]) => ({ name: name!, policy, loader, slots: slots! }))
  );
  assert.deepEqual(rows.map(({ name }) => name).sort(), LAYOUT_PRESETS.map(({ name }) => name).sort());
  for (const { name, policy, loader, slots } of rows) {
    const layout = LAYOUT_PRESETS.find((preset) => preset.name === name)!;
    assert.equal(policy, layout.policy, name);
    assert.equal(loader, `${layout.loader.sizeBytes / 1024} KiB`, name);
    for (const { core, sizeBytes } of layout.slots) {
      const count = layout.policy === "copy" ? "2 x " : "";
      const said = `${core === "CM0P" ? "CM0+" : core} ${count}${sizeBytes / 1024} KiB`;
      assert(slots.includes(said), `${name}: ${slots} does not say ${said}`);
    }
  }
});

/** The rows of the table whose first heading is given, without the heading. */
function readTable(heading: string): readonly (readonly string[])[] {
  const lines = README.split("\n");
  const start = lines.findIndex((line) => new RegExp(`^\\| ${heading} +\\|`).test(line));
  assert(start >= 0, `no table of ${heading}`);
  const rows = lines.slice(start + 2);
  return rows.slice(0, rows.findIndex((line) => !line.startsWith("|")))
    .map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim()));
}

/** The command lines of the README, in words, without those that only start its tests or its demo. */
function readCommands(): readonly string[][] {
  const blocks = Array.from(README.matchAll(/^```sh\n([^]*?)^```/gm), ([, block]) => block!);
  return blocks.join("\n").replaceAll(/\\\n\s*/g, "").split("\n")
    .filter((line) => /^(deno task coreslot|openssl) /.test(line))
    .map((line) => splitWords(line.replace(/ +#.*/, "")));
}

/** Runs command lines one after another, in a folder that has the example firmware where a clone has it. */
function runAll(commands: readonly string[][], check: (folder: string) => void = () => {}): Promise<void> {
  return withTempDir(async (folder) => {
    await Deno.mkdir(join(folder, "examples/firmware"), { recursive: true });
    for (const path of ["examples/firmware/cm7.elf", "examples/firmware/cm4.elf"]) {
      await Deno.copyFile(join(ROOT, path), join(folder, path));
    }
    const run = async (
      [program, ...words]: readonly string[],
      device?: { readonly is: string; readonly at: string },
    ) => {
      const args = (program === "deno" ? words.slice(2) : words).map((word) => word === device?.is ? device.at : word);
      const { code, stderr } = program === "deno"
        ? await runCli(args, { cwd: folder, permissions: permissionsOf(args[0]!) })
        : await runPeer(program!, args, { cwd: folder });
      assert.equal(code, 0, `${program} ${args.join(" ")}: ${stderr}`);
    };
    const portOf = (words: readonly string[]) => words.find((word) => DEVICE_PORT_REGEXP.test(word));
    for (const words of commands) if (portOf(words) === undefined) await run(words);
    const lines = Map.groupBy(commands, portOf);
    for (const [port, commands] of lines) if (port !== undefined) await runAt(port, commands, { folder, run });
    check(folder);
  });
}

/** Where the README's emulated devices answer; here the system chooses. */
const DEVICE_PORT_REGEXP = /^tcp:127\.0\.0\.1:\d+$/;

/** The permissions that the table of commands names. */
function permissionsOf(command: string): string[] {
  const cell = readTable("command").find(([name]) => unquote(name!) === command)?.[2] ?? "";
  const flags = unquote(cell === "all three" ? "--allow-read --allow-write --allow-net" : cell);
  return flags.split(" ").filter((flag) => flag.startsWith("--"));
}

/** Runs the commands for a device while the one that is the device runs: the first of them. */
async function runAt(
  port: string,
  [emulate = [], ...commands]: readonly (readonly string[])[],
  options: {
    readonly folder: string;
    readonly run: (words: readonly string[], device: { readonly is: string; readonly at: string }) => Promise<void>;
  },
): Promise<void> {
  assert.equal(emulate[3], "emulate", port);
  const args = emulate.slice(4).filter((word) => word !== "--listen" && word !== port);
  const { code, stderr } = await withEmulator(args, {
    cwd: options.folder,
    permissions: permissionsOf("emulate"),
  }, async (emulator) => {
    for (const words of commands) await options.run(words, { is: port, at: emulator.port });
  });
  assert.equal(code, 0, stderr);
}

/** Splits a line as a shell does, with double quotes around what belongs together. */
function splitWords(line: string): string[] {
  return Array.from(line.matchAll(/"([^"]*)"|(\S+)/g), ([, quoted, plain]) => quoted ?? plain!);
}

function unquote(cell: string): string {
  return cell.replaceAll("`", "");
}
