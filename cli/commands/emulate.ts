/**
 * `coreslot emulate`: an emulated chip that answers on a port.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import type { Part } from "../../core/parts/part.ts";
import type { Fault } from "../../emulator/faults.ts";
import type { LoaderConfig } from "../../emulator/loader/loader_config.ts";
import type { CliContext } from "../context.ts";
import { faultsFlag } from "../faults_flag.ts";
import { BANK_MODE_FLAG, fileFlag, PROTOCOL_FLAG, REQUIRED_PART_FLAG } from "../flags.ts";
import { loadProtocol, type ProtocolName } from "../protocols/table.ts";
import { UsageError } from "../usage_error.ts";
import { parseAddress, parsePath, parsePortName } from "../values.ts";
import { BRIEFS } from "./briefs.ts";

type FlashTimes = "none" | "typical" | "maximum";

interface EmulateFlags {
  readonly part?: Part;
  readonly layout?: string;
  readonly key?: readonly string[];
  readonly product?: string;
  readonly protocol: ProtocolName;
  readonly listen: string;
  readonly "flash-file"?: string;
  readonly faults?: readonly Fault[];
  readonly "flash-times": FlashTimes;
  readonly profile?: string;
  readonly address?: number;
  readonly "bank-mode"?: "single" | "dual";
  readonly trace: boolean;
}

const DESCRIPTION = `It serves one connection after another, until Ctrl-C. The first line on standard
output is the port, for scripts: with port 0 the system chooses one.

With --layout the chip has a slot loader, which takes updates over cdc, ymodem
or xmodem, and starts what it has verified: what it does is told on standard
error. It lives on between connections, as a device does whose cable is out. Who
connects while the application runs resets it; for ymodem and xmodem the
application hands over to the loader.

Without, each connection begins with a reset, as where an adapter's DTR resets
the board. Flash, RAM and option bytes last until the end. --flash-file keeps
the flash from one run to the next: the whole main flash from its base address,
holes between banks left out, written when a connection ends. Faults happen
once, at their number counted from the first connection on:

  drop:h2t:17              byte 17 to the device is lost (t2h: from it)
  duplicate, unplug, reset likewise; stall:h2t:17,ms=1500; flip:t2h:3,bit=0
  cut:op=12,model=1        power goes away in flash operation 12
  busy:op=12,ms=300        it takes longer; nack:cmd=4 refuses command 4

  coreslot emulate --protocol cdc --layout stm32h747 --key key.pub.pem \\
    --product "example blinker" --listen tcp:127.0.0.1:7000
  coreslot emulate --part stm32f407 --protocol an3155 \\
    --listen tcp:127.0.0.1:7000 --flash-file flash.bin`;

async function runEmulate(this: CliContext, flags: EmulateFlags): Promise<void> {
  const { terminal } = this;
  const protocol = await loadProtocol(flags.protocol, "emulate", flags);
  const { loadLoaderConfig } = await import("../load_loader.ts");
  const { ServedChip } = await import("../served_chip.ts");
  const { TraceFile } = await import("../trace_file.ts");
  const loader = await loadLoaderConfig(flags);
  const served = new ServedChip(partOf(flags, loader), flags["flash-file"], {
    bankMode: flags["bank-mode"],
    loaderLayout: loader?.layout,
    ...flags["flash-times"] === "none" ? { timeScale: 0 } : { times: flags["flash-times"] },
  });
  await served.load();
  // A path that cannot be written shows before anybody flashes anything.
  await served.save();
  // Lines that a trace may hold, should both go to one file.
  const say = (line: string) => terminal.printError(flags.trace ? `# ${line}` : line);
  const { profile, address: addressStart } = flags;
  const device = await protocol.emulate(served.chip, { profile, addressStart, loader, say });
  using trace = flags.trace ? new TraceFile("-", "target") : undefined;
  const serve = device.onConnection === undefined
    ? (await import("../serve_chip.ts")).serveChip
    : (await import("../serve_living_chip.ts")).serveLivingChip;
  await serve(served, {
    device,
    listen: flags.listen,
    faults: flags.faults ?? [],
    trace,
    announce: terminal.print,
    say,
  });
}

function partOf({ part }: EmulateFlags, loader: LoaderConfig | undefined): Part {
  if (part === undefined && loader === undefined) {
    throw new UsageError(
      "missing-argument",
      "Cannot run emulate: --part is missing",
      "Name the part, or for a device with a slot loader its --layout",
    );
  }
  if (part !== undefined && loader !== undefined && part !== loader.layout.part) {
    const { name, part: { name: partName } } = loader.layout;
    throw new UsageError(
      "conflicting-flags",
      `Cannot run emulate: layout ${name} is for ${partName}, not ${part.name}`,
    );
  }
  return part ?? loader!.layout.part;
}

/** The command. */
export const command = buildCommand({
  docs: { brief: BRIEFS.emulate, fullDescription: DESCRIPTION },
  parameters: {
    flags: {
      part: { ...REQUIRED_PART_FLAG, optional: true },
      protocol: PROTOCOL_FLAG,
      listen: {
        kind: "parsed",
        placeholder: "PORT",
        brief: "Where to answer: tcp:127.0.0.1:7000",
        parse: parsePortName,
      },
      layout: {
        kind: "parsed",
        placeholder: "NAME|FILE",
        brief: "cdc, ymodem, xmodem: layout of a device with a slot loader",
        parse: parsePath,
        optional: true,
        proposeCompletions: async () => (await import("../load_layout.ts")).presetNames(),
      },
      key: { ...fileFlag("A public key that its loader trusts"), variadic: true, optional: true },
      product: {
        kind: "parsed",
        placeholder: "ID",
        brief: "The product that its loader takes updates for: any name, or a UUID",
        parse: String,
        optional: true,
      },
      "flash-file": { ...fileFlag("Keep the flash in FILE"), optional: true },
      faults: faultsFlag({
        brief: "What goes wrong, such as drop:h2t:500;cut:op=12,model=1",
        advice: "See coreslot emulate --help for the faults there are",
      }),
      "flash-times": {
        kind: "enum",
        values: ["none", "typical", "maximum"],
        brief: "How long flash takes: the datasheet's figures, or no time at all",
        default: "none",
      },
      profile: {
        kind: "parsed",
        placeholder: "NAME",
        brief: "an3155: openbootloader, with its defects; ymodem: st-iap, cdc7: black-pill, likewise",
        parse: String,
        optional: true,
      },
      address: {
        kind: "parsed",
        placeholder: "ADDR",
        brief: "xmodem, ymodem: where the files go; the start of flash without it",
        parse: parseAddress,
        optional: true,
      },
      "bank-mode": BANK_MODE_FLAG,
      trace: { kind: "boolean", brief: "Print every frame on standard error", withNegated: false },
    },
  },
  func: runEmulate,
});
