/* SPDX-License-Identifier: BSD-2-Clause */
/* One-shots: actors with a main task, whose result is kept. */
#include <signal.h>
#include <string.h>

#include "probe.h"

static int
echo_in_actor(struct actor_nursery *nursery, const char *name, int64_t number, struct trees_probe *ret_probe)
{
	return trees_probe_echo_run_in_actor(nursery, name, probe_options(NULL, NULL),
	                                     TREES_VALUE(.number = number, .text = (char *)"the most beautiful word"),
	                                     ret_probe);
}

/* shows: OS-01, OS-02, SP-09 */
static int
a_result_is_waited_for_kept_and_had_again_after_the_end(void)
{
	struct actor_nursery *nursery;
	struct trees_probe probe = { 0 };
	Trees__Value *first = NULL, *second = NULL, *third = NULL;
	int pid = -1;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = echo_in_actor(nursery, "speaker", 5, &probe);
	if (rc == 0) {
		pid = probe_pid(probe);
		rc = trees_probe_echo_wait_for_result(probe, &first);
	}
	if (rc == 0)
		rc = trees_probe_echo_wait_for_result(probe, &second);
	rc = actor_nursery_close(nursery, rc); /* nobody cancels anything */
	EXPECT(is_gone(pid));
	if (rc == 0)
		rc = trees_probe_echo_wait_for_result(probe, &third);
	if (rc == 0) {
		EXPECT_TEXT(first->text, "the most beautiful word");
		EXPECT_INT(second->number, 5);
		EXPECT_TEXT(second->text, first->text);
		EXPECT_TEXT(third->text, first->text);
	}
	return rc;
}

/* shows: OS-01, OS-03, PR-25 */
static int
an_empty_result_is_kept_like_any_other(void)
{
	Google__Protobuf__Empty *first = NULL, *second = NULL;
	struct actor_nursery *nursery;
	struct trees_probe probe = { 0 };
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_probe_nothing_run_in_actor(nursery, NULL, probe_options(NULL, NULL), NOTHING, &probe);
	if (rc == 0)
		rc = trees_probe_nothing_wait_for_result(probe, &first);
	if (rc == 0)
		rc = trees_probe_nothing_wait_for_result(probe, &second);
	EXPECT(first != NULL);
	EXPECT(second != NULL);
	return actor_nursery_close(nursery, rc);
}

/* shows: OS-07 */
static int
each_main_task_has_an_actor_of_its_own(void)
{
	struct actor_nursery *nursery;
	struct trees_probe first = { 0 }, second = { 0 };
	Trees__Value *one = NULL, *other = NULL;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = echo_in_actor(nursery, "speaker", 1, &first);
	if (rc == 0)
		rc = echo_in_actor(nursery, "speaker", 2, &second);
	if (rc == 0)
		EXPECT(probe_pid(first) != probe_pid(second));
	if (rc == 0)
		rc = trees_probe_echo_wait_for_result(first, &one);
	if (rc == 0)
		rc = trees_probe_echo_wait_for_result(second, &other);
	if (rc == 0) {
		EXPECT_INT(one->number, 1);
		EXPECT_INT(other->number, 2);
	}
	return actor_nursery_close(nursery, rc);
}

/* shows: SP-08, AL-04 */
static int
a_one_shot_is_named_after_its_function_and_serves_its_module(void)
{
	const struct actor_service *const extra[] = { &trees_other_service, NULL };
	struct actor_spawn_options options = *probe_options(NULL, NULL);
	struct actor_identity identity;
	struct actor_nursery *nursery;
	struct trees_probe probe, another;
	struct trees_other other;
	Trees__Value *reply;
	Trees__Identity *own;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_probe_identify_run_in_actor(nursery, NULL, &options, NOTHING, &probe);
	if (rc == 0)
		rc = actor_portal_identity(probe.portal, &identity);
	if (rc == 0)
		rc = trees_probe_identify_wait_for_result(probe, &own);
	if (rc == 0) {
		EXPECT_TEXT(identity.uid.name, "identify");
		EXPECT_TEXT(own->name, "identify");
	}
	options.enable = extra;
	if (rc == 0)
		rc = trees_probe_sleep_run_in_actor(nursery, "sleeper", &options, TREES_PAUSE(.ms = UINT32_MAX),
		                                    &another);
	other.portal = another.portal;
	if (rc == 0)
		rc = trees_other_greet(other, NOTHING, &reply);
	EXPECT_CODE(rc, 0);
	if (rc == 0)
		rc = trees_probe_echo(another, TREES_VALUE(.number = 1), &reply);
	EXPECT_CODE(rc, 0);
	return end_nursery(nursery, rc);
}

