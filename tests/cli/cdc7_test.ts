/**
 * Commands of seven bytes on the command line, in processes of their own, against an emulated STM32F411.
 */

import assert from "node:assert/strict";
import { type Bytes, concatBytes, equalBytes } from "../../core/bytes.ts";
import { crc32Stm32 } from "../../core/crc32.ts";
import { parseHex } from "../../core/hex.ts";
import { MemoryImage } from "../../core/memory_image.ts";
import { formatIntelHex } from "../../packager/formats/intel_hex.ts";
import { withTempDir } from "../peers.ts";
import { layBadCable } from "./bad_cable.ts";
import { DEVICE_PERMISSIONS, type DeviceCommands, withDevice } from "./device_commands.ts";
import { makeFirmware } from "./loader_device.ts";
import { runCli } from "./process.ts";

const APPLICATION = 0x0801_0000;

/** As the linker leaves it: a stack pointer, a reset vector some way behind it. */
function firmwareFor(address: number, sizeBytes: number): Bytes {
  return new Uint8Array(makeFirmware(address, 0x2002_0000, sizeBytes));
}

/** More than two sectors, and no whole number of packets. */
const FIRMWARE: Bytes = firmwareFor(APPLICATION, 150_001);
const SMALL: Bytes = FIRMWARE.slice(0, 600);

const FILES = { "app.bin": FIRMWARE, "app.hex": hexAt(APPLICATION, FIRMWARE), "small.bin": SMALL };

function hexAt(address: number, data: Bytes): Bytes {
  return formatIntelHex(MemoryImage.fromSegments([{ address, data }]));
}

/** What the flash file has from the application on. */
function applicationIn(folder: string): Bytes {
  return Deno.readFileSync(`${folder}/flash.bin`).subarray(0x1_0000);
}

function isFirmware(area: Bytes, firmware: Bytes): boolean {
  const isPaddedBlank = area.subarray(firmware.length).every((byte) => byte === 0xff);
  return equalBytes(area.subarray(0, firmware.length), firmware) && isPaddedBlank;
}

for (const [file, profile] of [["app.bin", "black-pill"], ["app.hex", "mended"]] as const) {
  Deno.test(`coreslot flash brings ${file} over cdc7 to a ${profile} loader`, () =>
    withDevice("stm32f411", {
      protocol: "cdc7",
      args: ["--flash-file", "flash.bin", "--profile", profile],
      files: FILES,
      tells: new RegExp(
        `seven-byte commands \\(${profile}\\)[^]*\\nCM4 runs what stands at 0x08010000; nobody answers`,
      ),
      check: (folder) => assert(isFirmware(applicationIn(folder), FIRMWARE)),
    }, async ({ run }) => {
      const { code, stdout, stderr } = await run("flash", file);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /written +150,001 bytes in 2,344 packets\n/);
      assert.match(stdout, /note +this loader verifies no signature/);
    }));
}

const OTHER_RANGES = [
  ["0x08010000", "64K", "0x08010000 to 0x08020000"],
  ["0x08000000", "448K", "0x08000000 to 0x08070000"],
] as const;

