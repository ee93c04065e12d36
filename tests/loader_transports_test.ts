/**
 * Updates of the emulated device over its transports, on a wire: YMODEM, XMODEM, the boot ROM and CDC.
 *
 * @module
 */

import assert from "node:assert/strict";
import { CUT_MODEL_NAMES, type CutModel, type Fault, Simulation, type SimulationResult } from "../emulator/mod.ts";
import {
  createLoaderFirmware,
  createModemTransport,
  LoaderCdcDevice,
  type LoaderReport,
  type LoaderTransport,
  reportWell,
  requestStay,
} from "../emulator/loader/mod.ts";
import { BootRomChip } from "../emulator/boot_rom_chip.ts";
import { concatBytes, MemoryImage } from "../core/mod.ts";
import { slotImageOf } from "../packager/extract.ts";
import { flashImage, profileFor, runBootRom } from "../protocols/an3155/mod.ts";
import { runCdcTarget, updateOverCdc } from "../protocols/cdc/mod.ts";
import type { ByteLink, Procedure } from "../protocols/link/mod.ts";
import { sendXmodem } from "../protocols/xmodem/mod.ts";
import { sendYmodem } from "../protocols/ymodem/mod.ts";
import { LoaderDevice } from "./sweeps/loader_device.ts";
import { bring } from "./sweeps/loader_host.ts";
import { configFor, type Release, SWEEP_LAYOUTS } from "./sweeps/loader_releases.ts";
import { packReleases, type ReleaseSet } from "./sweeps/loader_scenarios.ts";

const LAYOUT = SWEEP_LAYOUTS.get("g0b1-pages")!;
const DUAL = SWEEP_LAYOUTS.get("h747-dual")!;
const RELEASES = await packReleases(LAYOUT, { sizes: [2500] });
const DUAL_RELEASES = await packReleases(DUAL, { sizes: [1500, 700] });

const OVER_CDC: LoaderTransport = (link, loader) => runCdcTarget(link, { device: new LoaderCdcDevice(loader) });

/** A device on a wire, whose application hands over to the loader once. */
class Wired {
  readonly device: LoaderDevice;
  readonly reports: LoaderReport[] = [];
  readonly failures: unknown[] = [];
  readonly #simulation: Simulation;

  constructor(releases: ReleaseSet, transport: LoaderTransport | "ymodem" | "xmodem") {
    const layout = releases === DUAL_RELEASES ? DUAL : LAYOUT;
    this.device = new LoaderDevice({ config: configFor(layout, releases.first), releases: Object.values(releases) });
    const { chip } = this.device;
    bring(this.device, releases.first, { way: "stream" });
    requestStay(chip);
    chip.reset("software-reset");
    const rom = new BootRomChip(chip);
    this.#simulation = new Simulation({
      chip,
      firmware: createLoaderFirmware(chip, {
        config: this.device.config,
        transport: typeof transport === "string"
          ? createModemTransport({ protocol: transport, onFailure: (error) => this.failures.push(error) })
          : transport,
        onReport: (report) => this.reports.push(report),
        otherwise: (link, boot) => {
          if (boot.cores[0]?.kind === "boot-rom") {
            return runBootRom(link, { device: rom, profile: profileFor(layout.part) });
          }
          reportWell(chip);
          return undefined;
        },
      }),
      receiverDepthBytes: 16_384,
      wire: { baudRate: 921_600 },
    });
  }

  run<T>(host: (link: ByteLink) => Procedure<T>, faults: readonly Fault[] = []): SimulationResult<T> {
    return this.#simulation.run(host, { faults, maxMs: 600_000 });
  }

  get running(): string | undefined {
    const { cores } = this.device.chip.boot;
    const isStarted = cores.every((core, index) =>
      core.kind === "runs" && core.address === this.device.config.layout.slots[index]?.addressA
    );
    return isStarted ? this.device.findWhole("A")?.name : undefined;
  }
}

const sendOver = (protocol: "ymodem" | "xmodem", release: Release) => (link: ByteLink): Procedure<unknown> =>
  protocol === "xmodem"
    ? sendXmodem(link, release.bundle)
    : sendYmodem(link, [{ name: "update.cslot", data: release.bundle }]);

for (const protocol of ["ymodem", "xmodem"] as const) {
  Deno.test(`a bundle comes over ${protocol}, is installed and runs`, () => {
    const wired = new Wired(RELEASES, protocol);
    const { outcome } = wired.run(sendOver(protocol, RELEASES.second));
    assert.equal(outcome.kind, "done", outcome.kind === "failed" ? String(outcome.error) : "");
    assert.equal(wired.running, "second");
    assert.deepEqual(wired.reports.map(({ action, reason }) => reason ?? action), ["host-request", "boot"]);
    assert.deepEqual(wired.reports[1]!.copies.map(({ reason }) => reason), ["install"]);
  });

  Deno.test(`a bundle that is refused over ${protocol} is cancelled, and another one taken`, () => {
    const wired = new Wired(RELEASES, protocol);
    assert.equal(wired.run(sendOver(protocol, RELEASES.second)).outcome.kind, "done");
    requestStay(wired.device.chip);
    const reset: Fault = { kind: "reset", direction: "h2t", byteIndex: 0 };
    wired.run(function* (link) {
      link.send(Uint8Array.of(0));
      yield* link.sleep(5000);
    }, [reset]);
    const before = wired.device.chip.flash.operations.count;
    const { outcome } = wired.run(sendOver(protocol, RELEASES.first));
    assert.equal(outcome.kind, "failed");
    assert.deepEqual(wired.failures.map((error) => (error as { code: string }).code), ["counter-too-low"]);
    assert.equal(wired.device.chip.flash.operations.count, before);
    assert.equal(wired.run(sendOver(protocol, RELEASES.last)).outcome.kind, "done");
    assert.equal(wired.running, "last");
  });
}

