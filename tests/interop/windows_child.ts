/**
 * A program around a serial port of Windows, for tests that run it there: it does one thing and prints what came of it.
 *
 * @module
 */

import process from "node:process";
import { equalBytes } from "../../core/mod.ts";
import { type Clock, SYSTEM_CLOCK } from "../../ports/clock.ts";
import { listSerialPorts, openSerial, PortError, type SerialPort } from "../../ports/mod.ts";
import { lookAtPath } from "../../ports/serial/path_look.ts";
import { openWindowsPort } from "../../ports/serial/windows_port.ts";
import { echoPattern, patternOf, receive, sendAll } from "./serial_traffic.ts";

/** More than Deno has threads for calls that wait. */
const PORT_COUNT = 40;

/** A clock on which no time passes. */
const ENDLESS_CLOCK: Clock = {
  nowMs: () => 0,
  sleep: (_, signal) => new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason))),
};

/** What the program can do with a port. */
const DEEDS: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  /** Sends bytes of every value and takes as many, both at once. */
  async exchange(path) {
    const port = await openSerial(path);
    const size = 1 << 20;
    const [, got] = await Promise.all([sendAll(port, patternOf(size, 1)), receive(port, size)]);
    await port.close();
    return equalBytes(got, patternOf(size, 2));
  },

  /** Sends bytes at several rates and frames, each of which comes back; gives the median of the times. */
  async turns(path) {
    const port = await openSerial(path, { baudRate: 9600, parity: "even", dtr: false });
    for (const baudRate of [1200, 115_200, 921_600]) {
      await port.setBaudRate(baudRate);
      await port.setFraming!({ parity: baudRate === 1200 ? "odd" : "none" });
      await echoPattern(port, 300, baudRate);
    }
    const laps: number[] = [];
    for (let count = 0; count < 100; count++) {
      const startMs = SYSTEM_CLOCK.nowMs();
      await echoPattern(port, 1, count);
      laps.push(SYSTEM_CLOCK.nowMs() - startMs);
    }
    await port.close();
    return { notices: port.notices, hasSignals: port.setSignals !== undefined, lapMs: laps.sort((a, b) => a - b)[50] };
  },

  /** Closes while a read waits, twice, and uses the port afterwards. What would only end in time does not end. */
  async close(path) {
    const port = openWindowsPort(path, {}, ENDLESS_CLOCK);
    const reading = port.readable.getReader().read();
    await Promise.all([port.close(), port.close()]);
    return [(await reading).done, ...await useAll(port)];
  },

  /** Waits for bytes until the device goes, and uses the port afterwards. */
  async vanish(path) {
    const port = await openSerial(path);
    const reader = port.readable.getReader();
    await sendAll(port, Uint8Array.of(1));
    await reader.read();
    console.log("open");
    const codes = [await codeOf(reader.read()), ...await useAll(port)];
    await port.close();
    return codes;
  },

  /** Closes right after a write, which is to leave nevertheless. */
  async farewell(path) {
    const port = await openSerial(path);
    const writer = port.writable.getWriter();
    await writer.ready;
    // More than a pseudo-terminal holds.
    const writing = codeOf(writer.write(patternOf(12_000, 3)));
    await port.close();
    return await writing;
  },

  /** Closes while a write waits for a device that takes no bytes. */
  async stuck(path) {
    const port = await openSerial(path);
    const written = codeOf(port.writable.getWriter().write(new Uint8Array(1 << 20)));
    await SYSTEM_CLOCK.sleep(1);
    await port.close();
    return await written;
  },

  /** Has a read waiting on more ports than there are threads, and does something else; gives processor time as well. */
  async many(path) {
    const ports: SerialPort[] = [];
    while (ports.length < PORT_COUNT) ports.push(await openSerial(path));
    const reads = ports.map((port) => port.readable.getReader().read());
    const before = process.cpuUsage();
    await SYSTEM_CLOCK.sleep(1000);
    const { user, system } = process.cpuUsage(before);
    const isRead = (await Deno.readTextFile(new URL(import.meta.url))).length > 0;
    await Promise.all(ports.map((port) => port.close()));
    return {
      isRead,
      ended: (await Promise.all(reads)).filter(({ done }) => done).length,
      busyMs: (user + system) / 1000,
    };
  },

  /** Ends by itself while a read waits. */
  async exit(path) {
    const port = await openSerial(path);
    port.readable.getReader().read();
    await port.drain();
    Deno.exit(5);
  },

  /** Takes a byte, and leaves the port open. */
  async forget(path) {
    const port = await openSerial(path);
    console.log("open");
    return (await port.readable.getReader().read()).done;
  },

  /** Fails while a read waits. */
  async fail(path) {
    const port = await openSerial(path);
    port.readable.getReader().read();
    await port.drain();
    throw new Error("on purpose");
  },

  /** Says how opening failed. */
  async open(path) {
    try {
      await (await openSerial(path)).close();
      return "open";
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
      return error;
    }
  },

  /** Lists the ports, and looks at one of them. */
  async list(path) {
    return { ports: await listSerialPorts(), look: await lookAtPath(path) };
  },
};

/** Does everything with a port that cannot be used any more, and gives the codes. */
async function useAll(port: SerialPort): Promise<readonly unknown[]> {
  return [
    await codeOf(sendAll(port, Uint8Array.of(1))),
    await codeOf(port.drain()),
    await codeOf(port.setBaudRate(9600)),
    await codeOf(port.setFraming!({})),
  ];
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(() => "none", (error) => error.code ?? String(error));
}

const [deed = "", path = ""] = Deno.args;
console.log(JSON.stringify(await DEEDS[deed]!(path)));