Deno.test("coreslot go and coreslot erase over cdc7 do what this loader can, and nothing else", () =>
  withDevice("stm32f411", {
    protocol: "cdc7",
    args: ["--flash-file", "flash.bin"],
    files: FILES,
    check: (folder) => assert(applicationIn(folder).every((byte) => byte === 0xff)),
  }, async ({ run, runJson }) => {
    const nothing = await run("go", "0x08010000");
    assert.deepEqual([nothing.code, /the device reports no-application/.test(nothing.stderr)], [8, true]);
    assert.deepEqual((await runJson("flash", "small.bin"))["packetCount"], 10);
    assert.deepEqual(await runJson("go", "0x08010000"), { address: "0x08010000", outcome: "started" });
    const elsewhere = await run("go", "0x08000000");
    assert.deepEqual([elsewhere.code, elsewhere.stderr.split("\n")[0]], [
      2,
      "coreslot: Cannot go to 0x08000000: this loader starts what stands at 0x08010000 only",
    ]);
    for (const [start, size, range] of OTHER_RANGES) {
      const { code, stderr } = await run("erase", "--start", start, "--size", size);
      const message = `Cannot erase ${range}: this loader erases 0x08010000 to 0x08080000 at once`;
      assert.deepEqual([code, unwrap(stderr).includes(message)], [2, true], stderr);
    }
    const whole = { addressStart: "0x08010000", sizeBytes: 458_752 };
    assert.deepEqual(await runJson("erase", "--start", "0x08010000", "--size", "448K"), whole);
    assert.deepEqual(await runJson("erase", "--all"), whole);
  }));

/** What a message says, whatever lines it stands in. */
function unwrap(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}

/**
 * Answers one connection with bytes, once seven have come, and hears the rest, or as much as is said; gives what has come.
 */
async function withAnswer(
  answer: Bytes,
  body: (port: string) => Promise<void>,
  closeAfterBytes = Infinity,
): Promise<Bytes> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const heard: Bytes[] = [];
  const served = (async () => {
    using connection = await listener.accept();
    const bytes = new Uint8Array(1024);
    let heardBytes = 0;
    while (heardBytes < closeAfterBytes) {
      const count = await connection.read(bytes);
      if (count === null) break;
      if (heard.length === 0) await connection.write(answer);
      heard.push(bytes.slice(0, count));
      heardBytes += count;
    }
  })();
  await body(`tcp:127.0.0.1:${listener.addr.port}`);
  await served;
  listener.close();
  return concatBytes(heard);
}

Deno.test("coreslot over cdc7 says that a silent device is silent, and what it is left in", () =>
  withTempDir(async (folder) => {
    const heard = await withAnswer(new Uint8Array(0), async (port) => {
      const { code, stderr } = await runCli(["go", "0x08010000", "--protocol", "cdc7", "--port", port], {
        cwd: folder,
        permissions: DEVICE_PERMISSIONS,
      });
      assert.equal(code, 7, stderr);
      assert.match(
        unwrap(stderr),
        /no reply to execute within 3000 ms Flash was not changed; .* Is the device in its loader, and is/,
      );
    });
    assert.deepEqual([...heard], [0x60, 0, 0, 0, 0, 0, 0]);
  }));

/** What the device says to an erase, and what the command says then. */
const ANSWERS: readonly (readonly [hex: string, code: string, message: RegExp])[] = [
  ["500300", "flash-erase-failed", /the device reports flash-erase-failed/],
  ["500200", "flash-locked", /the device reports flash-locked/],
  ["508000", "invalid-command", /the device reports invalid-command/],
  ["108000", "unexpected-bytes", /reply to erase/],
];

Deno.test("coreslot erase over cdc7 passes on what the device reports", () =>
  withTempDir(async (folder) => {
    for (const [hex, code, message] of ANSWERS) {
      await withAnswer(parseHex(hex), async (port) => {
        const ended = await runCli(["erase", "--all", "--json", "--protocol", "cdc7", "--port", port], {
          cwd: folder,
          permissions: DEVICE_PERMISSIONS,
        });
        const { error } = JSON.parse(ended.stderr);
        assert.deepEqual([ended.code, error.code, error.exitCode], [8, code, 8], ended.stderr);
        assert.match(error.message, message);
        assert.match(error.deviceState, /stays in its loader/);
      });
    }
  }));

const PACKET_ACKS = Array.from({ length: 10 }, (_, packet) => `300${packet}00`).join("");

