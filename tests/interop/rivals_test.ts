/**
 * A program that had a serial port open before, and takes what the device answers: no lock keeps it out.
 */

import assert from "node:assert/strict";
import { DeviceError, UNTOUCHED } from "../../cli/device_error.ts";
import { explainFailure } from "../../cli/device_failure.ts";
import { BootEntryError } from "../../ports/mod.ts";
import { listRivals } from "../../ports/serial/linux_open_failure.ts";
import { LinkClosedError, LinkTimeoutError, UnexpectedBytesError } from "../../protocols/link/mod.ts";
import { runCli } from "../cli/process.ts";
import { peerTest } from "../peers.ts";
import { SERIAL_PERMISSIONS } from "./pty_device.ts";
import { withPtyPair } from "./serial_pty.ts";

const isLinux = Deno.build.os === "linux";

/** Runs a test with a monitor on a port that somebody has forgotten. */
function withMonitor(body: (near: string, monitor: Deno.ChildProcess) => Promise<void>): Promise<void> {
  return withPtyPair(async ({ near }) => {
    const args = ["-c", 'exec 3<>"$0"; echo open; exec cat <&3', near];
    const monitor = new Deno.Command("sh", { args, stdin: "null", stdout: "piped", stderr: "null" }).spawn();
    const said = monitor.stdout.getReader();
    await said.read();
    try {
      await body(near, monitor);
    } finally {
      monitor.kill("SIGKILL");
      await said.cancel();
      await monitor.status;
    }
  });
}

peerTest(
  "socat",
  "coreslot info names the monitor that takes the answers, before anything else is advised",
  () =>
    withMonitor(async (near, monitor) => {
      const { code, stderr } = await runCli(["info", "--protocol", "an3155", "--port", near, "--json"], {
        permissions: SERIAL_PERMISSIONS,
      });
      assert.equal(code, 7, stderr);
      const { advice } = JSON.parse(stderr).error;
      assert.match(
        advice,
        new RegExp(`^cat \\(process ${monitor.pid}\\) has it open too and may take the answers: close it\\. .*BOOT0`),
      );
    }),
  { ignore: !isLinux },
);

/** What ended a conversation, and whether another program may be why. */
const ENDS: readonly (readonly [Error, boolean])[] = [
  [new LinkTimeoutError("answer", 1000), true],
  [new UnexpectedBytesError("ACK", Uint8Array.of(1)), true],
  [new BootEntryError({ code: "boot-entry-silent", message: "Cannot enter the loader: no answer" }), true],
  [new LinkTimeoutError("silence", 1000), false],
  [new LinkClosedError(), false],
];

peerTest(
  "socat",
  "another program is named where it may be why, but not who made the pseudo-terminal",
  () =>
    withMonitor(async (near, monitor) => {
      assert.deepEqual(listRivals(near), [`cat (process ${monitor.pid})`]);
      assert.deepEqual(listRivals(`${near}-none`), []);
      for (const [error, isNamed] of ENDS) {
        const explained = await explainFailure(error, {
          connection: { name: near, path: near, entryFailure: undefined },
          stage: { doing: "waiting", device: UNTOUCHED, next: "Check BOOT0" },
          hasAnswered: false,
          isBegun: false,
          flags: {},
        });
        assert(explained instanceof DeviceError || explained instanceof BootEntryError);
        assert.equal(explained.advice?.startsWith("cat (process "), isNamed, error.message);
      }
    }),
  { ignore: !isLinux },
);
