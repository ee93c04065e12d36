/**
 * `--all`, or several ports in `--port`: the same thing with many devices at once. One that fails does not stop the others.
 *
 * @module
 */

import { CoreslotError } from "../core/errors.ts";
import { choosePort, listCandidates } from "../ports/choose_port.ts";
import { SYSTEM_CLOCK } from "../ports/clock.ts";
import { formatPortSpec, matchUsbPorts, parsePortSpec, type PortSpec } from "../ports/port_spec.ts";
import { listSerialPorts } from "../ports/serial/list.ts";
import { type SerialPortInfo, withoutControl } from "../ports/serial/serial_port_info.ts";
import { DeviceError, InterruptedError, NO_DEVICE } from "./device_error.ts";
import { onInterrupt } from "./interrupts.ts";
import { waitForCandidates } from "./open_device.ts";
import { specOfOne } from "./port_identity.ts";
import { withPermissionAdvice } from "./ports.ts";
import { quoteWord } from "./shell_word.ts";
import { formatDuration, type Report } from "./report.ts";
import type { Terminal } from "./terminal.ts";
import { UsageError } from "./usage_error.ts";
import { hasRoom, splitWords, wrap } from "./wrap.ts";

/** How far apart devices on one hub may appear. */
const TOGETHER_MS = 1000;

/** Not every device did what was asked for. Its only code is `some-failed`. */
export class SomeFailedError extends CoreslotError {
  /** How many failed. */
  readonly failedCount: number;
  /** How many there were. */
  readonly deviceCount: number;

  /**
   * Counts.
   *
   * @param operation What was done with them.
   * @param failed Ports of those that failed, as `--port` takes them.
   * @param deviceCount How many there were.
   */
  constructor(operation: string, failed: readonly string[], deviceCount: number) {
    const failedCount = failed.length;
    super({
      code: "some-failed",
      message: `Cannot run ${operation} on every device: ${failedCount} of ${deviceCount} failed`,
      advice: `Run the same command again for those that failed, with --port ${failed.map(quoteWord).join(",")}`,
    });
    this.failedCount = failedCount;
    this.deviceCount = deviceCount;
  }
}

/** One of many devices. */
export interface OneDevice {
  /** Its port, as `--port` takes it: the name under which it is found again. */
  readonly port: string;
  /** What people call it: where it was at the beginning, or its port as they gave it. */
  readonly label: string;
}

/** What is done with each device. */
export interface ManyDevices {
  /** Name of the command. */
  readonly operation: string;
  /** The command's flags, as far as they matter here. */
  readonly flags: {
    readonly port?: string;
    readonly wait?: number;
    readonly trace?: string;
    readonly json: boolean;
  };
  /** Where reports go. */
  readonly terminal: Terminal;
  /** Does it with one device, and tells about it on the terminal that it is given. */
  readonly work: (device: OneDevice, terminal: Terminal) => Promise<Report>;
}

/** What became of a device. */
interface Outcome {
  readonly device: OneDevice;
  readonly report?: Report;
  readonly failure?: CoreslotError;
}

/**
 * Does the same with many devices at once: with those that `--port` names, separated by commas, else with all on USB. Prints
 * a line for each as it ends.
 *
 * @param devices What to do.
 * @returns The report of all.
 * @throws {SomeFailedError} When any failed; what each printed says why.
 * @throws {PortError} When there is no device.
 */
export async function reportOnAll(devices: ManyDevices): Promise<Report> {
  const { operation, flags, terminal } = devices;
  if (flags.trace !== undefined) {
    throw new UsageError("conflicting-flags", `Cannot run ${operation}: --trace is for one device, not for several`);
  }
  const found = await findDevices(devices);
  const width = Math.max(...found.map(({ label }) => label.length));
  const outcomes = await Promise.all(found.map((device) => workOn(device, width, devices)));
  const failed = outcomes.filter(({ failure }) => failure !== undefined);
  const doneCount = found.length - failed.length;
  const report: Report = {
    data: { devices: outcomes.map(toJson), doneCount, failedCount: failed.length },
    lines: () => [`  ${doneCount} of ${found.length} devices done`],
  };
  if (failed.length === 0) return report;
  if (flags.json) terminal.print(JSON.stringify(report.data, null, 2));
  if (failed.some(({ failure }) => failure?.code === "interrupted")) {
    throw new InterruptedError(`running ${operation}: ${doneCount} of ${found.length} devices done`);
  }
  throw new SomeFailedError(operation, failed.map(({ device }) => device.port), found.length);
}

