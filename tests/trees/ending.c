/* SPDX-License-Identifier: BSD-2-Clause */
/* How actors are stopped: by cancelling, by the failures of others, and by force when they do not hear. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe.h"

#define ACK_MS 500        /* for the acknowledgement of a cancellation */
#define TERMINATE_MS 1600 /* from SIGTERM to SIGKILL */
#define LADDER_MS (ACK_MS + TERMINATE_MS)
#define LOAD_MS 3000 /* what a loaded machine may add */

static const char *
origin(void)
{
	const struct actor_uid *uid = actor_error_origin(actor_error_last());

	return uid != NULL ? uid->name : "here";
}

/* ---- one actor ---- */

struct one_call {
	struct trees_probe probe;
	uint32_t ms;
	int rc;
	char canceller[65];
	uint64_t took_ms;
};

static void
note_canceller(struct one_call *self)
{
	const struct actor_uid *uid = self->rc < 0 ? actor_error_canceller(actor_error_last()) : NULL;

	snprintf(self->canceller, sizeof self->canceller, "%s", uid != NULL ? uid->name : "nobody");
}

static int
call_sleep(void *argument)
{
	struct one_call *self = argument;
	Trees__Value *reply;

	self->rc = trees_probe_sleep(self->probe, TREES_PAUSE(.ms = UINT32_MAX), &reply);
	note_canceller(self);
	return 0;
}

static int
call_linger(void *argument)
{
	struct one_call *self = argument;
	Trees__Value *reply;

	self->rc = trees_probe_linger(self->probe, TREES_PAUSE(.ms = self->ms), &reply);
	note_canceller(self);
	return 0;
}

static int
call_block(void *argument)
{
	struct one_call *self = argument;
	Trees__Value *reply;

	self->rc = trees_probe_block(self->probe, TREES_PAUSE(.ms = self->ms), &reply);
	return 0;
}

/* Calls `fn` in a task of `calls`, and waits until the function has begun, which it tells by `mark`. */
static int
begin_call(struct actor_nursery *calls, actor_task_fn *fn, struct one_call *call, const char *mark)
{
	int rc = actor_nursery_start(calls, fn, call);

	AWAIT(trace_count(mark) >= 1);
	return rc;
}

/* shows: CA-19, TD-06 */
static int
a_cancelled_actor_says_so_cancels_its_calls_and_exits(void)
{
	struct actor_nursery_report report;
	struct actor_nursery *calls, *actors = NULL;
	struct one_call call = { .rc = 1 };
	int pid = -1;
	int rc = actor_nursery_open(&calls);

	if (rc == 0)
		rc = actor_nursery_open(&actors);
	if (rc == 0)
		rc = trees_probe_spawn(actors, "willing", probe_options(NULL, NULL), &call.probe);
	if (rc == 0)
		rc = begin_call(calls, call_sleep, &call, "sleeping");
	if (rc == 0) {
		pid = probe_pid(call.probe);
		EXPECT_CODE(actor_portal_cancel_actor(call.probe.portal), 0);
	}
	rc = actor_nursery_close_report(actors, rc, &report);
	rc = actor_nursery_close(calls, rc);
	EXPECT(is_gone(pid));
	EXPECT_INT(report.killed_count, 0);
	EXPECT_CODE(call.rc, ACTOR_ECANCELED);
	EXPECT_TEXT(call.canceller, "root");
	EXPECT_INT(trace_count("cancelled willing by root"), 1);
	EXPECT_INT(trace_count("closing willing"), 1);
	return rc;
}

