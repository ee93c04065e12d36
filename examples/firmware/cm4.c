/*
 * The Cortex-M4 half: blinks and answers the Cortex-M7's heartbeat.
 */
#include "board.h"
#include "mailbox.h"

#define LED_PIN 2u

__attribute__((section(".version"), used)) const char version[] = "coreslot example cm4 1.2.3";

/* Faster than the Cortex-M7's, so that it finds a new heartbeat at each of its own. */
static volatile uint32_t blink_ms = 100;

int main(void) {
  RCC_AHB4ENR |= RCC_AHB4ENR_GPIOJ;
  (void)RCC_AHB4ENR;
  led_enable(GPIOJ, LED_PIN);
  mailbox_clear(CORE_CM4);
  tick_start();

  struct heartbeat mine = {0, 0};
  for (;;) {
    tick_wait_ms(blink_ms);
    mine.count += 1u;
    mine.at_ms = tick_now_ms();
    led_set(GPIOJ, LED_PIN, mine.count & 1u);
    (void)mailbox_exchange(CORE_CM4, mine);
    IWDG2_KEY = IWDG_KEY_RELOAD;
  }
}
