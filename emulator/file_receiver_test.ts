import assert from "node:assert/strict";
import { type Bytes, equalBytes, findPart, formatAddress } from "../core/mod.ts";
import { CanceledByPeerError, type Procedure } from "../protocols/link/mod.ts";
import type { ByteLink } from "../protocols/link/mod.ts";
import { sendXmodem, TransferError } from "../protocols/xmodem/mod.ts";
import { sendYmodem } from "../protocols/ymodem/mod.ts";
import { parseFaults } from "./fault_text.ts";
import { type FileReceiverOptions, type FileTransfer, runFileReceiver } from "./file_receiver.ts";
import { simulate, type SimulateOptions } from "./simulation.ts";
import type { SimulationResult } from "./simulation_options.ts";
import { Stm32 } from "./stm32.ts";

const SERIAL = { baudRate: 115_200, frame: "8N1", latencyMs: 1 } as const;
const content = (sizeBytes: number) => Uint8Array.from({ length: sizeBytes }, (_, index) => 1 + index % 251);

interface Setup extends Partial<FileReceiverOptions> {
  readonly part?: string;
  readonly chip?: Stm32;
  readonly addressStart: number;
  readonly simulation?: Partial<SimulateOptions<unknown>>;
}

interface Run {
  readonly chip: Stm32;
  readonly transfers: readonly FileTransfer[];
  readonly result: SimulationResult<unknown>;
}

function run(host: (link: ByteLink) => Procedure<unknown>, setup: Setup): Run {
  const { part = "stm32f407", simulation, chip = new Stm32(findPart(part)), ...options } = setup;
  const transfers: FileTransfer[] = [];
  const onTransfer = (transfer: FileTransfer) => transfers.push(transfer);
  const result = simulate({
    host,
    chip,
    firmware: (link, boot) =>
      boot.cause === "go" ? undefined : runFileReceiver(link, chip, { protocol: "ymodem", onTransfer, ...options }),
    wire: SERIAL,
    ...simulation,
  });
  return { chip, transfers, result };
}

const send = (data: Bytes, name = "app.bin") => (link: ByteLink) => sendYmodem(link, [{ name, data }]);

/** Part, address, sizes: in one sector, exactly one, over the border of two of different sizes, in another bank. */
const PLACES: readonly [part: string, address: number, sizes: readonly number[]][] = [
  ["stm32f407", 0x0800_8000, [1, 5, 16_384, 16_385, 40_000]],
  ["stm32h745", 0x0810_0000, [1, 33, 5000]],
  ["stm32l053", 0x0800_4000, [1, 127, 128, 129, 3000]],
  ["stm32g0b1", 0x0800_8000, [7, 8, 4097]],
  ["stm32f103", 0x0800_2000, [1, 1025]],
];

for (const [part, addressStart, sizes] of PLACES) {
  for (const protocol of ["xmodem", "ymodem"] as const) {
    Deno.test(`runFileReceiver() writes ${protocol} files of ${sizes.join()} bytes at ${formatAddress(addressStart)} of ${part}`, () => {
      for (const sizeBytes of sizes) {
        const data = content(sizeBytes);
        const host = protocol === "ymodem" ? send(data) : (link: ByteLink) => sendXmodem(link, data);
        const { chip, transfers, result } = run(host, { part, protocol, addressStart });
        assert.equal(result.outcome.kind, "done");
        const writtenBytes = protocol === "ymodem" ? sizeBytes : Math.ceil(sizeBytes / 128) * 128;
        const name = protocol === "ymodem" ? "app.bin" : undefined;
        const isLong = protocol === "xmodem" && sizeBytes % 1024 > 896;
        if (!isLong) assert.deepEqual(transfers, [{ name, addressStart, sizeBytes: writtenBytes, error: undefined }]);
        assert(equalBytes(chip.flash.read(addressStart, sizeBytes), data));
        assert.equal(result.overruns, 0, "nothing was lost while flash was busy");
        const erased = chip.flash.sectors.filter(({ index }) => chip.flash.eraseCounts[index]! > 0);
        const needed = chip.flash.sectors.filter((sector) =>
          sector.addressStart < addressStart + transfers[0]!.sizeBytes &&
          sector.addressStart + sector.sizeBytes > addressStart
        );
        assert.deepEqual(erased, needed, "no sector more than needed");
      }
    });
  }
}

