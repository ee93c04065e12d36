/**
 * Keys in DER: PKCS#8 (RFC 5958, RFC 8410), SEC1 (RFC 5915) and SPKI (RFC 5280, RFC 5480, RFC 8410).
 *
 * Runs in Deno, Node and browsers.
 *
 * @module
 */

import { type Bytes, concatBytes, equalBytes } from "../core/bytes.ts";
import { formatHex, parseHex } from "../core/hex.ts";
import { contentOf, decodeDer, decodeOnlyValue, DER_TAGS, type DerValue } from "./der.ts";
import type { KeyType } from "./header.ts";
import { KeyError } from "./key_error.ts";

/** What stands before the raw key in an SPKI: all of it is fixed, for each kind. */
const SPKI_PREFIXES: Readonly<Record<KeyType, Bytes>> = {
  // SEQUENCE { SEQUENCE { 1.3.101.112 }, BIT STRING }: RFC 8410, section 4.
  ed25519: parseHex("302a300506032b6570032100"),
  // SEQUENCE { SEQUENCE { 1.2.840.10045.2.1, 1.2.840.10045.3.1.7 }, BIT STRING 04 X Y }: RFC 5480, section 2.
  p256: parseHex("3059301306072a8648ce3d020106082a8648ce3d03010703420004"),
};

/** What stands before the secret in a PKCS#8 of OpenSSL's: version, algorithm, and the start of the key. */
const PKCS8_PREFIXES: Readonly<Record<KeyType, string>> = {
  ed25519: "302e020100300506032b657004220420",
  p256: "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420",
};

/** Object identifiers by the hexadecimal digits of their DER content. */
const ED25519_OID = "2b6570";
const EC_OID = "2a8648ce3d0201";
const P256_OID = "2a8648ce3d030107";
/** What else people bring, for messages. */
const OTHER_ALGORITHMS: Readonly<Record<string, string>> = {
  "2a864886f70d010101": "RSA",
  "2b656e": "X25519",
  "2b6571": "Ed448",
  "2b8104000a": "ECDSA on secp256k1",
  "2b81040021": "ECDSA on P-224",
  "2b81040022": "ECDSA on P-384",
  "2b81040023": "ECDSA on P-521",
};

const SECRET_SIZE_BYTES = 32;

/** A private key: its kind and its 32 bytes. */
export interface PrivateKeyParts {
  /** Kind of the key. */
  readonly type: KeyType;
  /** Ed25519: the seed. P-256: the number d, most significant byte first. */
  readonly secret: Bytes;
  /** The raw public key where the file carries one. */
  readonly rawPublicKey: Bytes | undefined;
}

/** A public key: its kind and its raw bytes. */
export interface PublicKeyParts {
  /** Kind of the key. */
  readonly type: KeyType;
  /** Ed25519: 32 bytes. P-256: X and Y, 32 bytes each. */
  readonly rawPublicKey: Bytes;
}

/**
 * Decodes a public key from SPKI.
 *
 * @param der The SPKI.
 * @returns Kind and raw bytes. Whether they are a point is not checked.
 * @throws {KeyError} `unsupported-algorithm` or `malformed`.
 */
export function decodeSpki(der: Uint8Array): PublicKeyParts {
  return explained(() => {
    const [algorithm, key, ...rest] = decodeDer(decodeOnlyValue(der, DER_TAGS.sequence));
    const type = decodeAlgorithm(contentOf(algorithm, DER_TAGS.sequence));
    if (rest.length > 0) throw new SyntaxError("Cannot decode DER: bytes follow the key");
    return { type, rawPublicKey: decodeBitString(type, contentOf(key, DER_TAGS.bitString)) };
  });
}

/**
 * Encodes a public key as SPKI.
 *
 * @param key Kind and raw bytes.
 * @returns Fresh bytes: 44 for Ed25519, 91 for P-256.
 */
export function encodeSpki(key: PublicKeyParts): Bytes {
  return concatBytes([SPKI_PREFIXES[key.type], key.rawPublicKey]);
}

/**
 * Decodes a private key from PKCS#8.
 *
 * @param der The PKCS#8.
 * @returns Kind, secret, and the public key where the file carries it.
 * @throws {KeyError} `unsupported-algorithm` or `malformed`.
 */
export function decodePkcs8(der: Uint8Array): PrivateKeyParts {
  return explained(() => {
    const [version, algorithm, key, ...optional] = decodeDer(decodeOnlyValue(der, DER_TAGS.sequence));
    if ((contentOf(version, DER_TAGS.integer)[0] ?? 2) > 1) throw new SyntaxError("Cannot decode DER: unknown version");
    const type = decodeAlgorithm(contentOf(algorithm, DER_TAGS.sequence));
    const content = contentOf(key, DER_TAGS.octetString);
    if (type === "p256") return decodeEcPrivateKey(content);
    const bits = optional.find(({ tag }) => tag === DER_TAGS.implicit1)?.content;
    return {
      type,
      secret: checkSecret(decodeOnlyValue(content, DER_TAGS.octetString)),
      rawPublicKey: bits && decodeBitString(type, bits),
    };
  });
}

