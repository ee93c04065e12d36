/**
 * The commands that talk to a device, in processes of their own, against an emulated one.
 */

import assert from "node:assert/strict";
import { equalBytes } from "../../core/bytes.ts";
import { withDevice } from "./device_commands.ts";
import { runCli } from "./process.ts";

/** No multiple of anything. */
const FIRMWARE = Uint8Array.from({ length: 20_001 }, (_, index) => index * 13 + (index >> 8) & 0xff);

const FILES = { "firmware.bin": FIRMWARE };

const FLASH_FILE = ["--flash-file", "flash.bin"];

const FLASH = ["flash", "firmware.bin", "--base", "0x08000000"];

/** A vector table that an F407 starts from, and something behind it. */
const APPLICATION = Uint8Array.from(
  { length: 512 },
  (_, index) => [0, 0, 2, 0x20, 0x81, 1, 0, 8][index] ?? index & 0xff,
);

Deno.test("coreslot info says what the device is", () =>
  withDevice("stm32f407", {}, async ({ runJson }) => {
    const { part, alike, chipId, protocolVersion, isReadProtected, flash } = await runJson("info");
    assert.deepEqual([part, alike, chipId, protocolVersion, isReadProtected], [
      "stm32f407xg",
      [],
      "0x413",
      "3.1",
      false,
    ]);
    assert.deepEqual(flash, {
      addressStart: "0x08000000",
      sizeBytes: 0x10_0000,
      sectorCount: 12,
      reportedSizeBytes: 0x10_0000,
    });
  }));

Deno.test("coreslot flash writes and verifies, read gives it back, and the flash file holds it from run to run", () =>
  withDevice("stm32f407", { args: FLASH_FILE, files: FILES }, async ({ folder, run, runJson }) => {
    const flashed = await runJson(...FLASH);
    assert.deepEqual([flashed["writtenBytes"], flashed["verifiedBytes"]], [20_004, 20_004]);
    assert.deepEqual([flashed["erasedSectorCount"], flashed["recoveryCount"]], [2, 0]);
    const { code, stdout, stderr } = await run("read", "back.bin", "--start", "0x08000000", "--size", "20001");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /read {2}20,001 bytes, 0x08000000 to 0x08004E21/);
    assert(equalBytes(Deno.readFileSync(`${folder}/back.bin`), FIRMWARE));
    // Whole, in a format with addresses; the device has been saved by the time that the next one is served.
    assert.equal((await run("read", "whole.hex")).code, 0);
    const file = Deno.readFileSync(`${folder}/flash.bin`);
    assert.equal(file.length, 0x10_0000);
    assert(equalBytes(file.subarray(0, FIRMWARE.length), FIRMWARE));
    assert(file.subarray(FIRMWARE.length).every((byte) => byte === 0xff));
    assert.match(Deno.readTextFileSync(`${folder}/whole.hex`), /^:020000040800F2\n/);
  }));

Deno.test("coreslot emulate goes on from its flash file", async () => {
  const flash = new Uint8Array(0x1_0000).fill(0xff);
  flash.set(FIRMWARE);
  await withDevice("stm32f103", { args: FLASH_FILE, files: { "flash.bin": flash } }, async ({ folder, run }) => {
    assert.equal((await run("read", "back.bin", "--part", "stm32f103")).code, 0);
    assert(equalBytes(Deno.readFileSync(`${folder}/back.bin`), flash));
  });
});

Deno.test("coreslot erase takes whole sectors, and says which when they are not", () =>
  withDevice("stm32f407", { args: FLASH_FILE, files: FILES }, async ({ folder, run, runJson }) => {
    await runJson(...FLASH);
    const part = await run("erase", "--start", "0x08000000", "--size", "0x100");
    assert.equal(part.code, 2);
    assert.match(part.stderr, /not whole sectors, they are sector 0 \(0x08000000 to 0x08004000\)\n {2}To erase all/);
    const { sectors } = await runJson("erase", "--start", "0x08000000", "--size", "16K");
    assert.deepEqual(sectors, [{ index: 0, addressStart: "0x08000000", sizeBytes: 0x4000 }]);
    await runJson("info");
    const file = Deno.readFileSync(`${folder}/flash.bin`);
    assert(file.subarray(0, 0x4000).every((byte) => byte === 0xff));
    assert(equalBytes(file.subarray(0x4000, FIRMWARE.length), FIRMWARE.subarray(0x4000)));
    assert.equal((await runJson("erase", "--all"))["sizeBytes"], 0x10_0000);
    await runJson("info");
    assert(Deno.readFileSync(`${folder}/flash.bin`).every((byte) => byte === 0xff));
  }));

Deno.test("coreslot erase does not believe a boot ROM that says yes and leaves a protected sector as it is", () =>
  withDevice("stm32f407", { files: FILES }, async ({ run }) => {
    assert.equal((await run(...FLASH)).code, 0);
    assert.equal((await run("protect", "write", "--sectors", "0")).code, 0);
    for (const what of [["--start", "0x08000000", "--size", "16K"], ["--all"]]) {
      const { code, stderr } = await run("erase", ...what);
      assert.equal(code, 8, stderr);
      assert.match(stderr, /0x0800000[01]/);
    }
  }));

