/**
 * A receiver of streams, and what becomes of an update that somebody else has begun.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Bytes, concatBytes, crc32 } from "../../core/mod.ts";
import { LoaderDevice } from "../../tests/sweeps/loader_device.ts";
import { configFor, packRelease, SWEEP_LAYOUTS } from "../../tests/sweeps/loader_releases.ts";
import { readBundleFront } from "./bundle_front.ts";
import { BundleReceiver } from "./bundle_receiver.ts";
import { Stager } from "./stager.ts";
import { finishWork } from "./work.ts";

const LAYOUT = SWEEP_LAYOUTS.get("h743-least")!;
const metadata = new TextEncoder().encode("what is in it");
const RELEASE = await packRelease(LAYOUT, { name: "x", counter: 1, sizes: [68], metadata });
const { bundle: BUNDLE } = RELEASE;

function createStager(): Stager {
  const device = new LoaderDevice({ config: configFor(LAYOUT, RELEASE), releases: [RELEASE] });
  return new Stager(device.enterLoader());
}

function beginOf(stager: Stager): Stager {
  stager.begin(RELEASE.records);
  finishWork(stager.write(0, 0, RELEASE.payloads[0]!.subarray(0, 32)));
  return stager;
}

/** A bundle with other fields in its header: u32 values by offset, and the CRC that belongs to them. */
function withFields(fields: Readonly<Record<number, number>>): Bytes {
  const bytes = BUNDLE.slice();
  const view = new DataView(bytes.buffer);
  for (const [offset, value] of Object.entries(fields)) view.setUint32(Number(offset), value, true);
  view.setUint32(28, crc32(bytes.subarray(0, 28)), true);
  return bytes;
}

Deno.test("readBundleFront() refuses no images, and more than there are cores", () => {
  for (const imageCount of [0, 7, 255]) {
    assert.throws(() => readBundleFront(withFields({ 20: imageCount })), { code: "bad-bundle" }, `${imageCount}`);
  }
  assert.equal(readBundleFront(withFields({ 20: 6 })).imageCount, 6);
});

Deno.test("a stream whose front is refused leaves alone what somebody else has begun", () => {
  const refused = [withFields({ 20: 7 }), withFields({ 12: BUNDLE.length + 32 }), BUNDLE.slice(0, 40)];
  for (const bytes of refused) {
    const stager = beginOf(createStager());
    const receiver = new BundleReceiver(stager);
    assert.throws(() => {
      finishWork(receiver.take(bytes));
      finishWork(receiver.end());
    }, { code: "bad-bundle" });
    assert.deepEqual([stager.state, stager.stagedBytes], ["receiving", [32]]);
  }
});

Deno.test("a stream begins at its beginning, whatever was staged before", () => {
  const stager = beginOf(createStager());
  const receiver = new BundleReceiver(stager);
  finishWork(receiver.take(BUNDLE));
  finishWork(receiver.end());
  assert.equal(stager.state, "committed");
});

Deno.test("a stream that is refused begins nothing, or ends what it has begun", () => {
  const wrongSize = withFields({ 12: BUNDLE.length + 32 });
  const wrongMetadata = BUNDLE.slice();
  wrongMetadata[BUNDLE.length - 1]! ^= 1;
  const padded = concatBytes([BUNDLE, Uint8Array.of(0x1a)]);
  for (
    const [bytes, code] of [[wrongSize, "bad-bundle"], [wrongMetadata, "verify-failed"], [
      padded,
      "bad-bundle",
    ]] as const
  ) {
    const stager = createStager();
    const receiver = new BundleReceiver(stager);
    assert.throws(() => finishWork(receiver.take(bytes)), { code });
    assert.equal(stager.state, "idle");
  }
  const stager = createStager();
  const receiver = new BundleReceiver(stager);
  finishWork(receiver.take(BUNDLE.subarray(0, BUNDLE.length - 1)));
  assert.throws(() => finishWork(receiver.end()), { code: "bad-bundle" });
  assert.equal(stager.state, "idle");
});
