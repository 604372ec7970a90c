/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: thousand COUNT
 *
 * COUNT children of one parent: spawned, called once, cancelled, reaped.  Tells how long each step takes and how much memory
 * there is for each; fails when something is left, or a child answers wrongly.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "worker.h"

#define AT_ONCE 16 /* spawns under way */
#define CHILDREN_MAX 1024
#define LOOKED_AT 32 /* for their memory, which takes long to find out */

static int failures;

static struct {
	struct scale_worker children[CHILDREN_MAX];
	struct actor_nursery *actors;
	int count, next;
} all;

static void
expect(bool holds, const char *what)
{
	if (!holds)
		printf("FAILED: %s\n", what);
	failures += !holds;
}

static int
spawn_some(void *argument)
{
	int rc = 0;

	(void)argument;
	while (rc == 0 && all.next < all.count) {
		int i = all.next++;
		char name[32];

		snprintf(name, sizeof name, "child_%d", i);
		rc = scale_worker_spawn(all.actors, name, NULL, &all.children[i]);
	}
	return rc;
}

static int
spawn_all(void)
{
	struct actor_nursery *tasks;
	int rc = actor_nursery_open(&tasks);

	for (int i = 0; rc == 0 && i < AT_ONCE; i++)
		rc = actor_nursery_start(tasks, spawn_some, NULL);
	return actor_nursery_close(tasks, rc);
}

static int
call_all(void)
{
	Scale__Number **answers = actor_calloc((size_t)all.count, sizeof *answers);
	struct actor_nursery *calls = NULL;
	int rc = answers != NULL ? actor_nursery_open(&calls) : ACTOR_ENOMEM;

	for (int i = 0; rc == 0 && i < all.count; i++)
		rc = scale_worker_echo_start(calls, all.children[i], NUMBER(i), &answers[i]);
	rc = actor_nursery_close(calls, rc);
	for (int i = 0; rc == 0 && i < all.count; i++)
		expect(answers[i]->value == i, "a child gave another number back");
	return rc;
}

static void
tell_memory(void)
{
	long rss = 0, pss = 0, looked_at = 0;

	for (int i = 0; i < all.count; i += all.count / LOOKED_AT + 1, looked_at++) {
		struct actor_identity identity = { .pid = -1 };

		if (actor_portal_identity(all.children[i].portal, &identity) != 0)
			continue;
		rss += memory_kib(identity.pid, "Rss:");
		pss += memory_kib(identity.pid, "Pss:");
	}
	printf("memory of a child: %ld KiB resident, %ld KiB its share\n", rss / looked_at, pss / looked_at);
}

static int
live(long before_kib)
{
	uint64_t start_ns = now_ns();
	int rc = actor_nursery_open(&all.actors);

	if (rc == 0)
		rc = spawn_all();
	printf("%d spawned in %.3f s\n", all.count, seconds_since(start_ns));
	start_ns = now_ns();
	if (rc == 0)
		rc = call_all();
	printf("all called in %.3f s\n", seconds_since(start_ns));
	if (rc == 0)
		tell_memory();
	printf("memory of the parent: %ld KiB more for each child\n",
	       (memory_kib(getpid(), "Rss:") - before_kib) / all.count);
	start_ns = now_ns();
	if (rc == 0)
		actor_nursery_cancel(all.actors);
	rc = actor_nursery_close(all.actors, rc);
	printf("all ended and reaped in %.3f s\n", seconds_since(start_ns));
	return rc;
}

static int
root(int argc, char **argv)
{
	int descriptors = open_descriptors();
	long before_kib = memory_kib(getpid(), "Rss:");
	int rc;

	all.count = argc > 1 ? atoi(argv[1]) : 0;
	if (all.count < 1 || all.count > CHILDREN_MAX)
		return actor_fail(ACTOR_EINVAL, "usage: thousand COUNT, from 1 to %d", CHILDREN_MAX);
	rc = live(before_kib);
	expect(!has_children(), "a child is left");
	expect(open_descriptors() == descriptors, "a descriptor is left");
	printf("memory of the parent: %ld KiB more than before\n", memory_kib(getpid(), "Rss:") - before_kib);
	return rc;
}

int
main(int argc, char **argv)
{
	struct rlimit limit;
	int status;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	status = worker_main(argc, argv, root);
	return status != 0 || failures != 0;
}
