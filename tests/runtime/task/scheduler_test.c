/* SPDX-License-Identifier: BSD-2-Clause */
#include "fixture.h"
#include <string.h>

#define MANY 10000
#define IDLE_STACKS_MAX 128
#define TURN_BUDGET 1024
#define DEEP (200u * 1024)

TestSuite(scheduler, .init = begin, .fini = end);

static char order[16];
static size_t order_size;

static int
note(void *argument)
{
	order[order_size++] = *(const char *)argument;
	return 0;
}

static int
note_twice(void *argument)
{
	int rc;

	note(argument);
	rc = actor_checkpoint();
	note(argument);
	return rc;
}

Test(scheduler, runs_tasks_in_the_order_in_which_they_became_ready)
{
	test_actor_start(&actor, note_twice, "a");
	test_actor_start(&actor, note_twice, "b");
	test_actor_start(&actor, note, "c");
	test_os_settle(&os);
	cr_assert_str_eq(order, "abcab");
}

Test(scheduler, asks_the_seam_which_of_the_ready_ones_runs)
{
	bool differs = false;

	for (uint64_t seed = 1; seed <= 8; seed++) {
		os.choices = seed;
		memset(order, 0, sizeof order);
		order_size = 0;
		test_actor_start(&actor, note, "a");
		test_actor_start(&actor, note, "b");
		test_actor_start(&actor, note, "c");
		test_os_settle(&os);
		cr_assert_eq(order_size, 3);
		cr_assert(strchr(order, 'a') && strchr(order, 'b') && strchr(order, 'c'));
		differs |= strcmp(order, "abc") != 0;
	}
	cr_assert(differs, "no seed of 8 gave another order");
}

static int
count(void *argument)
{
	++*(size_t *)argument;
	return 0;
}

Test(scheduler, runs_a_bounded_number_of_tasks_between_two_polls)
{
	size_t ran = 0;

	for (int i = 0; i < 3 * TURN_BUDGET; i++)
		test_actor_start(&actor, count, &ran);
	cr_assert(acti_scheduler_run(&actor.proc.actor.scheduler));
	cr_assert_eq(ran, TURN_BUDGET);
	test_os_settle(&os);
	cr_assert_eq(ran, 3 * TURN_BUDGET);
}

/* ---- stacks ---- */

Test(scheduler, holds_ten_thousand_tasks_and_keeps_few_of_their_stacks)
{
	size_t ran = 0;

	for (int i = 0; i < MANY; i++)
		test_actor_start(&actor, count, &ran);
	cr_assert_eq(os.stack_count, MANY);
	test_os_settle(&os);
	cr_assert_eq(ran, MANY);
	cr_assert_eq(os.stack_count, IDLE_STACKS_MAX);
	cr_assert_eq(actor.proc.actor.scheduler.task_count, 0);
}

Test(scheduler, neither_maps_nor_allocates_for_a_task_in_the_steady_state)
{
	size_t ran = 0, allocations;

	test_actor_run(&actor, count, &ran);
	allocations = os.memory.allocation_count;
	for (int i = 0; i < 1000; i++)
		test_actor_run(&actor, count, &ran);
	cr_assert_eq(os.stacks_mapped, 1);
	cr_assert_eq(os.memory.allocation_count, allocations);
}

static int
dig(void *argument)
{
	volatile unsigned char *bytes = __builtin_alloca(DEEP);
	size_t sum = 0;

	for (size_t i = 0; i < DEEP; i += 64)
		bytes[i] = (unsigned char)(i / 64);
	cr_assert_eq(actor_checkpoint(), 0); /* others run while it is deep */
	for (size_t i = 0; i < DEEP; i += 64)
		sum += bytes[i] == (unsigned char)(i / 64);
	*(size_t *)argument += sum == (DEEP + 63) / 64;
	return 0;
}

Test(scheduler, gives_each_task_200_KiB_of_stack)
{
	size_t ran = 0;

	for (int i = 0; i < 20; i++)
		test_actor_start(&actor, dig, &ran);
	test_os_settle(&os);
	cr_assert_eq(ran, 20);
}

