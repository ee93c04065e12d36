/**
 * `coreslot emulate --protocol an3155`: a chip under its boot ROM.
 *
 * @module
 */

import { BootRomChip } from "../../emulator/boot_rom_chip.ts";
import type { Stm32 } from "../../emulator/stm32.ts";
import { type BootRomProfile, profileFor, PROFILES } from "../../protocols/an3155/profiles.ts";
import { runBootRom } from "../../protocols/an3155/target.ts";
import { UsageError } from "../usage_error.ts";
import { joinNames } from "../wrap.ts";
import type { EmulatedDevice, EmulateOptions } from "./protocol.ts";
import { standInForApplication } from "./started_application.ts";

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
      return standInForApplication(link, boot, options.say);
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
