/**
 * Our receiver against a sender that behaves as ST's published one does (`Ymodem_Transmit` of the same loaders).
 */

import assert from "node:assert/strict";
import { equalBytes } from "../../core/mod.ts";
import { runPair } from "../../tests/transfer_pair.ts";
import { type ByteLink, LinkTimeoutError, type Procedure } from "../link/mod.ts";
import { ACK, encodeBlock, EOT, LONG_BLOCK_SIZE_BYTES, SHORT_BLOCK_SIZE_BYTES } from "../xmodem/mod.ts";
import { collectBatch, encodeFileHeader, receiveYmodem } from "./mod.ts";

/** It waits for no `C` but the first: neither behind the ACK of its header nor before the header that ends the batch. */
function* transmit(link: ByteLink, data: Uint8Array, repeatsFirstBlock: boolean): Procedure<void> {
  yield* link.readByte("request", 60_000);
  yield* sendUntilAck(link, () =>
    encodeBlock(encodeFileHeader({ name: "app.bin", sizeBytes: data.length }), {
      number: 0,
      sizeBytes: SHORT_BLOCK_SIZE_BYTES,
      check: "crc",
    }));
  for (let [offset, number] = [0, 1]; offset < data.length; number++) {
    const sizeBytes = data.length - offset >= LONG_BLOCK_SIZE_BYTES ? LONG_BLOCK_SIZE_BYTES : SHORT_BLOCK_SIZE_BYTES;
    const block = encodeBlock(data.subarray(offset, offset + sizeBytes), { number, sizeBytes, check: "crc" });
    yield* sendUntilAck(link, () => block);
    if (number === 1 && repeatsFirstBlock) yield* sendUntilAck(link, () => block);
    offset += sizeBytes;
  }
  yield* sendUntilAck(link, () => Uint8Array.of(EOT));
  const closing = encodeBlock(encodeFileHeader(undefined), { number: 0, sizeBytes: 128, check: "crc" });
  yield* sendUntilAck(link, () => closing);
}

/** Anything but ACK makes it send again, without a limit. */
function* sendUntilAck(link: ByteLink, frame: () => Uint8Array<ArrayBuffer>): Procedure<void> {
  while (true) {
    link.send(frame());
    yield* link.flush();
    try {
      while ((yield* link.readByte("ACK", 10_000)) !== ACK) continue;
      return;
    } catch (error) {
      if (!(error instanceof LinkTimeoutError)) throw error;
    }
  }
}

/** Some versions send block 1 a second time, as if its ACK had been lost. */
for (const repeatsFirstBlock of [false, true]) {
  Deno.test(`receiveYmodem() takes files from ST's sender${repeatsFirstBlock ? ", block 1 twice" : ""}`, () => {
    for (const sizeBytes of [1, 128, 129, 1023, 1024, 1025, 1152, 5000, 300_000]) {
      const data = Uint8Array.from({ length: sizeBytes }, (_, index) => 1 + index % 251);
      const batch = collectBatch(1 << 20);
      const result = runPair(
        (link) => transmit(link, data, repeatsFirstBlock),
        (link) => receiveYmodem(link, batch.accept),
        { wire: { baudRate: 115_200, latencyMs: 1 } },
      );
      assert.deepEqual([result.host.kind, result.target?.kind], ["done", "done"], `${sizeBytes} bytes`);
      assert(equalBytes(batch.files[0]!.bytes, data));
    }
  });
}
