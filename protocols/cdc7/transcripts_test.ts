import { Cdc7ArrayDevice } from "../../tests/cdc7_array_device.ts";
import { bytesOfWord, testTranscripts, type TranscriptTarget } from "../../tests/transcripts.ts";
import type { ByteLink, Procedure } from "../link/mod.ts";
import { eraseOverCdc7, executeOverCdc7, flashOverCdc7 } from "./host.ts";
import { BLACK_PILL, PROFILES } from "./profiles.ts";
import { runCdc7Target } from "./target.ts";

type Words = readonly string[];

const HOSTS: Readonly<Record<string, (link: ByteLink, words: Words) => Procedure<unknown>>> = {
  "flash": (link, [payload]) => flashOverCdc7(link, bytesOfWord(payload!)),
  "flash-python": (link, [payload]) => flashOverCdc7(link, bytesOfWord(payload!), { fill: 0, alwaysPads: true }),
  "execute": (link) => executeOverCdc7(link),
  "erase": (link) => eraseOverCdc7(link),
};

/** `PROFILE [holds BYTES] [broken OFFSET]`, with room for two packets. */
function makeTarget([name, ...words]: Words): TranscriptTarget {
  const profile = PROFILES.find((one) => one.name === name) ?? BLACK_PILL;
  const device = new Cdc7ArrayDevice(128);
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "holds") device.flash.set(bytesOfWord(rest.shift()!));
    else if (word === "broken") device.brokenOffsets.add(Number(rest.shift()));
    else throw new SyntaxError(`Not a property of a target: ${word}`);
  }
  return {
    start: (link) => runCdc7Target(link, { device, profile }),
    preamble: [],
    inspect: (address, sizeBytes) => device.flash.slice(address, address + sizeBytes),
  };
}

testTranscripts(new URL("./transcripts/", import.meta.url), {
  name: "cdc7",
  host: ([name, ...words]) => (link) => HOSTS[name!]!(link, words),
  target: makeTarget,
});
