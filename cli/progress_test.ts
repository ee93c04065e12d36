import assert from "node:assert/strict";
import { Progress } from "./progress.ts";
import { groupDigits } from "./report.ts";
import { PLAIN_STYLE, type Terminal } from "./terminal.ts";

/** A terminal that keeps what is printed on standard error; `rewritten` lines begin with `~`. */
function openFakeTerminal(canRewrite: boolean): Terminal & { readonly printed: string[] } {
  const printed: string[] = [];
  return {
    printed,
    print: () => assert.fail("progress is not printed on standard output"),
    printError: (...lines) => printed.push(...lines),
    style: PLAIN_STYLE,
    errorStyle: PLAIN_STYLE,
    columns: Infinity,
    errorColumns: Infinity,
    rewriteError: canRewrite ? (line) => printed.push(`~${line}`) : undefined,
  };
}

/** A progress on a clock that the test moves. */
function begin(canRewrite: boolean, isQuiet = false) {
  const terminal = openFakeTerminal(canRewrite);
  let nowMs = 0;
  const progress = new Progress(terminal, { isQuiet, nowMs: () => nowMs });
  return { progress, printed: terminal.printed, wait: (ms: number) => nowMs += ms };
}

Deno.test("Progress rewrites one line on a terminal, with rate and time left", () => {
  const { progress, printed, wait } = begin(true);
  progress.reportStart("write");
  wait(400);
  progress.update("write", { doneBytes: 1024, totalBytes: 10_240 });
  wait(600);
  progress.update("write", { doneBytes: 2048, totalBytes: 10_240 });
  wait(4000);
  progress.update("write", { doneBytes: 10_240, totalBytes: 10_240 });
  assert.deepEqual(printed, [
    "~write     ...",
    "~write      10 %  1,024 of 10,240 bytes",
    "~write      20 %  2,048 of 10,240 bytes  2.0 KiB/s  0:04 left",
    "~",
    "write     10,240 bytes in 5.0 s, 2.0 KiB/s",
  ]);
});

Deno.test("Progress fits 79 columns with the largest flash and an hour left", () => {
  const { progress, printed, wait } = begin(true);
  progress.reportStart("verify");
  wait(600_000);
  progress.update("verify", { doneBytes: 240_000, totalBytes: 4_194_304 });
  // 600 s for 240,000 bytes, and 3,954,304 to go: 9885.76 s.
  assert.equal(printed[1], "~verify      5 %  240,000 of 4,194,304 bytes  0.4 KiB/s  2:44:46 left");
  assert(printed[1]!.length <= 80);
});

Deno.test("Progress draws ten times a second at most", () => {
  const { progress, printed, wait } = begin(true);
  for (let doneBytes = 1; doneBytes < 1000; doneBytes++) {
    wait(1);
    progress.update("read", { doneBytes, totalBytes: 1000 });
  }
  assert.equal(printed.length, 10);
});

Deno.test("Progress prints lasting lines where nothing can be rewritten: each end, and what takes long", () => {
  const { progress, printed, wait } = begin(false);
  progress.reportStart("erase");
  wait(100);
  progress.update("erase", { doneBytes: 2048, totalBytes: 2048 });
  for (const doneBytes of [1, 2, 3]) {
    wait(6000);
    progress.update("write", { doneBytes: doneBytes * 1024, totalBytes: 4096 });
  }
  progress.say("the line was disturbed");
  progress.close();
  assert.deepEqual(printed, [
    "erase     2,048 bytes in 0.1 s, 20.0 KiB/s",
    "write      50 %  2,048 of 4,096 bytes  0.2 KiB/s  0:12 left",
    "the line was disturbed",
  ]);
});

Deno.test("Progress counts the time of tasks that take turns apart", () => {
  const { progress, printed, wait } = begin(false);
  wait(1000);
  progress.update("write", { doneBytes: 768, totalBytes: 1024 });
  wait(500);
  progress.update("verify", { doneBytes: 768, totalBytes: 1024 });
  wait(1000);
  progress.update("write", { doneBytes: 1024, totalBytes: 1024 });
  wait(500);
  progress.update("verify", { doneBytes: 1024, totalBytes: 1024 });
  assert.deepEqual(printed, ["write     1,024 bytes in 2.0 s, 0.5 KiB/s", "verify    1,024 bytes in 1.0 s, 1.0 KiB/s"]);
});

