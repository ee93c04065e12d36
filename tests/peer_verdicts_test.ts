/**
 * What our readers make of 86 awkward HEX and S-record texts, held against what six other readers make of them.
 */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { MemoryImage } from "../core/memory_image.ts";
import { ImageFormatError, type ImageFormatErrorCode } from "../packager/formats/error.ts";
import { parseIntelHex } from "../packager/formats/intel_hex.ts";
import { parseSrec } from "../packager/formats/srec.ts";
import { corpusTest, readCorpusJson } from "./corpus.ts";

type Family = "ihex" | "srec";

/** Address and bytes of each segment, both in hexadecimal; long data as its size and the beginning of its SHA-1. */
type PeerImage = readonly (readonly [address: string, data: string])[];
type PeerVerdict = readonly [verdict: "ok" | "REJECT", image: PeerImage | null, message: string];

const PARSERS: Readonly<Record<Family, (text: Uint8Array) => MemoryImage>> = { ihex: parseIntelHex, srec: parseSrec };

type Verdict = "read" | ImageFormatErrorCode;

const VERDICTS: Readonly<Record<Family, Readonly<Record<string, Verdict>>>> = {
  ihex: {
    ok_simple: "read",
    ok_crlf: "read",
    cr_only: "read",
    no_newline_between: "bad-character",
    no_final_newline: "read",
    lower_case: "read",
    mixed_case: "read",
    missing_eof: "truncated",
    empty_file: "no-data",
    only_eof: "no-data",
    only_newlines: "no-data",
    blank_lines: "read",
    leading_spaces: "bad-character",
    trailing_spaces: "bad-character",
    utf8_bom: "bad-character",
    comment_line: "bad-character",
    text_before_colon: "bad-character",
    data_after_eof: "trailing-data",
    garbage_after_eof: "trailing-data",
    ctrl_z_after_eof: "trailing-data",
    nul_after_eof: "trailing-data",
    two_eof: "trailing-data",
    bad_checksum: "bad-checksum",
    bad_checksum_eof: "bad-checksum",
    eof_lowercase_ff: "read",
    eof_nonzero_addr: "read",
    eof_with_data: "bad-length",
    short_record: "bad-length",
    odd_nibbles: "bad-length",
    length_too_long: "bad-length",
    length_too_short: "bad-length",
    non_hex_char: "bad-character",
    type06: "unknown-type",
    typeFF: "unknown-type",
    zero_length_data: "read",
    len255: "read",
    overlap_same_bytes: "overlap",
    overlap_diff_bytes: "overlap",
    out_of_order: "read",
    gap: "read",
    ela_0800: "read",
    ela_nonzero_offset_field: "bad-field",
    ela_1_byte: "bad-length",
    ela_3_bytes: "bad-length",
    wrap_linear_64k: "read",
    wrap_segment_64k: "ambiguous-address",
    wrap_none_64k: "read",
    wrap_4g: "address-range",
    exact_end_4g: "read",
    segment_then_linear: "ambiguous-address",
    linear_then_segment: "ambiguous-address",
    start_seg_03: "read",
    start_lin_05: "read",
    start_twice_05: "ambiguous-start",
    start_03_and_05: "ambiguous-start",
    start_05_3_bytes: "bad-length",
    universal_hex_0A_0B: "unknown-type",
    merge_conflict: "merge-conflict",
  },
  srec: {
    ok_s1: "read",
    ok_s2: "read",
    ok_s3: "read",
    s2_closed_by_s9: "read",
    s3_closed_by_s9: "read",
    mixed_s1_s3: "read",
    no_terminator: "truncated",
    s5_count_ok: "read",
    s5_count_wrong: "bad-count",
    s5_only_no_term: "read",
    s6_count: "read",
    s4_reserved: "unknown-type",
    bad_checksum: "bad-checksum",
    lower_case: "bad-character",
    crlf: "read",
    length_zero: "bad-length",
    short: "bad-length",
    odd: "bad-length",
    data_after_term: "trailing-data",
    overlap_diff: "overlap",
    out_of_order: "read",
    empty: "no-data",
    only_header: "truncated",
    blank_lines: "read",
    trailing_spaces: "bad-character",
    s1_addr_wrap: "read",
    s3_addr_wrap: "address-range",
    s3_len255: "read",
  },
};

