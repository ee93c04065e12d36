/**
 * XMODEM and YMODEM on the command line, in processes of their own, against an emulated device.
 */

import assert from "node:assert/strict";
import { equalBytes } from "../../core/bytes.ts";
import { MemoryImage } from "../../core/memory_image.ts";
import { formatIntelHex } from "../../packager/formats/intel_hex.ts";
import { DEVICE_PERMISSIONS, type DeviceCommands, withDevice } from "./device_commands.ts";
import { denoArgs, runCli } from "./process.ts";
import { withTempDir } from "../peers.ts";

/** More than 255 blocks of 128 bytes, and no whole number of any blocks. */
const FIRMWARE = Uint8Array.from({ length: 40_001 }, (_, index) => index * 11 + (index >> 7) & 0xff);

const FILES = {
  "firmware.bin": FIRMWARE,
  "firmware.hex": formatIntelHex(MemoryImage.fromSegments([{ address: 0x0800_4000, data: FIRMWARE }])),
};

const DEVICE = ["--flash-file", "flash.bin", "--address", "0x08004000"];

for (const protocol of ["xmodem", "xmodem-1k", "ymodem"]) {
  for (const file of ["firmware.bin", "firmware.hex"]) {
    Deno.test(`coreslot flash sends ${file} over ${protocol}`, () =>
      withDevice("stm32f407", { protocol, args: DEVICE, files: FILES }, async (device) => {
        const { code, stdout, stderr } = await device.run("flash", file);
        assert.equal(code, 0, stderr);
        assert.match(stdout, /end +the receiver has it/);
        const area = await waitForSave(device);
        assert(equalBytes(area.subarray(0, FIRMWARE.length), FIRMWARE));
        const padding = area.subarray(FIRMWARE.length, 40_064);
        assert(padding.every((byte) => byte === (protocol === "ymodem" ? 0xff : 0x1a)));
        assert(area.subarray(40_064).every((byte) => byte === 0xff));
      }));
  }
}

/** A second connection begins when the first has been dealt with and saved. */
async function waitForSave(device: DeviceCommands): Promise<Uint8Array> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(device.port.split(":").at(-1)) });
  // The device asks for a file as soon as it serves this connection.
  await connection.read(new Uint8Array(1));
  connection.close();
  return Deno.readFileSync(`${device.folder}/flash.bin`).subarray(0x4000);
}

Deno.test("coreslot flash meets the loader that takes block 256 for another file", () =>
  withDevice("stm32f103xb", {
    protocol: "ymodem",
    args: ["--profile", "st-iap", "--address", "0x08003000"],
    files: FILES,
    tells: /stm32f103xb under st-iap-f1, defects included/,
  }, async ({ run, runJson }) => {
    const short = await run("flash", "firmware.bin", "--short-blocks");
    assert.equal(short.code, 8);
    assert.match(short.stderr, /^warning: .*firmware\.bin.*313 blocks.*ST/);
    assert.match(short.stderr, /Cannot go on: the device took block 256 for the header of another file/);
    const { files, warnings } = await runJson("flash", "firmware.bin");
    assert.deepEqual(warnings, []);
    assert(Array.isArray(files) && files.length === 1 && files[0].blockCount === 40);
  }));

Deno.test("coreslot says what a protocol cannot do, and which one can", () =>
  withDevice("stm32f407", { protocol: "ymodem", files: FILES, tells: /waits for files/ }, async ({ run }) => {
    const cases: readonly (readonly [string[], string])[] = [
      [
        ["info"],
        "Cannot run info: ymodem has no info, it only carries files\n  The protocols that have it are an3155 and cdc\n",
      ],
      [
        ["erase", "--all"],
        "Cannot run erase: ymodem has no erase, it only carries files\n  The protocols that have it are an3155 and cdc7",
      ],
      [["flash", "firmware.bin", "--go", "0"], "Cannot run flash: ymodem has no use for --go\n"],
      [
        ["flash", "firmware.bin", "--key", "k"],
        "Cannot run flash: firmware.bin is firmware, and --key is for updates\n",
      ],
    ];
    for (const [args, expected] of cases) {
      const { code, stderr } = await run(...args);
      assert.deepEqual([code, stderr.slice(0, expected.length + 10)], [2, `coreslot: ${expected}`], args.join(" "));
    }
  }));

