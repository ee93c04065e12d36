#!/bin/sh
# Builds cm7.elf, cm7.hex, cm4.elf and cm4.hex, next to the sources or into the folder given.
# Needs Debian's gcc-arm-none-eabi. The same compiler gives the same bytes anywhere: no path, date or build id gets in.
set -eu

sources=$(cd "$(dirname "$0")" && pwd)
out=${1:-$sources}
mkdir -p "$out"
out=$(cd "$out" && pwd)
cd "$sources" # The compiler sees bare file names only.

build() { # build NAME CPU
  arm-none-eabi-gcc -mcpu="$2" -mthumb -mfloat-abi=soft -std=gnu11 -Os -Wall -Wextra -Werror \
    -ffreestanding -fno-ident -fno-tree-loop-distribute-patterns -fno-asynchronous-unwind-tables \
    -nostdlib -Wl,--build-id=none -Wl,--nmagic -T "$1.ld" \
    startup.c board.c mailbox.c "$1.c" -o "$out/$1.elf"
  chmod a-x "$out/$1.elf"
  arm-none-eabi-objcopy -O ihex "$out/$1.elf" "$out/$1.hex"
}

build cm7 cortex-m7
build cm4 cortex-m4