static int
cancel_daemon(void *argument)
{
	const struct trees_probe *daemon = argument;

	AWAIT(trace_count("closing one_shot") == 1);
	trace("cancels the daemon");
	return actor_portal_cancel_actor(daemon->portal);
}

/* shows: SP-10 */
static int
a_clean_end_waits_for_one_shots_and_then_for_daemons(void)
{
	struct actor_nursery *outer, *nursery = NULL;
	struct trees_probe daemon, one_shot;
	int rc = actor_nursery_open(&outer);

	if (rc == 0)
		rc = actor_nursery_open(&nursery);
	if (rc == 0)
		rc = trees_probe_spawn(nursery, "daemon", probe_options(NULL, NULL), &daemon);
	if (rc == 0)
		rc = echo_in_actor(nursery, "one_shot", 1, &one_shot);
	if (rc == 0)
		rc = actor_nursery_start(outer, cancel_daemon, &daemon);
	rc = actor_nursery_close(nursery, rc);
	EXPECT(trace_line("closing one_shot") < trace_line("cancels the daemon"));
	EXPECT(trace_line("cancels the daemon") < trace_line("closing daemon"));
	return actor_nursery_close(outer, rc);
}

static int
fail_in_actor(struct actor_nursery *nursery, const char *name, struct trees_probe *ret_probe)
{
	return trees_probe_raise_run_in_actor(nursery, name, probe_options(NULL, NULL),
	                                      TREES_FAILURE(.message = (char *)"a spoon"), ret_probe);
}

/* shows: OS-05, SP-10 */
static int
a_failure_that_nobody_waits_for_ends_the_nursery_daemons_and_all(void)
{
	struct actor_nursery *nursery;
	struct trees_probe daemon, one_shot;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_probe_spawn(nursery, "daemon", probe_options(NULL, NULL), &daemon);
	if (rc == 0)
		rc = fail_in_actor(nursery, "fails", &one_shot);
	EXPECT_CODE(rc, 0);
	EXPECT_CODE(actor_nursery_close(nursery, rc), ACTOR_ERAISED);
	EXPECT_TEXT(actor_error_origin(actor_error_last())->name, "fails");
	EXPECT(trees_probe_raised_not_found(actor_error_last()) != NULL);
	return 0;
}

struct waiting {
	struct trees_probe probe;
	int rc, wait_status;
};

/* In a scope of its own, so that the end of the nursery does not cancel the wait first. */
static int
wait_for_it(void *argument)
{
	struct waiting *self = argument;
	const struct actor_error *error;
	Trees__Value *reply;

	self->rc = trees_probe_sleep_wait_for_result(self->probe, &reply);
	error = actor_error_last();
	if (self->rc < 0 && error != NULL)
		self->wait_status = actor_error_wait_status(error);
	return 0;
}

/* shows: OS-04 */
static int
waiting_for_a_failure_gives_it(void)
{
	struct actor_nursery *nursery;
	struct trees_probe probe = { 0 };
	Trees__Value *reply;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = fail_in_actor(nursery, "fails", &probe);
	if (rc == 0)
		rc = trees_probe_raise_wait_for_result(probe, &reply);
	EXPECT_CODE(rc, ACTOR_ERAISED);
	EXPECT(trees_probe_raised_not_found(actor_error_last()) != NULL);
	EXPECT_CODE(actor_nursery_close(nursery, rc), ACTOR_ERAISED); /* once: the same error is not a group */
	EXPECT_TEXT(actor_error_type(actor_error_last()), "trees.NotFound");

	/* Afterwards too. */
	EXPECT_CODE(trees_probe_raise_wait_for_result(probe, &reply), ACTOR_ERAISED);
	return 0;
}

