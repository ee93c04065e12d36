import assert from "node:assert/strict";
import { type Bytes, equalBytes, findPart } from "../core/mod.ts";
import { type ByteLink, LinkClosedError, LinkTimeoutError, type Procedure } from "../protocols/link/mod.ts";
import { BootRomChip } from "./boot_rom_chip.ts";
import { SimulationError } from "./error.ts";
import { enumerateCuts, enumerateWireFaults } from "./fault_lists.ts";
import { parseFaults } from "./fault_text.ts";
import type { Fault } from "./faults.ts";
import type { Firmware } from "./run_device.ts";
import { simulate, type SimulateOptions, Simulation } from "./simulation.ts";
import { Stm32 } from "./stm32.ts";
import { echo, flashImage, imageOf, type RunOptions, SERIAL, tinyFirmware, tinyHost } from "../tests/tiny_protocol.ts";

interface Tally {
  good: number;
  failed: number;
  wrong: number;
}

/** Runs each list of faults, and counts how the runs ended. Any other end is an exception. */
function sweep(faultLists: Iterable<readonly Fault[]>, options: RunOptions, image: Bytes): Tally {
  const tally: Tally = { good: 0, failed: 0, wrong: 0 };
  for (const faults of faultLists) {
    const { chip, result } = flashImage(image, { ...options, faults });
    if (result.outcome.kind === "failed") tally.failed++;
    else if (isInFlash(chip, image)) tally.good++;
    else tally.wrong++;
  }
  return tally;
}

function isInFlash(chip: Stm32, image: Bytes): boolean {
  try {
    return equalBytes(chip.flash.read(0x0800_0000, image.length), image);
  } catch {
    return false;
  }
}

const SWEEPS: readonly RunOptions[] = [{ part: "stm32f103" }, { part: "stm32h745", wire: SERIAL }];

for (const options of SWEEPS) {
  Deno.test(`every single fault of the wire is survived, and a naive host is caught: ${options.part}`, () => {
    const image = imageOf(64);
    const { result } = flashImage(image, options);
    const faults = [...enumerateWireFaults(result)].map((fault) => [fault]);
    assert.deepEqual(sweep(faults, options, image), { good: faults.length, failed: 0, wrong: 0 });
    const naive = sweep(faults, { ...options, isNaive: true }, image);
    assert(naive.failed > 0, "a fault that was not survived would have been seen");
  });

  Deno.test(`every power cut is survived, and a naive host is caught: ${options.part}`, () => {
    const image = imageOf(64);
    const { result } = flashImage(image, options);
    const cuts = [...enumerateCuts(result)].map((cut) => [cut]);
    assert.deepEqual(sweep(cuts, options, image), { good: cuts.length, failed: 0, wrong: 0 });
    assert.deepEqual(sweep(cuts, { ...options, isNaive: true }, image), { good: 0, failed: cuts.length, wrong: 0 });
  });
}

Deno.test("a naive host over a lying checksum is wrong, and the sweep sees it", () => {
  // Two flips of one bit in one frame pass an XOR.
  const image = imageOf(64);
  const faultLists = Array.from(
    { length: 8 },
    (_, bit) => parseFaults(`flip:h2t:20,bit=${bit};flip:h2t:30,bit=${bit}`),
  );
  assert.deepEqual(sweep(faultLists, { isNaive: true }, image), { good: 0, failed: 0, wrong: 8 });
  assert.deepEqual(sweep(faultLists, {}, image), { good: 8, failed: 0, wrong: 0 });
});

Deno.test("a power cut switches the device off and on: silence, then another start", () => {
  const { chip, result } = flashImage(imageOf(64), {
    wire: SERIAL,
    faults: parseFaults("cut:op=5,model=1"),
    isNaive: true,
  });
  assert(result.outcome.kind === "failed" && result.outcome.error instanceof LinkTimeoutError);
  assert.deepEqual(result.boots.map(({ cause }) => cause), ["power-on"]);
  assert.equal(chip.flash.stateAt(0x0800_0008), "torn");
  const impatient = simulate({
    host: function* (link) {
      link.send(Uint8Array.of(0x45, 0, 0x45));
      yield* link.sleep(1);
    },
    chip,
    firmware: tinyFirmware(chip),
    faults: parseFaults("cut:op=0,model=0"),
    powerOffMs: 70,
    startUpMs: 3,
  });
  assert.deepEqual([impatient.hostMs, impatient.settledMs, impatient.boots.length], [1, 73, 1]);
  const forEver = flashImage(imageOf(64), { faults: parseFaults("cut:op=5,model=1"), powerOffMs: Infinity });
  assert.equal(forEver.result.outcome.kind, "failed");
  assert.equal(forEver.result.boots.length, 0);
});

