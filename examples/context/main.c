/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The handshake of a context.  The opener goes on when the endpoint has announced its first value, or has failed; the
 * result comes when the work is done.  Each of the three has a type of its own.
 */
#include <stdio.h>
#include <string.h>

#include "kitchen.actor.h"

/* ---- the cook ---- */

static int
prepare(struct kitchen_cook_state *state, struct kitchen_cook_prepare_context context, const Kitchen__Order *order,
        Kitchen__Meal *meal)
{
	int rc;

	(void)state;
	if (strcmp(order->dish, "soup") != 0) /* before the announcement: the opener's open() fails with it */
		return kitchen_cook_raise_not_on_the_menu(KITCHEN_NOT_ON_THE_MENU(.dish = order->dish));
	rc = kitchen_cook_prepare_started(context, KITCHEN_ESTIMATE(.minutes = 5 * order->portions));
	if (rc == 0)
		rc = actor_sleep_ms(20); /* the work */
	meal->dish = order->dish;        /* `order` lives until the function returns, and so does its text */
	meal->plates = order->portions;
	return rc;
}

/* ---- the root ---- */

static int
order(struct kitchen_cook cook, const char *dish, uint32_t portions)
{
	struct kitchen_cook_prepare_dialog dialog;
	Kitchen__Estimate *estimate;
	Kitchen__Meal *meal = NULL;
	int rc = kitchen_cook_prepare_open(cook, KITCHEN_ORDER(.dish = (char *)dish, .portions = portions), NULL,
	                                   &estimate, &dialog);

	if (rc != 0)
		return rc; /* there is nothing to close */
	printf("%s for %u: in %u minutes\n", dish, portions, estimate->minutes);
	printf("meanwhile I lay the table\n");
	rc = kitchen_cook_prepare_close(dialog, 0, &meal); /* waits for the result */
	if (rc == 0)
		printf("%u plates of %s\n", meal->plates, meal->dish);
	return rc;
}

/* The cook serves on after an order that he refused. */
static int
order_all(struct kitchen_cook cook)
{
	const Kitchen__NotOnTheMenu *refused;
	int rc = order(cook, "pheasant", 2);

	refused = rc == ACTOR_ERAISED ? kitchen_cook_raised_not_on_the_menu(actor_error_last()) : NULL;
	if (refused == NULL)
		return rc != 0 ? rc : actor_fail(ACTOR_EINVAL, "there was pheasant");
	printf("%s is not on the menu\n", refused->dish);
	return order(cook, "soup", 3);
}

static int
root(int argc, char **argv)
{
	struct actor_nursery *actors;
	struct kitchen_cook cook;
	int rc = actor_nursery_open(&actors);

	(void)argc, (void)argv;
	if (rc == 0)
		rc = kitchen_cook_spawn(actors, "cook", NULL, &cook);
	if (rc == 0)
		rc = order_all(cook);
	if (rc == 0)
		actor_nursery_cancel(actors);
	return actor_nursery_close(actors, rc);
}

int
main(int argc, char **argv)
{
	static const struct kitchen_cook_ops ops = { .prepare = prepare };
	const struct actor_module modules[] = { kitchen_cook_module(&ops) };
	const struct actor_program program = { .modules = modules, .module_count = 1, .root = root };

	return actor_main(argc, argv, &program);
}
