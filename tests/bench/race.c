/* SPDX-License-Identifier: BSD-2-Clause */
#include "race.h"

#include <actor/error.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define NS_PER_S 1e9
#define NS_PER_MS 1e6
#define NS_PER_US 1e3

/* ---- clocks ---- */

static double
read_clock(clockid_t clock)
{
	struct timespec now = { 0 };

	(void)clock_gettime(clock, &now); /* of a peer that has ended: 0, and the round fails anyway */
	return (double)now.tv_sec * NS_PER_S + (double)now.tv_nsec;
}

static double
to_ns(const struct timeval *time)
{
	return (double)time->tv_sec * NS_PER_S + (double)time->tv_usec * NS_PER_US;
}

/* Of all that is involved. */
static double
read_cpu(const struct race_entrant *entrant)
{
	double sum = read_clock(CLOCK_PROCESS_CPUTIME_ID);
	struct rusage ended;
	clockid_t peer;

	if (entrant->peer > 0 && clock_getcpuclockid(entrant->peer, &peer) == 0)
		sum += read_clock(peer);
	if (getrusage(RUSAGE_CHILDREN, &ended) == 0)
		sum += to_ns(&ended.ru_utime) + to_ns(&ended.ru_stime);
	return sum;
}

/* ---- rounds ---- */

static int
run_round(struct race_entrant *entrant, double *ret_wall_ns, double *ret_cpu_ns)
{
	double cpu = read_cpu(entrant), wall = read_clock(CLOCK_MONOTONIC);
	int rc = entrant->run(entrant->argument, entrant->count);

	*ret_wall_ns = read_clock(CLOCK_MONOTONIC) - wall;
	*ret_cpu_ns = read_cpu(entrant) - cpu;
	return rc;
}

static uint64_t
round_up(double count, uint64_t step)
{
	return ((uint64_t)count / step + 1) * step;
}

/* Finds how many times fill a round. */
static int
warm_up(struct race_entrant *entrant, double round_ns)
{
	double wall_ns = 0, cpu_ns;
	int rc = 0;

	for (entrant->count = entrant->step; rc == 0 && wall_ns < round_ns / 2;) {
		rc = run_round(entrant, &wall_ns, &cpu_ns);
		entrant->count = wall_ns < round_ns / 8
		                     ? entrant->count * 4
		                     : round_up((double)entrant->count * round_ns / wall_ns, entrant->step);
	}
	return rc;
}

static int
compare(const void *one, const void *other)
{
	const double *a = one, *b = other;

	return (*a > *b) - (*a < *b);
}

static double
median(double rounds[static RACE_ROUNDS])
{
	qsort(rounds, RACE_ROUNDS, sizeof *rounds, compare);
	return rounds[RACE_ROUNDS / 2];
}

int
race(struct race_entrant *entrants, size_t count, unsigned round_ms)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = warm_up(&entrants[i], round_ms * NS_PER_MS);
	for (size_t round = 0; rc == 0 && round < RACE_ROUNDS; round++)
		for (size_t i = 0; rc == 0 && i < count; i++) {
			struct race_entrant *entrant = &entrants[(round + i) % count]; /* each is first as often */

			rc = run_round(entrant, &entrant->wall_rounds[round], &entrant->cpu_rounds[round]);
		}
	for (size_t i = 0; rc == 0 && i < count; i++) {
		entrants[i].wall_ns = median(entrants[i].wall_rounds) / (double)entrants[i].count;
		entrants[i].cpu_ns = median(entrants[i].cpu_rounds) / (double)entrants[i].count;
	}
	return rc;
}
