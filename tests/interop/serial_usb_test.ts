/**
 * Ports on USB from end to end: what `/sys` says of them, the only one that is taken unnamed, and one that comes back under
 * another name. A mount namespace of its own has the folders of a test for `/dev` and `/sys/class/tty`.
 */

import assert from "node:assert/strict";
import { withLoaderDevice } from "../cli/loader_device.ts";
import { type CliResult, denoArgs } from "../cli/process.ts";
import { isOnPath, peerTest, withTempDir } from "../peers.ts";
import { openSerial } from "../../ports/mod.ts";
import { LinkClosedError, PortSession } from "../../protocols/link/mod.ts";
import { type Bridge, openBridge, ptyEnd, tcpEnd } from "../pty.ts";
import { SERIAL_PERMISSIONS } from "./pty_device.ts";
import { withPtyPair } from "./serial_pty.ts";

/** Makes the namespace, then becomes the program that its arguments name. */
const SCRIPT = `mount --rbind /dev real && mount --bind dev /dev && mount --bind tty /sys/class/tty && exec "$@"`;

/** What programs want of `/dev`, as links to what is there. */
const DEVICES = ["null", "zero", "random", "urandom", "fd", "pts", "ptmx"];

const isPermitted = Deno.build.os === "linux" && Deno.uid() === 0 && isOnPath("unshare") &&
  await new Deno.Command("unshare", { args: ["-m", "mount", "--bind", "/tmp", "/sys/class/tty"], stderr: "null" })
    .output().then(({ success }) => success, () => false);
if (!isPermitted) console.warn("NAMESPACES ABSENT: tests of ports on USB are skipped");

/** A computer with ports on USB. */
class UsbComputer {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    for (const name of ["real", "dev", "tty"]) Deno.mkdirSync(`${folder}/${name}`);
    for (const name of DEVICES) Deno.symlinkSync(`${folder}/real/${name}`, `${folder}/dev/${name}`);
  }

  plugIn(name: string, serial: string, terminal: string, idProduct = "5740"): void {
    const usb = `${this.#folder}/tty/usb-${name}`;
    Deno.mkdirSync(`${usb}/interface`, { recursive: true });
    const facts = { idVendor: "0483", idProduct, serial, manufacturer: "STMicroelectronics" };
    for (const [file, text] of Object.entries(facts)) Deno.writeTextFileSync(`${usb}/${file}`, `${text}\n`);
    Deno.mkdirSync(`${this.#folder}/tty/${name}`);
    Deno.symlinkSync(`../usb-${name}/interface`, `${this.#folder}/tty/${name}/device`);
    Deno.symlinkSync(terminal, `${this.#folder}/dev/${name}`);
  }

  unplug(name: string): void {
    for (const path of [`tty/${name}`, `tty/usb-${name}`, `dev/${name}`]) {
      Deno.removeSync(`${this.#folder}/${path}`, { recursive: true });
    }
  }

  /** Runs a command on it, and does something as soon as it has said a certain thing. */
  async run(
    args: readonly string[],
    says = "",
    act: (child: Deno.ChildProcess) => unknown = () => {},
  ): Promise<CliResult> {
    const command = [Deno.execPath(), ...denoArgs(args, SERIAL_PERMISSIONS)];
    const child = new Deno.Command("unshare", {
      args: ["-m", "sh", "-c", SCRIPT, "sh", ...command],
      cwd: this.#folder,
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const stdout = new Response(child.stdout).text();
    let stderr = "";
    let isDone = false;
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      stderr += text;
      if (isDone || says === "" || !stderr.includes(says)) continue;
      isDone = true;
      await act(child);
    }
    const { code } = await child.status;
    return { code, stdout: await stdout, stderr };
  }
}

peerTest(
  "unshare",
  "coreslot ports lists what is on USB, and usb: has to fit one of them",
  () =>
    withTempDir(async (folder) => {
      const computer = new UsbComputer(folder);
      computer.plugIn("ttyACM0", "A1", "/dev/null");
      computer.plugIn("ttyACM1", "A2", "/dev/null");
      const { code, stdout, stderr } = await computer.run(["ports", "--json"]);
      assert.equal(code, 0, stderr);
      const { ports } = JSON.parse(stdout);
      const found = ports.map(({ path, port }: { readonly path: string; readonly port: string }) => [path, port]);
      assert.deepEqual(found, [["/dev/ttyACM0", "usb:0483:5740:A1"], ["/dev/ttyACM1", "usb:0483:5740:A2"]]);
      for (const named of [[], ["--port", "usb:0483:5740"]]) {
        const { code, stderr } = await computer.run(["info", "--protocol", "cdc", ...named]);
        assert.equal(code, 9);
        assert.match(stderr, /^coreslot: Cannot (choose a port|open usb:0483:5740): 2 of them fit\n/);
      }
      // Found by its number, in which case does not matter; it is no terminal.
      const one = await computer.run(["info", "--protocol", "cdc", "--port", "usb:0483:5740:a2"]);
      assert.match(one.stderr, /^coreslot: Cannot open \/dev\/ttyACM1: it is not a serial port\n/);
    }),
  { ignore: !isPermitted },
);

