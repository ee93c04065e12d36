/**
 * A delivery outlives the wire, but not for ever: what a device can do over one link after the other.
 */

import assert from "node:assert/strict";
import { encodeResumePoints, encodeSetReport } from "../protocols/cdc/records.ts";
import { type Procedure, ProtocolError } from "../protocols/link/mod.ts";
import { UpdateError } from "../updates/mod.ts";
import {
  afterMs,
  type Behaviour,
  type Behaviours,
  BOOTED,
  reportDone,
  UPDATE_MS,
  worksFor,
} from "./cdc_hostile_device.ts";
import { Links, type Script } from "./cdc_hostile_links.ts";

/** A device that has taken so many bytes, as it says, when it has been lost so often. */
const resumesAt = (offsetOf: (count: number) => number, links: Links): Behaviour =>
  afterMs(1, (device, frame) => {
    const points = [offsetOf(links.count), 0].map((offset) => ({ state: "known" as const, offset }));
    device.send(frame, { body: encodeResumePoints(points) });
  });

/** Answers, and goes. */
function goes(links: Links): Behaviour {
  return function* (device, frame): Procedure<void> {
    reportDone(device, frame);
    yield* device.link.sleep(1);
    links.isGone = true;
  };
}

const silent: Behaviour = afterMs(1e9, reportDone);

const LOSSES: readonly (readonly [
  what: string,
  behave: (links: Links) => Behaviours,
  expected: { readonly code: string; readonly count: number },
])[] = [
  ["goes at every begin", (links) => ({ begin: goes(links) }), { code: "closed", count: 11 }],
  [
    "takes one frame, goes, and forgets it",
    (links) => ({ begin: resumesAt(() => 0, links), data: goes(links) }),
    { code: "closed", count: 12 },
  ],
  [
    "takes one frame, goes, and forgets it every other time",
    (links) => ({ begin: resumesAt((count) => count % 2 * 512, links), data: goes(links) }),
    { code: "closed", count: 12 },
  ],
  [
    "takes one frame, goes, and keeps little of it",
    (links) => ({ begin: resumesAt((count) => 8 * count, links), data: goes(links) }),
    { code: "closed", count: 100 },
  ],
  ["falls silent at every begin", () => ({ begin: silent }), { code: "timeout", count: 11 }],
  [
    "works 40 s at every begin, and goes",
    (links) => ({ begin: worksFor(40_000, () => links.isGone = true) }),
    { code: "endless-work", count: 8 },
  ],
  ["installs, and goes for good at the restart", (links) => ({ reset: goes(links) }), { code: "", count: 1 }],
];

for (const [what, behave, expected] of LOSSES) {
  Deno.test(`a delivery to a device that ${what} ends with its link number ${expected.count}`, async () => {
    const { error, count, spentMs } = await Links.deliver({ behave });
    assert.equal(error instanceof ProtocolError ? error.code : "", expected.code, String(error));
    assert.equal(count, expected.count);
    assert(spentMs <= UPDATE_MS, `${spentMs} ms`);
  });
}

/** After a reset it has the set. */
const hasRestarted = (links: Links) => links.heard.includes("reset") ? { setA: BOOTED } : {};

Deno.test("a device that listens is restarted, asked what it has, and started", async () => {
  const { report, heard } = await Links.deliver({ tell: hasRestarted });
  assert.deepEqual([report?.outcome, report?.isAskedAfterRestart, report?.sentBytes], ["updated", true, 5000]);
  assert.deepEqual(heard.slice(-5), ["boot", "hello", "reset", "hello", "boot"]);
});

Deno.test("a device whose port went with the reset is not reset once more", async () => {
  const behave = (links: Links): Behaviours => links.count === 1 ? { reset: goes(links) } : {};
  const links = await Links.deliver({ behave, tell: hasRestarted, isBackAtEnd: true });
  assert.deepEqual([links.report?.isAskedAfterRestart, links.report?.attemptCount], [true, 2]);
  assert.equal(links.countOf("reset"), 1);
});

Deno.test("a device that has another set after its restart is not started", async () => {
  const links = await Links.deliver({});
  assert(links.error instanceof UpdateError && links.error.code === "other-set", String(links.error));
  assert.equal(links.countOf("boot"), 1);
});

Deno.test("a device that is silent after its restart is greeted every 250 ms for 10 s, and has said what it needs to", async () => {
  const behave = (links: Links): Behaviours => ({
    hello: afterMs(1, (device, frame) => links.heard.includes("reset") || reportDone(device, frame)),
  });
  const { report, spentMs, heard } = await Links.deliver({ behave });
  assert.equal(report?.isAskedAfterRestart, false);
  assert(spentMs >= 10_000 && spentMs < 10_500, `${spentMs} ms`);
  assert.equal(heard.slice(heard.lastIndexOf("reset")).filter((name) => name === "hello").length, 40);
});

