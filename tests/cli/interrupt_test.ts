/**
 * Ctrl-C in the middle of a conversation with a device.
 */

import assert from "node:assert/strict";
import { DEVICE_PERMISSIONS, withDevice } from "./device_commands.ts";
import { denoArgs, runCliUntil } from "./process.ts";

const FIRMWARE = Uint8Array.from({ length: 300_000 }, (_, index) => index * 5 + (index >> 8) & 0xff);

Deno.test({
  name: "coreslot flash ends with 130 when it is interrupted, says what the device is in, and the next try works",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withDevice("stm32f407", {
      // Seven sectors are erased, and the second block takes its time.
      args: ["--faults", "busy:op=80,ms=2000"],
      files: { "firmware.bin": FIRMWARE },
    }, async ({ folder, port, runJson }) => {
      const flash = ["flash", "firmware.bin", "--base", "0x08000000"];
      const child = new Deno.Command(Deno.execPath(), {
        args: denoArgs([...flash, "--protocol", "an3155", "--port", port, "--trace", "trace.txt"], DEVICE_PERMISSIONS),
        env: { NO_COLOR: "1" },
        cwd: folder,
        stdin: "null",
        stdout: "null",
        stderr: "piped",
      }).spawn();
      let stderr = "";
      for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
        stderr += text;
        // Erased, and not yet written.
        if (text.includes("erase ")) child.kill("SIGINT");
      }
      const { code } = await child.status;
      assert.equal(code, 130);
      const lines = stderr.trimEnd().split("\n").slice(-4);
      assert.match(lines[0]!, /^coreslot: tcp:127\.0\.0\.1:\d+: Cannot go on: interrupted while writing/);
      assert.match(
        lines.slice(1).join(" "),
        /The device stays in its boot ROM; .* Run the same command again: it erases/,
      );
      assert.match(Deno.readTextFileSync(`${folder}/trace.txt`), /> 44 bb {2}# Extended Erase/, "the trace is there");
      assert.equal((await runJson(...flash, "--no-verify"))["writtenBytes"], FIRMWARE.length);
    }),
});

Deno.test({
  name: "coreslot flash says how long an erase may go on that was interrupted, and --retry waits for its end",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withDevice("stm32f407", {
      args: ["--faults", "busy:op=2,ms=4000"],
      files: { "firmware.bin": FIRMWARE },
    }, async ({ folder, port, runJson }) => {
      const flash = ["flash", "firmware.bin", "--base", "0x08000000"];
      const { code, stderr } = await runCliUntil(
        [...flash, "--protocol", "an3155", "--port", port, "--trace", "-"],
        { cwd: folder, permissions: DEVICE_PERMISSIONS, says: "# Extended Erase" },
        (process) => process.kill("SIGINT"),
      );
      assert.equal(code, 130, stderr);
      // Four sectors of 16 KiB, one of 64 KiB and two of 128 KiB, at the longest that the datasheet has.
      const seconds = Math.ceil((4 * 800 + 2400 + 2 * 4000) / 1000);
      assert.equal(
        stderr.slice(stderr.indexOf("coreslot: ")).trimEnd().split(/\s+/).join(" "),
        `coreslot: ${port}: Cannot go on: interrupted while erasing The device stays in its boot ROM; sectors of the ` +
          `image are erased or half erased The device may go on erasing for up to ${seconds} s, in which it answers ` +
          `nobody: then run the same command again, or at once with --retry ${seconds}`,
      );
      assert.equal((await runJson(...flash, "--no-verify", "--retry", `${seconds}`))["writtenBytes"], FIRMWARE.length);
    }),
});

/** Ports that are not there, and what is waited for. */
const ABSENT: readonly (readonly [port: string, what: string])[] = [
  ["tcp:127.0.0.1:1", "tcp:127.0.0.1:1"],
  ["/dev/ttyUSB_none", "/dev/ttyUSB_none"],
];

for (const [port, what] of ABSENT) {
  Deno.test({
    name: `coreslot info --wait says that it waits for ${port}, and when interrupted that nobody was there`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      const { code, stderr } = await runCliUntil(
        ["info", "--protocol", "an3155", "--port", port, "--wait", "30"],
        { permissions: [...DEVICE_PERMISSIONS, "--allow-ffi"], says: "waiting up to" },
        (process) => process.kill("SIGINT"),
      );
      assert.equal(code, 130, stderr);
      assert.equal(
        stderr,
        `waiting up to 30 s for ${what}\n` +
          `coreslot: ${port}: Cannot go on: interrupted while waiting for the port\n` +
          "  No device was there, and nothing was changed\n" +
          "  Check the cable, the power and the name of the port\n",
      );
    },
  });
}

Deno.test("coreslot info --wait takes a TCP port that somebody listens on only later", async () => {
  const early = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = early.addr;
  early.close();
  let accepted: Promise<void> | undefined;
  const { code, stderr } = await runCliUntil(
    ["info", "--protocol", "an3155", "--port", `tcp:127.0.0.1:${port}`, "--wait", "60"],
    { permissions: DEVICE_PERMISSIONS, says: "waiting up to 60 s" },
    () => {
      const listener = Deno.listen({ hostname: "127.0.0.1", port });
      accepted = listener.accept().then((connection) => (connection.close(), listener.close()));
    },
  );
  await accepted;
  // Somebody was there, and hung up.
  assert.equal(code, 7, stderr);
});