Deno.test("a device that is off, or has not come up yet, hears nothing", () => {
  const chip = new Stm32(findPart("stm32f103"), { isBoot0High: true });
  const firmware = tinyFirmware(chip);
  const heard: number[] = [];
  const result = simulate({
    host: function* (link) {
      link.send(Uint8Array.of(0x45, 0, 0x45));
      yield* link.sleep(50);
      link.send(Uint8Array.of(1, 2, 3));
      yield* link.sleep(51);
      link.send(Uint8Array.of(4));
      yield* link.sleep(2);
      link.send(Uint8Array.of(5));
    },
    chip,
    firmware: (link, boot) =>
      chip.boots.length === 1 ? firmware(link, boot) : (function* () {
        while (true) heard.push(yield* link.readByte("byte", Infinity));
      })(),
    faults: parseFaults("cut:op=0,model=0"),
  });
  assert.deepEqual([result.outcome.kind, heard], ["done", [5]]);
});

Deno.test("faults that did not happen in one run do not happen in the next", () => {
  const chip = new Stm32(findPart("stm32f103"), { isBoot0High: true });
  const simulation = new Simulation({ chip, firmware: tinyFirmware(chip) });
  const first = simulation.run((link) => tinyHost(link, imageOf(64)), { faults: parseFaults("cut:op=40,model=3") });
  const second = simulation.run((link) => tinyHost(link, imageOf(64)));
  assert.deepEqual([first.flashOperations, second.flashOperations, second.boots.length], [33, 33, 0]);
});

Deno.test("two power cuts in one run, and a command refused, and a slow erase", () => {
  const faults = parseFaults("cut:op=3,model=2;cut:op=9,model=4;nack:cmd=6;busy:op=4,ms=500");
  const { chip, result } = flashImage(imageOf(64), { faults });
  assert.deepEqual([result.outcome.kind, result.boots.length, chip.flash.eraseCounts[0]], ["done", 2, 4]);
  assert.equal(isInFlash(chip, imageOf(64)), true);
});

Deno.test("unplug closes the host's port, and the device goes on", () => {
  const chip = new Stm32(findPart("stm32f103"), { isBoot0High: true });
  const simulation = new Simulation({ chip, firmware: tinyFirmware(chip), wire: SERIAL });
  const image = imageOf(64);
  const first = simulation.run((link) => tinyHost(link, image), { faults: parseFaults("unplug:h2t:40") });
  assert(first.outcome.kind === "failed" && first.outcome.error instanceof LinkClosedError);
  assert.equal(first.outcome.error.cause, "unplugged");
  const second = simulation.run((link) => tinyHost(link, image));
  assert.deepEqual([second.outcome.kind, second.boots.length], ["done", 0]);
  assert.equal(isInFlash(chip, image), true);
  assert(simulation.nowMs >= first.settledMs + second.settledMs);
});

Deno.test("unplug loses what is on its way to the host, and leaves what has come", () => {
  const result = simulate({
    host: function* (link) {
      link.send(Uint8Array.of(1));
      yield* link.sleep(3);
      link.send(Uint8Array.of(2));
      yield* link.sleep(30);
      return link.unreadCount;
    },
    chip: new Stm32(CHIP),
    firmware: function* (link) {
      yield* link.readByte("go", Infinity);
      link.send(new Uint8Array(10));
      return yield* echo(link);
    },
    wire: { baudRate: 11_000 },
    faults: parseFaults("unplug:h2t:1"),
  });
  // The answer's bytes come at 2, 3, 4 ... ms; byte 2 would have come at 4 ms.
  assert.deepEqual(result.outcome, { kind: "done", value: 3 });
});

Deno.test("reset empties the receiver", () => {
  const heard: number[] = [];
  simulate({
    host: function* (link) {
      link.send(Uint8Array.of(1, 2, 3));
      yield* link.sleep(20);
    },
    chip: new Stm32(CHIP),
    firmware: function* (link, boot) {
      heard.push(yield* link.readByte("byte", Infinity));
      yield* link.sleep(boot.cause === "pin-reset" ? 0 : 10);
      return { kind: "reset" };
    },
    wire: { baudRate: 11_000 },
    // Byte 2 is held when byte 3 would come.
    faults: parseFaults("reset:h2t:2"),
  });
  assert.deepEqual(heard, [1]);
});

Deno.test("reset pulls the pin: the target forgets what it was at", () => {
  const { result } = flashImage(imageOf(64), { wire: SERIAL, faults: parseFaults("reset:h2t:40") });
  assert.equal(result.outcome.kind, "done");
  assert.deepEqual(result.boots.map(({ cause }) => cause), ["pin-reset"]);
});

