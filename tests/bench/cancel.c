/* SPDX-License-Identifier: BSD-2-Clause */
#include "cancel.h"

#include <stdlib.h>
#include <time.h>

#define ROUNDS 21
#define SENDERS 64
#define BLOCK_SIZE (1023u * 1024)
#define SETTLE_MS 2 /* until the socket is full, and far fewer than 64 MiB take */

struct bulk {
	struct bench_server_drain_dialog dialog;
	Bench__Block block;
};

static double
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Most of them never get to send, which is what is meant. */
static int
send_block(void *argument)
{
	struct bulk *bulk = argument;
	int rc = bench_server_drain_send(bulk->dialog, &bulk->block);

	return rc == ACTOR_ECLOSED || rc == ACTOR_END_OF_STREAM ? 0 : rc;
}

static int
cancel_once(struct bulk *bulk, double *ret_ns)
{
	struct actor_nursery *senders = NULL;
	double before;
	int rc = actor_nursery_open(&senders);

	for (size_t i = 0; rc == 0 && i < SENDERS; i++)
		rc = actor_nursery_start(senders, send_block, bulk);
	if (rc == 0)
		rc = actor_sleep_ms(SETTLE_MS);
	before = now_ns();
	if (rc == 0)
		rc = bench_server_drain_cancel(bulk->dialog);
	if (rc == 0)
		rc = bench_server_drain_wait(bulk->dialog, NULL);
	*ret_ns = now_ns() - before;
	return actor_nursery_close(senders, rc == ACTOR_NO_RESULT ? 0 : rc);
}

static int
compare(const void *one, const void *other)
{
	double a = *(const double *)one, b = *(const double *)other;

	return (a > b) - (a < b);
}

int
cancel_behind_bulk(const struct server *server, double *ret_ns)
{
	struct bulk bulk = { .block = BENCH__BLOCK__INIT };
	double rounds[ROUNDS];
	int rc = 0;

	bulk.block.bytes.len = BLOCK_SIZE;
	bulk.block.bytes.data = actor_calloc(1, BLOCK_SIZE);
	if (bulk.block.bytes.data == NULL)
		return actor_fail(ACTOR_ENOMEM, "the bench: out of memory");
	for (size_t i = 0; rc == 0 && i < ROUNDS; i++) {
		rc = bench_server_drain_open(server->portal, SERVER_NUMBER, NULL, &bulk.dialog);
		if (rc == 0)
			rc = cancel_once(&bulk, &rounds[i]);
		rc = bench_server_drain_close(bulk.dialog, rc, NULL);
	}
	actor_free(bulk.block.bytes.data);
	if (rc != 0)
		return rc;
	qsort(rounds, ROUNDS, sizeof rounds[0], compare);
	*ret_ns = rounds[ROUNDS / 2];
	return 0;
}
