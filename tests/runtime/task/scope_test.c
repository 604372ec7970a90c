/* SPDX-License-Identifier: BSD-2-Clause */
#include "fixture.h"
#include <setjmp.h>
#include <signal.h>
#include <string.h>

TestSuite(scope, .init = begin, .fini = end);

/* Runs the task while time passes. */
static int
run_for_ms(uint64_t ms, actor_task_fn *fn, void *argument)
{
	test_actor_start(&actor, fn, argument);
	test_os_advance_ms(&os, ms);
	cr_assert_eq(actor.running, 0, "it has not ended");
	return actor.rc;
}

static int
sleep_in_a_scope(void *argument)
{
	struct actor_scope scope;
	uint64_t began = os.now_ns;
	int fired, rc;

	(void)argument;
	actor_scope_open(&scope, &(struct actor_scope_options){ .timeout_ms = 30 });
	rc = actor_sleep_ms(1000);
	cr_assert_eq(rc, ACTOR_EDEADLINE);
	cr_assert_eq(os.now_ns - began, 30 * 1000000u);
	rc = actor_scope_close(&scope, rc, &fired);
	cr_assert(fired);
	return rc;
}

Test(scope, ends_a_sleep_at_its_deadline_and_takes_the_code_back)
{
	cr_assert_eq(run_for_ms(100, sleep_in_a_scope, NULL), 0);
}

static int
finish_in_time(void *argument)
{
	int fired, rc;

	(void)argument;
	ACTOR_SCOPE(limit, .timeout_ms = 30);
	rc = actor_sleep_ms(10);
	cr_assert_eq(rc, 0);
	rc = actor_scope_close(&limit, actor_fail(ACTOR_EINVAL, "mine"), &fired);
	cr_assert_not(fired);
	cr_assert_eq(test_os_running_timers(&os), 0);
	cr_assert_str_eq(actor_error_type(actor_error_last()), "ACTOR_EINVAL");
	return rc;
}

Test(scope, that_has_not_fired_passes_the_code_on)
{
	cr_assert_eq(run_for_ms(100, finish_in_time, NULL), ACTOR_EINVAL);
	cr_assert(strncmp(actor_error_message(&actor.error), "mine", 4) == 0);
}

static int
fail_after_the_deadline(void *argument)
{
	int fired, rc;

	(void)argument;
	ACTOR_SCOPE(limit, .timeout_ms = 10);
	cr_assert_eq(actor_sleep_ms(20), ACTOR_EDEADLINE);
	rc = actor_scope_close(&limit, actor_fail(ACTOR_EINVAL, "mine"), &fired);
	cr_assert(fired);
	return rc;
}

Test(scope, takes_only_its_own_code_back)
{
	cr_assert_eq(run_for_ms(100, fail_after_the_deadline, NULL), ACTOR_EINVAL);
}

static int
close_without_asking(void *argument)
{
	int rc;

	(void)argument;
	ACTOR_SCOPE(limit, .timeout_ms = 10);
	rc = actor_sleep_ms(20);
	return actor_scope_close(&limit, rc, NULL);
}

Test(scope, that_is_closed_without_asking_passes_its_own_code_on)
{
	cr_assert_eq(run_for_ms(100, close_without_asking, NULL), ACTOR_EDEADLINE);
}

static int
await_again_and_again(void *argument)
{
	struct acti_list nothing;
	int fired, rc = 0;

	(void)argument;
	acti_list_init(&nothing);
	ACTOR_SCOPE(limit);
	actor_scope_cancel(&limit);
	for (int i = 0; i < 3; i++) {
		cr_assert_eq(actor_sleep_ms(1000), ACTOR_ECANCELED);
		cr_assert_eq(actor_checkpoint(), ACTOR_ECANCELED);
		rc = acti_wait(&nothing, waiting);
		cr_assert_eq(rc, ACTOR_ECANCELED);
	}
	cr_assert_eq(actor_scope_close(&limit, rc, &fired), 0);
	cr_assert(fired);
	return actor_sleep_ms(10);
}

Test(scope, that_is_cancelled_fails_every_await_until_it_is_left)
{
	cr_assert_eq(run_for_ms(10, await_again_and_again, NULL), 0);
}

