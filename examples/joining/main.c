/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A tree that others may join from outside, and one who does.
 *
 *     workshop           a root with two workers, until it gets a signal
 *     workshop visit     another root, of a tree of its own: looks who is there, and has them work
 *
 * Both name the same registry.  The first root is its registrar; the visitor enters himself like everybody else.
 */
#include <stdio.h>
#include <string.h>

#include "workshop.actor.h"

#define WORKERS 2

static uint32_t made; /* by this process */

static int
make(struct workshop_worker_state *state, const Workshop__MakeRequest *request, Workshop__Made *reply)
{
	(void)state;
	made += request->count;
	reply->total = made;
	return 0;
}

/* ---- the workshop ---- */

static int
keep_workshop(void)
{
	static const char *const names[] = { "anvil", "lathe", NULL };
	const struct actor_cluster_options options = { .count = WORKERS, .names = names };
	struct workshop_worker_cluster workers;
	int rc = workshop_worker_cluster_open(&options, &workers);

	if (rc == 0) {
		puts("the workshop is open");
		fflush(stdout);
		rc = actor_sleep_ms(UINT64_MAX); /* until a signal cancels it */
	}
	return actor_cluster_close(&workers.cluster, rc);
}

/* ---- the visitor ---- */

static int
have_made(struct actor_nursery *portals, const char *name)
{
	struct workshop_worker worker;
	Workshop__Made *total;
	int rc = workshop_worker_wait_for_actor(portals, name, &worker);

	if (rc == 0)
		rc = workshop_worker_make(worker, WORKSHOP_MAKE_REQUEST(.count = 3), &total);
	if (rc == 0)
		printf("%s has made %u\n", name, total->total);
	return rc;
}

static int
visit(void)
{
	const struct actor_registration *there;
	struct actor_nursery *portals = NULL;
	size_t count = 0;
	int rc = actor_nursery_open(&portals);

	if (rc == 0)
		rc = have_made(portals, "anvil");
	if (rc == 0)
		rc = have_made(portals, "lathe");
	if (rc == 0)
		rc = actor_query(NULL, &there, &count);
	for (size_t i = 0; rc == 0 && i < count; i++)
		printf("here is %s (pid %d) at %s\n", there[i].uid.name, there[i].pid, there[i].addresses[0]);
	return actor_nursery_close(portals, rc);
}

static int
root(int argc, char **argv)
{
	return argc > 1 && strcmp(argv[1], "visit") == 0 ? visit() : keep_workshop();
}

int
main(int argc, char **argv)
{
	static const struct workshop_worker_ops ops = { .make = make };
	const struct actor_module modules[] = { workshop_worker_module(&ops) };
	const struct actor_program program = {
		.modules = modules,
		.module_count = 1,
		.root = root,
		.name = argc > 1 ? "visitor" : "master",
		.registry = "workshop",
	};

	return actor_main(argc, argv, &program);
}
