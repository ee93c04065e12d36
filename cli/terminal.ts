/**
 * The terminal: where reports and errors go, and what may be coloured.
 *
 * @module
 */

/** Widest line that the reports and the help print. */
export const COLUMNS = 80;

/** Sets text for the eye: marks it up, unless colours are not wanted, and breaks it. */
export interface Style {
  /** Names, headings. */
  readonly strong: (text: string) => string;
  /** What stands back: units, captions. */
  readonly faint: (text: string) => string;
  /** Something is as it should be. */
  readonly good: (text: string) => string;
  /** Something is not. */
  readonly bad: (text: string) => string;
  /** Where facts are broken: at the width of the terminal, which is no more than 80; at 80 where there is none. */
  readonly columns: number;
}

/** No marks at all. */
export const PLAIN_STYLE: Style = { strong: same, faint: same, good: same, bad: same, columns: COLUMNS };

/** ANSI escape sequences, ECMA-48 "SGR". */
export const COLOR_STYLE: Style = {
  strong: (text) => `\x1b[1m${text}\x1b[22m`,
  faint: (text) => `\x1b[2m${text}\x1b[22m`,
  good: (text) => `\x1b[32m${text}\x1b[39m`,
  bad: (text) => `\x1b[31m${text}\x1b[39m`,
  columns: COLUMNS,
};

/** The two streams of a process. */
export interface Terminal {
  /** Prints lines on standard output. */
  readonly print: (...lines: readonly string[]) => void;
  /** Prints lines on standard error. */
  readonly printError: (...lines: readonly string[]) => void;
  /** How to mark up what goes to standard output. */
  readonly style: Style;
  /** How to mark up what goes to standard error. */
  readonly errorStyle: Style;
  /** Where sentences on standard output are broken: nowhere when it is not a terminal, so that each is one line. */
  readonly columns: number;
  /** Where lines on standard error are broken: nowhere when it is not a terminal, so that an error is one line. */
  readonly errorColumns: number;
  /** Rewrites the last line of standard error, cut to the width of the terminal; `undefined` where it is none. */
  readonly rewriteError: ((line: string) => void) | undefined;
}

/**
 * Gives the streams of this process.
 *
 * Colours are used on a terminal only, and never when `NO_COLOR` is set; neither needs a permission.
 *
 * @returns The terminal.
 */
export function openTerminal(): Terminal {
  const styleOf = (stream: { isTerminal(): boolean }): Style =>
    stream.isTerminal() ? { ...Deno.noColor ? PLAIN_STYLE : COLOR_STYLE, columns: askColumns() } : PLAIN_STYLE;
  return {
    print: (...lines) => writeLines(Deno.stdout, lines),
    printError: (...lines) => writeLines(Deno.stderr, lines),
    style: styleOf(Deno.stdout),
    errorStyle: styleOf(Deno.stderr),
    columns: Deno.stdout.isTerminal() ? askColumns() : Infinity,
    errorColumns: Deno.stderr.isTerminal() ? askColumns() : Infinity,
    rewriteError: Deno.stderr.isTerminal() ? rewriteLine : undefined,
  };
}

function same(text: string): string {
  return text;
}

/** The width of the terminal; some, such as a serial console, do not know theirs. */
function askColumns(): number {
  const { columns } = Deno.consoleSize();
  return columns > 0 ? Math.min(COLUMNS, columns) : COLUMNS;
}

/** One column stays free: a full line makes some terminals begin the next. "EL" of ECMA-48 erases what was longer. */
function rewriteLine(line: string): void {
  writeText(Deno.stderr, `\r${line.slice(0, askColumns() - 1)}\x1b[K`);
}

function writeLines(stream: { writeSync(bytes: Uint8Array): number }, lines: readonly string[]): void {
  writeText(stream, lines.map((line) => `${line}\n`).join(""));
}

function writeText(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let offset = 0; offset < bytes.length;) offset += stream.writeSync(bytes.subarray(offset));
  } catch (error) {
    // The reader has seen enough, as in `coreslot inspect update.cslot | head -3`.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
