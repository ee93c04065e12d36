/**
 * What Windows knows of its devices, as far as serial ports are concerned: SetupAPI and the registry, called directly.
 *
 * @module
 */

import { fromWideString, INVALID_HANDLE, toWideString } from "./windows_api.ts";

const SETUP_SYMBOLS = {
  CM_Get_Device_IDW: { parameters: ["u32", "buffer", "u32", "u32"], result: "u32" },
  CM_Get_Parent: { parameters: ["buffer", "u32", "u32"], result: "u32" },
  SetupDiDestroyDeviceInfoList: { parameters: ["isize"], result: "i32" },
  SetupDiEnumDeviceInfo: { parameters: ["isize", "u32", "buffer"], result: "i32" },
  SetupDiGetClassDevsW: { parameters: ["buffer", "pointer", "isize", "u32"], result: "isize" },
  SetupDiGetDevicePropertyW: {
    parameters: ["isize", "buffer", "buffer", "buffer", "buffer", "u32", "pointer", "u32"],
    result: "i32",
  },
  SetupDiGetDeviceRegistryPropertyW: {
    parameters: ["isize", "buffer", "u32", "pointer", "buffer", "u32", "pointer"],
    result: "i32",
  },
  SetupDiOpenDevRegKey: { parameters: ["isize", "buffer", "u32", "u32", "u32", "u32"], result: "isize" },
} as const;

const REGISTRY_SYMBOLS = {
  RegCloseKey: { parameters: ["isize"], result: "i32" },
  RegEnumValueW: {
    parameters: ["isize", "u32", "buffer", "buffer", "pointer", "pointer", "buffer", "buffer"],
    result: "i32",
  },
  RegOpenKeyExW: { parameters: ["isize", "buffer", "u32", "u32", "buffer"], result: "i32" },
  RegQueryValueExW: { parameters: ["isize", "buffer", "pointer", "pointer", "buffer", "buffer"], result: "i32" },
} as const;

/** `DIGCF_PRESENT` of `setupapi.h`: devices that are connected now. */
const DIGCF_PRESENT = 2;
/** `DICS_FLAG_GLOBAL`, `DIREG_DEV` of `setupapi.h`; `KEY_READ` of `winnt.h`. */
const DICS_FLAG_GLOBAL = 1;
const DIREG_DEV = 1;
const KEY_READ = 0x2_0019;
/** `HKEY_LOCAL_MACHINE` of `winreg.h`: 32 bits, with their sign. */
const HKEY_LOCAL_MACHINE = BigInt(0x8000_0002 | 0);

/** `SP_DEVINFO_DATA`: its size in a program of 64 bits, and where the number of the device is. */
const DEVICE_SIZE_BYTES = 32;
const DEVICE_NUMBER_OFFSET = 20;

/** Names and values are shorter: an instance id has 200 characters at most. */
const TEXT_SIZE_UNITS = 512;

/** `GUID_DEVCLASS_PORTS` and `GUID_DEVCLASS_MODEM` of `devguid.h`: some drivers make a port a modem. */
const CLASSES = ["4d36e978-e325-11ce-bfc1-08002be10318", "4d36e96d-e325-11ce-bfc1-08002be10318"];

/** Text that a driver's setup left: `SPDRP_FRIENDLYNAME` and `SPDRP_MFG` of `setupapi.h`. */
const SPDRP_MFG = 0xb;
/** `DEVPKEY_Device_BusReportedDeviceDesc` of `devpkey.h`: what the device itself calls itself. */
const PRODUCT_KEY = { guid: "540b947e-8b40-45bc-a8a2-6a0b894cbda2", index: 4 };

/** A serial port as Windows has it among its devices. */
export interface WindowsDevice {
  /** The name of the port. */
  readonly portName: string;
  /** Which device that is: `USB\VID_0483&PID_5740\207B35A1`. */
  readonly instanceId: string;
  /** The device that it is a part of. */
  readonly parentId: string | undefined;
  /** The maker of device or driver. */
  readonly manufacturer: string | undefined;
  /** What the device calls itself. */
  readonly product: string | undefined;
}

/** The devices of this computer. */
export class WindowsDevices implements Disposable {
  readonly #setup = Deno.dlopen("setupapi.dll", SETUP_SYMBOLS);
  readonly #registry = Deno.dlopen("advapi32.dll", REGISTRY_SYMBOLS);

