import assert from "node:assert/strict";
import { equalBytes, findPart } from "../core/mod.ts";
import { type Port, PortSession } from "../protocols/link/mod.ts";
import { runDevice } from "./run_device.ts";
import { Stm32 } from "./stm32.ts";
import { tinyFirmware, tinyHost } from "../tests/tiny_protocol.ts";

/** Two ports joined by a wire without delay. */
function portPair(): [Port, Port] {
  const there = new TransformStream<Uint8Array, Uint8Array>();
  const back = new TransformStream<Uint8Array, Uint8Array>();
  const close = () => Promise.resolve();
  return [
    { name: "host", readable: back.readable, writable: there.writable, close },
    { name: "device", readable: there.readable, writable: back.writable, close },
  ];
}

Deno.test("runDevice() runs over a real port; with timeScale 0 its flash takes no time", async () => {
  const [hostPort, devicePort] = portPair();
  const chip = new Stm32(findPart("stm32f103"), { isBoot0High: true, timeScale: 0 });
  const image = Uint8Array.from({ length: 1000 }, (_, at) => at & 0xff);
  const abort = new AbortController();
  await using host = new PortSession(hostPort);
  await using device = new PortSession(devicePort);
  const running = device.run((link) => runDevice(link, chip, { firmware: tinyFirmware(chip) }), {
    signal: abort.signal,
  });
  assert.equal(await host.run((link) => tinyHost(link, image, { blockBytes: 200 })), true);
  assert(equalBytes(chip.flash.read(0x0800_0000, 1000), image));
  abort.abort("done");
  await assert.rejects(running, (reason) => reason === "done");
});