/* ---- nested ---- */

static int
sleep_in_two_scopes(void *argument)
{
	const uint64_t *timeouts = argument;
	int fired, rc;

	ACTOR_SCOPE(outer, .timeout_ms = timeouts[0]);
	ACTOR_SCOPE(inner, .timeout_ms = timeouts[1]);
	rc = actor_sleep_ms(1000);
	cr_assert_eq(rc, ACTOR_EDEADLINE);
	rc = actor_scope_close(&inner, rc, &fired);
	cr_assert_eq(fired, timeouts[1] < timeouts[0]);
	cr_assert_eq(rc, fired ? 0 : ACTOR_EDEADLINE);
	if (fired)
		rc = actor_sleep_ms(1000);
	rc = actor_scope_close(&outer, rc, &fired);
	cr_assert(fired);
	return rc;
}

Test(scope, the_nearest_deadline_counts_and_the_scope_that_has_it_has_fired)
{
	cr_assert_eq(run_for_ms(100, sleep_in_two_scopes, (uint64_t[]){ 20, 50 }), 0);
	cr_assert_eq(run_for_ms(100, sleep_in_two_scopes, (uint64_t[]){ 50, 20 }), 0);
}

static int
cancel_both(void *argument)
{
	int fired, rc;

	(void)argument;
	ACTOR_SCOPE(outer);
	ACTOR_SCOPE(inner);
	actor_scope_cancel(&inner);
	actor_scope_cancel(&outer);
	rc = actor_checkpoint();
	rc = actor_scope_close(&inner, rc, &fired);
	cr_assert(fired);
	cr_assert_eq(rc, ACTOR_ECANCELED, "outside of it all is cancelled too");
	rc = actor_scope_close(&outer, rc, &fired);
	cr_assert(fired);
	return rc;
}

Test(scope, leaves_the_cancellation_to_an_outer_one_that_is_cancelled_too)
{
	cr_assert_eq(run_for_ms(0, cancel_both, NULL), 0);
}

static int
time_out_in_a_cancelled_scope(void *argument)
{
	int fired, rc;

	(void)argument;
	ACTOR_SCOPE(outer);
	ACTOR_SCOPE(inner, .timeout_ms = 10);
	rc = actor_sleep_ms(20);
	cr_assert_eq(rc, ACTOR_EDEADLINE);
	actor_scope_cancel(&outer);
	rc = actor_scope_close(&inner, rc, &fired);
	cr_assert(fired);
	cr_assert_eq(rc, ACTOR_ECANCELED, "what is left is the outer cancellation");
	cr_assert_eq(actor_error_code(actor_error_last()), rc);
	return actor_scope_close(&outer, rc, &fired);
}

Test(scope, that_timed_out_leaves_only_the_cancellation_of_an_outer_one)
{
	cr_assert_eq(run_for_ms(20, time_out_in_a_cancelled_scope, NULL), 0);
}

static int
open_in_a_cancelled_scope(void *argument)
{
	int fired, rc;

	(void)argument;
	ACTOR_SCOPE(outer);
	actor_scope_cancel(&outer);
	ACTOR_SCOPE(inner, .timeout_ms = 10);
	rc = actor_scope_close(&inner, actor_checkpoint(), &fired);
	cr_assert_not(fired);
	cr_assert_eq(rc, ACTOR_ECANCELED);
	return actor_scope_close(&outer, rc, &fired);
}

Test(scope, that_is_opened_in_a_cancelled_one_is_cancelled)
{
	cr_assert_eq(run_for_ms(0, open_in_a_cancelled_scope, NULL), 0);
}

static int
measure(void *argument)
{
	(void)argument;
	cr_assert_eq(actor_time_left_ms(), UINT64_MAX);
	ACTOR_SCOPE(outer, .timeout_ms = 100);
	ACTOR_SCOPE(inner, .timeout_ms = 500);
	cr_assert_eq(actor_time_left_ms(), 100);
	cr_assert_eq(actor_sleep_ms(40), 0);
	cr_assert_eq(actor_time_left_ms(), 60);
	cr_assert_eq(actor_sleep_ms(100), ACTOR_EDEADLINE);
	cr_assert_eq(actor_time_left_ms(), 0);
	return 0;
}

