import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parseConfig } from "./config.ts";
import { ConfigError } from "./config_error.ts";
import schema from "./config.schema.json" with { type: "json" };
import { FRAME_NAMES } from "./port_flags.ts";
import { PROTOCOL_NAMES } from "./protocols/table.ts";

const isValid = new Ajv2020().compile(schema);

/** Files, and what they hold as flags take it. */
const GOOD: readonly (readonly [file: Record<string, unknown>, flags: Record<string, readonly string[]>])[] = [
  [{}, {}],
  [{ $schema: "./config.schema.json" }, {}],
  [
    { port: "/dev/ttyACM0", protocol: "an3155", baud: 230_400, frame: "8e1", enter: "boot0-rts,reset-dtr" },
    { port: ["/dev/ttyACM0"], protocol: ["an3155"], baud: ["230400"], frame: ["8e1"], enter: ["boot0-rts,reset-dtr"] },
  ],
  [{ port: "/dev/ttyACM0,tcp:[::1]:7000" }, { port: ["/dev/ttyACM0,tcp:[::1]:7000"] }],
  [{ port: "usb:0483:5740", baud: "auto" }, { port: ["usb:0483:5740"], baud: ["auto"] }],
  [
    { part: "stm32f407", layout: "stm32h745", key: "keys/a.pub.pem", file: "update.cslot", leave: "dtr-off" },
    {
      part: ["stm32f407"],
      layout: ["stm32h745"],
      key: ["keys/a.pub.pem"],
      file: ["update.cslot"],
      leave: ["dtr-off"],
    },
  ],
  [{ key: ["a.pem", "b.pem"], base: "0x08000000" }, { key: ["a.pem", "b.pem"], base: ["0x08000000"] }],
];

Deno.test("parseConfig() gives each value as its flag takes it, and the schema agrees", () => {
  for (const [file, flags] of GOOD) {
    assert.deepEqual(parseConfig(JSON.stringify(file)), flags);
    assert(isValid(file), JSON.stringify(file));
  }
});

/** Texts, the place and the message, and whether the schema sees it as well: what parts there are it does not. */
const BAD: readonly (readonly [text: string, message: string, isSeenBySchema: boolean])[] = [
  ["[]", "Cannot read the defaults: the file is no object: write { and } around its keys", true],
  ["null", "Cannot read the defaults: the file is no object: write { and } around its keys", true],
  ['{"prot": 1}', 'Cannot read "prot": there is no such key', true],
  ['{"port": 3}', "Cannot read port: it is a text that is not empty", true],
  ['{"port": ""}', "Cannot read port: it is a text that is not empty", true],
  ['{"port": "ttyACM0"}', 'Cannot read port: "ttyACM0": it is no path, no COM port, no tcp: and no usb:', true],
  [
    '{"port": "/dev/ttyACM0,ttyACM1"}',
    'Cannot read port: "/dev/ttyACM0,ttyACM1": it is no path, no COM port, no tcp: and no usb:',
    true,
  ],
  [
    '{"protocol": "dfu"}',
    'Cannot read protocol: "dfu": it is an3155, cdc, cdc7, ymodem, xmodem or xmodem-1k',
    true,
  ],
  ['{"baud": "fast"}', 'Cannot read baud: it is a whole number from 50 to 20000000, or "auto"', true],
  ['{"baud": 49}', 'Cannot read baud: it is a whole number from 50 to 20000000, or "auto"', true],
  ['{"baud": 9600.5}', 'Cannot read baud: it is a whole number from 50 to 20000000, or "auto"', true],
  ['{"baud": "9600"}', 'Cannot read baud: it is a whole number from 50 to 20000000, or "auto"', true],
  ['{"frame": "9n1"}', 'Cannot read frame: "9n1": it is 8n1, 8e1, 8o1, 8n2, 8e2 or 7e1', true],
  ['{"part": "stm32f999"}', 'Cannot read part: "stm32f999": it is not in the table of parts', false],
  ['{"enter": "boot0-rts"}', 'Cannot read enter: "boot0-rts": it says nothing about reset', false],
  ['{"key": []}', "Cannot read key: it is 1 to 16 paths", true],
  ['{"key": ["a", 1]}', "Cannot read key[1]: it is a text that is not empty", true],
  ['{"base": 134217728}', "Cannot read base: it is a text that is not empty", true],
  ['{"base": "8000000"}', 'Cannot read base: it is an address such as "0x08000000"', true],
  ['{"file": "-"}', "Cannot read file: standard input is no file of a project", true],
  ['{"$schema": 1}', "Cannot read $schema: it is a text", true],
  ['{"key": [[["a"]]]}', "Cannot read key[0]: no value is nested so deeply", true],
  ['{"port": "COM1", "port": "COM2"}', "Cannot read port: it stands twice", false],
];

Deno.test("parseConfig() names the place of what is wrong", () => {
  for (const [text, message, isSeenBySchema] of BAD) {
    assert.throws(() => parseConfig(text), (error) => {
      assert(error instanceof ConfigError);
      assert.equal(error.message, message);
      return true;
    });
    assert.equal(isValid(JSON.parse(text)), !isSeenBySchema, text);
  }
  for (const text of ["", "{", "{port: 1}", "\0", "[".repeat(100_000)]) {
    assert.throws(() => parseConfig(text), { name: "ConfigError", code: "bad-json" });
  }
});

Deno.test("the schema of coreslot.json has the protocols and frames that there are", () => {
  assert.deepEqual(schema.properties.protocol.enum, PROTOCOL_NAMES);
  assert.deepEqual(schema.properties.frame.enum, FRAME_NAMES);
});
