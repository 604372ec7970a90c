/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_HEAP_COUNT_H
#define BENCH_HEAP_COUNT_H

/* The linker passes every call of malloc() and its like, the libraries' too, through here (--wrap). */

#include <stdint.h>

uint64_t heap_count(void); /* how often this process has asked for memory */

#endif
