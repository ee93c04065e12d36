/**
 * Devices that are slow, deaf or odd in ways that PROTOCOL.md allows: the update comes through, and no frame is sent again but
 * those that had to be.
 */

import assert from "node:assert/strict";
import { type FrameName, type RefusalCode, STATUS } from "../protocols/cdc/constants.ts";
import { CdcRefusedError, type CdcSession, openSession, updateOverCdc } from "../protocols/cdc/mod.ts";
import { addToSequence } from "../protocols/cdc/frames.ts";
import { encodeResumePoints } from "../protocols/cdc/records.ts";
import type { DeviceInformation } from "../protocols/cdc/device.ts";
import type { Procedure } from "../protocols/link/mod.ts";
import { CdcArrayDevice } from "./cdc_array_device.ts";
import { makeCdcSet } from "./cdc_header.ts";
import {
  afterMs,
  type Behaviour,
  type Behaviours,
  BOOTED,
  HostileDevice,
  informationOf,
  LIMITS,
  reportDone,
  SET,
  worksFor,
} from "./cdc_hostile_device.ts";
import { connectCdc } from "./cdc_pair.ts";

const GAP = { status: STATUS.gap, next: 0, body: new Uint8Array(0) };

/** Hears each frame but at its third sending. */
function hardOfHearing(): Behaviour {
  let count = 0;
  return afterMs(1, (device, frame) => ++count % 3 === 0 && device.send(frame));
}

/** Refuses so often, then is done. */
function refusesAtFirst(count: number, code: RefusalCode): Behaviour {
  return afterMs(1, (device, frame) => count-- > 0 ? device.refuse(frame, code) : device.send(frame));
}

const ROWS: readonly (readonly [what: string, behaviours: () => Behaviours, recoveryCount: number])[] = [
  ["is quick", () => ({}), 0],
  ["answers hello after 1.9 s", () => ({ hello: afterMs(1900, reportDone) }), 0],
  ["answers data after its silence and 0.9 s", () => ({ data: afterMs(2900, reportDone) }), 0],
  [
    "takes 30 s for each of 10 data, and 5 s for the end",
    () => ({ data: worksFor(30_000), finish: worksFor(5_000) }),
    0,
  ],
  ["hears each data at its third sending", () => ({ data: hardOfHearing() }), 20],
  ...(["verify-failed", "flash-failed", "bad-offset", "not-begun", "no-session"] as const).map((code) =>
    [`refuses three times with ${code}`, () => ({ finish: refusesAtFirst(3, code) }), 3] as const
  ),
  [
    "tells of a gap when nothing is missing",
    () => ({
      *data(device, frame) {
        device.send(frame, { credit: 0 });
        device.send(frame, GAP);
        yield* device.link.sleep(1);
        device.send(frame, { credit: 1 });
      },
    }),
    // The last one is heard when finish has been sent, and might be about that.
    1,
  ],
  [
    "says again what it has said before, with the credit of then",
    () => ({
      begin: afterMs(1, (device, frame) => {
        device.send(frame);
        device.send({ ...frame, sequence: addToSequence(frame.sequence, -1) }, { status: STATUS.working, credit: 1 });
      }),
    }),
    0,
  ],
];

for (const [what, behaviours, recoveryCount] of ROWS) {
  Deno.test(`a device that ${what} is updated`, () => {
    const options = { information: informationOf({ ...LIMITS, window: 1 }), booted: BOOTED, behaviours: behaviours() };
    const result = connectCdc(
      (link) => new HostileDevice(link, options).run(),
      (link) => updateOverCdc(link, { ...SET, sessionId: 1 }),
    ).value();
    assert.deepEqual([result.outcome, result.recoveryCount], ["updated", recoveryCount]);
  });
}

Deno.test("a reason that this program does not know is unknown", () => {
  const hello: Behaviour = afterMs(1, (device, frame) => {
    const body = device.bodyFor(frame).slice();
    body[12] = 99;
    device.send(frame, { body });
  });
  const reason = talk({ hello }, function* (session) {
    yield* session.status();
    return session.device.reason;
  });
  assert.equal(reason, "unknown");
});

/** What a device says wrong of what it has, and how many bytes of each image are sent then. */
const OFFSETS: readonly (readonly [what: string, Behaviours, sentBytes: readonly number[]])[] = [
  [
    "claims more of an image than there is",
    {
      begin: afterMs(1, (device, frame) => {
        const points = [9999, 2000].map((offset) => ({ state: "known" as const, offset }));
        device.send(frame, { body: encodeResumePoints(points) });
      }),
    },
    [3000, 0],
  ],
  [
    "finds more of an image than there is",
    { compare: afterMs(1, (device, frame) => device.send(frame, { body: Uint8Array.of(0xff, 0xff, 0, 0) })) },
    [0, 0],
  ],
  [
    "says blank, and an offset",
    {
      begin: afterMs(1, (device, frame) => {
        const points = [512, 512].map((offset) => ({ state: "blank" as const, offset }));
        device.send(frame, { body: encodeResumePoints(points) });
      }),
    },
    [3000, 2000],
  ],
];

