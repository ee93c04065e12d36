import assert from "node:assert/strict";
import { formatHex, parseHex } from "../../core/mod.ts";
import { LinkClosedError } from "../../protocols/link/mod.ts";
import { vanishedError } from "../serial/gone.ts";
import { parseBootEntry } from "./boot_entry.ts";
import { BootEntryError } from "./boot_entry_error.ts";
import { BOOT_ENTRIES } from "./boot_entry_names.ts";
import { type BootEntryActions, runBootSteps } from "./run_boot_entry.ts";

/** A port in virtual time that writes down what is done to it, and when. */
class FakePort implements BootEntryActions {
  readonly name = "fake";
  readonly log: string[] = [];
  #nowMs = 0;
  readonly #answers: readonly string[];

  constructor(answers: readonly string[] = []) {
    this.#answers = answers;
  }

  setSignals(signals: object) {
    return this.#note(JSON.stringify(signals).replaceAll('"', ""));
  }

  setBaudRate(baudRate: number) {
    return this.#note(`${baudRate} baud`);
  }

  setFraming(framing: { readonly parity?: string | undefined }) {
    return this.#note(`parity ${framing.parity}`);
  }

  send(bytes: Uint8Array) {
    return this.#note(`send ${formatHex(bytes)}`);
  }

  async expect(bytes: Uint8Array, withinMs: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    await this.#note(`expect ${formatHex(bytes)}`);
    const isThere = this.#answers.includes(formatHex(bytes));
    if (!isThere) await this.sleep(withinMs);
    return isThere ? undefined : new Uint8Array(0);
  }

  sleep(durationMs: number) {
    this.#nowMs += durationMs;
    return Promise.resolve();
  }

  reopen(withinMs: number) {
    return this.#note(`reopen within ${withinMs}`);
  }

  #note(text: string) {
    this.log.push(`${this.#nowMs}: ${text}`);
    return Promise.resolve();
  }
}

/** Boot entry, and what happens when on the way in and on the way out. */
const RUNS: readonly [string, readonly string[], readonly string[]][] = [
  ["boot0-rts,reset-dtr", ["0: {dtr:true,rts:true}", "100: {dtr:false}"], [
    "0: {dtr:true,rts:false}",
    "100: {dtr:false}",
  ]],
  ["boot0-not-rts,reset-not-dtr", ["0: {dtr:false,rts:false}", "100: {dtr:true}"], [
    "0: {dtr:false,rts:true}",
    "100: {dtr:true}",
  ]],
  ["boot0-dtr,reset-not-rts", ["0: {rts:false,dtr:true}", "100: {rts:true}"], [
    "0: {rts:false,dtr:false}",
    "100: {rts:true}",
  ]],
  ["reset-not-rts", ["0: {rts:false}", "100: {rts:true}"], ["0: {rts:false}", "100: {rts:true}"]],
  ["ttl-adapter", ["0: {dtr:true,rts:false}", "100: {dtr:false}"], ["0: {dtr:true,rts:true}", "100: {dtr:false}"]],
  ["flymcu", ["0: {dtr:false,rts:true}", "100: {dtr:true}"], ["0: {dtr:false,rts:true}", "100: {rts:false}"]],
  ["stm32flash:-dtr&rts,dtr:-dtr&-rts,dtr", ["0: {dtr:false}", "0: {rts:true}", "100: {dtr:true}"], [
    "0: {dtr:false}",
    "0: {rts:false}",
    "100: {dtr:true}",
  ]],
  ["stm32flash:rts,-dtr,dtr", ["0: {rts:true}", "100: {dtr:false}", "200: {dtr:true}"], []],
  ["touch-1200", ["0: {dtr:true}", "0: 1200 baud", "0: {dtr:false}", "0: reopen within 10000"], []],
  ['mode-8n1,send-"go",expect-4f4b', ["0: parity none", "0: send 676f", "0: expect 4f4b"], []],
  ["wait-30,break-on,wait-5,break-off", ["30: {break:true}", "35: {break:false}"], []],
];

Deno.test("every boot entry that has a name is among those whose line changes are tested", () => {
  const texts = RUNS.map(([text]) => text);
  assert.deepEqual([...BOOT_ENTRIES.keys()].filter((name) => !texts.includes(name)), []);
});

for (const [text, entering, leaving] of RUNS) {
  Deno.test(`runBootSteps() of ${text}`, async () => {
    const { enter, leave } = parseBootEntry(text);
    for (const [steps, expected] of [[enter, entering], [leave, leaving]] as const) {
      const port = new FakePort(["4f4b"]);
      assert.deepEqual(await runBootSteps(steps, port), []);
      assert.deepEqual(port.log, expected);
    }
  });
}

