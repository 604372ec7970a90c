/* SPDX-License-Identifier: BSD-2-Clause */
#include "fixture.h"
#include <string.h>

TestSuite(nursery, .init = begin, .fini = end);

static int
succeed(void *argument)
{
	++*(int *)argument;
	return 0;
}

static int
sleep_and_count(void *argument)
{
	int rc = actor_sleep_ms(50);

	if (rc == 0)
		++*(int *)argument;
	return rc;
}

/* Fails with its own name. */
static int
fail_as(void *argument)
{
	return actor_fail(ACTOR_EINVAL, "%s", (const char *)argument);
}

static int
fail_later_as(void *argument)
{
	int rc = actor_sleep_ms(10);

	return rc != 0 ? rc : fail_as(argument);
}

/* Ignores its cancellation, and then fails. */
static int
fail_in_cleanup_as(void *argument)
{
	if (actor_sleep_ms(100000) == ACTOR_ECANCELED)
		return fail_as(argument);
	return 0;
}

static int
sleep_long(void *argument)
{
	(void)argument;
	return actor_sleep_ms(100000);
}

static int
run_for_ms(uint64_t ms, actor_task_fn *fn, void *argument)
{
	test_actor_start(&actor, fn, argument);
	test_os_advance_ms(&os, ms);
	cr_assert_eq(actor.running, 0, "it has not ended");
	return actor.rc;
}

static bool
says(const struct actor_error *error, const char *text)
{
	return strncmp(actor_error_message(error), text, strlen(text)) == 0;
}

/* ---- waiting ---- */

static int
wait_for_all(void *argument)
{
	struct actor_nursery_report report;
	struct actor_nursery *nursery;
	uint64_t began = os.now_ns;
	int rc = actor_nursery_open(&nursery), *done = argument;

	for (int i = 0; rc == 0 && i < 3; i++)
		rc = actor_nursery_start(nursery, i == 1 ? succeed : sleep_and_count, done);
	actor_nursery_inspect(nursery, &report);
	cr_assert_eq(report.child_count, 3);
	cr_assert_not(report.cancel_called);
	rc = actor_nursery_close_report(nursery, rc, &report);
	cr_assert_eq(*done, 3);
	cr_assert_eq(os.now_ns - began, 50 * 1000000u);
	cr_assert_eq(report.child_count, 0);
	cr_assert_not(report.cancel_called);
	return rc;
}

Test(nursery, closes_when_the_last_child_has_ended)
{
	int done = 0;

	cr_assert_eq(run_for_ms(50, wait_for_all, &done), 0);
}

static int
start_from_a_child(void *argument)
{
	struct actor_nursery *nursery = argument;
	static int done;

	return actor_nursery_start(nursery, sleep_and_count, &done);
}

static int
let_children_start_more(void *argument)
{
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	(void)argument;
	if (rc == 0)
		rc = actor_nursery_start(nursery, start_from_a_child, nursery);
	if (rc == 0)
		rc = actor_checkpoint();
	return actor_nursery_close(nursery, rc);
}

Test(nursery, takes_more_from_its_children)
{
	cr_assert_eq(run_for_ms(50, let_children_start_more, NULL), 0);
}

static int
close_null(void *argument)
{
	int done = 0;

	(void)argument;
	actor_nursery_cancel(NULL);
	cr_assert_eq(actor_nursery_start(NULL, succeed, &done), ACTOR_ECLOSED);
	cr_assert_eq(actor_nursery_close(NULL, 3), 3);
	return actor_nursery_close(NULL, ACTOR_ECLOSED);
}

Test(nursery, that_was_not_opened_may_be_closed)
{
	cr_assert_eq(run_for_ms(0, close_null, NULL), ACTOR_ECLOSED);
}

/* ---- failures ---- */

static int
one_fails(void *argument)
{
	struct actor_nursery_report report;
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery), done = 0;

	if (rc == 0)
		rc = actor_nursery_start(nursery, sleep_and_count, &done);
	if (rc == 0)
		rc = actor_nursery_start(nursery, fail_later_as, argument);
	if (rc == 0)
		rc = actor_sleep_ms(100000);
	cr_assert_eq(rc, ACTOR_ECANCELED, "the body is cancelled");
	rc = actor_nursery_close_report(nursery, rc, &report);
	cr_assert_eq(done, 0, "and so is the sibling");
	cr_assert(report.cancel_called);
	return rc;
}