Test(scope, the_time_left_is_that_of_the_nearest_deadline)
{
	cr_assert_eq(run_for_ms(100, measure, NULL), 0);
}

static int
wait_for_centuries(void *argument)
{
	(void)argument;
	ACTOR_SCOPE(limit, .timeout_ms = UINT64_MAX);
	cr_assert_gt(actor_time_left_ms(), UINT32_MAX);
	return actor_sleep_ms(10);
}

Test(scope, takes_a_timeout_of_any_size)
{
	cr_assert_eq(run_for_ms(10, wait_for_centuries, NULL), 0);
}

/* ---- left in other ways ---- */

static int
leave_the_block(void *argument)
{
	(void)argument;
	for (int i = 0; i < 3; i++) {
		ACTOR_SCOPE(limit, .timeout_ms = 10);
		if (actor_sleep_ms(i == 1 ? 20 : 1) != 0)
			continue;
	}
	cr_assert_eq(test_os_running_timers(&os), 0);
	return actor_sleep_ms(20);
}

Test(scope, is_left_with_its_block)
{
	cr_assert_eq(run_for_ms(100, leave_the_block, NULL), 0);
}

static int
succeed(void *argument)
{
	(void)argument;
	return actor_checkpoint();
}

static int
leave_the_scope_after_the_nursery(void *argument)
{
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	(void)argument;
	ACTOR_SCOPE(limit, .timeout_ms = 1000);
	if (rc == 0)
		rc = actor_nursery_start(nursery, succeed, NULL);
	return actor_nursery_close(nursery, rc); /* the scope's cleanup comes after this */
}

static int
leave_it_and_go_on(void *argument)
{
	int rc = leave_the_scope_after_the_nursery(argument);

	return rc == 0 ? actor_sleep_ms(10) : rc;
}

Test(scope, may_be_left_after_the_nursery_that_it_was_opened_in)
{
	cr_assert_eq(run_for_ms(10, leave_it_and_go_on, NULL), 0);
}

static int
forget_a_nursery_in_a_scope(void *argument)
{
	struct actor_nursery *nursery;

	(void)argument;
	ACTOR_SCOPE(limit, .timeout_ms = 1000);
	cr_assert_eq(actor_nursery_open(&nursery), 0);
	return actor_nursery_start(nursery, succeed, NULL);
}

static int
forget_and_go_on(void *argument)
{
	volatile unsigned char over_it[2000];
	int rc = forget_a_nursery_in_a_scope(argument);

	for (size_t i = 0; i < sizeof over_it; i++)
		over_it[i] = 0xff;
	return rc == 0 ? actor_sleep_ms(10) : rc;
}

Test(scope, may_be_left_before_a_nursery_that_was_opened_in_it)
{
	cr_assert_eq(run_for_ms(10, forget_and_go_on, NULL), ACTOR_ECLOSED);
	cr_assert(strstr(actor_error_message(&actor.error), "scope_test.c:") != NULL);
}

static int
close_out_of_order(void *argument)
{
	struct actor_scope outer, inner;
	int rc;

	(void)argument;
	actor_scope_open(&outer, &(struct actor_scope_options){ .timeout_ms = 50 });
	actor_scope_open(&inner, &(struct actor_scope_options){ .timeout_ms = 500 });
	rc = actor_scope_close(&outer, 0, NULL);
	memset(&outer, 0xff, sizeof outer);
	rc = actor_scope_close(&inner, rc, NULL);
	return rc == 0 ? actor_sleep_ms(100) : rc;
}

Test(scope, survives_being_closed_out_of_order)
{
	cr_assert_eq(run_for_ms(100, close_out_of_order, NULL), 0);
}

/* ---- cancelled from elsewhere ---- */

static int
cancel_scope(void *argument)
{
	actor_scope_cancel(argument);
	return 0;
}

static int
be_cancelled_by_another(void *argument)
{
	int fired, rc;

	(void)argument;
	ACTOR_SCOPE(limit);
	test_actor_start(&actor, cancel_scope, &limit);
	rc = actor_sleep_ms(1000);
	cr_assert_eq(rc, ACTOR_ECANCELED);
	cr_assert_str_eq(actor_error_canceller(actor_error_last())->name, "tester", "we did it ourselves");
	return actor_scope_close(&limit, rc, &fired);
}

