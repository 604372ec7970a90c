/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_SERVER_H
#define BENCH_SERVER_H

/* The actor that is called, and the ways to call it. */

#include <sys/types.h>

#include "bench.actor.h"

extern const struct bench_server_ops server_ops;

/* What is sent and comes back: 10 bytes. */
#define SERVER_NUMBER BENCH_NUMBER(.value = INT64_C(1) << 62)

struct server {
	struct bench_server portal;
	pid_t pid;
};

#define SERVER_BLOCK_SIZE (1023u * 1024)

#define SERVER_ANYWHERE (-1)

/* Starts one, and moves it to that CPU. */
int server_spawn(struct actor_nursery *actors, int cpu, struct server *ret_server) ACTOR_AWAITS;

/* What this process has in memory. */
int64_t server_weight_kib(void);

/* For races; `argument` is a struct server. */
int server_run_one(void *argument, uint64_t count) ACTOR_AWAITS;   /* one call after the other */
int server_run_count(void *argument, uint64_t count) ACTOR_AWAITS; /* a stream of so many numbers */
int server_run_carry(void *argument, uint64_t count) ACTOR_AWAITS; /* a stream of so many blocks */
int server_run_contexts(void *argument, uint64_t count)
    ACTOR_AWAITS;                                                  /* one context after the other, opened and closed */
int server_run_tasks(void *argument, uint64_t count) ACTOR_AWAITS; /* 64 tasks that do so */
int server_run_batches(void *argument, uint64_t count) ACTOR_AWAITS; /* 64 calls in a nursery, then the next 64 */

#endif
