/// <reference lib="deno.unstable" />

/**
 * Who may import whom: the arrows between the folders, and the packages that each folder may use.
 *
 * @module
 */

import { dirname, join } from "node:path/posix";
import denoConfig from "../deno.json" with { type: "json" };
import { isTestPath, projectPath, topFolder } from "./project_path.ts";

/** What each folder may import beside itself: folders, or a file. A folder that is not listed may import all of them. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  packager: ["core"],
  protocols: ["core"],
  emulator: ["core", "packager", "protocols"],
  updates: ["core", "packager", "protocols"],
  rehearsal: ["core", "packager", "protocols", "emulator", "updates"],
  ports: ["core", "protocols"],
  lint: ["deno.json"],
};

/** Folders whose shipped code may import a package. The other packages of `deno.json` are for tests only. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "@noble/curves": ["emulator", "packager"],
  "@noble/hashes": ["core"],
  "@serialport/bindings-cpp": ["ports"],
  "@stricli/core": ["cli"],
};

/** Folders that have to run in browsers, where there is no `node:` module. */
const PORTABLE_REGEXP = /^(core|packager|protocols|emulator|updates|rehearsal)\//;

/** Host and target of one protocol share constants and frames, never checks; so neither may see the other. */
const ROLE_REGEXP = /^(protocols\/\w+)\/(host|target)(_\w+)?\.ts$/;

/** The rule `imports`. */
export const importsRule: Deno.lint.Rule = {
  create(context) {
    const path = projectPath(context.filename);
    const check = (node: Deno.lint.Node, specifier: unknown) => {
      const complaint = typeof specifier === "string" ? complainAboutImport(path, specifier) : undefined;
      if (complaint !== undefined) context.report({ node, message: complaint });
    };
    const checkSource = (node: Deno.lint.ImportDeclaration | Deno.lint.ExportAllDeclaration) =>
      check(node, node.source.value);
    return {
      ImportDeclaration: checkSource,
      ExportAllDeclaration: checkSource,
      ExportNamedDeclaration: (node) => check(node, node.source?.value),
      ImportExpression: (node) => check(node, node.source.type === "Literal" ? node.source.value : undefined),
    };
  },
};

/** Says what is wrong with an import; nothing when it is fine. */
function complainAboutImport(path: string, specifier: string): string | undefined {
  if (/^\.{1,2}\//.test(specifier)) return complainAboutFile(path, join(dirname(path), specifier));
  if (specifier.startsWith("@coreslot/coreslot")) {
    const isOutside = topFolder(path) === "examples" || isTestPath(path);
    return isOutside ? undefined : "The package's own code imports its files, not its entries";
  }
  if (specifier.startsWith("node:")) {
    if (!PORTABLE_REGEXP.test(path) || isTestPath(path)) return undefined;
    return `${topFolder(path)}/ has to run in browsers: it may not import ${specifier}`;
  }
  return complainAboutPackage(path, specifier);
}

function complainAboutFile(path: string, target: string): string | undefined {
  const from = topFolder(path);
  const to = topFolder(target);
  if (to === "tests" && !isTestPath(path)) return `Shipped code may not import tests: ${target}`;
  const allowed = ARROWS[from];
  const place = to === "" ? target : to;
  if (allowed !== undefined && to !== from && !allowed.includes(place) && to !== "tests") {
    return `${from}/ may not import ${place}`;
  }
  const fileName = target.slice(target.lastIndexOf("/") + 1);
  if (fileName.startsWith("_") && dirname(target) !== dirname(path)) return `${target} is private to its folder`;
  const [, fromProtocol, fromRole] = ROLE_REGEXP.exec(path) ?? [];
  const [, toProtocol, toRole] = ROLE_REGEXP.exec(target) ?? [];
  if (fromProtocol !== undefined && fromProtocol === toProtocol && fromRole !== toRole) {
    return `${fromRole} and ${toRole} of one protocol may not import each other`;
  }
  return undefined;
}

function complainAboutPackage(path: string, specifier: string): string | undefined {
  const name = specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
  if (!(name in denoConfig.imports)) return `${specifier} is not one of the packages that deno.json names`;
  const folders = PACKAGES[name] ?? [];
  if (isTestPath(path) || folders.includes(topFolder(path))) return undefined;
  const places = folders.length === 0 ? "tests" : folders.map((folder) => `${folder}/`).join(", ");
  return `${name} is for ${places} only`;
}
