import assert from "node:assert/strict";
import { parseHex } from "../../core/hex.ts";
import { corpusTest, readCorpus } from "../corpus.ts";
import { peerTest, runPeer, withTempDir } from "../peers.ts";
import { runCli } from "./process.ts";
import { IDENTITY, IMAGES, withRelease } from "./release.ts";

async function runOk(args: readonly string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await runCli(args, { cwd });
  assert.equal(code, 0, `${args.join(" ")}: ${stderr}`);
  return stdout;
}

for (const type of ["ed25519", "p256"]) {
  Deno.test(`coreslot makes a ${type} key, packs, verifies and takes apart again`, () =>
    withRelease(async (folder) => {
      await runOk(["keygen", "--type", type, "--out", "key.pem", "--public", "pub.pem", "--c-header", "key.h"], folder);
      await runOk(["pack", ...IDENTITY, ...IMAGES, "--key", "key.pem", "--out", "u.cslot"], folder);
      const report = JSON.parse(await runOk(["verify", "u.cslot", "--key", "pub.pem", "--json"], folder));
      assert.deepEqual([report.isVerified, report.kind, report.images.length], [true, "bundle", 2]);
      assert.deepEqual(report.images.map(({ core }: { core: string }) => core), ["CM7", "CM4"]);
      for (const [core, binary] of [["CM7", "cm7.bin"], ["CM4", "cm4.bin"]]) {
        const extract = (format: string, out: string) =>
          runOk(["extract", "u.cslot", "--core", core!, "--format", format, "--out", out], folder);
        await extract("payload", "payload");
        assert.deepEqual(Deno.readFileSync(`${folder}/payload`), Deno.readFileSync(`${folder}/${binary}`));
        await extract("slot", "slot.bin");
        await extract("srec", "slot.srec");
        await runOk(["convert", "slot.srec", "converted.bin"], folder);
        assert.deepEqual(Deno.readFileSync(`${folder}/converted.bin`), Deno.readFileSync(`${folder}/slot.bin`));
      }
    }));
}

Deno.test("coreslot keygen writes the private key for its owner only, and replaces it only by force", () =>
  withTempDir(async (folder) => {
    const args = ["keygen", "--type", "ed25519", "--out", "key.pem"];
    await runOk(args, folder);
    if (Deno.build.os !== "windows") assert.equal((Deno.statSync(`${folder}/key.pem`).mode ?? 0) & 0o777, 0o600);
    const key = Deno.readTextFileSync(`${folder}/key.pem`);
    assert.equal((await runCli(args, { cwd: folder })).code, 6);
    assert.equal(Deno.readTextFileSync(`${folder}/key.pem`), key);
    await runOk([...args, "--force"], folder);
    assert.notEqual(Deno.readTextFileSync(`${folder}/key.pem`), key);
  }));

Deno.test("coreslot refuses a key whose private half is published, unless told otherwise", () =>
  withRelease(async (folder) => {
    // RFC 8032, section 7.1, TEST 1, as PKCS#8.
    const secret = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    const der = parseHex(`302e020100300506032b657004220420${secret}`);
    const pem = `-----BEGIN PRIVATE KEY-----\n${btoa(String.fromCharCode(...der))}\n-----END PRIVATE KEY-----\n`;
    Deno.writeTextFileSync(`${folder}/rfc.pem`, pem);
    const args = ["pack", ...IDENTITY, ...IMAGES, "--key", "rfc.pem", "--out", "u.cslot"];
    const { code, stderr } = await runCli(args, { cwd: folder });
    assert.equal(code, 3);
    assert.match(stderr, /its private half is published/);
    await runOk([...args, "--allow-well-known-key"], folder);
  }));

Deno.test("coreslot takes a single-core image without a core, and a layout from a file", () =>
  withRelease(async (folder) => {
    const data = new Uint8Array(64);
    new DataView(data.buffer).setUint32(0, 0x2000_0400, true);
    new DataView(data.buffer).setUint32(4, 0x0801_0009, true);
    Deno.writeFileSync(`${folder}/app.bin`, data);
    Deno.writeTextFileSync(`${folder}/board.json`, await runOk(["layouts", "stm32f407", "--json"], folder));
    const identity = ["--version", "1.0.0", "--counter", "0", "--product", "p", "--key", "p256.pem"];
    for (const layout of ["stm32f407", "board.json", "STM32F407"]) {
      await runOk(["pack", "--layout", layout, "--image", "app.bin", ...identity, "--out", "u.cslot"], folder);
      await runOk(["verify", "u.cslot", "--key", "p256.pub.pem", "--layout", "board.json"], folder);
    }
    await runOk(["extract", "u.cslot", "--format", "container", "--out", "c.cslot"], folder);
    await runOk(["verify", "c.cslot", "--key", "p256.pub.pem", "--layout", "stm32f407"], folder);
  }));

Deno.test("coreslot converts from standard input to standard output", () =>
  withRelease(async (folder) => {
    const stdin = Deno.readFileSync(`${folder}/cm4.hex`);
    const { code, stdout } = await runCli(["convert", "-", "-", "--to", "hex"], { stdin, permissions: [] });
    assert.equal(code, 0);
    assert.equal(stdout, Deno.readTextFileSync(`${folder}/cm4.hex`));
  }));

