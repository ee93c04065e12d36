/**
 * Remembers the payloads that passed their check last: the same bytes pass again without being hashed. Half of the time of a
 * rehearsal of full slots goes into hashing what was hashed before.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { equalBytes } from "../../core/mod.ts";
import type { PayloadFacts } from "../../packager/slots/mod.ts";

/** Two releases for four cores. No payload is larger than a part's flash, 2 MiB. */
const ENTRY_COUNT_MAX = 8;

interface Entry {
  readonly facts: PayloadFacts;
  readonly bytes: Uint8Array;
}

/** A few payloads. */
export class PassedPayloads {
  readonly #entries: Entry[] = [];

  /**
   * Tells whether bytes have passed, as far as is remembered.
   *
   * @param facts All that they are checked against.
   * @param bytes The payload with its padding.
   * @returns `true` when the very same bytes passed under the very same facts.
   */
  holds(facts: PayloadFacts, bytes: Uint8Array): boolean {
    const index = this.#entries.findIndex((entry) => isSame(entry.facts, facts) && equalBytes(entry.bytes, bytes));
    if (index < 0) return false;
    this.#entries.unshift(...this.#entries.splice(index, 1));
    return true;
  }

  /**
   * Remembers bytes that passed, in place of those that were asked for longest ago.
   *
   * @param facts All that they were checked against.
   * @param bytes The payload with its padding; kept, and not to be changed any more.
   */
  add(facts: PayloadFacts, bytes: Uint8Array): void {
    this.#entries.unshift({ facts, bytes });
    if (this.#entries.length > ENTRY_COUNT_MAX) this.#entries.pop();
  }
}

function isSame(a: PayloadFacts, b: PayloadFacts): boolean {
  return a.core === b.core && a.payloadSizeBytes === b.payloadSizeBytes && a.payloadCrc === b.payloadCrc &&
    a.crcKind === b.crcKind && a.fill === b.fill && equalBytes(a.payloadDigest, b.payloadDigest);
}
