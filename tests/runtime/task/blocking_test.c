/* SPDX-License-Identifier: BSD-2-Clause */
/* Work on another thread, as its task sees it: on the seam for tests it runs as an event of its own, in order. */
#include "fixture.h"
#include <actor/blocking.h>
#include <errno.h>
#include <string.h>

TestSuite(blocking, .init = begin, .fini = end);

static struct {
	unsigned begun;
	int gives;
	unsigned released;
	bool was_in_a_task;
	int order[8];
} work;

static int
do_work(void *argument)
{
	work.was_in_a_task = acti_task_current() != NULL;
	if (argument != NULL)
		work.order[work.begun] = *(int *)argument;
	work.begun++;
	return work.gives != 0 ? actor_fail((enum actor_code)work.gives, "unheard") : 0;
}

static void
release_work(void *argument)
{
	(void)argument;
	cr_assert(acti_task_current() == NULL || work.begun == 0);
	work.released++;
}

static int
run_it(void *argument)
{
	return actor_run_blocking(do_work, argument);
}

static int
run_or_abandon(void *argument)
{
	return actor_run_blocking_or_abandon(do_work, argument, release_work);
}

/* The actor is cancelled while the task waits. */
static void
cancel(void)
{
	acti_scope_cancel(&test_actor_of(&actor)->scope, ACTOR_ECANCELED, NULL);
	test_os_settle(&os);
}

Test(blocking, work_has_no_actor_and_gives_its_code)
{
	cr_assert_eq(test_actor_run(&actor, run_it, NULL), 0);
	cr_assert_eq(work.begun, 1);
	cr_assert_not(work.was_in_a_task);
	cr_assert_eq(test_actor_run(&actor, run_or_abandon, NULL), 0);
	cr_assert_eq(work.begun, 2);
	cr_assert_eq(work.released, 0, "it was not abandoned");
}

Test(blocking, work_that_fails_fails_its_task)
{
	work.gives = ACTOR_EDENIED;
	cr_assert_eq(test_actor_run(&actor, run_it, NULL), ACTOR_EDENIED);
	cr_assert_eq(actor_error_code(&actor.error), ACTOR_EDENIED);
	cr_assert_str_eq(actor_error_message(&actor.error), "the work on another thread failed");
	cr_assert_eq(test_actor_run(&actor, run_or_abandon, NULL), ACTOR_EDENIED);
}

static int
give_outcome(void *argument)
{
	(void)argument;
	return 7;
}

static int
run_for_an_outcome(void *argument)
{
	(void)argument;
	return actor_run_blocking(give_outcome, NULL) == 7 ? 0 : ACTOR_EINVAL;
}

Test(blocking, an_outcome_passes_through)
{
	cr_assert_eq(test_actor_run(&actor, run_for_an_outcome, NULL), 0);
}

Test(blocking, outside_a_task_there_is_none)
{
	cr_assert_eq(actor_run_blocking(do_work, NULL), ACTOR_ENORUNTIME);
	cr_assert_eq(actor_run_blocking_or_abandon(do_work, NULL, release_work), ACTOR_ENORUNTIME);
	cr_assert_eq(work.begun, 0);
}

Test(blocking, without_a_thread_it_fails_and_the_argument_stays)
{
	os.job_error = EAGAIN;
	cr_assert_eq(test_actor_run(&actor, run_it, NULL), ACTOR_ENOMEM);
	cr_assert(strstr(actor_error_message(&actor.error), "Resource temporarily unavailable") != NULL);
	cr_assert_eq(test_actor_run(&actor, run_or_abandon, NULL), ACTOR_ENOMEM);
	os.job_error = 0;
	os.memory.allocations_left = 0;
	cr_assert_eq(test_actor_run(&actor, run_or_abandon, NULL), ACTOR_ENOMEM);
	os.memory.allocations_left = SIZE_MAX;
	cr_assert_eq(work.begun + work.released, 0);
}

Test(blocking, first_come_is_first_served)
{
	static int numbers[] = { 1, 2, 3, 4 };

	for (size_t i = 0; i < 4; i++)
		test_actor_start(&actor, run_it, &numbers[i]);
	test_os_settle(&os);
	cr_assert_eq(actor.running, 0);
	for (int i = 0; i < 4; i++)
		cr_assert_eq(work.order[i], i + 1);
}

/* ---- cancellation ---- */

