/**
 * What is compiled into a loader.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { Bytes } from "../../core/mod.ts";
import type { KeyType } from "../../packager/header.ts";
import type { Layout } from "../../packager/layouts/layout.ts";

/** How often a set may be started without an application that says it is well. */
export const BOOT_ATTEMPT_MAX_DEFAULT = 3;

/** How often a copy from B to A may fail. */
export const COPY_TRY_MAX_DEFAULT = 3;

/** A public key as a loader holds it. A `VerifyingKey` is one. */
export interface LoaderKey {
  /** Kind of the key. Decides how a signature is verified. */
  readonly type: KeyType;
  /** First 8 bytes of the SHA-256 of the key's SPKI. */
  readonly keyId: Bytes;
  /** Ed25519: 32 bytes. P-256: X and Y, 32 bytes each. */
  readonly rawPublicKey: Bytes;
}

/**
 * A rule of BOOT.md that a loader can be built without, to see what goes wrong then.
 *
 * | rule | without it |
 * | --- | --- |
 * | `commit-word` | B is installed as soon as it looks whole |
 * | `repair-first` | a host is listened to before a half-made copy is finished, and may erase B |
 * | `finish-copies` | A boots once it looks whole, though its copy did not come to its end |
 * | `boot-attempts` | a release that never says it is well is started for ever |
 * | `option-bytes` | the option bytes are not compared with the layout's plan |
 * | `doubtful-sector` | a resumed transfer keeps the last sector that looks right |
 * | `erase-down` | a sector is erased when it is its turn to be written: those behind it hold what they held |
 * | `void` | policy `single`: commit words are erased without zeros over them first |
 * | `blank-half` | a resumed transfer keeps a sector of which half is to be blank |
 */
export type LoaderRule =
  | "commit-word"
  | "repair-first"
  | "finish-copies"
  | "boot-attempts"
  | "option-bytes"
  | "doubtful-sector"
  | "erase-down"
  | "void"
  | "blank-half";

/** What is compiled into a loader. */
export interface LoaderConfig {
  /** Where everything stands. */
  readonly layout: Layout;
  /** The keys that it trusts. */
  readonly keys: readonly LoaderKey[];
  /** Its product id, 16 bytes. */
  readonly productId: Bytes;
  /**
   * The least security counter that it takes, whatever stands in its slots.
   *
   * @default {0}
   */
  readonly leastCounter?: number | undefined;
  /**
   * How often a set may be started without an application that says it is well.
   *
   * @default {3}
   */
  readonly bootAttemptMax?: number | undefined;
  /**
   * How often a copy from B to A may fail.
   *
   * @default {3}
   */
  readonly copyTryMax?: number | undefined;
  /** Tells whether the button is held that keeps the loader from starting anything. */
  readonly isButtonHeld?: (() => boolean) | undefined;
  /**
   * Rules to leave out: for controls only.
   *
   * @default {[]}
   */
  readonly without?: readonly LoaderRule[] | undefined;
}

/**
 * Tells whether a loader keeps a rule.
 *
 * @param config The loader's.
 * @param rule The rule.
 * @returns `true` unless it was left out.
 */
export function keepsRule(config: LoaderConfig, rule: LoaderRule): boolean {
  return config.without?.includes(rule) !== true;
}
