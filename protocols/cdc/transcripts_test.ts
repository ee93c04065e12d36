import { CdcArrayDevice } from "../../tests/cdc_array_device.ts";
import { makeCdcSet, patternOf } from "../../tests/cdc_header.ts";
import { bytesOfWord, testTranscripts, type TranscriptTarget } from "../../tests/transcripts.ts";
import type { ByteLink, Procedure } from "../link/mod.ts";
import type { FrameName } from "./constants.ts";
import { HostWindow } from "./host_window.ts";
import { viewOf } from "./frames.ts";
import { RecordWriter } from "./record_bytes.ts";
import { runCdcTarget } from "./target.ts";

type Words = readonly string[];

const LIMITS = { dataSizeMax: 512, window: 2, silenceMs: 2000 };
const SILENT = { onStored() {}, onWork() {}, onRepeat() {} };
const HELLO = new RecordWriter(4).u16(1).u16(0).bytes;

/** `hello`, then commands with their argument and body: `status`, `clone 1`, `data 0 [00 00 00 00 aa]`. */
function* talk(link: ByteLink, words: Words): Procedure<string> {
  const frames = new HostWindow(link, { session: 0x01020304, answerWithinMs: 2000, observer: SILENT });
  const queue = [...words];
  let last = "";
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const argument = /^\d/.test(queue[0] ?? "") ? Number(queue.shift()) : 0;
    const body = queue[0]?.startsWith("[") ? bytesOfWord(queue.shift()!) : new Uint8Array(0);
    if (name === "data") {
      yield* frames.sendData(argument, body);
      continue;
    }
    const reply = yield* frames.run(name as FrameName, { argument, body: name === "hello" ? HELLO : body });
    last = `${name} ${reply.body.length}`;
    if (name === "hello") frames.silenceMs = viewOf(reply.body).getUint16(6, true);
  }
  yield* frames.drain();
  return last;
}

/** `[holds RELEASE]`: a device with one slot of 4096 bytes. */
function makeTarget(words: Words): TranscriptTarget {
  const device = new CdcArrayDevice({ slotSizes: [4096], sectorBytes: 1024, unitBytes: 32, limits: LIMITS });
  if (words[0] === "holds") device.preload("a", makeCdcSet(Number(words[1]), [patternOf(1, 40)]).images);
  return {
    start: (link) => runCdcTarget(link, { device }),
    preamble: [],
    inspect: (address, sizeBytes) => device.slots[0]!.b.slice(address, address + sizeBytes),
  };
}

testTranscripts(new URL("./transcripts/", import.meta.url), {
  name: "cdc",
  host: (words) => (link) => talk(link, words),
  target: makeTarget,
});
