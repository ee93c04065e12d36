import assert from "node:assert/strict";
import { FileError, type FileErrorCode } from "./file_error.ts";
import { withTempDir } from "../tests/peers.ts";
import { readInput, refuseExisting, writeOutputs } from "./files.ts";

const ASCII = (text: string) => new TextEncoder().encode(text);

function listFolder(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
}

function isFileError(code: FileErrorCode) {
  return (error: unknown) => {
    assert(error instanceof FileError, String(error));
    assert.equal(error.code, code);
    return true;
  };
}

Deno.test("readInput() reads whole files, the empty one too", () =>
  withTempDir((folder) => {
    for (const sizeBytes of [0, 1, 100_000]) {
      const bytes = new Uint8Array(sizeBytes).fill(0xa5);
      Deno.writeFileSync(`${folder}/x`, bytes);
      assert.deepEqual(readInput(`${folder}/x`), bytes);
    }
  }));

Deno.test("readInput() takes a file of the limit and refuses one byte more", () =>
  withTempDir((folder) => {
    Deno.writeFileSync(`${folder}/x`, new Uint8Array(8));
    assert.equal(readInput(`${folder}/x`, 8).length, 8);
    assert.throws(() => readInput(`${folder}/x`, 7), isFileError("too-large"));
  }));

Deno.test({
  name: "readInput() stops at the limit of what never ends",
  ignore: Deno.build.os === "windows",
  fn: () => {
    assert.throws(() => readInput("/dev/zero", 1000), isFileError("too-large"));
  },
});

Deno.test("readInput() says why it cannot read", () =>
  withTempDir((folder) => {
    assert.throws(() => readInput(`${folder}/absent`), isFileError("not-found"));
    assert.throws(() => readInput(folder), isFileError("wrong-kind"));
    Deno.writeFileSync(`${folder}/file`, ASCII("x"));
    assert.throws(() => readInput(`${folder}/file/below`), isFileError("wrong-kind"));
  }));

Deno.test("writeOutputs() writes and replaces, and leaves no draft", () =>
  withTempDir(async (folder) => {
    const outputs = ["a", "b"].map((name) => ({ path: `${folder}/${name}`, bytes: ASCII(name) }));
    Deno.writeTextFileSync(`${folder}/a`, "something longer");
    await writeOutputs(outputs);
    assert.deepEqual(listFolder(folder), ["a", "b"]);
    for (const { path, bytes } of outputs) assert.deepEqual(Deno.readFileSync(path), bytes);
  }));

Deno.test("writeOutputs() writes none when one cannot be written", () =>
  withTempDir(async (folder) => {
    Deno.mkdirSync(`${folder}/folder`);
    Deno.writeTextFileSync(`${folder}/old`, "old");
    const cases: readonly [string, FileErrorCode][] = [["folder", "wrong-kind"], ["absent/x", "folder-not-found"], [
      "old/x",
      "wrong-kind",
    ]];
    for (const [bad, code] of cases) {
      const outputs = ["old", "new", bad].map((name) => ({ path: `${folder}/${name}`, bytes: ASCII("new") }));
      await assert.rejects(writeOutputs(outputs), isFileError(code), bad);
      assert.deepEqual(listFolder(folder), ["folder", "old"], bad);
      assert.equal(Deno.readTextFileSync(`${folder}/old`), "old");
    }
  }));

Deno.test("writeOutputs() leaves a foreign draft alone", () =>
  withTempDir(async (folder) => {
    const draft = `.x.${Deno.pid}.draft`;
    Deno.writeTextFileSync(`${folder}/${draft}`, "foreign");
    await assert.rejects(writeOutputs([{ path: `${folder}/x`, bytes: ASCII("x") }]), isFileError("io-failed"));
    assert.deepEqual(listFolder(folder), [draft]);
  }));

Deno.test({
  name: "writeOutputs() sets the mode from the start and keeps it when it replaces",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withTempDir(async (folder) => {
      const path = `${folder}/key.pem`;
      Deno.writeTextFileSync(path, "old", { mode: 0o644 });
      await writeOutputs([{ path, bytes: ASCII("secret"), mode: 0o600 }]);
      assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
    }),
});

Deno.test({
  name: "writeOutputs() replaces the file that a link names, not the link",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withTempDir(async (folder) => {
      Deno.mkdirSync(`${folder}/releases`);
      Deno.writeTextFileSync(`${folder}/releases/1`, "old");
      Deno.symlinkSync("releases/1", `${folder}/latest`);
      await writeOutputs([{ path: `${folder}/latest`, bytes: ASCII("new") }]);
      assert(Deno.lstatSync(`${folder}/latest`).isSymlink);
      assert.equal(Deno.readTextFileSync(`${folder}/releases/1`), "new");
      assert.deepEqual(listFolder(`${folder}/releases`), ["1"]);
    }),
});

Deno.test({
  name: "writeOutputs() writes to a device instead of replacing it",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await writeOutputs([{ path: "/dev/null", bytes: ASCII("x") }]);
    assert(Deno.statSync("/dev/null").isCharDevice);
  },
});

Deno.test("refuseExisting() refuses what is there, whatever it is", () =>
  withTempDir((folder) => {
    refuseExisting(`${folder}/absent`);
    assert.throws(() => refuseExisting(folder), isFileError("exists"));
  }));
