/**
 * One byte damaged in flight between lrzsz and us: in each field of each frame, and in each answer.
 *
 * Who has to ask again waits for up to ten seconds, or fifteen when that gets lost too, so cases run side by side.
 */

import { peerTest } from "../peers.ts";
import { type Case, runCases } from "./lrzsz_cases.ts";
import { contentOf, type Variant, VARIANTS } from "./lrzsz_variants.ts";

/** A short block and a part of one; or a long one and a part of a short one. */
const [SHORT_SIZE_BYTES, LONG_SIZE_BYTES] = [129, 1025];

const HEADER_FRAME_BYTES = 133;

/** Those that differ in what lrzsz does. */
const DAMAGED = VARIANTS.filter(({ name }) => !/short blocks|long tail|sx -k, asked for checksum/.test(name));

/** Lead, number, complement, data and last byte of each frame, and EOT. */
function placesIn(frameSizes: readonly number[]): number[] {
  const places: number[] = [];
  let start = 0;
  for (const sizeBytes of frameSizes) {
    const offsets = sizeBytes === 1 ? [0] : [0, 1, 2, 40, sizeBytes - 1];
    places.push(...offsets.map((offset) => start + offset));
    start += sizeBytes;
  }
  return places;
}

function casesOf({ name, program, plan, run }: Variant): Case[] {
  const isLong = /-k|rb|-c/.test(name);
  const data = contentOf(isLong ? LONG_SIZE_BYTES : SHORT_SIZE_BYTES);
  const checkBytes = /checksum|^rx$/.test(name) ? 1 : 2;
  const blocks = [(isLong ? 1024 : 128) + 3 + checkBytes, 128 + 3 + checkBytes, 1];
  const isBatch = program.endsWith("b");
  const [theirs, ours] = program.startsWith("s") ? ["in", "out"] as const : ["out", "in"] as const;
  const { bytesToReceiver, bytesToSender } = plan(data.length);
  const places = placesIn(isBatch ? [HEADER_FRAME_BYTES, ...blocks, HEADER_FRAME_BYTES] : blocks);
  if (places.at(-1)! !== bytesToReceiver - 1) throw new Error(`${name}: frames and plan differ`);
  // Behind the ACK of EOT a batch has a request, and an ACK of its end.
  const endStart = bytesToSender - (isBatch ? 2 : 1);
  return [
    ...places.map((byteIndex) => ({
      direction: theirs,
      byteIndex,
      // Asked to take the header that ends a batch a second time, `rb` frees its memory twice now and then, and aborts.
      isEndUnheard: isBatch && byteIndex >= bytesToReceiver - HEADER_FRAME_BYTES,
    })),
    ...Array.from({ length: bytesToSender }, (_, byteIndex) => ({
      direction: ours,
      byteIndex,
      isEndUnheard: byteIndex >= endStart,
    })),
  ].map(({ isEndUnheard, ...damage }) => ({
    name: `${name}, ${damage.direction === "in" ? "what it says" : "what we say"}, byte ${damage.byteIndex}`,
    run: () => run({ data, damage, isEndUnheard }),
  }));
}

peerTest("rb", "lrzsz and we get over every damaged byte, both directions, every variant", async () => {
  const cases = DAMAGED.flatMap(casesOf);
  console.info(`lrzsz, one damaged byte: ${cases.length} transfers of ${DAMAGED.length} variants`);
  await runCases(cases);
});
