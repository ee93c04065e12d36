import assert from "node:assert/strict";
import { type Bytes, formatHex, parseHex } from "../core/mod.ts";
import { Cdc7ArrayDevice } from "./cdc7_array_device.ts";
import { type CdcPath, connectCdc } from "./cdc_pair.ts";
import { type ByteLink, LinkTimeoutError, type Procedure, UnexpectedBytesError } from "../protocols/link/mod.ts";
import { EndlessWorkError } from "../protocols/cdc/error.ts";
import { ERASE_WITHIN_MS } from "../protocols/cdc7/constants.ts";
import { Cdc7Error, Cdc7ImageError } from "../protocols/cdc7/error.ts";
import { decodeReply, encodeDownload } from "../protocols/cdc7/frames.ts";
import {
  type Cdc7Event,
  eraseOverCdc7,
  executeOverCdc7,
  flashOverCdc7,
  type FlashOverCdc7Options,
} from "../protocols/cdc7/host.ts";
import { BLACK_PILL, type Cdc7Profile, MENDED } from "../protocols/cdc7/profiles.ts";
import { runCdc7Target } from "../protocols/cdc7/target.ts";

const ACK_DOWNLOAD = "108000";
const ACK_EXECUTE = "106000";
const INVALID = "508000";

/** Two packets; the first word is the end of a stack. */
const PAYLOAD: Bytes = Uint8Array.from({ length: 100 }, (_, index) => [0, 0, 2, 0x20][index] ?? index);

/** What a target says to a packet, after how long. */
type Answers = (packet: number, sending: number) => readonly [replies: string, afterMs?: number];

/** A target that says what it is told to, and what the host has sent it. */
class Scripted {
  readonly sent: string[] = [];

  *run(link: ByteLink, answers: Answers, result: readonly [replies: string, afterMs?: number]): Procedure<void> {
    while (true) {
      const [kind] = yield* link.read(7, "command", Infinity);
      this.sent.push(`${kind!.toString(16)}`);
      if (kind !== 0x80) {
        link.send(parseHex(INVALID));
        continue;
      }
      link.send(parseHex(ACK_DOWNLOAD));
      if (yield* this.#takePackets(link, answers)) yield* sayLater(link, result);
    }
  }

  *#takePackets(link: ByteLink, answers: Answers): Procedure<boolean> {
    for (let packet = 0, sending = 0; packet < 2;) {
      try {
        yield* link.read(64, "packet", 5000);
      } catch (error) {
        if (!(error instanceof LinkTimeoutError)) throw error;
        link.discardInput();
        return false;
      }
      this.sent.push(`packet ${packet}`);
      const answer = answers(packet, sending++);
      yield* sayLater(link, answer);
      if (answer[0].startsWith("30")) [packet, sending] = [packet + 1, 0];
    }
    return true;
  }
}

function* sayLater(link: ByteLink, [replies, afterMs = 1]: readonly [string, number?]): Procedure<void> {
  yield* link.sleep(afterMs);
  link.send(parseHex(replies));
}

const STARTED: readonly [replies: string, afterMs?: number] = [ACK_EXECUTE];
const ack: Answers = (packet) => [`300${packet}00`];

interface Row {
  readonly what: string;
  readonly answers?: Answers;
  readonly result?: readonly [replies: string, afterMs?: number];
  /** How often it began anew, or what it threw. */
  readonly ends: number | (new (...args: never[]) => Error);
  /** How many packets were sent in all. */
  readonly packetCount: number;
}

const ROWS: readonly Row[] = [
  { what: "is right", ends: 0, packetCount: 2 },
  {
    what: "erases for 20 s and is 2.9 s late",
    answers: (packet) => [`300${packet}00`, packet === 0 ? 22_900 : 2900],
    ends: 0,
    packetCount: 2,
  },
  { what: "compares for 39 s", result: [ACK_EXECUTE, 39_000], ends: 0, packetCount: 2 },
  {
    what: "misses each packet three times",
    answers: (packet, sending) => [sending < 3 ? `400${packet}00` : `300${packet}00`],
    ends: 0,
    packetCount: 8,
  },
  {
    what: "misses a packet four times",
    answers: (packet) => [`400${packet}00`],
    ends: UnexpectedBytesError,
    packetCount: 12,
  },
  {
    what: "misses another packet than was sent",
    answers: () => ["400500"],
    ends: UnexpectedBytesError,
    packetCount: 3,
  },
  { what: "takes another packet than was sent", answers: () => ["300500"], ends: UnexpectedBytesError, packetCount: 3 },
  { what: "ends with the ACK of another command", result: [ACK_DOWNLOAD], ends: UnexpectedBytesError, packetCount: 6 },
  { what: "ends with the NACK of a packet", result: ["400000"], ends: UnexpectedBytesError, packetCount: 6 },
  { what: "reports an error at the end", result: ["507f00"], ends: Cdc7Error, packetCount: 6 },
  {
    what: "is as slow as it may be, and wrong each time",
    answers: (packet) => [`300${packet}00`, packet === 0 ? 22_900 : 2900],
    result: ["507f00", 39_000],
    ends: Cdc7Error,
    packetCount: 6,
  },
  {
    what: "is as slow, and makes no sense each time",
    answers: (packet) => [`300${packet}00`, packet === 0 ? 22_900 : 2900],
    result: ["400000", 39_000],
    ends: UnexpectedBytesError,
    packetCount: 6,
  },
  { what: "never says a result", result: ["", 1e9], ends: LinkTimeoutError, packetCount: 2 },
];

