/**
 * An emulated chip whose flash lives in a file, and what was done to it.
 *
 * @module
 */

import type { Bytes } from "../core/bytes.ts";
import type { Part } from "../core/parts/part.ts";
import { encodeFlashFile, loadFlashFile } from "../emulator/flash_file.ts";
import type { FlashOperation } from "../emulator/flash_operations.ts";
import type { Layout } from "../packager/layouts/layout.ts";
import { Stm32, type Stm32Options } from "../emulator/stm32.ts";
import { inFile } from "./file_content_error.ts";
import { FileError } from "./file_error.ts";
import { readInput, writeOutputs } from "./files.ts";
import { groupDigits } from "./report.ts";
import { UsageError } from "./usage_error.ts";

/** Options of a {@linkcode ServedChip}. */
export interface ServedChipOptions extends Stm32Options {
  /**
   * Name of one of the part's bank modes.
   *
   * @default {the mode of a new part}
   */
  readonly bankMode?: string | undefined;
  /**
   * Layout of the slot loader that is on the chip, once its flash was loaded.
   *
   * @default {undefined: there is none}
   */
  readonly loaderLayout?: Layout | undefined;
}

/** A chip, and the file that keeps its flash. */
export class ServedChip {
  /** The chip. */
  readonly chip: Stm32;
  readonly #path: string | undefined;
  readonly #loaderLayout: Layout | undefined;
  #savedCount = -1;
  #eraseCount = 0;
  #programmedBytes = 0;

  /**
   * Makes a chip with erased flash.
   *
   * @param part The part.
   * @param path The file, as the user gave it; left out, the flash is forgotten at the end.
   * @param options Flash times, bank mode.
   * @throws {UsageError} When the part has no such bank mode.
   */
  constructor(part: Part, path: string | undefined, options: ServedChipOptions) {
    this.#path = path;
    this.#loaderLayout = options.loaderLayout;
    this.chip = new Stm32(part, { ...options, onOperation: (operation) => this.#count(operation) });
    if (options.bankMode !== undefined) setBankMode(this.chip, options.bankMode);
  }

  /**
   * Loads the flash from its file, if there is one, and installs the loader, if there is to be one.
   *
   * @throws {FileError} When it is there and cannot be read.
   * @throws {FileContentError} When it is not as large as the part's flash.
   */
  async load(): Promise<void> {
    const path = this.#path;
    const file = path === undefined ? undefined : readIfThere(path);
    if (path !== undefined && file !== undefined) await inFile(path, () => loadFlashFile(this.chip.flash, file));
    if (this.#loaderLayout === undefined) return;
    const { installLoader } = await import("../emulator/loader/install_loader.ts");
    installLoader(this.chip, this.#loaderLayout);
  }

  /**
   * Saves the flash, whole or not at all, when it has changed since it was saved.
   *
   * @throws {FileError} When it cannot be written.
   */
  async save(): Promise<void> {
    const { count } = this.chip.flash.operations;
    if (this.#path === undefined || count === this.#savedCount) return;
    await writeOutputs([{ path: this.#path, bytes: encodeFlashFile(this.chip.flash) }], { endsOnInterrupt: false });
    this.#savedCount = count;
  }

  /**
   * Tells what was done to flash since the last call.
   *
   * @returns A clause.
   */
  takeSummary(): string {
    const erases = this.#eraseCount === 1 ? "1 erase" : `${this.#eraseCount} erases`;
    const summary = `${erases}, ${groupDigits(this.#programmedBytes)} bytes programmed`;
    this.#eraseCount = 0;
    this.#programmedBytes = 0;
    return summary;
  }

  /**
   * Tells what becomes of the flash.
   *
   * @returns A clause.
   */
  describeEnd(): string {
    return this.#path === undefined ? "the flash is forgotten" : `the flash is in ${this.#path}`;
  }

  #count({ kind, count, sizeBytes }: FlashOperation): void {
    if (kind === "program") this.#programmedBytes += sizeBytes;
    else this.#eraseCount += count;
  }
}

/** The option bytes divide the flash, from the next reset on. */
function setBankMode(chip: Stm32, name: string): void {
  const { name: partName, flash: { bankModes } } = chip.part;
  const mode = bankModes.find((mode) => mode.name === name);
  if (mode === undefined) {
    const names = bankModes.map(({ name }) => name).join(" and ");
    throw new UsageError("bad-value", `Cannot use --bank-mode ${name}: ${partName} has ${names}`);
  }
  if (mode.options.length > 0) chip.programOptions(mode.options);
  chip.reset("power-on");
}

function readIfThere(path: string): Bytes | undefined {
  try {
    return readInput(path);
  } catch (error) {
    if (error instanceof FileError && error.code === "not-found") return undefined;
    throw error;
  }
}
