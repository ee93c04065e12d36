/**
 * What every protocol does with an update before it opens a port: verify it, as far as keys and a layout are given.
 *
 * @module
 */

import type { Layout } from "../../packager/layouts/layout.ts";
import { verifyUpdate } from "../../packager/verify.ts";
import { inFile } from "../file_content_error.ts";
import { loadVerifyingKey } from "../load_key.ts";
import { loadLayout } from "../load_layout.ts";
import type { FlashSource, UpdateOptions } from "./protocol.ts";

/** What is said where no key is given. */
export const UNVERIFIED_NOTE = "not verified here, for no --key is given: that is left to the device's loader";

/** An update that was checked. */
export interface CheckedUpdate {
  /** Whether its signatures were verified; structure and CRCs always are. */
  readonly isVerified: boolean;
  /** The layout that it is for, where the user names one. */
  readonly layout: Layout | undefined;
}

/**
 * Verifies an update.
 *
 * @param source The update.
 * @param update Keys and layout, as the user gave them.
 * @param inspect What the protocol makes of it: what that throws is about the file.
 * @returns What was checked.
 * @throws {FileContentError} When it is damaged, not to be trusted, or for another layout.
 */
export async function checkUpdate(
  source: FlashSource,
  update: UpdateOptions | undefined,
  inspect: (layout: Layout | undefined) => void,
): Promise<CheckedUpdate> {
  const { keys: paths = [], layout: layoutName } = update ?? {};
  const layout = layoutName === undefined ? undefined : await loadLayout(layoutName);
  const keys = await Promise.all(paths.map((path) => loadVerifyingKey(path, { allowWellKnown: false })));
  const isVerified = keys.length > 0;
  await inFile(source.path, async () => {
    if (isVerified) await verifyUpdate(source.bytes, { keys, layout });
    inspect(layout);
  });
  return { isVerified, layout };
}
