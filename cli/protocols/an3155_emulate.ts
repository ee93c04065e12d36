/**
 * `coreslot emulate --protocol an3155`: a chip under its boot ROM.
 *
 * @module
 */

import { formatAddress } from "../../core/hex.ts";
import { BootRomChip } from "../../emulator/boot_rom_chip.ts";
import type { BootReport } from "../../emulator/boot.ts";
import type { FirmwareExit } from "../../emulator/run_device.ts";
import type { Stm32 } from "../../emulator/stm32.ts";
import { type BootRomProfile, profileFor, PROFILES } from "../../protocols/an3155/profiles.ts";
import { runBootRom } from "../../protocols/an3155/target.ts";
import type { ByteLink } from "../../protocols/link/byte_link.ts";
import type { Procedure } from "../../protocols/link/procedure.ts";
import { UsageError } from "../usage_error.ts";
import { joinNames } from "../wrap.ts";
import type { EmulatedDevice, EmulateOptions } from "./protocol.ts";

/**
 * Puts the boot ROM on a chip.
 *
 * @param chip The chip.
 * @param options The profile, and who is told what starts.
 * @returns What the chip runs.
 */
export function emulateBootRom(chip: Stm32, options: EmulateOptions): EmulatedDevice {
  const profile = findProfile(chip, options.profile);
  // stm32flash pads to 4 bytes on every part, an H7 programs 32 at once.
  const device = new BootRomChip(chip, { partialUnits: "pad" });
  chip.isBoot0High = true;
  chip.reset("pin-reset");
  return {
    description: `${chip.part.name} in its boot ROM (${profile.name})`,
    firmware: (link, boot) => {
      if (boot.cores[0]?.kind === "boot-rom") return runBootRom(link, { device, profile });
      options.say(`${describeStart(boot)}; nobody answers until the next connection resets the chip`);
      return hearNothing(link);
    },
  };
}

function findProfile(chip: Stm32, name: string | undefined): BootRomProfile {
  if (name === undefined || name === "rom") return profileFor(chip.part);
  const profile = PROFILES.find((profile) => profile.name === name);
  if (profile !== undefined) return profile;
  const names = ["rom", ...PROFILES.map(({ name }) => name)];
  throw new UsageError("bad-value", `Cannot find profile ${name}: an3155 has ${joinNames(names)}`);
}

function describeStart({ cores: [first] }: BootReport): string {
  if (first?.kind === "runs") return `${first.core} runs what stands at ${formatAddress(first.address)}`;
  if (first?.kind === "faults") {
    return `${first.core} is in a fault at ${formatAddress(first.address)}: ${first.reason}`;
  }
  return "the core is held";
}

/** An application that does not listen; it ends with the connection. */
function* hearNothing(link: ByteLink): Procedure<FirmwareExit> {
  while (true) yield* link.readByte("the end of the connection", Infinity);
}
