import { type Bytes, parseHex } from "../../core/mod.ts";
import { findPart } from "../../core/parts/mod.ts";
import { ArrayDevice } from "../../tests/array_device.ts";
import { bytesOfWord, testTranscripts, type TranscriptTarget } from "../../tests/transcripts.ts";
import type { ByteLink, Procedure } from "../link/mod.ts";
import { COMMANDS } from "./constants.ts";
import type { MassEraseScope } from "./device.ts";
import * as host from "./host.ts";
import { type BootRomProfile, profileFor, PROFILES } from "./profiles.ts";
import { runBootRom } from "./target.ts";

type Words = readonly string[];

const NO_BYTES: Bytes = parseHex("");
const ERASE_OPTIONS = { withinMs: 8000 };

const HOSTS: Readonly<Record<string, (link: ByteLink, words: Words) => Procedure<unknown>>> = {
  synchronise: (link) => host.synchronise(link),
  getCommands: (link) => host.getCommands(link),
  getVersion: (link) => host.getVersion(link),
  getId: (link) => host.getId(link),
  readMemory: (link, [address, size, ahead]) =>
    host.readMemory(link, Number(address), Number(size), { sendAhead: parseSendAhead(ahead) }),
  go: (link, [address]) => host.go(link, Number(address)),
  writeMemory: (link, [address, data, ahead]) =>
    host.writeMemory(link, Number(address), bytesOfWord(data!), { sendAhead: parseSendAhead(ahead) }),
  *writeTwice(link, [address, data]) {
    yield* host.writeMemory(link, Number(address), bytesOfWord(data!));
    yield* host.writeMemory(link, Number(address), bytesOfWord(data!));
  },
  erasePages: (link, [pages]) => host.erasePages(link, [...bytesOfWord(pages!)], ERASE_OPTIONS),
  eraseAll: (link) => host.eraseAll(link, ERASE_OPTIONS),
  extendedErasePages: (link, [pages]) => host.extendedErasePages(link, [...bytesOfWord(pages!)], ERASE_OPTIONS),
  massErase: (link, [scope]) => host.massErase(link, parseScope(scope), ERASE_OPTIONS),
  writeProtect: (link, [sectors]) => host.writeProtect(link, [...bytesOfWord(sectors!)]),
  writeUnprotect: (link) => host.writeUnprotect(link),
  readoutProtect: (link) => host.readoutProtect(link),
  readoutUnprotect: (link) => host.readoutUnprotect(link),
  getChecksum: (link, [address, size, form]) =>
    host.getChecksum(link, Number(address), Number(size), { hasPolynomial: form === "polynomial" }),
  special: (link, [code, data]) => host.special(link, Number(code), bytesOfWord(data!)),
  extendedSpecial: (link, [code, request, payload]) =>
    host.extendedSpecial(link, Number(code), { request: bytesOfWord(request!), payload: bytesOfWord(payload!) }),
};

function parseSendAhead(word = "nothing"): host.SendAhead {
  if (word === "nothing" || word === "address" || word === "everything") return word;
  throw new SyntaxError(`Not a way to send ahead: ${word}`);
}

function parseScope(word = ""): MassEraseScope {
  if (word === "all" || word === "bank-1" || word === "bank-2") return word;
  throw new SyntaxError(`Not a scope: ${word}`);
}

/** `PART [PROFILE] [unsynchronised] [read-protected] [checksum] [polynomial] [ecc=...] [holds ADDRESS BYTES] ...` */
function makeTarget([partName, ...words]: Words): TranscriptTarget {
  const part = findPart(partName!);
  const device = new ArrayDevice(part);
  let profile: BootRomProfile = profileFor(part);
  let preamble: TranscriptTarget["preamble"] = [
    { kind: "out", bytes: parseHex("7f") },
    { kind: "in", bytes: parseHex("79") },
  ];
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const named = PROFILES.find(({ name }) => name === word);
    if (named !== undefined) profile = named;
    else if (word === "unsynchronised") preamble = [];
    else if (word === "read-protected") device.isReadProtected = true;
    else if (word === "checksum") profile = { ...profile, commands: [...profile.commands, COMMANDS.getChecksum] };
    else if (word === "polynomial") profile = { ...profile, hasChecksumPolynomial: true };
    else if (word === "whole-special") profile = { ...profile, refusesSpecialSizeEarly: false };
    else if (word === "ecc=hang") profile = { ...profile, eccRead: "hang" };
    else if (word === "ecc=reset") profile = { ...profile, eccRead: "reset" };
    else if (word === "broken") device.brokenAddresses.add(Number(rest.shift()));
    else if (word === "holds") device.flash.set(...takeContent(rest, part.flash.addressStart));
    else throw new SyntaxError(`Not a property of a target: ${word}`);
  }
  return {
    start: (link) => runBootRom(link, { device, profile }),
    preamble,
    inspect: (address, sizeBytes) =>
      device.flash.slice(address - part.flash.addressStart, address - part.flash.addressStart + sizeBytes),
  };
}

function takeContent(words: string[], addressStart: number): [Bytes, number] {
  const address = Number(words.shift());
  return [words.length === 0 ? NO_BYTES : bytesOfWord(words.shift()!), address - addressStart];
}

testTranscripts(new URL("./transcripts/", import.meta.url), {
  name: "an3155",
  host: ([name, ...words]) => (link) => HOSTS[name!]!(link, words),
  target: makeTarget,
});
