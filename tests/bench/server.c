/* SPDX-License-Identifier: BSD-2-Clause */
#include "server.h"

#include "bench.h"
#include "heap_count.h"
#include "place.h"

#include <stdio.h>

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

/* ---- streams ---- */

static int
count(struct bench_server_state *state, struct bench_server_count_context context, const Bench__Number *request)
{
	int rc = 0;

	(void)state;
	for (int64_t i = 0; rc == 0 && i < request->value; i++)
		rc = bench_server_count_send(context, SERVER_NUMBER);
	return rc;
}

static int
carry(struct bench_server_state *state, struct bench_server_carry_context context, const Bench__Number *request)
{
	Bench__Block block = BENCH__BLOCK__INIT;
	int rc = 0;

	(void)state;
	block.bytes.len = SERVER_BLOCK_SIZE;
	block.bytes.data = actor_calloc(1, SERVER_BLOCK_SIZE);
	if (block.bytes.data == NULL)
		return actor_fail(ACTOR_ENOMEM, "a block: out of memory");
	for (int64_t i = 0; rc == 0 && i < request->value; i++)
		rc = bench_server_carry_send(context, &block);
	return rc;
}

static int
hold(struct bench_server_state *state, struct bench_server_hold_context context, const Bench__Number *request,
     Bench__Number *reply)
{
	Bench__Number *item;
	int rc = bench_server_hold_context_receive(context, &item);

	(void)state;
	reply->value = request->value;
	return rc == ACTOR_END_OF_STREAM ? 0 : rc;
}

static int
drain(struct bench_server_state *state, struct bench_server_drain_context context, const Bench__Number *request,
      Bench__Number *reply)
{
	int rc = 0;

	(void)state;
	reply->value = request->value;
	while (rc == 0) {
		ACTOR_OWNED(Bench__Block, block);

		rc = bench_server_drain_context_receive(context, &block);
	}
	return rc == ACTOR_END_OF_STREAM ? 0 : rc;
}

static int
weigh(struct bench_server_state *state, const Bench__Number *request, Bench__Number *reply)
{
	(void)state;
	(void)request;
	reply->value = server_weight_kib();
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
	.count = count,
	.carry = carry,
	.hold = hold,
	.drain = drain,
	.weigh = weigh,
	.count_allocations = count_allocations,
};

int64_t
server_weight_kib(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];
	long kib = 0;

	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		if (sscanf(line, "VmRSS: %ld", &kib) == 1)
			break;
	if (file != NULL)
		fclose(file);
	return kib;
}

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
server_run_count(void *argument, uint64_t count)
{
	const struct server *server = argument;
	struct bench_server_count_stream stream = { { 0 } };
	int rc = bench_server_count_open(server->portal, BENCH_NUMBER(.value = (int64_t)count), NULL, &stream);

	while (rc == 0) {
		ACTOR_OWNED(Bench__Number, item);

		rc = bench_server_count_next(stream, &item);
		count -= rc == 0;
	}
	if (rc == ACTOR_END_OF_STREAM)
		rc = count == 0 ? 0 : actor_fail(ACTOR_EINVAL, "%llu items are missing", (unsigned long long)count);
	return bench_server_count_close(stream, rc);
}

int
server_run_carry(void *argument, uint64_t count)
{
	const struct server *server = argument;
	struct bench_server_carry_stream stream = { { 0 } };
	int rc = bench_server_carry_open(server->portal, BENCH_NUMBER(.value = (int64_t)count), NULL, &stream);

	while (rc == 0) {
		ACTOR_OWNED(Bench__Block, item);

		rc = bench_server_carry_next(stream, &item);
		count -= rc == 0;
	}
	if (rc == ACTOR_END_OF_STREAM)
		rc = count == 0 ? 0 : actor_fail(ACTOR_EINVAL, "%llu blocks are missing", (unsigned long long)count);
	return bench_server_carry_close(stream, rc);
}

int
server_run_contexts(void *argument, uint64_t count)
{
	const struct server *server = argument;
	int rc = 0;

	for (uint64_t i = 0; rc == 0 && i < count; i++) {
		struct bench_server_hold_dialog dialog = { { 0 } };
		Bench__Number *reply = NULL;

		rc = bench_server_hold_open(server->portal, SERVER_NUMBER, NULL, &dialog);
		rc = bench_server_hold_close(dialog, rc, &reply);
		actor_free(reply);
	}
	return rc;
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
