import assert from "node:assert/strict";
import { join } from "node:path";
import { peerTest, runPeer, withTempDir } from "./peers.ts";

peerTest("openssl", "runPeer() gives code, output and errors apart", async () => {
  const { code, stdout, stderr } = await runPeer("openssl", ["version"]);
  assert.equal(code, 0);
  assert.match(new TextDecoder().decode(stdout), /^OpenSSL \d/);
  assert.equal(stderr, "");
});

peerTest("openssl", "runPeer() gives a failure back without throwing", async () => {
  const { code, stdout, stderr } = await runPeer("openssl", ["dgst", "-sha256", "no_such_file"]);
  assert.notEqual(code, 0);
  assert.equal(stdout.length, 0);
  assert.match(stderr, /no_such_file/);
});

Deno.test("withTempDir() removes its folder when the test throws", async () => {
  let folder = "";
  const failing = withTempDir(async (path) => {
    folder = path;
    await Deno.writeTextFile(join(path, "file"), "left behind");
    throw new RangeError("on purpose");
  });
  await assert.rejects(failing, RangeError);
  await assert.rejects(Deno.stat(folder), Deno.errors.NotFound);
});
