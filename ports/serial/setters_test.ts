import assert from "node:assert/strict";
import { makeSetters } from "./setters.ts";
import { formatFraming, type LineSettings } from "./settings.ts";

Deno.test("rate and frame change after everything written has left, and each keeps the other", async () => {
  const log: string[] = [];
  const settings: LineSettings = { baudRate: 115_200, dataBits: 8, parity: "even", stopBits: 1 };
  const { setBaudRate, setFraming } = makeSetters({
    name: "x",
    settings,
    notices: [],
    drain: async () => {
      await Promise.resolve();
      log.push("drained");
    },
    apply: (wanted) => {
      log.push(`${wanted.baudRate} ${formatFraming(wanted)}`);
      return wanted;
    },
  });
  await setBaudRate(1200);
  await setFraming({ stopBits: 2 });
  await setBaudRate(9600);
  assert.deepEqual(log, ["drained", "1200 8e1", "drained", "1200 8n2", "drained", "9600 8n2"]);
});
