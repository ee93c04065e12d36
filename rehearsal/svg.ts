/**
 * SVG as text: elements, attributes, numbers that are the same everywhere.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

/** Attributes; numbers are rounded to hundredths. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const SPECIAL_REGEXP = /[&<>"]/g;

/**
 * Writes an element.
 *
 * @param name Its name.
 * @param attributes Its attributes, in order; those that are undefined are left out.
 * @param content What is in it, as SVG.
 * @default content {[]}
 * @returns SVG.
 */
export function element(name: string, attributes: Attributes, content: readonly string[] = []): string {
  const pairs = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${typeof value === "number" ? formatNumber(value) : escapeText(value)}"`]
  );
  const start = `<${name}${pairs.join("")}`;
  return content.length === 0 ? `${start}/>` : `${start}>${content.join("")}</${name}>`;
}

/**
 * Writes a rectangle, with a title that a pointer over it shows.
 *
 * @param box Where.
 * @param attributes What it is like.
 * @param title What it is.
 * @default title {undefined}
 * @returns SVG.
 */
export function rectangle(box: Box, attributes: Attributes, title?: string): string {
  const content = title === undefined ? [] : [element("title", {}, [escapeText(title)])];
  return element("rect", { x: box.x, y: box.y, width: box.width, height: box.height, ...attributes }, content);
}

/**
 * Writes a line of text.
 *
 * @param place Where its baseline is.
 * @param content What it says.
 * @param attributes What it is like.
 * @default attributes {{}}
 * @returns SVG.
 */
export function text(
  place: { readonly x: number; readonly y: number },
  content: string,
  attributes: Attributes = {},
): string {
  return element("text", { x: place.x, y: place.y, ...attributes }, [escapeText(content)]);
}

/** A rectangle's place and size. */
export interface Box {
  /** Left. */
  readonly x: number;
  /** Top. */
  readonly y: number;
  /** To the right. */
  readonly width: number;
  /** Down. */
  readonly height: number;
}

function formatNumber(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function escapeText(value: string): string {
  return value.replaceAll(SPECIAL_REGEXP, (special) => ESCAPES[special]!);
}
