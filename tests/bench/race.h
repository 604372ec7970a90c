/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_RACE_H
#define BENCH_RACE_H

/*
 * Measures several ways to do a thing against each other.  Machines change their speed from one moment to the next,
 * so each way runs for a short round, in turn, many times over, and the medians are compared.
 */

#include <stdint.h>
#include <sys/types.h>

#define RACE_ROUNDS 21

struct race_entrant {
	const char *name;
	int (*run)(void *argument, uint64_t count); /* does it `count` times; 0, or a failure */
	void *argument;
	uint64_t step; /* `count` is a multiple of it */
	pid_t peer;    /* whose CPU time counts too; 0: nobody's but ours and that of children that have ended */
	uint64_t count;
	double wall_rounds[RACE_ROUNDS], cpu_rounds[RACE_ROUNDS];
	double wall_ns, cpu_ns; /* the outcome: medians, for one time */
};

/* Runs them all; a round takes about `round_ms`. */
int race(struct race_entrant *entrants, size_t count, unsigned round_ms);

#endif
