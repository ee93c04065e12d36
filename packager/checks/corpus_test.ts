import assert from "node:assert/strict";
import { MemoryImage } from "../../core/memory_image.ts";
import type { CoreTag } from "../../core/parts/part.ts";
import { corpusTest, readCorpus } from "../../tests/corpus.ts";
import { readImage } from "../formats/mod.ts";
import { createLayout, type Layout } from "../layouts/layout.ts";
import { findLayout } from "../layouts/presets.ts";
import { placeImage } from "./place_image.ts";
import { type PlacementCode, PlacementError } from "./placement_error.ts";

const KIB = 1024;

/** A loader of some KiB and one slot behind it, as the firmware's own loader had it. */
function behindLoader(part: string, bankMode: string, loaderKib: number, slotKib: number): Layout {
  const addressA = 0x0800_0000 + loaderKib * KIB;
  const core = findLayoutCore(part);
  return createLayout({
    name: part,
    part,
    bankMode,
    policy: "single",
    loader: { addressStart: 0x0800_0000, sizeBytes: loaderKib * KIB },
    slots: [{ core, addressA, addressB: addressA, sizeBytes: slotKib * KIB }],
  });
}

function findLayoutCore(part: string): CoreTag {
  if (part.startsWith("stm32h7")) return "CM7";
  if (part.startsWith("stm32f1")) return "CM3";
  return part.startsWith("stm32g0") ? "CM0P" : "CM4";
}

interface Options {
  readonly layout: Layout;
  readonly core?: CoreTag;
  /** Where a raw binary was linked. */
  readonly baseAddress?: number;
  readonly crop?: boolean;
}

function place(file: string, { layout, core = layout.slots[0]!.core, baseAddress, crop = false }: Options) {
  const bytes = readCorpus(`firmware/${file}`);
  const image = baseAddress === undefined
    ? readImage(bytes).image
    : MemoryImage.fromSegments([{ address: baseAddress, data: bytes }]);
  return placeImage(image, { layout, core, crop });
}

const F103 = behindLoader("stm32f103xb", "single", 8, 120);
const H745 = findLayout("stm32h745");

/** Firmware that people have, behind a loader of the size it was linked for, and the bytes of it. */
const PLACED: readonly [string, Options, number][] = [
  ["h745-disco-usbd.bin", { layout: H745, baseAddress: 0x0802_0000 }, 5456],
  ["h745-disco-usbd.dfu", { layout: H745 }, 5456],
  ["h745-disco-eembc.hex", { layout: H745, core: "CM4", crop: true }, 21_180],
  ["h743-eval-usb.dfu", { layout: behindLoader("stm32h743", "dual", 128, 384) }, 10_724],
  ["openblt-f103-prog-gcc.srec", { layout: F103 }, 6280],
  ["openblt-f103-prog-iar.srec", { layout: F103 }, 6686],
  ["openblt-f103-prog-keil.srec", { layout: F103 }, 5584],
  ["openblt-f103-prog-cubeide.srec", { layout: F103 }, 6312],
  ["f103-eval-systick.dfu", { layout: behindLoader("stm32f103xe", "single", 20, 492) }, 1660],
  ["g474-eval-led.dfu", { layout: behindLoader("stm32g474", "dual", 48, 464) }, 4251],
  ["klipper-skr3-usb.bin", { layout: behindLoader("stm32g0b1", "dual", 8, 504), baseAddress: 0x0800_2000 }, 21_760],
  ["openmv2-f427-firmware.dfu", { layout: behindLoader("stm32f429", "dual", 64, 960) }, 868_524],
  ["uf2-stm32f4-ball.uf2", { layout: behindLoader("stm32f411", "single", 32, 480) }, 127_232],
];

for (const [file, options, sizeBytes] of PLACED) {
  corpusTest(`placeImage() takes ${file} for ${options.layout.name}`, () => {
    const { payload, notes } = place(file, options);
    assert.equal(payload.length, sizeBytes);
    if (options.crop !== true) assert.deepEqual(notes, []);
  });
}

corpusTest("placeImage() takes the CM4's part of one HEX file and lists what it leaves", () => {
  const { cropped, notes } = place("h745-disco-eembc.hex", { layout: H745, core: "CM4", crop: true });
  assert.equal(cropped.length, 8);
  assert.deepEqual(notes, [
    "0x08040000 to 0x08060004 (60762 bytes in 2 pieces) in slot A of CM7 was cropped",
    "0x90200000 to 0x9032A800 (553232 bytes in 6 pieces) in no flash or RAM of the part was cropped",
  ]);
});

const REFUSED: readonly [string, Options, readonly PlacementCode[]][] = [
  ["h745-disco-usbd.bin", { layout: H745, core: "CM4", baseAddress: 0x0802_0000 }, ["wrong-slot", "outside-slot"]],
  ["h745-disco-usbd.bin", { layout: H745, core: "CM4", baseAddress: 0x0810_0000 }, ["bad-reset-vector"]],
  ["h745-disco-eembc.hex", { layout: H745, core: "CM4" }, ["outside-slot", "outside-slot"]],
  ["h745-disco-eembc.hex", { layout: H745, core: "CM7", crop: true }, ["no-vector-table"]],
  ["arduino-giga-h747-bootloader.bin", { layout: findLayout("stm32h747"), baseAddress: 0x0800_0000 }, [
    "nothing-in-slot",
    "in-loader",
  ]],
  ["arduino-giga-h747-bootloader.hex", { layout: findLayout("stm32h747"), crop: true }, [
    "nothing-in-slot",
    "in-loader",
  ]],
  ["katapult-acepro.bin", { layout: behindLoader("stm32f103xc", "single", 8, 248), baseAddress: 0x0800_0000 }, [
    "nothing-in-slot",
    "in-loader",
  ]],
  ["openblt-g474-boot-gcc.srec", { layout: behindLoader("stm32g474", "dual", 48, 464) }, [
    "nothing-in-slot",
    "in-loader",
  ]],
  ["openblt-f103-prog-gcc.srec", { layout: behindLoader("stm32f103xb", "single", 12, 116) }, [
    "bad-stack-pointer",
    "bad-reset-vector",
    "in-loader",
  ]],
  ["l4p5-keil-pka.axf", { layout: findLayout("stm32l4r5") }, ["nothing-in-slot", "in-loader"]],
  ["stldr-h7b3-mx25lm.stldr", { layout: H745 }, ["nothing-in-slot", "in-ram", "in-ram"]],
  ["f407-micropython.dfu", { layout: findLayout("stm32f407") }, ["no-vector-table", "in-loader"]],
  ["uf2-stm32f4-ball.uf2", { layout: findLayout("stm32f411") }, ["bad-stack-pointer", "bad-reset-vector", "in-loader"]],
  ["openmv2-f427-firmware.dfu", { layout: findLayout("stm32f407ve"), core: "CM4" }, [
    "too-large",
    "outside-slot",
  ]],
  ["nrf52-s140-6.1.1.hex", { layout: H745 }, ["nothing-in-slot", "in-ram", "outside-slot"]],
];

for (const [file, options, codes] of REFUSED) {
  corpusTest(`placeImage() refuses ${file} for ${options.layout.name}, ${codes.join(", ")}`, () => {
    assert.throws(() => place(file, options), (error) => {
      assert(error instanceof PlacementError, String(error));
      assert.deepEqual(error.findings.map(({ code }) => code), codes, error.message);
      return true;
    });
  });
}
