import assert from "node:assert/strict";
import type { Bytes } from "../../core/mod.ts";
import { CdcArrayDevice } from "../../tests/cdc_array_device.ts";
import { type CdcSet, makeCdcSet, patternOf } from "../../tests/cdc_header.ts";
import { connectCdc } from "../../tests/cdc_pair.ts";
import { LinkTimeoutError, type Procedure } from "../link/mod.ts";
import type { RefusalCode } from "./constants.ts";
import { CdcRefusedError, OtherSetError, PathNotCleanError } from "./error.ts";
import { type CdcSession, openSession } from "./host.ts";
import { askDevice, unitBytesFor, type UpdateOptions, updateOverCdc, type UpdateResult } from "./update.ts";
import type { UpdateEvent } from "./update_progress.ts";

const LIMITS = { dataSizeMax: 512, window: 2, silenceMs: 2000 };
const OLD = makeCdcSet(1, [patternOf(1, 3000), patternOf(2, 2000)]);
const NEW = makeCdcSet(2, [patternOf(3, 3500), patternOf(2, 2000)]);

function makeDevice(a: CdcSet | undefined = OLD): CdcArrayDevice {
  const device = new CdcArrayDevice({ slotSizes: [4096, 4096], sectorBytes: 1024, unitBytes: 32, limits: LIMITS });
  if (a !== undefined) device.preload("a", a.images);
  return device;
}

function update(device: CdcArrayDevice, set: CdcSet, options: Partial<UpdateOptions> = {}): UpdateResult {
  return connectCdc(device, (link) => updateOverCdc(link, { ...set, sessionId: 1, ...options })).value();
}

Deno.test("updateOverCdc() sends what differs, clones the rest, and ends with the device's own report", () => {
  const device = makeDevice();
  const events: UpdateEvent[] = [];
  const result = update(device, NEW, { observer: (event) => events.push(event) });
  assert.deepEqual(result.deliveries, [{ how: "sent", sentBytes: 3500 }, { how: "cloned", sentBytes: 0 }]);
  assert.equal(result.outcome, "updated");
  assert.deepEqual(result.booted?.version, { major: 2, minor: 0, patch: 0, build: 0 });
  assert.deepEqual(device.describe().setA.setId, NEW.setId);
  const transfers = events.filter((event) => event.kind === "progress" && event.task === "transfer");
  assert.deepEqual(transfers.at(-1), { kind: "progress", task: "transfer", doneBytes: 3500, totalBytes: 3500 });
  assert.equal(events[0]?.kind, "connected");
  assert.deepEqual(events.slice(-2).map(({ kind }) => kind), ["committed", "installed"]);
});

Deno.test("updateOverCdc() leaves a device alone that runs the set already, unless it is asked to send it again", () => {
  const device = makeDevice(NEW);
  assert.equal(update(device, NEW).outcome, "unchanged");
  assert.equal(device.operationCount, 0);
  const { deliveries } = update(device, NEW, { again: true });
  assert.deepEqual(deliveries.map(({ how }) => how), ["cloned", "cloned"]);
});

Deno.test("updateOverCdc() sends everything to a device without a set", () => {
  const device = makeDevice(undefined);
  device.slots.forEach(({ a }) => a.fill(0xff));
  const { deliveries } = update(device, NEW);
  assert.deepEqual(deliveries.map(({ sentBytes }) => sentBytes), [3500, 2000]);
});

Deno.test("updateOverCdc() resumes after a reset from the sectors that agree", () => {
  for (const stagedFrames of [1, 3, 5, 7]) {
    const device = makeDevice();
    const header = NEW.images.map((image) => image.header);
    device.begin(header, { isForced: false });
    const { payload } = NEW.images[0]!;
    for (let offset = 0; offset < stagedFrames * 512; offset += 512) writeWhole(device, offset, payload);
    device.clear();
    const { deliveries } = update(device, NEW);
    const staged = Math.min(stagedFrames * 512, payload.length);
    // The sector of the last byte that agrees is in doubt; so is that of the commit word, which begins at 3072.
    const kept = Math.min(Math.floor((Math.floor(staged / 256) * 256 - 1) / 1024) * 1024, 3072);
    assert.deepEqual(deliveries[0], { how: "sent", sentBytes: payload.length - Math.max(0, kept) });
    assert.deepEqual(device.describe().setA.setId, NEW.setId);
  }
});

function writeWhole(device: CdcArrayDevice, offset: number, payload: Bytes): void {
  while (device.write(0, offset, payload.slice(offset, offset + 512)).kind === "working");
}

