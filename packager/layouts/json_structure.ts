/**
 * What `JSON.parse()` does not say about a text: keys that stand twice in an object, and how deep it is nested.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

const TOKEN_REGEXP = /"(?:[^"\\]|\\.)*"|[{}[\],]/g;

/** An object or array that is open while the text is read. */
interface Open {
  readonly path: string;
  /** Keys so far; `null` for an array. */
  readonly keys: Set<string> | null;
  /** Whether the next string is a key. */
  expectsKey: boolean;
  /** The key or index that the value being read belongs to. */
  member: string;
  index: number;
}

/** A key that stands twice in one object, or a depth that was exceeded. */
export interface JsonFault {
  /** Which of the two. */
  readonly code: "duplicate-key" | "too-deep";
  /** Where: `slots[1].core`. */
  readonly path: string;
}

/**
 * Looks for the first duplicate key, and for nesting beyond a depth.
 *
 * @param text JSON that `JSON.parse()` has accepted.
 * @param maxDepth Objects and arrays that may be open at a time.
 * @returns What was found, or `undefined`. Time and memory are linear in the text.
 */
export function findJsonFault(text: string, maxDepth: number): JsonFault | undefined {
  const open: Open[] = [];
  for (const [token] of text.matchAll(TOKEN_REGEXP)) {
    const top = open.at(-1);
    if (token === "{" || token === "[") {
      const path = top === undefined ? "" : memberPath(top);
      if (open.length === maxDepth) return { code: "too-deep", path };
      open.push({ path, keys: token === "{" ? new Set() : null, expectsKey: token === "{", member: "", index: 0 });
    } else if (token === "}" || token === "]") {
      open.pop();
    } else if (token === ",") {
      top!.expectsKey = top!.keys !== null;
      top!.index += 1;
    } else if (top?.expectsKey) {
      const key: string = JSON.parse(token);
      top.member = key;
      top.expectsKey = false;
      if (top.keys!.has(key)) return { code: "duplicate-key", path: memberPath(top) };
      top.keys!.add(key);
    }
  }
  return undefined;
}

function memberPath({ path, keys, member, index }: Open): string {
  if (keys === null) return `${path}[${index}]`;
  return path === "" ? member : `${path}.${member}`;
}
