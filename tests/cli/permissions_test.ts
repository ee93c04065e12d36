import assert from "node:assert/strict";
import { withEmulator } from "./emulator.ts";
import { runCli } from "./process.ts";
import { IDENTITY, withRelease } from "./release.ts";

const PACK = ["pack", ...IDENTITY, "--image", "CM7=in/cm7.bin", "--image", "CM4=in/cm4.hex"] as const;
const READ_INPUTS = "--allow-read=in";
const READ_BOTH = "--allow-read=in,out";
const WRITE_OUTPUTS = "--allow-write=out";

/** Each command with inputs in `in` and outputs in `out`, and exactly the permissions that it needs. */
const PERMISSIONS: readonly { readonly args: readonly string[]; readonly permissions: readonly string[] }[] = [
  {
    args: ["keygen", "--type", "ed25519", "--out", "out/key.pem", "--public", "out/key.pub.pem"],
    permissions: ["--allow-read=out", WRITE_OUTPUTS],
  },
  {
    args: [...PACK, "--key", "in/ed25519.pem", "--out", "out/update.cslot"],
    permissions: [READ_BOTH, WRITE_OUTPUTS],
  },
  {
    args: [...PACK, "--key", "in/p256.pem", "--bind", "in/cm4.bin", "--out", "out/bound.cslot", "--json"],
    permissions: [READ_BOTH, WRITE_OUTPUTS],
  },
  { args: ["inspect", "in/update.cslot"], permissions: [READ_INPUTS] },
  {
    args: ["verify", "in/update.cslot", "--key", "in/ed25519.pub.pem", "--layout", "stm32h745"],
    permissions: [READ_INPUTS],
  },
  ...["container", "payload", "slot", "hex", "srec", "dfuse", "uf2"].map((format) => ({
    args: ["extract", "in/update.cslot", "--core", "CM7", "--format", format, "--out", `out/cm7.${format}`],
    permissions: [READ_BOTH, WRITE_OUTPUTS],
  })),
  { args: ["convert", "in/cm4.hex", "out/cm4.bin"], permissions: [READ_BOTH, WRITE_OUTPUTS] },
  { args: ["convert", "in/cm4.hex", "-", "--to", "srec"], permissions: [READ_INPUTS] },
  { args: ["digest", "in/unsigned.cslot", "--out", "out/messages"], permissions: [READ_BOTH, WRITE_OUTPUTS] },
  { args: ["plan", "in/cm4.hex", "--protocol", "an3155", "--part", "stm32h747"], permissions: [READ_INPUTS] },
  { args: ["decode", "in/trace.txt", "--protocol", "an3155"], permissions: [READ_INPUTS] },
  { args: ["layouts"], permissions: [] },
  { args: ["layouts", "stm32h747", "--json"], permissions: [] },
  { args: ["layouts", "--schema"], permissions: [] },
  { args: ["completions", "bash"], permissions: [] },
  { args: ["complete", "--", "pack", "--layout", ""], permissions: [] },
];

for (const { args, permissions } of PERMISSIONS) {
  Deno.test(`coreslot ${args[0]} ${args.at(-1)} needs ${permissions.join(" ") || "no permission"}, and no less`, () =>
    withRelease(async (folder) => {
      Deno.writeTextFileSync(`${folder}/trace.txt`, "0.000 > 7f\n1.042 < 79\n");
      moveInputs(folder);
      for (const missing of permissions) {
        const fewer = permissions.filter((permission) => permission !== missing);
        const { code, stderr } = await runCli(args, { cwd: folder, permissions: fewer });
        const operation = missing.startsWith("--allow-read") ? "--allow-read" : "--allow-read and --allow-write";
        assert.equal(code, 6, `without ${missing}: ${stderr}`);
        assert(stderr.includes("Deno has no permission to") && stderr.includes(operation), stderr);
        assert.deepEqual([...Deno.readDirSync(`${folder}/out`)], []);
      }
      const { code, stderr } = await runCli(args, { cwd: folder, permissions });
      assert.equal(stderr.replaceAll(/^ {2}.*\n/gm, ""), "");
      assert.equal(code, 0);
      // Again: replacing a file that is there needs no more. Keys are not replaced.
      if (args[0] !== "keygen") assert.equal((await runCli(args, { cwd: folder, permissions })).code, 0);
    }));
}

