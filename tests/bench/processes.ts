/**
 * Races whole processes of `coreslot` against srec_cat, objcopy and imgtool, and prints a Markdown table.
 *
 * Nothing here is a test: times depend on the machine. Programs that are not installed are left out.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MemoryImage } from "../../core/mod.ts";
import { formatIntelHex, formatSrec } from "../../packager/formats/mod.ts";
import { isOnPath, withTempDir } from "../peers.ts";
import { type Contestant, type Race, runRace } from "./race.ts";

/** The command line as `deno task bundle` makes it: one file, as a release script would install it. */
const BUNDLE = fileURLToPath(new URL("../../dist/coreslot.js", import.meta.url));
const MAIN = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));

/** Where and how large the raced image is: all of the flash of an H747. */
const ADDRESS = 0x0800_0000;
const SIZE_BYTES = 0x20_0000;

/** The largest pair of slots that the H747 has room for: everything behind 128 KiB of loader. */
const CORES = [
  { core: "CM7", address: 0x0802_0000, sizeBytes: 0x0e_0000, stack: 0x2408_0000 },
  { core: "CM4", address: 0x0810_0000, sizeBytes: 0x10_0000, stack: 0x1004_8000 },
] as const;

const LAYOUT = {
  name: "race",
  part: "stm32h747",
  bankMode: "dual",
  policy: "single",
  loader: { addressStart: "0x08000000", sizeBytes: 0x2_0000 },
  slots: CORES.map(({ core, address, sizeBytes }) => {
    const formatted = `0x${address.toString(16).padStart(8, "0")}`;
    return { core, addressA: formatted, addressB: formatted, sizeBytes };
  }),
};

const JOBS: readonly Race[] = [
  {
    job: "start, print the help",
    contestants: [
      coreslot("--help"),
      fromSource(coreslot("--help")),
      { name: "deno, empty program", program: Deno.execPath(), args: ["run", "empty.ts"] },
    ],
  },
  {
    job: "HEX to binary, 2 MiB",
    contestants: [
      coreslot("convert", "image.hex", "out.bin"),
      fromSource(coreslot("convert", "image.hex", "out.bin")),
      objcopy("-I", "ihex", "-O", "binary", "image.hex", "out.bin"),
      srecCat("image.hex", "-Intel", "-Offset", `-${ADDRESS}`, "-Output", "out.bin", "-Binary"),
    ],
  },
  {
    job: "S-records to binary, 2 MiB",
    contestants: [
      coreslot("convert", "image.srec", "out.bin"),
      fromSource(coreslot("convert", "image.srec", "out.bin")),
      objcopy("-I", "srec", "-O", "binary", "image.srec", "out.bin"),
      srecCat("image.srec", "-Motorola", "-Offset", `-${ADDRESS}`, "-Output", "out.bin", "-Binary"),
    ],
  },
  {
    job: "binary to HEX, 2 MiB",
    contestants: [
      coreslot("convert", "image.bin", "out.hex", "--base", `${ADDRESS}`),
      fromSource(coreslot("convert", "image.bin", "out.hex", "--base", `${ADDRESS}`)),
      objcopy("-I", "binary", "-O", "ihex", `--change-addresses=${ADDRESS}`, "image.bin", "out.hex"),
      srecCat("image.bin", "-Binary", "-Offset", `${ADDRESS}`, "-Output", "out.hex", "-Intel"),
    ],
  },
  { job: "pack and sign binaries, 1.9 MiB", contestants: [pack("bin"), fromSource(pack("bin")), imgtool("bin")] },
  { job: "pack and sign HEX, 1.9 MiB", contestants: [pack("hex"), fromSource(pack("hex")), imgtool("hex")] },
];

function coreslot(...args: string[]): Contestant {
  const deno = ["run", "--no-config", "--no-prompt", "--allow-read", "--allow-write", BUNDLE];
  return { name: "coreslot, bundled", program: Deno.execPath(), args: [...deno, ...args] };
}

