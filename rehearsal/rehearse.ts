/**
 * A rehearsal: an update runs on the emulated device of its layout, again and again, and at each point something goes
 * wrong.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, CoreslotError, equalBytes } from "../core/mod.ts";
import { formatFault } from "../emulator/fault_text.ts";
import { type Fault, isWireFault } from "../emulator/faults.ts";
import type { VerifyingKey } from "../packager/keys.ts";
import type { Layout } from "../packager/layouts/layout.ts";
import { verifyUpdate } from "../packager/verify.ts";
import { listControls, withoutRule } from "./controls.ts";
import { DIRECT } from "./direct_transport.ts";
import { RehearsalError } from "./error.ts";
import { listPoints, type Point, type PointSpace } from "./points.ts";
import { factsOf, type Recording, RecordingFailedError, recordUpdate } from "./recording.ts";
import { type DeviceSetup, RehearsalDevice } from "./rehearsal_device.ts";
import { type Release, releaseOf } from "./release.ts";
import { buildReport } from "./report_builder.ts";
import type { ControlRule, RehearsalReport, ReportedControl } from "./report.ts";
import { StateMemo } from "./state_memo.ts";
import type { TransportName } from "./transport.ts";
import { transportOf } from "./transports.ts";
import { type Stage, tryPoint } from "./try_point.ts";

/** Options of {@linkcode rehearse}. */
export interface RehearseOptions {
  /** The device's layout. */
  readonly layout: Layout;
  /** The keys that its loader trusts, at least one. */
  readonly keys: readonly VerifyingKey[];
  /**
   * The release that runs before the update.
   *
   * @default {undefined: the device is empty}
   */
  readonly from?: Bytes | undefined;
  /**
   * How the update comes. `direct`: bytes reach the loader in no time, so that only flash counts.
   *
   * @default {"cdc"}
   */
  readonly transport?: TransportName | undefined;
  /**
   * Speed of the serial line, for `ymodem` and `an3155`.
   *
   * @default {115200}
   */
  readonly baudRate?: number | undefined;
  /**
   * Whether power goes away in every flash operation and the cable is pulled at every frame. Without it: every erase,
   * every unit of headers and commit words, first, middle and last of each run of others; 16 frames.
   *
   * @default {false}
   */
  readonly everywhere?: boolean | undefined;
  /**
   * How many power cuts are drawn from all there are, on top.
   *
   * @default {0}
   */
  readonly sampleCount?: number | undefined;
  /**
   * Where they are drawn from.
   *
   * @default {1}
   */
  readonly seed?: number | undefined;
  /**
   * Power cuts and faults of the wire, each a point, in place of all others: to try again what a report names.
   *
   * @default {undefined}
   */
  readonly faults?: readonly Fault[] | undefined;
  /**
   * Whether devices without one rule each are rehearsed too, up to their first failure.
   *
   * @default {false}
   */
  readonly withControls?: boolean | undefined;
  /**
   * A rule that the device does not keep: the rehearsal has to fail then.
   *
   * @default {undefined}
   */
  readonly without?: ControlRule | undefined;
  /** Called before the first point, and after each. */
  readonly onProgress?: ((doneCount: number, totalCount: number) => void) | undefined;
}

/**
 * Rehearses an update: runs it without faults on the emulated device of a layout, then lets something go wrong at each
 * point, leaves the device alone, lets a host go on, and says what came of it.
 *
 * The device keeps the rules of the emulator's loader; the update is the user's own. Flash takes its typical times, and
 * what a CPU computes takes none. The same options give the same report.
 *
 * @param update A bundle, or a container that is a whole set.
 * @param options Layout, keys, what ran before, how it comes and which points are tried.
 * @returns The report, `isProven` when nothing happened that must not.
 * @throws {ContainerFormatError} When an update is not well formed.
 * @throws {VerificationError} When one is not to be trusted, or not for this layout.
 * @throws {RehearsalError} When the device does not take the update, or a fault has no place in it.
 * @throws {RangeError} When `sampleCount` or `seed` is none.
 *
 * @example A proof for a small update
 * ```ts
 * import { MemoryImage } from "@coreslot/coreslot/core";
 * import { findLayout, generateKey, packBundle } from "@coreslot/coreslot/packager";
 * import { rehearse } from "@coreslot/coreslot/rehearsal";
 *
 * const layout = findLayout("stm32f411");
 * const { key } = await generateKey("ed25519");
 * const data = new Uint8Array(Uint32Array.of(0x2000_8000, 0x0801_0009, 0xe7fe_e7fe).buffer);
 * const images = [{ core: "CM4" as const, image: MemoryImage.fromSegments([{ address: 0x0801_0000, data }]) }];
 * const { bundle } = await packBundle({ layout, images, version: "1.0.0", counter: 1, product: "fan", key });
 * const report = await rehearse(bundle, { layout, keys: [key.publicKey], transport: "direct" });
 * console.assert(report.isProven && report.counts.failedCount === 0);
 * ```
 */
