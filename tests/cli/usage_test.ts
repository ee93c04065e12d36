import { checkRefusals, type Refusal } from "./refusal.ts";
import { IDENTITY, IMAGES } from "./release.ts";

const PACK = ["pack", ...IDENTITY, "--key", "ed25519.pem", "--out", "out.cslot"] as const;
const ATTACH = ["attach", "unsigned.cslot", "--key", "ed25519.pub.pem", "--out", "out.cslot"] as const;
const CONVERT = ["convert", "cm4.hex", "out.bin"] as const;

const USAGE: readonly Refusal[] = [
  { args: ["pakc"], code: 2, line: "Cannot run coreslot: there is no command pakc", advice: "Did you mean pack?" },
  {
    args: ["frobnicate"],
    code: 2,
    line: "Cannot run coreslot: there is no command frobnicate",
    advice: "See coreslot --help for the commands",
  },
  { args: ["--constructor"], code: 2, line: "Cannot run coreslot: there is no flag --constructor" },
  { args: ["inspect", "x", "--toString", "y"], code: 2, line: "Cannot run coreslot: there is no flag --toString" },
  {
    args: ["pack", "--layuot", "stm32h747"],
    code: 2,
    line: "Cannot run pack: it has no flag --layuot",
    advice: "Did you mean --layout?",
  },
  {
    args: ["flash", "--prot", "cdc"],
    code: 2,
    line: "Cannot run flash: it has no flag --prot",
    advice: "Did you mean --protocol?",
  },
  {
    args: ["pack", "-x"],
    code: 2,
    line: "Cannot run pack: it has no flag -x",
    advice: "See coreslot pack --help for its flags",
  },
  {
    args: ["pack"],
    code: 2,
    line: "Cannot run pack: --layout, --image, --version, --counter, --product and --out are missing",
    advice: "See coreslot pack --help",
  },
  { args: ["inspect"], code: 2, line: "Cannot run inspect: FILE is missing", advice: "See coreslot inspect --help" },
  {
    args: ["inspect", "a", "b"],
    code: 2,
    line: "Cannot run inspect: it has no use for b",
    advice: "See coreslot inspect --help",
  },
  { args: [...CONVERT, "--to"], code: 2, line: "Cannot run convert: --to has no value" },
  {
    args: [...CONVERT, "--base", "0x0", "--base", "0x4"],
    code: 2,
    line: "Cannot run convert: --base is given twice, as 0x0 and as 0x4",
    advice: "Give it once",
  },
  {
    args: [...CONVERT, "--to", "elf"],
    code: 2,
    line: 'Cannot read --to "elf": it takes hex, srec, bin, dfuse or uf2',
  },
  {
    args: [...CONVERT, "--base", "08020000h"],
    code: 2,
    line:
      'Cannot read --base "08020000h": an address is 0x and up to 8 hexadecimal digits, or a decimal number below 2^32',
  },
  {
    args: [...CONVERT, "--fill", "256"],
    code: 2,
    line: 'Cannot read --fill "256": a byte is 0x00 to 0xFF, or 0 to 255',
  },
  {
    args: [...CONVERT, "--base", "0xFFFFFFFF"],
    code: 2,
    line: "Cannot move the image to 0xFFFFFFFF: it would run over the last address, 0xFFFFFFFF",
  },
  {
    args: ["convert", "cm4.hex", "out"],
    code: 2,
    line: "Cannot choose the format of out: its name does not tell",
    advice: "Add --to with one of hex, srec, bin, dfuse, uf2",
  },
  {
    args: ["convert", "cm4.hex", "out.uf2", "--family", "AVR"],
    code: 2,
    line: 'Cannot read --family "AVR": a UF2 family is a name such as STM32H7, or 0x and up to 8 hexadecimal digits',
  },
  {
    args: ["convert", "cm7.bin", "out.hex"],
    code: 2,
    line: "cm7.bin: Cannot read the raw binary: it does not say at which address it belongs",
    advice: "Give the address that it was linked for (--base, option baseAddress); its reset vector is 0x08020201",
  },
  {
    args: ["keygen", "--type", "rsa", "--out", "key.pem"],
    code: 2,
    line: 'Cannot read --type "rsa": it takes ed25519 or p256',
  },
  {
    args: ["keygen", "--type", "p256", "--out", "key.pem", "--public", "key.pem"],
    code: 2,
    line: "Cannot run keygen: key.pem is to hold two things",
    advice: "Name another file for each",
  },
  {
    args: ["keygen", "--type", "p256", "--out", "key.pem", "--public", "./key.pem", "--force"],
    code: 2,
    line: "Cannot run keygen: ./key.pem is to hold two things",
    advice: "Name another file for each",
  },
  {
    args: ["keygen", "--type", "p256", "--out", "-"],
    code: 2,
    line: "Cannot run keygen: a key is written to a file, not to standard output",
  },
  {
    args: [...PACK, "--image", "cm7.bin"],
    code: 2,
    line: 'Cannot read --image "cm7.bin": it does not say for which core',
    advice: "Layout stm32h747 has CM7 and CM4: write --image CM7=cm7.bin",
  },
  {
    args: [...PACK, "--image", "cm7=cm7.elf"],
    code: 2,
    line: 'Cannot read --image "cm7=cm7.elf": it does not say for which core',
    advice: "Layout stm32h747 has CM7 and CM4: write --image CM7=cm7.elf",
  },
  {
    args: [...PACK, "--image", "CM5=cm7.bin"],
    code: 2,
    line: 'Cannot read --image "CM5=cm7.bin": there is no core CM5',
    advice: "Layout stm32h747 has CM7 and CM4",
  },
  {
    args: [...PACK, ...IMAGES, "--public-key", "ed25519.pub.pem"],
    code: 2,
    line: "Cannot run pack: --key signs and --public-key leaves it unsigned",
  },
  {
    args: ["pack", ...IDENTITY, ...IMAGES, "--out", "out.cslot"],
    code: 2,
    line: "Cannot run pack: --key is missing",
    advice: "Add --key with a private key, or --public-key to sign elsewhere",
  },
  {
    args: [...replace(PACK, "1.2.3+4", "1.2"), ...IMAGES],
    code: 2,
    line: 'Cannot read --version "1.2": a version is like 1.2.3 or 1.2.3+4, at most 65535.65535.65535+4294967295',
  },
  {
    args: [...replace(PACK, "7", "4294967296"), ...IMAGES],
    code: 2,
    line: 'Cannot read --counter "4294967296": a counter is a whole number from 0 to 4294967295',
  },
  {
    args: [...replace(PACK, "pump", "00000000-0000-0000-0000-000000000000"), ...IMAGES],
    code: 2,
    line: 'Cannot read --product "00000000-0000-0000-0000-000000000000": a product is a name that is not blank, or ' +
      "a UUID other than the nil UUID",
  },
  {
    args: [...replace(PACK, "pump", " "), ...IMAGES],
    code: 2,
    line: 'Cannot read --product " ": a product is a name that is not blank, or a UUID other than the nil UUID',
  },
  {
    args: [...replace(PACK, "stm32h747", "stm32h7"), ...IMAGES],
    code: 2,
    line: "Cannot find layout stm32h7: it is neither a preset nor a file",
    advice: "Did you mean stm32h745 or stm32h747 or stm32h755",
  },
  {
    args: ["layouts", "stm32h747", "--schema"],
    code: 2,
    line: "Cannot run layouts: --schema is the same for every layout",
  },
  {
    args: ["extract", "update.cslot", "--format", "hex", "--out", "out.hex"],
    code: 2,
    line: "Cannot run extract: --core is missing",
    advice: "It has CM7 and CM4: name one with --core",
  },
  {
    args: ["extract", "update.cslot", "--core", "CM3", "--format", "hex", "--out", "out.hex"],
    code: 2,
    line: "Cannot run extract: the update has no image for CM3",
    advice: "It has CM7 and CM4: name one with --core",
  },
  {
    args: ["attach", "unsigned.cslot", "--signature", "s", "--key", "ed25519.pub.pem", "--out", "out.cslot"],
    code: 2,
    line: 'Cannot read --signature "s": it does not say for which core',
    advice: "The update has CM7 and CM4: write --signature CM7=s",
  },
  {
    args: [...ATTACH, "--signature", "CM7=cm7.bin"],
    code: 2,
    line: "Cannot run attach: there is no signature for CM4",
    advice: "Give one --signature for each of CM7 and CM4",
  },
  {
    args: [...ATTACH, "--signature", "CM7=a", "--signature", "CM4=b", "--signature", "CM7=messages/CM4.sig"],
    code: 2,
    line: "Cannot run attach: there are two signatures for CM7",
    advice: "Give one --signature for each of CM7 and CM4",
  },
  {
    args: [...ATTACH, "--signature", "CM3=a"],
    code: 2,
    line: 'Cannot read --signature "CM3=a": the update has no image for CM3',
    advice: "The update has CM7 and CM4",
  },
  {
    args: ["completions", "tcsh"],
    code: 2,
    line: 'Cannot read SHELL "tcsh": the shells are bash, zsh and fish',
  },
];

Deno.test("coreslot says in one line what is wrong with the command line", () => checkRefusals(USAGE));

function replace(args: readonly string[], from: string, to: string): string[] {
  return args.map((arg) => arg === from ? to : arg);
}
