#include "board.h"

static volatile uint32_t elapsed_ms;

void tick_start(void) {
  SYSTICK_RELOAD = CORE_CLOCK_HZ / 1000u - 1u;
  SYSTICK_VALUE = 0;
  SYSTICK_CONTROL = SYSTICK_ON_CORE_CLOCK_WITH_INTERRUPT;
}

uint32_t tick_now_ms(void) { return elapsed_ms; }

void tick_wait_ms(uint32_t duration_ms) {
  const uint32_t start_ms = elapsed_ms;
  while (elapsed_ms - start_ms < duration_ms) __asm__ volatile("wfi");
}

void tick_interrupt(void) { elapsed_ms += 1u; }

void led_enable(uint32_t port, uint32_t pin) {
  const uint32_t others = GPIO_MODER(port) & ~(3u << (2u * pin));
  GPIO_MODER(port) = others | (1u << (2u * pin));
}

void led_set(uint32_t port, uint32_t pin, int is_high) {
  GPIO_BSRR(port) = 1u << (is_high ? pin : pin + 16u);
}
