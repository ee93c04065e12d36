/**
 * `coreslot rehearse`: its report, its files, its exit codes.
 *
 * @module
 */

import assert from "node:assert/strict";
import { equalBytes } from "../../core/bytes.ts";
import type { RehearsalReport } from "../../rehearsal/report.ts";
import { readTree, runCli } from "./process.ts";
import { withRelease } from "./release.ts";

const REHEARSE = ["rehearse", "update.cslot", "--layout", "stm32h747", "--key", "ed25519.pub.pem"] as const;
/** A first install without a wire: the least there is to do. */
const LEAST = [
  ...REHEARSE,
  "--transport",
  "direct",
  "--faults",
  "cut:op=0,model=0;cut:op=3,model=5,half=high",
] as const;

Deno.test("coreslot rehearse prints the verdict, and writes the same report and picture again", async () => {
  await withRelease(async (cwd) => {
    const run = (name: string) =>
      runCli([...REHEARSE, "--from", "update.cslot", "--json", `${name}.json`, "--svg", `${name}.svg`], { cwd });
    const { code, stdout, stderr } = await run("a");
    assert.equal(code, 0, stderr);
    const report: RehearsalReport = JSON.parse(Deno.readTextFileSync(`${cwd}/a.json`));
    assert.equal(report.isProven, true);
    assert(stdout.includes(report.verdict));
    // How many there are is said first.
    assert.match(stderr, new RegExp(`^rehearse  ${report.counts.pointCount} points$`, "m"));
    assert.deepEqual([report.transport.name, report.counts.sampledCount], ["cdc", 0]);
    await run("b");
    const tree = readTree(cwd);
    for (const kind of ["json", "svg"]) assert(equalBytes(tree.get(`a.${kind}`)!, tree.get(`b.${kind}`)!), kind);
  });
});

Deno.test("coreslot rehearse --json - gives standard output to the report", async () => {
  await withRelease(async (cwd) => {
    const { code, stdout, stderr } = await runCli([...LEAST, "--json", "-"], { cwd });
    assert.equal(code, 0, stderr);
    const report: RehearsalReport = JSON.parse(stdout);
    assert.equal(report.counts.givenCount, 2);
    assert(stderr.includes(report.verdict));
  });
});

const FAILING: readonly (readonly [name: string, args: readonly string[], code: number, says: RegExp])[] = [
  ["a fault behind the end", [...REHEARSE, "--faults", "cut:op=9999999,model=0"], 5, /behind its end/],
  ["a fault that is none", [...REHEARSE, "--faults", "melt:op=1"], 2, /unknown kind of fault/],
  ["a key of somebody else", [...REHEARSE.slice(0, -1), "p256.pub.pem"], 5, /keyId/],
  ["an update that is not signed", ["rehearse", "unsigned.cslot", ...REHEARSE.slice(2)], 5, /unsigned|signature/],
  ["a release before that is none", [...LEAST, "--from", "cm7.bin"], 3, /cm7\.bin/],
  ["a report over its key", [...LEAST, "--json", "ed25519.pub.pem"], 2, /also read as --key/],
  ["a report over its picture", [...LEAST, "--json", "x", "--svg", "x"], 2, /same file/],
];

for (const [name, args, expectedCode, says] of FAILING) {
  Deno.test(`coreslot rehearse refuses ${name}, and leaves nothing behind`, async () => {
    await withRelease(async (cwd) => {
      const before = [...readTree(cwd).keys()];
      const { code, stdout, stderr } = await runCli(args, { cwd });
      assert.equal(code, expectedCode, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, says);
      assert.deepEqual([...readTree(cwd).keys()], before);
    });
  });
}
