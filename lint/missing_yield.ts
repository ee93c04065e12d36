/// <reference lib="deno.unstable" />

/**
 * A lint rule for procedures: a call that misses its `yield*` makes a generator and throws it away, in silence.
 *
 * Inside every `function*` under `protocols/` and `emulator/` it reports a call that stands as a statement of its own,
 * unless the method is on the list of plain ones.
 *
 * @module
 */

/** Calls that do their work at once. Everything else that stands alone is taken for a procedure. */
const PLAIN_CALL_REGEXP =
  /^(send|discardInput|trace|push|set|fill|add|delete|clear|next|assert\w*|advanceTo|update|on[A-Z]\w*|report[A-Z]?\w*)$/;

function isGenerator(node: Deno.lint.Node): boolean {
  return (node.type === "FunctionDeclaration" || node.type === "FunctionExpression") && node.generator;
}

function isFunction(node: Deno.lint.Node): boolean {
  return node.type === "FunctionDeclaration" || node.type === "FunctionExpression" ||
    node.type === "ArrowFunctionExpression";
}

function calleeName(callee: Deno.lint.Node): string {
  if (callee.type === "Identifier") return callee.name;
  if (callee.type === "MemberExpression" && callee.property.type === "Identifier") return callee.property.name;
  if (callee.type === "MemberExpression" && callee.property.type === "PrivateIdentifier") return callee.property.name;
  return "";
}

/** The plugin, as `deno.json` loads it. Deno requires a default export here. */
const plugin: Deno.lint.Plugin = {
  name: "coreslot",
  rules: {
    "missing-yield": {
      create(context) {
        return {
          ExpressionStatement(node) {
            const call = node.expression;
            if (call.type !== "CallExpression" || PLAIN_CALL_REGEXP.test(calleeName(call.callee))) return;
            const owner = context.sourceCode.getAncestors(node).findLast(isFunction);
            if (owner === undefined || !isGenerator(owner)) return;
            context.report({
              node,
              message: "A procedure called without yield* does nothing",
              hint:
                "Write yield* before the call, or use its result; plain methods are listed in lint/missing_yield.ts",
            });
          },
        };
      },
    },
  },
};

export default plugin;
