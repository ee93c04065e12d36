/**
 * Deliveries over CDC, in virtual time: what a host knows when the wire, the power or the device itself goes away.
 */

import assert from "node:assert/strict";
import { parseFaults, Simulation, Stm32 } from "../emulator/mod.ts";
import {
  createLoaderFirmware,
  installLoader,
  LoaderCdcDevice,
  type LoaderReport,
  reportWell,
} from "../emulator/loader/mod.ts";
import { findLayout } from "../packager/mod.ts";
import { runCdcTarget } from "../protocols/cdc/mod.ts";
import { LinkClosedError, LinkTimeoutError } from "../protocols/link/mod.ts";
import {
  CdcDelivery,
  type CdcDeliveryOptions,
  cdcUpdateOf,
  deliverOverCdc,
  type DeliveryEvent,
} from "../updates/mod.ts";
import { createSmallImages, importKnownKey, packSmallPair } from "./small_pair.ts";

const LAYOUT = findLayout("stm32h745");
const KEY = (await importKnownKey("ed25519")).publicKey;
const OLD = cdcUpdateOf(await packSmallPair({ version: "1.0.0", counter: 6 }), LAYOUT);
const [NEW_CM7] = createSmallImages(1);
/** CM4 is as it was. */
const NEW = cdcUpdateOf(await packSmallPair({ version: "1.1.0", images: [NEW_CM7, createSmallImages()[1]] }), LAYOUT);

/** A device on a USB cable, with whatever was brought to it before. */
class Bench {
  readonly chip = new Stm32(LAYOUT.part);
  readonly reports: LoaderReport[] = [];
  readonly events: DeliveryEvent[] = [];
  readonly simulation: Simulation;
  #sessionCount = 0;

  /** With `listenMs` its loader listens at every reset; else it stays only where there is nothing to start. */
  constructor(listenMs: number) {
    installLoader(this.chip, LAYOUT);
    this.simulation = new Simulation({
      chip: this.chip,
      usb: { bufferBytes: 8192 },
      firmware: createLoaderFirmware(this.chip, {
        config: { layout: LAYOUT, keys: [KEY], productId: OLD.headers[0]!.productId },
        listenMs,
        transport: (link, loader) => runCdcTarget(link, { device: new LoaderCdcDevice(loader) }),
        otherwise: () => {
          reportWell(this.chip);
          return undefined;
        },
        onReport: (report) => this.reports.push(report),
      }),
    });
  }

  /** A delivery to this device; it begins with a reset, as somebody does who holds the update in hand. */
  prepare(options: Pick<CdcDeliveryOptions, "update"> & Partial<CdcDeliveryOptions>): CdcDelivery {
    return new CdcDelivery({
      drawSessionId: () => ++this.#sessionCount,
      observer: (event) => this.events.push(event),
      ...options,
    });
  }

  run(delivery: CdcDelivery, faults = "") {
    return this.simulation.run((link) => delivery.attempt(link), { faults: parseFaults(faults) }).outcome;
  }

  get running(): readonly string[] {
    return this.chip.boot.cores.map(({ kind }) => kind);
  }
}

Deno.test("a device that does not listen is told to start what it has installed", () => {
  const bench = new Bench(0);
  const outcome = bench.run(bench.prepare({ update: OLD }));
  assert(outcome.kind === "done", String(outcome.kind === "failed" && outcome.error));
  const { outcome: what, deliveries, sentBytes, booted, isAskedAfterRestart, attemptCount } = outcome.value;
  assert.deepEqual([what, sentBytes, isAskedAfterRestart, attemptCount], ["updated", 105, false, 1]);
  assert.deepEqual(deliveries.map(({ how }) => how), ["sent", "sent"]);
  assert.deepEqual(booted.setId, OLD.setId);
  assert.deepEqual(bench.running, ["runs", "runs"]);
});

/** A device with the old release in it, which listens for a while from now on. */
function benchWithOld(): Bench {
  const bench = new Bench(3_600_000);
  assert.equal(bench.run(bench.prepare({ update: OLD })).kind, "done");
  bench.events.length = 0;
  bench.reports.length = 0;
  bench.chip.reset("pin-reset");
  restart(bench);
  return bench;
}

/** Lets the loader begin anew, as a pin does that somebody pulls. */
function restart({ simulation }: Bench): void {
  simulation.run(function* (link) {
    link.send(Uint8Array.of(0));
    yield* link.sleep(100);
  }, { faults: parseFaults("reset:h2t:0") });
}

Deno.test("a device that listens is restarted, asked, and started; what it has already is not sent", () => {
  const bench = benchWithOld();
  const outcome = bench.run(bench.prepare({ update: NEW }));
  assert(outcome.kind === "done", String(outcome.kind === "failed" && outcome.error));
  const { device, deliveries, booted, isAskedAfterRestart } = outcome.value;
  assert.deepEqual([device.reason, isAskedAfterRestart], ["listening", true]);
  assert.deepEqual(deliveries.map(({ how }) => how), ["sent", "cloned"]);
  assert.deepEqual(booted.setId, NEW.setId);
  assert(bench.events.some(({ kind }) => kind === "restarting"));
  assert.deepEqual(bench.running, ["runs", "runs"]);
});