Deno.test("runBootSteps() goes no further when the answer does not come", async () => {
  const port = new FakePort();
  const { enter } = parseBootEntry('send-"go",expect-"OK\\r\\n"-within-500,dtr-on');
  await assert.rejects(runBootSteps(enter, port), (error) => {
    assert(error instanceof BootEntryError);
    assert.equal(error.code, "boot-entry-silent");
    assert.equal(error.message, 'Cannot enter the loader: no answer "OK\\r\\n" on fake within 500 ms');
    return true;
  });
  assert.deepEqual(port.log, ["0: send 676f", "0: expect 4f4b0d0a"]);
});

/** What is expected, what came, and what is said of it: bytes as they were written. */
const SILENCES: readonly [step: string, came: string, said: string][] = [
  ["expect-79", "", "no answer 79 on fake within 1000 ms"],
  ["expect-79", "6f4b", "no answer 79 on fake within 1000 ms, but 6f4b"],
  ['expect-"y"', "6f4b", 'no answer "y" on fake within 1000 ms, but "oK"'],
  ['expect-"y"', "1f", 'no answer "y" on fake within 1000 ms, but 1f'],
];

for (const [step, came, said] of SILENCES) {
  Deno.test(`runBootSteps() of ${step} without that answer says ${said}`, async () => {
    const port = new FakePort();
    port.expect = () => Promise.resolve(parseHex(came));
    const { enter } = parseBootEntry(step);
    await assert.rejects(runBootSteps(enter, port), { message: `Cannot enter the loader: ${said}` });
  });
}

/** What ends a break that is on, and what has happened to the port by then. */
const BREAKS: readonly [steps: string, log: readonly string[]][] = [
  ['break-on+rts-on,expect-"x"-within-200,break-off', [
    "0: {break:true,rts:true}",
    "0: expect 78",
    "200: {break:false}",
  ]],
  ["break-on,send-00,break-off", ["0: {break:true}", "0: {break:false}"]],
  ["break-on,wait-5", ["0: {break:true}", "5: {break:false}"]],
  ["break-on,reopen,rts-on", [
    ...["0: {break:true}", "0: {break:false}", "0: reopen within 10000", "0: {rts:true}"],
  ]],
  ["break-on,break-off,send-00", ["0: {break:true}", "0: {break:false}"]],
];

for (const [text, log] of BREAKS) {
  Deno.test(`runBootSteps() of ${text} leaves no break on, whatever fails`, async () => {
    const port = new FakePort();
    port.send = () => Promise.reject(new Error("aborted"));
    await runBootSteps(parseBootEntry(text).enter, port).catch(() => {});
    assert.deepEqual(port.log, log);
  });
}

Deno.test("runBootSteps() says what failed, not that the break could not be ended then", async () => {
  const port = new FakePort();
  const { enter } = parseBootEntry('break-on,expect-"x"');
  port.setSignals = (signals) =>
    "break" in signals && signals.break === false ? Promise.reject(new Error("gone")) : Promise.resolve();
  await assert.rejects(runBootSteps(enter, port), { code: "boot-entry-silent" });
});

Deno.test("runBootSteps() leaves out what the port cannot do, and says each thing once", async () => {
  const port = new FakePort();
  const bare: BootEntryActions = {
    name: "tcp:x:1",
    send: (bytes) => port.send(bytes),
    expect: (bytes, withinMs) => port.expect(bytes, withinMs),
    sleep: (durationMs) => port.sleep(durationMs),
    reopen: (withinMs) => port.reopen(withinMs),
  };
  const { enter } = parseBootEntry("dtr-on,rts-on,baud-1200,mode-8n1,wait-10,send-7f");
  const notices = await runBootSteps(enter, bare);
  assert.deepEqual(notices.map(({ code }) => code), ["no-signals", "no-baud-rate", "no-framing"]);
  assert.deepEqual(port.log, ["10: send 7f"]);
});

Deno.test("runBootSteps() takes a device that goes early for one that restarts, if it is to be reopened", async () => {
  const { enter } = parseBootEntry("dtr-on,baud-1200,dtr-off,reopen,rts-off");
  for (const error of [vanishedError("fake"), new LinkClosedError()]) {
    const port = new FakePort();
    port.setBaudRate = () => Promise.reject(error);
    await runBootSteps(enter, port);
    assert.deepEqual(port.log, ["0: {dtr:true}", "0: reopen within 10000", "0: {rts:false}"]);
    // Not without a step that reopens, and not for another reason.
    await assert.rejects(runBootSteps(enter.slice(0, 3), port), error);
  }
  const port = new FakePort();
  port.setBaudRate = () => Promise.reject(new RangeError("no rate"));
  await assert.rejects(runBootSteps(enter, port), RangeError);
});