export async function rehearse(update: Bytes, options: RehearseOptions): Promise<RehearsalReport> {
  const { layout, keys, from, transport: transportName = "cdc", baudRate = 115_200 } = options;
  assertWhole("sampleCount", options.sampleCount ?? 0);
  assertWhole("seed", options.seed ?? 1);
  for (const bytes of from === undefined ? [update] : [from, update]) await verifyUpdate(bytes, { keys, layout });
  const next = releaseOf(update, "new");
  const old = from === undefined ? undefined : releaseBefore(from, next);
  if (old !== undefined && !equalBytes(old.headers[0]!.productId, next.headers[0]!.productId)) {
    throw new RehearsalError("other-product", "the release before it is for another product");
  }
  const setup: DeviceSetup = {
    config: { layout, keys, productId: next.headers[0]!.productId },
    releases: old === undefined || old === next ? [next] : [old, next],
    options: [],
    bootsUnverified: false,
  };
  const transport = transportOf(transportName, { baudRate });
  const device = new RehearsalDevice(setup);
  const recording = record(device, { old, next, transport });
  const stage: Stage = {
    setup: options.without === undefined ? setup : withoutRule(setup, options.without),
    recording,
    update: next,
    hadOld: old !== undefined,
    transport,
    recoveries: new StateMemo(),
  };
  const space: PointSpace = {
    operations: Array.from({ length: recording.operationCount }, (_, nth) => factsOf(recording, device, nth)),
    frameOffsets: recording.session.frameOffsets,
  };
  const points = pointsOf(space, stage, options);
  options.onProgress?.(0, points.length);
  const results = points.map((point, index) => {
    const result = tryPoint(stage, point);
    options.onProgress?.(index + 1, points.length);
    return result;
  });
  const controls = options.withControls === true ? tryControls(stage, space) : [];
  return buildReport({ stage, device, space, old, results, controls, seed: options.seed ?? 1 });
}

/** The same release again is one release: what it leaves in flash cannot be told apart. */
function releaseBefore(from: Bytes, next: Release): Release {
  const old = releaseOf(from, "old");
  return equalBytes(old.headers[0]!.setId, next.headers[0]!.setId) ? next : old;
}

function record(
  device: RehearsalDevice,
  update: { readonly old: Release | undefined; readonly next: Release; readonly transport: Stage["transport"] },
): Recording {
  try {
    // What runs before came in the same way, and stands in both slots.
    if (update.old !== undefined) recordUpdate(device, update.old, DIRECT);
    return recordUpdate(device, update.next, update.transport);
  } catch (error) {
    if (!(error instanceof CoreslotError || error instanceof RecordingFailedError)) throw error;
    const { message } = error;
    throw new RehearsalError("refused", `the device does not take it without any fault: ${message}`, { cause: error });
  }
}

function pointsOf(space: PointSpace, { recording, transport }: Stage, options: RehearseOptions): Point[] {
  const { faults, everywhere = false, sampleCount = 0, seed = 1 } = options;
  if (faults === undefined) return listPoints(space, { everywhere, sampleCount, seed });
  return faults.map((fault): Point => {
    const text = formatFault(fault);
    if (isWireFault(fault) && transport.hasWire) return { fault, origin: "given" };
    if (fault.kind !== "cut") {
      throw new RehearsalError("bad-fault", `${text} has no place in an update over ${transport.name}`, {
        advice: "Give power cuts (cut:op=...) or, for a transport with a wire, faults of it (unplug:h2t:...)",
      });
    }
    if (fault.operation >= recording.operationCount) {
      const state = `${text} is behind its end: it has ${recording.operationCount} flash operations`;
      throw new RehearsalError("bad-fault", state, { advice: "Give the transport and releases of the report as well" });
    }
    return { fault, origin: "given" };
  });
}

/** Without a wire: what the rules are about is flash. */
function tryControls(stage: Stage, { operations }: PointSpace): ReportedControl[] {
  const points = listPoints({ operations, frameOffsets: [] }, { everywhere: false, sampleCount: 0, seed: 1 });
  return listControls(stage.setup.config.layout, stage.hadOld).map((rule) => {
    const broken: Stage = {
      ...stage,
      setup: withoutRule(stage.setup, rule),
      transport: DIRECT,
      recoveries: new StateMemo(),
    };
    for (const [index, point] of points.entries()) {
      const { failure } = tryPoint(broken, point);
      if (failure === undefined) continue;
      return { rule, pointCount: index + 1, isCaught: true, fault: formatFault(point.fault), failure };
    }
    return { rule, pointCount: points.length, isCaught: false, fault: null, failure: null };
  });
}

function assertWhole(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new RangeError(`Cannot rehearse the update: ${name} ${value} is not a whole number from 0 on`);
}