for (const { what, answers = ack, result = STARTED, ends, packetCount } of ROWS) {
  Deno.test(`flashOverCdc7() with a target that ${what}`, () => {
    const target = new Scripted();
    const outcome = connectCdc(
      (link) => target.run(link, answers, result),
      (link) => flashOverCdc7(link, PAYLOAD, { eraseWithinMs: ERASE_WITHIN_MS }),
    );
    if (typeof ends === "number") assert.deepEqual(outcome.value(), { packetCount: 2, restartCount: ends });
    else assert(outcome.error instanceof ends, String(outcome.error));
    assert.equal(target.sent.filter((text) => text.startsWith("packet")).length, packetCount, target.sent.join());
  });
}

/** Three downloads: six silences of 23 s each, and 2 ms a byte. */
const patienceMs = (sizeBytes: number): number => 3 * (6 * 23_000 + 2 * sizeBytes);

function* stall(link: ByteLink): Procedure<void> {
  yield* link.read(7, "command", Infinity);
  link.send(parseHex(ACK_DOWNLOAD));
  for (let packet = 0; packet < 7168; packet++) {
    for (const kind of ["40", "40", "40", "30"]) {
      yield* link.read(64, "packet", Infinity);
      const number = packet.toString(16).padStart(4, "0");
      yield* sayLater(link, [kind + number.slice(2) + number.slice(0, 2), 2900]);
    }
  }
}

Deno.test("flashOverCdc7() gives up a target that takes each packet at the fourth time, as late as it may", () => {
  const payload = new Uint8Array(458_752);
  payload.set(PAYLOAD.subarray(0, 4));
  const { error, endMs } = connectCdc(stall, (link) => flashOverCdc7(link, payload));
  assert(error instanceof EndlessWorkError, String(error));
  assert.deepEqual([error.work, error.withinMs, endMs], ["the download", patienceMs(458_752), error.withinMs]);
});

/** Who talks without being asked: what and how often; and when the host has heard more than 64 bytes of it. */
const TALKERS: readonly (readonly [what: string, textHex: string, everyMs: number, endMs: number])[] = [
  ["a zero now and then", "00", 900, 3 * 900 + 65 * 900],
  ["an application that prints 16 bytes every 20 ms", "68656c6c6f2066726f6d206170700d0a", 20, 20 + 5 * 20],
  ["one that prints them every second", "68656c6c6f2066726f6d206170700d0a", 1000, 1000 + 5 * 1000],
];

for (const [what, textHex, everyMs, atMs] of TALKERS) {
  Deno.test(`flashOverCdc7() takes whoever talks without being asked for no loader: ${what}`, () => {
    const events: string[] = [];
    const observer = ({ kind }: Cdc7Event) => events.push(kind);
    const { error, endMs } = connectCdc(function* (link) {
      while (true) yield* sayLater(link, [textHex, everyMs]);
    }, (link) => flashOverCdc7(link, PAYLOAD, { observer }));
    assert(error instanceof LinkTimeoutError && error.expected === "silence of 23000 ms", String(error));
    assert.deepEqual([endMs, events], [atMs, ["settling"]]);
  });
}

const COMMANDS: Readonly<Record<string, (link: ByteLink) => Procedure<void>>> = { eraseOverCdc7, executeOverCdc7 };

for (const [name, run] of Object.entries(COMMANDS)) {
  Deno.test(`${name}() tells whoever talks without being asked from a wrong answer`, () => {
    const outcomes = [Infinity, 1].map((timesLeft) =>
      connectCdc(function* (link) {
        for (; timesLeft > 0; timesLeft--) yield* sayLater(link, ["746573", 1000]);
        yield* link.read(100, "the end", Infinity);
      }, run).error
    );
    assert(
      outcomes[0] instanceof LinkTimeoutError && outcomes[0].expected === "silence of 3000 ms",
      String(outcomes[0]),
    );
    assert(outcomes[1] instanceof UnexpectedBytesError, String(outcomes[1]));
  });
}

const stack = (address: number): Bytes => new Uint8Array(Uint32Array.of(address, 0).buffer);

const IMAGES: readonly (readonly [
  what: string,
  Bytes,
  code: Cdc7ImageError["code"] | undefined,
  options?: FlashOverCdc7Options,
])[] = [
  ["no byte", new Uint8Array(0), "empty"],
  ["as many packets as there is room for", PAYLOAD, undefined, { applicationSizeBytes: 128 }],
  ["bytes that fit and packets that do not", PAYLOAD, "too-large", { applicationSizeBytes: 127 }],
  ["a stack at the start of RAM", stack(0x2000_0000), undefined],
  ["a stack at its end", stack(0x2002_0000), undefined],
  ["a stack behind it", stack(0x2002_0001), "bad-stack-pointer"],
  ["a stack before it", stack(0x1fff_ffff), "bad-stack-pointer"],
];

