import assert from "node:assert/strict";
import { MemoryImage } from "../../core/mod.ts";
import { findPart, type Part, PARTS } from "../../core/parts/mod.ts";
import { ArrayDevice } from "../../tests/array_device.ts";
import { type LoopbackResult, runLoopback } from "../../tests/loopback.ts";
import { type ByteLink, type Procedure, ReadBackError, RefusedError, type TraceEntry } from "../link/mod.ts";
import { COMMANDS } from "./constants.ts";
import type { FlashOutcome } from "./device.ts";
import { BootRomError, type BootRomErrorCode } from "./error.ts";
import { flashImage, type FlashImageOptions, type FlashResult } from "./flash_image.ts";
import type { SessionEvent } from "./line.ts";
import { type BootRomProfile, OPEN_BOOTLOADER, profileFor, ROM_EXTENDED_ERASE } from "./profiles.ts";
import { connect, eraseFlash, readRange } from "./session.ts";
import { runBootRom } from "./target.ts";

const FLASH_START = 0x0800_0000;
const f407 = findPart("stm32f407xg");

interface Setup {
  readonly part?: Part;
  readonly device?: ArrayDevice;
  readonly profile?: BootRomProfile;
  readonly trace?: (entry: TraceEntry) => void;
}

function run<T>(host: (link: ByteLink) => Procedure<T>, setup: Setup = {}): LoopbackResult<T> {
  const { part = f407, device = new ArrayDevice(part), profile = profileFor(part), trace } = setup;
  return runLoopback(host, (link) => runBootRom(link, { device, profile }), {
    isRestarted: true,
    ...(trace === undefined ? {} : { trace }),
  });
}

const flash = (image: MemoryImage, options: FlashImageOptions = {}, setup: Setup = {}): FlashResult =>
  run((link) => flashImage(link, image, { part: setup.part ?? f407, ...options }), setup).value;

const imageOf = (...segments: readonly (readonly [number, Uint8Array<ArrayBuffer>])[]) =>
  MemoryImage.fromSegments(segments.map(([address, data]) => ({ address, data })));

const bytes = (sizeBytes: number) => Uint8Array.from({ length: sizeBytes }, (_, index) => index * 7 + 1 & 0xff);

const failsWith = (code: BootRomErrorCode) => (error: unknown) => error instanceof BootRomError && error.code === code;

// ---- connect ----

for (const name of ["stm32f407xg", "stm32f407xe", "stm32f103xb", "stm32l053x8", "stm32g0b1xe", "stm32h743xi"]) {
  Deno.test(`connect() finds an ${name} by product id and flash size`, () => {
    assert.equal(run(connect, { part: findPart(name) }).value.part.name, name);
  });
}

Deno.test("connect() takes parts that nothing here can tell apart for the first of them", () => {
  const [h745, h743] = ["stm32h745xi", "stm32h743xi"].map(findPart) as [Part, Part];
  assert.equal(run(connect, { part: h745 }).value.part, h743);
  assert.equal(run((link) => connect(link, { part: h745 }), { part: h745 }).value.part, h745);
});

Deno.test("connect() asks the caller where the ROM does not give the flash size", () => {
  const device = new ArrayDevice(f407);
  device.isReadable = () => false;
  assert.throws(() => run(connect, { device }), failsWith("ambiguous-chip"));
  assert.equal(run((link) => connect(link, { part: f407 }), { device }).value.part, f407);
});

Deno.test("connect() reads the flash size word by word where the ROM refuses the block around it", () => {
  const device = new ArrayDevice(f407);
  const address = f407.identity.flashSizeAddress;
  device.isReadable = (asked) => asked === address;
  assert.equal(run(connect, { device }).value.part, f407);
});

Deno.test("connect() refuses another part than the one named, and one that nobody knows", () => {
  const h743 = findPart("stm32h743xi");
  assert.throws(() => run((link) => connect(link, { part: h743 })), failsWith("wrong-part"));
  const others = PARTS.filter(({ chipId }) => chipId !== f407.chipId);
  assert.throws(() => run((link) => connect(link, { parts: others })), failsWith("unknown-chip"));
});

// ---- read and erase ----

Deno.test("readRange() gives memory and counts bytes", () => {
  const device = new ArrayDevice(f407);
  device.flash.set(bytes(600), 100);
  const events: SessionEvent[] = [];
  const observer = (event: SessionEvent) => events.push(event);
  const { value } = run(function* (link) {
    return yield* readRange(yield* connect(link, { part: f407, observer }), FLASH_START + 100, 600);
  }, { device });
  assert.deepEqual(value, bytes(600));
  const progress = events.flatMap((event) => event.kind === "progress" ? [event.doneBytes] : []);
  assert.deepEqual(progress, [256, 512, 600]);
});

