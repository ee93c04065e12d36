import assert from "node:assert/strict";
import * as core from "../core/mod.ts";
import * as emulator from "../emulator/mod.ts";
import * as packager from "../packager/mod.ts";
import * as ports from "../ports/mod.ts";
import * as an3155 from "../protocols/an3155/mod.ts";
import * as cdc from "../protocols/cdc/mod.ts";
import * as cdc7 from "../protocols/cdc7/mod.ts";
import * as link from "../protocols/link/mod.ts";
import * as xmodem from "../protocols/xmodem/mod.ts";
import * as updates from "../updates/mod.ts";
import { DeviceError, InterruptedError } from "./device_error.ts";
import { EXIT_CODES, exitCodeOf } from "./exit_codes.ts";
import { FileContentError } from "./file_content_error.ts";
import { FileError } from "./file_error.ts";
import { UsageError } from "./usage_error.ts";

/** What the commands use of the library. */
const MODULES: readonly object[] = [core, packager, link, an3155, xmodem, cdc, cdc7, ports, updates, emulator];

/**
 * Thrown where no command lets them through: into the emulated device, by simulations, as the base of others, and by
 * what no command uses yet.
 */
const INSIDE: ReadonlySet<string> = new Set([
  ...["FlashError", "PowerLossError", "SimulationError", "ProtocolError", "CoreslotError"],
]);

const CLASSES = MODULES.flatMap((module) => Object.values<unknown>({ ...module })).filter(isErrorClass)
  .filter(({ name }) => !INSIDE.has(name));

const STAGE = { doing: "writing", device: "half written", next: "again" };

/** A class, as far as this test needs it. */
interface ErrorClass {
  readonly name: string;
  readonly prototype: core.CoreslotError;
}

function isErrorClass(value: unknown): value is ErrorClass {
  return typeof value === "function" && value.prototype instanceof core.CoreslotError;
}

/** An error of a class as it is thrown, whatever its constructor takes. */
function fake({ name, prototype }: ErrorClass, code = "any"): core.CoreslotError {
  return Object.assign(Object.create(prototype), { name, code });
}

Deno.test("exitCodeOf() knows every error class that the library exports", () => {
  assert(CLASSES.length >= 8, CLASSES.map(({ name }) => name).join());
  for (const errorClass of CLASSES) assert.notEqual(exitCodeOf(fake(errorClass)), EXIT_CODES.internal, errorClass.name);
});

const CODES: readonly [string, unknown, number][] = [
  ["a bug", new TypeError("x is undefined"), 1],
  ["no error at all", undefined, 1],
  ["the command line", new UsageError("bad-value", "Cannot"), 2],
  ["a damaged image", fake(packager.ImageFormatError), 3],
  ["an overlap", new core.OverlapError(0), 3],
  ["a damaged update", fake(packager.ContainerFormatError), 3],
  ["a damaged update, with its path", new FileContentError("x", fake(packager.ContainerFormatError)), 3],
  ["no key", fake(packager.KeyError), 3],
  ["a layout file that is not JSON", fake(packager.LayoutError, "bad-json"), 3],
  ["a layout that does not fit its part", fake(packager.LayoutError, "overlap"), 4],
  ["an image in the wrong slot", fake(packager.PlacementError), 4],
  ["a signature by another key", fake(packager.VerificationError), 5],
  ["a silent device", new link.LinkTimeoutError("ACK", 1000), 7],
  ["a device that went", new DeviceError(new link.LinkClosedError(), "tcp:x:1", STAGE), 7],
  ["a refusal", new link.RefusedError("Go", "address"), 8],
  ["a device that refuses", new cdc.CdcRefusedError("begin", "wrong-product"), 8],
  ["a wrong checksum", new cdc7.Cdc7Error("download", "checksum-mismatch"), 8],
  ["firmware linked for another address", fake(cdc7.Cdc7ImageError), 4],
  ["flash that holds something else", fake(link.ReadBackError), 8],
  ["nobody on the port", fake(ports.PortError, "port-unreachable"), 9],
  ["no port's name", fake(ports.PortError, "port-syntax"), 2],
  ["Ctrl-C", new DeviceError(new InterruptedError("writing"), "tcp:x:1", STAGE), 130],
  ["a missing file", new FileError("read", "x", { code: "not-found", state: "gone" }), 6],
];

for (const [name, error, expected] of CODES) {
  Deno.test(`exitCodeOf() gives ${expected} for ${name}`, () => assert.equal(exitCodeOf(error), expected));
}