Test(scope, may_be_cancelled_by_another_task)
{
	cr_assert_eq(run_for_ms(0, be_cancelled_by_another, NULL), 0);
}

static int
sleep_long(void *argument)
{
	(void)argument;
	return actor_sleep_ms(100000);
}

Test(scope, says_who_cancelled_the_actor)
{
	test_actor_start(&actor, sleep_long, NULL);
	test_os_settle(&os);
	acti_scope_cancel(&actor.proc.actor.scope, ACTOR_ECANCELED, &(struct actor_uid){ "boss", { 1 } });
	test_os_settle(&os);
	cr_assert_eq(actor.rc, ACTOR_ECANCELED);
	cr_assert_str_eq(actor_error_canceller(&actor.error)->name, "boss");
}

static int
sleep_to_the_deadline(void *argument)
{
	ACTOR_SCOPE(limit, .timeout_ms = 10);
	(void)argument;
	return actor_sleep_ms(1000);
}

Test(scope, says_whose_deadline_it_was)
{
	cr_assert_eq(run_for_ms(10, sleep_to_the_deadline, NULL), ACTOR_EDEADLINE);
	cr_assert_str_eq(actor_error_canceller(&actor.error)->name, "tester");
	cr_assert(strstr(actor_error_text(&actor.error), ", set by tester@") != NULL, "%s",
	          actor_error_text(&actor.error));
}

static int
sleep_among_equal_deadlines(void *argument)
{
	int fired, rc;

	(void)argument;
	ACTOR_SCOPE(outer, .timeout_ms = 10);
	ACTOR_SCOPE(inner, .timeout_ms = 10);
	rc = actor_sleep_ms(10);
	cr_assert_eq(rc, ACTOR_EDEADLINE, "the deadline that was set first comes first");
	rc = actor_scope_close(&inner, rc, &fired);
	cr_assert_not(fired, "it had the cancellation of the outer one by then");
	cr_assert_eq(rc, ACTOR_EDEADLINE);
	rc = actor_scope_close(&outer, rc, &fired);
	cr_assert(fired);
	return rc == 0 ? actor_sleep_ms(0) : rc;
}

/* robustness: I4 */
Test(scope, deadlines_of_one_time_fire_in_order_and_one_that_is_closed_meanwhile_does_not)
{
	cr_assert_eq(run_for_ms(20, sleep_among_equal_deadlines, NULL), 0);
	cr_assert_eq(test_os_running_timers(&os), 0);
}

/* ---- shields ---- */

#define MS UINT64_C(1000000)

static const struct actor_uid boss = { "boss", { 1 } };

static int
clean_up_in_a_cancelled_scope(void *argument)
{
	uint64_t began = os.now_ns;
	int fired;

	(void)argument;
	ACTOR_SCOPE(outer);
	actor_scope_cancel(&outer);
	cr_assert_eq(actor_checkpoint(), ACTOR_ECANCELED);
	{
		ACTOR_SCOPE(cleanup, .shield_ms = 50);
		for (int i = 0; i < 4; i++)
			cr_assert_eq(actor_sleep_ms(10), 0);
		cr_assert_eq(actor_checkpoint(), 0);
		for (int i = 0; i < 3; i++)
			cr_assert_eq(actor_sleep_ms(1000), ACTOR_ECANCELED, "there is no shield without an end");
		cr_assert_eq(os.now_ns - began, 50 * MS);
		cr_assert_eq(actor_scope_close(&cleanup, ACTOR_ECANCELED, &fired), ACTOR_ECANCELED);
		cr_assert_not(fired, "it came from outside");
	}
	return actor_scope_close(&outer, actor_checkpoint(), &fired);
}

/* shows: robustness: G7 */
Test(scope, with_a_shield_lets_awaits_work_in_a_cancelled_one_until_its_bound)
{
	cr_assert_eq(run_for_ms(100, clean_up_in_a_cancelled_scope, NULL), 0);
}

