/// <reference lib="deno.unstable" />

/**
 * The rules of the house that need a syntax tree, as a plugin for `deno lint`; `tests/tidy_test.ts` runs it as well.
 *
 * @module
 */

import { importsRule } from "./imports.ts";
import { platformRule } from "./platform.ts";
import { constructRule, functionSizeRule, topLevelRule } from "./shape.ts";

/** The plugin, as `deno.json` loads it. Deno requires a default export here. */
const plugin: Deno.lint.Plugin = {
  name: "house",
  rules: {
    "construct": constructRule,
    "function-size": functionSizeRule,
    "imports": importsRule,
    "platform": platformRule,
    "top-level": topLevelRule,
  },
};

export default plugin;
