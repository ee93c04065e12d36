/**
 * The engine under every protocol here: write a conversation as a generator, run it over a real port, over a simulated
 * wire, or by hand.
 *
 * A *procedure* ({@linkcode Procedure}) sends and waits, in the order of its specification. An {@linkcode Engine} runs it
 * without touching a port or a clock; a {@linkcode PortSession} drives engines over a {@linkcode Port}. What a procedure
 * may do inside is written at {@linkcode Procedure}; errors say whose fault they are.
 *
 * Runs in Deno, Node and browsers.
 *
 * @example A command with an answer, tried three times, over a port of your own
 * ```ts
 * import { type ByteLink, type Port, PortSession, type Procedure, retry } from "@coreslot/coreslot/link";
 *
 * function* ping(link: ByteLink): Procedure<number> {
 *   link.discardInput();
 *   link.send(Uint8Array.of(0x00, 0xff), "Get");
 *   yield* link.flush();
 *   return yield* link.readByte("ACK", 1000);
 * }
 *
 * async function pingDevice(port: Port): Promise<number> {
 *   await using session = new PortSession(port);
 *   return await session.run((link) =>
 *     retry(() => ping(link), { attemptCount: 3, recover: () => link.sleep(10) })
 *   );
 * }
 *
 * console.assert(typeof pingDevice === "function");
 * ```
 *
 * @module
 */

export * from "./byte_link.ts";
export * from "./engine.ts";
export * from "./error.ts";
export * from "./port.ts";
export * from "./procedure.ts";
export * from "./retry.ts";
export * from "./session.ts";
export * from "./trace.ts";
