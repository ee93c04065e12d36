/**
 * The main job, end to end, in a temporary folder: `deno task demo`.
 *
 * Both cores' firmware for an STM32H747 becomes one signed bundle, which is inspected, verified, damaged, and taken apart
 * again. Every command shown is the real command line, run in this process.
 *
 * @module
 */

import {
  CoreslotError,
  crc32,
  decodeBundle,
  encodeBundle,
  equalBytes,
  findLayout,
  formatAddress,
  importPublicKey,
  type Layout,
  readImage,
  sectorsOf,
  verifyUpdate,
} from "@coreslot/coreslot";
import { runCoreslot } from "../cli/app.ts";
import { EXIT_CODES } from "../cli/exit_codes.ts";
import { COLUMNS, openTerminal, type Terminal } from "../cli/terminal.ts";
import { wrap } from "../cli/wrap.ts";

const FIRMWARE = new URL("./firmware/", import.meta.url);
const LAYOUT = findLayout("stm32h747");
const { print, style } = openTerminal();

if (import.meta.main) {
  const folder = await Deno.makeTempDir({ prefix: "coreslot_demo_" });
  const home = Deno.cwd();
  try {
    for (const name of ["cm7.elf", "cm4.elf"]) await Deno.copyFile(new URL(name, FIRMWARE), `${folder}/${name}`);
    Deno.chdir(folder);
    await demonstrate();
  } finally {
    Deno.chdir(home);
    await Deno.remove(folder, { recursive: true });
  }
}

async function demonstrate(): Promise<void> {
  print(...headline("An update for both cores of an STM32H747, in one signed file"), "");
  say("The compiler has built one ELF file for each core. First, a key to sign with.");
  await run("keygen --type ed25519 --out key.pem --public key.pub.pem");

  say("Both images go into one bundle. Slots, vector tables, cores and completeness", "are checked on the way.");
  await run(
    "pack --layout stm32h747 --image CM7=cm7.elf --image CM4=cm4.elf --version 1.2.3+4 --counter 7 " +
      "--product blinker --key key.pem --out update.cslot",
  );

  say("Anybody who has the public key can verify it, here against the device's slots.");
  await run("verify update.cslot --key key.pub.pem --layout stm32h747", { lines: 1 });

  say("On the way to the device, one bit flips.");
  await damage("update.cslot", "damaged.cslot");
  await run("verify damaged.cslot --key key.pub.pem", { expectedCode: EXIT_CODES.malformed });
  await tryEveryFlip("update.cslot");

  say("Somebody changes the firmware on purpose, and puts all its checksums right.");
  await forge("update.cslot", "forged.cslot");
  await run("verify forged.cslot --key key.pub.pem", { expectedCode: EXIT_CODES.unverified });

  say("In a hurry, the cores get mixed up.");
  await run(
    "pack --layout stm32h747 --image CM7=cm4.elf --image CM4=cm7.elf --version 1.2.3+4 --counter 7 " +
      "--product blinker --key key.pem --out mixed.cslot",
    { expectedCode: EXIT_CODES.refused },
  );

  say("The bundle comes apart again into what went in.");
  await run("extract update.cslot --core CM7 --format payload --out cm7.bin");
  await comparePayload("cm7.elf", "cm7.bin");

  say("And this is where it goes: A runs, B receives the next update.");
  drawFlash(LAYOUT);
}

/** How a command is shown, and how it has to end. */
interface RunOptions {
  /**
   * The exit code that it must give.
   *
   * @default {0}
   */
  readonly expectedCode?: number;
  /**
   * Lines of its output to show.
   *
   * @default {Infinity}
   */
  readonly lines?: number;
}

/** Shows a command line, runs it, shows what it says, and insists on its exit code. */
async function run(line: string, options: RunOptions = {}): Promise<void> {
  const { expectedCode = EXIT_CODES.ok, lines = Infinity } = options;
  print(...foldCommand(line).map(style.strong), "");
  const said: string[] = [];
  const collect = (...output: readonly string[]) => said.push(...output);
  const terminal: Terminal = {
    print: collect,
    printError: collect,
    rewriteError: undefined,
    style,
    errorStyle: style,
    errorColumns: COLUMNS,
  };
  const code = await runCoreslot(line.split(" "), terminal);
  print(...said.slice(0, lines));
  if (code !== expectedCode) throw new Error(`Cannot go on: exit code ${code}, not ${expectedCode}`);
  if (code !== EXIT_CODES.ok) print(style.faint(`(exit code ${code})`));
  print("");
}