Deno.test("coreslot convert --json has the start address", () =>
  withTempDir(async (folder) => {
    const cases: readonly [string, string | null][] = [
      [":0400000508000101ED\n", "0x08000101"],
      [":04000003F000FFF01A\n", "f000:fff0 (CS:IP)"],
      ["", null],
    ];
    for (const [record, expected] of cases) {
      Deno.writeTextFileSync(`${folder}/in.hex`, `:0100000055AA\n${record}:00000001FF\n`);
      const { image } = JSON.parse(await runOk(["convert", "in.hex", "o.srec", "--json"], folder));
      assert.equal(image.start, expected);
    }
  }));

Deno.test("coreslot convert rebases and fills only when asked", () =>
  withTempDir(async (folder) => {
    Deno.writeTextFileSync(`${folder}/in.hex`, ":020000040800F2\n:0100000055AA\n:01000300AA52\n:00000001FF\n");
    const cases: readonly [string[], string][] = [
      [["o.bin"], "55ffffaa"],
      [["o.bin", "--fill", "0x00"], "550000aa"],
      [["o.bin", "--base", "0x0"], "55ffffaa"],
    ];
    for (const [args, expected] of cases) {
      await runOk(["convert", "in.hex", ...args], folder);
      assert.deepEqual(Deno.readFileSync(`${folder}/o.bin`), parseHex(expected), args.join(" "));
    }
    const hexes: readonly [string[], string][] = [
      [[], ":020000040800F2\n:0100000055AA\n:01000300AA52\n:00000001FF\n"],
      [["--base", "0x10"], ":0100100055"],
      [["--fill", "1"], ":04000000550101AAFB"],
    ];
    for (const [args, expected] of hexes) {
      await runOk(["convert", "in.hex", "o.hex", ...args], folder);
      const text = Deno.readTextFileSync(`${folder}/o.hex`).replaceAll("\r", "");
      assert(text.includes(expected.trim()), `${args.join(" ")}: ${text}`);
    }
  }));

/** What `coreslot digest` prints for each kind of key, run as it is printed. */
for (const [type, update] of [["ed25519", "unsigned.cslot"], ["p256", "unsigned_p256.cslot"]] as const) {
  peerTest(
    "openssl",
    `coreslot digest and attach work with signatures that OpenSSL makes by the ${type} key`,
    () =>
      withRelease(async (folder) => {
        const report = JSON.parse(await runOk(["digest", update, "--out", "messages", "--json"], folder));
        for (const { openssl } of report.messages) {
          const args: string[] = openssl.replace("key.pem", `${type}.pem`).split(" ").slice(1);
          const { code, stderr } = await runPeer("openssl", args, { cwd: folder });
          assert.equal(code, 0, stderr);
        }
        const attach = (signatures: readonly string[]) =>
          runOk(["attach", update, ...signatures, "--key", `${type}.pub.pem`, "--out", "signed.cslot"], folder);
        await attach(["--signature", "CM7=messages/CM7.sig", "--signature", "CM4=messages/CM4.sig"]);
        await runOk(["verify", "signed.cslot", "--key", `${type}.pub.pem`, "--layout", "stm32h747"], folder);
        if (type === "ed25519") {
          assert.deepEqual(Deno.readFileSync(`${folder}/signed.cslot`), Deno.readFileSync(`${folder}/update.cslot`));
        }
        const signed = Deno.readFileSync(`${folder}/signed.cslot`);
        for (const core of ["CM7", "CM4"]) {
          const signature = Deno.readFileSync(`${folder}/messages/${core}.sig`);
          Deno.writeTextFileSync(`${folder}/${core}.txt`, `${btoa(String.fromCharCode(...signature))}\n`);
        }
        await attach(["--signature", "CM4=CM4.txt", "--signature", "CM7=CM7.txt"]);
        assert.deepEqual(Deno.readFileSync(`${folder}/signed.cslot`), signed, "base64 gives the same");
      }),
  );
}

corpusTest(
  "coreslot packs the real H745 pair, both layouts, both keys, and takes it apart again",
  () =>
    withRelease(async (folder) => {
      const copy = (name: string) => Deno.writeFileSync(`${folder}/${name}`, readCorpus(`firmware/${name}`));
      ["h745-disco-usbd.bin", "h745-disco-usbd.dfu", "h745-disco-eembc.hex"].forEach(copy);
      for (const [layout, cm7, type] of [["stm32h747", "bin", "ed25519"], ["stm32h745", "dfu", "p256"]]) {
        const images = ["--image", `CM7=h745-disco-usbd.${cm7}`, "--image", "CM4=h745-disco-eembc.hex"];
        const identity = ["--version", "1.2.3+4", "--counter", "7", "--product", "disco", "--key", `${type}.pem`];
        const args = ["pack", "--layout", layout!, ...images, ...identity, "--out", "u.cslot"];
        const { code, stderr } = await runCli(args, { cwd: folder });
        assert.equal(code, 4);
        assert.match(stderr, /0x90200000/);
        await runOk([...args, "--crop"], folder);
        await runOk(["verify", "u.cslot", "--key", `${type}.pub.pem`, "--layout", layout!], folder);
        await runOk(["extract", "u.cslot", "--core", "CM7", "--format", "payload", "--out", "cm7.bin"], folder);
        assert.deepEqual(Deno.readFileSync(`${folder}/cm7.bin`), readCorpus("firmware/h745-disco-usbd.bin"));
      }
    }),
);
