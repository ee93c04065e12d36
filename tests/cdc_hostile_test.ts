/**
 * A device that is broken, or means harm, holds a host for so long and no longer: PROTOCOL.md, section 7. Each row is
 * something that a device can do for ever, and when the host has given up at the latest, in virtual time.
 */

import assert from "node:assert/strict";
import type { Bytes } from "../core/mod.ts";
import { FRAME_TYPES, STATUS } from "../protocols/cdc/constants.ts";
import type { DeviceLimits } from "../protocols/cdc/device.ts";
import { updateOverCdc } from "../protocols/cdc/mod.ts";
import { ProtocolError } from "../protocols/link/mod.ts";
import {
  afterMs,
  type Behaviour,
  type Behaviours,
  BOOTED,
  COMMAND_MS,
  everyMs,
  HostileDevice,
  informationOf,
  LIMITS,
  reportDone,
  SET,
  UPDATE_MS,
  worksFor,
} from "./cdc_hostile_device.ts";
import { connectCdc } from "./cdc_pair.ts";

/** Five times what is waited for an answer, and a little for those before it. */
const SILENCE_MS = 5 * (LIMITS.silenceMs + 1000) + 10;

const works = everyMs(150, (device, frame) => device.reportWork(frame));

const raw = (...bytes: number[]): Behaviour => everyMs(20, ({ link }) => link.send(Uint8Array.from(bytes)));

const refuses = (code: Parameters<HostileDevice["refuse"]>[1]): Behaviour =>
  afterMs(1, (device, frame) => device.refuse(frame, code));

interface Row {
  readonly what: string;
  readonly behaviours: Behaviours;
  /** Code of what the host throws. */
  readonly code: string;
  readonly boundMs: number;
  readonly limits?: DeviceLimits;
}

/** The longest that a device may announce. */
const SLOWEST: DeviceLimits = { dataSizeMax: 512, window: 1, silenceMs: 65_535 };
/** A greeting is waited for 2 s, sent five times, with the probe and without. */
const HELLO_MS = 20_000;

/** Where its information says something that cannot be: offset of a byte in it, and the byte. */
const INFORMATION_FLAWS: readonly [what: string, at: number, value: number][] = [
  ["a version that is not this one", 0, 2],
  ["that it takes no data", 3, 0],
  ["that it holds no frame", 4, 0],
  ["a policy that is none", 13, 2],
  ["more slots than there are bytes", 14, 200],
  ["a state of set A that is none", 68, 3],
  ["a state of set B that is none", 104, 3],
];

function withByte(bytes: Bytes, at: number, value: number): Bytes {
  const changed = bytes.slice();
  changed[at] = value;
  return changed;
}

