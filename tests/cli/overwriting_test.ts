import assert from "node:assert/strict";
import { readTree, runCli } from "./process.ts";
import { checkRefusals, type Refusal } from "./refusal.ts";
import { IDENTITY, IMAGES, withRelease } from "./release.ts";

const PACK = ["pack", ...IDENTITY, ...IMAGES] as const;
const ATTACH = ["attach", "unsigned.cslot", "--key", "ed25519.pub.pem", "--signature", "CM7=cm7.bin"] as const;

/** Command lines, the output that each names, and as what it is read. */
const OVERWRITING: readonly (readonly [readonly string[], output: string, input: string])[] = [
  [[...PACK, "--key", "ed25519.pem", "--out", "ed25519.pem"], "ed25519.pem", "--key"],
  [[...PACK, "--key", "ed25519.pem", "--out", "./ed25519.pem"], "./ed25519.pem", "--key"],
  [[...PACK, "--public-key", "p256.pub.pem", "--out", "p256.pub.pem"], "p256.pub.pem", "--public-key"],
  [[...PACK, "--key", "ed25519.pem", "--bind", "cm4.bin", "--out", "cm4.bin"], "cm4.bin", "--bind"],
  [[...PACK, "--key", "ed25519.pem", "--out", "cm4.hex"], "cm4.hex", "--image"],
  [["pack", "--layout", "cm4.bin", ...PACK.slice(3), "--key", "k", "--out", "cm4.bin"], "cm4.bin", "--layout"],
  [[...ATTACH, "--out", "unsigned.cslot"], "unsigned.cslot", "FILE"],
  [[...ATTACH, "--out", "ed25519.pub.pem"], "ed25519.pub.pem", "--key"],
  [[...ATTACH, "--out", "cm7.bin"], "cm7.bin", "--signature"],
  [
    ["extract", "update.cslot", "--core", "CM7", "--format", "hex", "--out", "update.cslot"],
    "update.cslot",
    "FILE",
  ],
  [["convert", "cm4.hex", "cm4.hex"], "cm4.hex", "IN"],
  [["convert", "cm4.hex", "./cm4.hex", "--to", "bin"], "./cm4.hex", "IN"],
];

const REFUSALS = OVERWRITING.map(([args, output, input]): Refusal => ({
  args,
  code: 2,
  line: `Cannot write ${output}: it is also read as ${input}`,
  advice: "Name another file to write to",
}));

Deno.test("coreslot refuses to write what it reads", () => checkRefusals(REFUSALS));

Deno.test("coreslot refuses to write what it reads by a link, or into a folder", () =>
  withRelease(async (folder) => {
    Deno.mkdirSync(`${folder}/messages`);
    Deno.copyFileSync(`${folder}/unsigned.cslot`, `${folder}/messages/CM4.signed`);
    const cases = [["digest", "messages/CM4.signed", "--out", "messages/"]];
    if (Deno.build.os !== "windows") {
      Deno.symlinkSync("ed25519.pem", `${folder}/link.pem`);
      cases.push([...PACK, "--key", "ed25519.pem", "--out", "link.pem"]);
      cases.push([...PACK, "--key", "link.pem", "--out", "ed25519.pem"]);
    }
    const before = readTree(folder);
    for (const args of cases) {
      const { code, stderr } = await runCli(args, { cwd: folder });
      assert.equal(code, 2, stderr);
      assert.match(stderr, /^coreslot: Cannot write \S+: it is also read as (?:--key|FILE)\n/);
      assert.deepEqual(readTree(folder), before);
    }
  }));
