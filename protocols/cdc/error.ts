/**
 * What a device can say no to, and what can be wrong with the path to it.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { ProtocolError } from "../link/mod.ts";
import type { FrameName, RefusalCode } from "./constants.ts";
import type { SetReport } from "./device.ts";

/** What is wrong, and what to do about it, where there is something to do. */
const REASONS: Readonly<Record<RefusalCode, readonly [what: string, advice?: string]>> = {
  "no-session": ["it knows no such session", "It was reset, or another program has greeted it; run the command again"],
  "unknown-command": ["it does not know the command", "Its loader is older than this program"],
  "bad-body": ["the command is malformed"],
  "unknown-version": ["it does not speak this version of the protocol", "Use a program as old as its loader, or newer"],
  "not-begun": ["no set was begun"],
  "bad-image": ["the set has no such image"],
  "bad-offset": ["the bytes do not follow those that it has"],
  "incomplete": ["a payload is not whole"],
  "bad-header": ["an image header breaks the format", "Verify the bundle, and pack it again"],
  "bad-set": ["the headers are not one whole set", "Give it a bundle with an image for every core of its layout"],
  "wrong-layout": ["cores, addresses or slot sizes are not its own", "Pack with the layout of this device"],
  "wrong-part": ["the images are for another chip", "Pack for the part of this device"],
  "wrong-product": ["the images are for another product", "Pack with the product id of this device"],
  "counter-too-low": ["it runs a release with a higher security counter", "Pack with a counter that is not lower"],
  "unknown-key": ["it does not have the key that signed", "Sign with a key whose public half is in its loader"],
  "bad-signature": ["a signature does not verify", "Verify the bundle; sign it again"],
  "repair-first": ["its only valid set is the staged one", "Install that first: boot the device, then update it"],
  "option-bytes": ["its option bytes are not as its layout has them", "Program them as the layout's plan says"],
  "flash-failed": ["flash did not take what was written", "Try again; when it stays, the flash is worn out"],
  "flash-protected": ["flash is write-protected there", "Remove the protection of the slots"],
  "verify-failed": ["what stands in flash is not what the header says", "Send the update again"],
  "clone-differs": ["slot A holds another payload", "Send the payload"],
  "nothing-to-boot": ["there is no valid set", "Send an update"],
  "install-failed": ["copying to slot A failed; the staged set is still valid", "Reset the device: it tries again"],
};

/** The device understood and said no. */
export class CdcRefusedError extends ProtocolError {
  /** Why it said no. */
  declare readonly code: RefusalCode;
  /** The command that it said no to. */
  readonly command: FrameName;
  /** Index of the image at fault, where it is one. */
  readonly image: number | undefined;

  /**
   * Says what was refused and why.
   *
   * @param command The command.
   * @param code Why.
   * @param image Index of the image at fault, where it is one.
   */
  constructor(command: FrameName, code: RefusalCode, image?: number) {
    const [what, advice] = REASONS[code];
    const where = image === undefined ? "" : ` (image ${image})`;
    super({ code, message: `Cannot run ${command}: the device says ${code}${where}, ${what}`, advice });
    this.command = command;
    this.image = image;
  }
}

/** The device said no with a number that this program does not know. */
export class UnknownRefusalError extends ProtocolError {
  /** The command that it said no to. */
  readonly command: FrameName;
  /** The number. */
  readonly status: number;

  /**
   * Says what was refused.
   *
   * @param command The command.
   * @param status The number.
   */
  constructor(command: FrameName, status: number) {
    super({
      code: "unknown-refusal",
      message: `Cannot run ${command}: the device refused it for reason ${status}, which is not known here`,
      advice: "Its loader is newer than this program",
    });
    this.command = command;
    this.status = status;
  }
}

/** Something between the two ends changes or swallows bytes. */
export class PathNotCleanError extends ProtocolError {
  /** Says that the path is not clean. */
  constructor() {
    super({
      code: "path-not-clean",
      message: "Cannot greet the device: something answers, but not every byte value gets through",
      advice:
        "Open the port raw: 8 data bits, no XON/XOFF, no translation of line ends; check that it is the right port",
    });
  }
}

/** The device starts another set than the one that it was brought. */
export class OtherSetError extends ProtocolError {
  /** The set that it starts. */
  readonly booted: SetReport;

  /**
   * Says that the update does not run.
   *
   * @param booted The set that the device starts.
   */
  constructor(booted: SetReport) {
    const { major, minor, patch, build } = booted.version;
    super({
      code: "other-set",
      message: `Cannot confirm the update: the device starts ${major}.${minor}.${patch}+${build}, which is another set`,
      advice: "Its security counter is higher, or copying the update has failed: ask the device what it holds",
    });
    this.booted = booted;
  }
}

/** The device answered with a body that breaks the protocol. */
export class MalformedReplyError extends ProtocolError {
  /** The command that it answered. */
  readonly command: FrameName;

  /**
   * Says what was answered so.
   *
   * @param command The command.
   */
  constructor(command: FrameName) {
    super({
      code: "malformed-reply",
      message: `Cannot read the reply to ${command}: its body breaks the protocol`,
      advice: "Its loader is broken, or speaks another protocol on this port",
    });
    this.command = command;
  }
}

/** The device always has something to say, and never comes to an end. */
export class EndlessWorkError extends ProtocolError {
  /** What did not end. */
  readonly work: string;
  /** How long it was given, in milliseconds. */
  readonly withinMs: number;

  /**
   * Says what did not end.
   *
   * @param work What it is, as a noun phrase.
   * @param withinMs How long it was given, in milliseconds.
   */
  constructor(work: string, withinMs: number) {
    super({
      code: "endless-work",
      message: `Cannot wait any longer: no end of ${work} within ${
        Math.ceil(withinMs / 1000)
      } s, longer than flash takes`,
      advice:
        "Reset the device and run the command again; when it stays, its loader is broken, or the line is slower " +
        "than 4,800 baud",
    });
    this.work = work;
    this.withinMs = withinMs;
  }
}
