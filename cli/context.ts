/**
 * What a command gets to work with beside its flags.
 *
 * @module
 */

import type { Command, CommandContext } from "@stricli/core";
import type { Terminal } from "./terminal.ts";

/** The `this` of every command. */
export interface CliContext extends CommandContext {
  /** Where reports go. */
  readonly terminal: Terminal;
}

/** What every module in `commands/` exports. */
export interface CommandModule {
  /** The command. */
  readonly command: Command<CliContext>;
}