/* shows: PR-17, CA-23 */
static int
an_actor_on_its_way_out_takes_no_calls(void)
{
	struct actor_nursery *calls, *actors = NULL;
	struct one_call call = { .ms = PATIENCE_MS };
	Trees__Value *reply;
	int rc = actor_nursery_open(&calls);

	if (rc == 0)
		rc = actor_nursery_open(&actors);
	if (rc == 0)
		rc = trees_probe_spawn(actors, "lingers", probe_options(NULL, NULL), &call.probe);
	if (rc == 0)
		rc = begin_call(calls, call_linger, &call, "sleeping");
	EXPECT_CODE(actor_portal_cancel_actor(call.probe.portal), 0);
	EXPECT(!is_gone(probe_pid(call.probe)));
	EXPECT_CODE(trees_probe_echo(call.probe, TREES_VALUE(.number = 1), &reply), ACTOR_ECLOSED);
	EXPECT_TEXT(origin(), "here");
	EXPECT_CODE(trees_probe_echo_start(calls, call.probe, TREES_VALUE(.number = 1), &reply), ACTOR_ECLOSED);
	EXPECT_CODE(actor_portal_cancel_actor(call.probe.portal), 0);
	trace("let go");
	rc = actor_nursery_close(actors, rc);
	return actor_nursery_close(calls, rc);
}

static int
call_relay(void *argument)
{
	char *path[] = { (char *)"inner" };
	struct one_call *self = argument;
	Trees__Value *reply;

	self->rc = trees_probe_relay(self->probe,
	                             TREES_JOURNEY(.n_path = 1, .path = path, .errand = TREES__ERRAND__LINGER), &reply);
	return 0;
}

/*
 * Asked by name, so that what follows is not refused by us.  The actor has to wait for a child that lingers.
 *
 * shows: CA-23, NS-05, NS-08
 */
static int
a_call_that_comes_late_is_refused_by_the_actor_itself(void)
{
	const struct actor_bytes none = { NULL, 0 };
	struct actor_nursery *calls, *actors = NULL;
	struct one_call call = { .rc = 0 };
	Trees__Value *reply;
	int rc = actor_nursery_open(&calls);

	if (rc == 0)
		rc = actor_nursery_open(&actors);
	if (rc == 0)
		rc = trees_probe_spawn(actors, "outer", probe_options(NULL, NULL), &call.probe);
	if (rc == 0)
		rc = begin_call(calls, call_relay, &call, "sleeping inner");
	EXPECT_CODE(actor_portal_run_from_ns(call.probe.portal, "self", "cancel", none, NULL), 0);
	EXPECT_CODE(trees_probe_echo(call.probe, TREES_VALUE(.number = 1), &reply), ACTOR_ECLOSED);
	EXPECT_TEXT(origin(), "outer");
	trace("let go");
	EXPECT_CODE(actor_nursery_close(actors, rc), 0);
	EXPECT_CODE(call.rc, ACTOR_ECANCELED);
	return actor_nursery_close(calls, 0);
}

static int
cancel_it(void *argument)
{
	struct one_call *self = argument;
	uint64_t start = now_ms();

	self->rc = actor_portal_cancel_actor(self->probe.portal);
	self->took_ms = now_ms() - start;
	return 0;
}

/* shows: CA-20, TD-03 */
static int
cancelling_an_actor_that_is_gone_gives_no_ack_at_once(void)
{
	struct actor_nursery *nursery;
	struct one_call cancel = { .rc = 0 };
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_probe_spawn(nursery, "gone", probe_options(NULL, NULL), &cancel.probe);
	if (rc == 0)
		send_signal(probe_pid(cancel.probe), SIGKILL);
	AWAIT(is_gone(probe_pid(cancel.probe)));
	EXPECT_CODE(cancel_it(&cancel), 0);
	EXPECT_INT(cancel.rc, ACTOR_NO_ACK);
	EXPECT(cancel.took_ms < ACK_MS);
	EXPECT_CODE(actor_nursery_close(nursery, rc), ACTOR_EPEERGONE);
	return 0;
}

/* shows: CA-20 */
static int
an_actor_that_dies_while_it_is_asked_gives_no_ack(void)
{
	struct actor_nursery *tasks, *actors = NULL;
	struct one_call block = { .ms = PATIENCE_MS }, cancel = { .rc = 0 };
	int rc = actor_nursery_open(&tasks);

	if (rc == 0)
		rc = actor_nursery_open(&actors);
	if (rc == 0)
		rc = trees_probe_spawn(actors, "dies", probe_options(NULL, NULL), &block.probe);
	cancel.probe = block.probe;
	if (rc == 0)
		rc = begin_call(tasks, call_block, &block, "blocking");
	if (rc == 0)
		rc = actor_nursery_start(tasks, cancel_it, &cancel);
	if (rc == 0)
		rc = actor_sleep_ms(20); /* so that the request is under way; either order must hold */
	send_signal(probe_pid(block.probe), SIGKILL);
	EXPECT_CODE(actor_nursery_close(actors, rc), ACTOR_EPEERGONE);
	rc = actor_nursery_close(tasks, 0);
	EXPECT_INT(cancel.rc, ACTOR_NO_ACK);
	EXPECT(cancel.took_ms < ACK_MS);
	EXPECT_CODE(block.rc, ACTOR_EPEERGONE);
	return rc;
}

