/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes that end on their own, or are killed from outside: who is told, and what. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "probe.h"

/* One that dies within a call; the error of the call is the last. */
static int
let_die(Trees__Way way, int status, int *ret_pid)
{
	struct actor_nursery *nursery;
	struct trees_probe probe = { 0 };
	Trees__Value *reply;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_probe_spawn(nursery, "mortal", probe_options(NULL, NULL), &probe);
	if (rc == 0) {
		*ret_pid = probe_pid(probe);
		rc = trees_probe_die(probe, TREES_DEATH(.way = way, .status = status), &reply);
		EXPECT_CODE(rc, ACTOR_EPEERGONE);
		EXPECT(is_gone(*ret_pid)); /* reaped, before anybody waits for it */
	}
	return actor_nursery_close(nursery, rc);
}

/* shows: PR-15, SP-28, PR-23 */
static int
the_death_of_a_callee_fails_its_calls_at_once_with_its_status(void)
{
	static const struct {
		Trees__Way way;
		int status, wait_status;
	} deaths[] = {
		{ TREES__WAY__KILL, 0, KILLED_BY(SIGKILL) },        { TREES__WAY__SEGFAULT, 0, KILLED_BY(SIGSEGV) },
		{ TREES__WAY__ABORT, 0, KILLED_BY(SIGABRT) },       { TREES__WAY__EXIT, 7, EXITED_WITH(7) },
		{ TREES__WAY__EXIT_AT_ONCE, 9, EXITED_WITH(9) },    { TREES__WAY__EXIT_AT_ONCE, 0, EXITED_WITH(0) },
		{ TREES__WAY__LEAVE_SCOPE, 0, KILLED_BY(SIGABRT) }, { TREES__WAY__LEAVE_SCOPE, 1, KILLED_BY(SIGABRT) },
	};
	char who[32];

	for (size_t i = 0; i < ACTOR_COUNT(deaths); i++) {
		uint64_t start = now_ms();
		int pid = -1;

		EXPECT_CODE(let_die(deaths[i].way, deaths[i].status, &pid), ACTOR_EPEERGONE);
		EXPECT(now_ms() - start < PATIENCE_MS / 4);
		EXPECT_INT(actor_error_wait_status(actor_error_last()), deaths[i].wait_status);
		EXPECT_INT(actor_error_member_count(actor_error_last()), 0);
		snprintf(who, sizeof who, "mortal (pid %d)", pid);
		EXPECT_PART(actor_error_message(actor_error_last()), who);
	}
	return 0;
}

/* shows: PR-15, TD-03 */
static int
a_portal_to_a_dead_actor_fails_at_once_and_knows_who_it_was(void)
{
	struct actor_identity before, after;
	struct actor_nursery *nursery;
	struct trees_probe probe = { 0 };
	Trees__Value *reply;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_probe_spawn(nursery, "mortal", probe_options(NULL, NULL), &probe);
	if (rc == 0)
		rc = actor_portal_identity(probe.portal, &before);
	EXPECT_CODE(rc, 0);
	EXPECT_CODE(trees_probe_die(probe, TREES_DEATH(.way = TREES__WAY__KILL), &reply), ACTOR_EPEERGONE);
	EXPECT_CODE(trees_probe_echo(probe, TREES_VALUE(.number = 1), &reply), ACTOR_EPEERGONE);
	EXPECT_INT(actor_error_wait_status(actor_error_last()), KILLED_BY(SIGKILL));
	EXPECT_PART(actor_error_message(actor_error_last()), "mortal");
	EXPECT_INT(actor_portal_cancel_actor(probe.portal), ACTOR_NO_ACK);
	EXPECT_CODE(actor_portal_identity(probe.portal, &after), 0);
	EXPECT(memcmp(&before.uid, &after.uid, sizeof before.uid) == 0);
	EXPECT_INT(after.pid, before.pid);
	EXPECT_CODE(actor_nursery_close(nursery, 0), ACTOR_EPEERGONE);
	EXPECT_CODE(trees_probe_echo(probe, TREES_VALUE(.number = 1), &reply), ACTOR_ECLOSED);
	return 0;
}

/* shows: SP-28 */
static int
a_child_that_is_killed_from_outside_is_reaped_at_once_and_is_an_error(void)
{
	struct actor_nursery_report report;
	struct actor_nursery *nursery;
	struct trees_probe probe = { 0 };
	int rc = actor_nursery_open(&nursery);
	int pid;

	if (rc == 0)
		rc = trees_probe_spawn(nursery, "victim", probe_options(NULL, NULL), &probe);
	pid = probe_pid(probe);
	send_signal(pid, SIGKILL);
	if (rc == 0)
		rc = actor_sleep_ms(PATIENCE_MS);
	EXPECT_CODE(rc, ACTOR_ECANCELED); /* the body was told */
	EXPECT(is_gone(pid));
	actor_nursery_inspect(nursery, &report);
	EXPECT_INT(report.child_count, 0);
	EXPECT_CODE(actor_nursery_close(nursery, rc), ACTOR_EPEERGONE);
	EXPECT_INT(actor_error_wait_status(actor_error_last()), KILLED_BY(SIGKILL));
	EXPECT_PART(actor_error_message(actor_error_last()), "victim");
	return 0;
}

