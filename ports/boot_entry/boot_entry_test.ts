import assert from "node:assert/strict";
import fc from "fast-check";
import { type BootEntry, formatBootEntry, parseBootEntry } from "./boot_entry.ts";
import { BootEntryError } from "./boot_entry_error.ts";
import { BOOT_ENTRIES } from "./boot_entry_names.ts";
import type { BootStep } from "./boot_step.ts";

/** What is written, and the sequence that it stands for. */
const FORMS: readonly [string, string][] = [
  // Wirings: reset while the line is on, or while it is off; the same for the choice of the loader.
  ["reset-dtr", "dtr-on,wait-100,dtr-off,wait-200:dtr-on,wait-100,dtr-off"],
  ["reset-not-rts", "rts-off,wait-100,rts-on,wait-200:rts-off,wait-100,rts-on"],
  ["boot0-rts,reset-dtr", "dtr-on+rts-on,wait-100,dtr-off,wait-200:dtr-on+rts-off,wait-100,dtr-off"],
  ["reset-dtr,boot0-rts", "dtr-on+rts-on,wait-100,dtr-off,wait-200:dtr-on+rts-off,wait-100,dtr-off"],
  ["boot0-not-rts,reset-dtr", "dtr-on+rts-off,wait-100,dtr-off,wait-200:dtr-on+rts-on,wait-100,dtr-off"],
  ["boot0-rts,reset-not-dtr", "dtr-off+rts-on,wait-100,dtr-on,wait-200:dtr-off+rts-off,wait-100,dtr-on"],
  ["boot0-dtr,reset-rts", "rts-on+dtr-on,wait-100,rts-off,wait-200:rts-on+dtr-off,wait-100,rts-off"],
  ["boot0-not-dtr,reset-not-rts", "rts-off+dtr-off,wait-100,rts-on,wait-200:rts-off+dtr-on,wait-100,rts-on"],
  ["BOOT0-RTS, RESET-DTR", "dtr-on+rts-on,wait-100,dtr-off,wait-200:dtr-on+rts-off,wait-100,dtr-off"],
  // Names.
  ["ttl-adapter", "dtr-on+rts-off,wait-100,dtr-off,wait-200:dtr-on+rts-on,wait-100,dtr-off"],
  ["flymcu", "dtr-off+rts-on,wait-100,dtr-on,wait-200:dtr-off+rts-on,wait-100,rts-off"],
  ["touch-1200", "dtr-on,baud-1200,dtr-off,reopen-within-10000"],
  // Steps after a wiring or a name follow its own, and after a colon those of its way out.
  ["boot0-rts,reset-dtr,wait-500", "dtr-on+rts-on,wait-100,dtr-off,wait-200,wait-500:dtr-on+rts-off,wait-100,dtr-off"],
  ["Reset-DTR , send-7F : wait-9", "dtr-on,wait-100,dtr-off,wait-200,send-7f:dtr-on,wait-100,dtr-off,wait-9"],
  ["reset-dtr:wait-9", "dtr-on,wait-100,dtr-off,wait-200:dtr-on,wait-100,dtr-off,wait-9"],
  ["touch-1200,wait-500,rts-on", "dtr-on,baud-1200,dtr-off,reopen-within-10000,wait-500,rts-on"],
  ["flymcu,wait-1", "dtr-off+rts-on,wait-100,dtr-on,wait-200,wait-1:dtr-off+rts-on,wait-100,rts-off"],
  // Sequences, with what they leave out filled in.
  ["", ""],
  ["dtr-on,wait-50,dtr-off", "dtr-on,wait-50,dtr-off"],
  [" DTR-on + rts-off , wait-5 : rts-OFF ", "dtr-on+rts-off,wait-5:rts-off"],
  ['Send-"Up, \\"Date\\" : A" , EXPECT-"O K"-within-9', 'send-"Up, \\"Date\\" : A",expect-"O K"-within-9'],
  [":rts-off", ":rts-off"],
  ["break-on,wait-300,break-off", "break-on,wait-300,break-off"],
  ["mode-8N1,baud-9600", "mode-8n1,baud-9600"],
  ["send-7F00", "send-7f00"],
  // What is text may be written in digits, and stays so.
  ["send-4F4b", "send-4f4b"],
  ['send-"a:b,c\\"d\\\\",expect-79', 'send-"a:b,c\\"d\\\\",expect-79-within-1000'],
  ["baud-50,baud-20000000", "baud-50,baud-20000000"],
  ['send-"update\\r\\n",expect-"OK"-within-500', 'send-"update\\r\\n",expect-"OK"-within-500'],
  ['send-"\\u00e9"', "send-c3a9"],
  ["reopen", "reopen-within-10000"],
  // Strings of stm32flash; the first two are examples of its manual page, or of its users.
  ["stm32flash:rts,,,,-dtr", "rts-on,wait-400,dtr-off"],
  ["stm32flash:-dtr&rts,dtr:-dtr&-rts,dtr", "dtr-off,rts-on,wait-100,dtr-on:dtr-off,rts-off,wait-100,dtr-on"],
  ["stm32flash: RTS, -DTR, DTR", "rts-on,wait-100,dtr-off,wait-100,dtr-on"],
  ["stm32flash:rts,-dtr,dtr", "rts-on,wait-100,dtr-off,wait-100,dtr-on"],
  ["stm32flash:,,,", "wait-300"],
  // Seen with the program itself, which wants no separator.
  ["stm32flash:rtsdtr:-rts-dtr", "rts-on,dtr-on:rts-off,dtr-off"],
  ["stm32flash:rts,,&dtr", "rts-on,wait-200,dtr-on"],
  ["stm32flash:rts-,dtr", "rts-on,wait-100,dtr-on"],
  ["stm32flash:brk,-brk", "break-on,wait-250,break-off,wait-100"],
  ["stm32flash::dtr", ":dtr-on"],
];

