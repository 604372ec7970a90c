/* SPDX-License-Identifier: BSD-2-Clause */
#include "place.h"

#include <actor/error.h>
#include <errno.h>
#include <string.h>

static int
next_cpu(const cpu_set_t *set, int after)
{
	for (int cpu = after + 1; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET((size_t)cpu, set))
			return cpu;
	return -1;
}

bool
place_move(int cpu)
{
	cpu_set_t set;

	if (cpu < 0 || cpu >= CPU_SETSIZE)
		return false;
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	return sched_setaffinity(0, sizeof set, &set) == 0;
}

int
place_open(struct place *place)
{
	if (sched_getaffinity(0, sizeof place->before, &place->before) != 0)
		return actor_fail(ACTOR_EINVAL, "sched_getaffinity: %s", strerror(errno));
	place->here = next_cpu(&place->before, -1);
	place->there = next_cpu(&place->before, place->here);
	if (place->there < 0)
		place->there = place->here;
	if (!place_move(place->here))
		return actor_fail(ACTOR_EINVAL, "the CPU %d: sched_setaffinity: %s", place->here, strerror(errno));
	return 0;
}

void
place_close(const struct place *place)
{
	(void)sched_setaffinity(0, sizeof place->before, &place->before); /* it was so before */
}
