/**
 * `coreslot`, run as a user who may do nothing, when this one is root.
 *
 * @module
 */

import { runCoreslot } from "../../cli/app.ts";
import { PLAIN_STYLE } from "../../cli/terminal.ts";
import { loadLibc } from "../../ports/serial/libc.ts";

const NOBODY = 65_534;

// Modules are loaded when they are first used, and this user may read them.
const silence = () => {};
await runCoreslot(["info", "--protocol", "an3155", "--port", "/dev/null"], {
  print: silence,
  printError: silence,
  style: PLAIN_STYLE,
  errorStyle: PLAIN_STYLE,
  columns: Infinity,
  errorColumns: Infinity,
  rewriteError: undefined,
});

using libc = loadLibc({
  seteuid: { parameters: ["u32"], result: "i32" },
  setgroups: { parameters: ["usize", "pointer"], result: "i32" },
  setegid: { parameters: ["u32"], result: "i32" },
});
// They fail, without harm, for everybody but root.
libc.call.setgroups(0n, null);
libc.call.setegid(NOBODY);
libc.call.seteuid(NOBODY);
Deno.exitCode = await runCoreslot(Deno.args);
