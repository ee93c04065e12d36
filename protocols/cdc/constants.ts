/**
 * The numbers of the CDC protocol, as PROTOCOL.md has them. All of them are this project's own.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

/** The version that this code speaks. */
export const PROTOCOL_VERSION = 1;

/** Ends every frame, and occurs nowhere in one. */
export const DELIMITER = 0x00;

/** Bytes of a frame before its body: type, argument, sequence number, session number. */
export const FRAME_HEADER_BYTES = 8;

/** Bytes of a reply before its own body: the frame's header, the next sequence number and the limit. */
export const REPLY_HEADER_BYTES = 12;

/** Bytes of the CRC at the end. */
export const CRC_BYTES = 4;

/** Bytes before the data in a data frame's body: the offset. */
export const DATA_OFFSET_BYTES = 4;

/** Packet size of a full-speed bulk endpoint: no frame has a multiple of it, so none needs an empty packet behind it. */
export const PACKET_BYTES = 64;

/** Bytes of hello's body without the probe: version and flags. */
export const HELLO_HEAD_BYTES = 4;

/** Bytes of begin's body before the headers: flags. */
export const BEGIN_HEAD_BYTES = 4;

/** Bytes of compare's body before the CRCs: the size of a unit. */
export const COMPARE_HEAD_BYTES = 4;

/** Flag of hello: a probe follows, and is wanted in the reply. */
export const HELLO_PROBE = 0x0001;

/** Flag of begin: slot B may be erased even though it holds the last valid set. */
export const BEGIN_FORCED = 0x0001;

/** Argument of boot: install, and stay. */
export const BOOT_STAY = 0x01;

/** A device that has worked for this long since it last said something says that it works. */
export const NOTICE_AFTER_MS = 200;

/** Largest reply: information about six slots and a probe, in bytes before COBS, rounded up. */
export const REPLY_SIZE_MAX = 640;

/** Bytes of an image header. */
export const IMAGE_HEADER_BYTES = 256;

/** Images in a set. */
export const IMAGE_COUNT_MAX = 6;

/** Every byte value once, for a path that may swallow some. */
export const PROBE_BYTES = 256;

/** Set in the type of every frame from the device. */
export const REPLY_BIT = 0x80;

/** Types of frames from the host. A reply has the same with {@linkcode REPLY_BIT}. */
export const FRAME_TYPES = {
  /** Begins a session. */
  hello: 0x01,
  /** Shows the headers of a set. */
  begin: 0x02,
  /** Compares what an earlier attempt has left. */
  compare: 0x03,
  /** Carries bytes of a payload. */
  data: 0x04,
  /** Copies a payload that the device has already. */
  clone: 0x05,
  /** Verifies and commits. */
  finish: 0x06,
  /** Asks how far it is. */
  status: 0x07,
  /** Forgets the set. */
  abort: 0x08,
  /** Resets the device. */
  reset: 0x09,
  /** Installs, and starts the application. */
  boot: 0x0a,
} as const;

/** Name of a type of frame. */
export type FrameName = keyof typeof FRAME_TYPES;

/** Names of the types, by their number. */
export const FRAME_NAMES: ReadonlyMap<number, FrameName> = new Map(
  (Object.keys(FRAME_TYPES) as FrameName[]).map((name) => [FRAME_TYPES[name], name]),
);

/** Statuses of a reply that are no refusal. */
export const STATUS = {
  /** Done. */
  done: 0x00,
  /** Not yet: another reply to the same frame follows. */
  working: 0x01,
  /** A frame is missing or was damaged: send again from the next sequence number on. */
  gap: 0x02,
} as const;

/** Why a device says no. The page says of each what has been changed by then. */
export type RefusalCode = keyof typeof REFUSALS;

/** Refusals by name, and their number in a reply. */
export const REFUSALS = {
  /** The device knows no session of that number: it was reset, or another host has greeted it. */
  "no-session": 0x10,
  /** A type of frame that it does not know. */
  "unknown-command": 0x11,
  /** A body of the wrong size, or with a value that is none. */
  "bad-body": 0x12,
  /** A protocol version that it does not speak. */
  "unknown-version": 0x13,
  /** No set was begun. */
  "not-begun": 0x14,
  /** No image of that index. */
  "bad-image": 0x15,
  /** Bytes that do not follow those that are there, or go beyond the payload's end. */
  "bad-offset": 0x16,
  /** A payload is not whole. */
  "incomplete": 0x17,
  /** A header that breaks a rule of FORMAT.md, section 3. */
  "bad-header": 0x20,
  /** Headers that are not one whole set: FORMAT.md, section 5. */
  "bad-set": 0x21,
  /** Cores, addresses or slot sizes other than the device's. */
  "wrong-layout": 0x22,
  /** Another chip or fill byte than the device's. */
  "wrong-part": 0x23,
  /** Another product than the device's. */
  "wrong-product": 0x24,
  /** A security counter below that of the set that runs. */
  "counter-too-low": 0x25,
  /** A key that the device does not have. */
  "unknown-key": 0x26,
  /** A signature that does not verify. */
  "bad-signature": 0x27,
  /** Set B is the last valid one: install it first. */
  "repair-first": 0x28,
  /** Option bytes are not as the layout has them. */
  "option-bytes": 0x29,
  /** Flash did not take what was written. */
  "flash-failed": 0x30,
  /** Flash is write-protected there. */
  "flash-protected": 0x31,
  /** What stands in flash has not the digest of its header. */
  "verify-failed": 0x32,
  /** Slot A holds another payload: send the bytes. */
  "clone-differs": 0x33,
  /** There is no valid set to install or to start. */
  "nothing-to-boot": 0x34,
  /** Copying B to A failed; B is still valid. */
  "install-failed": 0x35,
} as const;

/** Names of refusals, by their number. */
export const REFUSAL_NAMES: ReadonlyMap<number, RefusalCode> = new Map(
  (Object.keys(REFUSALS) as RefusalCode[]).map((name) => [REFUSALS[name], name]),
);

/** Whether there is a set in the slots: none, one that is valid without its commit words, or one with them. */
export type SetState = (typeof SET_STATES)[number];

/** States of a set; the place in the list is the number on the wire. */
export const SET_STATES = ["absent", "uncommitted", "committed"] as const;

/** Why the loader runs and not the application. */
export type BootReason = (typeof BOOT_REASONS)[number];

/** Reasons; the place in the list is the number on the wire. */
export const BOOT_REASONS = [
  "unknown",
  "no-valid-set",
  "host-request",
  "button",
  "failed-boots",
  "failed-copy",
  "option-bytes",
  "listening",
] as const;

/** What the device does while the host waits; the place in the list is the number on the wire. */
export const WORK_PHASES = ["erase", "write", "clone", "verify", "install"] as const;

/** Image index that stands for none or all. */
export const NO_IMAGE = 0xff;

/** States of a resume point; the place in the list is the number on the wire. */
export const RESUME_STATES = ["blank", "unknown", "known"] as const;

/** States of staging; the place in the list is the number on the wire. */
export const STAGING_STATES = ["idle", "receiving", "committed"] as const;

/** Policies; the place in the list is the number on the wire. */
export const POLICIES = ["copy", "single"] as const;