static int
run_cancelled(void *argument)
{
	(void)argument;
	cr_assert_eq(actor_run_blocking(do_work, NULL), ACTOR_ECANCELED);
	return actor_run_blocking_or_abandon(do_work, NULL, release_work);
}

Test(blocking, in_a_cancelled_scope_nothing_begins)
{
	test_actor_start(&actor, run_cancelled, NULL);
	cancel();
	cr_assert_eq(actor.rc, ACTOR_ECANCELED);
	cr_assert_eq(work.begun, 0);
	cr_assert_eq(work.released, 1);
}

static int
run_then_await(void *argument)
{
	int rc = actor_run_blocking(do_work, argument);

	cr_assert_eq(rc, 0, "its result counts");
	cr_assert(actor_error_last() == NULL, "and is no error");
	return actor_checkpoint();
}

Test(blocking, a_cancellation_is_heard_after_work_that_runs)
{
	os.holds_jobs = true;
	test_actor_start(&actor, run_then_await, NULL);
	test_os_settle(&os);
	cancel();
	cr_assert_eq(actor.running, 1, "it uses its argument");
	test_os_end_job(&os);
	test_os_settle(&os);
	cr_assert_eq(actor.running, 0);
	cr_assert_eq(actor.rc, ACTOR_ECANCELED);
}

/* The second piece waits behind the first, which is held. */
static void
demand_withdrawn(actor_task_fn *fn, unsigned released)
{
	os.holds_jobs = true;
	test_actor_start(&actor, run_it, NULL);
	test_os_settle(&os);
	test_actor_start(&actor, fn, NULL);
	test_os_settle(&os);
	cancel();
	cr_assert_eq(actor.running, 1);
	cr_assert_eq(actor.rc, ACTOR_ECANCELED);
	cr_assert_eq(work.released, released);
	test_os_end_job(&os);
	test_os_settle(&os);
	cr_assert_eq(actor.running, 0);
	cr_assert_eq(work.begun, 1);
	cr_assert_eq(work.released, released);
}

Test(blocking, work_that_has_not_begun_never_does)
{
	demand_withdrawn(run_it, 0);
}

Test(blocking, work_that_may_be_abandoned_and_has_not_begun_never_does)
{
	demand_withdrawn(run_or_abandon, 1);
}

Test(blocking, work_may_be_abandoned)
{
	os.holds_jobs = true;
	test_actor_start(&actor, run_or_abandon, NULL);
	test_os_settle(&os);
	cancel();
	cr_assert_eq(actor.running, 0);
	cr_assert_eq(actor.rc, ACTOR_ECANCELED);
	cr_assert_eq(work.released, 0, "it still runs");
	test_os_end_job(&os);
	cr_assert_eq(work.released, 1);
}

static int
run_with_a_deadline(void *argument)
{
	int fired, rc;

	(void)argument;
	ACTOR_SCOPE(limit, .timeout_ms = 30);
	rc = actor_run_blocking_or_abandon(do_work, NULL, release_work);
	cr_assert_eq(rc, ACTOR_EDEADLINE);
	return actor_scope_close(&limit, rc, &fired);
}

Test(blocking, a_deadline_abandons_it_too)
{
	os.holds_jobs = true;
	test_actor_start(&actor, run_with_a_deadline, NULL);
	test_os_advance_ms(&os, 30);
	cr_assert_eq(actor.running, 0);
	cr_assert_eq(actor.rc, 0);
	test_os_end_job(&os);
	cr_assert_eq(work.released, 1);
}

Test(blocking, the_end_of_work_that_comes_with_a_cancellation_counts_once)
{
	os.holds_jobs = true;
	test_actor_start(&actor, run_or_abandon, NULL);
	test_os_settle(&os);
	acti_scope_cancel(&test_actor_of(&actor)->scope, ACTOR_ECANCELED, NULL);
	test_os_end_job(&os); /* before the task has run */
	test_os_settle(&os);
	cr_assert_eq(actor.running, 0);
	cr_assert_eq(actor.rc, 0);
	cr_assert_eq(work.released, 0);
}

Test(blocking, work_does_not_pretend_to_be_cancelled)
{
	work.gives = ACTOR_ECANCELED;
	cr_assert_eq(test_actor_run(&actor, run_or_abandon, NULL), ACTOR_EINVAL);
	cr_assert_eq(work.released, 0);
}
