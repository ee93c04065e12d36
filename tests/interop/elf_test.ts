import assert from "node:assert/strict";
import { join } from "node:path";
import { MemoryImage, type Segment } from "../../core/mod.ts";
import { decodeElf, parseIntelHex } from "../../packager/formats/mod.ts";
import { peerTest, runPeer, withTempDir } from "../peers.ts";
import { assertSameImage } from "./assert_same_image.ts";
import { firmwareFiles } from "./firmware_files.ts";
import { convertByPeer, CONVERTERS } from "./peer_conversions.ts";

/**
 * Files whose sections stand at other addresses than their segments: armlink gives `.data` its address in RAM, so only
 * the program header says where it is loaded.
 */
const SECTIONS_ELSEWHERE: ReadonlySet<string> = new Set(["l4p5-keil-pka.axf"]);

const [OBJCOPY] = CONVERTERS;

peerTest("arm-none-eabi-objcopy", "decodeElf() and objcopy give the same image", async () => {
  for (const { name, bytes } of firmwareFiles("elf")) {
    if (SECTIONS_ELSEWHERE.has(name)) continue;
    const image = decodeElf(bytes);
    const theirs = parseIntelHex(
      await convertByPeer(OBJCOPY!, bytes, { from: "elf", to: "hex", addressStart: 0, addressEnd: 0 }),
    );
    assertSameImage(image, theirs, name);
  }
});

peerTest("arm-none-eabi-readelf", "decodeElf() and readelf agree on the segments to load", async () => {
  for (const { name, bytes } of firmwareFiles("elf")) {
    const image = decodeElf(bytes);
    const loaded = await listSegments(bytes);
    assert(loaded.length > 0, name);
    assertSameImage(image, MemoryImage.fromSegments(loaded), name);
  }
});

/** Reads what `readelf` prints about the segments of type LOAD that have bytes in the file. */
function listSegments(elf: Uint8Array): Promise<readonly Segment[]> {
  return withTempDir(async (folder) => {
    const path = join(folder, "firmware.elf");
    await Deno.writeFile(path, elf);
    const { code, stdout, stderr } = await runPeer("arm-none-eabi-readelf", ["--program-headers", "--wide", path]);
    assert.equal(code, 0, stderr);
    const rows = new TextDecoder().decode(stdout).matchAll(
      /^ {2}LOAD +(0x[0-9a-f]+) 0x[0-9a-f]+ (0x[0-9a-f]+) (0x[0-9a-f]+)/gm,
    );
    return Array.from(rows, ([, offset, address, size]) => ({
      address: Number(address),
      data: elf.slice(Number(offset), Number(offset) + Number(size)),
    })).filter(({ data }) => data.length > 0);
  });
}
