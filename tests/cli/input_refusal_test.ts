import assert from "node:assert/strict";
import { runCli } from "./process.ts";
import { checkRefusals, type Refusal } from "./refusal.ts";
import { IDENTITY, withRelease } from "./release.ts";

const PACK = ["pack", ...IDENTITY, "--key", "ed25519.pem", "--out", "out.cslot"] as const;

const ATTACH = ["attach", "--key", "ed25519.pub.pem", "--out", "out.cslot"] as const;
const ATTACH_P256 = ["attach", "--key", "p256.pub.pem", "--out", "out.cslot"] as const;

const FILES: readonly Refusal[] = [
  {
    args: ["inspect", "absent.cslot"],
    code: 6,
    line: "Cannot read absent.cslot: there is no such file",
    advice: "Check the path; it is relative to the current folder",
  },
  { args: ["inspect", "."], code: 6, line: "Cannot read .: it is a directory", advice: "Name a file" },
  {
    args: ["inspect", "cm7.bin/x"],
    code: 6,
    line: "Cannot read cm7.bin/x: a part of its path is a file, not a folder",
    advice: "Check the path",
  },
  {
    args: ["convert", "cm4.hex", "absent/out.bin"],
    code: 6,
    line: "Cannot write absent/out.bin: its folder does not exist",
    advice: "Create the folder first",
  },
  {
    args: ["convert", "cm4.hex", ".", "--to", "bin"],
    code: 6,
    line: "Cannot write .: it is a directory",
    advice: "Name a file",
  },
  {
    args: ["keygen", "--type", "ed25519", "--out", "p256.pem"],
    code: 6,
    line: "Cannot write p256.pem: it exists",
    advice: "Name another file, or add --force to replace it",
  },
  {
    args: ["digest", "unsigned.cslot", "--out", "absent/folder"],
    code: 6,
    line: "Cannot write absent/folder: its folder does not exist",
    advice: "Create the folder first",
  },
];

const CONTENT: readonly Refusal[] = [
  {
    args: ["convert", "ed25519.pem", "out.bin"],
    code: 3,
    line: "ed25519.pem: Cannot read the file as firmware: it is a key or a certificate (PEM)",
    advice: "Give the firmware file instead",
  },
  {
    args: ["verify", "update.cslot", "--key", "ed25519.pem"],
    code: 3,
    line: "ed25519.pem: Cannot use key: expected a public key (PUBLIC KEY), got PRIVATE KEY",
    advice: "openssl pkey -in key.pem -pubout gives the public half of a private key",
  },
  {
    args: [...PACK, "--image", "CM7=cm7.bin"],
    code: 4,
    line: "Cannot place the images in the layout stm32h747: there is no image for CM4, the layout has CM7 and CM4",
    advice: "Give one image for each of CM7 and CM4: they are updated together or not at all",
  },
  {
    args: [...PACK, "--image", "CM7=cm4.hex", "--image", "CM4=cm4.hex"],
    code: 4,
    line: "Cannot place the CM7 image in the layout stm32h747: nothing is in slot A of CM7 at 0x08020000: this looks " +
      "like a CM4 image, it stands at 0x08100000 in slot A of CM4; 0x08100000 to 0x081003F1 (1009 bytes) is in slot A " +
      "of CM4",
    advice: "Give every core its own image, linked for its slot A",
  },
  {
    args: [...PACK, "--image", "CM7=cm4.bin", "--image", "CM4=cm4.hex"],
    code: 4,
    line:
      "Cannot place the CM7 image in the layout stm32h747: the initial stack pointer 0x10048000 is in SRAM1-3 alias, " +
      "which only CM4 has: this looks like a CM4 image; the reset vector 0x08100201 points into slot A of CM4, outside " +
      "the image (0x08020000 to 0x080203F1)",
    advice: "Give every core its own image, linked for its slot A",
  },
  {
    args: [...ATTACH, "unsigned.cslot", "--signature", "CM7=cm7.bin", "--signature", "CM4=cm4.bin"],
    code: 3,
    line: "cm7.bin: Cannot use signature for CM7: expected 64 bytes in range, got 1009 bytes",
    advice: "Give the signature as 64 raw bytes or as base64",
  },
  {
    args: [...ATTACH_P256, "unsigned_p256.cslot", "--signature", "CM7=cm7.bin", "--signature", "CM4=cm4.bin"],
    code: 3,
    line: "cm7.bin: Cannot use signature for CM7: 1009 bytes are neither 64 raw bytes nor DER of two numbers",
    advice: "Give the signature as 64 raw bytes, as DER or as base64",
  },
  {
    args: ["verify", "unsigned.cslot", "--key", "ed25519.pub.pem"],
    code: 5,
    line: "unsigned.cslot: Cannot verify images[0].signature at offset 224: expected a signature, got zeros",
    advice: "Sign it: coreslot digest gives what to sign, coreslot attach takes the signatures",
  },
];

Deno.test("coreslot says in one line what the file system refuses", () => checkRefusals(FILES));

Deno.test("coreslot says in one line what is wrong with a file", () => checkRefusals(CONTENT));

Deno.test("coreslot prints an error as one JSON object on standard error when asked for JSON", () =>
  withRelease(async (folder) => {
    Deno.writeFileSync(`${folder}/junk.sig`, new Uint8Array(64).fill(1));
    const cases: readonly [string[], Record<string, unknown>][] = [
      [["inspect", "--json"], { name: "UsageError", code: "missing-argument", exitCode: 2 }],
      [["inspect", "cm4.hex", "--json"], { name: "ContainerFormatError", code: "bad-magic", exitCode: 3, offset: 0 }],
      [["inspect", "absent", "--json"], { name: "FileError", code: "not-found", exitCode: 6, path: "absent" }],
      [
        ["verify", "update.cslot", "--key", "p256.pub.pem", "--json"],
        {
          name: "VerificationError",
          code: "unknown-key",
          exitCode: 5,
          path: "update.cslot",
          advice: "Give the public key that it was signed with",
        },
      ],
      [
        [...ATTACH, "unsigned.cslot", "--signature", "CM4=junk.sig", "--signature", "CM7=junk.sig", "--json"],
        {
          name: "VerificationError",
          code: "bad-signature",
          exitCode: 5,
          path: "junk.sig",
          field: "signature for CM7",
          advice: "Sign what coreslot digest gives for CM7, with the private half of --key",
        },
      ],
    ];
    for (const [args, expected] of cases) {
      const { code, stdout, stderr } = await runCli(args, { cwd: folder });
      const { error } = JSON.parse(stderr);
      assert.equal(stderr.split("\n").length, 2, "one line");
      assert.equal(stdout, "");
      assert.equal(code, expected["exitCode"]);
      for (const [key, value] of Object.entries(expected)) assert.equal(error[key], value, `${args.join(" ")}: ${key}`);
    }
  }));