Deno.test("a device that listens and refuses is reset, so that it starts what it has", () => {
  const bench = benchWithOld();
  assert.equal(bench.run(bench.prepare({ update: NEW })).kind, "done");
  restart(bench);
  const resets = bench.chip.boots.length;
  const outcome = bench.run(bench.prepare({ update: OLD }));
  assert(outcome.kind === "failed");
  assert.equal((outcome.error as { code?: string }).code, "counter-too-low");
  assert.equal(bench.chip.boots.length, resets + 1);
  assert.equal(bench.chip.boot.cause, "software-reset");
});

Deno.test("the cable is pulled at every 50th byte to the device, and a second attempt ends the update", () => {
  const whole = benchWithOld();
  const { bytesToTarget } = whole.simulation.run((link) => whole.prepare({ update: NEW }).attempt(link));
  for (let byte = 0; byte < bytesToTarget; byte += 50) {
    const bench = benchWithOld();
    const delivery = bench.prepare({ update: NEW });
    const first = bench.run(delivery, `unplug:h2t:${byte}`);
    if (first.kind === "done") continue;
    assert(first.error instanceof LinkClosedError, `${first.error} at ${byte}`);
    assert(delivery.survives(first.error), `at ${byte}`);
    const second = bench.run(delivery);
    assert(second.kind === "done", `${second.kind === "failed" && second.error} at ${byte}`);
    assert.deepEqual(second.value.booted.setId, NEW.setId);
    assert.deepEqual(bench.running, ["runs", "runs"], `at ${byte}`);
  }
});

Deno.test("a delivery survives a lost wire, and silence only when the device has been there, and neither for ever", () => {
  const bench = new Bench(0);
  const delivery = bench.prepare({ update: OLD });
  const closed = new LinkClosedError();
  assert.equal(delivery.survives(closed), true);
  assert.equal(delivery.survives(new LinkTimeoutError("reply", 1)), false);
  bench.run(delivery, "unplug:h2t:700");
  assert.equal(delivery.survives(closed), true);
  assert.equal(delivery.survives(new LinkTimeoutError("reply", 1)), true);
  assert.equal(delivery.survives(new Error("something else")), false);
  for (let count = 0; count < 20; count++) bench.run(delivery, "unplug:h2t:0");
  assert.equal(delivery.survives(closed), true);
  for (let count = 0; count < 20; count++) bench.run(delivery, "unplug:h2t:400");
  assert.equal(delivery.survives(closed), false);
});

Deno.test("a delivery gives up on a wire that goes away ten times before the device has said anything", () => {
  const bench = new Bench(0);
  const delivery = bench.prepare({ update: OLD });
  for (let count = 1; count <= 11; count++) {
    const { kind } = bench.run(delivery, "unplug:h2t:0");
    assert.equal(kind, "failed");
    assert.equal(delivery.survives(new LinkClosedError()), count <= 10, `after ${count} attempts`);
  }
});

Deno.test("deliverOverCdc() reopens the port until the delivery is done, and ends with what the device has said", async () => {
  const bench = benchWithOld();
  const delivery = bench.prepare({ update: NEW });
  const faults = ["unplug:h2t:1000", "unplug:h2t:800"];
  const reopened: unknown[] = [];
  const report = await deliverOverCdc(delivery, {
    run: (start) => {
      const { outcome } = bench.simulation.run(start, { faults: parseFaults(faults.shift() ?? "") });
      return outcome.kind === "done" ? Promise.resolve(outcome.value) : Promise.reject(outcome.error);
    },
    reopen: (lost) => {
      reopened.push(lost);
      return Promise.resolve(true);
    },
  });
  assert.equal(reopened.length, 2);
  assert.deepEqual([report.attemptCount, report.booted.setId], [3, NEW.setId]);
});

Deno.test("deliverOverCdc() takes a device for updated that does not come back once the set is installed", async () => {
  const bench = benchWithOld();
  const delivery = bench.prepare({ update: NEW });
  const isRestarting = () => bench.events.some(({ kind }) => kind === "restarting");
  const report = await deliverOverCdc(delivery, {
    run: (start) => {
      const { outcome } = bench.simulation.run(function* (link) {
        const steps = start(link);
        while (true) {
          const step = steps.next();
          if (step.done === true) return step.value;
          // The port goes with the reset.
          if (isRestarting()) throw new LinkClosedError();
          yield step.value;
        }
      });
      return outcome.kind === "done" ? Promise.resolve(outcome.value) : Promise.reject(outcome.error);
    },
    reopen: () => Promise.resolve(false),
  });
  assert.equal(delivery.isInstalled, true);
  assert.deepEqual([report.isAskedAfterRestart, report.booted.setId], [false, NEW.setId]);
});

Deno.test("deliverOverCdc() fails with what lost the wire when it is not to be waited for", async () => {
  const bench = benchWithOld();
  const delivery = bench.prepare({ update: NEW });
  const delivering = deliverOverCdc(delivery, {
    run: (start) => {
      const { outcome } = bench.simulation.run(start, { faults: parseFaults("unplug:h2t:1000") });
      return outcome.kind === "done" ? Promise.resolve(outcome.value) : Promise.reject(outcome.error);
    },
    reopen: () => Promise.resolve(false),
  });
  await assert.rejects(delivering, LinkClosedError);
});