peerTest(
  "unshare",
  "coreslot flash without --port takes the only device, and finds it again under another name",
  () =>
    withLoaderDevice({ args: ["--faults", "unplug:h2t:1500"] }, async ({ folder, port }) => {
      const computer = new UsbComputer(folder);
      const pty = `${folder}/pty`;
      let bridge = await openBridge([ptyEnd(pty), tcpEnd(port)]);
      try {
        computer.plugIn("ttyACM0", "A1", await Deno.realPath(pty));
        const line = ["flash", "update.cslot", "--key", "ed25519.pub.pem", "--protocol", "cdc"];
        const { code, stdout, stderr } = await computer.run(line, "waiting up to 60 s", async () => {
          computer.unplug("ttyACM0");
          await bridge.close();
          bridge = await openBridge([ptyEnd(pty), tcpEnd(port)]);
          computer.plugIn("ttyACM1", "A1", await Deno.realPath(pty));
        });
        assert.equal(code, 0, stderr);
        assert.match(stderr, /^using \/dev\/ttyACM0 \(0483:5740, STMicroelectronics, serial number A1\)\n/);
        assert.match(stdout, /in 2 attempts\n/);
      } finally {
        await bridge.close();
      }
    }).then(() => {}),
  { ignore: !isPermitted },
);

/** Flags that name devices by what they are, as one of many. */
const MANY: readonly (readonly string[])[] = [["--all"], ["--port", "usb:0483:5740:A1,usb:0483:5740:A2"]];

for (const flags of MANY) {
  peerTest(
    "unshare",
    `coreslot flash ${
      flags.join(" ")
    } finds a device again under another name, and says how to go on with one that failed`,
    () =>
      withLoaderDevice({ args: ["--faults", "unplug:h2t:1500"] }, async ({ folder, port }) => {
        const computer = new UsbComputer(folder);
        const pty = `${folder}/pty`;
        let bridge = await openBridge([ptyEnd(pty), tcpEnd(port)]);
        try {
          computer.plugIn("ttyACM0", "A1", await Deno.realPath(pty));
          computer.plugIn("ttyACM1", "A2", "/dev/null");
          const line = ["flash", "update.cslot", "--key", "ed25519.pub.pem", "--protocol", "cdc", ...flags];
          const { code, stdout, stderr } = await computer.run(line, "waiting up to 60 s", async () => {
            computer.unplug("ttyACM0");
            await bridge.close();
            // What is there now under its name is another device.
            computer.unplug("ttyACM1");
            computer.plugIn("ttyACM0", "A2", "/dev/null");
            bridge = await openBridge([ptyEnd(pty), tcpEnd(port)]);
            computer.plugIn("ttyACM1", "A1", await Deno.realPath(pty));
          });
          assert.equal(code, 10, stderr);
          assert.match(stdout, /^ {2}\/dev\/ttyACM0 +done in /m);
          assert.match(stdout, /^ {2}\/dev\/ttyACM1 +failed: Cannot open \/dev\/ttyACM1: it is not a serial port/m);
          assert.match(stderr, /for those that failed, with --port\s+usb:0483:5740:A2\n/);
        } finally {
          await bridge.close();
        }
      }).then(() => {}),
    { ignore: !isPermitted },
  );
}

/** Which of its two faces a device has when its cable is plugged in again. */
const FACES = ["loader", "application"] as const;

for (const face of FACES) {
  peerTest(
    "unshare",
    `coreslot flash --enter goes on when the cable was out and the device comes back as its ${face}`,
    () =>
      withLoaderDevice(
        { args: ["--faults", "unplug:h2t:1500"] },
        ({ folder, port }) =>
          withPtyPair(async ({ near, far }) => {
            const computer = new UsbComputer(folder);
            const pty = `${folder}/pty`;
            let bridge: Bridge | undefined;
            const startLoader = async (name: string) => {
              bridge = await openBridge([ptyEnd(pty), tcpEnd(port)]);
              computer.plugIn(name, "A1", await Deno.realPath(pty), "df11");
            };
            const startApplication = async () => computer.plugIn("ttyACM0", "A1", await Deno.realPath(near));
            await startApplication();
            await using application = new PortSession(await openSerial(far));
            const commands: string[] = [];
            const serving = (async () => {
              while (true) {
                const command = await application.run((link) => link.read(6, "a command", 60_000));
                commands.push(new TextDecoder().decode(command));
                computer.unplug("ttyACM0");
                await startLoader("ttyACM1");
              }
            })();
            const ended = assert.rejects(serving, LinkClosedError);
            try {
              const line = ["flash", "update.cslot", "--key", "ed25519.pub.pem", "--protocol", "cdc"];
              const { code, stdout, stderr } = await computer.run(
                [...line, "--enter", 'send-"update",reopen'],
                "waiting up to 60 s",
                async () => {
                  computer.unplug("ttyACM1");
                  await bridge?.close();
                  await (face === "application" ? startApplication() : startLoader("ttyACM7"));
                },
              );
              assert.equal(code, 0, stderr);
              assert.match(stdout, /in 2 attempts\n/);
              assert.deepEqual(commands, face === "application" ? ["update", "update"] : ["update"]);
            } finally {
              await application.close();
              await ended;
              await bridge?.close();
            }
          }),
      ).then(() => {}),
    { ignore: !isPermitted },
  );
}

