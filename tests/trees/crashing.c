/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes that die by a fault: what their parent is told of it. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crash.h"
#include "probe.h"

/* The error of a call that its callee dies of; what the two of them wrote is in `log`, of `size`. */
static int
let_crash(Trees__Way way, int status, char *log, size_t size)
{
	struct actor_nursery *nursery;
	struct trees_probe probe = { 0 };
	Trees__Value *reply;
	int rc = actor_nursery_open(&nursery);

	capture_stderr();
	if (rc == 0)
		rc = trees_probe_spawn(nursery, "mortal", probe_options(NULL, NULL), &probe);
	if (rc == 0) {
		rc = trees_probe_die(probe, TREES_DEATH(.way = way, .status = status), &reply);
		EXPECT_CODE(rc, ACTOR_EPEERGONE);
		EXPECT(is_gone(probe_pid(probe)));
	}
	captured_stderr(log, size);
	return actor_nursery_close(nursery, rc);
}

#define ENDPOINT " in task Die, endpoint trees.Probe.Die"

/* shows: SP-28, PR-15 */
/* robustness: A14, G3, G4 */
static int
a_crash_is_told_with_its_signal_task_endpoint_and_stack(void)
{
	static const struct {
		Trees__Way way;
		int status, signal;
		const char *what, *where;
	} crashes[] = {
		{ TREES__WAY__WILD_WRITE, 24, SIGSEGV, "SIGSEGV at address 0x18" ENDPOINT,
		  "#0 crash_by_wild_write (crash.c:" },
		{ TREES__WAY__WILD_CALL, 0, SIGSEGV, "SIGSEGV at address 0x0" ENDPOINT,
		  "#1 crash_by_wild_call (crash.c:" },
		{ TREES__WAY__DIVIDE, 0, SIGFPE, "SIGFPE at address 0x", "#0 crash_by_division (crash.c:" },
		{ TREES__WAY__ILLEGAL, 0, SIGILL, "SIGILL at address 0x", "#0 crash (crash.c:" },
		{ TREES__WAY__TRAP, 0, SIGTRAP, "SIGTRAP", "#0 crash (crash.c:" },
		{ TREES__WAY__TRUNCATED_FILE, 0, SIGBUS, "SIGBUS at address 0x",
		  "#0 crash_by_truncated_file (crash.c:" },
		{ TREES__WAY__RECURSE, 0, SIGSEGV, "stack overflow" ENDPOINT, " crash_by_recursion (crash.c:" },
		{ TREES__WAY__LARGE_FRAME, 0, SIGSEGV, "stack overflow" ENDPOINT, "#0 crash_by_large_frame (crash.c:" },
		{ TREES__WAY__ASSERT, 0, SIGABRT, "SIGABRT" ENDPOINT, " crash_by_assertion (crash.c:" },
		{ TREES__WAY__ABORT, 0, SIGABRT, "killed by SIGABRT", NULL },
		{ TREES__WAY__LEAVE_SCOPE, 0, SIGABRT, "killed by SIGABRT", NULL },
	};
	char *log = actor_alloc(65536);

	for (size_t i = 0; i < ACTOR_COUNT(crashes) && !SANITIZED; i++) {
		const struct actor_error *error;

		EXPECT_CODE(let_crash(crashes[i].way, crashes[i].status, log, 65536), ACTOR_EPEERGONE);
		error = actor_error_last();
		EXPECT_INT(actor_error_wait_status(error) & 0x7f, crashes[i].signal);
		EXPECT_PART(actor_error_text(error), crashes[i].what);
		EXPECT(strchr(actor_error_text(error), '\n') == NULL);
		if (crashes[i].where == NULL)
			continue;
		EXPECT_PART(actor_error_backtrace(error), crashes[i].where);
		EXPECT_PART(actor_error_backtrace(error), "trees_probe_die_thunk");
		EXPECT_PART(log, crashes[i].where);
		EXPECT_PART(log, "; build ");
	}
	return 0;
}

/* What a sanitizer handles it reports itself; the rest is as without. */
/* shows: SP-28 */
static int
a_program_that_handles_the_signal_itself_is_left_to_it(void)
{
	char *log = actor_alloc(65536);

	EXPECT_CODE(let_crash(TREES__WAY__SEGFAULT, 0, log, 65536), ACTOR_EPEERGONE); /* takes the default action */
	EXPECT_INT(actor_error_wait_status(actor_error_last()), KILLED_BY(SIGSEGV));
	EXPECT(actor_error_backtrace(actor_error_last()) == NULL);
	if (SANITIZED) {
		EXPECT_CODE(let_crash(TREES__WAY__WILD_WRITE, 24, log, 65536), ACTOR_EPEERGONE);
		EXPECT_INT(actor_error_wait_status(actor_error_last()), EXITED_WITH(1));
		EXPECT_PART(log, "AddressSanitizer");
		EXPECT_PART(log, "crash_by_wild_write");
	}
	return 0;
}

