/**
 * `coreslot emulate --protocol cdc7`: an STM32F411 under a loader with commands of seven bytes.
 *
 * @module
 */

import { formatAddress } from "../../core/hex.ts";
import type { FirmwareExit } from "../../emulator/run_device.ts";
import type { Stm32 } from "../../emulator/stm32.ts";
import { APPLICATION_ADDRESS } from "../../protocols/cdc7/constants.ts";
import { BLACK_PILL, type Cdc7Profile, PROFILES } from "../../protocols/cdc7/profiles.ts";
import { runCdc7Target } from "../../protocols/cdc7/target.ts";
import type { ByteLink } from "../../protocols/link/byte_link.ts";
import type { Procedure } from "../../protocols/link/procedure.ts";
import { UsageError } from "../usage_error.ts";
import { joinNames } from "../wrap.ts";
import { Cdc7Chip } from "./cdc7_chip.ts";
import type { EmulatedDevice, EmulateOptions } from "./protocol.ts";
import { standInForApplication } from "./started_application.ts";

const PART_NAME = "stm32f411xe";

/**
 * Puts the loader on a chip. Its own code is in none of the flash, which is all the application's and erased below.
 *
 * @param chip The chip.
 * @param options The profile, and who is told what starts.
 * @returns What the chip runs.
 * @throws {UsageError} When the loader is for another part, or there is no such profile.
 */
export function emulateCdc7(chip: Stm32, options: EmulateOptions): Promise<EmulatedDevice> {
  if (chip.part.name !== PART_NAME) {
    throw new UsageError("bad-value", `Cannot use --part ${chip.part.name}: this loader is for ${PART_NAME}`);
  }
  const profile = findProfile(options.profile);
  const device = new Cdc7Chip(chip);
  return Promise.resolve({
    description: `${chip.part.name} under a loader of seven-byte commands (${profile.name}); the application is at ${
      formatAddress(APPLICATION_ADDRESS)
    }`,
    firmware: (link, boot) =>
      boot.cause === "go" ? standInForApplication(link, boot, options.say) : runLoader(link, device, profile),
  });
}

function* runLoader(link: ByteLink, device: Cdc7Chip, profile: Cdc7Profile): Procedure<FirmwareExit> {
  yield* runCdc7Target(link, { device, profile });
  return { kind: "go", address: APPLICATION_ADDRESS };
}

function findProfile(name: string = BLACK_PILL.name): Cdc7Profile {
  const profile = PROFILES.find((profile) => profile.name === name);
  if (profile !== undefined) return profile;
  throw new UsageError(
    "bad-value",
    `Cannot find profile ${name}: cdc7 has ${joinNames(PROFILES.map(({ name }) => name))}`,
  );
}
