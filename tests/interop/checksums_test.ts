/**
 * The two CRC-32 of `core/`: srec_cat over whole firmware.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { crc32, crc32Stm32, roundUp } from "../../core/mod.ts";
import { encodeBinary, parseIntelHex } from "../../packager/formats/mod.ts";
import { peerTest, runPeer, withTempDir } from "../peers.ts";
import { firmwareFiles } from "./firmware_files.ts";

const KINDS: readonly [name: string, flag: string, compute: (bytes: Uint8Array, fill: number) => number][] = [
  ["crc32()", "-CRC32_Little_Endian", (bytes, fill) => crc32(padToWord(bytes, fill))],
  ["crc32Stm32()", "-STM32_Little_Endian", crc32Stm32],
];

for (const [name, flag, compute] of KINDS) {
  for (const fill of [0xff, 0x00]) {
    peerTest("srec_cat", `${name} agrees over whole firmware, filled with ${fill} to the last word`, async () => {
      for (const { name: file, bytes } of images()) {
        // srec_cat drops what does not fill a word, so it gets whole words.
        assert.equal(compute(bytes, fill), await checksumByPeer(padToWord(bytes, fill), flag), file);
      }
    });
  }
}

function padToWord(bytes: Uint8Array, fill: number): Uint8Array {
  const padded = new Uint8Array(roundUp(bytes.length, 4)).fill(fill);
  padded.set(bytes);
  return padded;
}

function images(): readonly { readonly name: string; readonly bytes: Uint8Array }[] {
  const examples = firmwareFiles("hex").slice(0, 2);
  const odd = {
    name: "cm7.hex without its last byte",
    bytes: encodeBinary(parseIntelHex(examples[0]!.bytes)).subarray(0, -1),
  };
  return [
    odd,
    ...examples.map(({ name, bytes }) => ({ name, bytes: encodeBinary(parseIntelHex(bytes)) })),
    ...firmwareFiles("bin"),
  ];
}

function checksumByPeer(bytes: Uint8Array, flag: string): Promise<number> {
  return withTempDir(async (folder) => {
    const end = bytes.length;
    await Deno.writeFile(join(folder, "in.bin"), bytes);
    const args = ["in.bin", "-Binary", flag, `${end}`, "-Crop", `${end}`, `${end + 4}`, "-Offset", `-${end}`];
    const { code, stderr } = await runPeer("srec_cat", [...args, "-Output", "out.bin", "-Binary"], { cwd: folder });
    assert.equal(code, 0, stderr);
    const stored = await Deno.readFile(join(folder, "out.bin"));
    return new DataView(stored.buffer).getUint32(0, true);
  });
}
