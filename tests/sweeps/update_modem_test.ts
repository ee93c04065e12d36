/**
 * Updates over YMODEM and XMODEM onto the slowest devices there are: a loader erases several sectors before it answers a
 * block, and these protocols know no notice. How long a block waits for its answer, and what becomes of a sender that sends
 * it again every ten seconds meanwhile, as lrzsz does.
 *
 * @module
 */

import assert from "node:assert/strict";
import { concatBytes } from "../../core/mod.ts";
import {
  BundleReceiver,
  createLoaderFirmware,
  createModemTransport,
  finishWork,
  installLoader,
  reportWell,
  SlotLoader,
  Stager,
} from "../../emulator/loader/mod.ts";
import { judgeSlots } from "../../emulator/loader/verify_slots.ts";
import { Simulation, Stm32 } from "../../emulator/mod.ts";
import { findLayout, type Layout } from "../../packager/mod.ts";
import type { ByteLink, Procedure } from "../../protocols/link/mod.ts";
import { ACK, ANSWER_WITHIN_MS, EOT, SILENT_ATTEMPT_COUNT } from "../../protocols/xmodem/constants.ts";
import { encodeBlock } from "../../protocols/xmodem/frames.ts";
import { sendXmodem } from "../../protocols/xmodem/mod.ts";
import { encodeFileHeader, sendYmodem } from "../../protocols/ymodem/mod.ts";
import { configFor, packRelease, type Release } from "./loader_releases.ts";

/** lrzsz 0.12.21: how long it waits for an answer, and how often it sends a block in all. */
const LRZSZ_WITHIN_MS = 10_000;
const LRZSZ_ATTEMPTS = 11;

const TRAILER_BYTES = 288;
const BLOCK_BYTES = 1024;

/** A device whose flash takes its longest, and whose slots B are full of an older release. */
class SlowDevice {
  readonly chip: Stm32;
  readonly release: Release;
  readonly #layout: Layout;