Deno.test("updateOverCdc() only installs what an earlier attempt has staged and committed", () => {
  const device = makeDevice();
  assert.equal(update(device, NEW, { then: "nothing" }).booted, undefined);
  assert.deepEqual(device.describe().setA.setId, OLD.setId);
  const { deliveries, booted } = update(device, NEW);
  assert.deepEqual(deliveries.map(({ how }) => how), ["kept", "kept"]);
  assert.deepEqual(booted?.setId, NEW.setId);
});

Deno.test("updateOverCdc() installs the last valid set first when it waits in slot B", () => {
  const device = makeDevice(undefined);
  device.slots.forEach(({ a }) => a.fill(0xff));
  device.preload("b", OLD.images);
  update(device, NEW);
  assert.deepEqual(device.describe().setA.setId, NEW.setId);
  const forced = makeDevice(undefined);
  forced.slots.forEach(({ a }) => a.fill(0xff));
  forced.preload("b", OLD.images);
  const { deliveries } = update(forced, NEW, { isForced: true });
  assert.deepEqual(deliveries.map(({ how }) => how), ["sent", "sent"]);
});

Deno.test("updateOverCdc() fails when the device starts another set than the one that it was brought", () => {
  const device = makeDevice();
  const other = device.describe().setA;
  device.install = () => ({ kind: "done", value: other, busyMs: 0 });
  assert.throws(
    () => update(device, NEW),
    (error: unknown) => error instanceof OtherSetError && error.code === "other-set" && error.booted.counter === 1,
  );
});

Deno.test("updateOverCdc() sends what the device could not clone, and does not ask for it a second time", () => {
  const device = makeDevice();
  let cloneCount = 0;
  device.clone = (image) => {
    cloneCount++;
    return { kind: "refused", code: "clone-differs", image, busyMs: 0 };
  };
  const { deliveries } = update(device, NEW);
  assert.deepEqual(deliveries.map(({ how }) => how), ["sent", "sent"]);
  assert.equal(cloneCount, 1);
});

Deno.test("updateOverCdc() does not ask a second time for a copy that flash has not taken", () => {
  const device = makeDevice();
  let cloneCount = 0;
  device.clone = (image) => {
    cloneCount++;
    return { kind: "refused", code: "flash-failed", image, busyMs: 0 };
  };
  const { deliveries, recoveryCount } = update(device, NEW);
  assert.deepEqual(deliveries.map(({ how }) => how), ["sent", "sent"]);
  assert.deepEqual([cloneCount, recoveryCount], [1, 1]);
});

Deno.test("updateOverCdc() has a payload copied once more when the copy was lost, and sends what waits in slot B when asked", () => {
  const device = makeDevice();
  const finish = device.finish.bind(device);
  let failureCount = 0;
  device.finish = () => {
    if (failureCount++ > 0) return finish();
    device.clear();
    device.slots[1]!.b.fill(0xff);
    return { kind: "refused", code: "verify-failed", busyMs: 0 };
  };
  assert.deepEqual(update(device, NEW).deliveries.map(({ how }) => how), ["sent", "cloned"]);
  const waiting = makeDevice();
  waiting.preload("b", NEW.images);
  assert.deepEqual(update(waiting, NEW, { again: true }).deliveries.map(({ how }) => how), ["sent", "cloned"]);
});

Deno.test("updateOverCdc() brings a set that is there and not committed", () => {
  const device = makeDevice(undefined);
  device.preload("a", NEW.images, false);
  assert.equal(update(device, NEW).outcome, "updated");
});

const REFUSALS: readonly RefusalCode[] = [
  "bad-header",
  "bad-set",
  "wrong-layout",
  "wrong-part",
  "wrong-product",
  "counter-too-low",
  "unknown-key",
  "bad-signature",
  "option-bytes",
];

for (const code of REFUSALS) {
  Deno.test(`updateOverCdc() gives up when the device says ${code}, and nothing was changed`, () => {
    const device = makeDevice();
    const { operationCount } = device;
    device.refuses = code;
    const { error } = connectCdc(device, (link) => updateOverCdc(link, { ...NEW, sessionId: 1 }));
    assert(error instanceof CdcRefusedError && error.code === code && error.command === "begin");
    assert.equal(error.image, undefined);
    assert.equal(device.operationCount, operationCount);
    device.refuses = undefined;
    assert.equal(update(device, NEW).outcome, "updated");
  });
}

