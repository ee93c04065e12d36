import assert from "node:assert/strict";
import { findPart, PARTS, UnknownPartError } from "./find_part.ts";
import { nearNames } from "./near_names.ts";

const NAMES: readonly [string, string][] = [
  ["stm32h745xi", "stm32h745xi"],
  ["stm32h745", "stm32h745xi"],
  ["STM32H745ZIT6", "stm32h745xi"],
  ["STM32H745ZGT6", "stm32h745xg"],
  ["stm32f407", "stm32f407xg"],
  ["stm32f407ve", "stm32f407xe"],
  ["STM32F407VGT6TR", "stm32f407xg"],
  ["stm32f103", "stm32f103x8"],
  ["STM32F103C8T6", "stm32f103x8"],
  ["STM32F103RB", "stm32f103xb"],
  ["STM32G0B1RET6", "stm32g0b1xe"],
  ["stm32l053r8", "stm32l053x8"],
  ["STM32L4R5ZIT6P", "stm32l4r5xi"],
];

for (const [name, expected] of NAMES) {
  Deno.test(`findPart() takes ${name}`, () => assert.equal(findPart(name).name, expected));
}

const UNKNOWN: readonly [string, string | undefined][] = [
  ["stm32h745xx", "stm32h745xg"],
  ["stm32h74", "stm32h743xi"],
  ["stm32f407xb", "stm32f407xe"],
  ["stm32l4r5xg", "stm32l4r5xi"],
  ["", undefined],
  ["esp32", undefined],
  ["x".repeat(100_000), undefined],
];

for (const [name, nearest] of UNKNOWN) {
  Deno.test(`findPart() refuses ${JSON.stringify(name.slice(0, 20))} and says what is near`, () => {
    assert.throws(() => findPart(name), (error) => {
      assert(error instanceof UnknownPartError);
      assert.deepEqual([error.code, error.part, error.near[0]], ["unknown-part", name, nearest]);
      assert.match(error.advice!, nearest === undefined ? /^The table has stm32f103x8, / : /^Did you mean stm32/);
      return true;
    });
  });
}

Deno.test("no two parts share a name or an alias, and all are in lower case", () => {
  const names = PARTS.flatMap(({ name, aliases }) => [name, ...aliases]);
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.match(name, /^stm32[a-z0-9]+$/);
});

const NEAR: readonly [string, readonly string[], readonly string[]][] = [
  ["abc", ["abc", "abd", "xyz123"], ["abc", "abd"]],
  ["kitten", ["sitting", "mitten", "kitchen"], ["mitten", "kitchen", "sitting"]],
  ["abcde", ["abcdefghijkl", "abcdx"], ["abcdefghijkl", "abcdx"]],
  ["", ["abcd"], []],
];

for (const [name, known, expected] of NEAR) {
  Deno.test(`nearNames() of ${JSON.stringify(name)} among ${known.join()}`, () => {
    assert.deepEqual(nearNames(name, known), expected);
  });
}
