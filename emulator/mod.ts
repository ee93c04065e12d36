/**
 * An emulated STM32 and the wire to it, in virtual time: flash that is stricter than silicon, power cuts, option bytes,
 * resets, a serial line with noise and faults. Everything is the same on every run from the same seed.
 *
 * A {@linkcode Stm32} is a chip of the part table; {@linkcode BootRomChip} is what its boot ROM sees of it;
 * {@linkcode simulate} runs a host against it; {@linkcode Fault} is what can go wrong, and prints and parses.
 *
 * Not modelled: peripherals other than flash and one UART, code that runs (what would run is reported), the second core
 * beyond its start, PCROP and secure areas, a boot ROM that notices empty flash.
 *
 * Runs in Deno, Node and browsers.
 *
 * @example Power goes away while a host writes
 * ```ts
 * import { findPart } from "@coreslot/coreslot/core";
 * import { BootRomChip, parseFaults, simulate, Stm32 } from "@coreslot/coreslot/emulator";
 *
 * const chip = new Stm32(findPart("stm32f407"), { isBoot0High: true });
 * const rom = new BootRomChip(chip);
 * const result = simulate({
 *   host: function* (link) {
 *     link.send(Uint8Array.of(1, 2, 3, 4));
 *     return yield* link.readByte("ACK", 1000);
 *   },
 *   chip,
 *   firmware: function* (link) {
 *     yield* rom.write(link, 0x0800_0000, yield* link.read(4, "word", Infinity));
 *     return { kind: "reset" };
 *   },
 *   faults: parseFaults("cut:op=0,model=1"),
 * });
 * console.assert(result.outcome.kind === "failed");
 * console.assert(result.boots[0]?.cause === "power-on");
 * console.assert(chip.flash.stateAt(0x0800_0000) === "torn");
 * ```
 *
 * @module
 */

export * from "./boot.ts";
export * from "./boot_rom_chip.ts";
export * from "./cut_model.ts";
export * from "./error.ts";
export * from "./fault_lists.ts";
export * from "./fault_text.ts";
export * from "./faults.ts";
export { type FileReceiverOptions, type FileTransfer, runFileReceiver } from "./file_receiver.ts";
export * from "./file_receiver_st_iap.ts";
export * from "./flash.ts";
export type { CellPage, CellsSnapshot } from "./flash_cells.ts";
export * from "./flash_file.ts";
export * from "./flash_map.ts";
export * from "./flash_operations.ts";
export type { FlashTimes, FlashTimesOptions } from "./flash_times.ts";
export type { Lane } from "./line.ts";
export * from "./memory.ts";
export { OptionBytes } from "./option_bytes.ts";
export * from "./random.ts";
export * from "./read_protection.ts";
export * from "./run_device.ts";
export * from "./simulation.ts";
export * from "./simulation_options.ts";
export * from "./stm32.ts";
export type { Receiver } from "./uart.ts";
export { FRAME_BITS, type UartFrame } from "./uart_frame.ts";
export * from "./usb.ts";
export { byteTimeMs, type WireOptions } from "./wire.ts";
export * from "./wire_faults.ts";
