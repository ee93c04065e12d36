import assert from "node:assert/strict";
import { simulateComputer } from "../tests/ports_timeline.ts";
import { openWhenFree } from "./open_when_free.ts";
import { PortError } from "./port_error.ts";

type Refusal = "port-busy" | "port-absent" | "port-permission";

/** What each try to open finds, a tenth of a second apart; how often is tried, and what comes of it. */
const TRIES: readonly [string, (Refusal | "open")[], tries: number, Refusal | "open"][] = [
  ["free at once", ["open"], 1, "open"],
  ["let go later", ["port-busy", "port-busy", "open"], 3, "open"],
  ["let go too late", [...new Array<Refusal>(11).fill("port-busy"), "open"], 11, "port-busy"],
  ["gone again", ["port-busy", "port-absent", "open"], 2, "port-absent"],
  ["not permitted", ["port-permission", "open"], 1, "port-permission"],
];

for (const [name, found, tries, result] of TRIES) {
  Deno.test(`openWhenFree() of a port: ${name}`, async () => {
    const { clock } = simulateComputer([[0, []]]);
    let tried = 0;
    const opening = openWhenFree(() => {
      const code = found[tried++]!;
      if (code === "open") return Promise.resolve({ code });
      throw new PortError({ code, message: "Cannot open /dev/ttyACM0: it is not free" });
    }, { clock, timeoutMs: 1000 });
    if (result === "open") assert.deepEqual(await opening, { code: "open" });
    else await assert.rejects(opening, { code: result });
    assert.equal(tried, tries);
  });
}
