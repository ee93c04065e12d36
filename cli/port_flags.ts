/**
 * Flags that say which port, how it is set up, and how the device behind it gets into its loader.
 *
 * @module
 */

import { parsePath, parsePortName, parseRate, parseRetryCount, parseSeconds } from "./values.ts";

/** Frames that a device may have: bits, parity, stop bits. */
export const FRAME_NAMES = ["8n1", "8e1", "8o1", "8n2", "8e2", "7e1"] as const;

/** Name of a frame. */
export type FrameName = typeof FRAME_NAMES[number];

/** What those flags hold. */
export interface PortFlags {
  /** The port as the user gave it, or several with commas between; the only candidate is taken without it. */
  readonly port?: string;
  /** Bits a second, or `auto` for the highest that works; 115,200 without it. */
  readonly baud?: number | "auto";
  /** The frame; that of the protocol without it. */
  readonly frame?: FrameName;
  /** The way into the loader, as `parseBootEntry` takes it. */
  readonly enter?: string;
  /** The way out of it; that of `enter` without it. */
  readonly leave?: string;
  /** How long to wait for a port that is not there, or has gone, in seconds. */
  readonly wait?: number;
  /** How often to try again. */
  readonly retry?: number;
  /** The project's file that gave defaults, as the user gave it or as it was found. */
  readonly config?: string;
}

/** `--config`. */
export const CONFIG_FLAG = {
  kind: "parsed",
  placeholder: "FILE",
  brief: "Defaults of the project; coreslot.json where there is one",
  parse: parsePath,
  optional: true,
} as const;

/** The flags. */
export const PORT_FLAGS = {
  port: {
    kind: "parsed",
    placeholder: "PORT",
    brief: "/dev/ttyACM0, COM3, usb:VID:PID[:SERIAL] or tcp:HOST:PORT, several with commas between; the only one on " +
      "USB without it",
    parse: parsePortName,
    optional: true,
  },
  baud: {
    kind: "parsed",
    placeholder: "RATE|auto",
    brief: "Bits a second, 115200 without it; auto tries from the highest down",
    parse: parseRate,
    optional: true,
  },
  frame: {
    kind: "enum",
    values: FRAME_NAMES,
    placeholder: "FRAME",
    brief: "Bits, parity, stop bits; 8e1 over an3155 and 8n1 elsewhere without it",
    optional: true,
  },
  enter: {
    kind: "parsed",
    placeholder: "SEQ",
    brief: "How to get into the loader: boot0-rts,reset-dtr or touch-1200 or steps; all in coreslot ports --help",
    parse: parsePath,
    optional: true,
  },
  leave: {
    kind: "parsed",
    placeholder: "SEQ",
    brief: "How to get out of it at the end; as --enter says without it",
    parse: parsePath,
    optional: true,
  },
  wait: {
    kind: "parsed",
    placeholder: "SECONDS",
    brief: "How long to wait for a port that is not there, or over cdc has gone; 0 and 60 without it",
    parse: parseSeconds,
    optional: true,
  },
  retry: {
    kind: "parsed",
    placeholder: "COUNT",
    brief: "How often to try again when nobody answers or the port goes",
    parse: parseRetryCount,
    optional: true,
  },
  config: CONFIG_FLAG,
} as const;

/**
 * Tells whether `--port` names several ports.
 *
 * @param port The port as the user gave it.
 * @returns `true` where a comma separates them.
 */
export function namesSeveral(port: string | undefined): boolean {
  return port?.includes(",") === true;
}
