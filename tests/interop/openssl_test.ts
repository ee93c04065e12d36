/**
 * OpenSSL as a witness: it verifies an extracted container with nothing but the offsets of FORMAT.md, exchanges keys with
 * us in both directions, and signs for us.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { type Bytes, concatBytes, formatHex } from "../../core/mod.ts";
import {
  attachSignatures,
  containerOf,
  exportCHeader,
  exportPublicKey,
  generateKey,
  importPrivateKey,
  importPublicKey,
  type KeyType,
  messagesToSign,
} from "../../packager/mod.ts";
import { peerTest, runPeer, withTempDir } from "../peers.ts";
import { packSmallPair } from "../small_pair.ts";

const TYPES: readonly KeyType[] = ["ed25519", "p256"];
const CORES = ["CM7", "CM4"] as const;

/** How OpenSSL is asked to verify a file `signed` with the key `key.pem` and the signature `signature`. */
const VERIFY: Readonly<Record<KeyType, readonly string[]>> = {
  ed25519: ["pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", "-in", "signed", "-sigfile", "signature"],
  p256: ["dgst", "-sha256", "-verify", "key.pem", "-signature", "signature", "signed"],
};

for (const type of TYPES) {
  peerTest("openssl", `openssl verifies extracted ${type} containers by the offsets of FORMAT.md`, async () => {
    const { key, publicPem } = await generateKey(type);
    const bundle = await packSmallPair({ key });
    await withTempDir(async (folder) => {
      await write(folder, { "key.pem": publicPem });
      for (const core of CORES) {
        const container = containerOf(bundle, core);
        const signature = container.slice(192, 256);
        const wrapped = type === "p256" ? await wrapInDer(folder, signature) : signature;
        await write(folder, { signed: container.slice(0, 192), signature: wrapped });
        assert.equal((await runPeer("openssl", VERIFY[type], { cwd: folder })).code, 0);
        // The negative control: the counter, one higher.
        await write(folder, { signed: container.slice(0, 192).with(64, 8) });
        assert.notEqual((await runPeer("openssl", VERIFY[type], { cwd: folder })).code, 0);
        const sizeBytes = new DataView(container.buffer).getUint32(36, true);
        assert.deepEqual(await sha256(folder, container.slice(256, 256 + sizeBytes)), container.slice(104, 136));
      }
    });
  });

  peerTest("openssl", `openssl computes set id and key id of a ${type} bundle`, async () => {
    const { key } = await generateKey(type);
    const bundle = await packSmallPair({ key });
    await withTempDir(async (folder) => {
      const zeroed = [bundle.slice(32, 288), bundle.slice(288, 544)]
        .map((header) => header.fill(0, 12, 16).fill(0, 88, 104).fill(0, 192, 256));
      const message = concatBytes([new TextEncoder().encode("coreslot set 1\0"), ...zeroed]);
      assert.deepEqual((await sha256(folder, message)).slice(0, 16), bundle.slice(32 + 88, 32 + 104));
      assert.deepEqual((await sha256(folder, key.publicKey.spki)).slice(0, 8), bundle.slice(32 + 136, 32 + 144));
    });
  });

  peerTest("openssl", `openssl reads the ${type} keys we generate, and writes the same bytes`, async () => {
    const { privatePem, publicPem } = await generateKey(type);
    await withTempDir(async (folder) => {
      await write(folder, { "private.pem": privatePem });
      assert.equal(await pkey(folder, ["-in", "private.pem"]), privatePem);
      assert.equal(await pkey(folder, ["-in", "private.pem", "-pubout"]), publicPem);
      assert.equal(
        (await runPeer("openssl", ["pkey", "-in", "private.pem", "-check", "-noout"], { cwd: folder })).code,
        0,
      );
    });
  });

  peerTest("openssl", `signatures that openssl makes with a ${type} key are attached and verified`, async () => {
    await withTempDir(async (folder) => {
      await generateWithOpenSsl(folder, type);
      const key = await importPublicKey(await pkey(folder, ["-in", "private.pem", "-pubout"]));
      const unsigned = await packSmallPair({ key });
      const signatures = [];
      for (const { core, message } of await messagesToSign(unsigned)) {
        await write(folder, { message });
        const kind = type === "ed25519" ? ["-rawin"] : ["-pkeyopt", "digest:sha256"];
        const args = ["pkeyutl", "-sign", "-inkey", "private.pem", "-in", "message", ...kind];
        signatures.push({ core, signature: (await openssl(folder, args)).stdout });
      }
      const signed = await attachSignatures(unsigned, { signatures, key });
      assert.equal(signed.length, unsigned.length);
      const packed = await packSmallPair({ key: await importPrivateKey(await readText(folder, "private.pem")) });
      // Ed25519 has one signature of each message; OpenSSL's P-256 signatures are random.
      if (type === "ed25519") assert.deepEqual(signed, packed);
      else assert.deepEqual(signed.slice(0, 224), packed.slice(0, 224));
    });
  });
}

