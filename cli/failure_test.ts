import assert from "node:assert/strict";
import { DeviceError, InterruptedError } from "./device_error.ts";
import { reportFailure } from "./failure.ts";
import { FileContentError } from "./file_content_error.ts";
import { COLOR_STYLE, PLAIN_STYLE, type Terminal } from "./terminal.ts";
import { UsageError } from "./usage_error.ts";

/** A terminal that keeps what is printed on standard error. */
function openFakeTerminal(errorColumns: number): Terminal & { readonly printed: string[] } {
  const printed: string[] = [];
  const errorStyle = errorColumns === Infinity ? PLAIN_STYLE : COLOR_STYLE;
  return {
    printed,
    print: () => assert.fail("A failure is not printed on standard output"),
    printError: (...lines) => printed.push(...lines),
    style: PLAIN_STYLE,
    errorStyle,
    columns: Infinity,
    errorColumns,
    rewriteError: undefined,
  };
}

function report(failure: unknown, options: { errorColumns?: number; isJson?: boolean } = {}): string[] {
  const { errorColumns = Infinity, isJson = false } = options;
  const terminal = openFakeTerminal(errorColumns);
  reportFailure(failure, { terminal, isJson });
  return terminal.printed;
}

const FAILURE = new UsageError("bad-value", "Cannot read --base: it is no address", "Write 0x and digits");

Deno.test("reportFailure() prints message and advice", () => {
  assert.deepEqual(report(FAILURE), ["coreslot: Cannot read --base: it is no address", "  Write 0x and digits"]);
});

Deno.test("reportFailure() breaks the line on a terminal only, and colours the name", () => {
  const name = COLOR_STYLE.bad("coreslot: ");
  assert.deepEqual(report(FAILURE, { errorColumns: 30 }), [
    `${name}Cannot read --base:`,
    "          it is no address",
    "  Write 0x and digits",
  ]);
});

Deno.test("reportFailure() breaks advice at the width of a narrow terminal, and at 80 columns elsewhere", () => {
  const advice = "Write 0x and up to 8 hexadecimal digits, or a decimal number below 2^32, with no sign before it";
  const failure = new UsageError("bad-value", "Cannot read --base: no", advice);
  for (const line of report(failure, { errorColumns: 40 }).slice(1)) assert(line.length <= 40, line);
  assert.deepEqual(report(failure).slice(1), [
    "  Write 0x and up to 8 hexadecimal digits, or a decimal number below 2^32, with",
    "  no sign before it",
  ]);
});

Deno.test("reportFailure() lets no file drive the terminal", () => {
  const failure = new UsageError("bad-value", "Cannot read\nx: got \x1b[2J\u202Egnp.exe\x9b");
  assert.deepEqual(report(failure), ["coreslot: Cannot read x: got ?[2J?gnp.exe?"]);
});

Deno.test("reportFailure() calls a fault of its own by its name, without a stack", () => {
  const expected = "  This is a fault in coreslot itself: please report it with the command line";
  for (const failure of [new TypeError("x is undefined"), "x is undefined"]) {
    assert.deepEqual(report(failure), ["coreslot: x is undefined", expected]);
  }
});

Deno.test("reportFailure() takes away what a terminal shows of Ctrl-C, and nothing before another message", () => {
  const stage = { doing: "writing", device: "Nothing was changed", next: "Run it again" };
  const interrupted = new DeviceError(new InterruptedError("writing"), "/dev/x", stage);
  for (const [failure, first] of [[interrupted, "~"], [FAILURE, undefined]] as const) {
    const { printed, ...terminal } = openFakeTerminal(80);
    const rewriteError = (line: string) => void printed.push(`~${line}`);
    reportFailure(failure, { terminal: { ...terminal, rewriteError }, isJson: false });
    assert.equal(printed.find((line) => line.startsWith("~")), first);
    assert.equal(printed.indexOf("~"), first === undefined ? -1 : 0);
    reportFailure(failure, { terminal: { ...terminal, rewriteError: undefined }, isJson: false });
  }
});

Deno.test("reportFailure() prints JSON with code, exit code and the path", () => {
  const [line = ""] = report(new FileContentError("board.json", FAILURE), { isJson: true });
  assert.deepEqual(JSON.parse(line), {
    error: {
      name: "UsageError",
      code: "bad-value",
      message: "board.json: Cannot read --base: it is no address",
      advice: "Write 0x and digits",
      path: "board.json",
      exitCode: 2,
    },
  });
  const [fault = ""] = report(new TypeError("x is undefined"), { isJson: true });
  assert.deepEqual(JSON.parse(fault), {
    error: { name: "Error", code: "internal", message: "x is undefined", exitCode: 1 },
  });
});
