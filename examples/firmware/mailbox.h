/*
 * What the two cores tell each other: a heartbeat each, in SRAM4, which both see at the same address.
 *
 * The data cache of the Cortex-M7 is off after reset and stays off here, so nothing needs cleaning or invalidating.
 */
#ifndef MAILBOX_H
#define MAILBOX_H

#include <stdint.h>

enum core { CORE_CM7, CORE_CM4, CORE_COUNT };

struct heartbeat {
  uint32_t count;
  uint32_t at_ms;
};

/* Writes the whole mailbox; each core does it once before its first exchange. */
void mailbox_clear(enum core self);

/* Leaves this core's heartbeat and takes the other's: both words of each belong together. */
struct heartbeat mailbox_exchange(enum core self, struct heartbeat mine);

#endif
