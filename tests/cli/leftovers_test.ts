import assert from "node:assert/strict";
import { denoArgs, readTree, runCli } from "./process.ts";
import { IDENTITY, IMAGES, withRelease } from "./release.ts";

const PACK = ["pack", ...IDENTITY, ...IMAGES, "--key", "ed25519.pem"] as const;

/** Each fails late: after all inputs were read, or while outputs are written. */
const FAILING: readonly (readonly [string[], number])[] = [
  [["keygen", "--type", "p256", "--out", "new.pem", "--public", "absent/new.pub.pem"], 6],
  [["keygen", "--type", "p256", "--out", "new.pem", "--public", "cm7.bin"], 6],
  [[...PACK, "--out", "absent/out.cslot"], 6],
  [[...PACK, "--bind", "absent", "--out", "out.cslot"], 6],
  [["convert", "truncated.hex", "out.bin"], 3],
  [["convert", "far_apart.hex", "out.bin"], 3],
  [[
    "attach",
    "unsigned.cslot",
    "--signature",
    "CM7=cm7.bin",
    "--signature",
    "CM4=cm7.bin",
    "--key",
    "ed25519.pub.pem",
    "--out",
    "o",
  ], 3],
  [
    [
      "attach",
      "unsigned.cslot",
      "--signature",
      "CM7=zeros.sig",
      "--signature",
      "CM4=zeros.sig",
      "--key",
      "ed25519.pub.pem",
      "--out",
      "o",
    ],
    5,
  ],
  [["verify", "flipped.cslot", "--key", "ed25519.pub.pem"], 3],
  [["extract", "flipped.cslot", "--core", "CM7", "--format", "payload", "--out", "o"], 3],
  [["digest", "flipped.cslot", "--out", "messages"], 3],
  [["digest", "unsigned.cslot", "--out", "blocked"], 6],
];

Deno.test("coreslot leaves no file behind when it fails", () =>
  withRelease(async (folder) => {
    const write = (name: string, bytes: Uint8Array) => Deno.writeFileSync(`${folder}/${name}`, bytes);
    const hex = Deno.readTextFileSync(`${folder}/cm4.hex`);
    const update = Deno.readFileSync(`${folder}/update.cslot`);
    update[600]! ^= 1;
    write("flipped.cslot", update);
    write("truncated.hex", new TextEncoder().encode(hex.slice(0, -20)));
    write(
      "far_apart.hex",
      new TextEncoder().encode(
        ":0100000055AA\n:02000004FFFFFC\n:01FFFF0055AC\n:00000001FF\n",
      ),
    );
    write("zeros.sig", new Uint8Array(64));
    // A directory stands where one of the two messages goes.
    Deno.mkdirSync(`${folder}/blocked/CM4.signed`, { recursive: true });
    const before = readTree(folder);
    for (const [args, expected] of FAILING) {
      const { code, stdout, stderr } = await runCli(args, { cwd: folder });
      assert.equal(code, expected, `${args.join(" ")}: ${stderr}`);
      assert.equal(stdout, "", args.join(" "));
      assert.deepEqual(readTree(folder), before, args.join(" "));
      assert.deepEqual([...Deno.readDirSync(`${folder}/blocked`)].map(({ name }) => name), ["CM4.signed"]);
    }
  }));

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  Deno.test({
    name: `coreslot leaves the output as it was, or whole, when ${signal} comes while it writes`,
    ignore: Deno.build.os === "windows",
    fn: () =>
      withRelease(async (folder) => {
        // 60 MiB of gap: the draft is there for a while.
        const far = ":020000040800F2\n:0100000055AA\n:020000040BC02F\n:0100000055AA\n:00000001FF\n";
        Deno.writeTextFileSync(`${folder}/far.hex`, far);
        Deno.mkdirSync(`${folder}/out`);
        Deno.writeTextFileSync(`${folder}/out/far.bin`, "old");
        const watcher = Deno.watchFs(`${folder}/out`);
        const process = new Deno.Command(Deno.execPath(), {
          args: denoArgs(["convert", "far.hex", "out/far.bin"], ["--allow-read", "--allow-write"]),
          cwd: folder,
          stdin: "null",
          stdout: "null",
          stderr: "null",
        }).spawn();
        for await (const { kind } of watcher) {
          if (kind === "create") break;
        }
        process.kill(signal);
        const { code } = await process.status;
        const names = Array.from(Deno.readDirSync(`${folder}/out`), ({ name }) => name);
        const { size } = Deno.statSync(`${folder}/out/far.bin`);
        assert.deepEqual(names, ["far.bin"]);
        assert.deepEqual([code, size], code === 0 ? [0, 0x3c0_0001] : [130, 3]);
      }),
  });
}
