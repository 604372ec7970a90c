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
	cr_assert_null(actor_error_canceller(actor_error_last()));
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
