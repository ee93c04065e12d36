import assert from "node:assert/strict";
import type { Clock } from "../clock.ts";
import type { Completion, Operation } from "./windows_completions.ts";
import { WindowsStreams } from "./windows_streams.ts";

const FAILED: Completion = { isDone: false, sizeBytes: 0 };

/** A clock on which no time passes: what waits ends otherwise, or not at all. */
const ENDLESS: Clock = {
  nowMs: () => 0,
  sleep: (_, signal) => new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason))),
};

/** A clock on which time passes at once. */
const SWIFT: Clock = { nowMs: () => 0, sleep: () => Promise.resolve() };

/** A driver: what it was asked to do, what is under way, and how it ends. */
class FakeDriver {
  readonly log: string[] = [];
  readonly written: number[] = [];
  input: number[] = [];
  output = 0;
  isGone = false;
  /** Whether it takes its time to give up. */
  isSlow = false;
  #asked = { verb: "", sizeBytes: 0, address: 0n };
  #pending = new Map<string, (completion: Completion) => void>();

  open(clock: Clock): WindowsStreams {
    const start = (verb: string) => (address: bigint, sizeBytes: number) => {
      this.#asked = { verb, sizeBytes, address };
      this.log.push(`${verb} ${sizeBytes}`);
      return 0;
    };
    return new WindowsStreams({
      name: "COM3",
      clock,
      terminal: {
        startRead: start("read"),
        startWrite: start("write"),
        countQueues: () => this.isGone ? undefined : { input: this.input.length, output: this.output },
        cancel: () => {
          this.log.push("cancel");
          if (this.isSlow) return;
          for (const resolve of this.#pending.values()) resolve(FAILED);
        },
        close: () => this.log.push("close"),
      },
      completions: {
        run: (operation, begin) => {
          begin();
          return this.#run(operation);
        },
        leave: async () => await void this.log.push("leave"),
      },
    });
  }

  /** Ends what is under way, as soon as it is. */
  async end(verb: string, completion: Completion): Promise<void> {
    while (!this.#pending.has(verb)) await Promise.resolve();
    this.#pending.get(verb)!(completion);
    this.#pending.delete(verb);
  }

  #run(operation: Operation): Promise<Completion> {
    const { bytes } = operation;
    const { verb, sizeBytes, address } = this.#asked;
    if (verb === "read" && this.input.length > 0) {
      bytes.set(this.input.splice(0, sizeBytes), Number(address - operation.address));
      return Promise.resolve({ isDone: true, sizeBytes });
    }
    if (verb === "write") this.written.push(...bytes.subarray(0, sizeBytes));
    return new Promise((resolve) => this.#pending.set(verb, resolve));
  }
}

/** Lets everything go on that need not wait. */
async function takeTurns(): Promise<void> {
  for (let count = 0; count < 50; count++) await Promise.resolve();
}

Deno.test("WindowsStreams reads a byte, and then what is there", async () => {
  const driver = new FakeDriver();
  driver.input = [1, 2, 3];
  const streams = driver.open(ENDLESS);
  assert.deepEqual((await streams.readable.getReader().read()).value, Uint8Array.of(1, 2, 3));
  assert.deepEqual(driver.log, ["read 1", "read 2"]);
  await streams.close();
});

Deno.test("WindowsStreams reads again what found nothing, and ends when the device does not answer", async () => {
  const driver = new FakeDriver();
  const reading = driver.open(SWIFT).readable.getReader().read();
  await driver.end("read", { isDone: true, sizeBytes: 0 });
  driver.isGone = true;
  await driver.end("read", { isDone: true, sizeBytes: 0 });
  await assert.rejects(reading, { code: "port-vanished" });
  assert.deepEqual(driver.log, ["read 1", "read 1"]);
});

Deno.test("WindowsStreams ends with the device when a read fails", async () => {
  const driver = new FakeDriver();
  const reading = driver.open(ENDLESS).readable.getReader().read();
  await driver.end("read", FAILED);
  await assert.rejects(reading, { code: "port-vanished" });
});

Deno.test("WindowsStreams writes on where a driver took a part only", async () => {
  const driver = new FakeDriver();
  const writing = driver.open(ENDLESS).writable.getWriter().write(Uint8Array.of(1, 2, 3));
  await driver.end("write", { isDone: true, sizeBytes: 1 });
  await driver.end("write", { isDone: true, sizeBytes: 2 });
  await writing;
  assert.deepEqual([driver.log, driver.written], [["write 3", "write 2"], [1, 2, 3, 2, 3]]);
});

Deno.test("WindowsStreams waits for writes and what the driver holds, cancels the read, closes and leaves", async () => {
  const driver = new FakeDriver();
  const streams = driver.open(ENDLESS);
  const reading = streams.readable.getReader().read();
  const writer = streams.writable.getWriter();
  await writer.ready;
  const writing = writer.write(Uint8Array.of(1));
  driver.isSlow = true;
  const closing = streams.close();
  await takeTurns();
  assert.deepEqual(driver.log, ["read 1", "write 1"]);
  await driver.end("write", { isDone: true, sizeBytes: 1 });
  await takeTurns();
  assert.deepEqual(driver.log, ["read 1", "write 1", "cancel"]);
  await driver.end("read", FAILED);
  await Promise.all([writing, closing]);
  assert.equal((await reading).done, true);
  assert.deepEqual(driver.log, ["read 1", "write 1", "cancel", "close", "leave"]);
});

Deno.test("WindowsStreams gives up a write that does not end, and says that the port was closed", async () => {
  const driver = new FakeDriver();
  const streams = driver.open(SWIFT);
  const writer = streams.writable.getWriter();
  await writer.ready;
  const writing = assert.rejects(writer.write(Uint8Array.of(1)), { code: "port-closed" });
  await streams.close();
  await writing;
  await assert.rejects(streams.drain(), { code: "port-closed" });
  assert.deepEqual(driver.log, ["write 1", "cancel", "close", "leave"]);
});

Deno.test("WindowsStreams drains until the driver holds nothing", async () => {
  const driver = new FakeDriver();
  driver.output = 3;
  const sleep = () => Promise.resolve(void driver.output--);
  await driver.open({ nowMs: () => 0, sleep }).drain();
  assert.equal(driver.output, 0);
});
