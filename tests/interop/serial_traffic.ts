/**
 * Bytes over serial ports, for tests: something to send, and how to send and take it.
 *
 * @module
 */

import { type Bytes, concatBytes, equalBytes } from "../../core/mod.ts";
import type { SerialPort } from "../../ports/mod.ts";

/**
 * Makes bytes of every value, in an order that depends on the seed.
 *
 * @param sizeBytes How many.
 * @param seed Any number.
 */
export function patternOf(sizeBytes: number, seed: number): Bytes {
  let state = seed + 1;
  return Uint8Array.from({ length: sizeBytes }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 16;
  });
}

/**
 * Sends bytes.
 *
 * @param port The port.
 * @param bytes The bytes.
 */
export async function sendAll(port: SerialPort, bytes: Uint8Array): Promise<void> {
  const writer = port.writable.getWriter();
  try {
    await writer.write(bytes);
  } finally {
    writer.releaseLock();
  }
}

/**
 * Takes bytes.
 *
 * @param port The port.
 * @param sizeBytes How many.
 * @returns The bytes.
 */
export async function receive(port: SerialPort, sizeBytes: number): Promise<Bytes> {
  const reader = port.readable.getReader();
  const chunks: Bytes[] = [];
  for (let got = 0; got < sizeBytes;) {
    const { value } = await reader.read();
    chunks.push(value as Bytes);
    got += value!.length;
  }
  reader.releaseLock();
  return concatBytes(chunks);
}

/**
 * Sends bytes to a device that sends them back, and takes them.
 *
 * @param port The port.
 * @param sizeBytes How many.
 * @param seed Which.
 */
export async function echoPattern(port: SerialPort, sizeBytes: number, seed: number): Promise<void> {
  const bytes = patternOf(sizeBytes, seed);
  const [got] = await Promise.all([receive(port, sizeBytes), sendAll(port, bytes)]);
  if (!equalBytes(got, bytes)) throw new Error(`Cannot go on with ${port.name}: other bytes came back`);
}