Deno.test("coreslot read refuses a range that begins in flash and leaves it", () =>
  withDevice("stm32f407", {}, async ({ run }) => {
    const { code, stderr } = await run("read", "back.bin", "--start", "0x080FFFF0", "--size", "256");
    assert.equal(code, 2, stderr);
    assert.match(stderr, /ends after 16/);
  }));

Deno.test("coreslot info and protect readout-off need no --part where protection hides which one it is", () =>
  withDevice("stm32f407", {}, async ({ run, runJson }) => {
    assert.equal((await run("protect", "readout", "--yes")).code, 0);
    const { isReadProtected, part, alike } = await runJson("info");
    assert.equal(isReadProtected, true);
    assert.deepEqual([part, ...alike as string[]].toSorted(), ["stm32f407xe", "stm32f407xg"]);
    assert.equal((await run("protect", "write", "--sectors", "1")).code, 2);
    const ended = await run("protect", "readout-off", "--yes");
    assert.equal(ended.code, 0);
    // Which one it is shows only now: nobody could read its size before.
    assert.match(ended.stdout, /^ {2}part +stm32f407xe, or stm32f407xg: they answer alike$/m);
    assert.match(ended.stderr, /^connected to stm32f407xe, or stm32f407xg: they answer alike, boot ROM/);
    assert.equal((await runJson("info"))["isReadProtected"], false);
  }));

Deno.test("coreslot go starts what is there; the next connection resets the device", () =>
  withDevice("stm32f407", {
    files: { "app.bin": APPLICATION },
    tells: /CM4 runs what stands at 0x08000000; nobody answers until the next connection resets the chip/,
  }, async ({ runJson }) => {
    const { go } = await runJson("flash", "app.bin", "--base", "0x08000000", "--go", "0x08000000");
    assert.equal(go, "started");
    assert.deepEqual(await runJson("go", "0x08000000"), { address: "0x08000000", outcome: "started" });
    assert.equal((await runJson("info"))["part"], "stm32f407xg");
  }));

Deno.test("coreslot protect asks for --yes before anything is lost, and does what it says", () =>
  withDevice(
    "stm32f407",
    { args: FLASH_FILE, files: { ...FILES, "app.bin": APPLICATION } },
    async ({ folder, run, runJson }) => {
      await runJson(...FLASH);
      for (const action of ["readout", "readout-off"]) {
        const { code, stderr } = await run("protect", action);
        assert.equal(code, 2);
        assert.match(stderr, new RegExp(`^coreslot: Cannot run protect ${action} without --yes: .*erases`));
      }
      await runJson("protect", "write", "--sectors", "0-1");
      const refused = await run("flash", "app.bin", "--base", "0x08000000");
      assert.equal(refused.code, 8);
      assert.match(refused.stderr, /Cannot confirm the write: 0x08000001 holds 0d, written was 00/);
      await runJson("protect", "write-off");
      await runJson(...FLASH);
      await runJson("protect", "readout", "--yes");
      const target = ["--part", "stm32f407"];
      assert.equal((await runJson("info", ...target))["isReadProtected"], true);
      const unreadable = await run("read", "x.bin", ...target);
      assert.equal(unreadable.code, 8);
      assert.match(unreadable.stderr, /the device refused the command\n.*Nothing on the device was changed/);
      await runJson("protect", "readout-off", "--yes", ...target);
      await runJson("info");
      assert(Deno.readFileSync(`${folder}/flash.bin`).every((byte) => byte === 0xff));
    },
  ));

/** Faults that a session survives, and what it tells of them. */
const SURVIVED: readonly (readonly [faults: string, recoveryCount: number])[] = [
  ["drop:h2t:1000", 1],
  ["flip:t2h:200,bit=3", 1],
  ["duplicate:t2h:300", 1],
  ["stall:t2h:30,ms=1500", 1],
  ["nack:cmd=5", 1],
];

for (const [faults, recoveryCount] of SURVIVED) {
  Deno.test(`coreslot flash survives ${faults} on a real port`, () =>
    withDevice(
      "stm32f407",
      { args: [...FLASH_FILE, "--faults", faults], files: FILES },
      async ({ folder, runJson }) => {
        const result = await runJson(...FLASH, "--part", "stm32f407");
        assert(Number(result["recoveryCount"]) >= recoveryCount, JSON.stringify(result));
        await runJson("info");
        assert(equalBytes(Deno.readFileSync(`${folder}/flash.bin`).subarray(0, FIRMWARE.length), FIRMWARE));
      },
    ));
}

Deno.test("coreslot flash says what a pulled cable leaves behind, and the next try works", () =>
  withDevice("stm32f407", { args: ["--faults", "unplug:h2t:5000"], files: FILES }, async ({ run, runJson }) => {
    const { code, stderr } = await run(...FLASH);
    assert.equal(code, 7);
    assert.match(
      stderr,
      /Cannot go on: the port was closed\n {2}The device stays in its boot ROM; its flash holds a part/,
    );
    assert.equal((await runJson(...FLASH))["verifiedBytes"], 20_004);
  }));

