import assert from "node:assert/strict";
import { formatPem, parsePem } from "./pem.ts";

const BODY = "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
const block = (label: string, body = BODY) => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;

/** Texts that hold one key. */
const TAKEN: readonly [string, string][] = [
  ["as OpenSSL writes it", block("PUBLIC KEY")],
  ["with CRLF", block("PUBLIC KEY").replaceAll("\n", "\r\n")],
  ["without the last line end", block("PUBLIC KEY").trimEnd()],
  ["with text around it", `Key of the pump\n${block("PUBLIC KEY")}\nend\n`],
  ["with short lines", block("PUBLIC KEY", BODY.replaceAll(/.{10}/g, "$&\n"))],
  ["with spaces behind the lines", block("PUBLIC KEY").replaceAll("\n", "  \n")],
  ["behind EC parameters", block("EC PARAMETERS", "BggqhkjOPQMBBw==") + block("PUBLIC KEY")],
];

for (const [name, text] of TAKEN) {
  Deno.test(`parsePem() takes a key ${name}`, () => {
    const { label, der } = parsePem(text);
    assert.equal(label, "PUBLIC KEY");
    assert.equal(btoa(String.fromCharCode(...der)), BODY);
  });
}

Deno.test("formatPem() writes lines of 64 characters", () => {
  const der = Uint8Array.from({ length: 49 }, (_, index) => index);
  const lines = formatPem({ label: "PUBLIC KEY", der }).split("\n");
  assert.deepEqual(lines.map((line) => line.length), [26, 64, 4, 24, 0]);
  assert.deepEqual(parsePem(lines.join("\n")), { label: "PUBLIC KEY", der });
});

/** Texts that are refused. */
const REFUSED: readonly [string, string, string][] = [
  ["nothing", "", "not-pem"],
  ["the base64 alone", BODY, "not-pem"],
  ["DER", String.fromCharCode(0x30, 0x2a, 0x30), "not-pem"],
  ["a block without end", block("PUBLIC KEY").slice(0, -10), "not-pem"],
  ["a block that ends as another", block("PUBLIC KEY").replace("END PUBLIC", "END PRIVATE"), "not-pem"],
  ["EC parameters alone", block("EC PARAMETERS"), "not-pem"],
  ["two keys", block("PUBLIC KEY") + block("PUBLIC KEY"), "several-keys"],
  ["an encrypted PKCS#8", block("ENCRYPTED PRIVATE KEY"), "encrypted"],
  [
    "an encrypted SEC1",
    block("EC PRIVATE KEY", `Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n${BODY}`),
    "encrypted",
  ],
  ["an empty block", block("PUBLIC KEY", ""), "malformed"],
  ["base64 cut short", block("PUBLIC KEY", BODY.slice(0, -1)), "malformed"],
  ["a character that is not base64", block("PUBLIC KEY", BODY.replace("/", "_")), "malformed"],
  ["padding in the middle", block("PUBLIC KEY", `MC==${BODY}`), "malformed"],
];

for (const [name, text, code] of REFUSED) {
  Deno.test(`parsePem() refuses ${name}`, () => {
    assert.throws(() => parsePem(text), { name: "KeyError", code });
  });
}

Deno.test("parsePem() takes time that grows with the text only", () => {
  const text = "-----BEGIN PUBLIC KEY-----\n".repeat(100_000);
  assert.throws(() => parsePem(text), { code: "not-pem" });
});
