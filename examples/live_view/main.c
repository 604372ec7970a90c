/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A tree to look at: the root has a manager, and that has a hand, who ploughs for an hour.  In another terminal:
 *
 *     kill -USR1 $(pgrep live_view)
 */
#include <stdio.h>

#include "farm.actor.h"

static int
plough(struct farm_farm_state *state, const Farm__Field *request, Google__Protobuf__Empty *reply)
{
	(void)state, (void)reply;
	printf("ploughing\n");
	fflush(stdout);
	return actor_sleep_ms(UINT64_C(60000) * request->minutes);
}

static int
manage(struct farm_farm_state *state, const Farm__Field *request, Google__Protobuf__Empty *reply)
{
	Google__Protobuf__Empty *done;
	struct actor_nursery *hands;
	struct farm_farm hand;
	int rc = actor_nursery_open(&hands);

	(void)state, (void)reply;
	if (rc == 0)
		rc = farm_farm_spawn(hands, "hand", NULL, &hand);
	ACTOR_SCOPE(workday, .timeout_ms = 8 * 60 * 60 * 1000);
	if (rc == 0)
		rc = farm_farm_plough(hand, request, &done);
	rc = actor_scope_close(&workday, rc, NULL);
	if (rc == 0)
		actor_nursery_cancel(hands);
	return actor_nursery_close(hands, rc);
}

static int
drink_coffee(void *argument)
{
	(void)argument;
	return actor_sleep_ms(15 * 60 * 1000);
}

static int
root(int argc, char **argv)
{
	Google__Protobuf__Empty *done;
	struct actor_nursery *farm;
	struct farm_farm manager;
	int rc = actor_nursery_open(&farm);

	(void)argc, (void)argv;
	if (rc == 0)
		rc = farm_farm_spawn(farm, "manager", NULL, &manager);
	if (rc == 0)
		rc = farm_farm_manage_start(farm, manager, FARM_FIELD(.minutes = 60), &done);
	if (rc == 0)
		rc = actor_nursery_start(farm, drink_coffee, NULL);
	return actor_nursery_close(farm, rc);
}

int
main(int argc, char **argv)
{
	static const struct farm_farm_ops ops = { .manage = manage, .plough = plough };
	const struct actor_module modules[] = { farm_farm_module(&ops) };
	const struct actor_program program = { .modules = modules, .module_count = 1, .root = root };

	return actor_main(argc, argv, &program);
}