  private constructor(layout: Layout, releases: readonly [old: Release, update: Release]) {
    this.#layout = layout;
    this.release = releases[1];
    const widths = layout.part.flash.timings.flatMap(({ parallelismBits }) => parallelismBits ?? []);
    const parallelismBits = widths.length > 0 ? Math.min(...widths) as 8 : undefined;
    this.chip = new Stm32(layout.part, { times: "maximum", parallelismBits });
    installLoader(this.chip, layout);
    const loader = new SlotLoader(this.chip, this.#config);
    finishWork(loader.start());
    const receiver = new BundleReceiver(new Stager(loader));
    finishWork(receiver.take(releases[0].bundle));
    finishWork(receiver.end());
  }

  static async create(layout: Layout): Promise<SlowDevice> {
    const full = layout.slots.map(({ sizeBytes }) => sizeBytes - TRAILER_BYTES);
    const old = await packRelease(layout, { name: "old", counter: 1, sizes: full });
    const update = await packRelease(layout, { name: "update", counter: 2, sizes: full.map(() => 3000) });
    return new SlowDevice(layout, [old, update]);
  }

  get #config() {
    return { ...configFor(this.#layout, this.release), isButtonHeld: () => true };
  }

  /** Whether the update is committed in the slots B. */
  get #isCommitted(): boolean {
    const set = judgeSlots(this.chip.flash, this.#config, "B");
    return set.kind === "set" && set.commitProblem === undefined && set.headers[0]!.counter === 2;
  }

  /** Runs a sender; gives how long a block waited for its answer at most. */
  run(host: (link: ByteLink) => Procedure<unknown>, protocol: "ymodem" | "xmodem", receiverDepthBytes: number): number {
    let sentMs: number | undefined;
    let longestMs = 0;
    let isCommitted = false;
    const look = () => this.#isCommitted;
    this.chip.reset("software-reset");
    const { outcome } = new Simulation({
      chip: this.chip,
      wire: { baudRate: 921_600 },
      receiverDepthBytes,
      firmware: createLoaderFirmware(this.chip, {
        config: this.#config,
        transport: createModemTransport({ protocol }),
        otherwise: () => {
          reportWell(this.chip);
          return undefined;
        },
      }),
      trace: ({ atMs, direction, bytes }, role) => {
        if (role !== "host") return;
        if (direction === "out" && bytes.length > 1) sentMs ??= atMs;
        if (direction !== "in" || bytes[0] !== ACK || sentMs === undefined) return;
        longestMs = Math.max(longestMs, atMs - sentMs);
        sentMs = undefined;
      },
    }).run(function* (link) {
      // It verifies what it holds at its reset.
      yield* link.sleep(1000);
      yield* host(link);
      isCommitted = look();
    });
    assert(outcome.kind === "done", outcome.kind === "failed" ? String(outcome.error) : "");
    assert(isCommitted, "the sender was told of success before the update was committed");
    return longestMs;
  }
}

/** A sender as lrzsz is: what comes first is the answer, whatever it was said to. */
function* sendLikeLrzsz(link: ByteLink, release: Release, protocol: "ymodem" | "xmodem"): Procedure<void> {
  const { bundle } = release;
  yield* link.read(1, "request", 60_000);
  if (protocol === "ymodem") {
    const header = encodeFileHeader({ name: "update.cslot", sizeBytes: bundle.length });
    yield* insist(link, encodeBlock(header, { number: 0, sizeBytes: 128, check: "crc" }));
    yield* link.read(1, "request", 60_000);
  }
  for (let offset = 0, number = 1; offset < bundle.length; offset += BLOCK_BYTES, number++) {
    const data = bundle.subarray(offset, offset + BLOCK_BYTES);
    yield* insist(link, encodeBlock(data, { number, sizeBytes: BLOCK_BYTES, check: "crc" }));
  }
  yield* insist(link, Uint8Array.of(EOT));
}

function* insist(link: ByteLink, frame: Uint8Array<ArrayBuffer>): Procedure<void> {
  let answer: number | undefined;
  for (let attempt = 0; attempt < LRZSZ_ATTEMPTS && answer !== ACK; attempt++) {
    link.send(concatBytes([frame]));
    yield* link.flush();
    const untilMs = link.nowMs + LRZSZ_WITHIN_MS;
    answer = undefined;
    while (answer === undefined && link.nowMs < untilMs) {
      yield { kind: "input", deadlineMs: untilMs, expected: "answer" };
      if (link.unreadCount > 0) answer = yield* link.readByte("answer", 0);
    }
  }
  assert(answer === ACK, `it answered ${answer}`);
}

for (const name of ["stm32h747", "stm32f407", "stm32l053", "stm32g0b1"]) {
  for (const protocol of ["ymodem", "xmodem"] as const) {
    Deno.test(`senders wait for the slowest ${name} over ${protocol}, and hear of the end when it is committed`, async () => {
      const layout = findLayout(name);
      const senders: readonly (readonly [string, (device: SlowDevice) => (link: ByteLink) => Procedure<unknown>])[] = [
        ["lrzsz", ({ release }) => (link) => sendLikeLrzsz(link, release, protocol)],
        [
          "ours",
          ({ release: { bundle } }) => (link) =>
            protocol === "xmodem" ? sendXmodem(link, bundle) : sendYmodem(link, [{ name: "x", data: bundle }]),
        ],
      ];
      for (const [who, start] of senders) {
        for (const depthBytes of [1, 16_384]) {
          const device = await SlowDevice.create(layout);
          const longestMs = device.run(start(device), protocol, depthBytes);
          console.info(
            `${name}, ${protocol}, ${who}, ${depthBytes} bytes of buffer: ${(longestMs / 1000).toFixed(1)} s`,
          );
          assert(longestMs < LRZSZ_WITHIN_MS * LRZSZ_ATTEMPTS / 2);
          assert(longestMs < ANSWER_WITHIN_MS * SILENT_ATTEMPT_COUNT);
        }
      }
    });
  }
}