for (const [what, behaviours, sentBytes] of OFFSETS) {
  Deno.test(`a device that ${what} gets what is missing`, () => {
    const options = { information: informationOf(LIMITS), booted: BOOTED, behaviours };
    const { deliveries } = connectCdc(
      (link) => new HostileDevice(link, options).run(),
      (link) => updateOverCdc(link, { ...SET, sessionId: 1 }),
    ).value();
    assert.deepEqual(deliveries.map((delivery) => delivery.sentBytes), sentBytes);
  });
}

Deno.test("a device that runs the set already is not reset for it", () => {
  const said: string[] = [];
  const reset: Behaviour = afterMs(1, () => said.push("reset"));
  const options = { information: { ...informationOf(LIMITS), setA: BOOTED }, booted: BOOTED, behaviours: { reset } };
  const { outcome } = connectCdc(
    (link) => new HostileDevice(link, options).run(),
    (link) => updateOverCdc(link, { ...SET, sessionId: 1, then: "reset" }),
  ).value();
  assert.deepEqual([outcome, said], ["unchanged", []]);
});

/** A device that runs an older release with the same payloads. */
const ALIKE = (() => {
  const device = new CdcArrayDevice({ slotSizes: [4096, 4096], sectorBytes: 1024, unitBytes: 32, limits: LIMITS });
  device.preload("a", makeCdcSet(1, SET.images.map(({ payload }) => payload)).images);
  return device.describe();
})();

const known: Behaviour = afterMs(1, (device, frame) => {
  const points = SET.images.map(({ payload }) => ({ state: "known" as const, offset: payload.length }));
  device.send(frame, { body: encodeResumePoints(points) });
});

const COPIES: readonly (readonly [what: string, Partial<DeviceInformation>, Behaviours, how: string])[] = [
  ["runs the same payloads copies them", {}, {}, "cloned"],
  ["has one slot only has nothing to copy from", { policy: "single" }, {}, "sent"],
  ["has all of them in slot B already copies nothing", {}, { begin: known }, "kept"],
];

for (const [what, information, behaviours, how] of COPIES) {
  Deno.test(`a device that ${what}`, () => {
    const sessions: number[] = [];
    const finish = refusesAtFirst(2, "verify-failed");
    const hello: Behaviour = afterMs(1, (device, frame) => {
      sessions.push(frame.session);
      device.send(frame);
    });
    const options = {
      information: { ...ALIKE, ...information },
      booted: BOOTED,
      behaviours: { hello, finish, ...behaviours },
    };
    const { deliveries } = connectCdc(
      (link) => new HostileDevice(link, options).run(),
      (link) => updateOverCdc(link, { ...SET, sessionId: 7 }),
    ).value();
    assert.deepEqual(deliveries.map((delivery) => delivery.how), [how, how]);
    assert.deepEqual(sessions, [7, 8, 9], "each time another session");
  });
}

Deno.test("an update begins anew three times, and no more", () => {
  const heard: FrameName[] = [];
  const finish = refusesAtFirst(Infinity, "verify-failed");
  const options = { information: informationOf(LIMITS), booted: BOOTED, behaviours: { finish }, heard };
  connectCdc(
    (link) => new HostileDevice(link, options).run(),
    (link) => updateOverCdc(link, { ...SET, sessionId: 1 }),
  );
  assert.equal(heard.filter((name) => name === "hello").length, 4);
});

/** Runs a host against a device that does these things. */
function talk<T>(behaviours: Behaviours, host: (session: CdcSession) => Procedure<T>): T {
  const options = { information: informationOf(LIMITS), booted: BOOTED, behaviours };
  return connectCdc((link) => new HostileDevice(link, options).run(), function* (link) {
    return yield* host(yield* openSession(link, { sessionId: 1 }));
  }).value();
}

Deno.test("each data and each command has its 300 s anew", () => {
  const slow = worksFor(200_000);
  const counts = talk({ data: slow, status: slow }, function* (session) {
    for (let offset = 0; offset < 4 * 512; offset += 512) yield* session.sendData(0, offset, new Uint8Array(512));
    yield* session.drain();
    yield* session.status();
    return (yield* session.status()).state;
  });
  assert.equal(counts, "committed");
});

Deno.test("data that are refused were not stored, and those refused behind them are no news", () => {
  let count = 0;
  const data: Behaviour = afterMs(
    1,
    (device, frame) => ++count === 1 ? device.send(frame) : device.refuse(frame, "flash-failed"),
  );
  const options = { information: informationOf(LIMITS), booted: BOOTED, behaviours: { data } };
  let storedBytes = 0;
  const points = connectCdc((link) => new HostileDevice(link, options).run(), function* (link) {
    const observer = { onStored: (sizeBytes: number) => storedBytes += sizeBytes };
    const session = yield* openSession(link, { sessionId: 1, observer });
    const headers = SET.images.map(({ header }) => header);
    yield* session.begin(headers);
    try {
      for (let offset = 0; offset < 4 * 512; offset += 512) yield* session.sendData(0, offset, new Uint8Array(512));
      yield* session.drain();
    } catch (error) {
      assert(error instanceof CdcRefusedError && error.code === "flash-failed");
      return yield* session.begin(headers);
    }
    return [];
  }).value();
  assert.equal(points.length, 2);
  assert.equal(storedBytes, 512);
});
