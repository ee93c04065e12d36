/**
 * What the commands say of ports that cannot be had, or not yet.
 */

import assert from "node:assert/strict";
import { runCli, runCliUntil } from "../cli/process.ts";
import { peerTest } from "../peers.ts";
import { SERIAL_PERMISSIONS } from "./pty_device.ts";
import { childCommand, withPtyPair } from "./serial_pty.ts";

const INFO = ["info", "--protocol", "an3155", "--port"];

/** Ports that cannot be had, and the line. */
const ABSENT: readonly (readonly [args: readonly string[], code: number, line: RegExp])[] = [
  [["/dev/ttyUSB_none"], 9, /^coreslot: Cannot open \/dev\/ttyUSB_none: there is no such port\n {2}\S/],
  [["usb:0000:0001"], 9, /^coreslot: Cannot open usb:0000:0001: no such port is connected\n {2}\S/],
  [
    ["/dev/ttyUSB_none", "--wait", "1"],
    9,
    /^waiting up to 1 s for .*\ncoreslot: Cannot wait any longer for \/dev\/ttyUSB_none: nothing .* 1000 ms/,
  ],
  [["/dev/null"], 9, /^coreslot: Cannot open \/dev\/null: it is not a serial port\n/],
  [["ttyACM0"], 2, /^coreslot: Cannot use port "ttyACM0": .*\n {2}Write the whole path: \/dev\/ttyACM0\n$/],
  [
    ["/dev/null", "--enter", "boot0-rts"],
    2,
    /^coreslot: Cannot read --enter "boot0-rts": it says nothing about reset\n/,
  ],
  [["/dev/null", "--leave", "dtr-up"], 2, /^coreslot: Cannot read --leave "dtr-up": it is no step\n/],
];

for (const [args, code, line] of ABSENT) {
  peerTest("socat", `coreslot info --port ${args.join(" ")} ends with ${code}`, async () => {
    const result = await runCli([...INFO, ...args], { permissions: SERIAL_PERMISSIONS });
    assert.equal(result.code, code, result.stderr);
    assert.match(result.stderr, line);
  });
}

peerTest(
  "socat",
  "coreslot --wait waits for a port that another program has, until that lets go",
  () =>
    withPtyPair(async ({ near }) => {
      await using holder = childCommand("hold", near).spawn();
      const said = holder.stdout.getReader();
      await said.read();
      const { code, stderr } = await runCliUntil(
        [...INFO, near, "--wait", "60"],
        { permissions: SERIAL_PERMISSIONS, says: `waiting up to 60 s for ${near}, which is in use` },
        () => holder.kill("SIGKILL"),
      );
      // It is open, and nobody answers.
      assert.equal(code, 7, stderr);
      await holder.status;
      await said.cancel();
      await holder.stderr.cancel();
    }),
);
