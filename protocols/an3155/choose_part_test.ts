import assert from "node:assert/strict";
import { findPart, type Part } from "../../core/parts/mod.ts";
import { ArrayDevice } from "../../tests/array_device.ts";
import { type LoopbackResult, runLoopback } from "../../tests/loopback.ts";
import { RefusedError } from "../link/mod.ts";
import { readFlashSize } from "./choose_part.ts";
import { BootRomError, type BootRomErrorCode } from "./error.ts";
import { profileFor } from "./profiles.ts";
import { connect, type ConnectOptions, type Session } from "./session.ts";
import { changeProtection } from "./session_protection.ts";
import { runBootRom } from "./target.ts";

const [f407, f407xe, h743] = ["stm32f407xg", "stm32f407xe", "stm32h743xi"].map(findPart) as [Part, Part, Part];

function connectTo(device: ArrayDevice, options: ConnectOptions = {}): LoopbackResult<Session> {
  return runLoopback(
    (link) => connect(link, options),
    (link) => runBootRom(link, { device, profile: profileFor(f407) }),
    { isRestarted: true },
  );
}

/** A chip whose flash size reads as some other number of KiB. */
function deviceWithFlashSize(kib: number): ArrayDevice {
  const device = new ArrayDevice(f407);
  const { flashSizeAddress } = f407.identity;
  const read = device.read.bind(device);
  device.read = (address, sizeBytes) => {
    const outcome = read(address, sizeBytes);
    if (outcome.kind === "bytes") outcome.bytes.set([kib & 0xff, kib >>> 8], flashSizeAddress - address);
    return outcome;
  };
  return device;
}

const failsWith = (code: BootRomErrorCode, message: RegExp) => (error: unknown) =>
  error instanceof BootRomError && error.code === code && message.test(error.message);

Deno.test("connect() says at once that a chip protected against reading cannot be told, for a refusal is an answer", () => {
  const device = Object.assign(new ArrayDevice(f407), { isReadProtected: true });
  let failedAtMs = NaN;
  const { value } = runLoopback(
    function* (link) {
      try {
        yield* connect(link);
      } catch (error) {
        failedAtMs = link.nowMs;
        return error;
      }
      return undefined;
    },
    (link) => runBootRom(link, { device, profile: profileFor(f407) }),
  );
  assert(failsWith("ambiguous-chip", /does not let its flash size be read/)(value));
  assert((value as BootRomError).cause instanceof RefusedError);
  assert(failedAtMs < 600, `${failedAtMs} ms`);
});

Deno.test("connect() goes on with the first part of the id when asked to, and says that it is a guess", () => {
  const device = Object.assign(new ArrayDevice(f407), { isReadProtected: true });
  const { value, endMs } = connectTo(device, { whenAmbiguous: "first" });
  assert.deepEqual([value.part.name, value.isPartGuessed], [f407xe.name, true]);
  assert(endMs < 600, `${endMs} ms`);
  const certain = connectTo(new ArrayDevice(f407), { whenAmbiguous: "first" }).value;
  assert.deepEqual([certain.part.name, certain.isPartGuessed], [f407.name, false]);
});

Deno.test("changeProtection() ends readout protection of a chip whose part is only guessed", () => {
  const device = Object.assign(new ArrayDevice(f407), { isReadProtected: true });
  const change = device.changeProtection.bind(device);
  device.changeProtection = function* (link, wanted) {
    const outcome = yield* change(link, wanted);
    device.isReadProtected = false;
    return outcome;
  };
  runLoopback(
    function* (link) {
      yield* changeProtection(yield* connect(link, { whenAmbiguous: "first" }), { kind: "readout-unprotect" });
    },
    (link) => runBootRom(link, { device, profile: profileFor(f407) }),
    { isRestarted: true },
  );
  assert.deepEqual(device.changes, [{ kind: "readout-unprotect" }]);
});

Deno.test("connect() takes another part than the chip's id says only when it is to be trusted", () => {
  const device = new ArrayDevice(f407);
  const refusal = failsWith("wrong-part", /product id 0x413, stm32h743xi has 0x450/);
  assert.throws(() => connectTo(device, { part: h743 }), refusal);
  const { value } = connectTo(device, { part: h743, trustPart: true });
  assert.deepEqual([value.part, value.isPartGuessed], [h743, false]);
  assert.throws(() => connectTo(device, { parts: [h743], trustPart: true }), failsWith("unknown-chip", /0x413/));
});

Deno.test("connect() doubts a flash size that no part of the id has", () => {
  const cases: readonly [number, RegExp][] = [
    [256, /none of them has the 256 KiB of flash/],
    [0, /no flash size reads back/],
    [0xffff, /no flash size reads back/],
  ];
  for (const [kib, message] of cases) {
    assert.throws(() => connectTo(deviceWithFlashSize(kib)), failsWith("ambiguous-chip", message), `${kib} KiB`);
  }
});

Deno.test("readFlashSize() gives no size where none reads back, never 0", () => {
  for (const [kib, sizeBytes] of [[256, 256 * 1024], [0, undefined], [0xffff, undefined]] as const) {
    const device = deviceWithFlashSize(kib);
    const { value } = runLoopback(
      function* (link) {
        const { line, part } = yield* connect(link, { part: f407 });
        return yield* readFlashSize(line, part);
      },
      (link) => runBootRom(link, { device, profile: profileFor(f407) }),
    );
    assert.equal(value, sizeBytes);
  }
});
