/**
 * Plays one case of a transcript with an engine that is fed by hand.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Bytes, concatBytes, formatHex, parseHex } from "../core/mod.ts";
import { type ByteLink, Engine, type Procedure } from "../protocols/link/mod.ts";
import type { TranscriptCase, TranscriptTarget } from "./transcripts.ts";

/** Begins nothing in any protocol here that a lone byte could finish. */
const TRAILING: Bytes = parseHex("00");

/** How bytes are handed over. */
export type Feeding = "whole" | "byte by byte" | "with a trailing byte";

/**
 * Plays a case as host.
 *
 * @param one The case.
 * @param start Makes the host's procedure.
 * @param feeding How the target's bytes come.
 */
export function playHost(
  one: TranscriptCase,
  start: (link: ByteLink) => Procedure<unknown>,
  feeding: Feeding,
): void {
  const player = new Player(start, feeding);
  const lastIn = one.steps.findLastIndex(({ kind }) => kind === "in" || kind === "pass");
  one.steps.forEach((step, index) => {
    if (step.kind === "out") player.expectOutput(step.bytes);
    else if (step.kind === "in") player.feed(step.bytes, index === lastIn);
    else if (step.kind === "pass") player.pass(step.durationMs);
  });
  player.expectOutput(new Uint8Array(0));
  const { outcome } = player.engine;
  assert(outcome !== undefined, `the host still waits: ${JSON.stringify(player.engine.wait)}`);
  const failing = one.steps.find((step) => step.kind === "fails");
  if (outcome.kind === "failed") {
    if (failing === undefined) throw outcome.error;
    assertError(outcome.error, failing.words);
    return;
  }
  assert(failing === undefined, `the host did not fail as ${failing?.words.join(" ")}`);
  for (const step of one.steps) if (step.kind === "value") assert.equal(formatValue(outcome.value), step.text);
  player.expectTrailing();
}

/**
 * Plays a case as target.
 *
 * @param one The case.
 * @param target The device.
 * @param feeding How the host's bytes come.
 */
export function playTarget(one: TranscriptCase, target: TranscriptTarget, feeding: Feeding): void {
  const player = new Player(target.start, feeding);
  const steps = [...target.preamble, ...one.steps];
  const lastOut = steps.findLastIndex(({ kind }) => kind === "out" || kind === "pass");
  steps.forEach((step, index) => {
    if (step.kind === "in") player.expectOutput(step.bytes);
    else if (step.kind === "out") player.feed(step.bytes, index === lastOut);
    else if (step.kind === "pass") player.pass(step.durationMs);
    else if (step.kind === "memory") {
      assert.equal(formatHex(target.inspect(step.address, step.bytes.length), " "), formatHex(step.bytes, " "));
    }
  });
  player.expectOutput(new Uint8Array(0));
  const { outcome } = player.engine;
  if (outcome?.kind === "failed") throw outcome.error;
  const exit = steps.find((step) => step.kind === "exit");
  assert.equal(outcome && formatValue(outcome.value), exit?.words.join(" "));
}

/** An engine that is fed by hand, at a time that passes by hand. */
class Player {
  readonly engine: Engine<unknown>;
  readonly #feeding: Feeding;
  #unchecked: Bytes = new Uint8Array(0);
  #nowMs = 0;
  #hasTrailing = false;

  constructor(start: (link: ByteLink) => Procedure<unknown>, feeding: Feeding) {
    this.engine = new Engine(start);
    this.#feeding = feeding;
    this.#settle();
  }

  feed(bytes: Bytes, isLast: boolean): void {
    const isTrailed = isLast && this.#feeding === "with a trailing byte";
    const all = isTrailed ? concatBytes([bytes, TRAILING]) : bytes;
    this.#hasTrailing ||= isTrailed;
    const size = this.#feeding === "byte by byte" ? 1 : all.length;
    for (let offset = 0; offset < all.length; offset += size) {
      this.engine.receive(all.slice(offset, offset + size), this.#nowMs);
      this.#settle();
    }
  }

  pass(durationMs: number): void {
    const endMs = this.#nowMs + durationMs;
    while (this.engine.wakeAtMs <= endMs) {
      this.#nowMs = Math.max(this.#nowMs, this.engine.wakeAtMs);
      this.engine.tick(this.#nowMs);
      this.#settle();
    }
    this.#nowMs = endMs;
    this.engine.tick(endMs);
    this.#settle();
  }

  /** Checks that exactly this has been sent since the last check. */
  expectOutput(bytes: Bytes): void {
    assert.equal(formatHex(this.#unchecked, " "), formatHex(bytes, " "));
    this.#unchecked = new Uint8Array(0);
  }

  expectTrailing(): void {
    assert.equal(formatHex(this.engine.takeUnread()), this.#hasTrailing ? formatHex(TRAILING) : "");
  }

  #settle(): void {
    this.#unchecked = concatBytes([this.#unchecked, ...this.engine.takeOutput()]);
    if (this.engine.wait?.kind !== "flush") return;
    this.engine.flushed(this.#nowMs);
    this.#settle();
  }
}

/** A value as transcripts write it: bytes in hexadecimal digits, everything else as JSON without quotes. */
function formatValue(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value, (_key, item) => item instanceof Uint8Array ? formatHex(item, " ") : item);
  return text.replaceAll('"', "").replaceAll(",", ", ").replaceAll(":", ": ");
}

function assertError(error: unknown, [className, ...fields]: readonly string[]): void {
  assert(error instanceof Error);
  assert.equal(error.name, className, error.message);
  for (const field of fields) {
    const [name, value] = field.replaceAll("~", " ").split("=");
    const fields: ReadonlyMap<string, unknown> = new Map(Object.entries(error));
    assert.equal(String(fields.get(name!)), value, `${name} of ${error.message}`);
  }
}
