/**
 * What the problems of headers are to a host.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { SlotProblemCode } from "../../packager/slots/mod.ts";
import { type LoaderErrorCode, refuseHeaders } from "./loader_error.ts";

/** By what a host can do about it: another file, another device, an older release, another key. */
const REFUSALS: readonly [code: LoaderErrorCode, problems: readonly SlotProblemCode[]][] = [
  ["bad-set", ["set-mismatch", "duplicate-core", "slot-overlap", "bad-count", "bad-set-id"]],
  ["wrong-part", ["wrong-part"]],
  ["wrong-layout", ["wrong-cores", "wrong-address"]],
  ["wrong-product", ["wrong-product"]],
  ["counter-too-low", ["low-counter"]],
  ["unknown-key", ["unknown-key", "wrong-signature-kind"]],
  ["bad-signature", ["unsigned", "bad-signature"]],
  ["bad-header", ["bad-magic", "bad-crc"]],
];

Deno.test("refuseHeaders() says what a host can do about it", () => {
  for (const [expected, problems] of REFUSALS) {
    for (const code of problems) assert.equal(refuseHeaders({ code, core: "CM4", text: "" }).code, expected, code);
  }
});
