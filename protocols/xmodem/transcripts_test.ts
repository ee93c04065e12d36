import { testShortTranscripts } from "../../tests/short_transcripts.ts";
import { bytesOfWord, type TranscriptTarget } from "../../tests/transcripts.ts";
import type { ByteLink, Procedure } from "../link/mod.ts";
import {
  collectFile,
  type FileCollector,
  receiveXmodem,
  type ReceiveXmodemOptions,
  type SendOptions,
  sendXmodem,
} from "./mod.ts";

type Words = readonly string[];

const SIZE_LIMIT_BYTES = 10_000;

/** `send [DATA] [blockCountMax=N] [pauseMs=N]` ends with how the file ended. */
function send([data, ...words]: Words): (link: ByteLink) => Procedure<string> {
  const options: SendOptions = Object.fromEntries(words.map((word) => {
    const [name, value] = word.split("=");
    return [name, Number(value)];
  }));
  return function* (link) {
    return (yield* sendXmodem(link, bytesOfWord(data!), options)).end;
  };
}

/** `receive REQUEST` ends with `done`, as target. */
function* receive(link: ByteLink, file: FileCollector, word = "auto"): Procedure<string> {
  yield* receiveXmodem(link, file, { request: parseRequest(word) });
  return "done";
}

function parseRequest(word: string): NonNullable<ReceiveXmodemOptions["request"]> {
  if (word === "auto" || word === "crc" || word === "checksum") return word;
  throw new SyntaxError(`Not a request: ${word}`);
}

function makeHost([name, ...words]: Words): (link: ByteLink) => Procedure<unknown> {
  if (name === "send") return send(words);
  return (link) => receive(link, collectFile(Number(words[1] ?? SIZE_LIMIT_BYTES)), words[0]);
}

function makeTarget([, request]: Words): TranscriptTarget {
  const file = collectFile(SIZE_LIMIT_BYTES);
  return {
    start: (link) => receive(link, file, request),
    preamble: [],
    inspect: (address, sizeBytes) => file.bytes.slice(address, address + sizeBytes),
  };
}

testShortTranscripts(new URL("transcripts/", import.meta.url), { name: "xmodem", host: makeHost, target: makeTarget });
