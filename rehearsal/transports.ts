/**
 * The transports over a wire, and the table of all.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { BootRomChip } from "../emulator/boot_rom_chip.ts";
import { createLoaderFirmware, createModemTransport, LoaderCdcDevice } from "../emulator/loader/mod.ts";
import { profileFor, runBootRom } from "../protocols/an3155/mod.ts";
import { runCdcTarget, updateOverCdc } from "../protocols/cdc/mod.ts";
import { sendYmodem } from "../protocols/ymodem/mod.ts";
import { stageUpdate } from "../updates/stage_update.ts";
import { DIRECT } from "./direct_transport.ts";
import type { RehearsalDevice } from "./rehearsal_device.ts";
import type { Release } from "./release.ts";
import type { Connection, Transport, TransportName } from "./transport.ts";
import { connectByWire } from "./wire_transport.ts";

/** What a COBS frame has beside its data, rounded up. */
const FRAME_OVERHEAD_BYTES = 64;

/** Session numbers are drawn by hosts; here they count, so that nothing is left to chance. */
const FIRST_SESSION_ID = 1;

/** Sessions that one call of the host may use up. */
const SESSION_IDS_EACH = 8;

/** Any: the receiver has no use for it. */
const FILE_NAME = "update.cslot";

/** What a serial line is like. */
export interface SerialLine {
  /** Bits a second. */
  readonly baudRate: number;
}

/**
 * Finds a transport.
 *
 * @param name Its name.
 * @param line Speed of the serial line, for those that have one.
 * @returns The transport.
 */
export function transportOf(name: TransportName, line: SerialLine): Transport {
  const { baudRate } = line;
  switch (name) {
    case "cdc":
      return { name, wire: "full-speed USB", hasWire: true, connect: connectCdc };
    case "ymodem":
      return {
        name,
        wire: `${baudRate} baud, 8N1`,
        hasWire: true,
        connect: (device, release) => connectYmodem(device, release, line),
      };
    case "an3155":
      return {
        name,
        wire: `${baudRate} baud, 8E1`,
        hasWire: true,
        connect: (device, release) => connectBootRom(device, release, line),
      };
    case "direct":
      return DIRECT;
  }
}

function connectCdc(device: RehearsalDevice, release: Release): Connection {
  const { chip, setup: { config } } = device;
  const { records, payloads, headers } = release;
  const images = records.map((header, index) => ({
    header,
    payload: payloads[index]!,
    payloadDigest: headers[index]!.payloadDigest,
  }));
  // A set that runs already is sent again where that is what is rehearsed.
  const isRunning = device.running === release;
  device.handOver();
  return connectByWire(device, {
    firmware: (onStart) =>
      createLoaderFirmware(chip, {
        config,
        transport: (link, loader) => runCdcTarget(link, { device: new LoaderCdcDevice(loader) }),
        otherwise: ignoreHost(onStart),
      }),
    line: { usb: { bufferBytes: bufferBytesOf(device) } },
    host: (link, nth) =>
      updateOverCdc(link, {
        images,
        setId: headers[0]!.setId,
        sessionId: FIRST_SESSION_ID + nth * SESSION_IDS_EACH,
        then: "boot",
        again: isRunning,
      }),
  });
}

/** All frames of a window but the one that is worked on. */
function bufferBytesOf({ chip, setup: { config } }: RehearsalDevice): number {
  const ramBytes = chip.part.cores[0]!.rams.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const isSmall = ramBytes < 16 * 1024;
  return (isSmall ? 512 : 4032) + FRAME_OVERHEAD_BYTES + config.layout.slots.length;
}

function connectYmodem(device: RehearsalDevice, release: Release, { baudRate }: SerialLine): Connection {
  const { chip, setup: { config } } = device;
  device.handOver();
  return connectByWire(device, {
    firmware: (onStart) =>
      createLoaderFirmware(chip, { config, transport: createModemTransport(), otherwise: ignoreHost(onStart) }),
    line: { wire: { baudRate, frame: "8N1" } },
    host: (link) => sendYmodem(link, [{ name: FILE_NAME, data: release.update }]),
  });
}

function connectBootRom(device: RehearsalDevice, release: Release, { baudRate }: SerialLine): Connection {
  const { chip, setup: { config } } = device;
  const rom = new BootRomChip(chip);
  const profile = profileFor(chip.part);
  chip.isBoot0High = true;
  chip.reset("pin-reset");
  return connectByWire(device, {
    firmware: () => (link, boot) =>
      boot.cores[0]?.kind === "boot-rom" ? runBootRom(link, { device: rom, profile }) : undefined,
    line: { wire: { baudRate, frame: "8E1" } },
    host: (link) =>
      stageUpdate(link, release.update, { part: chip.part, bankMode: config.layout.bankMode, layout: config.layout }),
    afterwards() {
      chip.isBoot0High = false;
      chip.reset("pin-reset");
      const { booted, durationMs } = device.bootAlone();
      return { durationMs, hasStarted: booted !== "stays" };
    },
  });
}

/** An application: it says that it is well, and talks to nobody. */
function ignoreHost(onStart: () => void): () => undefined {
  return () => {
    onStart();
    return undefined;
  };
}
