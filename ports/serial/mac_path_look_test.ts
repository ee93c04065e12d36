import assert from "node:assert/strict";
import { lookAtMacPort } from "./mac_path_look.ts";

Deno.test("lookAtMacPort() follows links, and sees what is not there", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.symlink("/dev/null", `${folder}/port`);
    await Deno.symlink(`${folder}/none`, `${folder}/dangling`);
    assert.deepEqual(lookAtMacPort(`${folder}/port`), { identity: "/dev/null", isUsable: true });
    assert.equal(lookAtMacPort(`${folder}/dangling`), undefined);
    assert.equal(lookAtMacPort("/dev/cu.none"), undefined);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
