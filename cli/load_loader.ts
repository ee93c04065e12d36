/**
 * What is compiled into the loader of an emulated device, from the flags that name it.
 *
 * @module
 */

import type { LoaderConfig } from "../emulator/loader/loader_config.ts";
import { deriveProductId } from "../packager/product_id.ts";
import { loadVerifyingKey } from "./load_key.ts";
import { loadLayout } from "./load_layout.ts";
import { UsageError } from "./usage_error.ts";

/** Flags that say what a loader holds. */
export interface LoaderFlags {
  /** The layout: a preset, or a file. */
  readonly layout?: string;
  /** Paths of public keys. */
  readonly key?: readonly string[];
  /** Product id, or a name. */
  readonly product?: string;
}

/**
 * Loads it.
 *
 * @param flags The flags.
 * @returns The configuration; `undefined` when no layout is named: then there is no loader.
 * @throws {UsageError} When a flag is missing, or there for nothing.
 * @throws {FileError} When a file cannot be read.
 * @throws {FileContentError} When a file is not what it has to be.
 */
export async function loadLoaderConfig(flags: LoaderFlags): Promise<LoaderConfig | undefined> {
  const { layout: layoutName, key: paths = [], product } = flags;
  if (layoutName === undefined) {
    const flag = paths.length > 0 ? "--key" : product !== undefined ? "--product" : undefined;
    if (flag === undefined) return undefined;
    throw new UsageError("conflicting-flags", `Cannot run emulate: ${flag} is for a loader, and needs --layout`);
  }
  const layout = await loadLayout(layoutName);
  if (paths.length === 0) {
    throw new UsageError(
      "missing-argument",
      "Cannot run emulate: --key is missing",
      "Name a public key that the loader trusts, as coreslot keygen --public writes it",
    );
  }
  if (product === undefined) {
    throw new UsageError(
      "missing-argument",
      "Cannot run emulate: --product is missing",
      "Name the product as coreslot pack does: a loader takes updates for its own only",
    );
  }
  const keys = await Promise.all(paths.map((path) => loadVerifyingKey(path, { allowWellKnown: false })));
  return { layout, keys, productId: await productIdOf(product) };
}

async function productIdOf(product: string): Promise<LoaderConfig["productId"]> {
  try {
    return await deriveProductId(product);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError("bad-value", `Cannot read --product: ${error.message}`);
  }
}
