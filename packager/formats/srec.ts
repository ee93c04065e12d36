/**
 * Motorola S-records: S0 to S3 and S5 to S9.
 *
 * A file that well-known readers turn into different images is refused, and so is one whose end may be missing. Beside
 * each rule stands what four other readers do with such a text: srec_cat 1.64, GNU objcopy 2.40, bincopy, fwupdtool
 * 2.0.20 (of the texts that were tried it read only those with an S0 first). The rules for lines stand in `record_text.ts`.
 *
 * | text | rule | others |
 * | --- | --- | --- |
 * | S0 absent, empty, repeated, at another address than 0000 | read; it is a comment | srec_cat warns, objcopy reads |
 * | S1, S2 and S3 mixed | read | 3 of 3 read |
 * | S2 or S3 ended by S9, S1 ended by S7 | read | 3 of 3 read |
 * | data records in any order | read | 3 of 3 read |
 * | two bytes for one address, equal or not | refused, `overlap` | objcopy keeps both, srec_cat takes equal ones |
 * | S1 over 0xFFFF, S2 over 0xFFFFFF | read, goes on | 3 of 3, 2 of 2 read |
 * | S3 over 0xFFFFFFFF | refused, `address-range` | srec_cat wraps to 0, 2 go on |
 * | S5 or S6 anywhere before the end | read; checked against the data records before it | srec_cat checks, 2 do not |
 * | no S7, S8 or S9, but a right S5 or S6 in the last line, as srec_cat writes it | read | 3 of 3 read |
 * | neither | refused, `truncated` | 3 of 3 read: they cannot tell when the end is missing |
 * | anything but line ends behind S7, S8 or S9 | refused, `trailing-data` | srec_cat and bincopy read on, objcopy stops |
 * | a count too small for the type | refused, `bad-length` | 4 of 4 refuse |
 * | data in S5 to S9 | refused, `bad-length` | S9: srec_cat ignores it, objcopy refuses |
 * | S4, other letters | refused, `unknown-type` | objcopy skips S4, 3 refuse |
 * | `s` in lower case | refused, `bad-character` | all refuse |
 * | start address 0 in S7, S8 or S9 | read as none | writers that know none put 0 there |
 * | no data at all | refused, `no-data` | 2 of 4 read |
 *
 * The checksum does not cover the type: one flipped bit that makes an S2 of an S3 gives another address and one byte more,
 * and no reader can tell. Intel HEX has no such gap.
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

export { parseSrec } from "./srec_reader.ts";
export { formatSrec, type FormatSrecOptions } from "./srec_writer.ts";
