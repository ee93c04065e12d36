/**
 * The picture of a rehearsal: well-formed, the same again, and true to its report.
 *
 * @module
 */

import assert from "node:assert/strict";
import { findLayout } from "../packager/layouts/presets.ts";
import { createSmallImages, importKnownKey, packSmallPair } from "../tests/small_pair.ts";
import { COLORS } from "./picture_style.ts";
import { drawRehearsal } from "./picture.ts";
import { rehearse } from "./rehearse.ts";
import { element, text } from "./svg.ts";

const LAYOUT = findLayout("stm32h745");
const REPORT = await rehearse(await packSmallPair({ version: "2.0.0" }), {
  layout: LAYOUT,
  keys: [(await importKnownKey("ed25519")).publicKey],
  from: await packSmallPair({ images: createSmallImages(1), version: "1.0.0", counter: 6 }),
  transport: "direct",
  everywhere: true,
});
const SVG = drawRehearsal(REPORT);

const TAG_REGEXP = /<(\/?)([a-z]+)((?: [A-Za-z:-]+="[^"<&]*(?:&(?:amp|lt|gt|quot);[^"<&]*)*")*)(\/?)>/g;

/** Tells where a text is no XML of elements and attributes; nothing where it is. */
function findFlaw(xml: string): string | undefined {
  const open: string[] = [];
  let end = 0;
  for (const { 0: tag, 1: isEnd, 2: name, 4: isEmpty, index } of xml.matchAll(TAG_REGEXP)) {
    const between = xml.slice(end, index);
    if (/[<>]|&(?!(?:amp|lt|gt|quot);)/.test(between)) return `text: ${between.slice(0, 60)}`;
    end = index + tag.length;
    if (isEnd !== "" && open.pop() !== name) return `${tag} closes nothing`;
    if (isEnd === "" && isEmpty === "") open.push(name!);
  }
  return open.length === 0 && xml.slice(end).trim() === "" ? undefined : `left open: ${open.join(" ")}`;
}

Deno.test("drawRehearsal() gives well-formed SVG, with no number that is none", () => {
  assert.equal(findFlaw(SVG), undefined);
  assert(!/NaN|Infinity|undefined|null/.test(SVG));
  for (const [bad] of [["<a><b></a></b>"], ["<a>x < y</a>"], ["<a>"], ["<a>&nbsp;</a>"], ["<a b=c></a>"]]) {
    assert.notEqual(findFlaw(bad!), undefined, bad);
  }
});

Deno.test("drawRehearsal() gives the same bytes for the same report, read back too", () => {
  assert(drawRehearsal(REPORT) === SVG);
  assert(drawRehearsal(JSON.parse(JSON.stringify(REPORT))) === SVG);
});

/** Each point is in both grids; the key of what booted has one box of each colour. */
Deno.test("drawRehearsal() draws each point, in the colour of what booted", () => {
  const countOf = (piece: string) => SVG.split(piece).length - 1;
  // The words over a point begin with its fault.
  assert.equal(countOf("<title>cut:op="), 2 * REPORT.points.length);
  const cells = [...SVG.matchAll(/fill="(#[0-9a-f]{6})"><title>cut:op=[^<]*: (old|new),/g)];
  const drawn = { old: 0, new: 0 };
  for (const [, fill, kind] of cells) if (fill === COLORS[kind as "old" | "new"]) drawn[kind as "old" | "new"]++;
  assert.deepEqual(drawn, { old: REPORT.counts.booted.old, new: REPORT.counts.booted.new });
});

Deno.test("drawRehearsal() says that a report proves nothing", () => {
  const failure = { code: "mixed" as const, text: 'a "b" & <c>' };
  const points = REPORT.points.with(0, { ...REPORT.points[0]!, booted: "mixed", failure });
  const svg = drawRehearsal({ ...REPORT, isProven: false, points });
  assert.equal(findFlaw(svg), undefined);
  assert(svg.includes("NOT PROVEN") && svg.includes("a &quot;b&quot; &amp; &lt;c&gt;"));
});

Deno.test("drawRehearsal() draws a report without a point", () => {
  const svg = drawRehearsal({ ...REPORT, points: [], wear: [], timeLine: [], verifications: [] });
  assert.equal(findFlaw(svg), undefined);
  assert(!/NaN|Infinity|undefined/.test(svg));
});

Deno.test("element() escapes text and rounds numbers", () => {
  assert.equal(
    element("rect", { x: 1 / 3, y: 2, id: `<"&>`, fill: undefined }),
    '<rect x="0.33" y="2" id="&lt;&quot;&amp;&gt;"/>',
  );
  assert.equal(text({ x: 1, y: 2 }, "a<b"), '<text x="1" y="2">a&lt;b</text>');
});
