/**
 * The main job, end to end, in a temporary folder: `deno task demo`.
 *
 * Both cores' firmware for an STM32H747 becomes one signed bundle, which is verified, damaged and forged. Then it goes onto
 * an emulated device, with the cable pulled and the power cut on the way, and is rehearsed at some hundred more points.
 * Every command shown is the real command line, run in this process.
 *
 * @module
 */

import {
  concatBytes,
  CoreslotError,
  crc32,
  decodeBundle,
  encodeBundle,
  findLayout,
  formatAddress,
  importPublicKey,
  type Layout,
  readImage,
  sectorsOf,
  verifyUpdate,
} from "@coreslot/coreslot";
import { cdcUpdateOf } from "@coreslot/coreslot/updates";
import { runCoreslot } from "../cli/app.ts";
import { EXIT_CODES } from "../cli/exit_codes.ts";
import { COLUMNS, openTerminal, type Terminal } from "../cli/terminal.ts";
import { wrap } from "../cli/wrap.ts";
import { DemoDevice } from "./demo_device.ts";

const FIRMWARE = new URL("./firmware/", import.meta.url);
const LAYOUT = findLayout("stm32h747");
const PACK = "pack --layout stm32h747 --product blinker --key key.pem";
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
  print(...headline("An update for both cores of an STM32H747 that survives whatever happens"), "");
  say("The compiler has built one ELF file for each core. First, a key to sign with.");
  await run("keygen --type ed25519 --out key.pem --public key.pub.pem");

  say("Both images go into one bundle. Slots, vector tables, cores and completeness", "are checked on the way.");
  await run(`${PACK} --image CM7=cm7.elf --image CM4=cm4.elf --version 1.2.3+4 --counter 7 --out update.cslot`);

  say("Anybody who has the public key can verify it, here against the device's slots.");
  await run("verify update.cslot --key key.pub.pem --layout stm32h747", { lines: 1 });

  say("On the way to the device, one bit flips.");
  await damage("update.cslot", "damaged.cslot");
  await run("verify damaged.cslot --key key.pub.pem", { expectedCode: EXIT_CODES.malformed });
  await flipInEveryByte("update.cslot");

  say("Somebody changes the firmware on purpose, and puts all its checksums right.");
  await forge("update.cslot", "forged.cslot");
  await run("verify forged.cslot --key key.pub.pem", { expectedCode: EXIT_CODES.unverified });

  say("In a hurry, the cores get mixed up.");
  await run(
    `${PACK} --image CM7=cm4.elf --image CM4=cm7.elf --version 1.2.3+4 --counter 7 --out mixed.cslot`,
    { expectedCode: EXIT_CODES.refused },
  );

  say("This is where it goes: A runs, B receives, and the loader copies B to A.");
  drawFlash(LAYOUT);

  say("The device is emulated. It runs the release before, with another CM7 image.");
  await makeOlderImage("cm7.elf", "cm7_old.bin");
  await run(`${PACK} --image CM7=cm7_old.bin --image CM4=cm4.elf --version 1.2.2 --counter 6 --out old.cslot`, {
    lines: 1,
  });
  await updateDevice();

  say(
    "That was luck? Here is every erase, every unit of headers and commit words, and",
    "more, under each model of a cut.",
  );
  await run("rehearse update.cslot --layout stm32h747 --key key.pub.pem --from old.cslot");
}

/** Brings both releases onto the device, the second one against all odds. */
async function updateDevice(): Promise<void> {
  const [old, update] = [await Deno.readFile("old.cslot"), await Deno.readFile("update.cslot")].map((bytes) =>
    cdcUpdateOf(bytes, LAYOUT)
  );
  const keys = [await importPublicKey(await Deno.readTextFile("key.pub.pem"))];
  const lines: string[] = [];
  const { productId } = old!.headers[0]!;
  const device = new DemoDevice({ layout: LAYOUT, keys, productId }, (line) => lines.push(line));
  device.bring(old!);
  lines.length = 0;
  say(
    "The update comes over USB. The cable is pulled in the middle of the first image;",
    "later the power goes away in the middle of staging, and again in the middle of",
    "the copy to slot A. Time is that of the flash; nobody waits for it here.",
  );
  const { sentBytes } = device.bring(update!, [
    "unplug:h2t:2700",
    "cut:op=10,model=2;cut:op=130,model=2",
  ]);
  say(...lines);
  for (const [who, count] of [["cable", 1], ["power", 2]] as const) {
    if (lines.filter((line) => line.includes(who)).length !== count) {
      throw new Error(`Cannot go on: no fault of ${who}`);
    }
  }
  say(
    `${sentBytes} bytes of the CM7 image were taken, a part of them twice. The CM4 image is`,
    "the same in both releases: the device copied it by itself.",
  );
  say(style.strong(`${device.state}.`));
}

/** Makes the release before: the same program with a text behind it. */
async function makeOlderImage(elf: string, target: string): Promise<void> {
  const { image } = readImage(await Deno.readFile(elf));
  const note = new TextEncoder().encode("release 1.2.2");
  await Deno.writeFile(target, concatBytes([image.segments[0]!.data, note]));
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
    columns: COLUMNS,
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

/** Flips one bit in each byte of a bundle, one at a time, and verifies each of the results. */
async function flipInEveryByte(path: string): Promise<void> {
  const keys = [await importPublicKey(await Deno.readTextFile("key.pub.pem"))];
  const bytes = await Deno.readFile(path);
  let refused = 0;
  for (let index = 0; index < bytes.length; index++) {
    bytes[index]! ^= 1 << (index & 7);
    await verifyUpdate(bytes, { keys }).catch((error: unknown) => {
      if (!(error instanceof CoreslotError)) throw error;
      refused += 1;
    });
    bytes[index]! ^= 1 << (index & 7);
  }
  say(`One bit flipped in each of the ${bytes.length} bytes, one after the other: ${refused} refused.`);
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
