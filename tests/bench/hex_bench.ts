/**
 * Text formats in process: our reader and writer of Intel HEX beside those of nrf-intel-hex, and S-records.
 *
 * Run with `deno bench -A tests/bench/hex_bench.ts`. The text of a 2 MiB image is 5.77 MB of HEX: MB/s are iterations a
 * second times the size in the name.
 */

import { MemoryImage } from "../../core/memory_image.ts";
import { formatIntelHex, parseIntelHex } from "../../packager/formats/intel_hex.ts";
import { toMemoryMap } from "../../packager/formats/memory_map.ts";
import { formatSrec, parseSrec } from "../../packager/formats/srec.ts";
import { formatWithNrf, parseWithNrf } from "../nrf_intel_hex.ts";

const SIZE_BYTES = 2 * 2 ** 20;
/** nrf-intel-hex takes no address from 0x80000000 up. */
const ADDRESS = 0x0800_0000;

const image = MemoryImage.fromSegments([{
  address: ADDRESS,
  data: Uint8Array.from({ length: SIZE_BYTES }, (_, index) => Math.imul(index, 0x9e37_79b1) >>> 24),
}]);
const hex = formatIntelHex(image);
const hexString = new TextDecoder().decode(hex);
const srec = formatSrec(image);
const memoryMap = toMemoryMap(image);

/** Enough for the optimising compiler to be done, and for a noisy machine to show its better side too. */
const STEADY = { warmup: 100, n: 200 };

const megabytes = (text: Uint8Array) => `${(text.length / 1e6).toFixed(2)} MB`;

Deno.bench(`parseIntelHex(), ${megabytes(hex)}`, { group: "read HEX", baseline: true, ...STEADY }, () => {
  parseIntelHex(hex);
});
Deno.bench(`nrf-intel-hex, ${megabytes(hex)}`, { group: "read HEX" }, () => {
  parseWithNrf(hexString);
});

Deno.bench(`formatIntelHex(), ${megabytes(hex)}`, { group: "write HEX", baseline: true, ...STEADY }, () => {
  formatIntelHex(image);
});
Deno.bench(`nrf-intel-hex, ${megabytes(hex)}`, { group: "write HEX" }, () => {
  formatWithNrf(memoryMap);
});

Deno.bench(`parseSrec(), ${megabytes(srec)}`, { group: "S-records", baseline: true, ...STEADY }, () => {
  parseSrec(srec);
});
Deno.bench(`formatSrec(), ${megabytes(srec)}`, { group: "S-records", ...STEADY }, () => {
  formatSrec(image);
});

const gap = new TextEncoder().encode(":0100000001FE\n:02000004FFFFFC\n:01FFFF0002FF\n:00000001FF\n");
Deno.bench("parseIntelHex(), two bytes 4 GiB apart", { group: "gap" }, () => {
  parseIntelHex(gap);
});
