/* SPDX-License-Identifier: BSD-2-Clause */
/* A daemon: it serves whoever finds it by its name, until a signal ends it. */
#include <stdlib.h>

#include "counter.actor.h"

struct counter_counter_state {
	int64_t total;
};

static int
state_open(struct counter_counter_state **ret_state)
{
	*ret_state = calloc(1, sizeof **ret_state);
	return *ret_state != NULL ? 0 : ACTOR_ENOMEM;
}

static void
state_close(struct counter_counter_state *state)
{
	free(state);
}

static int
add(struct counter_counter_state *state, const Counter__AddRequest *request, Counter__Total *reply)
{
	if (__builtin_add_overflow(state->total, request->amount, &state->total))
		return actor_fail(ACTOR_EINVAL, "the total would be too large");
	reply->value = state->total;
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct counter_counter_ops ops = {
		.state_open = state_open,
		.state_close = state_close,
		.add = add,
	};
	const struct actor_module modules[] = { counter_counter_module(&ops) };
	const struct actor_program program = { .modules = modules, .module_count = 1, .registry = "counter" };

	return actor_run_daemon(argc, argv, "counterd", &program);
}