Test(nursery, the_first_failure_cancels_the_rest_and_the_body_and_is_the_error)
{
	cr_assert_eq(run_for_ms(10, one_fails, "first"), ACTOR_EINVAL);
	cr_assert(says(&actor.error, "first ("));
	cr_assert_eq(actor_error_member_count(&actor.error), 0, "a group of one is that one");
}

static int
two_fail(void *argument)
{
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	(void)argument;
	if (rc == 0)
		rc = actor_nursery_start(nursery, fail_later_as, "first");
	if (rc == 0)
		rc = actor_nursery_start(nursery, fail_in_cleanup_as, "second");
	if (rc == 0)
		rc = actor_nursery_start(nursery, sleep_long, NULL);
	return actor_nursery_close(nursery, rc);
}

Test(nursery, two_failures_are_a_group)
{
	cr_assert_eq(run_for_ms(10, two_fail, NULL), ACTOR_EGROUP);
	cr_assert_eq(actor_error_member_count(&actor.error), 2);
	cr_assert(says(actor_error_member(&actor.error, 0), "first ("));
	cr_assert(says(actor_error_member(&actor.error, 1), "second ("));
}

static int
body_fails(void *argument)
{
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = actor_nursery_start(nursery, argument != NULL ? fail_in_cleanup_as : sleep_long, argument);
	if (rc == 0)
		rc = actor_checkpoint();
	if (rc == 0)
		rc = actor_fail(ACTOR_EKIND, "body");
	return actor_nursery_close(nursery, rc);
}

Test(nursery, a_failing_body_cancels_the_children_and_its_error_comes_back)
{
	cr_assert_eq(run_for_ms(0, body_fails, NULL), ACTOR_EKIND);
	cr_assert(says(&actor.error, "body ("));
}

Test(nursery, a_failing_cleanup_does_not_replace_the_error_in_flight)
{
	cr_assert_eq(run_for_ms(0, body_fails, "cleanup"), ACTOR_EGROUP);
	cr_assert_eq(actor_error_member_count(&actor.error), 2);
	cr_assert(says(actor_error_member(&actor.error, 0), "cleanup ("));
	cr_assert(says(actor_error_member(&actor.error, 1), "body ("));
}

static int
twenty_fail(void *argument)
{
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	(void)argument;
	for (int i = 0; rc == 0 && i < 20; i++)
		rc = actor_nursery_start(nursery, fail_in_cleanup_as, "one of many");
	if (rc == 0)
		rc = actor_nursery_start(nursery, fail_later_as, "first");
	return actor_nursery_close(nursery, rc);
}

/* robustness: F20 */
Test(nursery, of_many_failures_sixteen_are_kept_and_the_rest_is_counted)
{
	cr_assert_eq(run_for_ms(10, twenty_fail, NULL), ACTOR_EGROUP);
	cr_assert_eq(actor_error_member_count(&actor.error), 16);
	cr_assert_eq(actor_error_dropped_count(&actor.error), 5);
	cr_assert(says(actor_error_member(&actor.error, 0), "first ("));
}

static int
pass_the_childs_error_on(void *argument)
{
	struct actor_nursery *outer, *inner = NULL;
	int rc = actor_nursery_open(&outer);

	(void)argument;
	if (rc == 0)
		rc = actor_nursery_open(&inner);
	if (rc == 0)
		rc = actor_nursery_start(inner, fail_as, "only");
	rc = actor_nursery_close(inner, rc);
	return actor_nursery_close(outer, rc);
}

Test(nursery, a_failure_that_is_passed_on_is_counted_once)
{
	cr_assert_eq(run_for_ms(0, pass_the_childs_error_on, NULL), ACTOR_EINVAL);
	cr_assert(says(&actor.error, "only ("));
}

/* ---- cancelling ---- */

