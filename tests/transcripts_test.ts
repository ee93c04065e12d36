import assert from "node:assert/strict";
import { parseHex } from "../core/mod.ts";
import type { ByteLink, Procedure } from "../protocols/link/mod.ts";
import { type Feeding, playHost, playTarget } from "./transcript_player.ts";
import { parseTranscripts, type TranscriptCase } from "./transcripts.ts";

const FEEDINGS: readonly Feeding[] = ["whole", "byte by byte", "with a trailing byte"];

/** Asks a question of two bytes and reads an answer of two. */
function* ask(link: ByteLink): Procedure<string> {
  link.send(parseHex("0102"));
  yield* link.flush();
  const answer = yield* link.read(2, "answer", 1000);
  return String(answer[0]! + answer[1]!);
}

/** Answers each question of two bytes with two. */
function* answer(link: ByteLink): Procedure<never> {
  while (true) {
    yield* link.read(2, "question", Infinity);
    link.send(parseHex("0304"));
  }
}

const parseOne = (lines: string): TranscriptCase => {
  const [one] = parseTranscripts(
    `## A case\n<!-- toy host: ask -->\n<!-- toy target: answer -->\n\`\`\`text\n${lines}\n\`\`\`\n`,
    "toy",
  );
  return one!;
};

const target = { start: answer, preamble: [], inspect: () => parseHex("") };

Deno.test("parseTranscripts() reads headings, roles and steps", () => {
  assert.deepEqual(
    parseOne("> 01 02  # question\n< 03 04\n~ 5 ms\n= 7\n! host: RefusedError phase=data\n@ 0x10 [de ad]"),
    {
      name: "A case",
      roles: { host: { words: ["ask"], feedings: FEEDINGS }, target: { words: ["answer"], feedings: FEEDINGS } },
      steps: [
        { kind: "out", bytes: parseHex("0102") },
        { kind: "in", bytes: parseHex("0304") },
        { kind: "pass", durationMs: 5 },
        { kind: "value", text: "7" },
        { kind: "fails", words: ["RefusedError", "phase=data"] },
        { kind: "memory", address: 0x10, bytes: parseHex("dead") },
      ],
    },
  );
});

for (const bad of ["* 01", "> 0g", "~ soon", "! someone: Error", "@ 0x10"]) {
  Deno.test(`parseTranscripts() refuses the line "${bad}"`, () => assert.throws(() => parseOne(bad), SyntaxError));
}

Deno.test("parseTranscripts() reads how a role is fed, and leaves other protocols' comments alone", () => {
  const [one] = parseTranscripts(
    "## A\n<!-- toy host whole: ask -->\n<!-- other target: x -->\n```\n> 01\n```\n",
    "toy",
  );
  assert.deepEqual(one?.roles, { host: { words: ["ask"], feedings: ["whole"] } });
});

Deno.test("parseTranscripts() refuses a case that nobody plays, and one without an end", () => {
  assert.throws(() => parseTranscripts("## A\n```\n> 01\n```\n", "toy"), SyntaxError);
  assert.throws(() => parseTranscripts("## A\n<!-- toy host: ask -->\n```\n> 01\n", "toy"), SyntaxError);
  assert.deepEqual(parseTranscripts("# Title\n\nNo case.\n", "toy"), []);
});

Deno.test("playHost() and playTarget() pass a conversation that is right", () => {
  const right = parseOne("> 01 02\n< 03 04\n= 7");
  for (const feeding of FEEDINGS) {
    playHost(right, ask, feeding);
    playTarget(right, target, feeding);
  }
  playHost(parseOne("> 01 02\n~ 1000 ms\n! host: LinkTimeoutError expected=answer"), ask, "whole");
});

const WRONG: readonly [string, string][] = [
  ["another question", "> 01 03\n< 03 04"],
  ["a question too many", "> 01 02\n< 03 04\n> 01"],
  ["another answer", "> 01 02\n< 03 05\n= 7"],
  ["half an answer", "> 01 02\n< 03"],
  ["another value", "> 01 02\n< 03 04\n= 8"],
  ["a failure that does not come", "> 01 02\n< 03 04\n! host: LinkTimeoutError"],
  ["another failure", "> 01 02\n~ 1000 ms\n! host: RefusedError"],
];

for (const [name, lines] of WRONG) {
  Deno.test(`playHost() catches ${name}`, () => assert.throws(() => playHost(parseOne(lines), ask, "whole")));
}

for (
  const [name, lines] of WRONG.slice(2, 4).concat([["an exit that does not come", "> 01 02\n< 03 04\n! target: reset"]])
) {
  Deno.test(`playTarget() catches ${name}`, () => assert.throws(() => playTarget(parseOne(lines), target, "whole")));
}