for (const [what, payload, code, options] of IMAGES) {
  Deno.test(`flashOverCdc7() ${code === undefined ? "takes" : "refuses"} an image with ${what}`, () => {
    const device = new Cdc7ArrayDevice(128);
    const { error } = connectCdc(
      (link) => runCdc7Target(link, { device }),
      (link) => flashOverCdc7(link, payload, options),
    );
    assert.equal(error instanceof Cdc7ImageError ? error.code : error, code);
    assert.equal(device.eraseCount, code === undefined ? 1 : 0);
  });
}

/** A target forgets what comes the very moment at which it has said something. */
const SOMEWHERE_ELSE: CdcPath = { lateMs: () => 1 };

const FAILURES:
  readonly (readonly [what: string, Cdc7Profile, broken: readonly number[], sizeBytes: number, code: string])[] = [
    ["forgets the failed write of a packet that was not the last", BLACK_PILL, [0], 128, "checksum-mismatch"],
    ["remembers it", MENDED, [0], 128, "flash-write-corrupt"],
    ["finds out behind the last sector that there is no room", BLACK_PILL, [], 64, "flash-write-outside"],
    ["finds out before", MENDED, [], 64, "flash-write-outside"],
  ];

for (const [what, profile, broken, sizeBytes, code] of FAILURES) {
  Deno.test(`a target that ${what}: ${code}`, () => {
    const device = new Cdc7ArrayDevice(sizeBytes);
    broken.forEach((offset) => device.brokenOffsets.add(offset));
    const events: Cdc7Event[] = [];
    const { error } = connectCdc(
      (link) => runCdc7Target(link, { device, profile }),
      (link) => flashOverCdc7(link, PAYLOAD, { observer: (event) => events.push(event) }),
      SOMEWHERE_ELSE,
    );
    assert(error instanceof Cdc7Error && error.code === code, String(error));
    assert.equal(events.filter(({ kind }) => kind === "restarted").length, 2);
    const erasesBefore = profile.erasesBeforeSizeCheck || sizeBytes === 128;
    assert.equal(device.eraseCount, erasesBefore ? 3 * (profile.erasesAfterFailure ? 2 : 1) : 0);
  });
}

Deno.test("a target that does not erase after a failure keeps what it has", () => {
  const device = new Cdc7ArrayDevice(128);
  device.brokenOffsets.add(64);
  const profile = { ...MENDED, erasesAfterFailure: false };
  const target = (link: ByteLink) => runCdc7Target(link, { device, profile });
  connectCdc(target, (link) => flashOverCdc7(link, PAYLOAD), SOMEWHERE_ELSE);
  assert.equal(device.eraseCount, 3);
  assert.deepEqual([...device.flash.subarray(0, 64)], [...PAYLOAD.subarray(0, 64)]);
});

Deno.test("a stale reply is not that of the next command, and that of another command is none", () => {
  const device = new Cdc7ArrayDevice(128);
  const erased = connectCdc((link) => runCdc7Target(link, { device }), function* (link) {
    link.send(parseHex("20000000000000"));
    yield* link.sleep(10);
    yield* eraseOverCdc7(link);
    return "erased";
  });
  assert.equal(erased.value(), "erased");
  const confused = connectCdc(function* (link) {
    yield* link.read(7, "command", Infinity);
    link.send(parseHex("107000"));
    yield* link.sleep(1);
  }, executeOverCdc7);
  assert(confused.error instanceof UnexpectedBytesError);
});

Deno.test("decodeReply() takes no reply that the protocol does not have", () => {
  for (const hex of ["102000", "107001", "505500", "507f01", "200000", "000000"]) {
    assert.deepEqual(decodeReply(parseHex(hex)), { kind: "none" }, hex);
  }
  assert.deepEqual(decodeReply(parseHex("300102")), { kind: "packet-ack", packet: 0x201 });
  assert.deepEqual(decodeReply(parseHex("40ff01")), { kind: "packet-nack", packet: 0x1ff });
});

Deno.test("encodeDownload() takes 1 to 65535 packets", () => {
  for (const packetCount of [0, 65_536, 1.5]) assert.throws(() => encodeDownload(packetCount, 0), RangeError);
  assert.deepEqual([...encodeDownload(65_535, 1)], [0x80, 0xff, 0xff, 1, 0, 0, 0]);
});

Deno.test("a target takes one packet of a download of none, and calls it failed", () => {
  const device = new Cdc7ArrayDevice(128);
  const replies = connectCdc((link) => runCdc7Target(link, { device }), function* (link) {
    link.send(parseHex("80000000000000"));
    const taken = yield* link.read(3, "ACK", 1000);
    link.send(PAYLOAD.slice(0, 64));
    return [taken, yield* link.read(3, "ACK of the packet", 1000), yield* link.read(3, "result", 1000)];
  }).value();
  assert.deepEqual(replies.map((bytes) => formatHex(bytes)), ["108000", "300000", "508300"]);
});
