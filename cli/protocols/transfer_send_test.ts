import assert from "node:assert/strict";
import { findPart } from "../../core/parts/find_part.ts";
import { sectorsOf } from "../../core/parts/sectors.ts";
import { massEraseWithinMs } from "../../protocols/an3155/times.ts";
import { Engine } from "../../protocols/link/engine.ts";
import { CanceledByPeerError } from "../../protocols/link/error.ts";
import type { Conversation } from "../conversation.ts";
import type { Stage } from "../device_error.ts";
import { Progress } from "../progress.ts";
import { PLAIN_STYLE } from "../terminal.ts";
import type { FlashSource, SendOptions } from "./protocol.ts";
import { type FileSender, payloadOf, prepareSend, type SenderOptions } from "./transfer_send.ts";
import { BEGUN, REFUSED_ADVICE, SENDING } from "./transfer_stages.ts";

const COST = { bytesToReceiver: 0, bytesToSender: 0, roundTrips: 0, blockCount: 0, silenceMs: 0, hasWrapped: false };
const SENT = { end: "acknowledged", mode: { check: "crc", isStreaming: false }, blockCount: 1 } as const;

/** packager/FORMAT.md: how a bundle begins. */
const BUNDLE_START = Uint8Array.of(0x89, ...new TextEncoder().encode("CSB\r\n\x1a\n"));

/** Sends bytes with a sender that does what the test says, and gives what it was told, and what was said of it. */
async function send(
  act: (options: SenderOptions) => undefined,
  { bytes = new Uint8Array(10), ...target }: Partial<SendOptions> & { readonly bytes?: Uint8Array<ArrayBuffer> } = {},
) {
  const stages: Stage[] = [];
  const said: string[] = [];
  let told: SenderOptions | undefined;
  const sender: FileSender = {
    fileCountMax: 1,
    blockSizeOf: () => ({}),
    *send(link, _files, options) {
      told = options;
      yield* link.sleep(0);
      return act(options) ?? [{ ...SENT, resentCount: 0, hasWrapped: false }];
    },
    lrzszOf: () => "sx",
    plan: () => ({ ours: COST, lrzsz: COST }),
  };
  const progress = new Progress({
    print: () => assert.fail("nothing is printed on standard output"),
    printError: (...lines) => said.push(...lines),
    style: PLAIN_STYLE,
    errorStyle: PLAIN_STYLE,
    columns: Infinity,
    errorColumns: Infinity,
    rewriteError: undefined,
  }, { isQuiet: false, nowMs: () => 0 });
  const conversation: Conversation = {
    run(start) {
      const { outcome } = new Engine(start);
      if (outcome?.kind === "done") return Promise.resolve(outcome.value);
      return Promise.reject(outcome?.error);
    },
    progress,
    reportStage: (stage) => stages.push(stage),
    reopen: () => Promise.resolve(false),
    port: "fake",
    leaves: false,
  };
  const talking = prepareSend(sender, [{ name: "x", bytes }], { hasShortBlocks: false, ...target })(conversation);
  const error = await talking.then(() => undefined, (error: unknown) => error);
  return { stages, said, told: told!, error };
}

Deno.test("prepareSend() says that the device may be erasing as soon as something leaves", async () => {
  const { stages, said } = await send(({ onEvent, onProgress }) => {
    onEvent!({ kind: "sending", what: "header" });
    onEvent!({ kind: "resending", what: "header", reason: "silence" });
    onEvent!({ kind: "resending", what: "header", reason: "nak" });
    onProgress!(10);
    onEvent!({ kind: "sending", what: "block 2" });
  });
  assert.deepEqual(stages, [BEGUN, SENDING]);
  assert.deepEqual(said.slice(1, 2), ["no answer to header: sending it again"]);
});

Deno.test("prepareSend() has advice of its own for a receiver that breaks off", async () => {
  const refuse = () => {
    throw new CanceledByPeerError("CAN CAN");
  };
  const { stages, error } = await send(({ onEvent }) => {
    onEvent!({ kind: "sending", what: "header" });
    refuse();
  });
  assert(error instanceof CanceledByPeerError);
  assert.deepEqual(stages.at(-1), { ...BEGUN, next: REFUSED_ADVICE });
  assert.deepEqual((await send(refuse)).stages, [], "a receiver that never asked has refused nothing");
});

Deno.test("prepareSend() pauses as told, and waits for the part's mass erase with the first block, and with every one of an update", async () => {
  const part = findPart("stm32f407");
  const eraseMs = massEraseWithinMs(part, sectorsOf(part));
  const times = async (options: Parameters<typeof send>[1]) => {
    const { told } = await send(() => {}, options);
    return [told.firstAnswerWithinMs, told.answerWithinMs];
  };
  assert.notEqual(eraseMs, 60_000);
  assert.deepEqual(await times({}), [60_000, undefined]);
  assert.equal((await send(() => {}, { pauseMs: 20 })).told.pauseMs, 20);
  assert.deepEqual(await times({ part }), [eraseMs, undefined]);
  assert.deepEqual(await times({ part, bytes: BUNDLE_START }), [eraseMs, eraseMs]);
});

Deno.test("payloadOf() notes that --base moves nothing", async () => {
  const source: FlashSource = {
    path: "raw.bin",
    bytes: Uint8Array.of(1, 2, 3, 4),
    hasBinaryAddress: true,
    readImage: () => assert.fail("a raw binary goes as it is"),
  };
  assert.deepEqual((await payloadOf(source)).notes, [
    "--base changes nothing here: the device's loader decides where it goes",
  ]);
  assert.deepEqual((await payloadOf({ ...source, hasBinaryAddress: false })).notes, []);
});