static int
be_cancelled_under_a_shield(void *argument)
{
	uint64_t began = os.now_ns;

	(void)argument;
	{
		ACTOR_SCOPE(shielded, .shield_ms = 50);
		ACTOR_SCOPE(inner);
		cr_assert_eq(actor_sleep_ms(1000), ACTOR_ECANCELED);
		cr_assert_eq(os.now_ns - began, 50 * MS);
		cr_assert_str_eq(actor_error_canceller(actor_error_last())->name, "boss");
	}
	return actor_checkpoint();
}

Test(scope, with_a_shield_is_told_what_happened_when_that_is_over)
{
	test_actor_start(&actor, be_cancelled_under_a_shield, NULL);
	test_os_advance_ms(&os, 20);
	acti_scope_cancel(&actor.proc.actor.scope, ACTOR_ECANCELED, &boss);
	test_os_advance_ms(&os, 29);
	cr_assert_eq(actor.running, 1);
	test_os_advance_ms(&os, 1);
	cr_assert_eq(actor.running, 0);
	cr_assert_eq(actor.rc, ACTOR_ECANCELED);
}

static int
shield_without_need(void *argument)
{
	int fired;

	(void)argument;
	ACTOR_SCOPE(shielded, .shield_ms = 10);
	cr_assert_eq(actor_sleep_ms(50), 0, "nothing happened outside");
	cr_assert_eq(actor_scope_close(&shielded, 0, &fired), 0);
	cr_assert_not(fired);
	return 0;
}

Test(scope, whose_shield_is_over_is_a_scope_like_any_other)
{
	cr_assert_eq(run_for_ms(100, shield_without_need, NULL), 0);
}

static int
time_out_under_a_shield(void *argument)
{
	uint64_t began = os.now_ns;
	int fired, rc;

	(void)argument;
	ACTOR_SCOPE(outer);
	actor_scope_cancel(&outer);
	ACTOR_SCOPE(cleanup, .shield_ms = 50, .timeout_ms = 20);
	rc = actor_sleep_ms(1000);
	cr_assert_eq(rc, ACTOR_EDEADLINE);
	cr_assert_eq(os.now_ns - began, 20 * MS);
	cr_assert_eq(actor_scope_close(&cleanup, rc, &fired), 0, "its own, whatever goes on outside");
	cr_assert(fired);
	{
		ACTOR_SCOPE(again, .shield_ms = 50);
		ACTOR_SCOPE(inner, .timeout_ms = 10);
		rc = actor_sleep_ms(1000);
		cr_assert_eq(actor_scope_close(&inner, rc, &fired), 0);
		cr_assert(fired);
		actor_scope_cancel(&again);
		rc = actor_sleep_ms(1000);
		cr_assert_eq(rc, ACTOR_ECANCELED);
		cr_assert_eq(actor_scope_close(&again, rc, &fired), 0);
		cr_assert(fired);
	}
	cr_assert_eq(os.now_ns - began, 30 * MS);
	return actor_scope_close(&outer, actor_checkpoint(), &fired);
}

Test(scope, with_a_shield_has_its_own_deadline_and_may_be_cancelled_itself)
{
	cr_assert_eq(run_for_ms(100, time_out_under_a_shield, NULL), 0);
}

static int
measure_under_shields(void *argument)
{
	(void)argument;
	{
		ACTOR_SCOPE(alone, .shield_ms = 10);
		cr_assert_eq(actor_time_left_ms(), UINT64_MAX);
	}
	ACTOR_SCOPE(outer, .timeout_ms = 30);
	{
		ACTOR_SCOPE(lower, .shield_ms = 10);
		cr_assert_eq(actor_time_left_ms(), 30, "the shield is over before that");
	}
	{
		ACTOR_SCOPE(higher, .shield_ms = 100);
		cr_assert_eq(actor_time_left_ms(), 100);
		ACTOR_SCOPE(within, .shield_ms = 60);
		cr_assert_eq(actor_time_left_ms(), 100);
		ACTOR_SCOPE(limit, .timeout_ms = 70);
		cr_assert_eq(actor_time_left_ms(), 70);
	}
	cr_assert_eq(actor_sleep_ms(50), ACTOR_EDEADLINE);
	cr_assert_eq(actor_time_left_ms(), 0);
	ACTOR_SCOPE(cleanup, .shield_ms = 40);
	cr_assert_eq(actor_time_left_ms(), 40);
	ACTOR_SCOPE(canceled, .shield_ms = 200);
	cr_assert_eq(actor_time_left_ms(), 200);
	return 0;
}