/** How much of a download of ten packets is heard, with what answer, and what is said of the device when it goes then. */
const DEPARTURES: readonly (readonly [heardBytes: number, hex: string, device: RegExp])[] = [
  [7, "", /Nothing on the device was changed, unless it heard the command/],
  [7 + 64, "108000", /stays in its loader; its application is erased/],
  [7 + 128, "108000300000", /it holds a part of the application, and would start it/],
  [7 + 640, `108000${PACKET_ACKS}`, /Every packet was taken; the device starts the application when its checksum is/],
];

Deno.test("coreslot flash over cdc7 says what the device is left in, wherever it goes", () =>
  withTempDir(async (folder) => {
    Deno.writeFileSync(`${folder}/small.bin`, SMALL);
    for (const [heardBytes, hex, device] of DEPARTURES) {
      await withAnswer(parseHex(hex), async (port) => {
        const { code, stderr } = await runCli(["flash", "small.bin", "--protocol", "cdc7", "--port", port], {
          cwd: folder,
          permissions: DEVICE_PERMISSIONS,
        });
        assert.equal(code, 7, stderr);
        assert.match(unwrap(stderr), device);
      }, heardBytes);
    }
  }));

Deno.test("coreslot flash over cdc7 says what is left when the cable is out in the middle, and goes on anew", () =>
  withDevice("stm32f411", {
    protocol: "cdc7",
    args: ["--flash-file", "flash.bin"],
    files: FILES,
    check: (folder) => assert(isFirmware(applicationIn(folder), FIRMWARE)),
  }, async (device) => {
    await using cable = layBadCable(device.port, [{ afterBytes: 70_000 }]);
    const flash = () =>
      runCli(["flash", "app.bin", "--protocol", "cdc7", "--port", cable.port], {
        cwd: device.folder,
        permissions: DEVICE_PERMISSIONS,
      });
    const gone = await flash();
    assert.equal(gone.code, 7, gone.stderr);
    assert.match(unwrap(gone.stderr), /the port was closed .* holds a part of the application, and would start it/);
    const again = await flash();
    assert.equal(again.code, 0, again.stderr);
  }));

Deno.test("coreslot flash over cdc7 sends a packet again when a byte is lost, and decode explains the trace", () =>
  withDevice("stm32f411", {
    protocol: "cdc7",
    // In the last packet of ten: the loader complains after 2 s, and gets it again.
    args: ["--flash-file", "flash.bin", "--faults", "drop:h2t:600"],
    files: FILES,
    check: (folder) => assert(isFirmware(applicationIn(folder), SMALL)),
  }, async (device) => {
    const { code, stderr } = await device.run("flash", "small.bin", "--trace", "trace.txt");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /packet 9 did not arrive whole: sending it again\n/);
    const words = await decode(device);
    const checksum = crc32Stm32(padded(SMALL), 0).toString(16).toUpperCase().padStart(8, "0");
    assert.deepEqual(words, [
      `download of 10 packets, checksum 0x${checksum}`,
      "ACK of download",
      ...[0, 1, 2, 3, 4, 5, 6, 7, 8].flatMap((packet) => ["packet of 64 bytes", `ACK of packet ${packet}`]),
      ...["packet of 64 bytes", "packet 9 is missing", "packet of 64 bytes", "ACK of packet 9", "ACK of execute"],
    ]);
  }));

async function decode({ folder }: DeviceCommands): Promise<readonly string[]> {
  const args = ["decode", "trace.txt", "--protocol", "cdc7"];
  const people = await runCli(args, { cwd: folder });
  assert.match(people.stdout, /^ +\d+\.\d{3} > 80 0a 00 .* {2}download of 10 packets/);
  const { code, stdout, stderr } = await runCli([...args, "--json"], { cwd: folder });
  assert.equal(code, 0, stderr);
  const { frames } = JSON.parse(stdout) as { frames: readonly { text: string }[] };
  return frames.map(({ text }) => text);
}

function padded(firmware: Bytes): Bytes {
  return concatBytes([firmware, new Uint8Array(-firmware.length & 63).fill(0xff)]);
}
