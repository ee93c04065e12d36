/**
 * A chip under its boot ROM in the test's own process, for parts that `coreslot emulate` does not know.
 *
 * @module
 */

import type { Part } from "../../core/parts/part.ts";
import { BootRomChip } from "../../emulator/boot_rom_chip.ts";
import { runDevice } from "../../emulator/run_device.ts";
import { Stm32 } from "../../emulator/stm32.ts";
import { formatTcpAddress, listenTcp } from "../../ports/tcp.ts";
import { profileFor } from "../../protocols/an3155/profiles.ts";
import { runBootRom } from "../../protocols/an3155/target.ts";
import { PortSession } from "../../protocols/link/session.ts";

/**
 * Runs a test with a chip, which each connection resets.
 *
 * @param part What the chip is.
 * @param body The test; its argument is the port.
 */
export async function withBootRomServer(part: Part, body: (port: string) => Promise<void>): Promise<void> {
  const listener = listenTcp({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    const chip = new Stm32(part, { isBoot0High: true, timeScale: 0 });
    const device = new BootRomChip(chip, { partialUnits: "pad" });
    const firmware = (link: Parameters<typeof runBootRom>[0]) =>
      runBootRom(link, { device, profile: profileFor(part) });
    for await (const port of listener) {
      chip.reset("pin-reset");
      await using session = new PortSession(port);
      // It ends with the connection.
      await session.run((link) => runDevice(link, chip, { firmware })).catch(() => {});
    }
  })();
  try {
    await body(formatTcpAddress(listener.address));
  } finally {
    listener[Symbol.dispose]();
    await serving;
  }
}
