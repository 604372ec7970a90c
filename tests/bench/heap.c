/* SPDX-License-Identifier: BSD-2-Clause */
/* Heap allocations per call and per item of a stream, once the pools are filled. */
#include <stdio.h>

#include "bench.h"
#include "heap_count.h"
#include "server.h"

#define CALLS (1024 * BENCH_IN_FLIGHT)

struct way {
	const char *name;
	int (*run)(void *argument, uint64_t count);
	double limit; /* a queue may become longer than ever before */
};

static int
count_there(const struct server *server, int64_t *ret_count)
{
	ACTOR_OWNED(Bench__Number, reply);
	int rc = bench_server_count_allocations(server->portal, SERVER_NUMBER, &reply);

	if (rc == 0)
		*ret_count = reply->value;
	return rc;
}

static void
tell(struct report *report, const struct way *way, const char *side, double count)
{
	char metric[64];

	snprintf(metric, sizeof metric, "%s.%s", way->name, side);
	report_limited(report, metric, count / CALLS, "allocations", way->limit);
}

static int
measure(struct report *report, const struct way *way, struct server *server)
{
	int64_t there, there_after = 0;
	uint64_t here, here_after = 0;
	int rc = way->run(server, CALLS);

	if (rc == 0)
		rc = way->run(server, CALLS); /* twice, as a task keeps the nursery that it closed last */
	if (rc == 0)
		rc = count_there(server, &there);
	here = heap_count();
	if (rc == 0)
		rc = way->run(server, CALLS);
	here_after = heap_count();
	if (rc == 0)
		rc = count_there(server, &there_after);
	if (rc != 0)
		return rc;
	tell(report, way, "client", (double)(here_after - here));
	tell(report, way, "server", (double)(there_after - there));
	return 0;
}

int
bench_heap(struct report *report)
{
	static const struct way ways[] = { { "1", server_run_one, 0 },
		                           { "64.tasks", server_run_tasks, 0 },
		                           { "64.batches", server_run_batches, 0 },
		                           { "items", server_run_count, 0.001 } };
	struct actor_nursery *actors = NULL;
	struct server server;
	int rc = actor_nursery_open(&actors);

	if (rc == 0)
		rc = server_spawn(actors, SERVER_ANYWHERE, &server);
	for (size_t i = 0; rc == 0 && i < ACTOR_COUNT(ways); i++)
		rc = measure(report, &ways[i], &server);
	if (rc == 0)
		actor_nursery_cancel(actors);
	return actor_nursery_close(actors, rc);
}