/** Commands that talk to a device, with inputs in `in` and outputs in `out`, and what they need beside the network. */
const DEVICE_PERMISSIONS: typeof PERMISSIONS = [
  { args: ["info"], permissions: [] },
  { args: ["flash", "in/cm4.hex"], permissions: [READ_INPUTS] },
  { args: ["flash", "in/update.cslot", "--key", "in/ed25519.pub.pem", "--force"], permissions: [READ_INPUTS] },
  {
    args: ["read", "out/back.bin", "--start", "0x08000000", "--size", "1K"],
    permissions: ["--allow-read=out", WRITE_OUTPUTS],
  },
  { args: ["erase", "--start", "0x08020000", "--size", "128K"], permissions: [] },
  { args: ["go", "0x08000000"], permissions: [] },
  { args: ["protect", "write-off"], permissions: [] },
];

Deno.test("coreslot needs the network for a device, one place of it, and says so", () =>
  withRelease(async (folder) => {
    moveInputs(folder);
    const emulate = ["--part", "stm32h747", "--protocol", "an3155", "--flash-file", "out/flash.bin"];
    const network = "--allow-net=127.0.0.1";
    const permissions = [network, "--allow-read=out", WRITE_OUTPUTS];
    await withEmulator(emulate, { cwd: folder, permissions }, async ({ port }) => {
      const place = `--allow-net=${port.replace("tcp:", "")}`;
      for (const { args, permissions } of DEVICE_PERMISSIONS) {
        const line = [...args, "--protocol", "an3155", "--port", port];
        const refused = await runCli(line, { cwd: folder, permissions });
        assert.equal(refused.code, 9, refused.stderr);
        assert(refused.stderr.includes(`Add ${place} to deno run`), refused.stderr);
        const { code, stderr } = await runCli(line, { cwd: folder, permissions: [...permissions, place] });
        assert.equal(code, 0, `${args.join(" ")}: ${stderr}`);
      }
    });
    const listen = [...["emulate", ...emulate], "--listen", "tcp:127.0.0.1:0"];
    const refused = await runCli(listen, { cwd: folder, permissions: ["--allow-read=out", WRITE_OUTPUTS] });
    assert.equal(refused.code, 9);
    assert(refused.stderr.includes("Add --allow-net=127.0.0.1:0 to deno run"), refused.stderr);
  }));

/** Commands that look at serial ports, or use one. */
const SERIAL: readonly (readonly string[])[] = [
  ["ports"],
  ["info", "--protocol", "an3155"],
  ["info", "--protocol", "an3155", "--port", "/dev/null"],
  ["info", "--protocol", "an3155", "--port", "/dev/null", "--wait", "1"],
  ["info", "--protocol", "cdc", "--port", "usb:0483:5740"],
  ["info", "--protocol", "an3155", "--all"],
];

Deno.test("coreslot needs --allow-ffi for serial ports, and says so", async () => {
  for (const args of SERIAL) {
    const { code, stderr } = await runCli(args, { permissions: ["--allow-read", "--allow-write", "--allow-net"] });
    assert.equal(code, 9, stderr);
    assert.match(stderr, /Deno has no permission to use serial ports\n {2}Add --allow-ffi to deno run\n$/);
  }
  const { code, stderr } = await runCli(["ports"], { permissions: ["--allow-ffi"] });
  assert.deepEqual([code, stderr], [0, ""]);
});

Deno.test({
  name: "coreslot says that --allow-ffi cannot be narrowed to the C library",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const { code, stderr } = await runCli(["ports"], { permissions: ["--allow-ffi=libc.so.6"] });
    assert.equal(code, 9, stderr);
    assert.match(
      stderr,
      /^coreslot: Cannot use serial ports: libc\.so\.6 does not load\n {2}Give Deno --allow-ffi without/,
    );
  },
});

function moveInputs(folder: string): void {
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name);
  Deno.mkdirSync(`${folder}/in`);
  Deno.mkdirSync(`${folder}/out`);
  for (const name of names) Deno.renameSync(`${folder}/${name}`, `${folder}/in/${name}`);
}
