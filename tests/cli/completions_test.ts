import assert from "node:assert/strict";
import { peerTest, runPeer, withTempDir } from "../peers.ts";
import { denoArgs, runCli } from "./process.ts";

/** Words behind `coreslot`, the last one unfinished; and what is proposed. */
const PROPOSED: readonly (readonly [string[], string[]])[] = [
  [["ke"], ["keygen"]],
  [["com"], ["completions"]],
  [["pack", "--lay"], ["--layout"]],
  [["pack", "--layout", "stm32h74"], ["stm32h745", "stm32h747"]],
  [["pack", "--layout", "stm32h747", "--cr"], ["--crop", "--crc"]],
  [["pack", "--crc", ""], ["zlib", "stm32"]],
  [["keygen", "--type", "p"], ["p256"]],
  [["extract", "x.cslot", "--format", "s"], ["slot", "srec"]],
  [["layouts", "stm32g"], ["stm32g0b1"]],
  [["completions", ""], ["bash", "zsh", "fish"]],
  [["flash", "--proto"], ["--protocol"]],
  [["flash", "--send-ahead", "e"], ["everything"]],
  [["emulate", "--part", "stm32f407"], ["stm32f407xe", "stm32f407", "stm32f407xg"]],
  [["protect", "read"], ["readout", "readout-off"]],
  [["info", "--protocol", "an"], ["an3155"]],
  [["flash", "--protocol", "cd"], ["cdc", "cdc7"]],
  [["info", "--fr"], ["--frame"]],
  [["info", "--frame", "8e"], ["8e1", "8e2"]],
  [["por"], ["ports"]],
  [["pack", "--he"], ["--help"]],
  [["-"], ["--help", "--version"]],
  [["pack", "--out", "up"], []],
  [["nonsense", ""], []],
];

Deno.test("coreslot complete proposes commands, flags and values", async () => {
  for (const [words, expected] of PROPOSED) {
    const { code, stdout, stderr } = await runCli(["complete", "--", ...words], { permissions: [] });
    assert.deepEqual([code, stderr], [0, ""], words.join(" "));
    assert.deepEqual(stdout.split("\n").filter((line) => line !== ""), expected, words.join(" "));
  }
});

/** Puts a `coreslot` on PATH, as an installation does. */
async function withInstallation(body: (env: Readonly<Record<string, string>>) => Promise<void>): Promise<void> {
  await withTempDir(async (folder) => {
    const command = [Deno.execPath(), ...denoArgs([], [])].join(" ");
    Deno.writeTextFileSync(`${folder}/coreslot`, `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
    Deno.mkdirSync(`${folder}/releases`);
    await body({
      PATH: `${folder}:${Deno.env.get("PATH")}`,
      FOLDER: folder,
      XDG_CONFIG_HOME: folder,
      XDG_DATA_HOME: folder,
    });
  });
}

/** What a shell does when TAB is pressed behind each line; every program prints one proposal a line. */
const SHELLS: readonly { readonly shell: string; readonly program: (line: string) => string }[] = [
  {
    shell: "bash",
    program: (line) => `
      source <(coreslot completions bash)
      COMP_WORDS=(${line.endsWith(" ") ? `${line} ""` : line})
      COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
      _coreslot 2>/dev/null
      printf '%s\\n' "\${COMPREPLY[@]}"`,
  },
  {
    shell: "fish",
    program: (line) => `coreslot completions fish | source; complete -C "${line}"`,
  },
];

for (const { shell, program } of SHELLS) {
  peerTest(shell, `coreslot completions ${shell} works in the shell itself`, () =>
    withInstallation(async (env) => {
      const lines: readonly (readonly [string, string[]])[] = [
        ["coreslot veri", ["verify"]],
        ["coreslot pack --layout stm32h74", ["stm32h745", "stm32h747"]],
        ["coreslot keygen --type ", ["ed25519", "p256"]],
      ];
      for (const [line, expected] of lines) {
        const { code, stdout, stderr } = await runPeer(shell, ["-c", program(line)], { env });
        const proposals = new TextDecoder().decode(stdout).trim().split("\n");
        assert.deepEqual([code, proposals, stderr], [0, expected, ""], line);
      }
    }));
}

peerTest("fish", "coreslot completions fish leaves paths to the shell", () =>
  withInstallation(async (env) => {
    const program = 'coreslot completions fish | source; complete -C "coreslot inspect $FOLDER/rel"';
    const { stdout } = await runPeer("fish", ["-c", program], { env });
    assert.match(new TextDecoder().decode(stdout), /\/releases\/\n$/);
  }));

peerTest("zsh", "coreslot completions zsh is a script that zsh reads", () =>
  withInstallation(async (env) => {
    const program = "autoload -U compinit && compinit -D -u; source <(coreslot completions zsh); " +
      "print $_comps[coreslot]";
    const { code, stdout, stderr } = await runPeer("zsh", ["-f", "-c", program], { env });
    assert.deepEqual([code, new TextDecoder().decode(stdout), stderr], [0, "_coreslot\n", ""]);
  }));
