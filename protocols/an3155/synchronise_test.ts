import assert from "node:assert/strict";
import { formatHex, parseHex } from "../../core/mod.ts";
import { findPart, type Part } from "../../core/parts/mod.ts";
import { ArrayDevice } from "../../tests/array_device.ts";
import { runLoopback } from "../../tests/loopback.ts";
import type { ByteLink, Procedure } from "../link/mod.ts";
import { ANSWER_WITHIN_MS, COMMANDS } from "./constants.ts";
import * as host from "./host.ts";
import { type BootRomProfile, OPEN_BOOTLOADER, ROM_ERASE, ROM_EXTENDED_ERASE } from "./profiles.ts";
import { runBootRom } from "./target.ts";

const [g071, f103] = ["stm32g071xb", "stm32f103xb"].map(findPart) as [Part, Part];

/** Whole conversations of the host, by ROM; every beginning of each leaves the ROM in another state. */
const CONVERSATIONS: readonly [BootRomProfile, Part, string][] = [
  [ROM_EXTENDED_ERASE, g071, "00ff"],
  [ROM_EXTENDED_ERASE, g071, "11ee 0800000008 ff00"],
  [ROM_EXTENDED_ERASE, g071, "21de 0800000008"],
  [ROM_EXTENDED_ERASE, g071, `31ce 0800000008 ff ${"a5".repeat(256)} ff`],
  [ROM_EXTENDED_ERASE, g071, "31ce 0800000008 03 deadbeef 21"],
  [ROM_EXTENDED_ERASE, g071, "44bb 0002 0001 0002 0004 05"],
  [ROM_EXTENDED_ERASE, g071, "63 9c 01 00 01 00"],
  [ROM_ERASE, f103, "43bc 02 01 02 04 05"],
  [OPEN_BOOTLOADER, g071, `50af 010001 0004 01020304 00`],
  [OPEN_BOOTLOADER, g071, `51ae 010001 0002 1234 24 0003 010203 03`],
];

/** Sends the beginning of a conversation, waits for an answer in vain, then gets back into step. */
function* recover(link: ByteLink, beginning: Uint8Array<ArrayBuffer>): Procedure<number> {
  yield* host.synchronise(link);
  link.send(beginning);
  yield* link.flush();
  yield* link.sleep(ANSWER_WITHIN_MS);
  const mayWaitForPages = beginning.length <= 2 && beginning[0] === COMMANDS.extendedErase;
  yield* host.resynchronise(link, mayWaitForPages ? parseHex("fff000") : undefined);
  const { chipId } = yield* host.getId(link);
  return chipId;
}

for (const pauseMs of [400, Infinity]) {
  for (const [profile, part, hex] of CONVERSATIONS) {
    const whole = parseHex(hex);
    Deno.test(`resynchronise() gets ${profile.name} back from ${hex.slice(0, 24)}.., pause ${pauseMs}`, () => {
      for (let count = 0; count < whole.length; count++) {
        const device = new ArrayDevice(part);
        device.flash.fill(0x11);
        const before = device.flash.slice();
        const beginning = whole.slice(0, count);
        const { value } = runLoopback(
          (link) => recover(link, beginning),
          (link) => runBootRom(link, { device, profile: { ...profile, pauseMs } }),
        );
        assert.equal(value, part.chipId);
        assert.deepEqual([device.erasedSectors, device.changes], [[], []], formatHex(beginning));
        assert.deepEqual(device.flash, before, formatHex(beginning));
      }
    });
  }
}

Deno.test("resynchronise() can complete a list that lost its last page and its checksum, where they are equal", () => {
  const erasedBy = (pauseMs: number) => {
    const device = new ArrayDevice(f103);
    const profile = { ...ROM_ERASE, pauseMs };
    runLoopback((link) => recover(link, parseHex("43bc 03 00 01 02")), (link) => runBootRom(link, { device, profile }));
    return device.erasedSectors;
  };
  assert.deepEqual(erasedBy(400), [], "a ROM with a pause has forgotten the list by then");
  assert.deepEqual(erasedBy(Infinity), [0, 1, 2, 127], "the limit that is stated at resynchronise()");
});

Deno.test("synchronise() gives up on a device that says nothing, and on one that says nonsense", () => {
  const mute = function* (link: ByteLink): Procedure<never> {
    while (true) yield* link.readByte("anything", Infinity);
  };
  const babbler = function* (link: ByteLink): Procedure<never> {
    while (true) {
      yield* link.readByte("anything", Infinity);
      link.send(parseHex("42"));
    }
  };
  for (const target of [mute, babbler]) {
    assert.throws(() => runLoopback(host.synchronise, target), { name: "LinkTimeoutError" });
  }
});

/** A target that answers each byte with the next of its answers, and with the last of them for ever. */
function* answerWith(link: ByteLink, answers: readonly string[], heard: number[]): Procedure<never> {
  while (true) {
    heard.push(yield* link.readByte("anything", Infinity));
    link.send(parseHex(answers[Math.min(heard.length, answers.length) - 1]!));
  }
}

Deno.test("resynchronise() does not take an answer that was held up for the one to its own byte", () => {
  const heard: number[] = [];
  const { value } = runLoopback(host.resynchronise, (link) => answerWith(link, ["79 1f", "1f"], heard));
  assert.equal(value, "ready", "the ACK was meant for something older");
  assert.equal(heard.length, 2);
});

Deno.test("resynchronise() looks for late answers four times at most", () => {
  const heard: number[] = [];
  const { value } = runLoopback(host.resynchronise, (link) => answerWith(link, ["1f 1f"], heard));
  assert.equal(value, "ready");
  assert.equal(heard.length, 4);
});
