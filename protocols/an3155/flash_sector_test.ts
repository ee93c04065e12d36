import assert from "node:assert/strict";
import { MemoryImage } from "../../core/mod.ts";
import { findPart } from "../../core/parts/mod.ts";
import { ArrayDevice } from "../../tests/array_device.ts";
import { runLoopback } from "../../tests/loopback.ts";
import type { Procedure } from "../link/mod.ts";
import type { FlashOutcome } from "./device.ts";
import { flashImage, type FlashResult } from "./flash_image.ts";
import type { SessionEvent } from "./line.ts";
import { profileFor } from "./profiles.ts";
import { runBootRom } from "./target.ts";

const FLASH_START = 0x0800_0000;
const g071 = findPart("stm32g071xb");
const DATA = Uint8Array.from({ length: 1000 }, (_, index) => index * 7 + 1 & 0xff);

function flash(device: ArrayDevice, observer?: (event: SessionEvent) => void): FlashResult {
  const image = MemoryImage.fromSegments([{ address: FLASH_START, data: DATA }]);
  return runLoopback(
    (link) => flashImage(link, image, { part: g071, observer }),
    (link) => runBootRom(link, { device, profile: profileFor(g071) }),
    { isRestarted: true },
  ).value;
}

/** A chip that notes each write that its first words do not find erased. */
class WatchfulDevice extends ArrayDevice {
  readonly dirtyWrites: number[] = [];

  override *write(...[link, address, data]: Parameters<ArrayDevice["write"]>): Procedure<FlashOutcome> {
    const at = address - FLASH_START;
    if (this.flash.subarray(at, at + data.length).some((byte) => byte !== 0xff)) this.dirtyWrites.push(address);
    return yield* super.write(link, address, data);
  }
}

Deno.test("flashImage() erases before it writes a block again of which a part is there", () => {
  const device = new WatchfulDevice(g071);
  const write = device.write.bind(device);
  let count = 0;
  device.write = function* (link, address, data): Procedure<FlashOutcome> {
    if (++count !== 2) return yield* write(link, address, data);
    yield* write(link, address, data.slice(0, 64));
    return "failed";
  };
  const { rewrittenSectorCount, recoveryCount } = flash(device);
  assert.deepEqual([rewrittenSectorCount, recoveryCount], [1, 1]);
  assert.deepEqual(device.dirtyWrites, [], "a word that is written twice has a broken ECC");
  assert.deepEqual(device.flash.slice(0, DATA.length), DATA);
});

Deno.test("flashImage() writes a block again of which nothing is there, without an erase", () => {
  const device = new WatchfulDevice(g071);
  const write = device.write.bind(device);
  let count = 0;
  device.write = function* (link, address, data): Procedure<FlashOutcome> {
    return ++count === 2 ? "failed" : yield* write(link, address, data);
  };
  assert.equal(flash(device).rewrittenSectorCount, 0);
  assert.deepEqual([device.dirtyWrites, device.erasedSectors], [[], [0]]);
});

Deno.test("flashImage() reads a block twice before it believes that it is wrong: bytes on the wire have no checksum", () => {
  for (let disturbed = 0; disturbed < 4; disturbed++) {
    const device = new ArrayDevice(g071);
    const read = device.read.bind(device);
    let count = 0;
    device.read = (address, sizeBytes) => {
      const outcome = read(address, sizeBytes);
      if (count++ === disturbed && outcome.kind === "bytes") outcome.bytes[5]! ^= 0x10;
      return outcome;
    };
    assert.equal(flash(device).rewrittenSectorCount, 0);
    assert.deepEqual([device.erasedSectors, count], [[0], 5], "four blocks, one of them twice");
  }
});

Deno.test("flashImage() tells how far a rewrite has come, and ends at all bytes", () => {
  const device = new ArrayDevice(g071);
  const write = device.write.bind(device);
  let count = 0;
  device.write = function* (link, address, data): Procedure<FlashOutcome> {
    return yield* write(link, address, ++count === 3 ? data.map((byte) => byte & 0x0f) : data);
  };
  const events: string[] = [];
  const result = flash(device, (event) => {
    if (event.kind === "rewriting") events.push("rewriting");
    if (event.kind === "progress") events.push(`${event.task} ${event.doneBytes}`);
  });
  assert.equal(result.rewrittenSectorCount, 1);
  assert.deepEqual(events, [
    "erase 2048",
    ...["write 256", "write 512", "write 768", "verify 256", "verify 512"],
    ...["rewriting", "erase 2048"],
    ...["write 256", "verify 256", "write 512", "verify 512", "write 768", "verify 768"],
    ...["write 1000", "verify 1000"],
  ]);
});
