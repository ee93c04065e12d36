import { concatBytes } from "../../core/mod.ts";
import { testShortTranscripts } from "../../tests/short_transcripts.ts";
import { bytesOfWord, type TranscriptTarget } from "../../tests/transcripts.ts";
import type { ByteLink, Procedure } from "../link/mod.ts";
import { type BatchCollector, collectBatch, type OutgoingFile, receiveYmodem, sendYmodem } from "./mod.ts";

type Words = readonly string[];

const SIZE_LIMIT_BYTES = 10_000;

/** `send NAME [DATA] ...` ends with how each file ended, and the batch. */
function send(words: Words): (link: ByteLink) => Procedure<string> {
  const files: OutgoingFile[] = [];
  for (let index = 0; index < words.length; index += 2) {
    files.push({ name: words[index]!, data: bytesOfWord(words[index + 1]!) });
  }
  return function* (link) {
    const report = yield* sendYmodem(link, files);
    return `${report.files.map(({ end }) => end).join(" + ")}; ${report.end}`;
  };
}

/** All files, one behind the other. */
function contentOf(batch: BatchCollector): Uint8Array<ArrayBuffer> {
  return concatBytes(batch.files.map(({ bytes }) => bytes));
}

/** `receive REQUEST`. */
function* receive(link: ByteLink, batch: BatchCollector, request = "crc"): Procedure<BatchCollector> {
  yield* receiveYmodem(link, batch.accept, { request: request === "stream" ? "stream" : "crc" });
  return batch;
}

function makeHost([name, ...words]: Words): (link: ByteLink) => Procedure<unknown> {
  if (name === "send") return send(words);
  const batch = collectBatch(Number(words[1] ?? SIZE_LIMIT_BYTES));
  return function* (link) {
    return contentOf(yield* receive(link, batch, words[0]));
  };
}

function makeTarget([, request]: Words): TranscriptTarget {
  const batch = collectBatch(SIZE_LIMIT_BYTES);
  return {
    *start(link) {
      yield* receive(link, batch, request);
      return "done";
    },
    preamble: [],
    inspect: (address, sizeBytes) => contentOf(batch).slice(address, address + sizeBytes),
  };
}

testShortTranscripts(new URL("transcripts/", import.meta.url), { name: "ymodem", host: makeHost, target: makeTarget });