/* shows: CA-22 */
static int
a_canceller_that_is_cancelled_itself_still_asks(void)
{
	struct actor_nursery *nursery;
	struct trees_probe probe;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_probe_spawn(nursery, "asked", probe_options(NULL, NULL), &probe);
	if (rc == 0) {
		ACTOR_SCOPE(scope, .timeout_ms = 0);
		actor_scope_cancel(&scope);
		EXPECT_CODE(actor_checkpoint(), ACTOR_ECANCELED);
		EXPECT_CODE(actor_portal_cancel_actor(probe.portal), 0);
	}
	return actor_nursery_close(nursery, rc); /* the actor ends: nobody else cancels it */
}

/* ---- force ---- */

/*
 * No answer to the Cancel; SIGTERM, which the actor's loop would hear, after 0.5 s; SIGKILL 1.6 s later.
 *
 * shows: CA-21, TD-01, SP-30
 */
static int
an_actor_that_blocks_is_asked_then_terminated_then_killed(void)
{
	struct actor_nursery_report report;
	struct actor_nursery *calls, *actors = NULL;
	struct one_call block = { .ms = 60000 };
	uint64_t start, acked = 0;
	int rc = actor_nursery_open(&calls);
	int pid;

	if (rc == 0)
		rc = actor_nursery_open(&actors);
	if (rc == 0)
		rc = trees_probe_spawn(actors, "blocks", probe_options(NULL, NULL), &block.probe);
	if (rc == 0)
		rc = begin_call(calls, call_block, &block, "blocking");
	pid = probe_pid(block.probe);
	start = now_ms();
	if (rc == 0) {
		EXPECT_INT(actor_portal_cancel_actor(block.probe.portal), ACTOR_NO_ACK);
		acked = now_ms() - start;
	}
	EXPECT(acked >= ACK_MS && acked < LADDER_MS + LOAD_MS);
	AWAIT(trace_count("terminated blocks") == 1);
	EXPECT(!is_gone(pid));
	rc = actor_nursery_close_report(actors, rc, &report);
	EXPECT(is_gone(pid));
	EXPECT(now_ms() - start >= LADDER_MS);
	EXPECT(now_ms() - start < LADDER_MS + LOAD_MS);
	EXPECT_INT(report.killed_count, 1);
	EXPECT_INT(report.cancel_called, 0);
	rc = actor_nursery_close(calls, rc);
	EXPECT_CODE(block.rc, ACTOR_EPEERGONE);
	return rc;
}

#define FAMILY_MAX 8

struct family {
	int count;
	struct one_call calls[FAMILY_MAX];
	struct trees_probe healthy;
	struct actor_nursery_report report;
	uint64_t took_ms;
};

static int
block_family(struct actor_nursery *calls, struct actor_nursery *actors, struct family *self)
{
	int rc = trees_probe_spawn(actors, "sibling", probe_options(NULL, NULL), &self->healthy);

	for (int i = 0; rc == 0 && i < self->count; i++) {
		self->calls[i].ms = 60000;
		rc = trees_probe_spawn(actors, "sibling", probe_options(NULL, NULL), &self->calls[i].probe);
		if (rc == 0)
			rc = actor_nursery_start(calls, call_block, &self->calls[i]);
	}
	return rc;
}

static int
end_family(void *argument)
{
	struct family *self = argument;
	struct actor_nursery *calls, *actors = NULL;
	uint64_t start;
	int rc = actor_nursery_open(&calls);

	if (rc == 0)
		rc = actor_nursery_open(&actors);
	if (rc == 0)
		rc = block_family(calls, actors, self);
	AWAIT(trace_count("blocking") == 2 + 4 + 8);
	start = now_ms();
	actor_nursery_cancel(actors);
	rc = actor_nursery_close_report(actors, rc, &self->report);
	self->took_ms = now_ms() - start;
	return actor_nursery_close(calls, rc);
}

