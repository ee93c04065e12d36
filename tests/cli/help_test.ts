import assert from "node:assert/strict";
import denoConfig from "../../deno.json" with { type: "json" };
import { BRIEFS } from "../../cli/commands/briefs.ts";
import { BOOT_ENTRIES } from "../../ports/boot_entry/boot_entry_names.ts";
import { runCli } from "./process.ts";

const COMMANDS = Object.keys(BRIEFS).filter((name) => name !== "complete");
const COLUMNS = 80;
const HEADING_REGEXP = /^\$ coreslot (.*)\n\n/;

/** The help texts as they were read and found good: one section for each command line. */
const APPROVED = readSections(Deno.readTextFileSync(new URL("help.txt", import.meta.url)));

function readSections(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(/^(?=\$ )/m).map((section) => {
      const [heading = "", line = ""] = HEADING_REGEXP.exec(section) ?? [];
      return [line, section.slice(heading.length).trimEnd()];
    }),
  );
}

for (const line of ["--help", ...COMMANDS.map((name) => `${name} --help`)]) {
  Deno.test(`coreslot ${line} prints the approved text in ${COLUMNS} columns`, async () => {
    // No permission at all: help reads no file.
    const { code, stdout, stderr } = await runCli(line.split(" "), { permissions: [] });
    assert.equal(code, 0);
    assert.equal(stderr, "");
    assert.equal(stdout.trimEnd(), APPROVED.get(line));
    for (const printed of stdout.split("\n")) assert(printed.length <= COLUMNS, printed);
  });
}

const SAME: readonly (readonly [string, string])[] = [
  ["", "--help"],
  ["-h", "--help"],
  ["help", "--help"],
  ["help pack", "pack --help"],
  ["pack -h", "pack --help"],
  ["pack --out x --help", "pack --help"],
];

Deno.test("coreslot ports --help names every boot entry that has a name", () => {
  for (const name of BOOT_ENTRIES.keys()) assert.match(APPROVED.get("ports --help")!, new RegExp(`^ {2}${name} `, "m"));
});

Deno.test("coreslot gives help in every way that people ask for it", async () => {
  for (const [line, same] of SAME) {
    const { code, stdout } = await runCli(line === "" ? [] : line.split(" "), { permissions: [] });
    assert.equal(code, 0, line);
    assert.equal(stdout.trimEnd(), APPROVED.get(same), line);
  }
});

Deno.test("coreslot --version prints the version of the package", async () => {
  for (const flag of ["--version", "-v"]) {
    const { code, stdout } = await runCli([flag], { permissions: [] });
    assert.deepEqual([code, stdout], [0, `coreslot ${denoConfig.version}\n`]);
  }
});
