/**
 * A terminal of 80 columns, through `tmux`: what a person types, and what a person sees.
 *
 * @module
 */

import assert from "node:assert/strict";
import { SYSTEM_CLOCK } from "../ports/clock.ts";
import { runPeer, withTempDir } from "./peers.ts";

const COLUMNS = 80;
const LINES = 60;

/** How long something may take to appear, on a busy machine. */
const APPEAR_WITHIN_MS = 60_000;

/** A terminal with a shell in it. */
export interface TestTerminal {
  /** Types a line, and presses Enter. */
  type(line: string): Promise<void>;
  /** Presses a key, as tmux names it: `C-c`. */
  press(key: string): Promise<void>;
  /** Waits until the screen shows something, and gives the screen as it is then. */
  see(what: RegExp): Promise<string>;
  /** Empties the screen. */
  clear(): Promise<void>;
}

/**
 * Runs a test in a terminal.
 *
 * @param folder Folder of the shell.
 * @param path Folders where the shell looks for programs first.
 * @param body The test.
 */
export async function withTerminal(
  folder: string,
  path: string,
  body: (terminal: TestTerminal) => Promise<void>,
): Promise<void> {
  // A short path: sockets have no more than 108 bytes for theirs.
  await withTempDir(async (own) => {
    const tmux = async (...args: readonly string[]) => {
      const { code, stdout, stderr } = await runPeer("tmux", ["-S", `${own}/s`, "-f", "/dev/null", ...args]);
      assert.equal(code, 0, `tmux ${args.join(" ")}: ${stderr}`);
      return new TextDecoder().decode(stdout);
    };
    const shell = `env -u ENV PS1='$ ' NO_COLOR=1 PATH='${path}:${Deno.env.get("PATH")}' sh`;
    await tmux("new-session", "-d", "-x", String(COLUMNS), "-y", String(LINES), "-c", folder, shell);
    const see = async (what: RegExp) => {
      const deadlineMs = SYSTEM_CLOCK.nowMs() + APPEAR_WITHIN_MS;
      while (true) {
        const screen = await tmux("capture-pane", "-p");
        if (what.test(screen)) return screen;
        assert(SYSTEM_CLOCK.nowMs() < deadlineMs, `the screen does not show ${what}:\n${screen}`);
      }
    };
    try {
      await see(/^\$/);
      await body({
        see,
        type: async (line) => {
          await tmux("send-keys", "-l", line);
          await tmux("send-keys", "Enter");
        },
        press: async (key) => void await tmux("send-keys", key),
        clear: async () => {
          await tmux("send-keys", "-R", "");
          await tmux("clear-history");
        },
      });
    } finally {
      await tmux("kill-server");
    }
  });
}