static int
start_three(void *argument)
{
	struct actor_nursery *nursery;
	size_t ran = 0;
	int rc = actor_nursery_open(&nursery);

	(void)argument;
	os.stacks_left = 1;
	cr_assert_eq(rc, 0);
	cr_assert_eq(actor_nursery_start(nursery, count, &ran), 0);
	cr_assert_eq(actor_nursery_start(nursery, count, &ran), ACTOR_ENOMEM);
	cr_assert_str_eq(last_message(), "a task: no memory for its stack, or too many tasks");
	cr_assert_eq(actor_nursery_close(nursery, 0), 0);
	cr_assert_eq(ran, 1);
	return 0;
}

/* robustness: D4 */
Test(scheduler, refuses_a_task_that_there_is_no_stack_for)
{
	cr_assert_eq(test_actor_run(&actor, start_three, NULL), 0);
}

static int
open_and_start(void *argument)
{
	struct actor_nursery *nursery;
	size_t *ran = argument;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = actor_nursery_start(nursery, count, ran);
	if (rc == 0 && actor_alloc(100000) == NULL)
		rc = actor_fail(ACTOR_ENOMEM, "no block");
	return actor_nursery_close(nursery, rc);
}

/* Each allocation of an operation fails once: it says so, and nothing is left. */
Test(scheduler, survives_each_allocation_that_fails)
{
	size_t failures = 0, ran = 0;
	int rc = ACTOR_ENOMEM;

	for (size_t n = 0; rc != 0; n++) {
		cr_assert_lt(n, 20);
		os.memory.allocations_left = n;
		rc = test_actor_run(&actor, open_and_start, &ran);
		os.memory.allocations_left = SIZE_MAX;
		cr_assert(rc == 0 || rc == ACTOR_ENOMEM);
		failures += rc != 0;
	}
	cr_assert_geq(failures, 1);
	cr_assert_eq(actor.proc.actor.scheduler.task_count, 0);
}

/* ---- waiting ---- */

static struct acti_list queue;
static struct acti_task *waiter;

static int
wait_on_queue(void *argument)
{
	(void)argument;
	waiter = acti_task_current();
	return acti_wait(&queue, waiting);
}

static void
start_waiter(int (*fn)(void *argument))
{
	acti_list_init(&queue);
	test_actor_start(&actor, fn, NULL);
	test_os_settle(&os);
	cr_assert_eq(actor.running, 1);
}

Test(scheduler, wakes_a_task_that_waits)
{
	start_waiter(wait_on_queue);
	acti_wake_all(&queue);
	test_os_settle(&os);
	cr_assert_eq(actor.running, 0);
	cr_assert_eq(actor.rc, 0);
}

static int
wait_twice(void *argument)
{
	int first = wait_on_queue(argument);

	return first == 0 ? acti_wait(&queue, waiting) : 1;
}

Test(scheduler, a_wake_before_a_cancellation_in_the_same_turn_wins)
{
	start_waiter(wait_twice);
	acti_wake(waiter);
	acti_scope_cancel(&waiter->root_scope, ACTOR_ECANCELED, NULL);
	test_os_settle(&os);
	cr_assert_eq(actor.rc, ACTOR_ECANCELED, "the first wait succeeds, and the next one fails");
}

Test(scheduler, a_cancellation_before_a_wake_in_the_same_turn_wins)
{
	start_waiter(wait_on_queue);
	acti_scope_cancel(&waiter->root_scope, ACTOR_ECANCELED, NULL);
	cr_assert(acti_list_is_empty(&queue));
	acti_wake_all(&queue);
	acti_wake(waiter);
	test_os_settle(&os);
	cr_assert_eq(actor.rc, ACTOR_ECANCELED);
}

static int
wait_shielded(void *argument)
{
	(void)argument;
	waiter = acti_task_current();
	acti_wait_shielded(&queue, waiting);
	return acti_scope_check(waiter->scope, waiter);
}

Test(scheduler, a_shielded_wait_is_not_cut_short)
{
	start_waiter(wait_shielded);
	acti_scope_cancel(&waiter->root_scope, ACTOR_ECANCELED, NULL);
	test_os_settle(&os);
	cr_assert_eq(actor.running, 1);
	acti_wake_all(&queue);
	test_os_settle(&os);
	cr_assert_eq(actor.rc, ACTOR_ECANCELED, "it is told afterwards");
}