static int
cancel_it(void *argument)
{
	struct actor_nursery_report report;
	struct actor_nursery *nursery;
	struct actor_scope cleanup;
	int rc = actor_nursery_open(&nursery), done = 0;

	(void)argument;
	for (int i = 0; rc == 0 && i < 3; i++)
		rc = actor_nursery_start(nursery, sleep_long, NULL);
	actor_nursery_cancel(nursery);
	actor_nursery_cancel(nursery);
	cr_assert_eq(actor_nursery_start(nursery, succeed, &done), ACTOR_ECANCELED);
	cr_assert(actor_error_canceller(actor_error_last()) != NULL);
	actor_scope_open(&cleanup, &(const struct actor_scope_options){ .shield_ms = 10 });
	cr_assert_eq(actor_nursery_start(nursery, succeed, &done), ACTOR_ECLOSED);
	cr_assert(strstr(last_message(), "is cancelled: it takes nothing new") != NULL);
	cr_assert(strstr(last_message(), "nursery_test.c:") != NULL);
	actor_scope_abandon(&cleanup);
	actor_nursery_inspect(nursery, &report);
	cr_assert(report.cancel_called);
	rc = actor_nursery_close_report(nursery, rc, &report);
	cr_assert(report.cancel_called);
	cr_assert_eq(report.killed_count, 0);
	return rc;
}

/* shows: SP-30 */
Test(nursery, its_own_cancellation_gives_0_and_it_refuses_newcomers)
{
	cr_assert_eq(run_for_ms(0, cancel_it, NULL), 0);
}

static int
cancel_it_and_fail_by_that(void *argument)
{
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	(void)argument;
	if (rc == 0)
		rc = actor_nursery_start(nursery, sleep_long, NULL);
	actor_nursery_cancel(nursery);
	if (rc == 0)
		rc = actor_sleep_ms(10);
	cr_assert_eq(rc, ACTOR_ECANCELED);
	rc = actor_nursery_close(nursery, rc);
	cr_assert_eq(rc, 0, "what its own cancellation brought about is no failure");
	return actor_sleep_ms(1);
}

Test(nursery, its_own_cancellation_of_the_body_gives_0)
{
	cr_assert_eq(run_for_ms(1, cancel_it_and_fail_by_that, NULL), 0);
}

static int
wait_in_a_cancelled_scope(void *argument)
{
	struct actor_nursery *nursery;
	int fired, rc;

	(void)argument;
	ACTOR_SCOPE(outer, .timeout_ms = 20);
	rc = actor_nursery_open(&nursery);
	if (rc == 0)
		rc = actor_nursery_start(nursery, sleep_long, NULL);
	rc = actor_nursery_close(nursery, rc);
	cr_assert_eq(rc, ACTOR_EDEADLINE, "a cancellation from outside goes on its way");
	return actor_scope_close(&outer, rc, &fired);
}

Test(nursery, a_cancellation_from_outside_goes_on)
{
	cr_assert_eq(run_for_ms(20, wait_in_a_cancelled_scope, NULL), 0);
}

static int
sleep_in_own_scope(void *argument)
{
	int rc;

	(void)argument;
	ACTOR_SCOPE(limit, .timeout_ms = 10);
	rc = actor_sleep_ms(100000);
	return actor_scope_close(&limit, rc, NULL);
}

static int
own_deadline_of_a_child(void *argument)
{
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	(void)argument;
	if (rc == 0)
		rc = actor_nursery_start(nursery, sleep_in_own_scope, NULL);
	if (rc == 0)
		rc = actor_nursery_start(nursery, sleep_long, NULL);
	return actor_nursery_close(nursery, rc);
}

Test(nursery, a_deadline_of_the_childs_own_is_a_failure)
{
	cr_assert_eq(run_for_ms(10, own_deadline_of_a_child, NULL), ACTOR_EDEADLINE);
}

static int
close_with_an_outcome(void *argument)
{
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	(void)argument;
	if (rc == 0)
		rc = actor_nursery_start(nursery, sleep_long, NULL);
	return actor_nursery_close(nursery, rc == 0 ? ACTOR_NO_ACK : rc);
}

Test(nursery, that_is_closed_with_an_outcome_is_cancelled_first)
{
	cr_assert_eq(run_for_ms(0, close_with_an_outcome, NULL), ACTOR_NO_ACK);
}

static int
fail_in_a_cancelled_one(void *argument)
{
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	cr_assert_eq(rc, 0);
	actor_nursery_cancel(nursery);
	return actor_nursery_close(nursery, *(int *)argument);
}

Test(nursery, takes_no_code_for_its_cancellation_that_no_await_gave)
{
	int codes[] = { -1, ACTOR_ECANCELED, ACTOR_EINVAL };

	for (size_t i = 0; i < ACTOR_COUNT(codes); i++)
		cr_assert_eq(run_for_ms(0, fail_in_a_cancelled_one, &codes[i]), codes[i]);
}

