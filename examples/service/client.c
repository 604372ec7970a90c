/* SPDX-License-Identifier: BSD-2-Clause */
/* A program that knows the daemon's name, and its .proto: nothing of its implementation. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "counter.actor.h"

static int
root(int argc, char **argv)
{
	int64_t amount = argc > 1 ? strtoll(argv[1], NULL, 10) : 1;
	struct actor_nursery *portals = NULL;
	struct counter_counter counter;
	Counter__Total *total;
	int rc = actor_nursery_open(&portals);

	if (rc == 0)
		rc = counter_counter_find_actor(portals, "counterd", &counter);
	if (rc == ACTOR_NOBODY)
		rc = actor_fail(ACTOR_ENOREGISTRAR, "counterd does not run: start it first");
	if (rc == 0)
		rc = counter_counter_add(counter, COUNTER_ADD_REQUEST(.amount = amount), &total);
	if (rc == 0)
		printf("the total is %" PRId64 "\n", total->value);
	return actor_nursery_close(portals, rc); /* lets go of the connection; the daemon goes on */
}

int
main(int argc, char **argv)
{
	const struct actor_program program = {
		.root = root,
		.name = "count",
		.registry = "counter",
		.registrar = ACTOR_REGISTRAR_NEVER, /* it only looks */
	};

	return actor_main(argc, argv, &program);
}