async function findDevices({ flags, terminal }: ManyDevices): Promise<readonly OneDevice[]> {
  const specs = flags.port?.split(",").map(parsePortSpec);
  if (specs?.every((spec) => spec.kind !== "usb")) return expandPorts(specs, []);
  try {
    if (specs === undefined) {
      const present = await awaitPorts(flags.wait ?? 0, (line) => flags.json || terminal.printError(line));
      const candidates = listCandidates(present);
      // Says what there is when there is none.
      return (candidates.length === 0 ? [choosePort(present)] : candidates).map((port) => toDevice(port, present));
    }
    return expandPorts(specs, await listSerialPorts());
  } catch (error) {
    throw withPermissionAdvice(error, "Cannot list serial ports");
  }
}

/**
 * Names every device once that specifications mean: all that fit one on USB.
 *
 * @param specs The specifications.
 * @param present All ports that are there.
 * @returns The devices.
 */
export function expandPorts(specs: readonly PortSpec[], present: readonly SerialPortInfo[]): readonly OneDevice[] {
  const found = specs.flatMap((spec): OneDevice[] => {
    const ports = spec.kind === "usb" ? matchUsbPorts(present, spec) : [];
    if (ports.length > 0) return ports.map((port) => toDevice(port, present));
    // One that is not there fails where it is opened.
    const name = formatPortSpec(spec);
    return [{ port: name, label: name }];
  });
  const labels = found.map(({ label }) => label);
  return found.filter(({ label }, index) => labels.indexOf(label) === index);
}

function toDevice(port: SerialPortInfo, present: readonly SerialPortInfo[]): OneDevice {
  return { port: formatPortSpec(specOfOne(port, present)), label: port.path };
}

/** Waits for the first device on USB, and for those that are plugged in together with it; Ctrl-C ends the wait. */
async function awaitPorts(waitS: number, say: (line: string) => void): Promise<readonly SerialPortInfo[]> {
  const interrupt = new AbortController();
  const { signal } = interrupt;
  const stopListening = onInterrupt(() =>
    interrupt.abort(new DeviceError(new InterruptedError(NO_DEVICE.doing), "every port on USB", NO_DEVICE))
  );
  let hasWaited = false;
  const sayWait = (line: string) => {
    hasWaited = true;
    say(line);
  };
  try {
    const ports = await waitForCandidates(SYSTEM_CLOCK.nowMs() + waitS * 1000, { signal, say: sayWait });
    if (!hasWaited || listCandidates(ports).length === 0) return ports;
    await SYSTEM_CLOCK.sleep(TOGETHER_MS, signal);
    return await listSerialPorts();
  } finally {
    stopListening();
  }
}

async function workOn(device: OneDevice, width: number, { flags, terminal, work }: ManyDevices): Promise<Outcome> {
  const { port } = device;
  const label = device.label.padEnd(width);
  const startMs = performance.now();
  const lead = `  ${label}  `;
  const say = (text: string) =>
    flags.json || terminal.print(...wrap(splitWords(text), { lead, columns: terminal.columns }));
  try {
    const report = await work(device, labelled(terminal, label));
    const { summary } = report;
    say(`${summary === undefined ? "" : `${summary}; `}done in ${formatDuration(performance.now() - startMs)}`);
    return { device, report };
  } catch (failure) {
    if (!(failure instanceof CoreslotError)) throw failure;
    // A device's own error begins with its port.
    const { message, advice } = failure;
    const what = message.startsWith(`${port}: `) ? message.slice(port.length + 2) : message;
    const deviceState = failure instanceof DeviceError ? failure.deviceState : undefined;
    const clauses = [what, deviceState, advice].filter((clause) => clause !== undefined).map(withoutControl);
    say(`failed: ${clauses.join(". ")}`);
    return { device, failure };
  }
}

/** Lines of many devices come in any order: each says whose it is, a long name above them, and none is rewritten. */
function labelled(terminal: Terminal, label: string): Terminal {
  const { errorColumns, printError } = terminal;
  const isBeside = hasRoom(errorColumns - label.length - 2, errorColumns);
  const lead = isBeside ? `${label}  ` : "    ";
  return {
    ...terminal,
    printError: (...lines) =>
      printError(...isBeside ? [] : [label.trimEnd()], ...lines.map((line) => `${lead}${line}`)),
    errorColumns: errorColumns - lead.length,
    rewriteError: undefined,
  };
}

function toJson({ device: { label: port }, report, failure }: Outcome): Record<string, unknown> {
  if (failure !== undefined) return { port, outcome: "failed", error: failure.toJSON() };
  return { port, outcome: "done", report: report?.data };
}
