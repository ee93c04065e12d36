/**
 * Intel HEX (Intel, Hexadecimal Object File Format Specification, Revision A, 1988): all six record types.
 *
 * A file that well-known readers turn into different images is refused, and so is one whose end may be missing. Beside
 * each rule stands what six other readers do with such a text: srec_cat 1.64, GNU objcopy 2.40, bincopy, fwupdtool 2.0.20,
 * python-intelhex 2.3.0, nrf-intel-hex 1.4.0. The rules for lines stand in `record_text.ts`.
 *
 * | text | rule | others |
 * | --- | --- | --- |
 * | data records in any order | read | 5 of 6 read |
 * | two bytes for one address, equal or not | refused, `overlap` | objcopy keeps both, srec_cat takes equal ones, 4 refuse |
 * | data record of 0 bytes, of 255 bytes | read | 5 of 6, 6 of 6 read |
 * | data over 0xFFFF, no base or a base of type 04 | read, goes on | 5 of 6 read |
 * | data over 0xFFFF, a base of type 02 | refused, `ambiguous-address` | srec_cat wraps inside the segment, 4 go on |
 * | data over 0xFFFFFFFF | refused, `address-range` | srec_cat wraps to 0, 3 go on, 2 refuse |
 * | data under a base of type 02 or 04 while the other type's last base is not 0 | refused, `ambiguous-address` | objcopy and bincopy add the two, 3 take the later |
 * | type 02 or 04 without exactly 2 bytes | refused, `bad-length` | 3 take it, with different bases |
 * | type 02, 03, 04 or 05 at another address than 0000 | refused, `bad-field` | type 04: 3 of 6 refuse |
 * | type 03 or 05 without exactly 4 bytes | refused, `bad-length` | 4 of 6 refuse |
 * | the same start address twice | read | 5 of 6 read |
 * | two start addresses | refused, `ambiguous-start` | srec_cat keeps the first, objcopy the last, 1 refuses |
 * | other record types, also those of universal HEX | refused, `unknown-type` | all refuse |
 * | no end-of-file record | refused, `truncated` | 4 of 6 read: they cannot tell when the end is missing |
 * | an address in the end-of-file record | read; it is the start address when no other is | 5 of 6 read; srec_cat and objcopy alike |
 * | data in the end-of-file record | refused, `bad-length` | 4 of 6 ignore it |
 * | anything but line ends behind the end-of-file record (data, a second one, Ctrl-Z, NUL) | refused, `trailing-data` | bincopy reads on, 3 stop, 2 refuse |
 * | no data at all | refused, `no-data` | 4 of 6 read; such files are committed by mistake |
 * | malformed record, wrong checksum | refused | all refuse; fwupdtool takes an odd digit |
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

export { parseIntelHex } from "./intel_hex_reader.ts";
export { formatIntelHex, type FormatIntelHexOptions } from "./intel_hex_writer.ts";
