/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

/* The benches.  Each runs in a task of the root, prints as it goes, and gives 0 or a failure. */

#include "report.h"

#define BENCH_IN_FLIGHT 64 /* calls, where there is more than one */

int bench_call(struct report *report);
int bench_heap(struct report *report);
int bench_spawn(struct report *report);
int bench_stream(struct report *report);
int bench_switch(struct report *report);
int bench_syscalls(struct report *report);

/* What bench_syscalls() has run under strace, in a process of its own. */
int bench_syscalls_traced(void);

#endif
