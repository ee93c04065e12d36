/*
 * From reset to main(), the same for both cores: vector table, initialised data, zeroed data.
 */
#include "board.h"

/* RM0399, "Nested vectored interrupt controllers": positions 0 to 149. */
#define INTERRUPT_COUNT 150

/* Given by the linker script; only their addresses mean anything. */
extern uint32_t stack_top[];
extern uint32_t data_start[], data_end[];
extern const uint32_t data_load[];
extern uint32_t bss_start[], bss_end[];

int main(void);
void reset_handler(void);

typedef void (*handler)(void);

struct vector_table {
  uint32_t *initial_stack;
  handler exceptions[15];
  handler interrupts[INTERRUPT_COUNT];
};

/* Nothing but the tick is switched on, so whatever else arrives is a fault: stay here until the watchdog resets. */
static void unexpected_interrupt(void) {
  for (;;) {
  }
}

__attribute__((section(".vectors"), used)) const struct vector_table vectors = {
    .initial_stack = stack_top,
    .exceptions =
        {
            [0] = reset_handler,
            [1] = unexpected_interrupt,  /* NMI */
            [2] = unexpected_interrupt,  /* HardFault */
            [3] = unexpected_interrupt,  /* MemManage */
            [4] = unexpected_interrupt,  /* BusFault */
            [5] = unexpected_interrupt,  /* UsageFault */
            [10] = unexpected_interrupt, /* SVCall */
            [11] = unexpected_interrupt, /* DebugMonitor */
            [13] = unexpected_interrupt, /* PendSV */
            [14] = tick_interrupt,
        },
    .interrupts = {[0 ... INTERRUPT_COUNT - 1] = unexpected_interrupt},
};

void reset_handler(void) {
  SCB_VTOR = (uint32_t)&vectors;
  const uint32_t *from = data_load;
  for (uint32_t *to = data_start; to < data_end; to++) *to = *from++;
  for (uint32_t *to = bss_start; to < bss_end; to++) *to = 0;
  (void)main();
  unexpected_interrupt();
}