/* shows: CA-32, CA-33, SP-30, TD-01 */
static int
those_that_do_not_hear_are_killed_side_by_side_and_only_they(void)
{
	static struct family families[] = { { .count = 2 }, { .count = 4 }, { .count = 8 } };
	struct actor_nursery *nursery;
	int rc = actor_nursery_open(&nursery);

	for (size_t i = 0; rc == 0 && i < ACTOR_COUNT(families); i++)
		rc = actor_nursery_start(nursery, end_family, &families[i]);
	rc = actor_nursery_close(nursery, rc);
	for (size_t i = 0; i < ACTOR_COUNT(families); i++) {
		EXPECT_INT(families[i].report.killed_count, families[i].count);
		EXPECT_INT(families[i].report.cancel_called, 1);
		EXPECT(families[i].took_ms < 2 * LADDER_MS + LOAD_MS);
		for (int k = 0; k < families[i].count; k++)
			EXPECT_CODE(families[i].calls[k].rc, ACTOR_EPEERGONE);
	}
	EXPECT_INT(trace_count("closing sibling"), 3); /* the healthy ones */
	return rc;
}

/* shows: TD-13 */
static int
the_error_of_a_body_surfaces_though_its_one_shot_blocks(void)
{
	struct actor_nursery *nursery;
	struct trees_probe probe;
	uint64_t start;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_probe_block_run_in_actor(nursery, "blocks", probe_options(NULL, NULL),
		                                    TREES_PAUSE(.ms = 60000), &probe);
	AWAIT(trace_count("blocking") == 1);
	start = now_ms();
	if (rc == 0)
		rc = actor_fail(ACTOR_EINVAL, "the body crashed");
	EXPECT_CODE(actor_nursery_close(nursery, rc), ACTOR_EINVAL);
	EXPECT_PART(actor_error_message(actor_error_last()), "the body crashed");
	EXPECT(now_ms() - start >= ACK_MS);
	EXPECT(now_ms() - start < LADDER_MS + LOAD_MS);
	return 0;
}

/* shows: TD-15 */
static int
workers_that_are_parked_for_ever_end_with_a_root_that_crashes(void)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);
	struct one_call *calls = actor_calloc((size_t)count, sizeof *calls);
	struct actor_nursery *tasks, *actors = NULL;
	int rc = calls != NULL ? actor_nursery_open(&tasks) : ACTOR_ENOMEM;

	if (rc == 0)
		rc = actor_nursery_open(&actors);
	for (long i = 0; rc == 0 && i < count; i++) {
		rc = trees_probe_spawn(actors, "worker", probe_options(NULL, NULL), &calls[i].probe);
		if (rc == 0)
			rc = actor_nursery_start(tasks, call_sleep, &calls[i]);
	}
	AWAIT(trace_count("sleeping worker") == count);
	if (rc == 0)
		rc = actor_fail(ACTOR_EINVAL, "on purpose");
	rc = actor_nursery_close(actors, rc);
	rc = actor_nursery_close(tasks, rc);
	EXPECT_CODE(rc, ACTOR_EINVAL);
	EXPECT_PART(actor_error_message(actor_error_last()), "on purpose");
	EXPECT_INT(trace_count("closing worker"), count);
	return 0;
}

/* ---- many ---- */

/* shows: CA-27 */
static int
cancelling_a_nursery_is_no_error(void)
{
	struct actor_nursery_report report;
	struct actor_nursery *nursery;
	struct trees_probe probe;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_probe_spawn(nursery, "daemon", probe_options(NULL, NULL), &probe);
	actor_nursery_cancel(nursery);
	EXPECT_CODE(actor_checkpoint(), ACTOR_ECANCELED); /* the body is in it */
	EXPECT_CODE(actor_nursery_close_report(nursery, rc, &report), 0);
	EXPECT_INT(report.cancel_called, 1);
	return 0;
}

