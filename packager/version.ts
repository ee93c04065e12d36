/**
 * The version of a release: `1.2.3+4`.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

const VERSION_REGEXP = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:\+(0|[1-9]\d*))?$/;

const PART_MAX = 0xffff;
const BUILD_MAX = 0xffff_ffff;

/** The version of a release. It informs people; what keeps an old release out is the security counter. */
export interface Version {
  /** 0 to 65535. */
  readonly major: number;
  /** 0 to 65535. */
  readonly minor: number;
  /** 0 to 65535. */
  readonly patch: number;
  /** 0 to 4294967295. */
  readonly build: number;
}

/**
 * Parses a version.
 *
 * @param text `major.minor.patch` or `major.minor.patch+build`, decimal, without leading zeros. The build is 0 where it
 *   is not given.
 * @returns The version.
 * @throws {SyntaxError} When the text has another form.
 * @throws {RangeError} When a number is too large for its field.
 *
 * @example A version with a build number
 * ```ts
 * import { parseVersion } from "@coreslot/coreslot/packager";
 *
 * console.assert(parseVersion("1.2.3+4").build === 4);
 * ```
 */
export function parseVersion(text: string): Version {
  const match = VERSION_REGEXP.exec(text);
  if (match === null) {
    throw new SyntaxError(`Cannot parse version: "${text}" is not like 1.2.3 or 1.2.3+4`);
  }
  const [major, minor, patch, build] = [1, 2, 3, 4].map((group) => Number(match[group] ?? 0));
  const version = { major: major!, minor: minor!, patch: patch!, build: build! };
  if (Math.max(version.major, version.minor, version.patch) > PART_MAX || version.build > BUILD_MAX) {
    throw new RangeError(
      `Cannot use version ${text}: major, minor and patch are at most ${PART_MAX}, build at most ${BUILD_MAX}`,
    );
  }
  return version;
}

/**
 * Formats a version.
 *
 * @param version The version.
 * @returns `major.minor.patch+build`; the build is left out when it is 0.
 *
 * @example A version without a build number
 * ```ts
 * import { formatVersion } from "@coreslot/coreslot/packager";
 *
 * console.assert(formatVersion({ major: 1, minor: 2, patch: 3, build: 0 }) === "1.2.3");
 * ```
 */
export function formatVersion(version: Version): string {
  const { major, minor, patch, build } = version;
  return `${major}.${minor}.${patch}${build === 0 ? "" : `+${build}`}`;
}
