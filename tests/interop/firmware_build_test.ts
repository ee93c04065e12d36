import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { peerTest, runPeer, withTempDir } from "../peers.ts";

const FIRMWARE = fileURLToPath(new URL("../../examples/firmware", import.meta.url));

/** What built the files in the repository. Another compiler gives other bytes, and nothing to compare. */
const BUILT_WITH: readonly [program: string, version: RegExp][] = [
  ["arm-none-eabi-gcc", /\b12\.2\.1\b/],
  ["arm-none-eabi-ld", /\b2\.40\b/],
];

peerTest("arm-none-eabi-gcc", "the example firmware is what its sources build, in whatever folder", async () => {
  for (const [program, version] of BUILT_WITH) {
    const { stdout } = await runPeer(program, ["--version"]);
    const [found = ""] = new TextDecoder().decode(stdout).split("\n");
    if (!version.test(found)) {
      console.warn(`PEER DIFFERS: the example firmware is not compared: ${program} is ${found}, not ${version.source}`);
      return;
    }
  }
  await withTempDir(async (folder) => {
    const { code, stderr } = await runPeer("sh", [join(FIRMWARE, "build.sh"), folder], { cwd: folder });
    assert.equal(code, 0, stderr);
    for (const name of ["cm7.elf", "cm7.hex", "cm4.elf", "cm4.hex"]) {
      const [built, kept] = await Promise.all([folder, FIRMWARE].map((place) => Deno.readFile(join(place, name))));
      assert.deepEqual(built, kept, name);
    }
  });
});

peerTest("arm-none-eabi-gcc", "a change in the sources changes the built firmware", async () => {
  await withTempDir(async (folder) => {
    const sources = join(folder, "sources");
    await Deno.mkdir(sources);
    for await (const { name } of Deno.readDir(FIRMWARE)) {
      if (/\.(c|h|ld|sh)$/.test(name)) await Deno.copyFile(join(FIRMWARE, name), join(sources, name));
    }
    const main = await Deno.readTextFile(join(sources, "cm7.c"));
    await Deno.writeTextFile(join(sources, "cm7.c"), main.replace("blink_ms = 250", "blink_ms = 251"));
    const { code, stderr } = await runPeer("sh", [join(sources, "build.sh"), join(folder, "out")]);
    assert.equal(code, 0, stderr);
    assert.notDeepEqual(
      await Deno.readFile(join(folder, "out", "cm7.elf")),
      await Deno.readFile(join(FIRMWARE, "cm7.elf")),
    );
    assert.equal((await Deno.readFile(join(folder, "out", "cm4.elf"))).length > 0, true);
  });
});
