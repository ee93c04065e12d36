/// <reference lib="deno.unstable" />

/**
 * No clock, timer, randomness, terminal or platform in the folders whose results must depend on their input alone.
 *
 * @module
 */

import { isTestPath, projectPath } from "./project_path.ts";

const PURE_REGEXP = /^(core|packager|protocols|emulator|updates|rehearsal)\//;

/** What each banned global is. */
const BANNED: ReadonlyMap<string, string> = new Map([
  ...["Date", "performance", "Temporal"].map((name) => [name, "a clock"] as const),
  ...["setTimeout", "setInterval", "setImmediate", "requestAnimationFrame"].map((name) => [name, "a timer"] as const),
  ...["Deno", "process", "Buffer", "navigator", "window", "document", "fetch", "localStorage"].map((name) =>
    [name, "a platform"] as const
  ),
  ["console", "a terminal"],
]);

/** Members that are randomness, by the object they belong to. */
const RANDOM_REGEXP = /^(Math\.random|crypto\.(getRandomValues|randomUUID)|crypto\.subtle\.generateKey)$/;

/** The files that exist for exactly one of these, and what they may use. */
const EXCEPTIONS: Readonly<Record<string, readonly string[]>> = {
  "packager/generate_key.ts": ["randomness"],
  "protocols/link/session.ts": ["a clock", "a timer"],
};

/** The rule `platform`. */
export const platformRule: Deno.lint.Rule = {
  create(context) {
    const path = projectPath(context.filename);
    if (!PURE_REGEXP.test(path) || isTestPath(path)) return {};
    const report = (node: Deno.lint.Node, name: string, kind: string) => {
      if (EXCEPTIONS[path]?.includes(kind)) return;
      context.report({ node, message: `${name} is ${kind}: it comes in as an argument here, or from another folder` });
    };
    return {
      Identifier(node) {
        const kind = BANNED.get(node.name);
        if (kind !== undefined && isReference(node)) report(node, node.name, kind);
      },
      MemberExpression(node) {
        const name = context.sourceCode.getText(node).replace(/^globalThis\./, "");
        if (RANDOM_REGEXP.test(name)) report(node, name, "randomness");
      },
    };
  },
};

/** Tells a use of the global from a property, key or declaration that happens to have the same name. */
function isReference(node: Deno.lint.Identifier): boolean {
  const { parent } = node;
  switch (parent.type) {
    case "MemberExpression":
      return parent.object === node || parent.computed ||
        parent.object.type === "Identifier" && parent.object.name === "globalThis";
    case "Property":
      return parent.value === node || parent.computed;
    case "PropertyDefinition":
    case "MethodDefinition":
    case "TSPropertySignature":
    case "TSMethodSignature":
      return parent.key !== node;
    default:
      return true;
  }
}