static int
wait_100_ms(void *argument)
{
	(void)argument;
	waiter = acti_task_current();
	return acti_wait_shielded_until(&queue, waiting, os.now_ns + 100 * 1000000u) ? 1 : 2;
}

Test(scheduler, a_bounded_wait_ends_by_itself)
{
	start_waiter(wait_100_ms);
	acti_scope_cancel(&waiter->root_scope, ACTOR_ECANCELED, NULL);
	test_os_advance_ms(&os, 99);
	cr_assert_eq(actor.running, 1);
	test_os_advance_ms(&os, 1);
	cr_assert_eq(actor.rc, 2);
	cr_assert(acti_list_is_empty(&queue));
}

Test(scheduler, a_bounded_wait_that_is_woken_leaves_no_timer)
{
	start_waiter(wait_100_ms);
	acti_wake_all(&queue);
	test_os_settle(&os);
	cr_assert_eq(actor.rc, 1);
	cr_assert_eq(test_os_running_timers(&os), 0);
}

Test(scheduler, a_wake_of_one_that_does_not_wait_does_nothing)
{
	start_waiter(wait_twice);
	acti_wake(waiter);
	acti_wake(waiter);
	acti_task_interrupt(waiter);
	test_os_settle(&os);
	cr_assert_eq(actor.running, 1, "it waits for the second time");
	acti_wake(waiter);
	test_os_settle(&os);
	cr_assert_eq(actor.rc, 0);
}

/* ---- time ---- */

static int
sleep_for(void *argument)
{
	int rc = actor_sleep_ms(*(const char *)argument == 'x' ? 0 : (uint64_t)(*(const char *)argument - 'a') * 10);

	note(argument);
	return rc;
}

/* robustness: I4 */
Test(scheduler, sleepers_wake_in_the_order_of_their_times)
{
	test_actor_start(&actor, sleep_for, "d");
	test_actor_start(&actor, sleep_for, "b");
	test_actor_start(&actor, sleep_for, "c");
	test_actor_start(&actor, sleep_for, "x");
	test_os_advance_ms(&os, 9);
	cr_assert_str_eq(order, "x");
	test_os_advance_ms(&os, 1);
	cr_assert_str_eq(order, "xb");
	test_os_advance_ms(&os, 100);
	cr_assert_str_eq(order, "xbcd");
}

/* ---- outside a task ---- */

/* shows: SP-31 */
Test(scheduler, calls_outside_a_task_say_that_there_is_no_runtime)
{
	struct actor_nursery *nursery = (void *)&os;
	struct actor_identity identity;
	struct actor_bytes reply;

	cr_assert_eq(actor_sleep_ms(1), ACTOR_ENORUNTIME);
	cr_assert_eq(actor_checkpoint(), ACTOR_ENORUNTIME);
	cr_assert_eq(actor_nursery_open(&nursery), ACTOR_ENORUNTIME);
	cr_assert_null(nursery);
	cr_assert_eq(actor_nursery_close(nursery, 0), 0);
	cr_assert_eq(actor_self(&identity), ACTOR_ENORUNTIME);
	cr_assert_eq(actor_portal_identity(actor.handle, &identity), ACTOR_ENORUNTIME);
	cr_assert_eq(actor_portal_cancel_actor(actor.handle), ACTOR_ENORUNTIME);
	cr_assert_eq(actor_portal_run_from_ns(actor.handle, "a.B", "C", (struct actor_bytes){ 0 }, &reply),
	             ACTOR_ENORUNTIME);
	cr_assert_eq(actor_time_left_ms(), UINT64_MAX);
	cr_assert_null(actor_alloc(1));
	cr_assert_null(actor_calloc(1, 1));
	cr_assert_null(actor_strdup("x"));
	actor_free(NULL);
	cr_assert_eq(actor_fail(ACTOR_EINVAL, "x"), ACTOR_EINVAL);
	cr_assert_eq(actor_error_code(actor_error_last()), ACTOR_ENORUNTIME);
	cr_assert_str_eq(last_message(), "call this in a task, below actor_main()");
}

/* shows: SP-31 */
Test(scheduler, the_error_outside_a_task_names_the_actor_that_ended_last)
{
	acti_thread_set_ended(&actor.proc.actor.uid);
	cr_assert_str_eq(last_message(),
	                 "the actor tester@74747474 has ended: call this in a task, below actor_main()");
}
