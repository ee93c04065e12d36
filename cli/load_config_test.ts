import assert from "node:assert/strict";
import { loadConfig } from "./load_config.ts";

/** Ports of a file in the folder `project`, and what they are from the folder above. */
const PORTS: readonly (readonly [port: string, resolved: string])[] = [
  ["./tty1", "project/./tty1"],
  ["links/tty1,/dev/ttyACM0", "project/links/tty1,/dev/ttyACM0"],
  ["/dev/ttyACM0", "/dev/ttyACM0"],
  ["COM3", "COM3"],
  ["usb:0483:5740:A1", "usb:0483:5740:A1"],
  ["tcp:127.0.0.1:7000", "tcp:127.0.0.1:7000"],
];

for (const [port, resolved] of PORTS) {
  Deno.test(`loadConfig() makes ${resolved} of the port ${port}`, async () => {
    assert.deepEqual((await loadConfig(JSON.stringify({ port }), "project/coreslot.json")).port, [resolved]);
    assert.deepEqual((await loadConfig(JSON.stringify({ port }), "coreslot.json")).port, [port]);
  });
}