Deno.test("runFileReceiver() leaves what completes the last program unit erased", () => {
  for (const [part, address, unit] of [["stm32h745", 0x0810_0000, 32], ["stm32l053", 0x0800_4000, 4]] as const) {
    const { chip } = run(send(content(1)), { part, addressStart: address });
    const { erasedByte } = chip.part.flash.programUnit;
    assert.deepEqual([...chip.read(address, unit)], [1, ...new Array(unit - 1).fill(erasedByte)]);
    assert.equal(chip.flash.stateAt(address), "programmed");
  }
});

Deno.test("the time of runFileReceiver() is that of the line, of its sectors' erases and of its programs", () => {
  const { chip, result } = run(send(content(20_000)), { addressStart: 0x0800_8000 });
  const { sectorEraseMs, programMs } = chip.flash.times;
  const flashMs = 2 * sectorEraseMs.get(16_384)! + Math.ceil(20_000 / 4) * programMs;
  const bytes = 267 + 19 * 1029 + 5 * 133 + 3 + 24 + 3;
  const turns = 2 * (1 + 24 + 1 + 1) + 1;
  const expectedMs = bytes * 10_000 / 115_200 + turns * SERIAL.latencyMs + flashMs;
  assert(Math.abs(result.hostMs - expectedMs) < 1e-6, `${result.hostMs}, ${expectedMs}`);
});

/** What must be refused before anything is erased. */
const REFUSALS: readonly [name: string, setup: Setup, sizeBytes: number, code: string][] = [
  ["larger than flash", { addressStart: 0x080e_0000 }, 0x2_0001, "too-large"],
  ["larger than its area", { addressStart: 0x0800_8000, addressEnd: 0x0800_8400 }, 1025, "too-large"],
  ["into a hole between banks", { addressStart: 0x0807_8000, part: "stm32l4r5" }, 0x1f_ffff, "too-large"],
];

for (const [name, setup, sizeBytes, code] of REFUSALS) {
  Deno.test(`runFileReceiver() refuses a file ${name} and erases nothing`, () => {
    const { chip, transfers, result } = run(send(content(sizeBytes)), setup);
    assert(result.outcome.kind === "failed" && result.outcome.error instanceof CanceledByPeerError);
    assert(transfers[0]!.error instanceof TransferError && transfers[0]!.error.code === code);
    assert.equal(chip.flash.operations.count, 0);
  });
}

Deno.test("runFileReceiver() refuses a file into a protected sector and erases nothing", () => {
  const chip = new Stm32(findPart("stm32f407"));
  chip.flash.map.protect(Uint8Array.from({ length: 12 }, (_, index) => index === 3 ? 1 : 0));
  const { transfers, result } = run(send(content(20_000)), { chip, addressStart: 0x0800_8000 });
  assert(result.outcome.kind === "failed" && result.outcome.error instanceof CanceledByPeerError);
  assert.equal((transfers[0]!.error as { code: string }).code, "protected");
  assert.equal(chip.flash.operations.count, 0);
});

Deno.test("runFileReceiver() breaks XMODEM off where the room ends, with whole blocks written", () => {
  const { chip, transfers, result } = run((link) => sendXmodem(link, content(3000)), {
    protocol: "xmodem",
    addressStart: 0x0800_8000,
    addressEnd: 0x0800_8800,
  });
  assert(result.outcome.kind === "failed" && result.outcome.error instanceof CanceledByPeerError);
  assert.equal(transfers[0]!.sizeBytes, 2048);
  assert.equal((transfers[0]!.error as { code: string }).code, "too-large");
  assert(chip.flash.isErased(0x0800_8800, 2048));
});

Deno.test("runFileReceiver() breaks off at flash that does not hold what was written", () => {
  const chip = new Stm32(findPart("stm32f407"));
  const program = chip.flash.program.bind(chip.flash);
  let nth = 0;
  chip.flash.program = (address, data) => program(address, ++nth === 2 ? data.map((byte) => byte ^ 1) : data);
  const { transfers, result } = run(send(content(5000)), { chip, addressStart: 0x0800_8000 });
  assert(result.outcome.kind === "failed" && result.outcome.error instanceof CanceledByPeerError);
  assert.equal((transfers[0]!.error as { code: string }).code, "read-back");
  assert.equal(transfers[0]!.sizeBytes, 1024);
});

