/**
 * The stager, given what it must refuse: nothing in flash has changed then, and the device takes the next update.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Bytes, concatBytes } from "../../core/mod.ts";
import { forgeBundle, forgeImage, resign } from "../../tests/forge.ts";
import { importKnownKey } from "../../tests/small_pair.ts";
import { LoaderDevice } from "../../tests/sweeps/loader_device.ts";
import { bring } from "../../tests/sweeps/loader_host.ts";
import { configFor, packRelease, SWEEP_LAYOUTS } from "../../tests/sweeps/loader_releases.ts";
import { packReleases } from "../../tests/sweeps/loader_scenarios.ts";
import { headerOffset } from "../../packager/bundle.ts";
import { BundleReceiver, type BundleReceiverOptions } from "./bundle_receiver.ts";
import { LoaderError, type LoaderErrorCode } from "./loader_error.ts";
import { Stager } from "./stager.ts";
import { finishWork } from "./work.ts";

const LAYOUT = SWEEP_LAYOUTS.get("h747-dual")!;
const RELEASES = await packReleases(LAYOUT, { sizes: [100, 68] });
const { first, second, third, last } = RELEASES;
const WITH_METADATA = await packRelease(LAYOUT, {
  name: "with metadata",
  counter: 2,
  sizes: [100, 68],
  metadata: new TextEncoder().encode("what is in it"),
});
const KEY = await importKnownKey("ed25519");
const OTHER_KEY = await importKnownKey("p256");

function createDevice(): LoaderDevice {
  const config = { ...configFor(LAYOUT, first), leastCounter: 1 };
  const device = new LoaderDevice({ config, releases: [...Object.values(RELEASES), WITH_METADATA] });
  bring(device, second, { way: "stream" });
  device.reset();
  return device;
}

function take(device: LoaderDevice, bundle: Uint8Array, options: BundleReceiverOptions = {}): void {
  const receiver = new BundleReceiver(new Stager(device.enterLoader()), options);
  finishWork(receiver.take(bundle));
  finishWork(receiver.end());
}

/** What slot B holds. */
function nameIn(device: LoaderDevice): string | undefined {
  return device.findWhole("B")?.name;
}

const otherLayout = SWEEP_LAYOUTS.get("f407-uneven")!;
const FOR_OTHER_PART = (await packRelease(otherLayout, { name: "other", counter: 2, sizes: [40] })).bundle;
const otherSlots = {
  ...LAYOUT,
  slots: LAYOUT.slots.map((slots) => ({ ...slots, addressB: slots.addressB + 0x2_0000 })),
};
const FOR_OTHER_SLOTS = (await packRelease(otherSlots, { name: "other", counter: 2, sizes: [100, 68] })).bundle;

/** Both headers changed alike, and signed anew by the key that the device trusts. */
function signed(changes: Parameters<typeof forgeImage>[2], index?: number): Promise<Bytes> {
  const indexes = index === undefined ? [0, 1] : [index];
  return resign(indexes.reduce((bundle, at) => forgeImage(bundle, at, changes), third.bundle), 2, KEY);
}

const wrongKey = await resign(
  [0, 1].reduce(
    (bundle, at) => forgeImage(bundle, at, { keyId: OTHER_KEY.keyId, signatureKind: 2 }),
    third.bundle,
  ),
  2,
  OTHER_KEY,
);
const swapped = concatBytes([
  third.bundle.subarray(0, 32),
  third.bundle.subarray(headerOffset(1), headerOffset(2)),
  third.bundle.subarray(headerOffset(0), headerOffset(1)),
  third.bundle.subarray(headerOffset(2)),
]);
const mixed = Uint8Array.from(third.bundle);
mixed.set(last.bundle.subarray(headerOffset(1), headerOffset(2)), headerOffset(1));