Deno.test("a device that resets and jumps by itself", () => {
  const chip = new Stm32(findPart("stm32f407"), { isBoot0High: true });
  const firmware: Firmware = (link, boot) =>
    boot.cause === "go" ? undefined : (function* () {
      const command = yield* link.readByte("command", Infinity);
      link.send(Uint8Array.of(command));
      yield* link.flush();
      return command === 1 ? { kind: "reset" } : { kind: "go", address: 0x0800_0000 };
    })();
  const ask = function* (link: ByteLink, command: number): Procedure<number> {
    link.send(Uint8Array.of(command));
    return yield* link.readByte("answer", 100);
  };
  const result = simulate({
    host: function* (link) {
      yield* ask(link, 1);
      yield* link.sleep(5);
      yield* ask(link, 2);
      yield* link.sleep(5);
      return yield* ask(link, 3);
    },
    chip,
    firmware,
  });
  assert.equal(result.outcome.kind, "failed", "an application does not answer");
  assert.deepEqual(result.boots.map(({ cause }) => cause), ["software-reset", "go"]);
});

const CHIP = findPart("stm32f407");

Deno.test("a livelock is an error that shows what went on", () => {
  const chatter = function* (link: ByteLink): Procedure<never> {
    while (true) {
      link.send(Uint8Array.of(0x55));
      yield* link.readByte("chatter", 1000);
    }
  };
  const run = (limits: Partial<SimulateOptions<never>>) =>
    simulate({ host: chatter, chip: new Stm32(CHIP), firmware: echo, wire: SERIAL, ...limits });
  assert.throws(
    () => run({ maxSteps: 1000 }),
    (error) =>
      error instanceof SimulationError && error.code === "too-many-steps" && error.lastLines.length >= 40 &&
      error.message.includes("> 55"),
  );
  assert.throws(
    () => run({ maxMs: 1000 }),
    (error) => error instanceof SimulationError && error.code === "too-long" && error.atMs > 1000 && error.atMs < 1001,
  );
});

Deno.test("a livelock in which no time passes is found as well", () => {
  const host = function* (link: ByteLink): Procedure<never> {
    while (true) {
      link.send(Uint8Array.of(1));
      yield* link.flush();
    }
  };
  assert.throws(() => simulate({ host, chip: new Stm32(CHIP), firmware: echo, maxSteps: 1000 }), SimulationError);
});

Deno.test("two ends that wait for each other for ever are stuck", () => {
  assert.throws(
    () => simulate({ host: (link) => link.readByte("anything", Infinity), chip: new Stm32(CHIP), firmware: echo }),
    (error) => error instanceof SimulationError && error.code === "stuck",
  );
});

Deno.test("a target that hangs does not hold up the end of a run", () => {
  const result = simulate({
    host: function* (link) {
      link.send(new Uint8Array(10));
      return yield* link.readByte("answer", 100);
    },
    chip: new Stm32(CHIP),
    firmware: function* (link) {
      yield* link.readByte("command", Infinity);
      yield* link.sleep(Infinity);
      return { kind: "reset" };
    },
  });
  assert.deepEqual([result.outcome.kind, result.settledMs], ["failed", 100]);
});

Deno.test("a device that resets for ever is given up after a while, and that is no error", () => {
  const result = simulate({
    host: (link) => link.sleep(1),
    chip: new Stm32(CHIP),
    firmware: function* (link) {
      yield* link.sleep(0);
      return { kind: "reset" };
    },
    startUpMs: 2,
    settleWithinMs: 100,
  });
  assert.deepEqual([result.outcome.kind, result.isSettled, result.settledMs], ["done", false, 102]);
  // At 0, 2, 4 ... 100 ms.
  assert.equal(result.boots.length, 51);
});

Deno.test("a cut hits the first operation of a device, which is done before any time passes", () => {
  const chip = new Stm32(CHIP);
  const result = simulate({
    host: (link) => link.sleep(1),
    chip,
    firmware: function* (link) {
      yield* new BootRomChip(chip).write(link, 0x0800_0000, Uint8Array.of(1, 2, 3, 4));
      return { kind: "reset" };
    },
    faults: parseFaults("cut:op=0,model=4"),
    powerOffMs: Infinity,
  });
  assert.deepEqual([result.isSettled, chip.flash.stateAt(0x0800_0000)], [true, "torn"]);
});

Deno.test("a mistake in the target is thrown, not taken for an outcome", () => {
  const firmware: Firmware = function* (link) {
    yield* link.readByte("command", Infinity);
    throw new TypeError("a mistake");
  };
  const host = function* (link: ByteLink): Procedure<void> {
    link.send(Uint8Array.of(1));
    yield* link.sleep(1);
  };
  assert.throws(() => simulate({ host, chip: new Stm32(CHIP), firmware }), new TypeError("a mistake"));
});
