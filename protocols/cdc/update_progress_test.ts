import assert from "node:assert/strict";
import { type UpdateEvent, UpdateProgress } from "./update_progress.ts";

Deno.test("UpdateProgress tells of all work of the device but its writing, which the host counts itself", () => {
  const events: UpdateEvent[] = [];
  const progress = new UpdateProgress((event) => events.push(event));
  for (const phase of ["erase", "write", "clone", "verify", "install"] as const) {
    progress.onWork({ phase, image: 1, doneBytes: 2, totalBytes: 3 });
  }
  const tasks = ["erase", "clone", "verify", "install"] as const;
  const expected = tasks.map((task) => ({ kind: "progress", task, image: 1, doneBytes: 2, totalBytes: 3 }));
  assert.deepEqual(events, expected);
});

Deno.test("UpdateProgress counts bytes anew for each attempt, and recoveries over all of them", () => {
  const events: UpdateEvent[] = [];
  const progress = new UpdateProgress((event) => events.push(event));
  for (const totalBytes of [100, 70]) {
    progress.reportTransfer(totalBytes);
    progress.onStored(30);
    progress.onRepeat("gap");
    progress.reportRestart(new Error("again"));
  }
  const transfers = events.flatMap((event) => event.kind === "progress" ? [[event.doneBytes, event.totalBytes]] : []);
  assert.deepEqual(transfers, [[30, 100], [30, 70]]);
  assert.equal(progress.recoveryCount, 4);
});
