/**
 * A release script: takes what the compiler built for each core, gives one signed update bundle, and leaves nothing to
 * chance: the same inputs give the same bytes, and the bundle is verified before it is written.
 *
 * ```sh
 * deno run --allow-read --allow-write examples/release.ts --key key.pem --version 1.2.3+4 --counter 7 \
 *   --out update.cslot CM7=examples/firmware/cm7.elf CM4=examples/firmware/cm4.elf
 * ```
 *
 * @module
 */

import { basename } from "node:path";
import { parseArgs } from "node:util";
import {
  type CoreImage,
  findLayout,
  formatHex,
  importPrivateKey,
  packBundle,
  readImage,
  verifyUpdate,
} from "@coreslot/coreslot";

/** What this project always releases for. Another product has another line here. */
const LAYOUT = findLayout("stm32h747");
const PRODUCT = "example blinker";

if (import.meta.main) {
  try {
    console.log(await release(Deno.args));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    console.error(error.message);
    if ("advice" in error && error.advice !== undefined) console.error(`  ${error.advice}`);
    Deno.exit(1);
  }
}

/**
 * Makes a release.
 *
 * @param args Flags, and one `CORE=FILE` for each core.
 * @returns What was done, in a line.
 */
export async function release(args: readonly string[]): Promise<string> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      key: { type: "string" },
      version: { type: "string" },
      counter: { type: "string" },
      out: { type: "string" },
    },
    allowPositionals: true,
  });
  const { key: keyPath, version, counter, out } = values;
  if (keyPath === undefined || version === undefined || counter === undefined || out === undefined) {
    throw new TypeError("Cannot release: --key, --version, --counter and --out are needed");
  }

  const key = await importPrivateKey(await Deno.readTextFile(keyPath));
  const sources = await Promise.all(positionals.map(readSource));
  const { bundle } = await packBundle({
    layout: LAYOUT,
    images: sources,
    version,
    counter: Number(counter),
    product: PRODUCT,
    metadata: new TextEncoder().encode(describeInputs(sources)),
    key,
  });
  await verifyUpdate(bundle, { keys: [key.publicKey], layout: LAYOUT });
  await writeWhole(out, bundle);
  return `${out}: ${PRODUCT} ${version}, ${sources.map(({ core }) => core).join(" and ")}, ${bundle.length} bytes`;
}

/** What the compiler built for one core. */
interface Source extends CoreImage {
  /** File name, without its folders: those are nobody's business, and differ from machine to machine. */
  readonly file: string;
  /** SHA-256 of the file, in hexadecimal. */
  readonly sha256: string;
}

/** Reads one `CORE=FILE`: ELF, HEX, S-records, DfuSe or UF2, told apart by content. */
async function readSource(argument: string): Promise<Source> {
  const [name, path = ""] = argument.split("=");
  const core = LAYOUT.slots.map((slots) => slots.core).find((known) => known === name);
  if (core === undefined) throw new TypeError(`Cannot take ${argument}: ${LAYOUT.name} has no core of that name`);
  const bytes = await Deno.readFile(path);
  const { image } = readImage(bytes);
  const sha256 = formatHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
  return { core, image, file: basename(path), sha256 };
}

/** Says what the release was made of. The bundle carries the text, and its digest is under every image's signature. */
function describeInputs(sources: readonly Source[]): string {
  const inputs = sources.map(({ core, file, sha256 }) => ({ core, file, sha256 }));
  return `${JSON.stringify({ inputs }, undefined, 2)}\n`;
}

/** Writes a file that is either whole or not there. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.part`;
  try {
    await Deno.writeFile(temporary, bytes);
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
}
