/* SPDX-License-Identifier: BSD-2-Clause */
/* Handlers that do what ends, copies or derails their process: who is told, and what. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "probe.h"

static int
spawn_and_call(Trees__Way way, int status)
{
	struct actor_nursery *nursery;
	struct trees_probe probe = { 0 };
	Trees__Value *reply;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_probe_spawn(nursery, "mortal", probe_options(NULL, NULL), &probe);
	if (rc == 0) {
		rc = trees_probe_die(probe, TREES_DEATH(.way = way, .status = status), &reply);
		EXPECT(is_gone(probe_pid(probe)));
	}
	return actor_nursery_close(nursery, rc);
}

/* shows: PR-15, SP-28 */
/* robustness: A14, G5 */
static int
whatever_ends_the_process_in_a_handler_is_told_by_its_status(void)
{
	static const struct {
		Trees__Way way;
		int status, wait_status;
	} ends[] = {
		{ TREES__WAY__EXIT, 0, EXITED_WITH(0) },
		{ TREES__WAY__EXIT, 7, EXITED_WITH(7) },
		{ TREES__WAY__EXIT_AT_ONCE, 7, EXITED_WITH(7) },
		{ TREES__WAY__EXIT_WITH_HANDLER, 8, EXITED_WITH(8) },
		{ TREES__WAY__EXIT_AND_AWAIT, 9, EXITED_WITH(9) },
		{ TREES__WAY__RAISE_SIGNAL, SIGKILL, KILLED_BY(SIGKILL) },
		{ TREES__WAY__RAISE_SIGNAL, SIGALRM, KILLED_BY(SIGALRM) },
		{ TREES__WAY__END_THREAD, 0, EXITED_WITH(0) },
		{ TREES__WAY__END_THREAD_OF_TWO, 0, EXITED_WITH(0) },
		{ TREES__WAY__EXECUTE, 5, EXITED_WITH(5) },
	};

	for (size_t i = 0; i < ACTOR_COUNT(ends); i++) {
		uint64_t start = now_ms();

		/* AddressSanitizer takes the way back to the thread's own stack for an overflow of the task's. */
		if (SANITIZED &&
		    (ends[i].way == TREES__WAY__END_THREAD || ends[i].way == TREES__WAY__END_THREAD_OF_TWO))
			continue;
		EXPECT_CODE(spawn_and_call(ends[i].way, ends[i].status), ACTOR_EPEERGONE);
		EXPECT_INT(actor_error_wait_status(actor_error_last()), ends[i].wait_status);
		EXPECT_INT(actor_error_member_count(actor_error_last()), 0);
		EXPECT(now_ms() - start < PATIENCE_MS / 4);
	}
	EXPECT_INT(trace_count("awaited at exit: 0"), 1);
	return 0;
}

static int
fork_in(struct trees_probe probe)
{
	static const Trees__Way ways[] = { TREES__WAY__FORK_AND_RETURN, TREES__WAY__FORK_AND_AWAIT };
	Trees__Value *reply;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < ACTOR_COUNT(ways); i++) {
		rc = trees_probe_die(probe, TREES_DEATH(.way = ways[i]), &reply);
		if (rc == 0)
			EXPECT_INT(reply->number, EXITED_WITH(EX_SOFTWARE));
		if (rc == 0)
			rc = trees_probe_echo(probe, TREES_VALUE(.number = 4), &reply);
	}
	return rc;
}

/* robustness: G5 */
static int
a_copy_that_a_handler_forks_ends_before_it_touches_a_link(void)
{
	char log[4096];
	int rc;

	capture_stderr();
	rc = with_probe(fork_in);
	captured_stderr(log, sizeof log);
	EXPECT_PART(log, "Die has called fork()");
	return rc;
}

static int
jump(int awaits, char *log, size_t size)
{
	struct actor_nursery *nursery, *calls = NULL;
	struct trees_probe probe = { 0 };
	Trees__Value *held, *reply;
	int rc = actor_nursery_open(&nursery);

	capture_stderr();
	if (rc == 0)
		rc = trees_probe_spawn(nursery, "jumper", probe_options(NULL, NULL), &probe);
	if (rc == 0)
		rc = actor_nursery_open(&calls);
	if (rc == 0)
		rc = trees_probe_die_start(calls, probe, TREES_DEATH(.way = TREES__WAY__HOLD, .status = awaits), &held);
	AWAIT(trace_count("holding") == 1);
	if (rc == 0)
		rc = trees_probe_die(probe, TREES_DEATH(.way = TREES__WAY__JUMP), &reply);
	EXPECT_CODE(rc, ACTOR_EPEERGONE);
	rc = actor_nursery_close(calls, rc);
	captured_stderr(log, size);
	trace_clear();
	return actor_nursery_close(nursery, rc);
}

/* robustness: G6, N2 */
static int
a_jump_to_the_stack_of_another_task_is_found_and_ends_the_process(void)
{
	char log[8192];

	for (int awaits = 0; awaits < 2 && !SANITIZED; awaits++) {
		EXPECT_CODE(jump(awaits, log, sizeof log), ACTOR_EPEERGONE);
		EXPECT_INT(actor_error_wait_status(actor_error_last()) & 0x7f, SIGABRT);
		EXPECT_PART(actor_error_text(actor_error_last()), "SIGABRT in task Die, endpoint trees.Probe.Die");
		EXPECT_PART(log, "Die jumped to the stack of another task");
		EXPECT_PART(log, "; build ");
	}
	return 0;
}

/* robustness: G6 */
static int
an_exception_that_nobody_catches_ends_where_the_stack_of_its_task_does(void)
{
	EXPECT_CODE(spawn_and_call(TREES__WAY__THROW, 0), ACTOR_EPEERGONE);
	EXPECT_INT(actor_error_wait_status(actor_error_last()) & 0x7f, SIGABRT);
	EXPECT_PART(actor_error_text(actor_error_last()), "SIGABRT in task Die, endpoint trees.Probe.Die");
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(whatever_ends_the_process_in_a_handler_is_told_by_its_status),
		CHECK(a_copy_that_a_handler_forks_ends_before_it_touches_a_link),
		CHECK(a_jump_to_the_stack_of_another_task_is_found_and_ends_the_process),
		CHECK(an_exception_that_nobody_catches_ends_where_the_stack_of_its_task_does),
	};

	return probe_main(argc, argv, checks, ACTOR_COUNT(checks), NULL);
}
