import assert from "node:assert/strict";
import { quoteWord } from "./shell_word.ts";

/** Words, and whether a shell takes them as they are. */
const WORDS: readonly (readonly [word: string, isPlain: boolean])[] = [
  ["/dev/ttyACM0", true],
  ["usb:0483:5740:A1-b.c", true],
  ["tcp:127.0.0.1:7000", true],
  ["COM3", true],
  ["", false],
  ["/dev/tty USB 5", false],
  ["usb:0483:5740:$(reboot)", false],
  ["a&b;c|d>e*f?g~h#i!j`k\\l\"m'n", false],
  ["A,B", false],
  ["é", false],
];

for (const [word, isPlain] of WORDS) {
  Deno.test({
    name: `quoteWord() of ${JSON.stringify(word)} comes out of a shell as it went in`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      const quoted = quoteWord(word);
      assert.equal(quoted === word, isPlain);
      const { stdout } = await new Deno.Command("sh", { args: ["-c", `printf %s ${quoted}`] }).output();
      assert.equal(new TextDecoder().decode(stdout), word);
    },
  });
}
