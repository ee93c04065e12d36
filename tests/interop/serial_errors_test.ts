import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { openPort, openSerial, parsePortSpec, PortError } from "../../ports/mod.ts";
import { peerTest, withTempDir } from "../peers.ts";
import { childCommand, runChild, withPtyPair } from "./serial_pty.ts";

/** The end of every piece of advice that names ports: what is connected to this computer is not ours to know. */
const PORTS_REGEXP = /^(No serial port is connected: check cable and power|Ports that are there: \/dev\/.*)$/;

/** What is opened, and the error. */
const REFUSALS: readonly [string, code: string, state: string][] = [
  ["/dev/ttyUSB_none", "port-absent", "there is no such port"],
  ["/dev/null/ttyACM0", "port-absent", "there is no such port"],
  ["/dev/null", "port-not-serial", "it is not a serial port"],
  ["/dev", "port-not-serial", "it is not a serial port"],
];

for (const [path, code, state] of REFUSALS) {
  peerTest("socat", `openSerial() of ${path} says: ${state}`, async () => {
    await rejectsWith(openSerial(path), { code, message: `Cannot open ${path}: ${state}`, advice: PORTS_REGEXP });
  });
}

peerTest("socat", "openSerial() of a file says that it is not a serial port", () =>
  withTempDir(async (folder) => {
    const path = join(folder, "firmware.bin");
    await Deno.writeFile(path, Uint8Array.of(1));
    await rejectsWith(openSerial(path), {
      code: "port-not-serial",
      message: `Cannot open ${path}: it is not a serial port`,
      advice: PORTS_REGEXP,
    });
  }));

peerTest("socat", "openPort() says that nothing on USB fits", async () => {
  await rejectsWith(openPort(parsePortSpec("usb:0000:0000")), {
    code: "port-absent",
    message: "Cannot open usb:0000:0000: no such port is connected",
    advice: PORTS_REGEXP,
  });
});

peerTest(
  "socat",
  "openSerial() refuses a port that this program has open, and leaves it working",
  () =>
    withPtyPair(async ({ near, far }) => {
      const [port, other] = [await openSerial(near), await openSerial(far)];
      await assert.rejects(openSerial(near), { code: "port-busy" });
      const reader = other.readable.getReader();
      const [{ value }] = await Promise.all([reader.read(), port.writable.getWriter().write(Uint8Array.of(0x79))]);
      assert.deepEqual(value, Uint8Array.of(0x79));
      await Promise.all([port.close(), other.close()]);
      await (await openSerial(near)).close();
    }),
);

peerTest(
  "socat",
  "openSerial() names the program that has the port open",
  () =>
    withPtyPair(async ({ near, socatId }) => {
      await using holder = childCommand("hold", near).spawn();
      const said = holder.stdout.getReader();
      assert.equal(new TextDecoder().decode((await said.read()).value), "open\n");
      // socat keeps the ends that it makes open itself.
      const holders = [`socat (process ${socatId})`, `${basename(Deno.execPath())} (process ${holder.pid})`];
      await assert.rejects(openSerial(near), (error) => {
        assert(error instanceof PortError);
        const texts = [holders, holders.toReversed()].map((names) =>
          `Cannot open ${near}: ${names.join(" and ")} have it open`
        );
        assert(texts.includes(error.message), error.message);
        assert.equal(error.code, "port-busy");
        assert.equal(error.advice, "Close that program first; ModemManager lets go by itself after some seconds");
        return true;
      });
      holder.kill("SIGKILL");
      await holder.status;
      await said.cancel();
      await holder.stderr.cancel();
      await (await openSerial(near)).close();
    }),
);

peerTest(
  "socat",
  "openSerial() keeps another user's program away, until the port is closed",
  () =>
    withPtyPair(async ({ near }) => {
      await Deno.chmod(near, 0o666);
      const port = await openSerial(near);
      const error = JSON.parse((await runChild("intrude", await Deno.realPath(near))).stdout);
      assert.equal(error.code, "port-busy");
      await port.close();
      assert.equal((await runChild("intrude", await Deno.realPath(near))).stdout, "open");
    }),
);

peerTest(
  "socat",
  "openSerial() says which group owns a port that this user may not open",
  () =>
    withPtyPair(async ({ near }) => {
      await Deno.chmod(near, 0);
      const { group } = await intrude(near, "port-permission");
      assert.match(group, /^It belongs to the group \S+ with permissions 0000: a udev rule has to give it to you$/);
      if (Deno.uid() !== 0) return;
      // Only root can give a device away: to the group that owns serial ports on Debian, whose number is 20 there.
      await Deno.chown(near, 0, 20);
      await Deno.chmod(near, 0o660);
      const { group: dialout } = await intrude(near, "port-permission");
      assert.match(
        dialout,
        /^It belongs to the group (\S+): run "sudo usermod -a -G \1 \$USER", log out and in again$/,
      );
    }),
);

async function intrude(link: string, code: string): Promise<{ readonly group: string }> {
  // The folder of the link is this user's alone.
  const path = await Deno.realPath(link);
  const { stdout, stderr } = await runChild("intrude", path);
  assert.equal(stderr, "");
  const error = JSON.parse(stdout);
  assert.equal(error.code, code);
  assert.equal(error.message, `Cannot open ${path}: this user has no permission`);
  return { group: error.advice };
}

interface ExpectedError {
  readonly code: string;
  readonly message: string;
  readonly advice: RegExp;
}

async function rejectsWith(promise: Promise<unknown>, expected: ExpectedError): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert(error instanceof PortError);
    assert.deepEqual([error.code, error.message], [expected.code, expected.message]);
    assert.match(error.advice ?? "", expected.advice);
    return true;
  });
}
