import assert from "node:assert/strict";
import { readTree, runCli } from "./process.ts";
import { IDENTITY, IMAGES, withRelease } from "./release.ts";

const PACK = ["pack", ...IDENTITY, ...IMAGES] as const;
const EXTRACT = ["extract", "update.cslot", "--core", "CM4", "--format"] as const;

/** Everything that writes a file, but for keys. */
const LINES: readonly (readonly string[])[] = [
  [...PACK, "--key", "ed25519.pem", "--out", "out/ed25519.cslot"],
  [...PACK, "--key", "p256.pem", "--out", "out/p256.cslot"],
  [...PACK, "--key", "ed25519.pem", "--crc", "stm32", "--bind", "cm4.bin", "--out", "out/bound.cslot"],
  [...PACK, "--public-key", "p256.pub.pem", "--out", "out/unsigned.cslot", "--json"],
  ...["container", "payload", "slot", "hex", "srec", "dfuse", "uf2"].map((format) => [
    ...EXTRACT,
    format,
    "--out",
    `out/cm4.${format}.extracted`,
  ]),
  ...["hex", "srec", "bin", "dfu", "uf2"].map((extension) => ["convert", "cm4.hex", `out/cm4.${extension}`]),
  ["digest", "unsigned.cslot", "--out", "out/messages"],
];

/** Two worlds that differ in all that must not matter. */
const WORLDS: readonly Readonly<Record<string, string>>[] = [
  { TZ: "UTC", LANG: "C", LC_ALL: "C", SOURCE_DATE_EPOCH: "0" },
  { TZ: "Pacific/Kiritimati", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8", SOURCE_DATE_EPOCH: "1700000000", USER: "x" },
];

async function runWorld(env: Readonly<Record<string, string>>): Promise<{ printed: string[]; files: unknown }> {
  let world: { printed: string[]; files: unknown } = { printed: [], files: undefined };
  await withRelease(async (folder) => {
    Deno.mkdirSync(`${folder}/out`);
    const printed: string[] = [];
    for (const args of LINES) {
      const { code, stdout, stderr } = await runCli(args, { cwd: folder, env });
      assert.equal(code, 0, stderr);
      printed.push(stdout);
    }
    world = { printed, files: readTree(`${folder}/out`) };
  });
  return world;
}

Deno.test("coreslot writes and prints the same in another folder, time zone, locale and environment", async () => {
  const [here, there] = await Promise.all(WORLDS.map(runWorld));
  assert.deepEqual(there, here);
});

Deno.test("coreslot pack takes the images in any order", () =>
  withRelease(async (folder) => {
    const swapped = ["--image", "CM4=cm4.hex", "--image", "CM7=cm7.bin"];
    for (const [images, out] of [[IMAGES, "a"], [swapped, "b"]] as const) {
      const args = ["pack", ...IDENTITY, ...images, "--key", "ed25519.pem", "--out", out];
      assert.equal((await runCli(args, { cwd: folder })).code, 0);
    }
    assert.deepEqual(Deno.readFileSync(`${folder}/a`), Deno.readFileSync(`${folder}/b`));
    assert.deepEqual(Deno.readFileSync(`${folder}/a`), Deno.readFileSync(`${folder}/update.cslot`));
  }));
