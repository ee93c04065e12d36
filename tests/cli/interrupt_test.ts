/**
 * Ctrl-C in the middle of a conversation with a device.
 */

import assert from "node:assert/strict";
import { DEVICE_PERMISSIONS, withDevice } from "./device_commands.ts";
import { denoArgs } from "./process.ts";

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