/** What a host does out of order, and what it is told. */
const DISORDER: readonly [name: string, code: RefusalCode, run: (session: CdcSession) => Procedure<unknown>][] = [
  ["data before begin", "not-begun", (session) => sendOne(session, 0, 0)],
  ["a clone before begin", "not-begun", (session) => session.clone(0)],
  ["a finish before begin", "not-begun", (session) => session.finish()],
  ["data beyond those that are there", "bad-offset", (session) => begun(session, () => sendOne(session, 0, 512))],
  ["data of an image too many", "bad-image", (session) => begun(session, () => sendOne(session, 2, 0))],
  ["a finish too early", "incomplete", (session) => begun(session, () => session.finish())],
  ["a clone of what differs", "clone-differs", (session) => begun(session, () => session.clone(0))],
];

function* sendOne(session: CdcSession, image: number, offset: number): Procedure<void> {
  yield* session.sendData(image, offset, new Uint8Array(32));
  yield* session.drain();
}

function* begun(session: CdcSession, run: () => Procedure<unknown>): Procedure<void> {
  yield* session.begin(NEW.images.map(({ header }) => header));
  yield* run();
}

for (const [name, code, run] of DISORDER) {
  Deno.test(`a device refuses ${name}, and stays usable`, () => {
    const device = makeDevice();
    const { error } = connectCdc(device, function* (link) {
      yield* run(yield* openSession(link, { sessionId: 1 }));
    });
    assert(error instanceof CdcRefusedError && error.code === code, String(error));
    assert.equal(update(device, NEW).outcome, "updated");
  });
}

Deno.test("abort forgets what was begun", () => {
  const device = makeDevice();
  const report = connectCdc(device, function* (link) {
    const session = yield* openSession(link, { sessionId: 1 });
    yield* begun(session, () => sendOne(session, 0, 0));
    const before = yield* session.status();
    yield* session.abort();
    return [before, yield* session.status()];
  }).value();
  assert.deepEqual(report.map(({ state, stagedBytes }) => [state, stagedBytes]), [["receiving", [32, 0]], [
    "idle",
    [],
  ]]);
});

Deno.test("askDevice() tells what runs", () => {
  const device = connectCdc(makeDevice(), (link) => askDevice(link, 5)).value();
  assert.equal(device.setA.version.major, 1);
  assert.equal(device.setB.state, "absent");
  assert.deepEqual(device.slots.map(({ core }) => core), ["CM7", "CM6"]);
});

Deno.test("openSession() tells a path that swallows bytes from a device that is not there", () => {
  const swallowing = (bytes: Bytes) => bytes.filter((byte) => byte !== 0x11 && byte !== 0x13);
  const sevenBits = (bytes: Bytes) => bytes.map((byte) => byte & 0x7f);
  // Five greetings of 2 s; what comes back damaged tells enough, where nothing does a bare greeting is tried.
  const paths = [
    [{ toHost: swallowing }, 10_000],
    [{ toHost: sevenBits }, 10_000],
    [{ toTarget: swallowing }, 10_000],
    [{ toTarget: swallowing, toHost: swallowing }, 20_000],
  ] as const;
  for (const [path, endMs] of paths) {
    const outcome = connectCdc(makeDevice(), (link) => openSession(link, { sessionId: 0x22334455 }), path);
    assert(outcome.error instanceof PathNotCleanError, String(outcome.error));
    assert.equal(outcome.endMs, endMs);
  }
  const { error } = connectCdc(makeDevice(), (link) => openSession(link, { sessionId: 1 }), {
    toTarget: () => new Uint8Array(0),
  });
  assert(error instanceof LinkTimeoutError && error.expected === "reply to hello");
});

Deno.test("unitBytesFor() fits the CRCs of every slot into a frame", () => {
  assert.equal(unitBytesFor(24 * 1024, 512), 256);
  assert.equal(unitBytesFor(512 * 1024, 3712), 1024);
  assert.equal(unitBytesFor(960 * 1024, 3712), 2048);
  assert.equal(unitBytesFor(1, 512), 256);
  assert.deepEqual([unitBytesFor(128 * 256, 512), unitBytesFor(128 * 256 + 1, 512)], [256, 512]);
});

Deno.test("updateOverCdc() fails when the last reply is lost with the device, but has told that the set is committed", () => {
  const device = makeDevice();
  const events: string[] = [];
  const observer = ({ kind }: UpdateEvent) => events.push(kind);
  const isBoot = (bytes: Bytes) => bytes[0] === 2 && bytes[1] === 0x8a;
  const { error } = connectCdc(device, (link) => updateOverCdc(link, { ...NEW, sessionId: 1, observer }), {
    toHost: (bytes) => isBoot(bytes) ? new Uint8Array(0) : bytes,
  });
  assert(error instanceof LinkTimeoutError && error.expected === "reply to boot");
  assert.equal(events.findLast((kind) => kind !== "repeated"), "committed");
  assert.deepEqual(device.describe().setA.setId, NEW.setId);
});