Deno.test("eraseFlash() erases sector by sector where there is no mass erase", () => {
  for (const [part, profile] of [[findPart("stm32l053x8"), ROM_EXTENDED_ERASE], [f407, OPEN_BOOTLOADER]] as const) {
    const device = new ArrayDevice(part);
    device.flash.fill(0x5a);
    run(function* (link) {
      yield* eraseFlash(yield* connect(link, { part }));
    }, { part, device, profile });
    assert(device.flash.every((byte) => byte === part.flash.programUnit.erasedByte));
    const descending = device.erasedSectors.toSorted((a, b) => b - a);
    assert.deepEqual(
      device.erasedSectors.filter((index) => index !== 127),
      descending.filter((index) => index !== 127),
    );
  }
});

// ---- flashImage ----

Deno.test("flashImage() erases the sectors that it needs, from the last to the first, and no other", () => {
  const device = new ArrayDevice(f407);
  device.flash.fill(0x5a);
  flash(imageOf([FLASH_START + 0x3ffc, bytes(8)], [0x0802_0000, bytes(4)]), {}, { device });
  assert.deepEqual(device.erasedSectors, [5, 1, 0]);
  assert.equal(device.flash[0x8000], 0x5a, "sector 2 is as it was");
});

Deno.test("flashImage() writes upwards, and the last block after all others were read back", () => {
  const entries: string[] = [];
  const trace = ({ direction, bytes, note }: TraceEntry) => {
    if (direction === "out" && bytes.length === 5) entries.push(`${note} ${bytes[2]! << 8 | bytes[3]!}`);
  };
  flash(imageOf([FLASH_START, bytes(700)]), {}, { trace });
  assert.deepEqual(entries, [
    "Extended Erase 0",
    ...["Write Memory 0", "Write Memory 256"],
    ...["Read Memory 0", "Read Memory 256"],
    ...["Write Memory 512", "Read Memory 512"],
  ]);
});

Deno.test("flashImage() does not write blank blocks, and reads them back", () => {
  const device = new ArrayDevice(f407);
  const image = imageOf([FLASH_START, bytes(256)], [FLASH_START + 256, new Uint8Array(256).fill(0xff)]);
  const result = flash(image, {}, { device });
  const { writtenBytes, blankBytes, verifiedBytes, erasedSectorCount, go } = result;
  assert.deepEqual([writtenBytes, blankBytes, verifiedBytes, erasedSectorCount, go], [256, 256, 512, 1, "not-asked"]);
});

Deno.test("flashImage() asks the guard before it erases anything", () => {
  const device = new ArrayDevice(f407);
  device.flash.set(bytes(16), 0x2_0000);
  const before = device.flash.slice();
  const refusal = new BootRomError("outside-flash", "Cannot flash the image: the guard says so");
  const sectorIndexes: number[] = [];
  const read: Uint8Array[] = [];
  assert.throws(() =>
    flash(imageOf([FLASH_START, bytes(4)]), {
      *guard(memory) {
        sectorIndexes.push(...memory.sectorsToErase.map(({ index }) => index));
        read.push(yield* memory.read(0x0802_0000, 16));
        throw refusal;
      },
    }, { device }), refusal);
  assert.deepEqual([sectorIndexes, read], [[0], [bytes(16)]]);
  assert.deepEqual(device.flash, before);
  assert.deepEqual(device.erasedSectors, []);
});

Deno.test("flashImage() finds a write that the ROM acknowledged and did not do", () => {
  const device = new ArrayDevice(f407);
  device.write = function* (link): Procedure<FlashOutcome> {
    yield* link.sleep(0);
    return "protected";
  };
  const events: SessionEvent["kind"][] = [];
  const observer = ({ kind }: SessionEvent) => events.push(kind);
  assert.throws(
    () => flash(imageOf([FLASH_START, bytes(8)]), { observer }, { device }),
    (error) => error instanceof ReadBackError && error.address === FLASH_START && error.got === 0xff,
  );
  assert.equal(events.filter((kind) => kind === "rewriting").length, 3);
});

