/**
 * Hosts that bring releases to an emulated device, without a wire: a stream, a resumable transfer, the boot ROM.
 *
 * @module
 */

import { crc32, equalBytes } from "../../core/mod.ts";
import { BundleReceiver, finishWork, LoaderError, type SlotLoader, Stager } from "../../emulator/loader/mod.ts";
import { HEADER_SIZE_BYTES } from "../../packager/header.ts";
import {
  judgeSet,
  mayHostEraseSlotB,
  type SlotEnd,
  slotEndAddressOf,
  type SlotName,
} from "../../packager/slots/mod.ts";
import { readFlash } from "../../emulator/loader/flash_access.ts";
import type { Layout } from "../../packager/layouts/mod.ts";
import { splitIntoStages, type StagedBlocks } from "../../protocols/an3155/mod.ts";
import { stagingOf } from "../../updates/mod.ts";
import { type LoaderDevice, Violation } from "./loader_device.ts";
import type { Release } from "./loader_releases.ts";

/** A way for a release to come. The boot ROM's last one is that of hosts which do not keep section 13 of BOOT.md. */
export type Way = "stream" | "resume" | "rom" | "rom-upwards";

/** How often a host tries: once a cut, and some more. */
const TRIES_MAX = 10;

/** Bytes in a piece of a transfer: more than a page of the L053, less than all payloads. */
const PIECE_BYTES = 96;
const CHECKSUM_UNIT_BYTES = 256;

const STAGES: WeakMap<Release, StagedBlocks> = new WeakMap();

/** How a release comes. */
export interface BringOptions {
  /** Which way. */
  readonly way: Way;
  /** Whether the host gives up when power goes away. */
  readonly givesUp?: boolean;
  /** Whether the host insists where the loader wants to copy first: on B as long as there is an A, else on the copy. */
  readonly insists?: boolean;
}

/**
 * Brings a release onto a device, however often power goes away meanwhile. After a cut the device is switched on and left to
 * itself first, unless its button is held.
 *
 * @param device The device.
 * @param release The release.
 * @param options How.
 * @throws {Violation} When the device cannot be brought to it.
 */
export function bring(device: LoaderDevice, release: Release, options: BringOptions): void {
  const { way, givesUp = false, insists = false } = options;
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const running = device.withPower(() => {
      stage(device, release, { way, insists });
      device.reset();
      device.isButtonHeld = false;
      return device.boot();
    });
    // A release that hangs may have used up its starts when it came once more.
    if (running === release || running === undefined && release.hangs && device.findWhole("A") === release) return;
    if (running !== "power lost") {
      throw new Violation(`${release.name} was taken, and ${running?.name ?? "the loader"} runs`);
    }
    if (!device.isButtonHeld) device.withPower(() => device.boot());
    device.withPower(() => device.reset());
    if (givesUp) return;
  }
  throw new Violation(`${release.name} did not get onto the device in ${TRIES_MAX} tries`);
}

/** Stages a release and leaves it there, committed, the device about to be reset. */
export function stageOnly(device: LoaderDevice, release: Release): void {
  stage(device, release, { way: "stream" });
}

/** Stages a release's first payload and nothing else, and leaves it there. */
export function stagePartly(device: LoaderDevice, release: Release): void {
  const stager = new Stager(device.enterLoader());
  stager.begin(release.records);
  const payload = release.payloads[0]!.subarray(0, release.headers[0]!.payloadSizeBytes);
  for (let offset = 0; offset < payload.length; offset += PIECE_BYTES) {
    finishWork(stager.write(0, offset, payload.subarray(offset, offset + PIECE_BYTES)));
  }
}

function stage(device: LoaderDevice, release: Release, { way, insists = false }: BringOptions): void {
  if (way === "rom" || way === "rom-upwards") return stageByRom(device, release, way);
  const loader = device.enterLoader();
  try {
    if (insists) insist(loader, release);
    if (way === "stream") stageStream(loader, release);
    else stageAndResume(loader, release);
  } catch (error) {
    if (!(error instanceof LoaderError)) throw error;
    throw new Violation(`the loader refuses ${release.name}: ${error.code}, ${error.message}`);
  }
}