/* `count` one-shots that fail when all of them are at it, and as many daemons. */
static int
fail_in_crowd(unsigned count, unsigned daemons, struct actor_nursery_report *ret_report)
{
	struct actor_nursery *nursery;
	struct trees_probe probe;
	char name[32];
	int rc = actor_nursery_open(&nursery);

	trace_clear();
	for (unsigned i = 0; rc == 0 && i < daemons; i++)
		rc = trees_probe_spawn(nursery, "daemon", probe_options(NULL, NULL), &probe);
	for (unsigned i = 0; rc == 0 && i < count; i++) {
		snprintf(name, sizeof name, "shot_%u", i);
		rc = trees_probe_fail_together_run_in_actor(nursery, name, probe_options(NULL, NULL),
		                                            TREES_MEETING(.count = count), &probe);
		if (i == count - 1 && rc == ACTOR_ECANCELED)
			rc = 0; /* the others were quicker than its acknowledgement */
	}
	return actor_nursery_close_report(nursery, rc, ret_report);
}

static void
expect_members(const struct actor_error *group, size_t count)
{
	size_t kept = count < 16 ? count : 16;

	EXPECT_INT(actor_error_code(group), ACTOR_EGROUP);
	EXPECT_INT(actor_error_dropped_count(group), count - kept);
	if (!EXPECT_INT(actor_error_member_count(group), kept))
		return;
	for (size_t i = 0; i < kept; i++) {
		const struct actor_error *member = actor_error_member(group, i);

		EXPECT_INT(actor_error_code(member), ACTOR_ERAISED);
		EXPECT(strncmp(actor_error_origin(member)->name, "shot_", 5) == 0);
	}
}

/* shows: CA-28, ER-12 */
static int
failing_one_shots_cancel_the_daemons_and_come_out_as_a_group(void)
{
	struct actor_nursery_report report;

	EXPECT_CODE(fail_in_crowd(1, 1, &report), ACTOR_ERAISED);
	EXPECT_TEXT(origin(), "shot_0");
	EXPECT_INT(report.cancel_called, 1);
	EXPECT_INT(report.child_count, 0);
	for (unsigned count = 2; count <= 3; count++) {
		EXPECT_CODE(fail_in_crowd(count, count, &report), ACTOR_EGROUP);
		expect_members(actor_error_last(), count);
		EXPECT_INT(report.cancel_called, 1);
		EXPECT_INT(report.child_count, 0);
		EXPECT_INT(trace_count("closing daemon"), count);
	}
	return 0;
}

/* shows: CA-31 */
static int
many_one_shots_that_fail_are_all_counted(void)
{
	struct actor_nursery_report report;

	EXPECT_CODE(fail_in_crowd(25, 0, &report), ACTOR_EGROUP);
	expect_members(actor_error_last(), 25);
	return 0;
}

/* shows: CA-29 */
static int
one_failing_daemon_ends_one_shots_that_sleep_for_ever(void)
{
	struct trees_probe daemons[3], one_shot;
	struct actor_nursery *nursery;
	Trees__Value *reply;
	int rc = actor_nursery_open(&nursery);

	for (size_t i = 0; rc == 0 && i < 3; i++)
		rc = trees_probe_spawn(nursery, "daemon", probe_options(NULL, NULL), &daemons[i]);
	for (size_t i = 0; rc == 0 && i < 3; i++)
		rc = trees_probe_sleep_run_in_actor(nursery, "sleeper", probe_options(NULL, NULL),
		                                    TREES_PAUSE(.ms = UINT32_MAX), &one_shot);
	if (rc == 0)
		rc =
		    trees_probe_fail(daemons[1], TREES_FAILURE(.code = ACTOR_EINVAL, .message = (char *)"one"), &reply);
	EXPECT_CODE(actor_nursery_close(nursery, rc), ACTOR_EINVAL);
	EXPECT_INT(actor_error_member_count(actor_error_last()), 0);
	EXPECT_INT(trace_count("closing daemon"), 3);
	EXPECT_INT(trace_count("closing sleeper"), 3);
	return 0;
}

