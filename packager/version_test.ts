import assert from "node:assert/strict";
import { formatVersion, parseVersion, type Version } from "./version.ts";

const VERSIONS: readonly [string, Version][] = [
  ["0.0.0", { major: 0, minor: 0, patch: 0, build: 0 }],
  ["1.2.3", { major: 1, minor: 2, patch: 3, build: 0 }],
  ["1.2.3+4", { major: 1, minor: 2, patch: 3, build: 4 }],
  ["300.0.0", { major: 300, minor: 0, patch: 0, build: 0 }],
  ["65535.65535.65535+4294967295", { major: 65535, minor: 65535, patch: 65535, build: 4294967295 }],
];

for (const [text, version] of VERSIONS) {
  Deno.test(`parseVersion() and formatVersion() agree on ${text}`, () => {
    assert.deepEqual(parseVersion(text), version);
    assert.equal(formatVersion(version), text);
  });
}

Deno.test("parseVersion() takes a build of 0", () => assert.equal(parseVersion("1.0.0+0").build, 0));

const BAD_FORMS = [
  "",
  "1",
  "1.2",
  "1.2.3.4",
  "v1.2.3",
  "1.2.3-rc1",
  "1.2.3+",
  "1.2.3+a",
  "01.2.3",
  "1.2.3 ",
  " 1.2.3",
  "1.-2.3",
  "1,2,3",
  "1.2.3+4+5",
  "١.٢.٣",
  "1.2.3\n",
];
for (const text of BAD_FORMS) {
  Deno.test(`parseVersion() refuses ${JSON.stringify(text)}`, () =>
    assert.throws(() => parseVersion(text), SyntaxError));
}

for (const text of ["65536.0.0", "1.65536.0", "1.2.70000", "1.2.3+4294967296", `1.2.${"9".repeat(400)}`]) {
  Deno.test(`parseVersion() refuses ${text.slice(0, 20)}, too large a number`, () => {
    assert.throws(() => parseVersion(text), RangeError);
  });
}
