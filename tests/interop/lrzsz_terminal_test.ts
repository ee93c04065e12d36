/**
 * XMODEM and YMODEM against lrzsz on a pseudo-terminal, as it meets a serial port: echo until it has set the terminal,
 * its own words in between, and purges.
 */

import { peerTest } from "../peers.ts";
import { runCases } from "./lrzsz_cases.ts";
import { contentOf, HAS_FIRMWARE, HAS_TERMINAL, realFirmware, SIZES, VARIANTS } from "./lrzsz_variants.ts";

const MEBIBYTE = 1 << 20;

/** Those that differ in what lrzsz does; what is particular about us shows over pipes. */
const ON_TERMINAL = VARIANTS.filter(({ name }) => !/short blocks|long tail/.test(name));

peerTest(
  "rb",
  "lrzsz on a pseudo-terminal: every size, both directions, every variant",
  () =>
    runCases(ON_TERMINAL.flatMap(({ name, run }) =>
      SIZES.map((sizeBytes) => ({
        name: `${name}, ${sizeBytes} bytes`,
        run: () => run({ data: contentOf(sizeBytes), isOnTerminal: true }),
      }))
    )),
  { ignore: !HAS_TERMINAL },
);

/** A block of 128 bytes after each pause of 20 ms takes too long for that much. */
const FOR_MUCH = ON_TERMINAL.filter(({ name }) => name !== "rx");

peerTest("rb", "lrzsz on a pseudo-terminal: 1 MiB of real firmware, both directions", () => {
  const data = realFirmware(MEBIBYTE);
  return runCases(FOR_MUCH.map(({ name, run }) => ({ name, run: () => run({ data, isOnTerminal: true }) })));
}, { ignore: !HAS_TERMINAL || !HAS_FIRMWARE });