peerTest(
  "unshare",
  "coreslot info without --port names the device that did not come back from its way into the loader",
  () =>
    withTempDir((folder) =>
      withPtyPair(async ({ near, far }) => {
        const computer = new UsbComputer(folder);
        computer.plugIn("ttyACM0", "A1", await Deno.realPath(near));
        await using application = new PortSession(await openSerial(far));
        const serving = application.run((link) => link.read(6, "a command", 60_000))
          .then(() => computer.unplug("ttyACM0"));
        const enter = 'send-"update",reopen-within-500';
        const { code, stderr } = await computer.run(["info", "--protocol", "cdc", "--enter", enter]);
        await serving;
        assert.equal(code, 9, stderr);
        assert.match(stderr, /^coreslot: \/dev\/ttyACM0: Cannot wait any longer for \/dev\/ttyACM0 to come back: /m);
      })
    ),
  { ignore: !isPermitted },
);

peerTest(
  "unshare",
  "coreslot info --retry without --port names the device where Ctrl-C ends the pause",
  () =>
    withTempDir((folder) =>
      withPtyPair(async ({ near }) => {
        const computer = new UsbComputer(folder);
        computer.plugIn("ttyACM0", "A1", await Deno.realPath(near));
        const line = ["info", "--protocol", "an3155", "--retry", "1"];
        const { code, stderr } = await computer.run(line, "trying again, 1 of 1", (child) => child.kill("SIGINT"));
        assert.equal(code, 130, stderr);
        assert.match(stderr, /^coreslot: \/dev\/ttyACM0: Cannot go on: interrupted while waiting to try again\n/m);
      })
    ),
  { ignore: !isPermitted },
);

peerTest(
  "unshare",
  "coreslot info --retry without --port does not turn to another device when the first one has gone",
  () =>
    withTempDir((folder) =>
      withPtyPair(async ({ near, far }) => {
        const computer = new UsbComputer(folder);
        computer.plugIn("ttyACM0", "A1", await Deno.realPath(near));
        const line = ["info", "--protocol", "an3155", "--retry", "1"];
        const { code, stderr } = await computer.run(line, "trying again, 1 of 1", async () => {
          computer.unplug("ttyACM0");
          computer.plugIn("ttyACM1", "B2", await Deno.realPath(far));
        });
        assert.equal(code, 9, stderr);
        assert.equal(stderr.match(/^using /gm)?.length, 1, stderr);
        assert.match(stderr, /^coreslot: .*Cannot open usb:0483:5740:A1: no such port is connected$/m);
      })
    ),
  { ignore: !isPermitted },
);

peerTest(
  "unshare",
  "coreslot info --enter --retry finds the loader that the first try has left the device in",
  () =>
    withTempDir((folder) =>
      withPtyPair(async ({ near, far }) => {
        const computer = new UsbComputer(folder);
        computer.plugIn("ttyACM0", "A1", await Deno.realPath(near));
        await using application = new PortSession(await openSerial(far));
        const serving = application.run((link) => link.read(6, "a command", 60_000)).then(() => {
          computer.unplug("ttyACM0");
          computer.plugIn("ttyACM1", "A1", near, "df11");
        });
        const line = ["info", "--protocol", "an3155", "--retry", "1", "--enter", 'send-"update",reopen'];
        const { code, stderr } = await computer.run(line);
        await serving;
        assert.equal(code, 7, stderr);
        assert.match(stderr, /^trying again, 1 of 1: .*: no answer to the/m);
        assert.match(stderr, /^note: .*\/dev\/ttyACM1.*may be in its\n? *loader already/m);
      })
    ),
  { ignore: !isPermitted },
);

peerTest(
  "unshare",
  "coreslot info --all --wait waits for the first device on USB",
  () =>
    withTempDir(async (folder) => {
      const computer = new UsbComputer(folder);
      const line = ["info", "--protocol", "cdc", "--all", "--wait", "60"];
      const { code, stdout } = await computer.run(line, "waiting up to 60 s for a port on USB", () => {
        computer.plugIn("ttyACM0", "A1", "/dev/null");
        computer.plugIn("ttyACM1", "A2", "/dev/null");
      });
      assert.equal(code, 10);
      for (const name of ["ttyACM0", "ttyACM1"]) {
        assert.match(stdout, new RegExp(`^ {2}/dev/${name} +failed: Cannot open /dev/${name}: it is not`, "m"));
      }
    }),
  { ignore: !isPermitted },
);