for (const [text, sequence] of FORMS) {
  Deno.test(`parseBootEntry(${JSON.stringify(text)})`, () => {
    const entry = parseBootEntry(text);
    assert.equal(formatBootEntry(entry), sequence);
    assert.deepEqual(parseBootEntry(sequence), entry);
  });
}

/** What is no boot entry, and how that is said. */
const BAD: readonly [string, RegExp][] = [
  ["boot1-rts", /"boot1-rts": it is no step/],
  ["dtr", /it is no step/],
  ["dtr-on,", /"": it is no step/],
  ["dtr-on+", /it is no step/],
  ["dtr-on+dtr-off", /it sets a line twice/],
  ["wait-", /it is no step/],
  ["wait-9999999", /it is no step/],
  ["baud-", /it is no step/],
  ["baud-0", /"baud-0": there is no such rate/],
  ["baud-49", /there is no such rate/],
  ["baud-20000001", /there is no such rate/],
  ["mode-9n1", /it is no step/],
  ["send-", /it is no step/],
  ["send-7", /it holds no bytes/],
  ["send-xy", /it holds no bytes/],
  ['send-""', /it holds no bytes/],
  ['send-"a', /it is no step/],
  ['send-"\\q"', /it holds no bytes/],
  ["a:b:c", /it has more than one colon/],
  ["boot0-rts", /it says nothing about reset/],
  ["boot0-dtr,reset-dtr", /it does not give each line one thing to do/],
  ["dtr-on,reset-dtr", /"reset-dtr": it is no step/],
  ["wait-1:boot0-rts", /"boot0-rts": it is no step/],
  ["reset-dtr,touch-1200", /"touch-1200": it is no step/],
  ["boot0-rts,wait-1", /"boot0-rts": it says nothing about reset/],
  ["reset-dtr,reset-rts", /it does not give each line one thing to do/],
  ["stm32flash:4,-3", /"4": it is no line of the port/],
  ["stm32flash:rts4,dtr", /"4": it is no line of the port/],
  ["stm32flash:rts--dtr", /"--dtr": it is no line of the port/],
  ["stm32flash:rts-", /"-": it is no line of the port/],
  ["stm32flash:a:b:c", /it has more than one colon/],
];