Deno.test("Progress begins anew after a pause that is nobody's", () => {
  const { progress, printed, wait } = begin(false);
  wait(1000);
  progress.update("transfer", { doneBytes: 512, totalBytes: 2048 });
  wait(60_000);
  progress.forget();
  assert.equal(progress.share, undefined);
  wait(1000);
  progress.update("transfer", { doneBytes: 1024, totalBytes: 1024 });
  assert.deepEqual(printed, ["transfer  1,024 bytes in 1.0 s, 1.0 KiB/s"]);
});

Deno.test("Progress puts no time before a task's start down to it, such as that of a port that was waited for", () => {
  const { progress, printed, wait } = begin(false);
  wait(60_000);
  progress.reportStart("erase");
  wait(2000);
  progress.update("erase", { doneBytes: 4096, totalBytes: 4096 });
  wait(1000);
  progress.update("write", { doneBytes: 1024, totalBytes: 1024 });
  assert.deepEqual(printed, ["erase     4,096 bytes in 2.0 s, 2.0 KiB/s", "write     1,024 bytes in 1.0 s, 1.0 KiB/s"]);
});

/**
 * What a task tells behind an erase of 4 s that tells of its start only: at each moment, in milliseconds after the first
 * of 1,024,000 bytes, how many are done, and the rate and time left that are shown.
 */
const FORETOLD: readonly (readonly [atMs: number, doneBytes: number, shown: string])[] = [
  [0, 1024, ""],
  [900, 103_424, ""],
  [1000, 52_000, ""],
  // 100 KiB in 2 s; 899 KiB to go.
  [2000, 103_424, "  50.0 KiB/s  0:18 left"],
  [2000, 52_224, "  25.0 KiB/s  0:38 left"],
];

for (const [atMs, doneBytes, shown] of FORETOLD) {
  Deno.test(`Progress foretells "${shown}" from ${doneBytes} bytes ${atMs} ms after the first`, () => {
    const { progress, printed, wait } = begin(true);
    progress.reportStart("erase");
    wait(4000);
    progress.update("write", { doneBytes: 1024, totalBytes: 1_024_000 });
    wait(atMs);
    progress.update("write", { doneBytes, totalBytes: 1_024_000 });
    const share = `${Math.floor(doneBytes / 10_240)} %`.padStart(5);
    assert.equal(printed.at(-1), `~write     ${share}  ${groupDigits(doneBytes)} of 1,024,000 bytes${shown}`);
  });
}

Deno.test("Progress counts no erase into the time of what was written behind it", () => {
  const { progress, printed, wait } = begin(false);
  progress.reportStart("erase");
  wait(4000);
  progress.update("write", { doneBytes: 1024, totalBytes: 4096 });
  wait(3000);
  progress.update("write", { doneBytes: 4096, totalBytes: 4096 });
  assert.deepEqual(printed, ["write     4,096 bytes in 3.0 s, 1.3 KiB/s"]);
});

Deno.test("Progress leaves the line below what it showed last, and says how far it was", () => {
  const { progress, printed, wait } = begin(true);
  assert.equal(progress.share, undefined);
  wait(200);
  progress.update("write", { doneBytes: 57, totalBytes: 100 });
  assert.equal(progress.share, "57 %");
  progress.close();
  progress.close();
  assert.deepEqual(printed, ["~write      57 %  57 of 100 bytes", ""]);
});

Deno.test("Progress says nothing where programs read standard error", () => {
  const { progress, printed, wait } = begin(true, true);
  progress.reportStart("write");
  wait(20_000);
  progress.update("write", { doneBytes: 1, totalBytes: 2 });
  progress.say("note");
  progress.update("write", { doneBytes: 2, totalBytes: 2 });
  progress.close();
  assert.deepEqual(printed, []);
});

Deno.test("Progress.say() breaks long lines between words, and sets off what they begin with", () => {
  const terminal = openFakeTerminal(true);
  const progress = new Progress({ ...terminal, errorColumns: 40 }, { isQuiet: false });
  progress.say("note: /dev/ttyUSB0 cannot do even parity: bytes go without it");
  progress.say("write     10,240 bytes in 5.0 s");
  assert.deepEqual(terminal.printed, [
    "note: /dev/ttyUSB0 cannot do even",
    "      parity: bytes go without it",
    "write     10,240 bytes in 5.0 s",
  ]);
});