/* A signal that a child handles: it ends as when cancelled, and by that signal. */
static int
end_by_signal(int signal_number)
{
	struct actor_nursery *nursery;
	struct trees_probe probe = { 0 };
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_probe_spawn(nursery, "signalled", probe_options(NULL, NULL), &probe);
	send_signal(probe_pid(probe), signal_number);
	if (rc == 0)
		rc = actor_sleep_ms(PATIENCE_MS);
	EXPECT_CODE(actor_nursery_close(nursery, rc), ACTOR_EPEERGONE);
	EXPECT_INT(actor_error_wait_status(actor_error_last()), KILLED_BY(signal_number));
	EXPECT_INT(trace_count("closing signalled"), 1);
	trace_clear();
	return 0;
}

/* shows: SP-28 */
static int
a_child_that_is_terminated_from_outside_cleans_up_and_is_an_error(void)
{
	int rc = end_by_signal(SIGTERM);

	return rc == 0 ? end_by_signal(SIGINT) : rc;
}

struct one_call {
	struct trees_probe probe;
	int rc, wait_status;
	char origin[65];
};

static int
call_interrupt(void *argument)
{
	struct one_call *self = argument;
	const struct actor_uid *origin;
	Trees__Value *reply;

	self->rc = trees_probe_die(self->probe, TREES_DEATH(.way = TREES__WAY__INTERRUPT), &reply);
	origin = actor_error_origin(actor_error_last());
	snprintf(self->origin, sizeof self->origin, "%s", origin != NULL ? origin->name : "here");
	return 0;
}

/* shows: PR-23 */
static int
an_interrupt_in_a_task_is_told_to_its_caller_before_the_process_goes(void)
{
	struct actor_nursery *tasks, *actors = NULL;
	struct one_call call = { .rc = 0 };
	int rc = actor_nursery_open(&tasks);

	if (rc == 0)
		rc = actor_nursery_open(&actors);
	if (rc == 0)
		rc = trees_probe_spawn(actors, "interrupted", probe_options(NULL, NULL), &call.probe);
	if (rc == 0)
		rc = actor_nursery_start(tasks, call_interrupt, &call);
	EXPECT_CODE(actor_nursery_close(actors, rc), ACTOR_EPEERGONE);
	EXPECT_INT(actor_error_wait_status(actor_error_last()), KILLED_BY(SIGINT));
	rc = actor_nursery_close(tasks, 0);
	EXPECT_CODE(call.rc, ACTOR_ECANCELED);
	EXPECT_TEXT(call.origin, "interrupted");
	return rc;
}

#define CALLERS 5

static int
call_sleep(void *argument)
{
	struct one_call *self = argument;
	Trees__Value *reply;

	self->rc = trees_probe_sleep(self->probe, TREES_PAUSE(.ms = UINT32_MAX), &reply);
	self->wait_status = actor_error_wait_status(actor_error_last());
	return 0;
}

static int
kill_one_of_two(struct actor_nursery *tasks, struct one_call calls[CALLERS])
{
	struct actor_nursery *actors;
	struct trees_probe victim;
	int rc = actor_nursery_open(&actors);

	if (rc == 0)
		rc = trees_probe_spawn(actors, "victim", probe_options(NULL, NULL), &victim);
	for (size_t i = 0; rc == 0 && i < CALLERS; i++) {
		calls[i].probe = victim;
		rc = actor_nursery_start(tasks, call_sleep, &calls[i]);
	}
	AWAIT(trace_count("sleeping victim") == CALLERS);
	send_signal(probe_pid(victim), SIGKILL);
	return actor_nursery_close(actors, rc);
}

static int
kill_beside(struct trees_probe healthy)
{
	struct one_call calls[CALLERS];
	struct actor_nursery *tasks;
	Trees__Value *reply;
	int rc = actor_nursery_open(&tasks);

	if (rc == 0)
		EXPECT_CODE(kill_one_of_two(tasks, calls), ACTOR_EPEERGONE);
	rc = actor_nursery_close(tasks, rc);
	for (size_t i = 0; i < CALLERS; i++) {
		EXPECT_CODE(calls[i].rc, ACTOR_EPEERGONE);
		EXPECT_INT(calls[i].wait_status, KILLED_BY(SIGKILL));
	}
	return rc == 0 ? trees_probe_echo(healthy, TREES_VALUE(.number = 1), &reply) : rc;
}

/* shows: PR-15 */
static int
a_death_fails_every_call_to_it_and_disturbs_nobody_else(void)
{
	return with_probe(kill_beside);
}

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(the_death_of_a_callee_fails_its_calls_at_once_with_its_status),
		CHECK(a_portal_to_a_dead_actor_fails_at_once_and_knows_who_it_was),
		CHECK(a_child_that_is_killed_from_outside_is_reaped_at_once_and_is_an_error),
		CHECK(a_child_that_is_terminated_from_outside_cleans_up_and_is_an_error),
		CHECK(an_interrupt_in_a_task_is_told_to_its_caller_before_the_process_goes),
		CHECK(a_death_fails_every_call_to_it_and_disturbs_nobody_else),
	};

	return probe_main(argc, argv, checks, ACTOR_COUNT(checks), NULL);
}
