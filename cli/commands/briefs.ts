/**
 * The commands, in the order of the help, and what each does in one line.
 *
 * Apart from the commands, so that `coreslot --help` loads none of them.
 *
 * @module
 */

/** What each command does, by its name. */
export const BRIEFS = {
  keygen: "Make a key that signs updates",
  pack: "Pack the firmware of every core into one signed update",
  inspect: "Show what an update holds, without trusting it",
  verify: "Check an update against keys and, if wanted, a layout",
  extract: "Take the image of one core out of an update",
  convert: "Convert firmware between ELF, HEX, SREC, BIN, DfuSe and UF2",
  digest: "Write out what to sign, to sign it elsewhere",
  attach: "Put signatures made elsewhere into an update",
  ports: "List the serial ports of this computer",
  info: "Show what a device says of itself",
  flash: "Bring an update or firmware onto a device, and verify it there",
  read: "Read a device's memory into a file",
  erase: "Erase sectors of a device, or all of its flash",
  go: "Start the application at an address",
  protect: "Protect a device against writing or reading, or end that",
  send: "Send plain files over XMODEM or YMODEM",
  receive: "Receive plain files over XMODEM or YMODEM",
  emulate: "Be a device: an emulated chip that answers on a port",
  plan: "Foretell what flashing a file costs on the wire",
  decode: "Explain a captured conversation in words",
  rehearse: "Prove that an update survives power cuts, on an emulated device",
  layouts: "List the layouts of parts, or show one",
  completions: "Print the script that completes commands in a shell",
  complete: "Propose completions of a command line, one a line",
} as const;

/** Name of a command. */
export type CommandName = keyof typeof BRIEFS;

/**
 * Tells whether there is a command of that name.
 *
 * @param name Any text.
 * @returns `true` for the name of a command.
 */
export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(BRIEFS, name);
}
