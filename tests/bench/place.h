/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_PLACE_H
#define BENCH_PLACE_H

/* Which CPU a process runs on.  Children run where their parent does, until they are moved. */

#include <sched.h>
#include <stdbool.h>

struct place {
	cpu_set_t before;
	int here, there; /* two CPUs of ours; the same one if there is only one */
};

int place_open(struct place *place); /* moves this process to `here` */
void place_close(const struct place *place);

bool place_move(int cpu); /* this process */

#endif