static int
start_in_a_closed_one(void *argument)
{
	struct actor_nursery *nursery;
	int done = 0, rc = actor_nursery_open(&nursery);

	(void)argument;
	cr_assert_eq(actor_nursery_close(nursery, rc), 0);
	cr_assert_eq(actor_nursery_start(nursery, succeed, &done), ACTOR_ECLOSED);
	cr_assert(strstr(last_message(), "has closed: it takes nothing new") != NULL);
	return 0;
}

/* shows: SP-25 */
Test(nursery, that_has_closed_refuses_newcomers)
{
	cr_assert_eq(run_for_ms(0, start_in_a_closed_one, NULL), 0);
}

static struct actor_nursery *shared;

static int
start_while_closing(void *argument)
{
	int rc = actor_sleep_ms(10), done = 0;

	(void)argument;
	cr_assert_eq(rc, 0);
	cr_assert_eq(actor_nursery_start(shared, succeed, &done), ACTOR_ECLOSED);
	cr_assert(strstr(last_message(), "is closing") != NULL);
	return 0;
}

static int
close_and_refuse(void *argument)
{
	int rc = actor_nursery_open(&shared);

	(void)argument;
	if (rc == 0)
		rc = actor_nursery_start(shared, start_while_closing, NULL);
	return actor_nursery_close(shared, rc);
}

#define CLOSED 40

/* A later nursery has the place, and maybe the memory, of an earlier one. */
static int
use_closed_ones(void *argument)
{
	struct actor_nursery *closed[CLOSED], *open;
	struct actor_nursery_report report = { .child_count = 77 };
	int done = 0;

	(void)argument;
	for (int i = 0; i < CLOSED; i++) {
		cr_assert_eq(actor_nursery_open(&closed[i]), 0);
		cr_assert_eq(actor_nursery_close(closed[i], 0), 0);
	}
	cr_assert_eq(actor_nursery_open(&open), 0);
	for (int i = 0; i < CLOSED; i++) {
		cr_assert_eq(actor_nursery_start(closed[i], succeed, &done), ACTOR_ECLOSED);
		cr_assert(strstr(last_message(), "has closed: it takes nothing new") != NULL);
		actor_nursery_cancel(closed[i]);
		cr_assert_eq(actor_nursery_close_report(closed[i], 0, &report), ACTOR_ECLOSED);
		cr_assert_str_eq(last_message(), "the nursery has closed already");
		cr_assert_eq(report.child_count, 0);
		cr_assert_eq(actor_nursery_close(closed[i], actor_fail(ACTOR_EINVAL, "in flight")), ACTOR_EINVAL);
		cr_assert(strncmp(last_message(), "in flight", 9) == 0);
		report.child_count = 77;
		actor_nursery_inspect(closed[i], &report);
		cr_assert_eq(report.child_count, 0);
	}
	actor_nursery_inspect(open, &report);
	cr_assert_not(report.cancel_called);
	cr_assert_eq(actor_nursery_start(open, succeed, &done), 0);
	cr_assert_eq(actor_nursery_close(open, 0), 0);
	cr_assert_eq(done, 1);
	return 0;
}

static int
use_theirs(void *argument)
{
	int done = 0;

	cr_assert_eq(actor_nursery_start(argument, succeed, &done), ACTOR_ECLOSED);
	return 0;
}

/* shows: SP-25 */
Test(nursery, that_has_closed_is_refused_by_all_functions_however_many_came_after_it)
{
	cr_assert_eq(run_for_ms(0, use_closed_ones, NULL), 0);
	cr_assert_eq(actor.proc.actor.scheduler.nursery_slot_count, 16, "closed ones leave nothing");
}

static int
open_and_close(void *argument)
{
	int rc = actor_nursery_open(&shared);

	(void)argument;
	return actor_nursery_close(shared, rc);
}

/* shows: SP-25 */
Test(nursery, that_has_closed_is_refused_in_tasks_that_did_not_open_it)
{
	cr_assert_eq(run_for_ms(0, open_and_close, NULL), 0);
	cr_assert_eq(run_for_ms(0, use_theirs, shared), 0);
	actor_nursery_cancel(shared); /* outside a task: nothing */
}