Test(scope, under_a_shield_the_time_left_is_at_least_the_shields)
{
	cr_assert_eq(run_for_ms(100, measure_under_shields, NULL), 0);
}

static size_t slept;

static int
sleep_and_count(void *argument)
{
	int rc = actor_sleep_ms(*(const uint64_t *)argument);

	slept += rc == 0;
	return rc;
}

static int
hold_a_nursery_under_a_shield(void *argument)
{
	static const uint64_t times[] = { 10, 20, 1000 };
	struct actor_nursery *nursery;
	int rc;

	(void)argument;
	ACTOR_SCOPE(outer);
	actor_scope_cancel(&outer);
	ACTOR_SCOPE(cleanup, .shield_ms = 50);
	rc = actor_nursery_open(&nursery);
	for (size_t i = 0; rc == 0 && i < ACTOR_COUNT(times); i++)
		rc = actor_nursery_start(nursery, sleep_and_count, (void *)(uintptr_t)&times[i]);
	return actor_nursery_close(nursery, rc);
}

Test(scope, with_a_shield_covers_the_nurseries_in_it)
{
	slept = 0;
	test_actor_start(&actor, hold_a_nursery_under_a_shield, NULL);
	test_os_advance_ms(&os, 49);
	cr_assert_eq(actor.running, 1);
	test_os_advance_ms(&os, 1);
	cr_assert_eq(actor.running, 0);
	cr_assert_eq(actor.rc, ACTOR_ECANCELED);
	cr_assert_eq(slept, 2);
}

static int
close_a_shield_around_an_open_scope(void *argument)
{
	struct actor_scope outer, shielded, inner;
	int rc;

	(void)argument;
	actor_scope_open(&outer, &(struct actor_scope_options){ 0 });
	actor_scope_cancel(&outer);
	actor_scope_open(&shielded, &(struct actor_scope_options){ .shield_ms = 100 });
	actor_scope_open(&inner, &(struct actor_scope_options){ 0 });
	cr_assert_eq(actor_checkpoint(), 0);
	rc = actor_scope_close(&shielded, 0, NULL);
	memset(&shielded, 0xff, sizeof shielded);
	cr_assert_eq(actor_checkpoint(), ACTOR_ECANCELED);
	rc = actor_scope_close(&inner, rc, NULL);
	return actor_scope_close(&outer, rc, NULL);
}

Test(scope, with_a_shield_survives_being_closed_out_of_order)
{
	cr_assert_eq(run_for_ms(100, close_a_shield_around_an_open_scope, NULL), 0);
}

static int
close_a_shield_around_a_nursery(void *argument)
{
	struct actor_nursery *nursery;
	struct actor_scope outer, shielded;
	int rc;

	(void)argument;
	actor_scope_open(&outer, &(struct actor_scope_options){ 0 });
	actor_scope_cancel(&outer);
	actor_scope_open(&shielded, &(struct actor_scope_options){ .shield_ms = 100 });
	rc = actor_nursery_open(&nursery);
	if (rc == 0)
		rc = actor_nursery_start(nursery, sleep_long, NULL);
	rc = actor_scope_close(&shielded, rc, NULL);
	rc = actor_nursery_close(nursery, rc);
	cr_assert_eq(rc, ACTOR_ECANCELED);
	return actor_scope_close(&outer, rc, &rc);
}

Test(scope, with_a_shield_no_longer_covers_what_outlives_it)
{
	cr_assert_eq(run_for_ms(10, close_a_shield_around_a_nursery, NULL), 0);
}

/* ---- the error in flight ---- */

static void
fail_cleanup(void)
{
	int rc = actor_fail(ACTOR_ENOMEM, "cleanup");

	cr_assert_eq(rc, ACTOR_ENOMEM);
}

