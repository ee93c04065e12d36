/**
 * The root of every error that Coreslot throws about its input: files, keys, layouts, wires.
 *
 * A caller's own mistake (a wrong type, a number out of range) is a built-in `TypeError` or `RangeError` instead.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

/** What every {@linkcode CoreslotError} is made of. */
export interface CoreslotErrorOptions {
  /** Stable name of what went wrong, in kebab case, for programs: `bad-checksum`. */
  readonly code: string;
  /** One sentence without a period, in the form `Cannot <verb> <object>: <state>`. */
  readonly message: string;
  /** What the reader can do about it: one sentence, no period. */
  readonly advice?: string | undefined;
  /** The error underneath, when there is one. */
  readonly cause?: unknown;
}

/**
 * An error about the input, with a code for programs and advice for people.
 *
 * @example Telling our errors from others
 * ```ts
 * import { CoreslotError } from "@coreslot/coreslot/core";
 * import { readImage } from "@coreslot/coreslot/packager";
 *
 * try {
 *   readImage(new TextEncoder().encode(":00000001FE\n"));
 * } catch (error) {
 *   if (!(error instanceof CoreslotError)) throw error;
 *   console.assert(error.code === "bad-checksum");
 * }
 * ```
 */
export abstract class CoreslotError extends Error {
  /** Stable name of what went wrong, in kebab case. */
  readonly code: string;
  /** What the reader can do about it, when there is something. */
  readonly advice: string | undefined;

  /**
   * Keeps the options in fields.
   *
   * @param options Code, message, advice and cause.
   */
  constructor(options: CoreslotErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code;
    this.advice = options.advice;
  }

  /**
   * Gives the error's name, message and own fields, as `--json` prints them.
   *
   * @returns A plain object; the stack is left out.
   */
  toJSON(): Record<string, unknown> {
    return { ...Object.fromEntries(Object.entries(this)), message: this.message };
  }
}