const REFUSALS: Readonly<Record<string, readonly [Uint8Array, LoaderErrorCode]>> = {
  "for another part": [FOR_OTHER_PART, "wrong-layout"],
  "for other slots": [FOR_OTHER_SLOTS, "wrong-layout"],
  "for another core": [await signed({ core: new TextEncoder().encode("CM3\0") }, 1), "wrong-layout"],
  "for the loader's own sectors": [await signed({ stagingAddress: 0x0800_0000 }, 1), "wrong-layout"],
  "that runs in the loader's sectors": [await signed({ runAddress: 0x0800_0000 }, 1), "wrong-layout"],
  "of another chip id": [await signed({ chipId: 0x413 }), "wrong-part"],
  "of another erased value": [await signed({ fill: 0 }), "wrong-part"],
  "for another product": [await signed({ productId: new Uint8Array(16).fill(9) }), "wrong-product"],
  "with a lower counter": [first.bundle, "counter-too-low"],
  "with the counter 0": [await signed({ counter: 0 }), "counter-too-low"],
  "signed by another key": [wrongKey, "unknown-key"],
  "whose key id is not its key's": [await signed({ signatureKind: 2 }), "unknown-key"],
  "with a signature of zeros": [forgeImage(third.bundle, 1, { signature: new Uint8Array(64) }), "bad-signature"],
  "with the other core's signature": [
    forgeImage(third.bundle, 1, { signature: third.headers[0]!.signature }),
    "bad-signature",
  ],
  "with headers of two sets": [mixed, "bad-set"],
  "with headers in the wrong order": [swapped, "bad-set"],
  "with the same header twice": [
    concatBytes([third.bundle.subarray(0, 288), third.bundle.subarray(32)]),
    "bad-set",
  ],
  "with a changed digest": [forgeImage(third.bundle, 0, { payloadDigest: new Uint8Array(32) }), "bad-set"],
  "with a longer payload": [forgeImage(third.bundle, 0, { payloadSizeBytes: 141 }), "bad-set"],
  "with a payload that fills its slot": [await signed({ payloadSizeBytes: 256 * 1024 }, 0), "bad-header"],
  "with an unknown flag": [forgeImage(third.bundle, 0, { flags: 1 }), "bad-header"],
  "with a damaged header": [Uint8Array.from(third.bundle, (byte, at) => at === 60 ? byte ^ 1 : byte), "bad-header"],
  "that says it is longer": [
    forgeBundle(third.bundle, { totalSizeBytes: third.bundle.length + 32 }),
    "bad-bundle",
  ],
  "that says it is shorter": [
    forgeBundle(third.bundle, { totalSizeBytes: third.bundle.length - 32 }),
    "bad-bundle",
  ],
  "that says it has metadata": [
    forgeBundle(third.bundle, { metadataSizeBytes: 32, totalSizeBytes: third.bundle.length + 32 }),
    "bad-bundle",
  ],
  "that says it has no metadata": [
    forgeBundle(WITH_METADATA.bundle, { metadataSizeBytes: 0, totalSizeBytes: WITH_METADATA.bundle.length - 13 }),
    "bad-bundle",
  ],
  "that says it has one image": [forgeBundle(third.bundle, { imageCount: 1 }), "bad-set"],
  "that says it has no image": [forgeBundle(third.bundle, { imageCount: 0 }), "bad-bundle"],
  "that says it has 255 images": [forgeBundle(third.bundle, { imageCount: 255 }), "bad-bundle"],
  "of version 2": [forgeBundle(third.bundle, { formatVersion: 2 }), "bad-bundle"],
  "that is text": [new TextEncoder().encode("hello ".repeat(500)), "bad-bundle"],
  "that is a container": [third.bundle.subarray(32), "bad-bundle"],
};

for (const [name, [bundle, code]] of Object.entries(REFUSALS)) {
  Deno.test(`a bundle ${name} is refused before anything is changed`, () => {
    const device = createDevice();
    const before = device.chip.flash.operations.count;
    assert.throws(() => take(device, bundle), { code });
    assert.equal(device.chip.flash.operations.count, before);
    // It stays usable at once, and after a reset.
    take(device, third.bundle);
    device.reset();
    assert.equal(device.boot()?.name, third.name);
  });
}

Deno.test("no byte of the front of a bundle can be damaged and go unnoticed, and nothing is changed", () => {
  const device = createDevice();
  const before = device.chip.flash.operations.count;
  for (let offset = 0; offset < headerOffset(2); offset++) {
    assert.throws(() => take(device, flip(third.bundle, offset)), LoaderError, `offset ${offset}`);
  }
  assert.equal(device.chip.flash.operations.count, before);
  take(device, third.bundle);
});

Deno.test("no byte behind it can be damaged and committed", () => {
  const device = createDevice();
  for (let offset = headerOffset(2); offset < third.bundle.length; offset++) {
    assert.throws(() => take(device, flip(third.bundle, offset)), { code: "verify-failed" }, `offset ${offset}`);
  }
  take(device, third.bundle);
});

Deno.test("a bundle of another size than announced is refused before anything is changed", () => {
  const device = createDevice();
  const before = device.chip.flash.operations.count;
  for (const announcedBytes of [0, third.bundle.length - 1, third.bundle.length + 1, 2 ** 32]) {
    assert.throws(() => take(device, third.bundle, { announcedBytes }), { code: "bad-bundle" });
  }
  assert.equal(device.chip.flash.operations.count, before);
  take(device, third.bundle, { announcedBytes: third.bundle.length });
});

/** Found only after slot B was erased: it is not committed, and slot A is as it was. */
const LATE_REFUSALS: Readonly<Record<string, readonly [Uint8Array, LoaderErrorCode]>> = {
  "with a damaged payload": [flip(third.bundle, headerOffset(2) + 70), "verify-failed"],
  "with a damaged payload of the second core": [flip(third.bundle, headerOffset(2) + 170), "verify-failed"],
  "with damaged padding": [flip(third.bundle, headerOffset(2) + 140), "verify-failed"],
  "with damaged metadata": [flip(WITH_METADATA.bundle, WITH_METADATA.bundle.length - 1), "verify-failed"],
  "with something behind it": [concatBytes([third.bundle, Uint8Array.of(0)]), "bad-bundle"],
};