/** Copies a file and flips one bit in the middle of it. */
async function damage(source: string, target: string): Promise<void> {
  const bytes = await Deno.readFile(source);
  bytes[bytes.length >> 1]! ^= 0x10;
  await Deno.writeFile(target, bytes);
}

/** Copies a bundle, changes one bit of the first image, and makes every CRC fit again. */
async function forge(source: string, target: string): Promise<void> {
  const { images: [first, ...others], metadata } = decodeBundle(await Deno.readFile(source));
  const payload = first!.payload.slice();
  payload[payload.length >> 1]! ^= 0x10;
  const header = { ...first!.header, payloadCrc: crc32(payload) };
  await Deno.writeFile(target, encodeBundle({ images: [{ header, payload }, ...others], metadata }));
}

/** Flips every single bit of a bundle, one at a time, and verifies each of the results. */
async function tryEveryFlip(path: string): Promise<void> {
  const keys = [await importPublicKey(await Deno.readTextFile("key.pub.pem"))];
  const bytes = await Deno.readFile(path);
  let refused = 0;
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    await verifyUpdate(bytes, { keys }).catch((error: unknown) => {
      if (!(error instanceof CoreslotError)) throw error;
      refused += 1;
    });
    bytes[bit >> 3]! ^= 1 << (bit & 7);
  }
  say(`All ${bytes.length * 8} ways to flip one bit of the bundle, tried: ${refused} refused.`);
}

/** Compares what came out of the bundle with what the compiler's file holds. */
async function comparePayload(elf: string, payload: string): Promise<void> {
  const { image } = readImage(await Deno.readFile(elf));
  const same = equalBytes(image.segments[0]!.data, await Deno.readFile(payload));
  if (!same) throw new Error(`Cannot go on: ${payload} is not what ${elf} loads`);
  say(`${payload} is what ${elf} loads, byte for byte.`);
}

/** Draws the flash of the part, a cell for each sector. */
function drawFlash({ part, bankMode, loader, slots }: Layout): void {
  const areas = [
    { name: "loader", address: loader.addressStart, sizeBytes: loader.sizeBytes },
    ...slots.flatMap(({ core, addressA, addressB, sizeBytes }) => [
      { name: `${core} A`, address: addressA, sizeBytes },
      { name: `${core} B`, address: addressB, sizeBytes },
    ]),
  ];
  const sectors = sectorsOf(part, bankMode);
  for (const bank of new Set(sectors.map((sector) => sector.bank))) {
    const inBank = sectors.filter((sector) => sector.bank === bank);
    const cells = inBank.map(({ addressStart }) => {
      const area = areas.find(({ address, sizeBytes }) =>
        address <= addressStart && addressStart < address + sizeBytes
      );
      return (area?.name ?? "").padEnd(6);
    });
    const { addressStart, sizeBytes } = inBank[0]!;
    print(`  ${formatAddress(addressStart)}, ${inBank.length} sectors of ${sizeBytes / 1024} KiB`);
    print(`  | ${cells.join(" | ")} |`, "");
  }
}

function headline(text: string): string[] {
  return [style.strong(text), style.strong("=".repeat(text.length))];
}

function say(...lines: readonly string[]): void {
  print(...lines, "");
}

/** Sets a command line in 80 columns, broken before a flag, as a shell takes it. */
function foldCommand(line: string): string[] {
  const indent = "    ";
  const lines = wrap(`$ coreslot ${line}`.split(/ (?=--)/), { lead: "", columns: COLUMNS - indent.length - 2 });
  return lines.map((text, index) => `${index === 0 ? "" : indent}${text}${index < lines.length - 1 ? " \\" : ""}`);
}
