/*
 * The Cortex-M7 half: blinks, exchanges heartbeats with the Cortex-M4, and vouches for both.
 */
#include "board.h"
#include "mailbox.h"

#define LED_PIN 13u
/* So many exchanges in a row with a living Cortex-M4, and this release is held to be well. */
#define WELL_AFTER_BEATS 20u

__attribute__((section(".version"), used)) const char version[] = "coreslot example cm7 1.2.3";

/* Initialised, so that the image has data whose place in flash is not its place in RAM. */
static volatile uint32_t blink_ms = 250;

/*
 * A loader may count its attempts to boot in a register that survives resets, and stay in charge once there were too
 * many. The application sets the count back when it is well: a release that hangs before this line never does.
 */
static void mark_well(void) {
  RCC_APB4ENR |= RCC_APB4ENR_RTC;
  (void)RCC_APB4ENR;
  PWR_CR1 |= PWR_CR1_DBP;
  while ((PWR_CR1 & PWR_CR1_DBP) == 0) {
  }
  RTC_BKP0R = 0;
  PWR_CR1 &= ~PWR_CR1_DBP;
}

int main(void) {
  RCC_AHB4ENR |= RCC_AHB4ENR_GPIOI;
  (void)RCC_AHB4ENR;
  led_enable(GPIOI, LED_PIN);
  mailbox_clear(CORE_CM7);
  tick_start();

  struct heartbeat mine = {0, 0};
  uint32_t last_seen = 0;
  uint32_t beats_well = 0;
  for (;;) {
    tick_wait_ms(blink_ms);
    mine.count += 1u;
    mine.at_ms = tick_now_ms();
    led_set(GPIOI, LED_PIN, mine.count & 1u);

    const struct heartbeat theirs = mailbox_exchange(CORE_CM7, mine);
    /* A Cortex-M4 that has stopped starves this watchdog too: the part runs whole or restarts. */
    if (theirs.count == last_seen) continue;
    last_seen = theirs.count;
    IWDG1_KEY = IWDG_KEY_RELOAD;
    if (beats_well < WELL_AFTER_BEATS && ++beats_well == WELL_AFTER_BEATS) mark_well();
  }
}