Deno.test("a file of another size than the bundle's is refused over YMODEM before anything is erased", () => {
  const wired = new Wired(RELEASES, "ymodem");
  const before = wired.device.chip.flash.operations.count;
  const data = concatBytes([RELEASES.second.bundle, new Uint8Array(32).fill(0x1a)]);
  assert.equal(wired.run((link) => sendYmodem(link, [{ name: "update.cslot", data }])).outcome.kind, "failed");
  assert.deepEqual(wired.failures.map((error) => (error as { code: string }).code), ["bad-bundle"]);
  assert.equal(wired.device.chip.flash.operations.count, before);
});

Deno.test("an update over YMODEM takes as long as its flash, staging and copying", () => {
  const run = (faults: readonly Fault[]) =>
    new Wired(RELEASES, "ymodem").run(sendOver("ymodem", RELEASES.second), faults);
  const { settledMs, flashOperations } = run([]);
  for (const operation of [0, flashOperations - 1]) {
    const slow = run([{ kind: "busy", operation, extraMs: 500 }]);
    assert(Math.abs(slow.settledMs - settledMs - 500) < 1, `${slow.settledMs} and ${settledMs}`);
  }
});

Deno.test("power goes away in every 40th flash operation of an update over YMODEM, and the next try succeeds", () => {
  const whole = new Wired(RELEASES, "ymodem");
  const { flashOperations } = whole.run(sendOver("ymodem", RELEASES.second));
  for (let operation = 0; operation < flashOperations; operation += 40) {
    const wired = new Wired(RELEASES, "ymodem");
    const cut: Fault = { kind: "cut", operation, model: operation % CUT_MODEL_NAMES.length as CutModel };
    wired.run(sendOver("ymodem", RELEASES.second), [cut]);
    assert(["first", "second"].includes(wired.running ?? ""), `${wired.running} after a cut in ${operation}`);
    requestStay(wired.device.chip);
    wired.run(function* (link) {
      link.send(Uint8Array.of(0));
      yield* link.sleep(5000);
    }, [{ kind: "reset", direction: "h2t", byteIndex: 0 }]);
    assert.equal(wired.run(sendOver("ymodem", RELEASES.third)).outcome.kind, "done");
    assert.equal(wired.running, "third");
  }
});

Deno.test("the boot ROM writes slots B, and the loader installs what it finds after the reset", () => {
  const wired = new Wired(DUAL_RELEASES, "ymodem");
  const { chip } = wired.device;
  chip.isBoot0High = true;
  chip.powerCycle();
  const { bundle } = DUAL_RELEASES.second;
  const image = MemoryImage.fromSegments(
    DUAL.slots.flatMap(({ core }) => slotImageOf(bundle, core, { slot: "B" }).segments),
  );
  const { outcome } = wired.run((link) => flashImage(link, image, { part: DUAL.part }));
  assert.equal(outcome.kind, "done", outcome.kind === "failed" ? String(outcome.error) : "");
  chip.isBoot0High = false;
  wired.run(function* (link) {
    link.send(Uint8Array.of(0));
    yield* link.sleep(20_000);
  }, [{ kind: "reset", direction: "h2t", byteIndex: 0 }]);
  assert.deepEqual(wired.reports.map(({ copies }) => copies.map(({ reason }) => reason)), [["install"]]);
  assert.equal(wired.running, "second");
});

Deno.test("an update over CDC sends what differs, copies the rest, and starts both cores", () => {
  const wired = new Wired(DUAL_RELEASES, OVER_CDC);
  const { second } = DUAL_RELEASES;
  const images = second.records.map((header, index) => ({
    header,
    payloadDigest: second.headers[index]!.payloadDigest,
    payload: second.payloads[index]!.subarray(0, second.headers[index]!.payloadSizeBytes),
  }));
  const { outcome } = wired.run((link) =>
    updateOverCdc(link, { images, setId: second.headers[0]!.setId, sessionId: 1 })
  );
  assert(outcome.kind === "done", outcome.kind === "failed" ? String(outcome.error) : "");
  assert.equal(wired.running, "second");
});

Deno.test("a loader that listens starts the application unless somebody speaks", () => {
  for (const [spokenAtMs, expected] of [[50, "listening"], [500, "boot"]] as const) {
    const reports: LoaderReport[] = [];
    const reasons: (string | undefined)[] = [];
    const device = new LoaderDevice({
      config: configFor(LAYOUT, RELEASES.first),
      releases: Object.values(RELEASES),
    });
    bring(device, RELEASES.first, { way: "stream" });
    device.reset();
    const simulation = new Simulation({
      chip: device.chip,
      firmware: createLoaderFirmware(device.chip, {
        config: device.config,
        *transport(link, loader) {
          reasons.push(loader.reason);
          yield* link.read(1, "a byte", Infinity);
          return { kind: "boot" };
        },
        listenMs: 100,
        onReport: (report) => reports.push(report),
      }),
    });
    simulation.run(function* (link) {
      yield* link.sleep(spokenAtMs);
      link.send(Uint8Array.of(1));
      yield* link.sleep(1000);
    });
    assert.deepEqual(reasons, expected === "boot" ? [] : ["listening"]);
    assert.deepEqual(reports.map(({ action, reason }) => reason ?? action), [expected]);
    assert.equal(device.chip.boot.cause, "go");
  }
});
