/**
 * Debian's stm32flash against the emulated device, over a pseudo-terminal, with real firmware.
 */

import assert from "node:assert/strict";
import { equalBytes } from "../../core/bytes.ts";
import { formatAddress } from "../../core/hex.ts";
import type { MemoryImage } from "../../core/memory_image.ts";
import { findPart } from "../../core/parts/find_part.ts";
import { encodeBinary } from "../../packager/formats/binary.ts";
import { readImage } from "../../packager/formats/read_image.ts";
import { withEmulator } from "../cli/emulator.ts";
import { runCli } from "../cli/process.ts";
import { isCorpusPresent, readCorpus } from "../corpus.ts";
import { isOnPath, type PeerResult, peerTest, runPeer, withTempDir } from "../peers.ts";
import { openBridge, ptyEnd, tcpEnd } from "../pty.ts";

/** Parts, and real firmware for each. */
const PAIRS: readonly { readonly part: string; readonly firmware: string; readonly base?: number }[] = [
  { part: "stm32f103xb", firmware: "pyocd-nucleo-f103rb.bin", base: 0x0800_0000 },
  { part: "stm32f407xg", firmware: "f407-micropython.dfu" },
  { part: "stm32h743xi", firmware: "h743-eval-usb.bin", base: 0x0802_0000 },
];

/** What stm32flash takes that is erased on these parts. */
const BLANK = 0xff;

/** Both are needed: the one that is missing is the one that is asked for. */
const PROGRAM = isOnPath("stm32flash") ? "socat" : "stm32flash";

/** Without parity: pseudo-terminals have none. */
const MODE = ["-m", "8n1"] as const;

async function runOk(pty: string, args: readonly string[]): Promise<PeerResult> {
  const result = await runPeer("stm32flash", [...MODE, ...args, pty]);
  assert.equal(result.code, 0, `stm32flash ${args.join(" ")}: ${result.stderr}`);
  return result;
}

/** Reads real firmware; stm32flash wants one run of bytes, its gaps filled. */
function loadFirmware({ firmware, base }: typeof PAIRS[number]): { image: MemoryImage; flat: Uint8Array } {
  const { image } = readImage(readCorpus(`firmware/${firmware}`), { baseAddress: base });
  return { image, flat: encodeBinary(image, { fill: BLANK }) };
}

function describeFirst(bytes: Uint8Array, expected: Uint8Array): string {
  const at = expected.findIndex((byte, index) => bytes[index] !== byte);
  return `${bytes.length} and ${expected.length} bytes, the first difference at ${at}`;
}

for (const pair of PAIRS) {
  peerTest(
    PROGRAM,
    `stm32flash writes, verifies, reads and erases an emulated ${pair.part}`,
    () =>
      withTempDir(async (folder) => {
        const part = findPart(pair.part);
        const { image, flat } = loadFirmware(pair);
        Deno.writeFileSync(`${folder}/firmware.bin`, flat);
        const range = `${formatAddress(image.addressStart)}:${flat.length}`;
        const offset = image.addressStart - part.flash.addressStart;
        const expected = new Uint8Array(part.flash.sizeBytes).fill(BLANK);
        expected.set(flat, offset);
        const args = ["--part", pair.part, "--protocol", "an3155", "--flash-file", "flash.bin"];
        const { code, stderr } = await withEmulator(args, { cwd: folder }, async ({ port }) => {
          const pty = `${folder}/pty`;
          // One connection that stays, for all: the ROM is in the middle of a session when the next program begins.
          const bridge = await openBridge([ptyEnd(pty), tcpEnd(port)]);
          const { stdout } = await runOk(pty, []);
          const chipId = `0x${part.chipId.toString(16).padStart(4, "0")}`;
          assert.match(new TextDecoder().decode(stdout), new RegExp(`Device ID +: ${chipId} `));
          await runOk(pty, ["-w", `${folder}/firmware.bin`, "-v", "-S", range]);
          await runOk(pty, ["-r", `${folder}/back.bin`, "-S", range]);
          await bridge.close();
          const back = Deno.readFileSync(`${folder}/back.bin`);
          assert(equalBytes(back, flat), describeFirst(back, flat));
          // Our own host finds what stm32flash wrote.
          const read = ["read", "whole.bin", "--protocol", "an3155", "--port", port];
          const host = await runCli(read, {
            cwd: folder,
            permissions: ["--allow-read", "--allow-write", "--allow-net=127.0.0.1"],
          });
          assert.equal(host.code, 0, host.stderr);
          const whole = Deno.readFileSync(`${folder}/whole.bin`);
          assert(equalBytes(whole, expected), describeFirst(whole, expected));
          const flash = Deno.readFileSync(`${folder}/flash.bin`);
          assert(equalBytes(flash, expected), describeFirst(flash, expected));
          // Another connection, and a mass erase.
          const second = await openBridge([ptyEnd(pty), tcpEnd(port)]);
          await runOk(pty, ["-o"]);
          await second.close();
        });
        assert.equal(code, 0, stderr);
        const erased = Deno.readFileSync(`${folder}/flash.bin`);
        assert(erased.length === part.flash.sizeBytes && erased.every((byte) => byte === BLANK), "erased");
      }),
    { ignore: !isCorpusPresent || !isOnPath("socat") },
  );
}
