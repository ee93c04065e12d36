import assert from "node:assert/strict";
import { BAUD_RATES, type BaudRateTrial, findBaudRate } from "./baud_rates.ts";

Deno.test("findBaudRate() takes the highest rate that works and tries none below it", async () => {
  for (const highest of BAUD_RATES) {
    const trials: BaudRateTrial[] = [];
    const found = await findBaudRate((rate) => Promise.resolve(rate <= highest), {
      onTrial: (trial) => trials.push(trial),
    });
    assert.equal(found, highest);
    assert.deepEqual(trials.map(({ baudRate }) => baudRate), BAUD_RATES.filter((rate) => rate >= highest));
    assert.deepEqual(trials.filter(({ isWorking }) => isWorking), [{ baudRate: highest, isWorking: true }]);
  }
});

Deno.test("findBaudRate() takes rates in any order, and finds none where none works", async () => {
  const tried: number[] = [];
  const probe = (rate: number) => {
    tried.push(rate);
    return Promise.resolve(false);
  };
  assert.equal(await findBaudRate(probe, { baudRates: [9600, 115_200, 19_200] }), undefined);
  assert.deepEqual(tried, [115_200, 19_200, 9600]);
});

Deno.test("findBaudRate() ends with what the trial throws", async () => {
  await assert.rejects(findBaudRate(() => Promise.reject(new Error("unplugged"))), /unplugged/);
});