Deno.test("coreslot prints what ended a conversation as one JSON object when asked for JSON", () =>
  withDevice("stm32f407", { args: ["--faults", "unplug:h2t:5000"], files: FILES }, async ({ port, run }) => {
    const { code, stdout, stderr } = await run(...FLASH, "--json");
    const { error } = JSON.parse(stderr);
    assert.deepEqual([code, stdout, stderr.split("\n").length], [7, "", 2]);
    assert.deepEqual([error.name, error.code, error.exitCode, error.port], ["LinkClosedError", "closed", 7, port]);
    assert.match(error.deviceState, /its flash holds a part of the image/);
    assert.match(error.advice, /Run the same command again/);
  }));

Deno.test("coreslot emulate --trace writes on standard error what coreslot decode explains, its own remarks too", () =>
  withDevice("stm32f407", {
    args: ["--trace"],
    tells:
      /^# stm32f407xg in its boot ROM[^]*\n# connection 1 from tcp:[^]*\n +\d+\.\d{3} > 7f[^]*\n# the flash is forgotten\n$/,
  }, async ({ runJson }) => {
    await runJson("info");
  }));

Deno.test("coreslot flash goes on over a power cut and a pulled reset pin", () =>
  withDevice("stm32f407", {
    args: ["--faults", "cut:op=100,model=2;reset:h2t:9000"],
    files: FILES,
  }, async ({ runJson }) => {
    const { recoveryCount, rewrittenSectorCount, verifiedBytes } = await runJson(...FLASH);
    assert(Number(recoveryCount) >= 2 && Number(rewrittenSectorCount) >= 1);
    assert.equal(verifiedBytes, 20_004);
  }));

Deno.test("coreslot flash sends ahead when asked to", () =>
  withDevice("stm32f407", { files: FILES }, async ({ runJson }) => {
    for (const ahead of ["address", "everything"]) {
      const { verifiedBytes, recoveryCount } = await runJson(...FLASH, "--send-ahead", ahead);
      assert.deepEqual([verifiedBytes, recoveryCount], [20_004, 0], ahead);
    }
  }));

Deno.test("coreslot --trace writes what coreslot decode explains", () =>
  withDevice("stm32f407", { files: FILES }, async ({ folder, runJson }) => {
    await runJson(...FLASH, "--trace", "trace.txt");
    const trace = Deno.readTextFileSync(`${folder}/trace.txt`);
    assert.match(trace, /^ +\d+\.\d{3} > 7f {2}# synchronise\n/);
    const args = ["decode", "trace.txt", "--protocol", "an3155"];
    const { code, stdout, stderr } = await runCli(args, { cwd: folder, permissions: ["--allow-read"] });
    assert.deepEqual([code, stderr], [0, ""]);
    const texts = stdout.split("\n").map((line) => line.slice(44).trim());
    const expected = [
      "synchronise",
      "product id 0x413",
      "Extended Erase",
      "address 0x08000000, checksum ok",
      "Write Memory",
    ];
    for (const text of expected) assert(texts.includes(text), text);
    assert(!stdout.includes("!"), "nothing is wrong in it");
  }));

Deno.test("coreslot --trace goes over an older trace and over nothing else", () =>
  withDevice("stm32f407", { files: FILES }, async ({ folder, run }) => {
    for (const attempt of ["new", "older"]) assert.equal((await run("info", "--trace", "frames.txt")).code, 0, attempt);
    const { code, stderr } = await run(...FLASH, "--trace", "firmware.bin");
    assert.equal(code, 6, stderr);
    assert.match(stderr, /firmware\.bin: it is there, and it is no trace/);
    assert(equalBytes(await Deno.readFile(`${folder}/firmware.bin`), FIRMWARE));
  }));

Deno.test("coreslot says where nobody listens, and which connection nobody answers on", async () => {
  // A port that was free a moment ago.
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = `tcp:127.0.0.1:${listener.addr.port}`;
  const args = ["info", "--protocol", "an3155", "--port", port];
  const permissions = ["--allow-net=127.0.0.1"];
  const silent = await runCli(args, { permissions });
  listener.close();
  assert.equal(silent.code, 7);
  assert.equal(
    silent.stderr,
    `coreslot: ${port}: Cannot go on: no answer to the synchronisation byte within 2500 ms\n` +
      "  Nothing on the device was changed\n" +
      "  Does its application run, and not its boot ROM (set BOOT0 high and reset it;\n" +
      "  --enter does both where it is wired)? Are RX and TX swapped? Is the frame 8E1,\n" +
      "  and this the right port?\n",
  );
  const gone = await runCli(args, { permissions });
  assert.equal(gone.code, 9);
  assert.match(
    gone.stderr,
    /^coreslot: Cannot connect to tcp:127\.0\.0\.1:\d+: Connection refused.*\n {2}Start the device/,
  );
});