function flip(bytes: Uint8Array, offset: number): Bytes {
  return Uint8Array.from(bytes, (byte, at) => at === offset ? byte ^ 0x40 : byte);
}

for (const [name, [bundle, code]] of Object.entries(LATE_REFUSALS)) {
  Deno.test(`a bundle ${name} is not committed`, () => {
    const device = createDevice();
    assert.throws(() => take(device, bundle), { code });
    assert.notEqual(nameIn(device), third.name);
    device.reset();
    assert.equal(device.boot()?.name, second.name);
    device.reset();
    take(device, third.bundle);
    device.reset();
    assert.equal(device.boot()?.name, third.name);
  });
}

Deno.test("a bundle that ends early is not committed, wherever it ends", () => {
  const device = createDevice();
  for (let sizeBytes = 0; sizeBytes < WITH_METADATA.bundle.length; sizeBytes += 13) {
    assert.throws(() => take(device, WITH_METADATA.bundle.subarray(0, sizeBytes)), { code: "bad-bundle" });
    device.reset();
    assert.equal(device.boot()?.name, second.name);
    device.reset();
  }
  take(device, WITH_METADATA.bundle);
});

Deno.test("a bundle may come in pieces of any size, and be padded as XMODEM pads", () => {
  for (const pieceBytes of [1, 7, 31, 32, 128, 1000]) {
    const device = createDevice();
    const receiver = new BundleReceiver(new Stager(device.enterLoader()), { isPadded: true });
    const padded = new Uint8Array(Math.ceil(WITH_METADATA.bundle.length / 1024) * 1024).fill(0x1a);
    padded.set(WITH_METADATA.bundle);
    for (let at = 0; at < padded.length; at += pieceBytes) {
      finishWork(receiver.take(padded.subarray(at, at + pieceBytes)));
    }
    finishWork(receiver.end());
    assert.equal(nameIn(device), WITH_METADATA.name);
  }
});

Deno.test("padding of another kind, or too much of it, is refused", () => {
  for (const padding of [new Uint8Array(10), new Uint8Array(1024).fill(0x1a)]) {
    const device = createDevice();
    const bundle = concatBytes([third.bundle, padding]);
    assert.throws(() => take(device, bundle, { isPadded: true }), { code: "bad-bundle" });
    assert.equal(nameIn(device), undefined);
  }
});

Deno.test("steps that do not follow one another are refused", () => {
  const device = createDevice();
  const stager = new Stager(device.enterLoader());
  const bytes = third.payloads[0]!;
  const refuses = (code: LoaderErrorCode, step: () => unknown) => assert.throws(step, { code });
  refuses("not-begun", () => finishWork(stager.write(0, 0, bytes)));
  refuses("not-begun", () => finishWork(stager.finish()));
  refuses("not-begun", () => stager.resumePointOf(0));
  stager.begin(third.records);
  for (const image of [-1, 2, 0.5, NaN]) refuses("bad-image", () => finishWork(stager.write(image, 0, bytes)));
  for (const offset of [32, -32, 2 ** 32]) refuses("bad-offset", () => finishWork(stager.write(0, offset, bytes)));
  refuses("bad-offset", () => finishWork(stager.write(0, 0, new Uint8Array(31))));
  refuses("bad-offset", () => finishWork(stager.write(0, 0, new Uint8Array(192))));
  const { count } = device.chip.flash.operations;
  refuses("clone-differs", () => finishWork(stager.clone(0)));
  assert.equal(device.chip.flash.operations.count, count);
  refuses("incomplete", () => finishWork(stager.finish()));
  finishWork(stager.write(0, 0, bytes.subarray(0, 32)));
  refuses("bad-offset", () => finishWork(stager.write(0, 0, bytes.subarray(0, 32))));
  finishWork(stager.write(0, 32, bytes.subarray(32, third.headers[0]!.payloadSizeBytes)));
  refuses("bad-offset", () => finishWork(stager.write(0, bytes.length, bytes.subarray(0, 32))));
  finishWork(stager.write(1, 0, third.payloads[1]!.subarray(0, third.headers[1]!.payloadSizeBytes)));
  finishWork(stager.finish());
  refuses("not-begun", () => finishWork(stager.finish()));
  assert.equal(stager.state, "committed");
  refuses("repair-first", () => stager.begin(last.records));
});

Deno.test("a refused begin leaves what was begun before as it was", () => {
  const device = createDevice();
  const stager = new Stager(device.enterLoader());
  stager.begin(third.records);
  finishWork(stager.write(0, 0, third.payloads[0]!.subarray(0, 64)));
  assert.throws(() => stager.begin(first.records), { code: "counter-too-low" });
  stager.begin(third.records);
  assert.deepEqual(stager.resumePointOf(0), { state: "known", offset: 64 });
});
