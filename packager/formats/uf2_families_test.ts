import assert from "node:assert/strict";
import { findUf2Family, UF2_FAMILIES } from "./uf2_families.ts";

Deno.test("findUf2Family() finds the narrowest family", () => {
  const cases: readonly [part: string, name: string | undefined][] = [
    ["STM32H745", "STM32H7"],
    ["stm32h757", "STM32H7"],
    ["stm32f407ve", "STM32F407"],
    ["STM32F407VG", "STM32F407VG"],
    ["stm32f411", "STM32F4"],
    ["stm32f411ce", "STM32F411xE"],
    ["STM32F411RC", "STM32F411xC"],
    ["stm32l4r5", "STM32L4"],
    ["stm32g0b1", "STM32G0"],
    ["stm32l053", "STM32L0"],
    ["stm32u585", undefined],
    ["", undefined],
  ];
  for (const [part, name] of cases) assert.equal(findUf2Family(part)?.name, name, part);
});

Deno.test("UF2_FAMILIES has each name and each number once", () => {
  assert.equal(new Set(UF2_FAMILIES.map(({ id }) => id)).size, UF2_FAMILIES.length);
  assert.equal(new Set(UF2_FAMILIES.map(({ name }) => name)).size, UF2_FAMILIES.length);
});
