import assert from "node:assert/strict";
import { type Bytes, concatBytes, parseHex } from "../../core/mod.ts";
import { type ByteLink, CanceledByPeerError, Engine, LinkClosedError, type Procedure } from "../link/mod.ts";
import { collectFile, encodeBlock, receiveXmodem, sendXmodem } from "./mod.ts";

const FAREWELL = parseHex("18181818181818181818" + "08080808080808080808");
const block = encodeBlock(new Uint8Array(128).fill(7), { number: 1, sizeBytes: 128, check: "crc" });

const receive = (link: ByteLink) => receiveXmodem(link, collectFile(1000), { request: "crc" });
const send = (link: ByteLink) => sendXmodem(link, new Uint8Array(1000).fill(7));

/** What an end hears before the port goes away, and what it makes of that. */
const ENDINGS: readonly [name: string, start: (link: ByteLink) => Procedure<unknown>, heard: Bytes, error: unknown][] =
  [
    ["half a block and a farewell", receive, concatBytes([block.subarray(0, 60), FAREWELL]), CanceledByPeerError],
    ["a farewell at once", receive, FAREWELL, CanceledByPeerError],
    ["half a block", receive, block.slice(0, 60), LinkClosedError],
    [
      "half a block that ends in two CAN",
      receive,
      concatBytes([block.subarray(0, 60), parseHex("1818")]),
      LinkClosedError,
    ],
    [
      "a request, and a farewell while the first block leaves",
      send,
      concatBytes([parseHex("43"), FAREWELL]),
      CanceledByPeerError,
    ],
    ["a request", send, parseHex("43"), LinkClosedError],
  ];

for (const [name, start, heard, error] of ENDINGS) {
  Deno.test(`the end of the port behind ${name} is a ${error === LinkClosedError ? "closed port" : "cancel"}`, () => {
    const engine = new Engine(start);
    engine.takeOutput();
    if (engine.wait?.kind === "flush") engine.flushed(0);
    engine.receive(heard.subarray(0, 1), 1);
    if (heard.length > 1) engine.receive(heard.subarray(1), 1);
    engine.close(2);
    assert.equal(engine.outcome?.kind, "failed");
    assert(engine.outcome.error instanceof (error as typeof LinkClosedError), String(engine.outcome.error));
    assert.deepEqual(engine.takeOutput().filter((frame) => frame[0] === 0x18), [], "nobody is told");
  });
}