  /** Lists the devices that are serial ports. */
  list(): readonly WindowsDevice[] {
    return CLASSES.flatMap((guid) => this.#listClass(guid));
  }

  /** Lists the names of all ports that a driver has made, those in no class of devices among them. */
  listNames(): readonly string[] {
    const { RegOpenKeyExW, RegEnumValueW, RegCloseKey } = this.#registry.symbols;
    const handle = new BigInt64Array(1);
    const path = toWideString("HARDWARE\\DEVICEMAP\\SERIALCOMM");
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_READ, handle) !== 0) return [];
    const names: string[] = [];
    for (let index = 0;; index++) {
      const [name, value] = [new Uint16Array(TEXT_SIZE_UNITS), new Uint16Array(TEXT_SIZE_UNITS)];
      const [nameSize, valueSize] = [Uint32Array.of(name.length), Uint32Array.of(value.byteLength)];
      if (RegEnumValueW(handle[0]!, index, name, nameSize, null, null, value, valueSize) !== 0) break;
      names.push(fromWideString(value));
    }
    RegCloseKey(handle[0]!);
    return names;
  }

  /** Lets go of the libraries. */
  [Symbol.dispose](): void {
    this.#setup.close();
    this.#registry.close();
  }

  #listClass(guid: string): readonly WindowsDevice[] {
    const { SetupDiGetClassDevsW, SetupDiEnumDeviceInfo, SetupDiDestroyDeviceInfoList } = this.#setup.symbols;
    const set = SetupDiGetClassDevsW(encodeGuid(guid), null, 0n, DIGCF_PRESENT);
    if (set === INVALID_HANDLE) return [];
    const devices: WindowsDevice[] = [];
    const device = new Uint8Array(DEVICE_SIZE_BYTES);
    new DataView(device.buffer).setUint32(0, DEVICE_SIZE_BYTES, true);
    for (let index = 0; SetupDiEnumDeviceInfo(set, index, device) !== 0; index++) {
      const portName = this.#readPortName(set, device);
      if (portName !== undefined) devices.push({ portName, ...this.#describe(set, device) });
    }
    SetupDiDestroyDeviceInfoList(set);
    return devices;
  }

  #describe(set: bigint, device: Uint8Array<ArrayBuffer>): Omit<WindowsDevice, "portName"> {
    const number = new DataView(device.buffer).getUint32(DEVICE_NUMBER_OFFSET, true);
    const parent = new Uint32Array(1);
    const hasParent = this.#setup.symbols.CM_Get_Parent(parent, number, 0) === 0;
    return {
      instanceId: this.#readId(number) ?? "",
      parentId: hasParent ? this.#readId(parent[0]!) : undefined,
      manufacturer: readText((text) =>
        this.#setup.symbols.SetupDiGetDeviceRegistryPropertyW(
          set,
          device,
          SPDRP_MFG,
          null,
          text,
          text.byteLength,
          null,
        ) !== 0
      ),
      product: readText((text) =>
        this.#setup.symbols.SetupDiGetDevicePropertyW(
          set,
          device,
          encodePropertyKey(PRODUCT_KEY),
          new Uint32Array(1),
          text,
          text.byteLength,
          null,
          0,
        ) !== 0
      ),
    };
  }

  #readId(number: number): string | undefined {
    return readText((text) => this.#setup.symbols.CM_Get_Device_IDW(number, text, text.length, 0) === 0);
  }

  #readPortName(set: bigint, device: Uint8Array<ArrayBuffer>): string | undefined {
    const key = this.#setup.symbols.SetupDiOpenDevRegKey(set, device, DICS_FLAG_GLOBAL, 0, DIREG_DEV, KEY_READ);
    if (key === INVALID_HANDLE) return undefined;
    const name = toWideString("PortName");
    const { RegQueryValueExW, RegCloseKey } = this.#registry.symbols;
    const portName = readText((text) =>
      RegQueryValueExW(key, name, null, null, text, Uint32Array.of(text.byteLength)) === 0
    );
    RegCloseKey(key);
    return portName;
  }
}

/** Has a text filled in; gives nothing when that fails, or nothing is in it. */
function readText(fill: (text: Uint16Array<ArrayBuffer>) => boolean): string | undefined {
  const units = new Uint16Array(TEXT_SIZE_UNITS);
  return fill(units) ? fromWideString(units) || undefined : undefined;
}

/** Makes a `GUID`: the first three numbers little endian, then eight bytes. */
function encodeGuid(text: string): Uint8Array<ArrayBuffer> {
  const digits = text.replaceAll("-", "");
  const bytes = Uint8Array.from({ length: 16 }, (_, index) => parseInt(digits.slice(2 * index, 2 * index + 2), 16));
  for (const [start, end] of [[0, 4], [4, 6], [6, 8]]) bytes.subarray(start, end).reverse();
  return bytes;
}

/** Makes a `DEVPROPKEY`: a `GUID` and a number. */
function encodePropertyKey({ guid, index }: typeof PRODUCT_KEY): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(...encodeGuid(guid), index, 0, 0, 0);
}
