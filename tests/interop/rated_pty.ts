/**
 * An emulated boot ROM on a pseudo-terminal that follows rates up to a highest one.
 *
 * A pseudo-terminal carries bytes at any rate, but it remembers which one was set: this end looks that up, and above the
 * highest rate does to the bytes what the wire would do to them. Nor has it DTR: a new rate stands for the reset that comes
 * with it, after which a boot ROM measures the rate again.
 *
 * @module
 */

import { findPart } from "../../core/mod.ts";
import { BootRomChip, runDevice, Stm32 } from "../../emulator/mod.ts";
import { SYSTEM_CLOCK } from "../../ports/clock.ts";
import { Descriptor } from "../../ports/serial/descriptor.ts";
import { loadLibc, toCString } from "../../ports/serial/libc.ts";
import { decodeTermios2, encodeTermios2, TCGETS2, TCSETS2, TERMIOS2_SIZE_BYTES } from "../../ports/serial/termios2.ts";
import { profileFor, runBootRom } from "../../protocols/an3155/mod.ts";
import { PortSession } from "../../protocols/link/mod.ts";

/** Between the highest rate and this many times it the two ends agree on most bits, and one byte of so many is misread. */
const NEARLY = 2;
const MISREAD_BYTE_EVERY = 8;

/** `O_RDWR | O_NOCTTY | O_NONBLOCK` of `asm-generic/fcntl.h`. */
const OPEN_FLAGS = 0o2 | 0o400 | 0o4000;

const PATH_SIZE_BYTES = 64;

/** A running device. */
export interface RatedPty {
  /** Path of the port. */
  readonly path: string;
  /** The chip. */
  readonly chip: Stm32;
}

/**
 * Runs a test with a device whose UART follows rates up to a highest one.
 *
 * @param highestBaudRate Bits a second.
 * @param body The test.
 */
export async function withRatedPty(highestBaudRate: number, body: (pty: RatedPty) => Promise<void>): Promise<void> {
  using libc = loadLibc({
    close: { parameters: ["i32"], result: "i32" },
    grantpt: { parameters: ["i32"], result: "i32" },
    ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
    open: { parameters: ["buffer", "i32"], result: "i32" },
    posix_openpt: { parameters: ["i32"], result: "i32" },
    ptsname_r: { parameters: ["i32", "buffer", "usize"], result: "i32" },
    unlockpt: { parameters: ["i32"], result: "i32" },
  });
  const fd = libc.call.posix_openpt(OPEN_FLAGS);
  const name = new Uint8Array(PATH_SIZE_BYTES);
  const results = [libc.call.grantpt(fd), libc.call.unlockpt(fd), libc.call.ptsname_r(fd, name, BigInt(name.length))];
  if (fd < 0 || results.some((result) => result !== 0)) throw new Error(`Cannot make a pseudo-terminal: ${results}`);
  const path = new TextDecoder().decode(name.subarray(0, name.indexOf(0)));
  // As long as this end is open, too, the other one sees no end when a command closes the port.
  const kept = libc.call.open(toCString(path), OPEN_FLAGS);
  const termios = new Uint8Array(TERMIOS2_SIZE_BYTES);
  const askRate = () => {
    libc.call.ioctl(kept, TCGETS2, termios);
    return decodeTermios2(termios).baudRate;
  };
  askRate();
  const raw = encodeTermios2(termios, { baudRate: 50, dataBits: 8, parity: "none", stopBits: 1 });
  libc.call.ioctl(kept, TCSETS2, raw);
  const close = async () => void await libc.call.close(fd);
  const descriptor = new Descriptor({ fd, name: "the device", clock: SYSTEM_CLOCK, close });
  const chip = new Stm32(findPart("stm32f407"), { isBoot0High: true });
  const serving = serve(descriptor, chip, { askRate, highestBaudRate });
  try {
    await body({ path, chip });
  } finally {
    await descriptor.close();
    await serving;
    libc.call.close(kept);
  }
}

/** What becomes of bytes at a rate. */
type Carrier = (bytes: Uint8Array) => Uint8Array;

function carrierAt(baudRate: number, highestBaudRate: number): Carrier {
  if (baudRate <= highestBaudRate) return (bytes) => bytes;
  if (baudRate > NEARLY * highestBaudRate) return () => new Uint8Array(0);
  let count = 0;
  return (bytes) => bytes.map((byte) => ++count % MISREAD_BYTE_EVERY === 0 ? byte ^ 0x55 : byte);
}

/** Runs the boot ROM until the port is closed, and anew after each change of the rate. */
async function serve(
  descriptor: Descriptor,
  chip: Stm32,
  { askRate, highestBaudRate }: { readonly askRate: () => number; readonly highestBaudRate: number },
): Promise<void> {
  const writer = descriptor.writable.getWriter();
  writer.closed.catch(() => {});
  let baudRate = 0;
  let toDevice: ReadableStreamDefaultController<Uint8Array> | undefined;
  let arriving: Carrier = (bytes) => bytes;
  let running: Promise<void> | undefined;
  for await (const chunk of descriptor.readable) {
    if (askRate() !== baudRate) {
      toDevice?.close();
      await running;
      baudRate = askRate();
      arriving = carrierAt(baudRate, highestBaudRate);
      const leaving = carrierAt(baudRate, highestBaudRate);
      const readable = new ReadableStream<Uint8Array>({ start: (controller) => void (toDevice = controller) });
      const writable = new WritableStream<Uint8Array>({ write: (bytes) => writer.write(leaving(bytes)) });
      running = runBoot({ name: "the device", readable, writable, close: () => Promise.resolve() }, chip);
    }
    toDevice!.enqueue(arriving(chunk));
  }
  toDevice?.close();
  await running;
}

async function runBoot(port: ConstructorParameters<typeof PortSession>[0], chip: Stm32): Promise<void> {
  const device = new BootRomChip(chip, { partialUnits: "pad" });
  const profile = profileFor(chip.part);
  chip.reset("pin-reset");
  await using session = new PortSession(port);
  // It ends with the port.
  await session.run((link) => runDevice(link, chip, { firmware: () => runBootRom(link, { device, profile }) }))
    .catch(() => {});
}
