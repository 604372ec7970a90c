/* SPDX-License-Identifier: BSD-2-Clause */
#include "server.h"

#include "bench.h"
#include "heap_count.h"
#include "place.h"

/* ---- what it serves ---- */

static int
echo(struct bench_server_state *state, const Bench__Number *request, Bench__Number *reply)
{
	(void)state;
	reply->value = request->value;
	return 0;
}

static int
move(struct bench_server_state *state, const Bench__Number *request, Bench__Number *reply)
{
	(void)state;
	if (!place_move((int)request->value))
		return actor_fail(ACTOR_EINVAL, "cannot run on the CPU %d", (int)request->value);
	reply->value = request->value;
	return 0;
}

static int
count_allocations(struct bench_server_state *state, const Bench__Number *request, Bench__Number *reply)
{
	(void)state;
	(void)request;
	reply->value = (int64_t)heap_count();
	return 0;
}

const struct bench_server_ops server_ops = {
	.echo = echo,
	.move = move,
	.count_allocations = count_allocations,
};

/* ---- using it ---- */

int
server_spawn(struct actor_nursery *actors, int cpu, struct server *ret_server)
{
	ACTOR_OWNED(Bench__Number, reply);
	struct actor_identity identity;
	int rc = bench_server_spawn(actors, "server", NULL, &ret_server->portal);

	if (rc == 0 && cpu != SERVER_ANYWHERE)
		rc = bench_server_move(ret_server->portal, BENCH_NUMBER(.value = cpu), &reply);
	if (rc == 0)
		rc = actor_portal_identity(ret_server->portal.portal, &identity);
	if (rc == 0)
		ret_server->pid = identity.pid;
	return rc;
}

int
server_run_one(void *argument, uint64_t count)
{
	const struct server *server = argument;
	int rc = 0;

	for (uint64_t i = 0; rc == 0 && i < count; i++) {
		ACTOR_OWNED(Bench__Number, reply);

		rc = bench_server_echo(server->portal, SERVER_NUMBER, &reply);
	}
	return rc;
}

struct share {
	struct server *server;
	uint64_t count;
};

static int
run_share(void *argument)
{
	struct share *share = argument;

	return server_run_one(share->server, share->count);
}

int
server_run_tasks(void *argument, uint64_t count)
{
	struct share share = { .server = argument, .count = count / BENCH_IN_FLIGHT };
	struct actor_nursery *tasks = NULL;
	int rc = actor_nursery_open(&tasks);

	for (size_t i = 0; rc == 0 && i < BENCH_IN_FLIGHT; i++)
		rc = actor_nursery_start(tasks, run_share, &share);
	return actor_nursery_close(tasks, rc);
}

static int
run_batch(const struct server *server)
{
	Bench__Number *replies[BENCH_IN_FLIGHT] = { NULL };
	struct actor_nursery *calls = NULL;
	int rc = actor_nursery_open(&calls);

	for (size_t i = 0; rc == 0 && i < BENCH_IN_FLIGHT; i++)
		rc = bench_server_echo_start(calls, server->portal, SERVER_NUMBER, &replies[i]);
	rc = actor_nursery_close(calls, rc);
	for (size_t i = 0; i < BENCH_IN_FLIGHT; i++)
		actor_free(replies[i]);
	return rc;
}

int
server_run_batches(void *argument, uint64_t count)
{
	int rc = 0;

	for (uint64_t i = 0; rc == 0 && i < count; i += BENCH_IN_FLIGHT)
		rc = run_batch(argument);
	return rc;
}