/** Private keys as OpenSSL writes them: how to make `key.pem`. */
const PRIVATE_KEYS: readonly [string, readonly string[][]][] = [
  ["Ed25519", [["genpkey", "-algorithm", "ed25519", "-out", "key.pem"]]],
  ["P-256 in PKCS#8", [["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "key.pem"]]],
  ["P-256 in SEC1 behind its parameters", [["ecparam", "-name", "prime256v1", "-genkey", "-out", "key.pem"]]],
  ["P-256 in SEC1", [["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "key.pem"]]],
  ["P-256 without its public half", [
    ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "whole.pem"],
    ["ec", "-in", "whole.pem", "-no_public", "-out", "key.pem"],
  ]],
];

for (const [name, commands] of PRIVATE_KEYS) {
  peerTest("openssl", `importPrivateKey() takes ${name} and finds the public half that openssl finds`, async () => {
    await withTempDir(async (folder) => {
      for (const args of commands) await openssl(folder, args);
      const key = await importPrivateKey(await readText(folder, "key.pem"));
      assert.equal(exportPublicKey(key.publicKey), await pkey(folder, ["-in", "key.pem", "-pubout"]));
    });
  });
}

/** Keys that are refused: how OpenSSL makes `key.pem`, and the code. */
const REFUSED_KEYS: readonly [string, readonly string[][], string][] = [
  [
    "RSA",
    [["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "key.pem"]],
    "unsupported-algorithm",
  ],
  ["P-384", [["ecparam", "-name", "secp384r1", "-genkey", "-noout", "-out", "key.pem"]], "unsupported-algorithm"],
  ["X25519", [["genpkey", "-algorithm", "x25519", "-out", "key.pem"]], "unsupported-algorithm"],
  ["P-256 spelled out", [
    ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-param_enc", "explicit", "-out", "key.pem"],
  ], "unsupported-algorithm"],
  ["a compressed point", [
    ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "whole.pem"],
    ["ec", "-in", "whole.pem", "-conv_form", "compressed", "-out", "key.pem"],
  ], "unsupported-algorithm"],
  ["a key with a password", [
    ["genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "pass:secret", "-out", "key.pem"],
  ], "encrypted"],
  ["a SEC1 key with a password", [
    ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "whole.pem"],
    ["ec", "-in", "whole.pem", "-aes256", "-passout", "pass:secret", "-out", "key.pem"],
  ], "encrypted"],
  ["a certificate", [
    ["genpkey", "-algorithm", "ed25519", "-out", "whole.pem"],
    ["req", "-x509", "-key", "whole.pem", "-subj", "/CN=pump", "-out", "key.pem"],
  ], "wrong-kind"],
];

for (const [name, commands, code] of REFUSED_KEYS) {
  peerTest("openssl", `importPrivateKey() refuses ${name}`, async () => {
    await withTempDir(async (folder) => {
      for (const args of commands) await openssl(folder, args);
      await assert.rejects(importPrivateKey(await readText(folder, "key.pem")), { name: "KeyError", code });
    });
  });
}

peerTest("arm-none-eabi-gcc", "the C header of a key compiles without a warning and holds the key", async () => {
  for (const type of TYPES) {
    const { key } = await generateKey(type);
    await withTempDir(async (folder) => {
      await write(folder, {
        "key.h": exportCHeader(key.publicKey, { name: "release_key" }),
        "key.c":
          '#include "key.h"\n#include "key.h"\nconst uint8_t *key(int i) { return i ? release_key : release_key_id; }\n',
      });
      const args = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-c", "key.c", "-o", "key.o"];
      const { code, stderr } = await runPeer("arm-none-eabi-gcc", args, { cwd: folder });
      assert.equal(code, 0, stderr);
      const object = formatHex(await Deno.readFile(join(folder, "key.o")));
      assert.ok(object.includes(formatHex(key.publicKey.rawPublicKey)));
      assert.ok(object.includes(formatHex(key.keyId)));
    });
  }
});

/** Makes DER of r and s as `openssl asn1parse -genconf` does, so that no code of ours has a part in it. */
async function wrapInDer(folder: string, signature: Bytes): Promise<Bytes> {
  const [r, s] = [formatHex(signature.subarray(0, 32)), formatHex(signature.subarray(32))];
  await write(folder, { "der.conf": `asn1=SEQUENCE:numbers\n[numbers]\nr=INTEGER:0x${r}\ns=INTEGER:0x${s}\n` });
  await openssl(folder, ["asn1parse", "-genconf", "der.conf", "-noout", "-out", "der"]);
  return Deno.readFile(join(folder, "der"));
}

async function sha256(folder: string, bytes: Bytes): Promise<Bytes> {
  await write(folder, { hashed: bytes });
  return (await openssl(folder, ["dgst", "-sha256", "-binary", "hashed"])).stdout;
}

async function generateWithOpenSsl(folder: string, type: KeyType): Promise<void> {
  const kind = type === "ed25519" ? ["ed25519"] : ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
  await openssl(folder, ["genpkey", "-algorithm", ...kind, "-out", "private.pem"]);
}

async function pkey(folder: string, args: readonly string[]): Promise<string> {
  return new TextDecoder().decode((await openssl(folder, ["pkey", ...args])).stdout);
}

async function openssl(folder: string, args: readonly string[]) {
  const result = await runPeer("openssl", args, { cwd: folder });
  assert.equal(result.code, 0, `openssl ${args.join(" ")}: ${result.stderr}`);
  return result;
}

async function write(folder: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await Deno.writeFile(join(folder, name), bytes);
  }
}

function readText(folder: string, name: string): Promise<string> {
  return Deno.readTextFile(join(folder, name));
}
