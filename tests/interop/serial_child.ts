/**
 * A program of its own around a serial port, for tests that need one: how it ends, and what another user may do.
 *
 * @module
 */

import { SYSTEM_CLOCK } from "../../ports/clock.ts";
import { openSerial, PortError } from "../../ports/mod.ts";
import { loadLibc } from "../../ports/serial/libc.ts";

const NOBODY = 65_534;

/** What the program can do with the port at a path. */
const DEEDS: Readonly<Record<string, (path: string) => Promise<void>>> = {
  /** Opens it and keeps it until killed. */
  async hold(path) {
    const port = await openSerial(path);
    console.log("open");
    for await (const _chunk of port.readable);
  },

  /** Closes while a read waits, and ends. */
  async close(path) {
    const port = await openSerial(path);
    const reading = port.readable.getReader().read();
    await port.close();
    console.log((await reading).done);
  },

  /** Says how much processor time it took, in milliseconds, to wait for half a second. */
  async idle(path) {
    using libc = loadLibc({ clock: { parameters: [], result: "i64" } });
    const port = await openSerial(path);
    const reading = port.readable.getReader().read();
    const startUs = libc.call.clock();
    await SYSTEM_CLOCK.sleep(500);
    console.log(Number(libc.call.clock() - startUs) / 1000);
    await port.close();
    await reading;
  },

  /** Ends by itself while a read waits. */
  async exit(path) {
    const port = await openSerial(path);
    port.readable.getReader().read();
    await port.drain();
    Deno.exit(5);
  },

  /** Fails while a read waits. */
  async fail(path) {
    const port = await openSerial(path);
    port.readable.getReader().read();
    await port.drain();
    throw new Error("on purpose");
  },

  /** Opens it as a user who may do nothing, when this one is root; says how that failed. */
  async intrude(path) {
    using libc = loadLibc({
      seteuid: { parameters: ["u32"], result: "i32" },
      setgroups: { parameters: ["usize", "pointer"], result: "i32" },
      setegid: { parameters: ["u32"], result: "i32" },
    });
    // They fail, without harm, for everybody but root.
    libc.call.setgroups(0n, null);
    libc.call.setegid(NOBODY);
    libc.call.seteuid(NOBODY);
    try {
      await (await openSerial(path)).close();
      console.log("open");
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
      console.log(JSON.stringify(error));
    }
  },
};

const [deed = "", path = ""] = Deno.args;
await DEEDS[deed]!(path);
