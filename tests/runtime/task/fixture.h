/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_TASK_FIXTURE_H
#define TEST_TASK_FIXTURE_H

/* One actor without a connection, and nothing left of it at the end. */

#include <criterion/criterion.h>
#include <support/test_actor.h>
#include <support/test_demand.h>

static struct test_os os;
static struct test_actor actor;

static void
begin(void)
{
	test_os_init(&os);
	test_actor_init(&actor, &os, "tester");
}

static void
end(void)
{
	test_actor_fini(&actor);
	test_demand(os.memory.live_blocks == 0, "%zu blocks are left", os.memory.live_blocks);
	test_demand(os.stack_count == 0, "%zu stacks are left", os.stack_count);
	test_demand(test_os_running_timers(&os) == 0, "a timer is left");
	test_os_fini(&os);
}

/* Where the tests' tasks wait. */
static inline void
waiting(struct acti_view *view, const struct acti_task *task)
{
	(void)task;
	acti_view_add(view, "waits for the test");
}

static inline const char *
last_message(void)
{
	return actor_error_message(actor_error_last());
}

#endif
