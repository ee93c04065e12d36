import assert from "node:assert/strict";
import { joinPoller, POLLIN } from "./poller.ts";

/** Deno runs 32 calls beside a program: these would take all of them, were each to wait by itself. */
const PIPE_COUNT = 40;

const isUnix = Deno.build.os !== "windows";

Deno.test({
  name: `Poller waits for ${PIPE_COUNT} descriptors, and leaves Deno's own calls room`,
  ignore: !isUnix,
  fn: async () => {
    using pipes = openPipes(PIPE_COUNT);
    const poller = joinPoller();
    for (const { readEnd } of pipes.all) assert.equal(joinPoller(), poller, `pipe ${readEnd}`);
    const ended: number[] = [];
    const waits = pipes.all.map(({ readEnd }) => poller.wait(readEnd, POLLIN).then(() => ended.push(readEnd)));
    await Deno.stat(".");
    for (const index of [PIPE_COUNT - 1, 0, 17]) {
      pipes.feed(index);
      await waits[index];
    }
    const fed = [PIPE_COUNT - 1, 0, 17].map((index) => pipes.all[index]!.readEnd);
    assert.deepEqual(ended, fed);
    await Promise.all(pipes.all.map(({ readEnd }) => poller.leave(readEnd)));
    await Promise.all(waits);
    assert.equal(ended.length, PIPE_COUNT);
    await poller.leave(-1);
    const next = joinPoller();
    assert.notEqual(next, poller);
    await next.leave(-1);
  },
});

Deno.test({
  name: "Poller lets nobody wait for a descriptor any more once that was left",
  ignore: !isUnix,
  fn: async () => {
    using pipes = openPipes(2);
    const [left, kept] = [pipes.all[0]!.readEnd, pipes.all[1]!.readEnd];
    const poller = joinPoller();
    joinPoller();
    let isKeptOver = false;
    const waits = [poller.wait(left, POLLIN), poller.wait(kept, POLLIN).then(() => isKeptOver = true)];
    await poller.leave(left);
    await waits[0];
    pipes.feed(0);
    await Deno.stat(".");
    assert(!isKeptOver);
    pipes.feed(1);
    await waits[1];
    await poller.leave(kept);
  },
});

interface Pipe {
  readonly readEnd: number;
  readonly writeEnd: number;
}

function openPipes(count: number): Disposable & { readonly all: readonly Pipe[]; feed(index: number): void } {
  const library = Deno.dlopen(Deno.build.os === "darwin" ? "/usr/lib/libSystem.B.dylib" : "libc.so.6", {
    close: { parameters: ["i32"], result: "i32" },
    pipe: { parameters: ["buffer"], result: "i32" },
    write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  });
  const { close, pipe, write } = library.symbols;
  const all = Array.from({ length: count }, () => {
    const ends = new Int32Array(2);
    assert.equal(pipe(ends), 0);
    return { readEnd: ends[0]!, writeEnd: ends[1]! };
  });
  return {
    all,
    feed: (index) => assert.equal(write(all[index]!.writeEnd, new Uint8Array(1), 1n), 1n),
    [Symbol.dispose]: () => {
      for (const { readEnd, writeEnd } of all) [readEnd, writeEnd].forEach((fd) => close(fd));
      library.close();
    },
  };
}
