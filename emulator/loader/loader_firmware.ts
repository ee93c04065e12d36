/**
 * The loader as firmware on a wire: it decides, starts the application, or stays and talks to a host.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import type { ByteLink, Procedure } from "../../protocols/link/mod.ts";
import type { Firmware, FirmwareExit } from "../run_device.ts";
import type { Stm32 } from "../stm32.ts";
import { type LoaderReport, SlotLoader } from "./loader.ts";
import type { LoaderConfig } from "./loader_config.ts";
import type { Work } from "./work.ts";

/** How a conversation with a host ends: the chip resets, or the loader starts what it has verified. */
export type LoaderExit = { readonly kind: "reset" } | { readonly kind: "boot" };

/** A way for updates to come: talks to a host until it ends with a reset or a start. */
export type LoaderTransport = (link: ByteLink, loader: SlotLoader) => Procedure<LoaderExit>;

/** Options of {@linkcode createLoaderFirmware}. */
export interface LoaderFirmwareOptions {
  /** What is compiled into the loader. */
  readonly config: LoaderConfig;
  /** How a host talks to it. */
  readonly transport: LoaderTransport;
  /**
   * How long it listens for a host before it starts the application, in milliseconds.
   *
   * @default {0}
   */
  readonly listenMs?: number | undefined;
  /**
   * What runs when the loader has started it, or the boot ROM does; called with what started.
   *
   * @default {software that does not talk}
   */
  readonly otherwise?: Firmware | undefined;
  /** Called with what the loader did after each reset. */
  readonly onReport?: ((report: LoaderReport) => void) | undefined;
}

/**
 * Makes the firmware of a chip that has a loader.
 *
 * @param chip The chip. Its first core starts at the layout's loader.
 * @param options Loader and transport.
 * @returns What `runDevice()` and `simulate()` take.
 */
export function createLoaderFirmware(chip: Stm32, options: LoaderFirmwareOptions): Firmware {
  const { loader } = options.config.layout;
  return (link, boot) => {
    const [first] = boot.cores;
    const isLoader = first?.kind === "runs" && first.address === loader.addressStart;
    return isLoader ? runLoader(link, chip, options) : options.otherwise?.(link, boot);
  };
}

/**
 * Does work of the loader and sleeps while flash is busy.
 *
 * @typeParam T What it ends with.
 * @param link The loader's end of the wire.
 * @param chip The chip.
 * @param work The work.
 * @returns What it ended with.
 */
export function* sleepThrough<T>(link: ByteLink, chip: Stm32, work: Work<T>): Procedure<T> {
  const { operations } = chip.flash;
  while (true) {
    const step = work.next();
    const busyMs = operations.takeBusyMs();
    if (busyMs > 0) yield* link.sleep(busyMs);
    if (step.done === true) return step.value;
  }
}

function* runLoader(link: ByteLink, chip: Stm32, options: LoaderFirmwareOptions): Procedure<FirmwareExit> {
  const loader = new SlotLoader(chip, options.config);
  const report = yield* sleepThrough(link, chip, loader.start());
  const stays = report.action === "stay" || (yield* hearsHost(link, options.listenMs ?? 0));
  if (report.action === "boot" && stays) loader.reason = "listening";
  options.onReport?.({ ...report, action: stays ? "stay" : "boot", reason: loader.reason });
  if (stays) {
    const exit = yield* options.transport(link, loader);
    if (exit.kind === "reset") return exit;
  }
  return { kind: "go", address: loader.prepareStart() };
}

/** Whether anything comes. It stays unread: it may be the beginning of a frame. */
function* hearsHost(link: ByteLink, listenMs: number): Procedure<boolean> {
  if (listenMs === 0) return false;
  const deadlineMs = link.nowMs + listenMs;
  while (link.unreadCount === 0) {
    if (link.nowMs >= deadlineMs || link.isClosed) return false;
    yield { kind: "input", deadlineMs, expected: "a host" };
  }
  return true;
}
