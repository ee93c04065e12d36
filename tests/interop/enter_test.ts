/**
 * `--enter` and `--leave` over a pseudo-terminal: modem lines that are not there, and commands of an application.
 */

import assert from "node:assert/strict";
import { findPart } from "../../core/mod.ts";
import { BootRomChip, Stm32 } from "../../emulator/mod.ts";
import { DeviceSession, openSerial, parseBootEntry, parsePortSpec } from "../../ports/mod.ts";
import { LinuxTerminal } from "../../ports/serial/linux_terminal.ts";
import { profileFor, runBootRom } from "../../protocols/an3155/mod.ts";
import { LinkClosedError, PortSession } from "../../protocols/link/mod.ts";
import { withLoaderDevice } from "../cli/loader_device.ts";
import { runCli } from "../cli/process.ts";
import { peerTest } from "../peers.ts";
import { SERIAL_PERMISSIONS, withPty, withPtyDevice } from "./pty_device.ts";
import { withPtyPair } from "./serial_pty.ts";

const FILES = { "firmware.bin": new Uint8Array(1000).fill(7) };

peerTest(
  "socat",
  "coreslot flash --enter says once that a port has no modem lines, and goes on",
  () =>
    withPtyDevice("stm32f407", { files: FILES }, async ({ pty, run }) => {
      const flash = ["flash", "firmware.bin", "--base", "0x08000000", "--enter", "boot0-rts,reset-dtr"];
      for (const leave of [[], ["--leave", "rts-off,dtr-on,wait-10,dtr-off"]]) {
        const { code, stdout, stderr } = await run(...flash, ...leave);
        assert.equal(code, 0, stderr);
        assert.deepEqual(stderr.split("\n").slice(0, 3), [
          `note: ${pty} cannot do even parity: bytes go without it`,
          `note: ${pty} has no DTR and RTS: steps of the boot entry were left out, so put the device into its loader by hand`,
          "connected to stm32f407xg, boot ROM protocol 3.1",
        ]);
        assert.equal(stderr.match(/DTR/g)?.length, 1, stderr);
        // Nobody has taken it out of its loader, so nobody says so.
        assert.match(stdout, /next +the device stays in its boot ROM: set BOOT0 low and reset it\n/);
      }
    }),
);

/** A way in through the application: at its own frame and rate, a command and the answer that it gives. */
const ENTER = 'mode-8n1,baud-9600,send-"update\\r",expect-"entering loader"-within-20000';

peerTest(
  "socat",
  "coreslot info --enter has an application enter its loader, and talks to that",
  () =>
    withPtyPair(async ({ near, far }) => {
      await using device = new PortSession(await openSerial(far));
      const part = findPart("stm32f407");
      const rom = new BootRomChip(new Stm32(part, { isBoot0High: true }));
      const serving = device.run(function* (link) {
        const command = yield* link.read(7, "a command", 60_000);
        if (new TextDecoder().decode(command) !== "update\r") throw new Error("another command came");
        link.send(new TextEncoder().encode("temperature 23.5 C\r\nentering loader\r\n"));
        yield* link.flush();
        yield* runBootRom(link, { device: rom, profile: profileFor(part) });
      });
      const ended = assert.rejects(serving, LinkClosedError);
      const { code, stdout, stderr } = await runSerial("info", "--port", near, "--enter", ENTER, "--json");
      assert.equal(code, 0, stderr);
      assert.equal(JSON.parse(stdout).part, "stm32f407xg");
      await device.close();
      await ended;
    }),
);

peerTest(
  "socat",
  "coreslot info --enter says which answer the application did not give",
  () =>
    withPtyPair(async ({ near }) => {
      const enter = 'send-"update\\r",expect-"OK"-within-50';
      const { code, stderr } = await runSerial("info", "--port", near, "--enter", enter);
      assert.equal(code, 7, stderr);
      assert.equal(
        stderr,
        `note: no answer "OK" on ${near} within 50 ms: the device may be in its loader already, so the rest of --enter ` +
          `is left out\nnote: ${near} cannot do even parity: bytes go without it\n` +
          `coreslot: Cannot enter the loader: no answer "OK" on ${near} within 50 ms\n` +
          "  Check rate and frame of the application (baud-... and mode-... before\n" +
          "  send-...), and that it is running\n",
      );
    }),
);

/** Ways into the loader that nobody takes who is there already, and what is said of it. */
const DONE: readonly (readonly [enter: string, said: RegExp])[] = [
  [
    'send-"update\\r",expect-"OK"-within-50,wait-60000',
    /^note: no answer "OK" on \S+ within 50 ms: the device may be/m,
  ],
  ["touch-1200,wait-60000", /^note: \S+ did not go away to come back: the device may be in its loader already/m],
];

for (const [enter, said] of DONE) {
  peerTest(
    "socat",
    `coreslot flash --enter ${enter} goes on with a device that is in its loader already`,
    () =>
      withLoaderDevice({}, ({ folder, port }) =>
        withPty({ folder, port, protocol: "cdc" }, async ({ run }) => {
          const line = ["flash", "update.cslot", "--key", "ed25519.pub.pem", "--enter", enter];
          const { code, stderr } = await run(...line);
          assert.equal(code, 0, stderr);
          assert.match(stderr, said);
        })).then(() => {}),
  );
}

peerTest(
  "socat",
  "coreslot info --enter says that the device did not restart, where nobody answers then",
  () =>
    withPtyPair(async ({ near }) => {
      const { code, stderr } = await runSerial("info", "--port", near, "--enter", "touch-1200");
      assert.equal(code, 7, stderr);
      assert.equal(
        stderr.slice(stderr.indexOf("coreslot: ")),
        `coreslot: Cannot enter the loader: ${near} did not go away to come back\n` +
          "  The device did not restart into its loader: reset it by hand\n",
      );
    }),
);

peerTest(
  "socat",
  "DeviceSession has the rate and the frame that it was opened with after a way in that changes both, also if that fails",
  () =>
    withPtyPair(async ({ near }) => {
      await using device = await DeviceSession.open(parsePortSpec(near), { baudRate: 9600 });
      const other = new LinuxTerminal(near);
      try {
        const silent = 'baud-1200,mode-8n2,expect-"x"-within-1';
        for (const text of ["baud-1200,mode-8n2", "mode-8n2", "baud-1200", silent]) {
          await device.enter(parseBootEntry(text)).catch(({ code }) => assert.equal(code, "boot-entry-silent"));
          assert.deepEqual(other.settings, { baudRate: 9600, dataBits: 8, parity: "none", stopBits: 1 }, text);
        }
      } finally {
        other.close();
      }
    }),
);

function runSerial(...args: readonly string[]) {
  return runCli([...args, "--protocol", "an3155"], { permissions: SERIAL_PERMISSIONS });
}
