#include "mailbox.h"

#include "board.h"

/* RM0399, "Memory map": SRAM4, domain D3, powered whichever core runs. */
#define MAILBOX ((volatile struct heartbeat *)0x38000000u)
#define SEMAPHORE 0u

static const uint32_t hsem_core[CORE_COUNT] = {HSEM_CORE_CM7, HSEM_CORE_CM4};

/*
 * Spins while the other core holds the semaphore: a few dozen cycles. If it died holding it, this core stops feeding
 * its watchdog and the reset frees both.
 */
static void lock(enum core self) {
  while (HSEM_RLR(SEMAPHORE) != (HSEM_LOCK | hsem_core[self])) {
  }
  __asm__ volatile("dmb" ::: "memory");
}

static void unlock(enum core self) {
  __asm__ volatile("dmb" ::: "memory");
  HSEM_R(SEMAPHORE) = hsem_core[self];
}

static void write(enum core core, struct heartbeat beat) {
  MAILBOX[core].count = beat.count;
  MAILBOX[core].at_ms = beat.at_ms;
}

void mailbox_clear(enum core self) {
  RCC_AHB4ENR |= RCC_AHB4ENR_HSEM;
  (void)RCC_AHB4ENR; /* The clock is on two cycles after the write; reading back waits for it. */
  /*
   * After power-up SRAM4 holds noise, and ECC bits that do not match it: write before read. The core that comes second
   * wipes the first one's heartbeat, which comes again with its next beat.
   */
  lock(self);
  for (unsigned core = 0; core < CORE_COUNT; core++) write((enum core)core, (struct heartbeat){0, 0});
  unlock(self);
}

struct heartbeat mailbox_exchange(enum core self, struct heartbeat mine) {
  const enum core other = self == CORE_CM7 ? CORE_CM4 : CORE_CM7;
  lock(self);
  write(self, mine);
  const struct heartbeat theirs = {MAILBOX[other].count, MAILBOX[other].at_ms};
  unlock(self);
  return theirs;
}