static void
demand_in_flight(int rc)
{
	cr_assert_eq(rc, ACTOR_EINVAL);
	cr_assert_eq(actor_error_code(actor_error_last()), ACTOR_EINVAL);
	cr_assert(strncmp(last_message(), "in flight", 9) == 0, "%s", last_message());
}

static int
clean_up_badly(void *argument)
{
	size_t allocations = os.memory.allocation_count;
	int fired, rc = actor_fail(ACTOR_EINVAL, "in flight");

	(void)argument;
	{
		ACTOR_SCOPE(cleanup, .shield_ms = 50);
		demand_in_flight(actor_error_code(actor_error_last()));
		fail_cleanup();
		rc = actor_scope_close(&cleanup, rc, &fired);
	}
	demand_in_flight(rc);
	{
		ACTOR_SCOPE(cleanup, .shield_ms = 50);
		fail_cleanup();
	}
	demand_in_flight(rc);
	{
		ACTOR_SCOPE(cleanup, .shield_ms = 50, .timeout_ms = 10);
		cr_assert_eq(actor_sleep_ms(20), ACTOR_EDEADLINE);
		ACTOR_SCOPE(another, .shield_ms = 50);
		fail_cleanup();
		cr_assert_eq(actor_scope_close(&another, 0, NULL), 0);
		cr_assert_eq(actor_error_code(actor_error_last()), ACTOR_EDEADLINE);
		rc = actor_scope_close(&cleanup, rc, &fired);
		cr_assert(fired);
	}
	demand_in_flight(rc);
	{
		ACTOR_SCOPE(cleanup, .shield_ms = 50);
		cr_assert_eq(actor_fail(ACTOR_EINVAL, "cleanup, with the same code"), ACTOR_EINVAL);
		rc = actor_scope_close(&cleanup, rc, NULL);
	}
	demand_in_flight(rc);
	cr_assert_eq(os.memory.allocation_count, allocations, "none of this allocates");
	{
		ACTOR_SCOPE(cleanup, .shield_ms = 50);
		fail_cleanup();
		cr_assert_eq(actor_scope_close(&cleanup, ACTOR_ENOMEM, NULL), ACTOR_ENOMEM);
		cr_assert(strncmp(last_message(), "cleanup", 7) == 0, "the caller wants it so");
	}
	return 0;
}

Test(scope, with_a_shield_brings_the_error_in_flight_back)
{
	cr_assert_eq(run_for_ms(100, clean_up_badly, NULL), 0);
}

static int
fail_with_number(void *argument)
{
	return actor_fail(ACTOR_EINVAL, "task %d", *(const int *)argument);
}

static int
clean_up_after_a_group(void *argument)
{
	static const int numbers[] = { 0, 1, 2 };
	struct actor_nursery *nursery, *second;
	int rc = actor_nursery_open(&nursery);

	(void)argument;
	for (size_t i = 0; rc == 0 && i < ACTOR_COUNT(numbers); i++)
		rc = actor_nursery_start(nursery, fail_with_number, (void *)(uintptr_t)&numbers[i]);
	rc = actor_nursery_close(nursery, rc);
	cr_assert_eq(rc, ACTOR_EGROUP);
	{
		ACTOR_SCOPE(cleanup, .shield_ms = 50);
		cr_assert_eq(actor_error_member_count(actor_error_last()), 3, "it can be seen in the cleanup, too");
		cr_assert_eq(actor_nursery_open(&second), 0);
		cr_assert_eq(actor_nursery_start(second, fail_with_number, (void *)(uintptr_t)&numbers[1]), 0);
		cr_assert_eq(actor_nursery_close(second, 0), ACTOR_EINVAL);
	}
	return rc;
}

Test(scope, with_a_shield_brings_a_group_back_with_its_members)
{
	cr_assert_eq(run_for_ms(10, clean_up_after_a_group, NULL), ACTOR_EGROUP);
	cr_assert_eq(actor_error_member_count(&actor.error), 3);
	cr_assert(strncmp(actor_error_message(actor_error_member(&actor.error, 2)), "task 2", 6) == 0);
	cr_assert_eq(actor_error_dropped_count(&actor.error), 0);
}

