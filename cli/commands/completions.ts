/**
 * `coreslot completions`: the script that makes a shell ask `coreslot complete`.
 *
 * @module
 */

import { buildCommand } from "@stricli/core";
import type { CliContext } from "../context.ts";
import { BRIEFS } from "./briefs.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;

type Shell = typeof SHELLS[number];

/** Each script falls back to the shell's own completion of file names where nothing is proposed. */
const SCRIPTS: Readonly<Record<Shell, string>> = {
  // COMP_WORDS holds the words without the part behind the cursor; readline splits words at = and : on its own.
  bash: `_coreslot() {
  local IFS=$'\\n'
  COMPREPLY=($(coreslot complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _coreslot coreslot`,
  zsh: `_coreslot() {
  local -a proposals
  proposals=(\${(f)"$(coreslot complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( \${#proposals} )); then
    compadd -- $proposals
  else
    compset -P '*='
    _files
  fi
}
compdef _coreslot coreslot`,
  fish: `function __coreslot_proposals
  set -l word (commandline -ct)
  set -l words (commandline -opc) "$word"
  set -l proposals (coreslot complete -- $words[2..] 2>/dev/null)
  if test (count $proposals) -gt 0
    printf '%s\\n' $proposals
  else
    set -l core (string match -r '^[^=]*=' -- "$word")
    __fish_complete_path (string replace -- "$core" '' "$word") | string replace -r '^' "$core"
  end
end
complete -c coreslot -f -a '(__coreslot_proposals)'`,
};

const DESCRIPTION = `The script asks coreslot itself, so that it never grows old. Load it with one
of these:

  source <(coreslot completions bash)
  source <(coreslot completions zsh)
  coreslot completions fish | source`;

function runCompletions(this: CliContext, _flags: Record<never, never>, shell: Shell): void {
  this.terminal.print(SCRIPTS[shell]);
}

function parseShell(text: string): Shell {
  const shell = SHELLS.find((name) => name === text);
  if (shell === undefined) throw new SyntaxError("the shells are bash, zsh and fish");
  return shell;
}

/** The command. */
export const command = buildCommand({
  docs: { brief: BRIEFS.completions, fullDescription: DESCRIPTION },
  parameters: {
    flags: {},
    positional: {
      kind: "tuple",
      parameters: [{
        placeholder: "SHELL",
        brief: "bash, zsh or fish",
        parse: parseShell,
        proposeCompletions: () => SHELLS,
      }],
    },
  },
  func: runCompletions,
});