static int
open_many(void *argument)
{
	struct actor_nursery *open[100];
	int done = 0;

	(void)argument;
	for (int i = 0; i < 100; i++)
		cr_assert_eq(actor_nursery_open(&open[i]), 0);
	for (int i = 0; i < 100; i++)
		cr_assert_eq(actor_nursery_start(open[i], succeed, &done), 0);
	for (int i = 100; i-- > 0;)
		cr_assert_eq(actor_nursery_close(open[i], 0), 0);
	cr_assert_eq(done, 100);
	return 0;
}

Test(nursery, there_may_be_many_open_at_once)
{
	cr_assert_eq(run_for_ms(0, open_many, NULL), 0);
	cr_assert_eq(run_for_ms(0, open_many, NULL), 0);
	cr_assert_eq(actor.proc.actor.scheduler.nursery_slot_count, 128);
}

Test(nursery, that_is_closing_refuses_newcomers)
{
	cr_assert_eq(run_for_ms(10, close_and_refuse, NULL), 0);
}

/* ---- who cancelled, and cancellations that are a group ---- */

static char canceller[70];

static int
sleep_and_say_who(void *argument)
{
	int rc = actor_sleep_ms(100000);

	(void)argument;
	snprintf(canceller, sizeof canceller, "%s", actor_error_canceller(actor_error_last())->name);
	return rc;
}

static int
fail_at_once(void *argument)
{
	(void)argument;
	return actor_fail(ACTOR_EINVAL, "the cause");
}

static int
fail_beside_a_sleeper(void *argument)
{
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = actor_nursery_start(nursery, sleep_and_say_who, NULL);
	if (rc == 0 && argument != NULL)
		rc = actor_nursery_start(nursery, fail_at_once, NULL);
	if (rc == 0 && argument == NULL)
		rc = actor_checkpoint();
	if (rc == 0 && argument == NULL)
		actor_nursery_cancel(nursery);
	return actor_nursery_close(nursery, rc);
}

Test(nursery, that_cancels_names_its_own_actor)
{
	cr_assert_eq(run_for_ms(0, fail_beside_a_sleeper, ""), ACTOR_EINVAL);
	cr_assert_str_eq(canceller, "tester");
	canceller[0] = '\0';
	cr_assert_eq(run_for_ms(0, fail_beside_a_sleeper, NULL), 0);
	cr_assert_str_eq(canceller, "tester");
}

/* As an actor might answer whose children were all cancelled by somebody. */
static int
end_as_a_group(void *argument)
{
	struct acti_task *task = acti_task_current();
	struct acti_error_pool *errors = &task->scheduler->errors;
	const int *codes = argument;
	struct actor_error group;

	cr_assert_eq(actor_sleep_ms(100000), ACTOR_ECANCELED);
	acti_error_init(&group);
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(acti_fail(codes[i], "member %d", i), codes[i]);
		acti_error_add(errors, &group, &task->error);
	}
	acti_error_move(errors, &task->error, &group);
	return ACTOR_EGROUP;
}

static int
cancel_what_ends_as_a_group(void *argument)
{
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = actor_nursery_start(nursery, end_as_a_group, argument);
	if (rc == 0)
		rc = actor_checkpoint();
	actor_nursery_cancel(nursery);
	return actor_nursery_close(nursery, rc);
}

/* shows: CA-36 */
Test(nursery, takes_a_group_of_cancellations_for_a_cancellation)
{
	static const int graceful[] = { ACTOR_ECANCELED, ACTOR_EDEADLINE }, mixed[] = { ACTOR_ECANCELED, ACTOR_EINVAL };

	cr_assert_eq(run_for_ms(0, cancel_what_ends_as_a_group, (void *)(uintptr_t)graceful), 0);
	cr_assert_eq(run_for_ms(0, cancel_what_ends_as_a_group, (void *)(uintptr_t)mixed), ACTOR_EGROUP);
}

/* ---- misuse ---- */

static int
forget(void *argument)
{
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0 && argument != NULL)
		rc = actor_nursery_start(nursery, fail_in_cleanup_as, argument);
	else if (rc == 0)
		rc = actor_nursery_start(nursery, sleep_long, NULL);
	return rc == 0 ? actor_checkpoint() : rc;
}

Test(nursery, that_was_forgotten_is_cancelled_and_joined_and_its_place_told)
{
	cr_assert_eq(run_for_ms(0, forget, NULL), ACTOR_ECLOSED);
	cr_assert(strstr(actor_error_message(&actor.error), "test left the nursery of ") != NULL);
	cr_assert(strstr(actor_error_message(&actor.error), "nursery_test.c:") != NULL);
	cr_assert(strstr(actor_error_message(&actor.error), "open: close it on every path") != NULL);
}

