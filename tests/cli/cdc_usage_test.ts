/**
 * Command lines for CDC that are wrong, and the permissions that right ones need.
 */

import assert from "node:assert/strict";
import { withEmulator } from "./emulator.ts";
import { runCli } from "./process.ts";
import { checkRefusals, type Refusal } from "./refusal.ts";
import { withRelease } from "./release.ts";

const CDC = ["--protocol", "cdc", "--port", "tcp:127.0.0.1:7000"] as const;
const EMULATE: readonly string[] = ["emulate", "--protocol", "cdc", "--listen", "tcp:127.0.0.1:0"];
const LOADER: readonly string[] = ["--layout", "stm32h747", "--key", "ed25519.pub.pem", "--product", "pump"];

/** Refused before a port is opened: nobody is there. */
const USAGE: readonly Refusal[] = [
  {
    args: ["flash", "cm4.hex", ...CDC],
    code: 2,
    line: "Cannot run flash: cm4.hex is no update, and cdc carries nothing else",
    advice: "Pack the firmware of every core with coreslot pack",
  },
  {
    args: ["flash", "update.cslot", ...CDC, "--erase-all"],
    code: 2,
    line: "Cannot run flash: cdc has no use for --erase-all",
    advice: "Leave it out, or choose another protocol",
  },
  {
    args: ["flash", "update.cslot", ...CDC, "--wait", "soon"],
    code: 2,
    line: 'Cannot read --wait "soon": seconds are a whole number up to 86400',
  },
  {
    args: ["read", "out.bin", ...CDC],
    code: 2,
    line: "Cannot run read: cdc has no read, it only carries updates",
    advice: "The protocol that has it is an3155",
  },
  {
    args: EMULATE,
    code: 2,
    line: "Cannot run emulate: --part is missing",
    advice: "Name the part, or for a device with a slot loader its --layout",
  },
  {
    args: [...EMULATE, "--part", "stm32h747"],
    code: 2,
    line: "Cannot run emulate: --layout is missing",
    advice: "Name the layout of the device, such as stm32h747",
  },
  {
    args: [...EMULATE, "--layout", "stm32h747"],
    code: 2,
    line: "Cannot run emulate: --key is missing",
    advice: "Name a public key that the loader trusts, as coreslot keygen --public writes it",
  },
  {
    args: [...EMULATE, "--layout", "stm32h747", "--key", "ed25519.pub.pem"],
    code: 2,
    line: "Cannot run emulate: --product is missing",
    advice: "Name the product as coreslot pack does: a loader takes updates for its own only",
  },
  {
    args: [...EMULATE, "--part", "stm32h747", "--key", "ed25519.pub.pem"],
    code: 2,
    line: "Cannot run emulate: --key is for a loader, and needs --layout",
  },
  {
    args: [...EMULATE, ...LOADER, "--part", "stm32f407"],
    code: 2,
    line: "Cannot run emulate: layout stm32h747 is for stm32h747xi, not stm32f407xg",
  },
  {
    args: [...EMULATE, ...LOADER.with(5, " ")],
    code: 2,
    line: "Cannot read --product: Cannot use product: the name is blank",
  },
  {
    args: [...EMULATE.with(2, "an3155"), ...LOADER],
    code: 2,
    line: "Cannot run emulate: an3155 has no use for --layout",
    advice: "Leave it out, or choose another protocol",
  },
  {
    args: [...EMULATE.with(2, "ymodem"), ...LOADER, "--address", "0x08000000"],
    code: 2,
    line: "Cannot run emulate: --layout brings its own loader, and --address another",
  },
  {
    args: ["plan", "update.cslot", "--protocol", "cdc"],
    code: 2,
    line: "Cannot run plan: --layout is missing",
  },
  {
    args: ["plan", "cm4.hex", "--protocol", "cdc", "--layout", "stm32h747"],
    code: 2,
    line: "Cannot run plan: cm4.hex is no update, and cdc carries nothing else",
  },
];

Deno.test("coreslot says what is wrong with a command line for CDC", () => checkRefusals(USAGE));

Deno.test("coreslot needs the network and the files of the command line for CDC, and no more", () =>
  withRelease(async (folder) => {
    const network = "--allow-net=127.0.0.1";
    const args = ["--protocol", "cdc", ...LOADER, "--flash-file", "flash.bin"];
    const files = ["--allow-read=.", "--allow-write=."];
    const { code, stderr } = await withEmulator(
      args,
      { cwd: folder, permissions: [network, ...files] },
      async (device) => {
        const place = `--allow-net=${device.port.replace("tcp:", "")}`;
        const flash = ["flash", "update.cslot", "--key", "ed25519.pub.pem", "--protocol", "cdc", "--port", device.port];
        const refused = await runCli(flash, { cwd: folder, permissions: ["--allow-read=update.cslot", place] });
        assert.equal(refused.code, 6, refused.stderr);
        const read = "--allow-read=update.cslot,ed25519.pub.pem";
        const unconnected = await runCli(flash, { cwd: folder, permissions: [read] });
        assert.deepEqual([unconnected.code, unconnected.stderr.includes(`Add ${place} to deno run`)], [9, true]);
        const flashed = await runCli(flash, { cwd: folder, permissions: [read, place] });
        assert.equal(flashed.code, 0, flashed.stderr);
        const info = ["info", "--protocol", "cdc", "--port", device.port];
        assert.equal((await runCli(info, { cwd: folder, permissions: [place] })).code, 0);
      },
    );
    assert.equal(code, 0, stderr);
  }));
