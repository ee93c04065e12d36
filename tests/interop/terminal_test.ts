/**
 * The whole way as a person goes it, in a terminal of 80 columns, with a device on a pseudo-terminal: list the ports,
 * flash, press Ctrl-C in the middle and go on, pull the cable in the middle and go on.
 */

import assert from "node:assert/strict";
import { equalBytes } from "../../core/bytes.ts";
import { denoArgs } from "../cli/process.ts";
import { isOnPath, peerTest } from "../peers.ts";
import { type TestTerminal, withTerminal } from "../tmux.ts";
import { SERIAL_PERMISSIONS, withPtyDevice } from "./pty_device.ts";

const FIRMWARE = Uint8Array.from({ length: 100_000 }, (_, index) => index * 5 + (index >> 8) & 0xff);

/** The rest of `coreslot flash` is here. */
const CONFIG = { port: "./pty", protocol: "an3155", part: "stm32f407", base: "0x08000000", file: "firmware.bin" };

/**
 * Two writes that take so long that a person can press a key, or pull the cable: one in the first try, one in the second.
 */
const SLOW = ["--faults", "busy:op=80,ms=2000;busy:op=250,ms=4000", "--flash-file", "flash.bin"];

/** Both are needed: the one that is missing is the one that is asked for. */
const PROGRAM = isOnPath("tmux") ? "socat" : "tmux";

peerTest(
  PROGRAM,
  "a person lists, flashes, interrupts, goes on, pulls the cable and goes on, in 80 columns",
  () =>
    withPtyDevice("stm32f407", {
      args: SLOW,
      files: { "firmware.bin": FIRMWARE, "coreslot.json": new TextEncoder().encode(JSON.stringify(CONFIG)) },
      check: (folder) => {
        const flash = Deno.readFileSync(`${folder}/flash.bin`);
        assert(equalBytes(flash.subarray(0, FIRMWARE.length), FIRMWARE));
      },
    }, async ({ folder, unplug, plugIn }) => {
      const command = [Deno.execPath(), ...denoArgs([], SERIAL_PERMISSIONS)].join(" ");
      Deno.writeTextFileSync(`${folder}/coreslot`, `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
      await withTerminal(folder, folder, async (terminal) => {
        assert.match(await run(terminal, "coreslot ports"), /port +id +serial number|No serial port is connected/);
        assert.match(await run(terminal, "coreslot info"), /part +stm32f407xg\n/);

        const narrow = await run(terminal, "stty cols 40; coreslot info; stty cols 80");
        for (const line of narrow.split("\n").filter((line) => line.startsWith("  "))) {
          assert(line.length <= 40, narrow);
        }
        assert.match(narrow, /commands +Get, /);

        await terminal.clear();
        await terminal.type("coreslot info --port ./absent --wait 60");
        await terminal.see(/^waiting up to 60 s/m);
        await terminal.press("C-c");
        // The terminal's own `^C` is gone.
        assert.match(await run(terminal, ""), /^coreslot: \.\/absent: Cannot go on: interrupted while waiting/m);

        await terminal.clear();
        await terminal.type("coreslot flash");
        assertOneLine(await terminal.see(/^write +\d+ % {2}[\d,]+ of 100,000 bytes/m));
        await terminal.press("C-c");
        const interrupted = await terminal.see(/anew\n/);
        assert.match(interrupted, /^coreslot: \.\/pty: Cannot go on: interrupted while writing, \d+ % done$/m);
        assert.match(interrupted, /The device stays in its boot ROM; its flash holds a part of the image/);
        assert.match(await run(terminal, ""), /code 130/);
        // A chip that is busy does not hear: the question may have to be repeated.
        assert.match(await run(terminal, "coreslot info --retry 10"), /part +stm32f407xg\n/);

        await terminal.clear();
        await terminal.type("coreslot flash");
        // The slow write of this try, which is not the first one.
        assertOneLine(await terminal.see(/^write +\d+ % {2}[\d,]+ of 100,000 bytes/m));
        await unplug();
        const gone = await terminal.see(/back\n/);
        assert.match(gone, /^coreslot: \.\/pty: Cannot go on: the device is gone$/m);
        assert.match(await run(terminal, ""), /code 7/);

        await plugIn();
        const done = await run(terminal, "coreslot flash");
        assert.match(done, /^verify {4}100,000 bytes in [\d.]+ s, [\d.,]+ KiB\/s$/m);
        assert.match(done, /^ {2}verified +100,000 bytes$/m);
        assert.match(done, /code 0/);
      });
    }),
);

/** Runs a command line in an empty screen and gives what it prints, with its exit code; that of the last one without any. */
async function run(terminal: TestTerminal, line: string): Promise<string> {
  if (line !== "") await terminal.clear();
  await terminal.type(line === "" ? "echo code $?" : `${line}; echo code $?`);
  return await terminal.see(/^(?:\$ )?code \d+$/m);
}

/** Progress is one line that is rewritten, and no line is broken. */
function assertOneLine(screen: string): void {
  assert.equal(screen.match(/^write/gm)?.length, 1, screen);
  for (const line of screen.split("\n")) assert(line.length < 80, line);
}
