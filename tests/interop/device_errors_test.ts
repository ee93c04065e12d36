/**
 * What the commands say at a serial port when something is wrong, word for word, and that it says what to do next.
 */

import assert from "node:assert/strict";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { type CliResult, runCli } from "../cli/process.ts";
import { peerTest, withTempDir } from "../peers.ts";
import { openBridge, ptyEnd } from "../pty.ts";
import { type PtyDevice, SERIAL_PERMISSIONS, withPtyDevice } from "./pty_device.ts";
import { childCommand, withPtyPair } from "./serial_pty.ts";

const FIRMWARE = Uint8Array.from({ length: 20_000 }, (_, index) => index * 13 + (index >> 8) & 0xff);

const FILES = { "firmware.bin": FIRMWARE, "other.bin": FIRMWARE.map((byte) => byte ^ 0xff) };

/** Said of every pseudo-terminal. */
const PARITY_REGEXP = /^note: \S+ cannot do even parity: bytes go without it\n/;

/** Stands for the port. */
const PTY = "PTY";

const TARGET = `--protocol an3155 --port ${PTY}`;

const READOUT = `coreslot protect readout-off --yes ${TARGET} ends that, and ERASES ALL OF ITS FLASH`;

const WRITE_PROTECTED =
  `The sector is write-protected, mostly: coreslot protect write-off ${TARGET} ends that, then run the same ` +
  "command again; a worn sector, or another part than the one chosen, looks the same";

/** A command that fails on a device, and what it says behind the port's name: each clause in one line. */
interface Failure {
  readonly title: string;
  /** Commands that have to succeed first. */
  readonly before?: readonly (readonly string[])[];
  readonly args: readonly string[];
  readonly says: readonly string[];
}

const FAILURES: readonly Failure[] = [
  {
    title: "a part other than the one named",
    args: ["info", "--part", "stm32h743"],
    says: [
      "Cannot go on: the device has the product id 0x413, stm32h743xi has 0x450",
      "Nothing on the device was changed",
      "Check that this is the right device and port; without --part the chip's own id decides, with --trust-part that " +
      "of --part",
    ],
  },
  {
    title: "sectors that are write-protected",
    before: [["flash", "firmware.bin", "--base", "0x08000000"], ["protect", "write", "--sectors", "0-1"]],
    args: ["flash", "other.bin", "--base", "0x08000000"],
    says: [
      "Cannot confirm the write: 0x08000000 holds 00, written was ff",
      "The device stays in its boot ROM; its flash holds a part of the image, the last block is not there",
      WRITE_PROTECTED,
    ],
  },
  {
    title: "a sector that is write-protected, for erase",
    before: [["flash", "firmware.bin", "--base", "0x08000000"], ["protect", "write", "--sectors", "0-1"]],
    args: ["erase", "--start", "0x08000000", "--size", "16K"],
    says: [
      "Cannot confirm the erase: 0x08000000 holds 00",
      "Sectors were erased or are half erased, from the last one down; the device stays in its boot ROM",
      WRITE_PROTECTED,
    ],
  },
  {
    title: "sectors beside the image that are write-protected, when everything is erased",
    before: [["flash", "firmware.bin", "--base", "0x08000000"], ["protect", "write", "--sectors", "0-1"]],
    args: ["flash", "other.bin", "--base", "0x08020000", "--erase-all"],
    says: [
      "Cannot confirm the erase: 0x08000000 holds 00",
      "The device stays in its boot ROM; sectors of its flash are erased or half erased",
      WRITE_PROTECTED,
    ],
  },
  {
    title: "readout protection that hides which part it is",
    before: [["protect", "readout", "--yes"]],
    args: ["flash", "other.bin", "--base", "0x08000000"],
    says: [
      "Cannot choose the part: stm32f407xe, stm32f407xg all have the product id 0x413, and the device does not let its " +
      "flash size be read",
      "Nothing on the device was changed",
      `Name it with --part; where the flash size cannot be read, the device is read-protected, mostly: ${READOUT}`,
    ],
  },
  {
    title: "readout protection, for read",
    before: [["protect", "readout", "--yes"]],
    args: ["read", "back.bin", "--part", "stm32f407"],
    says: [
      "Cannot run Read Memory: the device refused the command",
      "Nothing on the device was changed, and it stays in its boot ROM",
      `The device is read-protected, mostly: ${READOUT}; or its boot ROM does not know the command`,
    ],
  },
  ...([
    ["Extended Erase", "flash", "other.bin", "--base", "0x08000000"],
    ["Extended Erase", "erase", "--all"],
    ["Write Unprotect", "protect", "write-off"],
    ["Write Protect", "protect", "write", "--sectors", "1"],
  ] as const).map(([command, ...args]): Failure => ({
    title: `readout protection, for ${args.slice(0, 2).join(" ")}`,
    before: [["protect", "readout", "--yes"]],
    args: [...args, "--part", "stm32f407"],
    says: [
      `Cannot run ${command}: the device refused the command`,
      "Nothing on the device was changed",
      `The device is read-protected, mostly: ${READOUT}; or its boot ROM does not know the command`,
    ],
  })),
];

for (const { title, before = [], args, says } of FAILURES) {
  peerTest(
    "socat",
    `coreslot ${args[0]} says what to do about ${title}`,
    () =>
      withPtyDevice("stm32f407", { files: FILES }, async (device) => {
        for (const line of before) await succeed(device, line);
        const { pty } = device;
        assertSays(await device.run(...args), {
          code: 8,
          says: [`coreslot: ${pty}: ${says[0]}`, ...says.slice(1).map((clause) => clause.replace(PTY, pty))],
        });
      }),
  );
}

