/**
 * Runs golden transcripts: conversations written in Markdown beside a protocol, from its specification and from captures,
 * never from what our code said.
 *
 * A case is a heading, prose that says why and where from, a comment for each role that can play it, and a fenced block:
 *
 * ````md
 * ## Write Memory is refused at the address phase
 *
 * The address checksum is right, but no memory is mapped there.
 *
 * Source: ...
 *
 * <!-- an3155 host: writeMemory 0x40000000 [de ad be ef] -->
 * <!-- an3155 target: stm32f407 -->
 *
 * ```text
 * > 31 ce
 * < 79
 * ! host: RefusedError phase=address
 * ```
 * ````
 *
 * `>` goes from host to target and `<` back; `~ 1000 ms` lets time pass; `= value` is what the host's procedure ends
 * with; `! host: Class field=value` is how it fails; `! target: reset` is how the target ends; `@ 0x08000000 [de ad]` is
 * what the target's memory holds afterwards.
 *
 * Each case runs in each of its roles whole, byte by byte, and with bytes behind the end that must be left alone; a role
 * that is written `host whole:` is about bytes that come at once, and runs so only.
 *
 * @module
 */

import { type Bytes, parseHex } from "../core/mod.ts";
import type { ByteLink, Procedure } from "../protocols/link/mod.ts";
import { type Feeding, playHost, playTarget } from "./transcript_player.ts";

/** A line of a transcript. */
export type TranscriptStep =
  | { readonly kind: "out" | "in"; readonly bytes: Bytes }
  | { readonly kind: "pass"; readonly durationMs: number }
  | { readonly kind: "value"; readonly text: string }
  | { readonly kind: "fails"; readonly words: readonly string[] }
  | { readonly kind: "exit"; readonly words: readonly string[] }
  | { readonly kind: "memory"; readonly address: number; readonly bytes: Bytes };

/** What a role's comment says. */
export interface TranscriptRole {
  /** Its words. */
  readonly words: readonly string[];
  /** How the bytes are handed over. */
  readonly feedings: readonly Feeding[];
}

/** The roles that a case can be played in. */
export type TranscriptRoles = Readonly<Partial<Record<"host" | "target", TranscriptRole>>>;

/** A case of a transcript. */
export interface TranscriptCase {
  /** Its heading. */
  readonly name: string;
  /** The words of the comment for each role. */
  readonly roles: TranscriptRoles;
  /** The conversation. */
  readonly steps: readonly TranscriptStep[];
}

/** A device that a target's case plays on. */
export interface TranscriptTarget {
  /** Makes the target's procedure. */
  readonly start: (link: ByteLink) => Procedure<unknown>;
  /** What is said before the first line of a case, so that not every case need say it. */
  readonly preamble: readonly TranscriptStep[];
  /** Reads the device's memory. */
  readonly inspect: (address: number, sizeBytes: number) => Bytes;
}

/** How a protocol plays its transcripts. */
export interface TranscriptProtocol {
  /** Name in the comments: `an3155`. */
  readonly name: string;
  /** Makes the host's procedure out of the comment's words. */
  readonly host: (words: readonly string[]) => (link: ByteLink) => Procedure<unknown>;
  /** Makes the device out of the comment's words. */
  readonly target: (words: readonly string[]) => TranscriptTarget;
}

const HEADING_REGEXP = /^#{2,} +(.+)$/;
const ROLE_REGEXP = /^<!-- +(\w+) +(host|target)( whole)?: *(.*?) *-->$/;
const STEP_REGEXP = /^([><~=!@])\s+(.*?)\s*(?:#.*)?$/;
const WORD_REGEXP = /\[[^\]]*\]|\S+/g;
const FEEDINGS: readonly Feeding[] = ["whole", "byte by byte", "with a trailing byte"];

/**
 * Parses the transcripts of a Markdown file.
 *
 * @param text The file.
 * @param protocol Name of the protocol whose comments count.
 * @returns The cases, in order.
 * @throws {SyntaxError} When a line of a fenced block, or a case, is none.
 */
export function parseTranscripts(text: string, protocol: string): TranscriptCase[] {
  const cases: TranscriptCase[] = [];
  let [name, isFenced] = ["", false];
  let roles: TranscriptRoles = {};
  let steps: TranscriptStep[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith("```")) {
      if (isFenced && Object.keys(roles).length === 0) throw new SyntaxError(`"${name}" names no role`);
      if (isFenced) cases.push({ name, roles, steps });
      isFenced = !isFenced;
      steps = [];
    } else if (isFenced) {
      if (line.trim() !== "") steps.push(parseStep(line));
    } else {
      const heading = HEADING_REGEXP.exec(line)?.[1];
      if (heading !== undefined) [name, roles] = [heading, {}];
      const [, owner, role, whole, words] = ROLE_REGEXP.exec(line) ?? [];
      if (owner !== protocol || role === undefined) continue;
      roles = { ...roles, [role]: { words: wordsOf(words!), feedings: whole === undefined ? FEEDINGS : ["whole"] } };
    }
  }
  if (isFenced) throw new SyntaxError(`"${name}" has a fenced block without an end`);
  return cases;
}

/**
 * Registers a test for each case of each Markdown file of a folder.
 *
 * @param folder URL of the folder.
 * @param protocol How to play them.
 */
export function testTranscripts(folder: URL, protocol: TranscriptProtocol): void {
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".md")).sort();
  for (const file of files) {
    for (const one of parseTranscripts(Deno.readTextFileSync(new URL(file, folder)), protocol.name)) {
      const { host, target } = one.roles;
      const name = `${protocol.name} ${file}: ${one.name}`;
      for (const feeding of host?.feedings ?? []) {
        Deno.test(`${name}, as host, ${feeding}`, () => playHost(one, protocol.host(host!.words), feeding));
      }
      for (const feeding of target?.feedings ?? []) {
        Deno.test(`${name}, as target, ${feeding}`, () => playTarget(one, protocol.target(target!.words), feeding));
      }
    }
  }
}

function parseStep(line: string): TranscriptStep {
  const [, mark, rest = ""] = STEP_REGEXP.exec(line) ?? [];
  switch (mark) {
    case ">":
      return { kind: "out", bytes: parseHex(rest) };
    case "<":
      return { kind: "in", bytes: parseHex(rest) };
    case "=":
      return { kind: "value", text: rest };
    case "~": {
      const [, durationMs] = /^(\d+) ms$/.exec(rest) ?? [];
      if (durationMs !== undefined) return { kind: "pass", durationMs: Number(durationMs) };
      break;
    }
    case "!": {
      const [role, ...words] = wordsOf(rest);
      if (role === "host:") return { kind: "fails", words };
      if (role === "target:") return { kind: "exit", words };
      break;
    }
    case "@": {
      const [address, bytes] = wordsOf(rest);
      if (address !== undefined && bytes !== undefined) {
        return { kind: "memory", address: Number(address), bytes: bytesOfWord(bytes) };
      }
    }
  }
  throw new SyntaxError(`Not a line of a transcript: ${line}`);
}

/** Splits at spaces; what stands in brackets is one word. */
function wordsOf(text: string): readonly string[] {
  return text.match(WORD_REGEXP) ?? [];
}

/**
 * Reads a word in brackets as bytes.
 *
 * @param word For example `[de ad be ef]`.
 * @returns Fresh bytes.
 */
export function bytesOfWord(word: string): Bytes {
  return parseHex(word.slice(1, -1));
}
