/* SPDX-License-Identifier: BSD-2-Clause */
/* Two tasks that let each other run. */
#include <actor/nursery.h>

#include "bench.h"
#include "race.h"

#define ROUND_MS 10
#define TASKS 2

static int
yield(void *argument)
{
	const uint64_t *count = argument;
	int rc = 0;

	for (uint64_t i = 0; rc == 0 && i < *count; i++)
		rc = actor_checkpoint();
	return rc;
}

static int
run(void *argument, uint64_t count)
{
	uint64_t share = count / TASKS;
	struct actor_nursery *tasks = NULL;
	int rc = actor_nursery_open(&tasks);

	(void)argument;
	for (size_t i = 0; rc == 0 && i < TASKS; i++)
		rc = actor_nursery_start(tasks, yield, &share);
	return actor_nursery_close(tasks, rc);
}

int
bench_switch(struct report *report)
{
	struct race_entrant entrant = { .name = "task", .run = run, .step = TASKS };
	int rc = race(&entrant, 1, ROUND_MS);

	if (rc == 0) {
		report_value(report, "task", entrant.wall_ns, "ns");
		report_value(report, "task.cpu", entrant.cpu_ns, "ns");
	}
	return rc;
}