for (const [text, message] of BAD) {
  Deno.test(`parseBootEntry() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseBootEntry(text), (error) => {
      assert(error instanceof BootEntryError);
      assert.equal(error.code, "boot-entry-syntax");
      assert.match(error.message, message);
      assert(error.advice!.length > 10);
      return true;
    });
  });
}

Deno.test("parseBootEntry() is through at once with a text that is long", () => {
  // In time that grows with the square of it, as one of these did, this takes minutes.
  for (const filler of [" ", '"', "\\", ",", "+", "-", "rts", '"\\"']) {
    for (const start of ["x", "send-", "stm32flash:"]) {
      assert.throws(() => parseBootEntry(`${start}${filler.repeat(300_000)}x`), BootEntryError);
    }
  }
});

Deno.test("every name has a text that can be read, and a source", () => {
  for (const [name, { text, about, source }] of BOOT_ENTRIES) {
    assert.match(name, /^[a-z0-9-]+$/);
    assert(parseBootEntry(text).enter.length > 0 && about !== "" && source !== "");
  }
});

const milliseconds = fc.integer({ min: 0, max: 999_999 });
const bytes = fc.uint8Array({ minLength: 1, maxLength: 12 }).map((array) => Uint8Array.from(array));
const framing = fc.record({
  dataBits: fc.constantFrom<(7 | 8)[]>(7, 8),
  parity: fc.constantFrom<("none" | "even" | "odd")[]>("none", "even", "odd"),
  stopBits: fc.constantFrom<(1 | 2)[]>(1, 2),
});
const signals = fc.record({ dtr: fc.boolean(), rts: fc.boolean(), break: fc.boolean() }, { requiredKeys: ["dtr"] });
const step: fc.Arbitrary<BootStep> = fc.oneof(
  fc.record({ kind: fc.constant("signals" as const), signals }),
  fc.record({ kind: fc.constant("wait" as const), durationMs: milliseconds }),
  fc.record({ kind: fc.constant("baud" as const), baudRate: fc.integer({ min: 50, max: 20_000_000 }) }),
  fc.record({ kind: fc.constant("mode" as const), framing }),
  fc.record({ kind: fc.constant("send" as const), bytes, isHex: fc.boolean() }),
  fc.record({ kind: fc.constant("expect" as const), bytes, isHex: fc.boolean(), withinMs: milliseconds }),
  fc.record({ kind: fc.constant("reopen" as const), withinMs: milliseconds }),
);
const entry: fc.Arbitrary<BootEntry> = fc.record({ enter: fc.array(step), leave: fc.array(step) });

Deno.test("formatBootEntry() and parseBootEntry() are inverse for any steps", () => {
  fc.assert(
    fc.property(entry, (steps) => {
      assert.equal(formatBootEntry(parseBootEntry(formatBootEntry(steps))), formatBootEntry(steps));
    }),
    { seed: 6, numRuns: 500 },
  );
});

Deno.test("parseBootEntry() throws nothing but BootEntryError", () => {
  const letters = fc.constantFrom(...'dtrs-onf,:+"\\0179 waitsendexpectbootreset&');
  fc.assert(
    fc.property(
      fc.array(letters, { maxLength: 40 }),
      fc.constantFrom("", "stm32flash:", "send-", "boot0-"),
      (text, start) => {
        try {
          parseBootEntry(start + text.join(""));
        } catch (error) {
          assert(error instanceof BootEntryError);
        }
      },
    ),
    { seed: 6, numRuns: 2000 },
  );
});
