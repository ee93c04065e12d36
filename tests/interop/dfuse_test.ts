/**
 * DfuSe files: dfu-suffix and dfuse-pack, both of the dfu-util project, against our reader and writer, both ways.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { equalBytes, formatHex } from "../../core/mod.ts";
import {
  decodeDfuse,
  type DfuseFile,
  type DfuseTarget,
  encodeDfuse,
  parseIntelHex,
} from "../../packager/formats/mod.ts";
import { peerTest, runPeer, withTempDir } from "../peers.ts";
import { firmwareFiles, hasFirmware } from "./firmware_files.ts";

const DEVICE = { vendorId: 0x0483, productId: 0xdf11, deviceVersion: 0x0200 } as const;

/** Both cores of the example in one target, one core in each of two, and every real image in elements as it lies. */
function ourFiles(): readonly [name: string, file: DfuseFile][] {
  const images = firmwareFiles("hex").map(({ name, bytes }) => [name, parseIntelHex(bytes).segments] as const);
  const [cm7, cm4] = images.map(([, segments]) => segments);
  const target = (alternateSetting: number, elements: DfuseTarget["elements"]): DfuseTarget => (
    { alternateSetting, name: "ST...", elements }
  );
  return [
    ["both cores in one target", { ...DEVICE, targets: [target(0, [...cm7!, ...cm4!])] }],
    ["two targets", { ...DEVICE, targets: [target(0, cm7!), target(1, cm4!)] }],
    ...images.map(([name, elements]) => [name, { ...DEVICE, targets: [target(0, elements)] }] as const),
  ].map(([name, file]) => [name, file] as [string, DfuseFile]);
}

peerTest("dfu-suffix", "encodeDfuse() writes a suffix that is accepted, and a flipped bit is not", async () => {
  for (const [name, file] of ourFiles()) {
    const bytes = encodeDfuse(file);
    const { code, stdout } = await checkSuffix(bytes);
    assert.equal(code, 0, name);
    const said = new TextDecoder().decode(stdout);
    for (const line of [/^Vendor ID:\s+0x0483$/m, /^Product ID:\s+0xDF11$/m, /^BCD device:\s+0x0200$/m]) {
      assert.match(said, line, name);
    }
    bytes[bytes.length >> 1]! ^= 1;
    assert.notEqual((await checkSuffix(bytes)).code, 0, name);
  }
});

peerTest("dfuse-pack", "encodeDfuse() writes elements that are taken apart into the same bytes", async () => {
  for (const [name, file] of ourFiles()) await assertSameElements(name, encodeDfuse(file), file);
});

peerTest("dfuse-pack", "decodeDfuse() takes real files apart into the same bytes", async () => {
  for (const { name, bytes } of firmwareFiles("dfuse")) await assertSameElements(name, bytes, decodeDfuse(bytes));
}, { ignore: !hasFirmware("dfuse") });

peerTest("dfuse-pack", "decodeDfuse() reads what it packs", async () => {
  const [cm7, cm4] = firmwareFiles("hex").map(({ bytes }) => parseIntelHex(bytes).segments[0]!);
  await withTempDir(async (folder) => {
    await Deno.writeFile(join(folder, "cm7.bin"), cm7!.data);
    await Deno.writeFile(join(folder, "cm4.bin"), cm4!.data);
    const args = ["-b", "0x08020000@0:cm7.bin", "-b", "0x08100000@1:cm4.bin", "-D", "0x0483:0xdf11", "out.dfu"];
    const { code, stderr } = await runPeer("dfuse-pack", args, { cwd: folder });
    assert.equal(code, 0, stderr);
    const { targets, ...device } = decodeDfuse(await Deno.readFile(join(folder, "out.dfu")));
    assert.deepEqual([device.vendorId, device.productId], [0x0483, 0xdf11]);
    assert.deepEqual(targets.map(({ alternateSetting }) => alternateSetting), [0, 1]);
    for (const [index, { address, data }] of [cm7!, cm4!].entries()) {
      const elements = targets[index]!.elements.map((element) => [element.address, formatHex(element.data)]);
      assert.deepEqual(elements, [[address, formatHex(data)]]);
    }
  });
});

function checkSuffix(bytes: Uint8Array) {
  return withTempDir(async (folder) => {
    await Deno.writeFile(join(folder, "firmware.dfu"), bytes);
    return await runPeer("dfu-suffix", ["--check", "firmware.dfu"], { cwd: folder });
  });
}

/** Compares what `dfuse-pack --dump` makes of a file with targets and elements that we know. */
async function assertSameElements(name: string, bytes: Uint8Array, { targets }: DfuseFile): Promise<void> {
  await withTempDir(async (folder) => {
    await Deno.writeFile(join(folder, "firmware.dfu"), bytes);
    const { code, stdout, stderr } = await runPeer("dfuse-pack", ["--dump", "firmware.dfu"], { cwd: folder });
    assert.equal(code, 0, stderr);
    const rows = new TextDecoder().decode(stdout).matchAll(/^ {2}\d+, address: (0x[0-9a-f]+), size: (\d+)$/gim);
    const elements = targets.flatMap((target) => target.elements);
    assert.deepEqual(
      Array.from(rows, ([, address, size]) => [Number(address), Number(size)]),
      elements.map(({ address, data }) => [address, data.length]),
      name,
    );
    for (const [targetIndex, target] of targets.entries()) {
      for (const [index, { data }] of target.elements.entries()) {
        const dumped = await Deno.readFile(join(folder, `firmware.dfu.target${targetIndex}.image${index}.bin`));
        assert(equalBytes(dumped, data), `${name}: target ${targetIndex}, element ${index}`);
      }
    }
  });
}