Deno.test("a device that runs the set already is told to start it, and not reset", async () => {
  const links = await Links.deliver({ tell: () => ({ setA: BOOTED }) });
  assert.equal(links.report?.outcome, "unchanged");
  assert.deepEqual([links.countOf("reset"), links.countOf("boot"), links.countOf("begin")], [0, 1, 0]);
});

Deno.test("a set that is valid and not committed is brought again", async () => {
  const links = await Links.deliver({
    tell: (links) => ({ setA: links.heard.includes("reset") ? BOOTED : { ...BOOTED, state: "uncommitted" } }),
  });
  assert.deepEqual([links.report?.outcome, links.countOf("begin")], ["updated", 1]);
});

for (const reason of ["listening", "host-request"] as const) {
  Deno.test(`a device that refuses is reset when it stayed for the host alone: ${reason}`, async () => {
    const behave = (): Behaviours => ({ begin: afterMs(1, (device, frame) => device.refuse(frame, "wrong-product")) });
    const links = await Links.deliver({ behave, tell: () => ({ reason }) });
    assert.equal((links.error as { code?: string }).code, "wrong-product");
    assert.equal(links.countOf("reset"), reason === "listening" ? 1 : 0);
  });
}

Deno.test("a report has the device as it was at first, and the bytes of all attempts", async () => {
  const behave = (links: Links): Behaviours => links.count === 1 ? { data: goes(links) } : {};
  const tell = ({ count }: Links) => ({ counterMin: count, ...count > 1 ? { reason: "host-request" as const } : {} });
  const { report } = await Links.deliver({ behave, tell });
  assert.deepEqual([report?.device.counterMin, report?.attemptCount, report?.sentBytes], [1, 2, 512 + 5000]);
});

Deno.test("a set that is sent although it is there is sent once, however often the port goes", async () => {
  const behave = (links: Links): Behaviours => links.count === 1 ? { boot: afterMs(1, () => links.isGone = true) } : {};
  const tell = () => ({ setA: BOOTED, reason: "host-request" as const });
  const links = await Links.deliver({ behave, tell, options: { again: true } });
  assert.deepEqual([links.report?.outcome, links.count, links.countOf("begin")], ["updated", 2, 1]);
});

/** What goes wrong once it was brought, and the code of what the delivery ends with. */
const ENDS: readonly (readonly [what: string, Script, code: string, resetCount: number])[] = [
  [
    "holds no set after its restart",
    { tell: (links) => ({ setA: { ...BOOTED, state: links.heard.includes("reset") ? "absent" : "uncommitted" } }) },
    "other-set",
    1,
  ],
  [
    "starts another set after its restart",
    {
      tell: hasRestarted,
      behave: (links) => ({
        boot: afterMs(1, (device, frame) => {
          const setId = links.heard.includes("reset") ? new Uint8Array(16) : BOOTED.setId;
          device.send(frame, { body: encodeSetReport({ ...BOOTED, setId }) });
        }),
      }),
    },
    "other-set",
    1,
  ],
  [
    "refuses in the end",
    { behave: () => ({ finish: afterMs(1, (device, frame) => device.refuse(frame, "option-bytes")) }) },
    "option-bytes",
    0,
  ],
  [
    "refuses, and hears nothing of a reset",
    {
      behave: (links) => ({
        begin: afterMs(1, (device, frame) => device.refuse(frame, "wrong-part")),
        *hello(device, frame) {
          if (links.heard.includes("begin")) return yield* silent(device, frame);
          reportDone(device, frame);
        },
      }),
    },
    "wrong-part",
    0,
  ],
];

for (const [what, script, code, resetCount] of ENDS) {
  Deno.test(`a delivery to a device that ${what} ends with ${code}`, async () => {
    const links = await Links.deliver(script);
    assert.equal((links.error as { code?: string }).code, code, String(links.error));
    assert.equal(links.countOf("reset"), resetCount);
  });
}

Deno.test("a device that has restarted by itself, and listens with the set in it, has been asked after its restart", async () => {
  const behave = (links: Links): Behaviours => links.count === 1 ? { boot: afterMs(1, () => links.isGone = true) } : {};
  const { report } = await Links.deliver({ behave, tell: ({ count }) => count > 1 ? { setA: BOOTED } : {} });
  assert.deepEqual([report?.outcome, report?.isAskedAfterRestart, report?.attemptCount], ["updated", true, 2]);
});

Deno.test("a delivery counts what was begun anew, and insists when it is told to", async () => {
  const flags: (number | undefined)[] = [];
  let refusalCount = 0;
  const behave = (): Behaviours => ({
    begin: afterMs(1, (device, frame) => {
      flags.push(frame.body[0]);
      reportDone(device, frame);
    }),
    finish: afterMs(
      1,
      (device, frame) => refusalCount++ > 0 ? reportDone(device, frame) : device.refuse(frame, "verify-failed"),
    ),
  });
  const { report } = await Links.deliver({ behave, tell: hasRestarted, options: { isForced: true } });
  assert.deepEqual([report?.recoveryCount, flags], [1, [1, 1]]);
  assert.equal(report?.sentBytes, 2 * 5000, "all of it once more");
});
