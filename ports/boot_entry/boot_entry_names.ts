/**
 * Boot entries that have a name.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

/** A boot entry that has a name. */
export interface NamedBootEntry {
  /** What the name stands for, as {@linkcode parseBootEntry} takes it. */
  readonly text: string;
  /** What it is for, in a phrase. */
  readonly about: string;
  /** Where it is from. */
  readonly source: string;
}

/** Boot entries that have a name. None was tried on a board. */
export const BOOT_ENTRIES: ReadonlyMap<string, NamedBootEntry> = new Map([
  ["ttl-adapter", {
    text: "boot0-not-rts,reset-dtr",
    about: "a USB-to-TTL adapter wired straight: DTR to NRST, RTS to BOOT0",
    source: "data sheets of such adapters: DTR# and RTS# are active low; untried",
  }],
  ["flymcu", {
    // Reset and BOOT0 are both pulled by RTS; DTR lets go of reset.
    text: "dtr-off+rts-on,wait-100,dtr-on,wait-200:dtr-off+rts-on,wait-100,rts-off",
    about: "a board with a CH340 and two transistors, as FlyMcu drives it",
    source: "descriptions of ALIENTEK boards; unverified",
  }],
  ["touch-1200", {
    text: "dtr-on,baud-1200,dtr-off,reopen-within-10000",
    about: "a device on USB that restarts into its loader when a port at 1200 baud is let go, as Arduino's do",
    source: "upload procedure of Arduino's tools; untried",
  }],
]);