/** Has the copy made that is due, once more than the loader would; but tries first whether B is given up for it. */
function insist(loader: SlotLoader, release: Release): void {
  try {
    const isForced = loader.setA.kind === "set";
    const stager = new Stager(loader);
    stager.begin(release.records, { isForced });
    finishWork(stager.write(0, 0, release.payloads[0]!.subarray(0, 32)));
  } catch (error) {
    if (!(error instanceof LoaderError) || error.code !== "repair-first") throw error;
    finishWork(loader.copyWhatIsDue({ isAsked: true }));
  }
}

function stageStream(loader: SlotLoader, release: Release): void {
  const receiver = new BundleReceiver(new Stager(loader), { announcedBytes: release.bundle.length });
  finishWork(receiver.take(release.bundle));
  finishWork(receiver.end());
}

/** What the CDC protocol does: payloads that the device has are copied, and what an earlier attempt has left is kept. */
function stageAndResume(loader: SlotLoader, release: Release): void {
  const stager = new Stager(loader);
  stager.begin(release.records);
  for (const [image, { payloadSizeBytes, payloadDigest }] of release.headers.entries()) {
    const own = loader.setA.kind === "set" ? loader.setA.headers[image]! : undefined;
    if (loader.config.layout.policy === "copy" && own !== undefined && equalBytes(own.payloadDigest, payloadDigest)) {
      finishWork(stager.clone(image));
      continue;
    }
    const payload = release.payloads[image]!.subarray(0, payloadSizeBytes);
    let { offset, state } = stager.resumePointOf(image);
    if (state === "unknown") {
      const crcs: number[] = [];
      for (let at = 0; at < payload.length; at += CHECKSUM_UNIT_BYTES) {
        crcs.push(crc32(payload.subarray(at, at + CHECKSUM_UNIT_BYTES)));
      }
      offset = finishWork(stager.compare(image, { unitBytes: CHECKSUM_UNIT_BYTES, crcs }));
    }
    for (; offset < payload.length; offset += PIECE_BYTES) {
      finishWork(stager.write(image, offset, payload.subarray(offset, offset + PIECE_BYTES)));
    }
  }
  finishWork(stager.finish());
}

/**
 * A host at the boot ROM, as `stageUpdate()` does it: guard, erase every sector of all slots downwards, write upwards,
 * commit words last.
 */
function stageByRom(device: LoaderDevice, release: Release, way: Way): void {
  const { flash } = device.chip;
  const { layout } = device.config;
  const endsOf = (name: SlotName) => layout.slots.map((slots) => readEnd(device, slots, name));
  const mayErase = () =>
    layout.policy === "single" ||
    mayHostEraseSlotB({ a: judgeSet(endsOf("A"), { layout }), b: judgeSet(endsOf("B"), { layout }) });
  // The guard says: reset first, so that the loader finishes the copy.
  if (!mayErase()) {
    device.reset();
    device.boot();
    if (!mayErase()) throw new Violation("the guard forbids B although the loader has run");
  }
  const { sectors, held, commits } = stagesOf(release, layout);
  for (const { index } of way === "rom" ? sectors.toReversed() : sectors) flash.eraseSector(index);
  const blocks = held.flatMap(({ blocks }) => blocks).filter(({ isBlank }) => !isBlank);
  for (const isCommitting of [false, true]) {
    for (const block of blocks) {
      if (commits.has(block) === isCommitting) flash.program(block.address, block.data);
    }
  }
}

/** The sectors and blocks of the real host, each worked out once: a sweep stages a release thousands of times. */
function stagesOf(release: Release, { part, bankMode }: Layout): StagedBlocks {
  const known = STAGES.get(release);
  if (known !== undefined) return known;
  const { image, commit, clear } = stagingOf(release.bundle);
  const staged = splitIntoStages(image, { part, bankMode, commit, clear });
  STAGES.set(release, staged);
  return staged;
}

function readEnd(device: LoaderDevice, slots: Layout["slots"][number], name: SlotName): SlotEnd {
  const address = slotEndAddressOf(slots, name);
  const { flash } = device.chip;
  return {
    header: readFlash(flash, address, HEADER_SIZE_BYTES),
    commitWord: readFlash(flash, address + HEADER_SIZE_BYTES, 32),
  };
}