static int
fail_and_forget(void *argument)
{
	int rc = forget(argument);

	return rc == 0 ? actor_fail(ACTOR_EKIND, "mine") : rc;
}

Test(nursery, that_was_forgotten_does_not_replace_the_error_in_flight)
{
	cr_assert_eq(run_for_ms(0, fail_and_forget, NULL), ACTOR_EKIND);
	cr_assert(says(&actor.error, "mine ("));
}

Test(nursery, that_was_forgotten_adds_its_childrens_failures_to_the_error_in_flight)
{
	cr_assert_eq(run_for_ms(0, fail_and_forget, "child"), ACTOR_EGROUP);
	cr_assert_eq(actor_error_member_count(&actor.error), 2);
	cr_assert(says(actor_error_member(&actor.error, 0), "child ("));
	cr_assert(says(actor_error_member(&actor.error, 1), "mine ("));
}

static int
close_the_outer_first(void *argument)
{
	struct actor_nursery *outer, *inner = NULL;
	int rc = actor_nursery_open(&outer), done = 0;

	(void)argument;
	if (rc == 0)
		rc = actor_nursery_start(outer, succeed, &done);
	if (rc == 0)
		rc = actor_nursery_open(&inner);
	if (rc == 0)
		rc = actor_nursery_start(inner, sleep_long, NULL);
	return actor_nursery_close(outer, rc);
}

Test(nursery, the_inner_ones_are_closed_with_the_outer_and_that_is_an_error)
{
	cr_assert_eq(run_for_ms(0, close_the_outer_first, NULL), ACTOR_ECLOSED);
	cr_assert(strstr(actor_error_message(&actor.error), "left the nursery of ") != NULL);
}

static int
cancel_and_close_the_outer(void *argument)
{
	struct actor_nursery *outer, *inner = NULL;
	int rc = actor_nursery_open(&outer);

	(void)argument;
	if (rc == 0)
		rc = actor_nursery_open(&inner);
	if (rc == 0)
		rc = actor_nursery_start(inner, sleep_long, NULL);
	actor_nursery_cancel(outer);
	return actor_nursery_close(outer, rc);
}

Test(nursery, that_was_forgotten_is_told_also_if_the_outer_one_is_cancelled)
{
	cr_assert_eq(run_for_ms(0, cancel_and_close_the_outer, NULL), ACTOR_ECLOSED);
	cr_assert(strstr(actor_error_message(&actor.error), "left the nursery of ") != NULL);
}

static int
close_the_shared(void *argument)
{
	(void)argument;
	cr_assert_eq(actor_nursery_close(shared, 0), ACTOR_ECLOSED);
	cr_assert(strstr(last_message(), "is another task's: only that may close it") != NULL);
	return 0;
}

static int
let_another_close(void *argument)
{
	int rc = actor_nursery_open(&shared);

	(void)argument;
	if (rc == 0)
		rc = actor_nursery_start(shared, close_the_shared, NULL);
	return actor_nursery_close(shared, rc);
}

Test(nursery, is_closed_only_by_the_task_that_opened_it)
{
	cr_assert_eq(run_for_ms(0, let_another_close, NULL), 0);
}

/* ---- shape ---- */

static int
nest(void *argument)
{
	int depth = *(const int *)argument, below = depth - 1;
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	if (depth == 0)
		return actor_nursery_close(nursery, rc == 0 ? fail_as("deep") : rc);
	if (rc == 0)
		rc = actor_nursery_start(nursery, nest, &below);
	return actor_nursery_close(nursery, rc);
}

Test(nursery, an_error_comes_up_through_any_number_of_them)
{
	int depth = 100;

	cr_assert_eq(run_for_ms(0, nest, &depth), ACTOR_EINVAL);
	cr_assert(says(&actor.error, "deep ("));
}

Test(nursery, all_orders_of_the_ready_tasks_give_the_same_outcome)
{
	for (uint64_t seed = 1; seed <= 50; seed++) {
		os.choices = seed;
		cr_assert_eq(run_for_ms(10, two_fail, NULL), ACTOR_EGROUP);
		cr_assert_eq(actor_error_member_count(&actor.error), 2);
		cr_assert_eq(run_for_ms(10, one_fails, "first"), ACTOR_EINVAL);
	}
}