static int
wait_for_a_daemon(struct trees_probe probe)
{
	Trees__Value *reply;
	char text[1024];
	int rc;

	capture_stderr();
	rc = trees_probe_echo_wait_for_result(probe, &reply);
	captured_stderr(text, sizeof text);
	EXPECT_INT(rc, ACTOR_NO_RESULT);
	EXPECT_PART(text, "child is a daemon");
	return 0;
}

/* shows: OS-06 */
static int
a_daemon_has_no_result(void)
{
	return with_probe(wait_for_a_daemon);
}

/* shows: OS-09 */
static int
results_are_there_in_whatever_order_they_are_asked_for(void)
{
	struct actor_nursery *nursery;
	struct trees_probe first, second;
	Trees__Value *one = NULL, *two = NULL;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = echo_in_actor(nursery, "first", 1, &first);
	if (rc == 0)
		rc = echo_in_actor(nursery, "second", 2, &second);
	if (rc == 0)
		rc = trees_probe_echo_wait_for_result(second, &two);
	if (rc == 0)
		rc = trees_probe_echo_wait_for_result(first, &one);
	if (rc == 0) {
		EXPECT_INT(one->number, 1);
		EXPECT_INT(two->number, 2);
	}
	return actor_nursery_close(nursery, rc);
}

/* shows: OS-10, SP-27 */
static int
a_bad_request_fails_the_start_before_anything_runs(void)
{
	struct actor_nursery *nursery;
	struct trees_probe probe = { 0 };
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_probe_echo_run_in_actor(nursery, "never", probe_options(NULL, NULL),
		                                   TREES_VALUE(.text = (char *)"\xff"), &probe);
	EXPECT_CODE(rc, ACTOR_EINVAL);
	EXPECT(!has_children());
	EXPECT_INT(trace_count("starting never"), 0);
	EXPECT_CODE(actor_nursery_close(nursery, rc), ACTOR_EINVAL); /* a single error, not a group */
	return 0;
}

/* shows: OS-11, PR-15 */
static int
waiting_for_an_actor_that_is_killed_fails_with_its_status(void)
{
	struct waiting waiting = { .rc = 0 };
	struct actor_nursery *tasks, *actors = NULL;
	uint64_t start;
	int rc = actor_nursery_open(&tasks);

	if (rc == 0)
		rc = actor_nursery_open(&actors);
	if (rc == 0)
		rc = trees_probe_sleep_run_in_actor(actors, "victim", probe_options(NULL, NULL),
		                                    TREES_PAUSE(.ms = UINT32_MAX), &waiting.probe);
	if (rc == 0)
		rc = actor_nursery_start(tasks, wait_for_it, &waiting);
	AWAIT(trace_count("sleeping victim") == 1);
	start = now_ms();
	send_signal(probe_pid(waiting.probe), SIGKILL);
	EXPECT_CODE(actor_nursery_close(actors, rc), ACTOR_EPEERGONE);
	EXPECT_INT(actor_error_wait_status(actor_error_last()), KILLED_BY(SIGKILL));
	rc = actor_nursery_close(tasks, 0);
	EXPECT(now_ms() - start < PATIENCE_MS / 2);
	EXPECT_CODE(waiting.rc, ACTOR_EPEERGONE);
	EXPECT_INT(waiting.wait_status, KILLED_BY(SIGKILL));
	return rc;
}

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(a_result_is_waited_for_kept_and_had_again_after_the_end),
		CHECK(an_empty_result_is_kept_like_any_other),
		CHECK(each_main_task_has_an_actor_of_its_own),
		CHECK(a_one_shot_is_named_after_its_function_and_serves_its_module),
		CHECK(a_clean_end_waits_for_one_shots_and_then_for_daemons),
		CHECK(a_failure_that_nobody_waits_for_ends_the_nursery_daemons_and_all),
		CHECK(waiting_for_a_failure_gives_it),
		CHECK(a_daemon_has_no_result),
		CHECK(results_are_there_in_whatever_order_they_are_asked_for),
		CHECK(a_bad_request_fails_the_start_before_anything_runs),
		CHECK(waiting_for_an_actor_that_is_killed_fails_with_its_status),
	};

	return probe_main(argc, argv, checks, ACTOR_COUNT(checks), NULL);
}
