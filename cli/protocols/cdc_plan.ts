/**
 * `coreslot plan --protocol cdc`: what an update costs over CDC.
 *
 * @module
 */

import { LoaderCdcDevice } from "../../emulator/loader/cdc_device.ts";
import { SlotLoader } from "../../emulator/loader/loader.ts";
import { Stm32 } from "../../emulator/stm32.ts";
import type { Layout } from "../../packager/layouts/layout.ts";
import type { DeviceInformation } from "../../protocols/cdc/device.ts";
import { type CdcCost, type CdcPlan, planUpdate } from "../../protocols/cdc/plan.ts";
import { type CdcUpdate, cdcUpdateOf } from "../../updates/cdc_update.ts";
import { planStaging } from "../../updates/stage_update.ts";
import { inFile } from "../file_content_error.ts";
import { isUpdate } from "../flash_source.ts";
import { loadLayout } from "../load_layout.ts";
import { formatDuration, formatFacts, formatShare, formatSize, groupDigits, type Report } from "../report.ts";
import type { Style } from "../terminal.ts";
import { UsageError } from "../usage_error.ts";
import { alignColumns } from "../wrap.ts";
import type { FlashSource, PlanOptions } from "./protocol.ts";

const STEPS = ["hello", "begin", "data", "finish", "boot", "total"] as const satisfies readonly (keyof CdcPlan)[];

/** USB 2.0, 5.8.4: full-speed bulk packets of 64 bytes, 19 of them in a frame of 1 ms. */
const USB_BYTES_PER_MS = 19 * 64;

/** Any number: it does not change the costs by more than a byte. */
const SESSION_ID = 0x1234_abcd;

/**
 * Foretells the cost.
 *
 * @param source The update.
 * @param options The layout.
 * @returns The report.
 * @throws {UsageError} When there is no layout, or the file is firmware.
 */
export async function planFile(source: FlashSource, options: PlanOptions): Promise<Report> {
  if (options.layout === undefined) throw new UsageError("missing-argument", "Cannot run plan: --layout is missing");
  if (!isUpdate(source.bytes)) {
    throw new UsageError("bad-value", `Cannot run plan: ${source.path} is no update, and cdc carries nothing else`);
  }
  const layout = await loadLayout(options.layout);
  const update = await inFile(source.path, () => cdcUpdateOf(source.bytes, layout));
  const device = deviceOf(layout, update);
  const plan = planUpdate({ images: update.images, device, sessionId: SESSION_ID });
  const { flashTimeMs, sectorCount } = planStaging(source.bytes, { part: layout.part });
  const wireTimeMs = (plan.total.bytesOut + plan.total.bytesIn) / USB_BYTES_PER_MS;
  const { dataSizeMax, window } = device.limits;
  const facts = [
    [
      "payload",
      `${formatSize(plan.payloadBytes)}, ${formatShare(plan.payloadBytes, plan.total.bytesOut)} of what is sent`,
    ],
    ["device", `takes ${window} frames of ${formatSize(dataSizeMax)} at once`],
    ["wire time", `${formatDuration(wireTimeMs)} over full-speed USB`],
    [
      "flash time",
      `${formatDuration(flashTimeMs.typical)} typical, ${formatDuration(flashTimeMs.maximum)} at most, for ` +
      `${sectorCount} sectors, fewer where some are blank; the larger of the two times counts, and the device's copy ` +
      "to slot A comes on top",
    ],
    ["clone", "a payload that stands in slot A already is not sent: the device copies it"],
  ] as const;
  return {
    data: { file: source.path, layout: layout.name, limits: device.limits, ...plan, wireTimeMs, flashTimeMs },
    lines: (style) => [
      `${style.strong(source.path)}: an update onto ${layout.part.name}, layout ${layout.name}`,
      "",
      ...formatTable(plan, style),
      "",
      ...formatFacts(facts, style),
    ],
  };
}

/** An empty device of the layout, as the loader describes it. */
function deviceOf(layout: Layout, { headers }: CdcUpdate): DeviceInformation {
  const config = { layout, keys: [], productId: headers[0]!.productId };
  return new LoaderCdcDevice(new SlotLoader(new Stm32(layout.part), config)).describe();
}

function formatTable(plan: CdcPlan, style: Style): string[] {
  const cells = ({ bytesOut, bytesIn, frames }: CdcCost) => [bytesOut, bytesIn, frames].map(groupDigits);
  const [head = "", ...lines] = alignColumns([
    ["step", "out", "in", "frames"],
    ...STEPS.map((step) => [step, ...cells(plan[step])]),
  ], { right: [1, 2, 3], lead: "  " });
  return [style.faint(head), ...lines];
}
