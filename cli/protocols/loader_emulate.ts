/**
 * `coreslot emulate` for a device with a slot loader, which takes updates over CDC, YMODEM or XMODEM.
 *
 * @module
 */

import { formatAddress } from "../../core/hex.ts";
import type { BootReport } from "../../emulator/boot.ts";
import { LoaderCdcDevice } from "../../emulator/loader/cdc_device.ts";
import type { CopyReport, LoaderReport } from "../../emulator/loader/loader.ts";
import type { LoaderConfig } from "../../emulator/loader/loader_config.ts";
import { createLoaderFirmware, type LoaderTransport } from "../../emulator/loader/loader_firmware.ts";
import { reportWell, requestStay } from "../../emulator/loader/retained.ts";
import { verifySlots } from "../../emulator/loader/verify_slots.ts";
import { createModemTransport } from "../../emulator/loader/ymodem_transport.ts";
import type { Stm32 } from "../../emulator/stm32.ts";
import { formatVersion } from "../../packager/version.ts";
import type { BootReason } from "../../protocols/cdc/constants.ts";
import { runCdcTarget } from "../../protocols/cdc/target.ts";
import { UsageError } from "../usage_error.ts";
import { joinNames } from "../wrap.ts";
import { describeReason } from "./cdc_words.ts";
import type { EmulatedDevice, EmulateOptions } from "./protocol.ts";

/** How long the loader listens at each reset: a host needs as long from the reset to its first byte. */
const LISTEN_MS = 1500;

/** What each copy is, for people. */
const COPIES: Readonly<Record<CopyReport["reason"], string>> = {
  install: "installed the update: copied slot B to slot A",
  repair: "slot A held no set: copied slot B to it",
  unfinished: "a copy was not finished: copied slot B to slot A again",
};

/**
 * Puts a loader that speaks CDC on a chip. It listens at each reset; who connects while the application runs resets it.
 *
 * @param chip The chip, with the loader installed.
 * @param options The loader, and who is told what it does.
 * @returns What the chip runs.
 * @throws {UsageError} When no layout is given.
 */
export function emulateCdcLoader(chip: Stm32, options: EmulateOptions): EmulatedDevice {
  const config = configOf(options);
  const transport: LoaderTransport = (link, loader) => runCdcTarget(link, { device: new LoaderCdcDevice(loader) });
  return {
    ...describeDevice(config, "cdc"),
    firmware: firmwareOf(chip, { options, config, transport, listenMs: LISTEN_MS }),
    onConnection: () => isInLoader(chip, config) ? "goes-on" : "reset",
  };
}

/**
 * Puts a loader that takes bundles over YMODEM or XMODEM on a chip. A sender does not speak first, so listening is of no
 * use: who connects while the application runs makes it hand over to the loader.
 *
 * @param protocol Which of the two.
 * @param chip The chip, with the loader installed.
 * @param options The loader, and who is told what it does.
 * @returns What the chip runs.
 */
export function emulateModemLoader(
  protocol: "ymodem" | "xmodem",
  chip: Stm32,
  options: EmulateOptions,
): EmulatedDevice {
  const config = configOf(options);
  const transport = createModemTransport({
    protocol,
    onFailure: (error) => options.say(`a transfer failed: ${error instanceof Error ? error.message : error}`),
  });
  return {
    ...describeDevice(config, protocol),
    firmware: firmwareOf(chip, { options, config, transport, listenMs: 0 }),
    onConnection: () => {
      if (isInLoader(chip, config)) return "goes-on";
      requestStay(chip);
      return "reset";
    },
  };
}

function configOf({ loader }: EmulateOptions): LoaderConfig {
  if (loader !== undefined) return loader;
  throw new UsageError(
    "missing-argument",
    "Cannot run emulate: --layout is missing",
    "Name the layout of the device, such as stm32h747",
  );
}

function describeDevice({ layout }: LoaderConfig, protocol: string): Pick<EmulatedDevice, "description"> {
  return { description: `${layout.part.name} with a slot loader, layout ${layout.name}, over ${protocol}` };
}

interface FirmwareParts {
  readonly options: EmulateOptions;
  readonly config: LoaderConfig;
  readonly transport: LoaderTransport;
  readonly listenMs: number;
}

function firmwareOf(chip: Stm32, parts: FirmwareParts): EmulatedDevice["firmware"] {
  const { options: { say }, config, transport, listenMs } = parts;
  return createLoaderFirmware(chip, {
    config,
    transport,
    listenMs,
    onReport: (report) => {
      for (const line of describeLoader(report)) say(line);
    },
    otherwise: (_link, boot) => {
      reportWell(chip);
      say(`boot: ${describeBoot(boot, chip, config)}`);
      return undefined;
    },
  });
}

function describeLoader({ action, reason, copies }: LoaderReport): string[] {
  return [
    ...copies.map(({ reason, error }) => `loader: ${error === undefined ? COPIES[reason] : error.message}`),
    ...action === "boot" ? [] : [`loader: ${describeStay(reason ?? "unknown")}`],
  ];
}

function describeStay(reason: BootReason): string {
  return reason === "listening" ? "stays, for a host has spoken in time" : `stays: ${describeReason(reason)}`;
}

/** What runs, core by core, with the versions that stand in the slots. */
function describeBoot({ cores }: BootReport, chip: Stm32, config: LoaderConfig): string {
  const set = verifySlots(chip.flash, config, "A");
  const version = set.kind === "set" ? formatVersion(set.headers[0]!.version) : "of no valid set";
  const { slots, policy } = config.layout;
  const isWhole = slots.every(({ core, addressA }) =>
    cores.some((start) => start.core === core && start.kind === "runs" && start.address === addressA)
  );
  if (isWhole) {
    const names = slots.map(({ core }) => `${core} ${version}`);
    return `${joinNames(names)} ${names.length === 1 ? "runs" : "run"} from ${
      policy === "single" ? "its slot" : "slot A"
    }`;
  }
  return cores.map((start) => {
    if (start.kind === "runs") return `${start.core} runs at ${formatAddress(start.address)}`;
    return start.kind === "faults" ? `${start.core} is in a fault: ${start.reason}` : `${start.core} is ${start.kind}`;
  }).join(", ");
}

function isInLoader(chip: Stm32, { layout }: LoaderConfig): boolean {
  const [first] = chip.boot.cores;
  return first?.kind === "runs" && first.address === layout.loader.addressStart;
}