peerTest(
  "socat",
  "coreslot flash says what a device that vanishes is left in; the next try works",
  () =>
    withPtyDevice("stm32f407", { args: ["--faults", "unplug:h2t:5000"], files: FILES }, async (device) => {
      const flash = ["flash", "firmware.bin", "--base", "0x08000000"];
      assertSays(await device.run(...flash), {
        code: 7,
        says: [
          `coreslot: ${device.pty}: Cannot go on: the device is gone`,
          "The device stays in its boot ROM; its flash holds a part of the image, the last block is not there",
          "Check cable and power. Run the same command again: it erases and writes anew; --retry 3 --wait 60 runs it " +
          "again when the port is back",
        ],
      });
      await device.plugIn();
      await succeed(device, flash);
    }),
);

const INFO = ["info", "--protocol", "an3155", "--port"];

peerTest("socat", "coreslot says what to check when nobody answers", () =>
  withPtyPair(async ({ near }) => {
    assertSays(await runSerial(...INFO, near), {
      code: 7,
      says: [
        `coreslot: ${near}: Cannot go on: no answer to the synchronisation byte within 2500 ms`,
        "Nothing on the device was changed",
        "Does its application run, and not its boot ROM (set BOOT0 high and reset it; --enter does both where it is " +
        "wired)? Are RX and TX swapped? Is the frame 8E1, and this the right port?",
      ],
    });
  }));

peerTest("socat", "coreslot says what to check when no loader answers over cdc", () =>
  withPtyPair(async ({ near }) => {
    const { code, stderr } = await runSerial("info", "--protocol", "cdc", "--port", near);
    assert.equal(code, 7);
    assert.equal(
      stderr,
      `coreslot: ${near}: Cannot go on: no reply to hello within 20000 ms\n` +
        "  Nothing on the device was changed\n" +
        "  Is the device in its loader (by its button, by its application, or just after\n" +
        "  a reset), and is this its port?\n",
    );
  }));

peerTest(
  "socat",
  "coreslot says that an application talks instead of the boot ROM",
  () =>
    withTempDir(async (folder) => {
      const pty = `${folder}/pty`;
      const bridge = await openBridge([ptyEnd(pty), "EXEC:yes temperature 23.5 C"]);
      try {
        assertSays(await runSerial(...INFO, pty), {
          code: 7,
          says: [
            `coreslot: ${pty}: Cannot go on: something talks without being asked, and does not stop`,
            "Nothing on the device was changed",
            "That is the application, mostly: bring the device into its loader (into its boot ROM by BOOT0 high and a reset; " +
            "--enter does both where it is wired), or check that this is the right port",
          ],
        });
      } finally {
        await bridge.close();
      }
    }),
);

peerTest("socat", "coreslot says who has the port", () =>
  withPtyPair(async ({ near, socatId }) => {
    await using holder = childCommand("hold", near).spawn();
    const said = holder.stdout.getReader();
    assert.equal(new TextDecoder().decode((await said.read()).value), "open\n");
    const result = await runSerial(...INFO, near);
    holder.kill("SIGKILL");
    await holder.status;
    await said.cancel();
    await holder.stderr.cancel();
    assert.equal(result.code, 9);
    // socat keeps the ends that it makes open itself.
    const holders = [`socat (process ${socatId})`, `${basename(Deno.execPath())} (process ${holder.pid})`];
    const texts = [holders, holders.toReversed()].map((names) =>
      `coreslot: Cannot open ${near}: ${names.join(" and ")} have it open\n` +
      "  Close that program first; ModemManager lets go by itself after some seconds\n"
    );
    assert(texts.includes(result.stderr), result.stderr);
  }));

peerTest("socat", "coreslot says which group may use the port", () =>
  withPtyPair(async ({ near }) => {
    // The folder of the link is this user's alone.
    const path = await Deno.realPath(near);
    const isRoot = Deno.uid() === 0;
    // Only root can give a device away: to the group that owns serial ports on Debian, whose number is 20 there.
    if (isRoot) await Deno.chown(path, 0, 20);
    await Deno.chmod(path, isRoot ? 0o660 : 0);
    const script = fileURLToPath(new URL("coreslot_as_nobody.ts", import.meta.url));
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--allow-ffi", script, ...INFO, path],
      stdin: "null",
      env: { NO_COLOR: "1" },
    }).output();
    const text = new TextDecoder().decode(stderr);
    assert.equal(code, 9, text);
    const [line, ...advised] = text.trimEnd().split("\n");
    const advice = isRoot
      ? /It belongs to the group (\S+): run "sudo usermod -a -G \1 \$USER", log out and in again$/
      : /It belongs to the group \S+ with permissions 0000: a udev rule/;
    assert.equal(line, `coreslot: Cannot open ${path}: this user has no permission`);
    assert.match(advised.map((part) => part.trim()).join(" "), advice);
  }));

function runSerial(...args: readonly string[]): Promise<CliResult> {
  return runCli(args, { permissions: SERIAL_PERMISSIONS });
}

async function succeed(device: PtyDevice, line: readonly string[]): Promise<void> {
  const { code, stderr } = await device.run(...line);
  assert.equal(code, 0, stderr);
}

/** Compares the end of what a command says, with the lines of each clause joined again. */
function assertSays({ code, stderr }: CliResult, expected: { code: number; says: readonly string[] }): void {
  assert.match(stderr, PARITY_REGEXP);
  const said = stderr.trimEnd().split("\n");
  const start = said.findIndex((line) => line.startsWith("coreslot: "));
  const [line = "", ...advice] = said.slice(start);
  assert.equal(line, expected.says[0]);
  assert.equal(advice.map((part) => part.trim()).join(" "), expected.says.slice(1).join(" "));
  assert.equal(code, expected.code, stderr);
}
