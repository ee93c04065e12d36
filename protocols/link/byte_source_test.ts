import assert from "node:assert/strict";
import { concatBytes, formatHex, parseHex } from "../../core/mod.ts";
import { ByteSource } from "./byte_source.ts";

const CHUNKS = ["01", "0203", "040506"].map(parseHex);

/** The same chunks, as a stream of bytes and as one that is none. */
const STREAMS: readonly [name: string, open: () => ReadableStream<Uint8Array>][] = [
  ["a stream of bytes", () => openByteStream(true)],
  ["a stream of objects", () => ReadableStream.from<Uint8Array>(CHUNKS)],
];

function openByteStream(isEnding: boolean): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunks = CHUNKS.map((chunk) => chunk.slice());
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      const chunk = chunks.shift();
      if (chunk !== undefined) return controller.enqueue(chunk);
      if (!isEnding) throw new Error("unplugged");
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
}

async function readAll(source: ByteSource): Promise<string> {
  const parts: Uint8Array[] = [];
  for (let bytes = await source.read(); bytes !== undefined; bytes = await source.read()) parts.push(bytes.slice());
  return formatHex(concatBytes(parts));
}

for (const [name, open] of STREAMS) {
  Deno.test(`ByteSource reads ${name} to its end`, async () => {
    assert.equal(await readAll(new ByteSource(open())), "010203040506");
  });

  Deno.test(`ByteSource locks ${name}, and only once`, async () => {
    const stream = open();
    const source = new ByteSource(stream);
    assert(stream.locked);
    assert.throws(() => new ByteSource(stream), TypeError);
    await source.cancel();
    assert.equal(await source.read(), undefined);
  });
}

Deno.test("ByteSource fails as its stream does", async () => {
  await assert.rejects(readAll(new ByteSource(openByteStream(false))), /unplugged/);
});
