import assert from "node:assert/strict";
import { Engine } from "../../protocols/link/engine.ts";
import { encodeBlock } from "../../protocols/xmodem/frames.ts";
import { encodeFileHeader } from "../../protocols/ymodem/file_header.ts";
import type { Conversation } from "../conversation.ts";
import type { Stage } from "../device_error.ts";
import { Inbox } from "../inbox.ts";
import { Progress } from "../progress.ts";
import { PLAIN_STYLE } from "../terminal.ts";
import { prepareReceive } from "./ymodem_transfer.ts";

const block = (data: Uint8Array, number: number) => encodeBlock(data, { number, sizeBytes: 128, check: "crc" });

function flush(engine: Engine<unknown>, nowMs: number): void {
  while (engine.wait?.kind === "flush") {
    engine.takeOutput();
    engine.flushed(nowMs);
  }
}

/** Receives one file from a sender whose frames are there at once, each when it is asked for. */
async function receive(sizeBytes: number | undefined) {
  const stages: Stage[] = [];
  const frames = [
    block(encodeFileHeader({ name: "x.bin", sizeBytes }), 0),
    block(new Uint8Array(100), 1),
    Uint8Array.of(0x04),
    block(encodeFileHeader(undefined), 0),
  ];
  const terminal = { print: () => {}, printError: () => {}, style: PLAIN_STYLE, errorStyle: PLAIN_STYLE };
  const conversation: Conversation = {
    run(start) {
      const engine = new Engine(start);
      let nowMs = 0;
      for (const frame of frames) {
        flush(engine, nowMs);
        engine.receive(frame, nowMs);
        // Silence behind the end of the file, where its size is not known.
        if (frame.length === 1) engine.tick(nowMs += 1000);
      }
      flush(engine, nowMs);
      const { outcome } = engine;
      return outcome?.kind === "done" ? Promise.resolve(outcome.value) : Promise.reject(outcome?.error);
    },
    progress: new Progress({ ...terminal, columns: 80, errorColumns: 80, rewriteError: undefined }, { isQuiet: true }),
    reportStage: (stage) => stages.push(stage),
    reopen: () => Promise.resolve(false),
    port: "fake",
    leaves: false,
  };
  const inbox = new Inbox(".", { isForced: true });
  const notes = await prepareReceive(inbox)(conversation);
  return { notes, paths: inbox.paths, stages };
}

Deno.test("prepareReceive() notes that padding may be part of a file whose size nobody told", async () => {
  const { notes } = await receive(undefined);
  assert.deepEqual(notes, ["the sender gave no size of x.bin: its last block may be filled up with bytes 1A"]);
  assert.deepEqual((await receive(100)).notes, []);
});

Deno.test("prepareReceive() says which files are there, should the rest fail", async () => {
  const { paths, stages } = await receive(100);
  assert.deepEqual(paths, ["./x.bin"]);
  assert.match(stages.at(-1)!.device, /what came whole: \.\/x\.bin$/);
});