static int
crash_below(struct actor_nursery *nursery, Trees__Value **reply)
{
	char *path[] = { (char *)"leaf" };
	struct trees_probe middle;
	int rc = trees_probe_spawn(nursery, "middle", probe_options(NULL, NULL), &middle);

	if (rc == 0)
		rc = trees_probe_relay(
		    middle, TREES_JOURNEY(.n_path = 1, .path = path, .errand = TREES__ERRAND__ASSERT_FALSE), reply);
	return rc;
}

/* shows: ER-02 */
static int
a_crash_is_relayed_with_its_stack(void)
{
	struct actor_nursery *nursery;
	Trees__Value *reply;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		EXPECT_CODE(crash_below(nursery, &reply), ACTOR_EPEERGONE);
	EXPECT_TEXT(actor_error_origin(actor_error_last())->name, "middle"); /* who was told of it */
	EXPECT_PART(actor_error_message(actor_error_last()), "leaf (pid ");
	EXPECT_PART(actor_error_message(actor_error_last()), "SIGABRT in task Relay, endpoint trees.Probe.Relay");
	EXPECT_PART(actor_error_backtrace(actor_error_last()), " crash_by_assertion (crash.c:");
	return end_nursery(nursery, 0);
}

/* ---- a root of its own, in a process of its own ---- */

#define ROOT_ENDS "TREES_ROOT_ENDS" /* how: a number of enum Way, or EXIT */

/* With a child that waits, which must not be left. */
static int
end_as_root(void)
{
	struct actor_nursery *nursery;
	struct trees_probe probe = { 0 };
	int way = atoi(getenv(ROOT_ENDS));
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_probe_spawn(nursery, "left", probe_options(NULL, NULL), &probe);
	if (rc == 0)
		trace("left pid=%d", probe_pid(probe));
	if (way == TREES__WAY__EXIT)
		exit(7);
	crash((Trees__Way)way, 24);
	return actor_nursery_close(nursery, rc);
}

/* Its wait status; what it wrote is in `log`.  What it leaves is ours to reap. */
static int
run_root(Trees__Way way, char *log, size_t size)
{
	char number[16];
	int status = -1;
	pid_t pid;

	snprintf(number, sizeof number, "%d", (int)way);
	trace_clear();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	capture_stderr();
	pid = fork();
	if (pid == 0) {
		setenv(ROOT_ENDS, number, 1);
		/* Its helper may outlive a process that ends in the midst of a task, and would be ours to reap. */
		setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
		execl("/proc/self/exe", "root", NULL);
		_exit(127);
	}
	EXPECT_INT(waitpid(pid, &status, 0), pid);
	captured_stderr(log, size);
	EXPECT_INT(waitpid(trace_number("left"), NULL, 0), trace_number("left")); /* it ends, with its parent */
	return status;
}

/* robustness: A14, G3 */
static int
a_root_that_crashes_says_so_itself_and_takes_its_tree_along(void)
{
	char *log = actor_alloc(65536);
	int status;

	if (SANITIZED)
		return 0;
	status = run_root(TREES__WAY__WILD_WRITE, log, 65536);
	EXPECT_INT(status & 0x7f, SIGSEGV);
	EXPECT_PART(log, "the root crashed: SIGSEGV in task root; address 0x18; pc 0x");
	status = run_root(TREES__WAY__RECURSE, log, 65536);
	EXPECT_INT(status & 0x7f, SIGSEGV);
	EXPECT_PART(log, "the root crashed: stack overflow in task root; address 0x");
	return 0;
}

/* robustness: G5 */
static int
a_root_that_exits_in_a_task_takes_its_tree_along(void)
{
	char *log = actor_alloc(65536);

	EXPECT_INT(run_root(TREES__WAY__EXIT, log, 65536), EXITED_WITH(7));
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct check root_checks[] = { CHECK(end_as_root) };
	static const struct check checks[] = {
		CHECK(a_crash_is_told_with_its_signal_task_endpoint_and_stack),
		CHECK(a_program_that_handles_the_signal_itself_is_left_to_it),
		CHECK(a_crash_is_relayed_with_its_stack),
		CHECK(a_root_that_crashes_says_so_itself_and_takes_its_tree_along),
		CHECK(a_root_that_exits_in_a_task_takes_its_tree_along),
	};

	if (getenv(ROOT_ENDS) != NULL)
		return probe_main(argc, argv, root_checks, 1, NULL);
	return probe_main(argc, argv, checks, ACTOR_COUNT(checks), NULL);
}
