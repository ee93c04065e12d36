/**
 * XMODEM and YMODEM against lrzsz over pipes, both directions: every size on the edge of a block, real firmware, batches,
 * streams, and breaking off. Over a pipe lrzsz is deterministic, so every byte is counted.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { equalBytes } from "../../core/mod.ts";
import { CanceledByPeerError, LinkClosedError, ProtocolError } from "../../protocols/link/mod.ts";
import { collectBatch, receiveYmodem, sendYmodem } from "../../protocols/ymodem/mod.ts";
import { peerTest, withTempDir } from "../peers.ts";
import { runCases } from "./lrzsz_cases.ts";
import { talkToLrzsz } from "./lrzsz_peer.ts";
import {
  contentOf,
  HAS_FIRMWARE,
  realFirmware,
  SIZE_LIMIT_BYTES,
  SIZES,
  type Transfer,
  type Variant,
  VARIANTS,
  writeFiles,
} from "./lrzsz_variants.ts";

const MEBIBYTE = 1 << 20;
const ofProgram = (letter: "s" | "r") => VARIANTS.filter(({ program }) => program.startsWith(letter));

async function runCounted({ run, plan }: Variant, transfer: Transfer): Promise<void> {
  const { sentBytes, answerBytes } = await run(transfer);
  const { bytesToReceiver, bytesToSender } = plan(transfer.data.length);
  assert.deepEqual({ sentBytes, answerBytes }, { sentBytes: bytesToReceiver, answerBytes: bytesToSender });
}

const DIRECTIONS = [["s", "sb", "we take every size from"], ["r", "rb", "we get every size to"]] as const;

for (const [letter, program, what] of DIRECTIONS) {
  const variants = ofProgram(letter);
  const names = variants.map(({ name }) => name).join("; ");
  peerTest(
    program,
    `lrzsz over pipes: ${what} ${names}`,
    () =>
      runCases(variants.flatMap((variant) =>
        SIZES.map((sizeBytes) => ({
          name: `${variant.name}, ${sizeBytes} bytes`,
          run: () => runCounted(variant, { data: contentOf(sizeBytes) }),
        }))
      )),
  );

  peerTest(program, `lrzsz over pipes: ${what.replace("every size", "1 MiB of real firmware")} ${names}`, () => {
    const data = realFirmware(MEBIBYTE);
    return runCases(variants.map((variant) => ({ name: variant.name, run: () => runCounted(variant, { data }) })));
  }, { ignore: !HAS_FIRMWARE });
}

peerTest("sb", "receiveYmodem() takes a batch of two files from sb and sb -k, answered and as a stream", () => {
  const files = { "a.bin": contentOf(129), "b.bin": contentOf(5000) };
  const cases = [[], ["-k"]].flatMap((flags) => (["crc", "stream"] as const).map((request) => ({ flags, request })));
  return runCases(cases.map(({ flags, request }) => ({
    name: ["sb", ...flags, request].join(" "),
    run: () =>
      withTempDir(async (cwd) => {
        await writeFiles(cwd, files);
        const batch = collectBatch(SIZE_LIMIT_BYTES);
        const command = ["sb", ...flags, ...Object.keys(files)];
        const result = await talkToLrzsz({ command, cwd }, (link) => receiveYmodem(link, batch.accept, { request }));
        assert.equal(result.outcome.status, "fulfilled");
        assert.equal(result.code, 0, result.stderr);
        assert.deepEqual(batch.files.map(({ header }) => header.name), Object.keys(files));
        assert(Object.values(files).every((data, index) => equalBytes(batch.files[index]!.bytes, data)));
      }),
  })));
});

peerTest(
  "sb",
  "receiveYmodem() takes every size from sb as a stream (YMODEM-g), and tells of a damaged byte",
  () =>
    runCases([...SIZES, MEBIBYTE].flatMap((sizeBytes) =>
      [undefined, 300].map((byteIndex) => ({
        name: `${sizeBytes} bytes, damage at ${byteIndex}`,
        run: () =>
          withTempDir(async (cwd) => {
            const data = contentOf(sizeBytes);
            await writeFiles(cwd, { "x.bin": data });
            const batch = collectBatch(SIZE_LIMIT_BYTES);
            const damage = byteIndex === undefined ? undefined : { direction: "in", byteIndex } as const;
            const { outcome } = await talkToLrzsz(
              { command: ["sb", "x.bin"], cwd, damage },
              (link) => receiveYmodem(link, batch.accept, { request: "stream" }),
            );
            // In the header that ends the batch of a small file it does no harm.
            if (damage !== undefined && outcome.status === "rejected") assert(outcome.reason instanceof ProtocolError);
            else assert(equalBytes(batch.files[0]!.bytes, data));
            assert(damage !== undefined || outcome.status === "fulfilled");
            assert(damage === undefined || sizeBytes < 1023 || outcome.status === "rejected");
          }),
      }))
    )),
);

peerTest("rb", "sendYmodem() gets a batch of two files to rb, an empty one, and one with a name of 200 letters", () => {
  const batches = [
    [{ name: "a.bin", data: contentOf(129) }, { name: "b.bin", data: contentOf(5000) }],
    [],
    [{ name: "n".repeat(200), data: contentOf(300) }],
  ];
  return runCases(batches.map((files) => ({
    name: `${files.length} files`,
    run: () =>
      withTempDir(async (cwd) => {
        const result = await talkToLrzsz({ command: ["rb"], cwd }, (link) => sendYmodem(link, files));
        assert.equal(result.outcome.status, "fulfilled");
        assert.equal(result.code, 0, result.stderr);
        for (const { name, data } of files) assert(equalBytes(await Deno.readFile(join(cwd, name)), data));
      }),
  })));
});

peerTest("rb", "sendYmodem() makes rb give up when it is broken off", () =>
  withTempDir(async (cwd) => {
    const abort = new AbortController();
    const reason = new Error("the user pressed Ctrl-C");
    const files = [{ name: "x", data: contentOf(100_000) }];
    const onProgress = (sentBytes: number) => sentBytes > 20_000 && abort.abort(reason);
    const { outcome, code } = await talkToLrzsz(
      { command: ["rb"], cwd, signal: abort.signal },
      (link) => sendYmodem(link, files, { onProgress }),
    );
    assert(outcome.status === "rejected" && outcome.reason === reason);
    assert.notEqual(code, 0);
  }));

peerTest("sb", "receiveYmodem() makes sb give up when it refuses a file", () =>
  withTempDir(async (cwd) => {
    await writeFiles(cwd, { "x.bin": contentOf(5000) });
    const batch = collectBatch(4999);
    const { outcome, code } = await talkToLrzsz(
      { command: ["sb", "x.bin"], cwd },
      (link) => receiveYmodem(link, batch.accept),
    );
    assert(outcome.status === "rejected" && outcome.reason.code === "too-large");
    assert.notEqual(code, 0);
  }));

peerTest("sb", "receiveYmodem() sees that sb was interrupted", () =>
  withTempDir(async (cwd) => {
    await writeFiles(cwd, { "x.bin": contentOf(MEBIBYTE) });
    const batch = collectBatch(SIZE_LIMIT_BYTES);
    let interrupt = () => {};
    const { outcome, code } = await talkToLrzsz(
      { command: ["sb", "x.bin"], cwd, onStart: (child) => interrupt = () => child.kill("SIGINT") },
      (link) =>
        receiveYmodem(link, (header) => {
          const file = batch.accept(header);
          return {
            write(link, data) {
              if (batch.files[0]!.bytes.length === 12_800) interrupt();
              return file.write(link, data);
            },
          };
        }),
    );
    assert(outcome.status === "rejected");
    // It says CAN, or it has gone before it did.
    assert(outcome.reason instanceof CanceledByPeerError || outcome.reason instanceof LinkClosedError);
    assert.notEqual(code, 0);
  }));