Deno.test("flashImage() finds an erase that OpenBootloader acknowledged and did not do, under a blank block", () => {
  const device = new ArrayDevice(f407);
  device.flash.fill(0x5a, 256, 512);
  device.eraseSector = function* (link): Procedure<FlashOutcome> {
    yield* link.sleep(0);
    return "protected";
  };
  const image = imageOf([FLASH_START, bytes(256)], [FLASH_START + 256, new Uint8Array(256).fill(0xff)]);
  assert.throws(() => flash(image, {}, { device, profile: OPEN_BOOTLOADER }), ReadBackError);
});

Deno.test("flashImage() rewrites a sector that was spoilt once", () => {
  const device = new ArrayDevice(f407);
  const write = device.write.bind(device);
  let count = 0;
  device.write = function* (link, address, data) {
    const isSpoilt = ++count === 2;
    return yield* write(link, address, isSpoilt ? data.map((byte) => byte & 0x0f) : data);
  };
  const result = flash(imageOf([FLASH_START, bytes(1000)]), {}, { device });
  assert.equal(result.rewrittenSectorCount, 1);
  assert.deepEqual(device.flash.slice(0, 1000), bytes(1000));
});

Deno.test("flashImage() goes on after a NACK to any of its commands", () => {
  const image = imageOf([FLASH_START, bytes(300)]);
  for (let refused = 0; refused < 12; refused++) {
    let count = 0;
    const device = Object.assign(new ArrayDevice(f407), { refusesCommand: () => count++ === refused });
    const result = flash(image, { goAddress: FLASH_START }, { device });
    assert.deepEqual([result.recoveryCount, result.go], [count > refused ? 1 : 0, "started"], `command ${refused}`);
    assert.deepEqual(device.flash.slice(0, 300), bytes(300));
  }
});

Deno.test("flashImage() says what it could not start", () => {
  const image = imageOf([FLASH_START, bytes(8)]);
  const withoutGo = { ...ROM_EXTENDED_ERASE, commands: ROM_EXTENDED_ERASE.commands.filter((c) => c !== COMMANDS.go) };
  assert.equal(flash(image, { goAddress: FLASH_START }, { profile: withoutGo }).go, "unsupported");
  const device = Object.assign(new ArrayDevice(f407), { isExecutable: () => false });
  const events: SessionEvent[] = [];
  assert.throws(
    () => flash(image, { goAddress: FLASH_START, observer: (event) => events.push(event) }, { device }),
    (error) => error instanceof RefusedError && error.command === "Go" && error.phase === "address",
  );
  const stages = events.map((event) => event.kind === "progress" ? event.task : event.kind);
  assert.equal(stages[stages.indexOf("starting") - 1], "verify", "the image is there");
  assert.deepEqual(device.flash.slice(0, 8), bytes(8));
});

Deno.test("flashImage() refuses before the erase to start where no vector table can stand", () => {
  const image = imageOf([FLASH_START, bytes(8)]);
  for (const goAddress of [0x4000_0000, 0, FLASH_START + 4, FLASH_START + 0x100, FLASH_START + 1024 * 1024, NaN]) {
    const device = new ArrayDevice(f407);
    assert.throws(() => flash(image, { goAddress }, { device }), failsWith("bad-go-address"), `${goAddress}`);
    assert.deepEqual(device.erasedSectors, []);
  }
  for (const goAddress of [FLASH_START, FLASH_START + 0x200, 0x2000_4000]) {
    assert.equal(flash(image, { goAddress }).go, "started");
  }
});

Deno.test("flashImage() says what a read-protected device refuses", () => {
  const device = new ArrayDevice(f407);
  device.isReadProtected = true;
  assert.throws(
    () => flash(imageOf([FLASH_START, bytes(8)]), {}, { device }),
    (error) => error instanceof RefusedError && error.phase === "command" && /protection/.test(error.advice ?? ""),
  );
});

Deno.test("flashImage() refuses a ROM without Write Memory, and an image without a place, before it erases", () => {
  const device = new ArrayDevice(f407);
  const profile = { ...ROM_EXTENDED_ERASE, commands: [0, 1, 2, 0x11, 0x21, 0x44] };
  const image = imageOf([FLASH_START, bytes(8)]);
  assert.throws(() => flash(image, {}, { device, profile }), failsWith("missing-command"));
  assert.throws(() => flash(imageOf([0x9000_0000, bytes(8)]), {}, { device }), failsWith("outside-flash"));
  assert.deepEqual(device.erasedSectors, []);
});

Deno.test("flashImage() with erase all uses one command", () => {
  const device = new ArrayDevice(f407);
  flash(imageOf([FLASH_START, bytes(8)]), { erase: "all" }, { device });
  assert.equal(device.erasedSectors.length, 12);
});
