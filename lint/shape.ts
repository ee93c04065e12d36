/// <reference lib="deno.unstable" />

/**
 * The shape of code: how long a function may be, and the constructs that this project does without.
 *
 * @module
 */

import { isTestPath, projectPath } from "./project_path.ts";

/** The hard limit; 50 is the aim. */
const FUNCTION_LINES_MAX = 70;

const CONSTANT_REGEXP = /^[A-Z][A-Z0-9_]*_REGEXP$/;

/** The rule `function-size`: a function, its signature included, fits on one screen. */
export const functionSizeRule: Deno.lint.Rule = {
  create(context) {
    const check = (node: Deno.lint.Node) => {
      const lines = context.sourceCode.getText(node).split("\n").length;
      if (lines > FUNCTION_LINES_MAX) {
        context.report({ node, message: `A function of ${lines} lines: the limit is ${FUNCTION_LINES_MAX}` });
      }
    };
    return {
      FunctionDeclaration: check,
      FunctionExpression: check,
      ArrowFunctionExpression: check,
    };
  },
};

/** The rule `construct`: casts that hide a mistake, and features of TypeScript that leave code behind. */
export const constructRule: Deno.lint.Rule = {
  create(context) {
    const path = projectPath(context.filename);
    const report = (node: Deno.lint.Node, message: string) => context.report({ node, message });
    return {
      "TSAsExpression > TSAsExpression": (node: Deno.lint.TSAsExpression) => {
        if (node.typeAnnotation.type === "TSUnknownKeyword") report(node, "A double cast: narrow the value instead");
      },
      TSAnyKeyword: (node) => report(node, "any: say what it is, or unknown"),
      TSEnumDeclaration: (node) => report(node, "An enum: use a union of literals or an `as const` object"),
      TSModuleDeclaration: (node) => report(node, "A namespace: use a module"),
      ExportDefaultDeclaration(node) {
        // Deno wants a lint plugin as the default export of its module.
        if (!path.startsWith("lint/")) report(node, "A default export: name it");
      },
      "PropertyDefinition, MethodDefinition": (node: Deno.lint.PropertyDefinition | Deno.lint.MethodDefinition) => {
        const isConstructor = node.type === "MethodDefinition" && node.kind === "constructor";
        if (node.accessibility !== undefined && !isConstructor) {
          report(node, "An accessibility keyword: members are public, or private by #");
        }
      },
    };
  },
};

/** The rule `top-level`: functions are declarations, and regular expressions can be told by their names. */
export const topLevelRule: Deno.lint.Rule = {
  create(context) {
    if (isTestPath(projectPath(context.filename))) return {};
    const check = (declaration: Deno.lint.Node) => {
      if (declaration.type !== "VariableDeclaration") return;
      for (const node of declaration.declarations) {
        if (node.id.type !== "Identifier") continue;
        if (node.init?.type === "ArrowFunctionExpression") {
          context.report({ node, message: `${node.id.name}: a function at top level is a declaration` });
        }
        if (
          node.init?.type === "Literal" && "regex" in node.init && node.init.regex &&
          !CONSTANT_REGEXP.test(node.id.name)
        ) {
          context.report({ node, message: `${node.id.name}: a regular expression is called *_REGEXP` });
        }
      }
    };
    return {
      Program: (node) => {
        for (const statement of node.body) {
          if (statement.type === "ExportNamedDeclaration" && statement.declaration) check(statement.declaration);
          else check(statement);
        }
      },
    };
  },
};