const ROWS: readonly Row[] = [
  {
    what: "is silent from the first",
    behaviours: { hello: afterMs(1e9, () => {}) },
    code: "timeout",
    boundMs: HELLO_MS,
  },
  { what: "works on hello", behaviours: { hello: works }, code: "endless-work", boundMs: COMMAND_MS + HELLO_MS },
  ...(["begin", "compare", "data", "finish", "boot"] as const).flatMap((name): Row[] => [
    { what: `works on ${name}`, behaviours: { [name]: works }, code: "endless-work", boundMs: COMMAND_MS + 1000 },
    {
      what: `is silent at ${name}`,
      behaviours: { [name]: afterMs(1e9, () => {}) },
      code: "timeout",
      boundMs: SILENCE_MS,
    },
    {
      what: `is silent at ${name} for as long as can be announced`,
      behaviours: { [name]: afterMs(1e9, () => {}) },
      code: "endless-work",
      boundMs: UPDATE_MS,
      limits: SLOWEST,
    },
    {
      what: `answers ${name} with what says nothing new`,
      behaviours: { [name]: everyMs(100, (device, frame) => device.send(frame, { sequence: -1, next: 0 })) },
      code: "timeout",
      boundMs: SILENCE_MS,
    },
    {
      what: `says gap and at work by turns at ${name}`,
      behaviours: {
        [name]: everyMs(100, (device, frame) => {
          device.send(frame, { status: STATUS.gap, next: 0, body: new Uint8Array(0) });
          device.reportWork(frame);
        }),
      },
      code: "endless-work",
      boundMs: COMMAND_MS + 1000,
    },
    {
      what: `says gap at ${name}`,
      behaviours: {
        [name]: everyMs(100, (device, frame) => device.send(frame, { status: STATUS.gap, next: 0 })),
      },
      code: "timeout",
      boundMs: SILENCE_MS,
    },
    { what: `sends delimiters at ${name}`, behaviours: { [name]: raw(0) }, code: "timeout", boundMs: SILENCE_MS },
    {
      what: `sends no delimiter at ${name}`,
      behaviours: { [name]: raw(1, 2, 3) },
      code: "timeout",
      boundMs: SILENCE_MS,
    },
    { what: `sends garbage at ${name}`, behaviours: { [name]: raw(9, 8, 7, 0) }, code: "timeout", boundMs: SILENCE_MS },
    {
      what: `answers ${name} in another session`,
      behaviours: { [name]: everyMs(50, (device, frame) => device.send({ ...frame, session: 99 })) },
      code: "timeout",
      boundMs: SILENCE_MS,
    },
    {
      what: `answers ${name} before it was sent`,
      behaviours: { [name]: everyMs(50, (device, frame) => device.send(frame, { sequence: 5 })) },
      code: "timeout",
      boundMs: SILENCE_MS,
    },
    {
      what: `forgets the session at ${name}`,
      behaviours: { [name]: refuses("no-session") },
      code: "no-session",
      boundMs: 1000,
    },
  ]),
  ...(["begin", "compare", "finish", "boot"] as const).flatMap((name): Row[] => [
    {
      what: `answers ${name} as another command`,
      behaviours: { [name]: everyMs(50, (device, frame) => device.send({ ...frame, type: FRAME_TYPES.abort })) },
      code: "timeout",
      boundMs: SILENCE_MS,
    },
    {
      what: `answers ${name} with next to nothing`,
      behaviours: { [name]: afterMs(1, (device, frame) => device.send(frame, { body: new Uint8Array(3) })) },
      code: "malformed-reply",
      boundMs: 1000,
    },
  ]),
  {
    what: "has taken more than was sent",
    behaviours: { data: everyMs(50, (device, frame) => device.send(frame, { next: 50 })) },
    code: "timeout",
    boundMs: SILENCE_MS,
  },
  {
    what: "says that an image is in a state that is none",
    behaviours: { begin: afterMs(1, (device, frame) => device.send(frame, { body: new Uint8Array(16).fill(9) })) },
    code: "malformed-reply",
    boundMs: 1000,
  },
  {
    what: "reports more images than there are bytes",
    behaviours: {
      finish: afterMs(1, (device, frame) => device.send(frame, { body: withByte(new Uint8Array(76), 1, 9) })),
    },
    code: "malformed-reply",
    boundMs: 1000,
  },
  ...INFORMATION_FLAWS.map(([what, at, value]): Row => ({
    what: `says of itself ${what}`,
    behaviours: {
      hello: afterMs(1, (device, frame) => device.send(frame, { body: withByte(device.bodyFor(frame), at, value) })),
    },
    code: "malformed-reply",
    boundMs: 1000,
  })),
  {
    what: "takes 65 s for each data",
    behaviours: { data: afterMs(65_000, reportDone) },
    code: "endless-work",
    boundMs: UPDATE_MS,
    limits: SLOWEST,
  },
  {
    what: "works 299 s on each data",
    behaviours: { data: worksFor(299_000) },
    code: "endless-work",
    boundMs: UPDATE_MS,
  },
  {
    what: "works 299 s on each command",
    behaviours: { begin: worksFor(299_000), compare: worksFor(299_000), finish: worksFor(299_000) },
    code: "endless-work",
    boundMs: UPDATE_MS,
  },
  {
    what: "grants one frame of credit after 60 s",
    behaviours: {
      *data(device, frame) {
        device.send(frame, { credit: 0 });
        yield* device.link.sleep(60_000);
        device.send(frame, { credit: 1 });
      },
    },
    code: "endless-work",
    boundMs: UPDATE_MS,
    limits: { ...SLOWEST, silenceMs: 60_000 },
  },
  {
    what: "takes data and grants no more credit",
    behaviours: { data: afterMs(1, (device, frame) => device.send(frame, { credit: 0 })) },
    code: "timeout",
    boundMs: SILENCE_MS,
    limits: { ...LIMITS, window: 1 },
  },
  ...(["verify-failed", "install-failed"] as const).map((code): Row => ({
    what: `refuses every finish with ${code}`,
    behaviours: { finish: refuses(code) },
    code,
    boundMs: 1000,
  })),
  ...(["verify-failed", "flash-failed", "bad-offset", "not-begun", "no-session"] as const).map((code): Row => ({
    what: `works 200 s on finish and refuses with ${code}`,
    behaviours: { finish: worksFor(200_000, (device, frame) => device.refuse(frame, code)) },
    code: "endless-work",
    boundMs: UPDATE_MS,
  })),
];

for (const { what, behaviours, code, boundMs, limits = LIMITS } of ROWS) {
  Deno.test(`a device that ${what} is given up after ${boundMs / 1000} s at most`, () => {
    const options = { information: informationOf(limits), booted: BOOTED, behaviours };
    const outcome = connectCdc(
      (link) => new HostileDevice(link, options).run(),
      (link) => updateOverCdc(link, { ...SET, sessionId: 1 }),
    );
    assert(outcome.error instanceof ProtocolError, String(outcome.error));
    assert.equal(outcome.error.code, code, String(outcome.error));
    assert(outcome.endMs <= boundMs, `${outcome.endMs} ms`);
    if (code !== "timeout") assert(outcome.error.advice);
  });
}
