import { checkRefusals, type Refusal } from "./refusal.ts";

const AN3155 = ["--protocol", "an3155", "--port", "tcp:127.0.0.1:7000"] as const;

/** Refused before the port is opened: nobody is there. */
const USAGE: readonly Refusal[] = [
  {
    args: ["info"],
    code: 2,
    line: "Cannot run info: --protocol is missing",
    advice: "See coreslot info --help",
  },
  {
    args: ["info", "--protocol", "dfu", "--port", "tcp:127.0.0.1:7000"],
    code: 2,
    line: 'Cannot read --protocol "dfu": it takes an3155, cdc, cdc7, ymodem, xmodem or xmodem-1k',
  },
  {
    args: ["info", "--protocol", "an3155", "--port", "ttyACM0"],
    code: 2,
    line: 'Cannot use port "ttyACM0": it is no path, no COM port, no tcp: and no usb:',
    advice: "Write the whole path: /dev/ttyACM0",
  },
  {
    args: ["info", ...AN3155, "--frame", "9n1"],
    code: 2,
    line: 'Cannot read --frame "9n1": it takes 8n1, 8e1, 8o1, 8n2, 8e2 or 7e1',
  },
  {
    args: ["info", ...AN3155, "--baud", "fast"],
    code: 2,
    line: 'Cannot read --baud "fast": a rate is 50 to 20000000, or auto',
  },
  {
    args: ["info", ...AN3155, "--baud", "auto", "--enter", "reset-dtr"],
    code: 2,
    line: "Cannot use --baud auto with tcp:127.0.0.1:7000: a port over TCP has no rate here",
    advice: "Leave --baud out: whatever stands at the other end sets the rate",
  },
  {
    args: ["info", "--protocol", "an3155", "--port", "/dev/ttyACM0", "--baud", "auto"],
    code: 2,
    line: "Cannot use --baud auto without --enter: the device measures its rate once after a reset",
    advice: "Say with --enter how the port resets it, or name the rate",
  },
  {
    args: ["send", "cm7.bin", "--protocol", "ymodem", "--baud", "auto", "--port", "tcp:127.0.0.1:7000"],
    code: 2,
    line: "Cannot use --baud auto: ymodem has nothing that can be asked at every rate",
  },
  {
    args: ["info", ...AN3155, "--enter", "boot0-rts"],
    code: 2,
    line: 'Cannot read --enter "boot0-rts": it says nothing about reset',
    advice: "Write for example boot0-rts,reset-dtr, or reset-dtr where a jumper sets BOOT0",
  },
  {
    args: ["info", ...AN3155, "--part", "stm32f408"],
    code: 2,
    line: 'Cannot read --part "stm32f408": there is no such part',
    advice: "Did you mean stm32f103x8 or stm32f407xe or stm32f407xg",
  },
  {
    args: ["info", ...AN3155, "--bank-mode", "dual"],
    code: 2,
    line: "Cannot use --bank-mode: it is one of a part",
    advice: "Name the part with --part",
  },
  {
    args: ["info", ...AN3155, "--part", "stm32f407", "--bank-mode", "dual"],
    code: 2,
    line: "Cannot use --bank-mode dual: stm32f407xg has single",
  },
  {
    args: ["send", "cm7.bin", ...AN3155],
    code: 2,
    line: "Cannot run send: an3155 has no send, the protocol of the boot ROM",
    advice: "The protocols that have it are ymodem, xmodem and xmodem-1k",
  },
  {
    args: ["send", "cm7.bin", "cm4.bin", "--protocol", "xmodem", "--port", "tcp:127.0.0.1:7000"],
    code: 2,
    line: "Cannot run send: this protocol carries one file",
    advice: "Use --protocol ymodem",
  },
  {
    args: ["flash", "cm7.bin", ...AN3155, "--pause", "20"],
    code: 2,
    line: "Cannot run flash: an3155 has no use for --pause",
    advice: "Leave it out, or choose another protocol",
  },
  {
    args: ["send", "cm7.bin", "--protocol", "xmodem", "--port", "tcp:127.0.0.1:7000", "--pause", "1 s"],
    code: 2,
    line: 'Cannot read --pause "1 s": milliseconds are a whole number up to 9999',
  },
  {
    args: ["receive", "in", "--protocol", "ymodem", "--port", "/dev/ttyACM0,/dev/ttyACM1"],
    code: 2,
    line: "Cannot run receive: it is for one device, and --port names several",
    advice: "Run it once for each: two senders may give their files one name",
  },
  {
    args: ["read", "out.bin", "--all", ...AN3155],
    code: 2,
    line: "Cannot write out.bin: several devices would write to it",
    advice: "Put {port} into the name, as in flash-{port}.hex",
  },
  {
    args: ["read", "{port}.xyz", "--protocol", "an3155", "--port", "/dev/ttyACM0,/dev/ttyACM1"],
    code: 2,
    line: "Cannot choose the format of {port}.xyz: its name does not tell",
    advice: "Add --to with one of hex, srec, bin, dfuse, uf2",
  },
  {
    args: ["read", "-", "--protocol", "an3155", "--port", "/dev/ttyACM0,/dev/ttyACM1"],
    code: 2,
    line: "Cannot write -: several devices would write to it",
    advice: "Put {port} into the name, as in flash-{port}.hex",
  },
  {
    args: ["info", "--protocol", "an3155", "--port", "/dev/ttyACM0,ttyACM1"],
    code: 2,
    line: 'Cannot use port "ttyACM1": it is no path, no COM port, no tcp: and no usb:',
    advice: "Write the whole path: /dev/ttyACM1",
  },
  {
    args: ["erase", ...AN3155],
    code: 2,
    line: "Cannot run erase: nobody says what to erase",
    advice: "Add --start and --size for whole sectors, or --all for the whole flash",
  },
  {
    args: ["read", "out.bin", "--size", "4K", ...AN3155],
    code: 2,
    line: "Cannot run read: --size is given and --start is not",
  },
  {
    args: ["read", "out.bin", "--size", "4", "--start", "0xFFFFFFFF", ...AN3155],
    code: 2,
    line: "Cannot run read: the range runs over the last address, 0xFFFFFFFF",
  },
  {
    args: ["protect", "all", ...AN3155],
    code: 2,
    line: 'Cannot read ACTION "all": the actions are write, write-off, readout and readout-off',
  },
  { args: ["protect", "write", ...AN3155], code: 2, line: "Cannot run protect write: --sectors is missing" },
  {
    args: [
      "emulate",
      "--part",
      "stm32f407",
      "--protocol",
      "an3155",
      "--listen",
      "tcp:127.0.0.1:0",
      "--faults",
      "burn:1",
    ],
    code: 2,
    line: 'Cannot parse the fault "burn:1": unknown kind of fault',
    advice: "See coreslot emulate --help for the faults there are",
  },
  {
    args: [
      ...["emulate", "--part", "stm32f407", "--protocol", "ymodem", "--listen", "tcp:127.0.0.1:0"],
      ...["--address", "0x08001000"],
    ],
    code: 2,
    line: "Cannot use --address 0x08001000: no sector of stm32f407xg starts there",
    advice: "A file is erased for by whole sectors: name the start of one",
  },
  { args: ["plan", "cm4.hex", "--protocol", "an3155"], code: 2, line: "Cannot run plan: --part is missing" },
];

Deno.test("coreslot says in one line what is wrong with a command line for a device, and opens no port", () =>
  checkRefusals(USAGE));