/**
 * Encodes a private key as PKCS#8, with the bytes that OpenSSL 3 writes.
 *
 * @param key Kind, secret, and for P-256 the public key.
 * @returns Fresh bytes.
 */
export function encodePkcs8(key: PrivateKeyParts & PublicKeyParts): Bytes {
  const prefix = parseHex(PKCS8_PREFIXES[key.type]);
  if (key.type === "ed25519") return concatBytes([prefix, key.secret]);
  return concatBytes([prefix, key.secret, parseHex("a14403420004"), key.rawPublicKey]);
}

/**
 * Decodes a private key from SEC1.
 *
 * @param der The `ECPrivateKey`.
 * @returns Kind, secret, and the public key where the file carries it.
 * @throws {KeyError} `unsupported-algorithm` or `malformed`.
 */
export function decodeSec1(der: Uint8Array): PrivateKeyParts {
  return explained(() => {
    const isCurveNamed = decodeDer(decodeOnlyValue(der, DER_TAGS.sequence)).some(({ tag }) =>
      tag === DER_TAGS.explicit0
    );
    if (!isCurveNamed) throw new SyntaxError("Cannot decode DER: no curve is named");
    return decodeEcPrivateKey(der);
  });
}

/** RFC 5915, section 3: version, secret, [0] curve, [1] public key. */
function decodeEcPrivateKey(der: Uint8Array): PrivateKeyParts {
  const [version, secret, ...optional] = decodeDer(decodeOnlyValue(der, DER_TAGS.sequence));
  if (contentOf(version, DER_TAGS.integer)[0] !== 1) throw new SyntaxError("Cannot decode DER: unknown version");
  const curve = optional.find(({ tag }) => tag === DER_TAGS.explicit0);
  if (curve !== undefined) checkCurve(decodeDer(curve.content)[0]);
  const key = optional.find(({ tag }) => tag === DER_TAGS.explicit1);
  const bits = key && decodeOnlyValue(key.content, DER_TAGS.bitString);
  return {
    type: "p256",
    secret: checkSecret(contentOf(secret, DER_TAGS.octetString)),
    rawPublicKey: bits && decodeBitString("p256", bits),
  };
}

function decodeAlgorithm(content: Bytes): KeyType {
  const [algorithm, parameters] = decodeDer(content);
  const identifier = formatHex(contentOf(algorithm, DER_TAGS.objectIdentifier));
  if (identifier === ED25519_OID) return "ed25519";
  if (identifier !== EC_OID) {
    throw unsupported(OTHER_ALGORITHMS[identifier] ?? `of the algorithm with OID ${identifier}`);
  }
  checkCurve(parameters);
  return "p256";
}

function checkCurve(curve: DerValue | undefined): void {
  if (curve?.tag === DER_TAGS.sequence) throw unsupported("ECDSA with the curve spelled out instead of named");
  const identifier = formatHex(contentOf(curve, DER_TAGS.objectIdentifier));
  if (identifier !== P256_OID) {
    throw unsupported(OTHER_ALGORITHMS[identifier] ?? `ECDSA on the curve with OID ${identifier}`);
  }
}

function checkSecret(secret: Bytes): Bytes {
  if (secret.length === SECRET_SIZE_BYTES) return secret;
  throw new SyntaxError(`Cannot decode key: the secret has ${secret.length} bytes instead of ${SECRET_SIZE_BYTES}`);
}

/** A bit string begins with its number of unused bits, an uncompressed point with 04 (SEC 1, 2.3.3). */
function decodeBitString(type: KeyType, content: Bytes): Bytes {
  const head = type === "ed25519" ? Uint8Array.of(0) : Uint8Array.of(0, 4);
  const sizeBytes = type === "ed25519" ? 32 : 64;
  if (equalBytes(content.subarray(0, head.length), head) && content.length === head.length + sizeBytes) {
    return content.slice(head.length);
  }
  if (type === "p256" && content.length === 34) throw unsupported("ECDSA with a compressed point");
  throw new SyntaxError("Cannot decode key: the public key has another size or form");
}

function unsupported(what: string): KeyError {
  return new KeyError({
    code: "unsupported-algorithm",
    message: `Cannot use key: it is ${what}`,
    advice: "Use an Ed25519 key, or a P-256 key with the curve given by name and its point uncompressed",
  });
}

function explained<Result>(decode: () => Result): Result {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new KeyError({
      code: "malformed",
      message: "Cannot read key: its DER is damaged",
      advice: "openssl pkey -in key.pem -noout -text says whether anybody else can read it",
      cause: error,
    });
  }
}