Deno.test("runFileReceiver() takes the next file after one that failed, and jumps where it is told to", () => {
  const chip = new Stm32(findPart("stm32f407"));
  const { transfers, result } = run(function* (link) {
    try {
      yield* sendYmodem(link, [{ name: "large", data: content(2000) }]);
    } catch (error) {
      assert(error instanceof CanceledByPeerError);
      yield* link.skipUntilQuiet(100, 1000);
    }
    return yield* sendYmodem(link, [{ name: "small", data: content(1000) }]);
  }, { chip, addressStart: 0x0800_8000, addressEnd: 0x0800_8400, afterFile: "go" });
  assert.equal(result.outcome.kind, "done");
  assert.deepEqual(transfers.map(({ name, sizeBytes }) => [name, sizeBytes]), [["large", 0], ["small", 1000]]);
  assert.deepEqual(chip.boots.map(({ cause }) => cause), ["power-on", "go"]);
});

Deno.test("runFileReceiver() asks until a sender begins, however late, and reports nothing meanwhile", () => {
  for (const protocol of ["xmodem", "ymodem"] as const) {
    const { transfers, result } = run(function* (link) {
      yield* link.sleep(600_000);
      link.discardInput();
      if (protocol === "xmodem") yield* sendXmodem(link, content(128));
      else yield* sendYmodem(link, [{ name: "late", data: content(128) }]);
    }, { protocol, addressStart: 0x0800_8000 });
    assert.equal(result.outcome.kind, "done");
    assert.deepEqual(transfers.map(({ sizeBytes, error }) => [sizeBytes, error]), [[128, undefined]]);
  }
});

Deno.test("runFileReceiver() takes one file of a batch and says no to the second", () => {
  const files = ["a", "b"].map((name) => ({ name, data: content(300) }));
  const { transfers, result } = run((link) => sendYmodem(link, files), { addressStart: 0x0800_8000 });
  assert(result.outcome.kind === "failed" && result.outcome.error instanceof CanceledByPeerError);
  assert.equal((transfers[0]!.error as { code: string }).code, "too-many-files");
  assert.equal(transfers[0]!.sizeBytes, 300);
});

Deno.test("runFileReceiver() says nothing when power goes away, and asks again when it is back", () => {
  const sent: string[] = [];
  const { chip, transfers, result } = run(send(content(3000)), {
    addressStart: 0x0800_8000,
    simulation: {
      faults: parseFaults("cut:op=300,model=1"),
      trace: (entry, role) => {
        if (role === "target" && entry.direction === "out") sent.push(entry.note ?? "");
      },
    },
  });
  assert(result.outcome.kind === "failed");
  assert.deepEqual(transfers.filter(({ sizeBytes }) => sizeBytes > 0), []);
  assert.equal(chip.boots.length, 2);
  const cutAt = sent.lastIndexOf("ACK");
  assert(sent.slice(0, cutAt + 2).every((note) => note !== "cancel"), sent.join());
});

Deno.test("a stream needs a line that makes it wait: a UART one byte deep loses bytes, and it is told", () => {
  const options = { addressStart: 0x0800_8000, request: "stream" } as const;
  const uart = run(send(content(5000)), options);
  assert(uart.result.outcome.kind === "failed" && uart.result.overruns > 0);
  assert(uart.transfers[0]!.error !== undefined);
  const usb = run(send(content(5000)), { ...options, simulation: { receiverDepthBytes: Infinity } });
  assert.equal(usb.result.outcome.kind, "done");
  assert(equalBytes(usb.chip.read(0x0800_8000, 5000), content(5000)));
});

const MISTAKES: readonly [name: string, options: Setup][] = [
  ["an address in the middle of a sector", { addressStart: 0x0800_8100 }],
  ["an address without flash", { addressStart: 0x2000_0000 }],
  ["an end behind the end of flash", { addressStart: 0x0800_8000, addressEnd: 0x0810_0001 }],
  ["an end before the start", { addressStart: 0x0800_8000, addressEnd: 0x0800_8000 }],
  ["a stream over XMODEM", { addressStart: 0x0800_8000, protocol: "xmodem", request: "stream" }],
  ["checksums over YMODEM", { addressStart: 0x0800_8000, request: "checksum" }],
];

for (const [name, options] of MISTAKES) {
  Deno.test(`runFileReceiver() refuses ${name} at once`, () => {
    assert.throws(() => run(send(content(1)), options), RangeError);
  });
}
