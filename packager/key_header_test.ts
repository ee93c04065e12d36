import assert from "node:assert/strict";
import { parseHex } from "../core/mod.ts";
import { importKnownKey } from "../tests/small_pair.ts";
import type { KeyType } from "./header.ts";
import { exportCHeader } from "./key_header.ts";

const TYPES: readonly KeyType[] = ["ed25519", "p256"];

for (const type of TYPES) {
  Deno.test(`exportCHeader() writes id and raw bytes of a ${type} key, the same each time`, async () => {
    const { publicKey } = await importKnownKey(type);
    const text = exportCHeader(publicKey, { name: "pump_key" });
    assert.equal(text, exportCHeader(publicKey, { name: "pump_key" }));
    const arrays = [...text.matchAll(/(\w+)\[(\d+)\] = \{([^}]*)\}/g)].map(([, name, size, body]) => {
      const bytes = parseHex(body!.replaceAll(/0x|,/g, ""));
      assert.equal(bytes.length, Number(size));
      return [name, bytes];
    });
    assert.deepEqual(arrays, [["pump_key_id", publicKey.keyId], ["pump_key", publicKey.rawPublicKey]]);
    assert.match(text, /^#ifndef PUMP_KEY_H\n#define PUMP_KEY_H$/m);
    assert.match(text, type === "ed25519" ? /PUMP_KEY_KIND 1u/ : /PUMP_KEY_KIND 2u/);
  });
}

for (const name of ["", "1key", "a b", "a-b", "a;int x", "kéy", "a\n"]) {
  Deno.test(`exportCHeader() refuses the name ${JSON.stringify(name)}`, async () => {
    const { publicKey } = await importKnownKey("ed25519");
    assert.throws(() => exportCHeader(publicKey, { name }), RangeError);
  });
}
