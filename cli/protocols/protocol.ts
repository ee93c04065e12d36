/**
 * What a protocol can do for the commands. Each has a file here and a line in the table.
 *
 * @module
 */

import type { Bytes } from "../../core/bytes.ts";
import type { MemoryImage } from "../../core/memory_image.ts";
import type { Part } from "../../core/parts/part.ts";
import type { LoaderConfig } from "../../emulator/loader/loader_config.ts";
import type { Firmware } from "../../emulator/run_device.ts";
import type { Stm32 } from "../../emulator/stm32.ts";
import type { SendAhead } from "../../protocols/an3155/host_exchange.ts";
import type { ProtectionChange } from "../../protocols/an3155/device.ts";
import type { TraceLine } from "../../protocols/link/trace.ts";
import type { ReadImageResult } from "../../packager/formats/read_image.ts";
import type { Conversation, Talk } from "../conversation.ts";
import type { Inbox } from "../inbox.ts";
import type { FrameName } from "../port_flags.ts";
import type { Report } from "../report.ts";
import type { Style } from "../terminal.ts";

/** What is known of the device beforehand. */
export interface TargetOptions {
  /** The part, where the user names it. */
  readonly part?: Part | undefined;
  /** Whether that part is taken whatever the chip says of itself. */
  readonly trustPart?: boolean | undefined;
  /** The bank mode, where the user names it. */
  readonly bankMode?: string | undefined;
}

/** A range of addresses. */
export interface AddressRange {
  /** Absolute address of the first byte. */
  readonly addressStart: number;
  /** How many bytes, 1 or more. */
  readonly sizeBytes: number;
}

/** Options of {@linkcode CliProtocol.read}. */
export interface ReadOptions extends TargetOptions {
  /** What to read; the whole flash when left out. */
  readonly range?: AddressRange | undefined;
  /** How much to send ahead. */
  readonly sendAhead?: SendAhead | undefined;
}

/** Options of {@linkcode CliProtocol.erase}. */
export interface EraseOptions extends TargetOptions {
  /** What to erase: whole sectors, or everything. */
  readonly range: AddressRange | "all";
}

/** A file to be flashed. */
export interface FlashSource {
  /** The path as the user gave it. */
  readonly path: string;
  /** What it holds. */
  readonly bytes: Bytes;
  /** Whether the user says where a raw binary goes. */
  readonly hasBinaryAddress: boolean;
  /**
   * Reads it as firmware; a raw binary needs the address.
   *
   * @param binaryAddress Where a raw binary goes if the user does not say.
   */
  readImage(binaryAddress?: number): Promise<ReadImageResult>;
}

/** Options of {@linkcode CliProtocol.flash} and {@linkcode CliProtocol.plan}. */
export interface FlashOptions extends SendOptions {
  /** Whether to erase the whole flash instead of the image's sectors. */
  readonly erasesAll: boolean;
  /** Whether to leave out what is not in the part's flash. */
  readonly crops: boolean;
  /** Whether to read everything back. */
  readonly verifies: boolean;
  /** Vector table to jump to at the end. */
  readonly goAddress?: number | undefined;
  /** How much to send ahead. */
  readonly sendAhead?: SendAhead | undefined;
  /** What is asked for an update, as opposed to firmware. */
  readonly update?: UpdateOptions | undefined;
  /**
   * How long to wait for a port that has gone, in milliseconds.
   *
   * @default {60000}
   */
  readonly waitMs?: number | undefined;
}

/** What an update is checked against before it is flashed. */
export interface UpdateOptions {
  /** Paths of the public keys that are trusted; none leaves the check to the device. */
  readonly keys: readonly string[];
  /** The layout that it has to be for: a preset, or a file. */
  readonly layout?: string | undefined;
  /** Whether to go on where the last set that boots would be lost. */
  readonly isForced: boolean;
}

/** A file to be sent as it is. */
export interface PlainFile {
  /** What the receiver is told that it is called: the path without its folders. */
  readonly name: string;
  /** What it holds. */
  readonly bytes: Bytes;
  /** When it was changed last, in seconds since 1970, where that is known. */
  readonly modifiedAtS?: number | undefined;
  /** Its mode as Unix has it, where it has one. */
  readonly mode?: number | undefined;
}