/* shows: CA-29 */
static int
one_failing_daemon_ends_others_when_one_shots_have_finished(void)
{
	struct trees_probe daemons[3], one_shots[3];
	struct actor_nursery *nursery;
	Trees__Value *reply;
	int rc = actor_nursery_open(&nursery);

	for (size_t i = 0; rc == 0 && i < 3; i++)
		rc = trees_probe_spawn(nursery, "daemon", probe_options(NULL, NULL), &daemons[i]);
	for (size_t i = 0; rc == 0 && i < 3; i++)
		rc = trees_probe_echo_run_in_actor(nursery, "shot", probe_options(NULL, NULL), TREES_VALUE(.number = 1),
		                                   &one_shots[i]);
	AWAIT(trace_count("closing shot") == 3);
	if (rc == 0)
		rc =
		    trees_probe_fail(daemons[1], TREES_FAILURE(.code = ACTOR_EINVAL, .message = (char *)"one"), &reply);
	EXPECT_CODE(actor_nursery_close(nursery, rc), ACTOR_EINVAL);
	EXPECT_INT(actor_error_member_count(actor_error_last()), 0);
	return 0;
}

/* shows: CA-30 */
static int
failing_one_shots_beside_daemons_that_were_called_are_a_group(void)
{
	struct trees_probe daemons[3], one_shot;
	struct actor_nursery *nursery;
	Trees__Value *reply;
	char name[32];
	int rc = actor_nursery_open(&nursery);

	for (size_t i = 0; rc == 0 && i < 3; i++)
		rc = trees_probe_spawn(nursery, "daemon", probe_options(NULL, NULL), &daemons[i]);
	for (size_t i = 0; rc == 0 && i < 3; i++)
		rc = trees_probe_echo(daemons[i], TREES_VALUE(.number = 1), &reply);
	EXPECT_CODE(rc, 0);
	for (int i = 0; rc == 0 && i < 3; i++) {
		snprintf(name, sizeof name, "shot_%d", i);
		rc = trees_probe_fail_together_run_in_actor(nursery, name, probe_options(NULL, NULL),
		                                            TREES_MEETING(.count = 3), &one_shot);
		if (i == 2 && rc == ACTOR_ECANCELED)
			rc = 0;
	}
	EXPECT_CODE(actor_nursery_close(nursery, rc), ACTOR_EGROUP);
	expect_members(actor_error_last(), 3);
	return 0;
}

/* shows: CA-35 */
static int
the_error_of_the_body_and_that_of_a_child_are_a_group(void)
{
	struct actor_nursery *nursery;
	struct trees_probe probe;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_probe_fail_together_run_in_actor(nursery, "shot_0", probe_options(NULL, NULL),
		                                            TREES_MEETING(.count = 2), &probe);
	trace("met us"); /* now it fails, whatever happens to it */
	if (rc == 0)
		rc = actor_fail(ACTOR_EINVAL, "the body failed too");
	EXPECT_CODE(actor_nursery_close(nursery, rc), ACTOR_EGROUP);
	if (EXPECT_INT(actor_error_member_count(actor_error_last()), 2)) {
		const struct actor_error *first = actor_error_member(actor_error_last(), 0);
		const struct actor_error *second = actor_error_member(actor_error_last(), 1);
		const struct actor_error *ours = actor_error_code(first) == ACTOR_EINVAL ? first : second;
		const struct actor_error *its = ours == first ? second : first;

		EXPECT(actor_error_origin(ours) == NULL);
		EXPECT_PART(actor_error_message(ours), "the body failed too");
		EXPECT_TEXT(actor_error_origin(its)->name, "shot_0");
	}
	return 0;
}

/* shows: ER-08 */
static int
a_failure_that_the_body_brings_again_counts_once(void)
{
	struct actor_nursery *nursery;
	struct trees_probe first, second;
	Trees__Value *reply;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_probe_fail_together_run_in_actor(nursery, "shot_0", probe_options(NULL, NULL),
		                                            TREES_MEETING(.count = 2), &first);
	if (rc == 0)
		rc = trees_probe_fail_together_run_in_actor(nursery, "shot_1", probe_options(NULL, NULL),
		                                            TREES_MEETING(.count = 2), &second);
	if (rc == 0)
		rc = trees_probe_fail_together_wait_for_result(first, &reply);
	EXPECT(rc != 0);
	EXPECT_CODE(actor_nursery_close(nursery, rc), ACTOR_EGROUP);
	expect_members(actor_error_last(), 2);
	return 0;
}