/** Refused by us though most peers read it, and all that do make the same image of it; each with the reason. */
const STRICTER_THAN_MOST: Readonly<Record<string, string>> = {
  missing_eof: "the end may be missing, and nothing else would show it",
  only_eof: "no data: such files are committed by mistake",
  ctrl_z_after_eof: "nothing stands behind the end",
  nul_after_eof: "nothing stands behind the end",
  two_eof: "nothing stands behind the end: the second may be that of another file",
  eof_with_data: "a type that carries nothing carries something",
  start_twice_05: "same bytes, but srec_cat keeps the first start address and objcopy the last",
  start_03_and_05: "same bytes, but two start addresses",
  no_terminator: "the end may be missing, and nothing else would show it",
};

const asPeerImage = (image: MemoryImage): PeerImage =>
  image.segments.map(({ address, data }) => {
    const sha1 = () => createHash("sha1").update(data).digest("hex").slice(0, 8);
    return [`0x${address.toString(16)}`, data.length > 64 ? `${data.length}:${sha1()}` : data.toHex()];
  });

function judge(family: Family, text: string): { verdict: Verdict; image?: PeerImage } {
  try {
    return { verdict: "read", image: asPeerImage(PARSERS[family](new TextEncoder().encode(text))) };
  } catch (error) {
    assert(error instanceof ImageFormatError, String(error));
    assert(error.advice);
    return { verdict: error.code };
  }
}

/** Every text, with our verdict and those of the peers. */
function judgeAll() {
  const texts = readCorpusJson<Record<Family, Record<string, string>>>("peer_verdicts/vectors.json");
  const peers = readCorpusJson<Record<Family, Record<string, Record<string, PeerVerdict>>>>(
    "peer_verdicts/verdicts.json",
  );
  return (["ihex", "srec"] as const).flatMap((family) => {
    assert.deepEqual(Object.keys(texts[family]), Object.keys(VERDICTS[family]));
    return Object.entries(texts[family]).map(([name, text]) => {
      const verdicts = Object.values(peers[family][name]!);
      const images = verdicts.flatMap(([verdict, image]) => verdict === "ok" && image !== null ? [image] : []);
      const readCount = verdicts.filter(([verdict]) => verdict === "ok").length;
      const distinctImages = new Set(images.map((image) => JSON.stringify(image)));
      return { family, name, ...judge(family, text), images, distinctImages, readCount, peerCount: verdicts.length };
    });
  });
}

corpusTest("each awkward text is read or refused as the table says", () => {
  for (const { family, name, verdict } of judgeAll()) assert.equal(verdict, VERDICTS[family][name], name);
});

corpusTest("a text that we read is the same image to every peer that reads it", () => {
  for (const { name, image, images } of judgeAll()) {
    if (image === undefined) continue;
    assert(images.length > 0, name);
    for (const other of images) assert.deepEqual(image, other, name);
  }
});

corpusTest("a text of which peers make different images is refused", () => {
  const disputed = judgeAll().filter(({ distinctImages }) => distinctImages.size > 1);
  assert.equal(disputed.length, 10);
  for (const { name, verdict } of disputed) assert.notEqual(verdict, "read", name);
});

corpusTest("a text that every peer refuses is refused", () => {
  const hopeless = judgeAll().filter(({ readCount }) => readCount === 0);
  assert.equal(hopeless.length, 17);
  for (const { name, verdict } of hopeless) assert.notEqual(verdict, "read", name);
});

corpusTest("a text that most peers read alike is read, or has a reason not to be", () => {
  const stricter = judgeAll().filter(({ verdict, distinctImages, readCount, peerCount }) =>
    verdict !== "read" && distinctImages.size < 2 && readCount > peerCount / 2
  );
  assert.deepEqual(stricter.map(({ name }) => name).sort(), Object.keys(STRICTER_THAN_MOST).sort());
});
