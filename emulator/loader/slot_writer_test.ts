/**
 * A writer of slots on flash that holds what nobody expects: garbage behind payloads, headers that do not read any more.
 *
 * @module
 */

import assert from "node:assert/strict";
import { findLayout } from "../../packager/layouts/mod.ts";
import { slotAddressOf, slotEndAddressOf } from "../../packager/slots/mod.ts";
import { encodeSlotTrailer } from "../../packager/slot_image.ts";
import { packRelease, SWEEP_LAYOUTS } from "../../tests/sweeps/loader_releases.ts";
import { PowerLossError } from "../error.ts";
import { Flash } from "../flash.ts";
import type { FlashOperation } from "../flash_operations.ts";
import { readFlash } from "./flash_access.ts";
import { SlotWriter } from "./slot_writer.ts";
import { finishWork, type Work } from "./work.ts";

// Pages of 128 bytes. Payload in pages 0 to 2, header and commit word in pages 5 to 7 of eight.
const LAYOUT = SWEEP_LAYOUTS.get("l053-zeros")!;
const RELEASE = await packRelease(LAYOUT, { name: "x", counter: 1, sizes: [300] });
const [SLOTS] = LAYOUT.slots;
const PAYLOAD = RELEASE.payloads[0]!.subarray(0, 300);
const ADDRESS = slotAddressOf(SLOTS!, "B");
const END = slotEndAddressOf(SLOTS!, "B");
const PAGE = 128;

function createFlash(onOperation?: (operation: FlashOperation, flash: Flash) => void): Flash {
  const flash: Flash = new Flash(LAYOUT.part, { onOperation: (operation) => onOperation?.(operation, flash) });
  return flash;
}

function createWriter(flash: Flash): SlotWriter {
  return new SlotWriter(flash, RELEASE, { layout: LAYOUT, name: "B" });
}

function* writeAll(writer: SlotWriter): Work<void> {
  yield* writer.write(0, PAYLOAD.subarray(0, 160));
  yield* writer.write(0, PAYLOAD.subarray(160));
  yield* writer.seal();
}

/** Leaves half of a sector as an ECC error. */
function breakHalf(flash: Flash, address: number): void {
  const index = flash.map.sectorIndexAt(address);
  const { addressStart, sizeBytes } = flash.sectors[index]!;
  flash.operations.cutAt(0, { model: 3, half: address < addressStart + sizeBytes / 2 ? "low" : "high" });
  assert.throws(() => flash.eraseSector(index), PowerLossError);
}

Deno.test("a writer erases each sector once, and none behind the payload that is blank", async () => {
  for (const [size, pages] of [[300, [1, 1, 1, 0, 0, 1, 1, 1]], [256, [1, 1, 0, 0, 0, 1, 1, 1]]] as const) {
    const release = await packRelease(LAYOUT, { name: "x", counter: 1, sizes: [size] });
    const flash = createFlash();
    const writer = new SlotWriter(flash, release, { layout: LAYOUT, name: "B" });
    finishWork(writer.write(0, release.payloads[0]!.subarray(0, 160)));
    finishWork(writer.write(0, release.payloads[0]!.subarray(160, size)));
    finishWork(writer.seal());
    const first = flash.map.sectorIndexAt(ADDRESS);
    assert.deepEqual([...flash.eraseCounts.subarray(first, first + 8)], pages);
  }
});

Deno.test("a writer erases a sector once that holds the end of a payload and a header", async () => {
  const layout = SWEEP_LAYOUTS.get("g0b1-pages")!;
  const release = await packRelease(layout, { name: "x", counter: 1, sizes: [5000] });
  const flash = new Flash(layout.part);
  const writer = new SlotWriter(flash, release, { layout, name: "A" });
  finishWork(writer.write(0, release.payloads[0]!.subarray(0, 5000)));
  finishWork(writer.seal());
  const first = flash.map.sectorIndexAt(layout.slots[0]!.addressA);
  assert.deepEqual([...flash.eraseCounts.subarray(first, first + 3)], [1, 1, 1]);
});

Deno.test("whatever stands between payload and header is erased", () => {
  for (const address of [ADDRESS + 3 * PAGE, ADDRESS + 5 * PAGE - 4]) {
    const flash = createFlash();
    flash.preload(address, Uint8Array.of(1, 2, 3, 4));
    finishWork(writeAll(createWriter(flash)));
    assert.equal(flash.isErased(address, 4), true);
  }
  const flash = createFlash();
  breakHalf(flash, ADDRESS + 3 * PAGE);
  finishWork(writeAll(createWriter(flash)));
  assert.equal(flash.isErased(ADDRESS + 3 * PAGE, PAGE), true);
});

Deno.test("a large sector behind the payload is looked at to its end", async () => {
  const layout = findLayout("stm32h745");
  const release = await packRelease(layout, { name: "x", counter: 1, sizes: [100, 68] });
  const address = layout.slots[0]!.addressA + 0x3_ffe0;
  const flash = new Flash(layout.part);
  flash.preload(address, new Uint8Array(32));
  finishWork(new SlotWriter(flash, release, { layout, name: "A" }).write(0, PAYLOAD.subarray(0, 32)));
  assert.equal(flash.isErased(address, 32), true);
});

Deno.test("a payload that was kept as a whole is sealed over nothing", () => {
  const flash = createFlash();
  finishWork(writeAll(createWriter(flash)));
  const again = createWriter(flash);
  again.keep(0, PAYLOAD.length);
  finishWork(again.seal());
  assert.deepEqual(flash.read(END, 288), encodeSlotTrailer(RELEASE.headers[0]!));
});

/** What may become of flash right after it was written, by address. */
const SPOILERS: readonly [what: string, spoil: (flash: Flash, address: number) => void][] = [
  ["holds something else", (flash, address) => {
    flash.preload(address, new Uint8Array(flash.part.flash.programUnit.sizeBytes).fill(9));
  }],
  ["cannot be read", breakHalf],
];

for (const [what, spoil] of SPOILERS) {
  Deno.test(`flash that ${what} once it was written is seen at once`, () => {
    const flash = createFlash(({ kind, address }, flash) => {
      if (kind === "program" && address === ADDRESS) spoil(flash, ADDRESS);
    });
    assert.throws(() => finishWork(createWriter(flash).write(0, PAYLOAD)), { code: "flash-failed" });
  });

  Deno.test(`a header that ${what} when the last one was written is not committed`, async () => {
    const layout = SWEEP_LAYOUTS.get("h747-dual")!;
    const release = await packRelease(layout, { name: "x", counter: 1, sizes: [100, 68] });
    const [end, lastEnd] = layout.slots.map((slots) => slotEndAddressOf(slots, "B"));
    const flash: Flash = new Flash(layout.part, {
      onOperation({ kind, address }) {
        if (kind === "program" && address === lastEnd) spoil(flash, end!);
      },
    });
    const writer = new SlotWriter(flash, release, { layout, name: "B" });
    for (const [image, { payloadSizeBytes }] of release.headers.entries()) {
      finishWork(writer.write(image, release.payloads[image]!.subarray(0, payloadSizeBytes)));
    }
    assert.throws(() => finishWork(writer.seal()), { code: "flash-failed" });
    assert.equal(flash.isErased(lastEnd! + 256, 32), true);
  });
}

Deno.test("readFlash() answers for a broken ECC, and for nothing else", () => {
  const flash = createFlash();
  breakHalf(flash, ADDRESS);
  assert.equal(readFlash(flash, ADDRESS, 4), undefined);
  assert.throws(() => readFlash(flash, 0x1000_0000, 4), { code: "unmapped" });
});