/** The same command from the source tree, some 150 modules. */
function fromSource({ program, args }: Contestant): Contestant {
  const unbundled = args.filter((arg) => arg !== "--no-config").map((arg) => arg === BUNDLE ? MAIN : arg);
  return { name: "coreslot, from source", program, args: unbundled };
}

function objcopy(...args: string[]): Contestant {
  return { name: "objcopy", program: "arm-none-eabi-objcopy", args };
}

function srecCat(...args: string[]): Contestant {
  return { name: "srec_cat", program: "srec_cat", args };
}

function pack(format: "bin" | "hex"): Contestant {
  const flags = ["--layout", "layout.json", "--version", "1.2.3", "--counter", "1", "--product", "race"];
  const images = CORES.flatMap(({ core }) => ["--image", `${core}=${core}.${format}`]);
  return coreslot("pack", ...flags, ...images, "--key", "key.pem", "--out", "out.cslot");
}

/** One image of the same total size: imgtool has no bundles. */
function imgtool(format: "bin" | "hex"): Contestant {
  const flags = ["-k", "key.pem", "-v", "1.2.3", "-s", "1", "-H", "0x400", "--pad-header", "-S", "0x280000"];
  return {
    name: "imgtool",
    program: "imgtool",
    args: ["sign", ...flags, "--align", "32", `whole.${format}`, "out.img"],
  };
}

if (import.meta.main) await withTempDir(main);

async function main(cwd: string): Promise<void> {
  await prepare(cwd);
  const rows = [["job", "program", "time", "against coreslot", "peak memory"]];
  for (const race of JOBS) {
    const present = race.contestants.filter(({ program }) => program === Deno.execPath() || isOnPath(program));
    for (const { name, medianMs, ratio, peakMebibytes } of await runRace({ ...race, contestants: present }, { cwd })) {
      const peak = peakMebibytes === undefined ? "" : `${peakMebibytes.toFixed(0)} MiB`;
      rows.push([race.job, name, `${medianMs.toFixed(0)} ms`, `${ratio.toFixed(2)} x`, peak]);
    }
  }
  console.log(formatTable(rows));
}

async function prepare(cwd: string): Promise<void> {
  const write = (name: string, content: Uint8Array | string) =>
    Deno.writeFile(join(cwd, name), typeof content === "string" ? new TextEncoder().encode(content) : content);
  const data = noise(SIZE_BYTES);
  const image = MemoryImage.fromSegments([{ address: ADDRESS, data }]);
  await write("empty.ts", "");
  await write("image.bin", data);
  await write("image.hex", formatIntelHex(image));
  await write("image.srec", formatSrec(image));
  let total = 0;
  for (const { core, address, sizeBytes, stack } of CORES) {
    const payload = data.slice(total, total + sizeBytes - 288);
    const vectors = new DataView(payload.buffer);
    vectors.setUint32(0, stack, true);
    vectors.setUint32(4, address + 0x401, true);
    await write(`${core}.bin`, payload);
    await write(`${core}.hex`, formatIntelHex(MemoryImage.fromSegments([{ address, data: payload }])));
    total += payload.length;
  }
  const whole = data.slice(0, total);
  await write("whole.bin", whole);
  await write("whole.hex", formatIntelHex(MemoryImage.fromSegments([{ address: ADDRESS, data: whole }])));
  await write("layout.json", JSON.stringify(LAYOUT));
  const keygen = coreslot("keygen", "--type", "ed25519", "--out", "key.pem");
  const { success, stderr } = await new Deno.Command(keygen.program, { args: [...keygen.args], cwd }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** Bytes that do not compress and are the same in every run: xorshift32 by Marsaglia. */
function noise(sizeBytes: number): Uint8Array<ArrayBuffer> {
  let state = 0x2545_f491;
  return new Uint8Array(sizeBytes).map(() => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 0xff;
  });
}

function formatTable([head, ...body]: readonly (readonly string[])[]): string {
  return [head!, head!.map(() => "---"), ...body].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
