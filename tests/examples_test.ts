import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findLayout, importPublicKey, verifyUpdate } from "../mod.ts";
import { runCli } from "./cli/process.ts";
import { withTempDir } from "./peers.ts";

const EXAMPLES = fileURLToPath(new URL("../examples/", import.meta.url));
const LAYOUT = findLayout("stm32h747");
const CM7 = `CM7=${join(EXAMPLES, "firmware/cm7.elf")}`;
const CM4 = `CM4=${join(EXAMPLES, "firmware/cm4.elf")}`;

Deno.test("the release script makes a bundle that verifies, the same one each time", async () => {
  await withKey(async (folder) => {
    for (const out of ["first.cslot", "second.cslot"]) {
      const { code, stdout, stderr } = await runRelease(folder, "--out", out, CM7, CM4);
      assert.equal(code, 0, stderr);
      assert.match(stdout, new RegExp(`^${out}: example blinker 1\\.2\\.3\\+4, CM7 and CM4, \\d+ bytes\\n$`));
    }
    const bundle = await Deno.readFile(join(folder, "first.cslot"));
    assert.deepEqual(await Deno.readFile(join(folder, "second.cslot")), bundle);

    const key = await importPublicKey(await Deno.readTextFile(join(folder, "key.pub.pem")));
    const { images, metadata } = await verifyUpdate(bundle, { keys: [key], layout: LAYOUT });
    assert.deepEqual(images.map(({ header }) => header.core), ["CM7", "CM4"]);
    const { inputs } = JSON.parse(new TextDecoder().decode(metadata));
    assert.deepEqual(inputs.map(({ file }: { file: string }) => file), ["cm7.elf", "cm4.elf"]);
  });
});

const REFUSED: readonly [name: string, args: readonly string[], stderr: RegExp][] = [
  ["one core of two", [CM7], /CM4/],
  ["the cores mixed up", [CM7.replace("cm7", "cm4"), CM4.replace("cm4", "cm7")], /slot/],
  ["a file that is no firmware", [CM7, `CM4=${join(EXAMPLES, "release.ts")}`], /./],
];

for (const [name, args, expected] of REFUSED) {
  Deno.test(`the release script refuses ${name} and leaves nothing behind`, async () => {
    await withKey(async (folder) => {
      const { code, stderr } = await runRelease(folder, "--out", "update.cslot", ...args);
      assert.equal(code, 1);
      assert.match(stderr, expected);
      assert.doesNotMatch(stderr, /^\s+at /m);
      const left = Array.from(Deno.readDirSync(folder), (entry) => entry.name).sort();
      assert.deepEqual(left, ["key.pem", "key.pub.pem"]);
    });
  });
}

Deno.test("the demo brings its update through pulled cables and power cuts, says the same each time, and cleans up", async () => {
  const task = JSON.parse(await Deno.readTextFile(new URL("../deno.json", import.meta.url))).tasks.demo;
  assert.match(task, /^deno run .*examples\/demo\.ts$/);
  await withTempDir(async (folder) => {
    const run = () =>
      runDeno(task.split(" ").slice(1), {
        cwd: fileURLToPath(new URL("../", import.meta.url)),
        env: { TMPDIR: folder },
      });
    const [first, second] = await Promise.all([run(), run()]);
    assert.equal(first.code, 0, first.stderr);
    assert.deepEqual(first.stdout.split("\n").filter((line) => line.length > 80), []);
    assert.match(first.stdout, /One bit flipped in each of the (\d+) bytes, one after the other: \1 refused/);
    assert.match(
      first.stdout,
      /cable +is out.*power +goes away.*loader +found no whole set in A.*\n\nCM7 runs 1\.2\.3\+4, CM4 runs 1\.2\.3\+4\.\n/s,
    );
    assert.match(first.stdout, /(\d+) of \1 points: a complete set booted, 0 mixed, 0 stranded/);
    assert.equal(withoutKeys(second.stdout), withoutKeys(first.stdout));
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  });
});

/** The key is a new one each time, and with it every id that depends on it. */
function withoutKeys(text: string): string {
  return text.replaceAll(/\b[0-9a-f]{16,}\b/g, "id");
}

/** Gives the test a folder with a new key pair in it. */
function withKey(body: (folder: string) => Promise<void>): Promise<void> {
  return withTempDir(async (folder) => {
    const args = ["keygen", "--type", "ed25519", "--out", "key.pem", "--public", "key.pub.pem"];
    const { code, stderr } = await runCli(args, { cwd: folder });
    assert.equal(code, 0, stderr);
    await body(folder);
  });
}

function runRelease(folder: string, ...args: string[]) {
  const flags = ["--key", "key.pem", "--version", "1.2.3+4", "--counter", "7"];
  const script = join(EXAMPLES, "release.ts");
  return runDeno(["run", "--no-prompt", "--allow-read", "--allow-write", script, ...flags, ...args], { cwd: folder });
}

async function runDeno(args: readonly string[], { cwd, env = {} }: { cwd: string; env?: Record<string, string> }) {
  const command = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
