/*
 * The few registers of an STM32H745/747/755/757 that the example touches.
 *
 * Addresses: RM0399, "Memory map and register boundary addresses". Bits: the chapter named beside each group.
 * Not tried on silicon: the images exist to be packed, inspected and taken apart.
 */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))

/* PM0253 (Cortex-M7) and PM0214 (Cortex-M4), "SysTick timer" and "System control block". */
#define SYSTICK_CONTROL REGISTER(0xE000E010u)
#define SYSTICK_RELOAD REGISTER(0xE000E014u)
#define SYSTICK_VALUE REGISTER(0xE000E018u)
#define SYSTICK_ON_CORE_CLOCK_WITH_INTERRUPT 7u
#define SCB_VTOR REGISTER(0xE000ED08u)

/* "Reset and clock control": each core has its own view of this register, so neither disturbs the other. */
#define RCC_AHB4ENR REGISTER(0x580244E0u)
#define RCC_AHB4ENR_GPIOI (1u << 8)
#define RCC_AHB4ENR_GPIOJ (1u << 9)
#define RCC_AHB4ENR_HSEM (1u << 25)
#define RCC_APB4ENR REGISTER(0x580244F4u)
#define RCC_APB4ENR_RTC (1u << 16)

/* "General-purpose I/Os": the LEDs of the H745I-DISCO, PI13 for the Cortex-M7 and PJ2 for the Cortex-M4. */
#define GPIOI 0x58022000u
#define GPIOJ 0x58022400u
#define GPIO_MODER(port) REGISTER((port) + 0x00u)
#define GPIO_BSRR(port) REGISTER((port) + 0x18u)

/* "Hardware semaphore": a read of RLR takes the semaphore if it is free, and tells who has it. */
#define HSEM_R(index) REGISTER(0x58026400u + 4u * (index))
#define HSEM_RLR(index) REGISTER(0x58026480u + 4u * (index))
#define HSEM_LOCK (1u << 31)
#define HSEM_CORE_CM7 (3u << 8)
#define HSEM_CORE_CM4 (1u << 8)

/* "Independent watchdog": IWDG1 guards the Cortex-M7, IWDG2 the Cortex-M4. */
#define IWDG1_KEY REGISTER(0x58004800u)
#define IWDG2_KEY REGISTER(0x58004C00u)
#define IWDG_KEY_RELOAD 0xAAAAu

/* "Power control" and "Real-time clock": backup registers keep their value through a reset. */
#define PWR_CR1 REGISTER(0x58024800u)
#define PWR_CR1_DBP (1u << 8)
#define RTC_BKP0R REGISTER(0x58004050u)

/* Both cores run at 64 MHz after reset, from the internal oscillator. */
#define CORE_CLOCK_HZ 64000000u

/* Starts the millisecond tick. */
void tick_start(void);

/* Milliseconds since tick_start(). */
uint32_t tick_now_ms(void);

/* Sleeps until so many milliseconds have gone by. */
void tick_wait_ms(uint32_t duration_ms);

/* The handler of the SysTick interrupt. */
void tick_interrupt(void);

/* Makes one pin of a port an output; the port's clock must be on. */
void led_enable(uint32_t port, uint32_t pin);

/* Drives that pin high or low. */
void led_set(uint32_t port, uint32_t pin, int is_high);

#endif