/* ---- spawns under way ---- */

struct one_spawn {
	struct actor_nursery *nursery;
	int rc;
};

static int
spawn_slowly(void *argument)
{
	struct one_spawn *self = argument;
	struct trees_probe probe;

	self->rc = trees_probe_spawn(self->nursery, "slow", probe_options(START_SLOWLY "=1", NULL), &probe);
	return 0;
}

/* shows: SP-24 */
static int
cancelling_reaches_a_child_that_is_still_starting(void)
{
	struct actor_nursery_report report;
	struct one_spawn spawn = { .rc = 0 };
	struct actor_nursery *tasks;
	int rc = actor_nursery_open(&tasks);

	if (rc == 0)
		rc = actor_nursery_open(&spawn.nursery);
	if (rc == 0)
		rc = actor_nursery_start(tasks, spawn_slowly, &spawn);
	AWAIT(trace_count("starting slow") == 1);
	actor_nursery_cancel(spawn.nursery);
	rc = actor_nursery_close_report(spawn.nursery, rc, &report);
	EXPECT_INT(report.killed_count, 0);
	rc = actor_nursery_close(tasks, rc);
	EXPECT(spawn.rc < 0);
	return rc;
}

/* shows: SP-23 */
static int
a_spawn_whose_scope_ends_leaves_no_process(void)
{
	struct actor_nursery *nursery;
	struct trees_probe probe;
	uint64_t start = now_ms();
	int pid, fired = 0, rc = actor_nursery_open(&nursery);

	if (rc == 0) {
		ACTOR_SCOPE(limit, .timeout_ms = 300);
		rc = trees_probe_spawn(nursery, "slow", probe_options(START_SLOWLY "=1", NULL), &probe);
		EXPECT_CODE(rc, ACTOR_EDEADLINE);
		EXPECT_CODE(actor_scope_close(&limit, rc, &fired), 0);
	}
	pid = trace_number("starting slow");
	EXPECT(fired);
	EXPECT_CODE(actor_nursery_close(nursery, 0), 0);
	EXPECT(now_ms() - start < LADDER_MS + LOAD_MS);
	EXPECT(is_gone(pid));
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(a_cancelled_actor_says_so_cancels_its_calls_and_exits),
		CHECK(an_actor_on_its_way_out_takes_no_calls),
		CHECK(a_call_that_comes_late_is_refused_by_the_actor_itself),
		CHECK(cancelling_an_actor_that_is_gone_gives_no_ack_at_once),
		CHECK(an_actor_that_dies_while_it_is_asked_gives_no_ack),
		CHECK(a_canceller_that_is_cancelled_itself_still_asks),
		CHECK(an_actor_that_blocks_is_asked_then_terminated_then_killed),
		CHECK(those_that_do_not_hear_are_killed_side_by_side_and_only_they),
		CHECK(the_error_of_a_body_surfaces_though_its_one_shot_blocks),
		CHECK(workers_that_are_parked_for_ever_end_with_a_root_that_crashes),
		CHECK(cancelling_a_nursery_is_no_error),
		CHECK(failing_one_shots_cancel_the_daemons_and_come_out_as_a_group),
		CHECK(many_one_shots_that_fail_are_all_counted),
		CHECK(one_failing_daemon_ends_one_shots_that_sleep_for_ever),
		CHECK(one_failing_daemon_ends_others_when_one_shots_have_finished),
		CHECK(failing_one_shots_beside_daemons_that_were_called_are_a_group),
		CHECK(the_error_of_the_body_and_that_of_a_child_are_a_group),
		CHECK(a_failure_that_the_body_brings_again_counts_once),
		CHECK(cancelling_reaches_a_child_that_is_still_starting),
		CHECK(a_spawn_whose_scope_ends_leaves_no_process),
	};

	return probe_main(argc, argv, checks, ACTOR_COUNT(checks), NULL);
}