/** Joins `coreslot send` to `coreslot receive`, each a client of TCP, as two serial ports are joined by a cable. */
async function join(
  folder: string,
  protocol: string,
  lines: { readonly send: readonly string[]; readonly receive: readonly string[] },
): Promise<readonly Ended[]> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = `tcp:127.0.0.1:${listener.addr.port}`;
  const start = async (args: readonly string[]) => {
    const child = new Deno.Command(Deno.execPath(), {
      args: denoArgs([...args, "--protocol", protocol, "--port", port], DEVICE_PERMISSIONS),
      env: { NO_COLOR: "1" },
      cwd: folder,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const connection = await listener.accept();
    return { connection, ended: child.output() };
  };
  const sender = await start(lines.send);
  const receiver = await start(lines.receive);
  const [left, right] = [sender.connection, receiver.connection];
  const joined = Promise.all([carry(left, right), carry(right, left)]);
  const ended = await Promise.all([sender.ended, receiver.ended]);
  await joined;
  left.close();
  right.close();
  listener.close();
  return ended.map(({ code, stderr }) => ({ code, stderr: new TextDecoder().decode(stderr) }));
}

/** Carries bytes one way, until either end has gone. */
async function carry(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const bytes = new Uint8Array(4096);
  try {
    for (let count = await from.read(bytes); count !== null; count = await from.read(bytes)) {
      for (let offset = 0; offset < count;) offset += await to.write(bytes.subarray(offset, count));
    }
    await to.closeWrite();
  } catch {
    // The other end has gone first.
  }
}

interface Ended {
  readonly code: number;
  readonly stderr: string;
}

Deno.test("coreslot send and coreslot receive carry a batch, names and sizes kept", () =>
  withTempDir(async (folder) => {
    const note = new TextEncoder().encode("hello\x1a\x1a");
    Deno.writeFileSync(`${folder}/firmware.bin`, FIRMWARE);
    Deno.writeFileSync(`${folder}/a note.txt`, note);
    const ended = await join(folder, "ymodem", {
      send: ["send", "firmware.bin", "a note.txt"],
      receive: ["receive", "incoming"],
    });
    assert.deepEqual(ended.map(({ code }) => code), [0, 0], ended.map(({ stderr }) => stderr).join("\n"));
    assert(equalBytes(Deno.readFileSync(`${folder}/incoming/firmware.bin`), FIRMWARE));
    assert(equalBytes(Deno.readFileSync(`${folder}/incoming/a_note.txt`), note));
    assert.deepEqual(Array.from(Deno.readDirSync(`${folder}/incoming`), ({ name }) => name).length, 2);
  }));

Deno.test("coreslot receive takes one file over xmodem, and replaces none", () =>
  withTempDir(async (folder) => {
    Deno.writeFileSync(`${folder}/firmware.bin`, FIRMWARE);
    const lines = { send: ["send", "firmware.bin"], receive: ["receive", "back.bin"] };
    const ended = await join(folder, "xmodem-1k", lines);
    assert.deepEqual(ended.map(({ code }) => code), [0, 0], ended.map(({ stderr }) => stderr).join("\n"));
    const back = Deno.readFileSync(`${folder}/back.bin`);
    assert(equalBytes(back.subarray(0, FIRMWARE.length), FIRMWARE) && back.length === 40_064);
    const args = ["receive", "back.bin", "--protocol", "xmodem", "--port", "tcp:127.0.0.1:1"];
    const { code, stderr } = await runCli(args, { cwd: folder, permissions: DEVICE_PERMISSIONS });
    assert.deepEqual([code, stderr.split("\n")[0]], [6, "coreslot: Cannot write back.bin: it exists"]);
  }));

Deno.test("coreslot receive writes nowhere but into its folder, whatever the sender calls a file", () =>
  withTempDir(async (folder) => {
    Deno.writeFileSync(`${folder}/.hidden`, FIRMWARE);
    const [sender, receiver] = await join(folder, "ymodem", {
      send: ["send", ".hidden"],
      receive: ["receive", "incoming"],
    });
    assert.equal(sender!.code, 8);
    assert.match(unwrap(sender!.stderr), /broke off with CAN CAN The device may be erasing: what it held may be gone/);
    assert.match(unwrap(sender!.stderr), /The receiver refuses the file: .*its own messages say which/);
    assert.deepEqual([receiver!.code, receiver!.stderr.split("\n")[1]], [
      6,
      'coreslot: Cannot write ".hidden": the sender chose a name that may mean something else to this system',
    ]);
    assert.deepEqual(Array.from(Deno.readDirSync(folder), ({ name }) => name), [".hidden"]);
  }));

/** What a message says, whatever lines it stands in. */
function unwrap(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}

/** Which files are sent after a good one, why the receiver refuses the batch, and what it says of that. */
const REFUSED: readonly (readonly [string, readonly string[], RegExp])[] = [
  ["name", [".hidden"], /Cannot write "\.hidden": the sender chose a name/],
  ["duplicate", ["other/good.bin"], /Cannot write incoming\/good\.bin: the sender sent two files of that name/],
  ["existing file", ["old.bin"], /Cannot write incoming\/old\.bin: it exists/],
];

for (const [what, names, message] of REFUSED) {
  Deno.test(`coreslot receive keeps the files that came before a bad ${what}`, () =>
    withTempDir(async (folder) => {
      for (const name of ["other", "incoming"]) Deno.mkdirSync(`${folder}/${name}`);
      for (const name of ["good.bin", ".hidden", "old.bin", "other/good.bin"]) {
        Deno.writeFileSync(`${folder}/${name}`, FIRMWARE.subarray(0, 300));
      }
      Deno.writeFileSync(`${folder}/incoming/old.bin`, Uint8Array.of(1));
      const [sender, receiver] = await join(folder, "ymodem", {
        send: ["send", "good.bin", ...names],
        receive: ["receive", "incoming"],
      });
      assert.deepEqual([sender!.code, receiver!.code], [8, 6], receiver!.stderr);
      assert.match(unwrap(receiver!.stderr), message);
      assert.match(unwrap(receiver!.stderr), /; kept is what came before it: incoming\/good\.bin/);
      assert(equalBytes(Deno.readFileSync(`${folder}/incoming/good.bin`), FIRMWARE.subarray(0, 300)));
      assert.deepEqual(Deno.readFileSync(`${folder}/incoming/old.bin`), Uint8Array.of(1));
    }));
}

Deno.test("coreslot receive --force replaces files, and times come along", () =>
  withTempDir(async (folder) => {
    Deno.writeFileSync(`${folder}/a.bin`, FIRMWARE);
    Deno.utimeSync(`${folder}/a.bin`, 1_000_000_001, 1_000_000_001);
    Deno.mkdirSync(`${folder}/incoming`);
    Deno.writeFileSync(`${folder}/incoming/a.bin`, Uint8Array.of(1));
    for (const protocol of ["ymodem", "xmodem"]) {
      const output = protocol === "ymodem" ? "incoming" : "incoming/a.bin";
      const lines = { send: ["send", "a.bin"], receive: ["receive", output, "--force"] };
      const ended = await join(folder, protocol, lines);
      assert.deepEqual(ended.map(({ code }) => code), [0, 0], ended.map(({ stderr }) => stderr).join("\n"));
      const back = Deno.readFileSync(`${folder}/incoming/a.bin`);
      assert(equalBytes(back.subarray(0, FIRMWARE.length), FIRMWARE), protocol);
      if (protocol === "xmodem") continue;
      assert.equal(Deno.statSync(`${folder}/incoming/a.bin`).mtime!.getTime(), 1_000_000_001_000);
    }
  }));

Deno.test("coreslot receive looks where files go before it opens the port", () =>
  withTempDir(async (folder) => {
    Deno.mkdirSync(`${folder}/folder`);
    Deno.writeFileSync(`${folder}/file`, FIRMWARE);
    const cases: readonly (readonly [string, string, number, string])[] = [
      ["xmodem", "folder", 6, "Cannot write folder: it is a folder"],
      ["xmodem", "file", 6, "Cannot write file: it exists"],
      ["xmodem", "none/file", 6, "Cannot write none/file: its folder does not exist"],
      ["ymodem", "file", 6, "Cannot write file: it is a file"],
      ["ymodem", "none/folder", 6, "Cannot write none/folder: its folder does not exist"],
      ["ymodem", "-", 2, "Cannot receive to standard output"],
    ];
    for (const [protocol, output, code, message] of cases) {
      const args = ["receive", output, "--protocol", protocol, "--port", "tcp:127.0.0.1:1"];
      const ended = await runCli(args, { cwd: folder, permissions: DEVICE_PERMISSIONS });
      assert.deepEqual([ended.code, ended.stderr.slice(10, 10 + message.length)], [code, message], ended.stderr);
    }
  }));

Deno.test("coreslot plan names the sender of lrzsz that it compares with", () =>
  withTempDir(async (folder) => {
    Deno.writeFileSync(`${folder}/firmware.bin`, FIRMWARE);
    for (
      const [protocol, peer, blocks] of [["xmodem", "sx", 313], ["xmodem-1k", "sx -k", 40], ["ymodem", "sb -k", 40]]
    ) {
      const { stdout } = await runCli(["plan", "firmware.bin", "--protocol", `${protocol}`], { cwd: folder });
      assert.match(stdout, new RegExp(`coreslot +${peer}\n`));
      assert.match(stdout, new RegExp(` blocks +${blocks} +${blocks}\n`));
    }
  }));
