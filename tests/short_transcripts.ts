/**
 * Transcripts of protocols with long blocks: `1a*28` in a line stands for 28 times `1a`.
 *
 * @module
 */

import { playHost, playTarget } from "./transcript_player.ts";
import { parseTranscripts, type TranscriptProtocol } from "./transcripts.ts";

/**
 * Registers a test for each case of each Markdown file of a folder.
 *
 * @param folder URL of the folder.
 * @param protocol How to play them.
 */
export function testShortTranscripts(folder: URL, protocol: TranscriptProtocol): void {
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".md")).sort();
  for (const file of files) {
    for (const one of parseTranscripts(expand(Deno.readTextFileSync(new URL(file, folder))), protocol.name)) {
      const { host, target } = one.roles;
      const name = `${protocol.name} ${file}: ${one.name}`;
      for (const feeding of host?.feedings ?? []) {
        Deno.test(`${name}, as host, ${feeding}`, () => playHost(one, protocol.host(host!.words), feeding));
      }
      for (const feeding of target?.feedings ?? []) {
        Deno.test(`${name}, as target, ${feeding}`, () => playTarget(one, protocol.target(target!.words), feeding));
      }
    }
  }
}

/** Prose has no such words. */
function expand(text: string): string {
  return text.replace(
    /\b([0-9a-f]{2})\*(\d+)\b/g,
    (_, byte: string, count: string) => new Array<string>(Number(count)).fill(byte).join(" "),
  );
}