static int
clean_up_after_a_cancellation(void *argument)
{
	int rc = actor_sleep_ms(1000);

	(void)argument;
	cr_assert_eq(rc, ACTOR_ECANCELED);
	ACTOR_SCOPE(cleanup, .shield_ms = 50);
	cr_assert_eq(actor_sleep_ms(10), 0);
	fail_cleanup();
	return actor_scope_close(&cleanup, rc, NULL);
}

Test(scope, with_a_shield_brings_a_cancellation_back_with_who_did_it)
{
	for (int i = 0; i < 100; i++)
		test_actor_start(&actor, clean_up_after_a_cancellation, NULL);
	test_os_settle(&os);
	acti_scope_cancel(&actor.proc.actor.scope, ACTOR_ECANCELED, &boss);
	test_os_advance_ms(&os, 5);
	cr_assert_eq(actor.running, 100);
	cr_assert_eq(actor.proc.actor.scheduler.errors.member_count, 0, "a cancellation takes no record");
	test_os_advance_ms(&os, 5);
	cr_assert_eq(actor.running, 0);
	cr_assert_eq(actor.rc, ACTOR_ECANCELED);
	cr_assert_str_eq(actor_error_canceller(&actor.error)->name, "boss");
	cr_assert_str_eq(actor_error_message(&actor.error), "");
}

static struct {
	size_t whole, code_only;
} kept;

static int
clean_up_at_length(void *argument)
{
	int rc = actor_fail(ACTOR_EINVAL, "in flight");

	(void)argument;
	{
		ACTOR_SCOPE(cleanup, .shield_ms = 50);
		cr_assert_eq(actor_sleep_ms(10), 0);
		fail_cleanup();
	}
	cr_assert_eq(actor_error_code(actor_error_last()), ACTOR_EINVAL);
	if (strncmp(last_message(), "in flight", 9) == 0)
		kept.whole++;
	else
		kept.code_only += last_message()[0] == '\0';
	return rc;
}

Test(scope, with_shields_beyond_the_records_for_their_errors_the_codes_are_kept)
{
	for (int round = 0; round < 2; round++) {
		memset(&kept, 0, sizeof kept);
		for (int i = 0; i < 100; i++)
			test_actor_start(&actor, clean_up_at_length, NULL);
		test_os_advance_ms(&os, 10);
		cr_assert_eq(actor.running, 0);
		cr_assert_eq(kept.whole, 64);
		cr_assert_eq(kept.code_only, 36);
	}
}

static int
end_a_nursery_after_a_bad_cleanup(void *argument)
{
	struct actor_nursery *nursery, *cleaners;
	int done = 0, rc = actor_nursery_open(&nursery);

	(void)argument;
	if (rc == 0)
		rc = actor_nursery_start(nursery, sleep_long, NULL);
	if (rc == 0)
		rc = actor_fail(ACTOR_EINVAL, "in flight");
	{
		ACTOR_SCOPE(cleanup, .shield_ms = 50);
		cr_assert_eq(actor_nursery_open(&cleaners), 0);
		cr_assert_eq(actor_nursery_start(cleaners, fail_with_number, &done), 0);
		cr_assert_eq(actor_sleep_ms(10), ACTOR_ECANCELED);
		cr_assert_eq(actor_nursery_close(cleaners, ACTOR_ECANCELED), ACTOR_EINVAL);
		cr_assert(strncmp(last_message(), "task 0", 6) == 0, "%s", last_message());
		rc = actor_scope_close(&cleanup, rc, NULL);
	}
	demand_in_flight(rc);
	rc = actor_nursery_close(nursery, rc);
	demand_in_flight(rc);
	return rc;
}

Test(scope, and_nurseries_around_a_bad_cleanup_give_the_error_in_flight)
{
	cr_assert_eq(run_for_ms(100, end_a_nursery_after_a_bad_cleanup, NULL), ACTOR_EINVAL);
}

static sigjmp_buf aborted;

static void
on_abort(int number)
{
	siglongjmp(aborted, number);
}

Test(scope, must_be_opened_in_a_task)
{
	struct actor_scope scope;

	signal(SIGABRT, on_abort);
	if (sigsetjmp(aborted, 1) == 0) {
		actor_scope_open(&scope, &(struct actor_scope_options){ 0 });
		cr_assert_fail("it was opened");
	}
}
