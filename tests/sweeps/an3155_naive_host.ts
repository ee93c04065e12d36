/**
 * A host as people write it first: it erases, writes, counts ACKs, tries again after a failure, and calls it done. The
 * sweeps have to catch it.
 *
 * @module
 */

import type { MemoryImage } from "../../core/mod.ts";
import {
  COMMANDS,
  type ConnectOptions,
  encodeCommand,
  encodeData,
  encodeExtendedPages,
  encodeWord,
  expectAck,
  splitIntoBlocks,
  synchronise,
} from "../../protocols/an3155/mod.ts";
import { type ByteLink, type Procedure, retry } from "../../protocols/link/mod.ts";

/** Longer than any erase of the parts in the sweeps. */
const WITHIN_MS = 5000;

/** Flashes an image, with neither a look at the inbox before a command nor at flash after it. */
export function* flashNaively(link: ByteLink, image: MemoryImage, options: ConnectOptions): Procedure<void> {
  const held = splitIntoBlocks(image, { part: options.part! });
  yield* synchronise(link);
  const pages = encodeExtendedPages(held.map(({ sector }) => sector.index));
  yield* persist(link, () => say(link, [encodeCommand(COMMANDS.extendedErase), pages]));
  for (const { address, data, isBlank } of held.flatMap(({ blocks }) => blocks)) {
    if (isBlank) continue;
    const frames = [encodeCommand(COMMANDS.writeMemory), encodeWord(address), encodeData(data)];
    yield* persist(link, () => say(link, frames));
  }
}

function persist(link: ByteLink, exchange: () => Procedure<void>): Procedure<void> {
  return retry(exchange, {
    attemptCount: 4,
    *recover() {
      yield* synchronise(link);
    },
  });
}

function* say(link: ByteLink, frames: readonly ReturnType<typeof encodeCommand>[]): Procedure<void> {
  for (const frame of frames) {
    link.send(frame);
    yield* link.flush();
    yield* expectAck(link, "naive", { phase: "frame", withinMs: WITHIN_MS });
  }
}
