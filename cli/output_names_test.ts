import assert from "node:assert/strict";
import { OutputNames } from "./output_names.ts";
import { UsageError } from "./usage_error.ts";

/** Ports, and what they are called in `flash-{port}.hex`. */
const LABELS: readonly (readonly [port: string, label: string])[] = [
  ["/dev/ttyACM0", "ttyACM0"],
  ["/dev/serial/by-id/usb-ST_Link-if01", "serial_by-id_usb-ST_Link-if01"],
  ["COM3", "COM3"],
  ["tcp:127.0.0.1:7000", "tcp_127.0.0.1_7000"],
  ["tcp:[::1]:7000", "tcp_1_7000"],
  ["./pty", "pty"],
  ["/run/board/pty", "run_board_pty"],
];

for (const [port, label] of LABELS) {
  Deno.test(`OutputNames names ${port} ${label}`, () => {
    assert.equal(new OutputNames("flash-{port}.hex").nameFor(port), `flash-${label}.hex`);
  });
}

Deno.test("OutputNames gives each port a name of its own, or refuses", () => {
  const names = new OutputNames("{port}/{port}.bin");
  assert.equal(names.nameFor("/dev/a:b"), "a_b/a_b.bin");
  assert.throws(() => names.nameFor("/dev/a_b"), UsageError);
  assert.equal(names.nameFor("/dev/a-b"), "a-b/a-b.bin");
  assert.throws(() => new OutputNames("flash.bin"), UsageError);
});