/** Options of {@linkcode CliProtocol.send}. */
export interface SendOptions extends TargetOptions {
  /** Whether to send blocks of 128 bytes only. */
  readonly hasShortBlocks: boolean;
  /**
   * How long to pause before each block, in milliseconds.
   *
   * @default {0}
   */
  readonly pauseMs?: number | undefined;
}

/** Options of {@linkcode CliProtocol.plan}. */
export interface PlanOptions extends FlashOptions {
  /** Bits a second. */
  readonly baudRate: number;
  /** The device's layout: a preset, or a file. */
  readonly layout?: string | undefined;
}

/** Options of {@linkcode CliProtocol.emulate}. */
export interface EmulateOptions {
  /** Name of one of the protocol's profiles. */
  readonly profile?: string | undefined;
  /** Where a plain file goes. */
  readonly addressStart?: number | undefined;
  /** The loader that is on the chip, where it has one. */
  readonly loader?: LoaderConfig | undefined;
  /** Prints a line about what the device does. */
  readonly say: (line: string) => void;
}

/** What a device runs under {@linkcode CliProtocol.emulate}. */
export interface EmulatedDevice {
  /** What it runs. */
  readonly firmware: Firmware;
  /** Names of what it pretends to be, for the user. */
  readonly description: string;
  /**
   * Called when a host connects to a device that lives on between connections: whether that resets it. Without it every
   * connection begins with a reset.
   */
  readonly onConnection?: (() => "reset" | "goes-on") | undefined;
}

/**
 * A protocol of the command line. An operation that is left out is one that the protocol does not have; the commands say
 * so in words, and which protocols do.
 */
export interface CliProtocol {
  /** What it is, as the end of `NAME has no COMMAND: `. */
  readonly nature: string;
  /** Flags that a command has and this protocol can use, besides those of every protocol. */
  readonly flags: Readonly<Partial<Record<string, readonly string[]>>>;
  /** What to check when nobody answers. */
  readonly silenceAdvice: string;
  /**
   * How characters are framed on a serial port.
   *
   * @default {"8n1"}
   */
  readonly frame?: FrameName | undefined;

  /** Tells what the device says of itself. */
  info?(conversation: Conversation, options: TargetOptions): Promise<Report>;
  /** Reads memory. */
  read?(
    conversation: Conversation,
    options: ReadOptions,
  ): Promise<{ readonly image: MemoryImage; readonly part: Part }>;
  /** Erases flash. */
  erase?(conversation: Conversation, options: EraseOptions): Promise<Report>;
  /** Writes firmware: reads the file, then talks. */
  flash?(source: FlashSource, options: FlashOptions): Promise<Talk<Report>>;
  /** Starts an application. */
  go?(conversation: Conversation, address: number, options: TargetOptions): Promise<Report>;
  /** Changes protection. */
  protect?(conversation: Conversation, change: ProtectionChange, options: TargetOptions): Promise<Report>;
  /** Sends files as they are. */
  send?(files: readonly PlainFile[], options: SendOptions): Promise<Talk<Report>>;
  /** Receives files: checks where they go, then talks, and says what to know about them. */
  receive?(inbox: Inbox): Promise<Talk<readonly string[]>>;
  /** Makes a chip speak the protocol. */
  emulate?(chip: Stm32, options: EmulateOptions): Promise<EmulatedDevice>;
  /** Explains a trace. */
  decode?(lines: readonly TraceLine[]): Promise<DecodedTrace>;
  /** Foretells what flashing costs. */
  plan?(source: FlashSource, options: PlanOptions): Promise<Report>;
}

/** A trace explained. */
export interface DecodedTrace {
  /** One object a frame, for programs. */
  readonly frames: readonly Readonly<Record<string, unknown>>[];
  /** One line a frame, for people. */
  readonly lines: (style: Style) => readonly string[];
}

/** Name of an operation. */
export type Operation = Exclude<keyof CliProtocol, "nature" | "flags" | "silenceAdvice" | "frame">;
