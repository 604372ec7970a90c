/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A service of one's own under simulation: an account in another process, which may be killed at any time.  What must
 * hold: a deposit that was confirmed was made, and none was made twice.
 *
 *     simulated                       a thousand seeds
 *     simulated --seed 17 --trace     one of them, step by step
 */

#include "bank.actor.h"
#include <actor/sim.h>
#include <stdio.h>
#include <stdlib.h>

#define DEPOSITS 10
#define CENTS 5

struct demo_account_state {
	uint32_t cents;
};

/* What the check below compares; of the simulation, not of the service. */
static struct {
	uint32_t made, confirmed;
} books;

static int
account_open(struct demo_account_state **ret)
{
	*ret = calloc(1, sizeof **ret);
	return *ret != NULL ? 0 : actor_fail(ACTOR_ENOMEM, "no memory for an account");
}

static void
account_close(struct demo_account_state *state)
{
	free(state);
}

static int
deposit(struct demo_account_state *state, const Demo__Amount *request, Demo__Balance *reply)
{
	state->cents += request->cents;
	books.made++;
	reply->cents = state->cents;
	return actor_sleep_ms(1 + actor_sim_choose(20));
}

static int
make_deposits(struct demo_account account)
{
	int rc = 0;

	for (int i = 0; rc == 0 && i < DEPOSITS; i++) {
		Demo__Balance *balance;

		rc = demo_account_deposit(account, DEMO_AMOUNT(.cents = CENTS), &balance);
		if (rc == 0)
			books.confirmed++;
	}
	return rc;
}

static int
root(int argc, char **argv)
{
	struct actor_nursery *nursery = NULL;
	struct demo_account account;
	int rc = actor_nursery_open(&nursery);

	(void)argc, (void)argv;
	if (rc == 0)
		rc = demo_account_spawn(nursery, "account", NULL, &account);
	if (rc == 0)
		rc = make_deposits(account);
	if (rc == 0)
		actor_nursery_cancel(nursery);
	return actor_nursery_close(nursery, rc);
}

static void
begin(void *context)
{
	(void)context;
	books.made = books.confirmed = 0;
}

static void
check(void *context, const struct actor_sim_report *report, char *text, size_t size)
{
	(void)context;
	if (books.made < books.confirmed || books.made > books.confirmed + 1)
		snprintf(text, size, "%u deposits were made, %u confirmed", books.made, books.confirmed);
	else if (report->faults == 0 && books.confirmed != DEPOSITS)
		snprintf(text, size, "nothing went wrong, and %u deposits are missing", DEPOSITS - books.confirmed);
}

int
main(int argc, char **argv)
{
	static const struct demo_account_ops ops = { .state_open = account_open,
		                                     .state_close = account_close,
		                                     .deposit = deposit };
	const struct actor_module modules[] = { demo_account_module(&ops) };
	const struct actor_program program = { .modules = modules, .module_count = 1, .root = root };
	const struct actor_sim_options options = {
		.program = &program,
		.faults = ACTOR_SIM_EVERYTHING,
		.begin = begin,
		.check = check,
	};

	return actor_sim_main(argc, argv, &options);
}
