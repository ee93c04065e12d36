/**
 * `coreslot emulate` for XMODEM and YMODEM: a chip whose software takes files into flash.
 *
 * @module
 */

import { formatAddress } from "../../core/hex.ts";
import { runFileReceiver } from "../../emulator/file_receiver.ts";
import { runStIapReceiver } from "../../emulator/file_receiver_st_iap.ts";
import type { Stm32 } from "../../emulator/stm32.ts";
import { ST_IAP_PROFILES, type StIapProfile } from "../../protocols/ymodem/st_iap_profiles.ts";
import { groupDigits } from "../report.ts";
import { UsageError } from "../usage_error.ts";
import { joinNames } from "../wrap.ts";
import type { EmulatedDevice, EmulateOptions } from "./protocol.ts";

/** Which of ST's loaders a part has, by the start of its name; F4's is the one of all others. */
const ST_IAP_BY_FAMILY: readonly (readonly [string, string])[] = [
  ["stm32f1", "st-iap-f1"],
  ["stm32l4", "st-iap-l4"],
  ["stm32h7", "st-iap-h7"],
  ["stm32", "st-iap-f4"],
];

/**
 * Makes a chip take updates in its slot loader, where it has one, else files.
 *
 * @param protocol What its sender speaks.
 * @param chip The chip.
 * @param options The loader; or where the files go, whose habits; and who is told.
 * @returns What the chip runs.
 * @throws {UsageError} When a flag is for the other kind of device.
 */
export async function emulateTaker(
  protocol: "xmodem" | "ymodem",
  chip: Stm32,
  options: EmulateOptions,
): Promise<EmulatedDevice> {
  const { loader, profile, addressStart } = options;
  if (loader === undefined) return emulateReceiver(protocol, chip, options);
  const flag = profile !== undefined ? "--profile" : addressStart !== undefined ? "--address" : undefined;
  if (flag === undefined) return (await import("./loader_emulate.ts")).emulateModemLoader(protocol, chip, options);
  throw new UsageError("conflicting-flags", `Cannot run emulate: --layout brings its own loader, and ${flag} another`);
}

/**
 * Makes a chip wait for files.
 *
 * @param protocol What its sender speaks.
 * @param chip The chip.
 * @param options Where the files go, whose habits, and who is told.
 * @returns What the chip runs.
 */
function emulateReceiver(
  protocol: "xmodem" | "ymodem",
  chip: Stm32,
  options: EmulateOptions,
): EmulatedDevice {
  const { say } = options;
  const addressStart = options.addressStart ?? chip.part.flash.addressStart;
  checkAddress(chip, addressStart);
  const place = `files go to ${formatAddress(addressStart)}`;
  const profile = options.profile === undefined ? undefined : findProfile(chip, options.profile);
  if (profile !== undefined) {
    return {
      description: `${chip.part.name} under ${profile.name}, defects included; ${place}`,
      firmware: (link) =>
        runStIapReceiver(link, chip, {
          profile,
          addressStart,
          onTransfer: ({ kind, receivedBytes, eraseCount }) =>
            say(
              `the loader says ${kind}: ${groupDigits(receivedBytes)} bytes received, flash erased ${
                eraseCount === 1 ? "once" : `${eraseCount} times`
              }`,
            ),
        }),
    };
  }
  return {
    description: `${chip.part.name} waits for files over ${protocol}; ${place}`,
    firmware: (link) =>
      runFileReceiver(link, chip, {
        protocol,
        addressStart,
        onTransfer: ({ name, sizeBytes, error }) =>
          say(
            error === undefined
              ? `${name === undefined ? "a file" : JSON.stringify(name)} is in flash, ${groupDigits(sizeBytes)} bytes`
              : `a transfer failed: ${error instanceof Error ? error.message : error}`,
          ),
      }),
  };
}

function checkAddress({ flash, part }: Stm32, address: number): void {
  if (flash.sectors.some(({ addressStart }) => addressStart === address)) return;
  throw new UsageError(
    "bad-value",
    `Cannot use --address ${formatAddress(address)}: no sector of ${part.name} starts there`,
    "A file is erased for by whole sectors: name the start of one",
  );
}

function findProfile({ part }: Stm32, name: string): StIapProfile {
  const family = ST_IAP_BY_FAMILY.find(([start]) => part.name.startsWith(start));
  const profile = ST_IAP_PROFILES.get(name === "st-iap" ? family?.[1] ?? name : name);
  if (profile !== undefined) return profile;
  throw new UsageError(
    "bad-value",
    `Cannot find profile ${name}: ymodem has ${joinNames(["st-iap", ...ST_IAP_PROFILES.keys()])}`,
  );
}
