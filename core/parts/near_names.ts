/**
 * Names that somebody may have meant.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

/** More than this many changed letters is another name, not a slip. */
const MOST_CHANGES = 3;
const MOST_NAMES = 3;

/**
 * Lists the known names that are closest to the one given.
 *
 * @param name What was given.
 * @param known The names there are.
 * @returns At most three, the nearest first; names that begin with what was given count as near.
 */
export function nearNames(name: string, known: readonly string[]): readonly string[] {
  return known
    .map((candidate) => ({ candidate, distance: distanceOf(name, candidate) }))
    .filter(({ distance }) => distance <= MOST_CHANGES)
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, MOST_NAMES)
    .map(({ candidate }) => candidate);
}

function distanceOf(name: string, candidate: string): number {
  if (name.length > 2 * candidate.length) return Infinity;
  return name.length > 4 && candidate.startsWith(name) ? 1 : editDistance(name, candidate);
}

/** Levenshtein's distance, row by row. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const change = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(change, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
