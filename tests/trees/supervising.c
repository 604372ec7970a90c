/* SPDX-License-Identifier: BSD-2-Clause */
/* Children that do not answer, that are signalled, or whose end somebody else hears of; and work that blocks. */
#include <actor/blocking.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

#define LADDER_MS 2100
#define BUDGET_MS 2300
#define LOAD_MS 3000 /* what a loaded machine may add */

static int
count_parts(const char *text, const char *part)
{
	int count = 0;

	for (; (text = strstr(text, part)) != NULL; text++)
		count++;
	return count;
}

/* ---- tasks that do not yield ---- */

struct two_calls {
	struct trees_probe stuck, healthy;
	int answers;
};

static int
ask_the_healthy_one(void *argument)
{
	struct two_calls *self = argument;
	Trees__Value *reply;
	int rc = 0;

	while (rc == 0 && trace_count("unblocked") == 0) {
		rc = trees_probe_echo(self->healthy, TREES_VALUE(.number = 1), &reply);
		self->answers += rc == 0;
		if (rc == 0)
			rc = actor_sleep_ms(2);
	}
	return rc;
}

static int
be_stuck_twice(struct two_calls *self)
{
	struct actor_nursery *nursery;
	Trees__Value *reply;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = actor_nursery_start(nursery, ask_the_healthy_one, self);
	for (int i = 0; rc == 0 && i < 2; i++)
		rc = trees_probe_block(self->stuck, TREES_PAUSE(.ms = 500), &reply);
	trace("unblocked");
	return actor_nursery_close(nursery, rc);
}

/*
 * It is told of by name, once each time, and nobody else is disturbed.
 *
 * shows: PR-21; rows G1, G2
 */
static int
an_endpoint_that_does_not_yield_is_named(void)
{
	struct two_calls calls = { .answers = 0 };
	struct actor_nursery *nursery;
	char text[4096];
	int rc = actor_nursery_open(&nursery);

	capture_stderr();
	if (rc == 0)
		rc = trees_probe_spawn(nursery, "stuck", probe_options(NULL, NULL), &calls.stuck);
	if (rc == 0)
		rc = trees_probe_spawn(nursery, "healthy", probe_options(NULL, NULL), &calls.healthy);
	if (rc == 0)
		rc = be_stuck_twice(&calls);
	rc = end_nursery(nursery, rc);
	captured_stderr(text, sizeof text);
	EXPECT_INT(count_parts(text, "warning: trees.Probe.Block has not awaited for 100 ms"), 2);
	EXPECT_PART(text, "actor[stuck@");
	EXPECT(calls.answers > 20);
	return rc;
}

/* ---- children that are stopped ---- */

static bool
is_logged(const char *part)
{
	char text[4096];

	return strstr(captured_so_far(text, sizeof text), part) != NULL;
}

static int
stop_and_go_on(struct trees_probe probe)
{
	Trees__Value *reply;
	int pid = probe_pid(probe);

	capture_stderr();
	send_signal(pid, SIGSTOP);
	AWAIT(is_logged("is slow: no answer for 50 ms"));
	EXPECT(!is_gone(pid));
	send_signal(pid, SIGCONT);
	AWAIT(is_logged("answers again"));
	EXPECT_CODE(trees_probe_echo(probe, TREES_VALUE(.number = 1), &reply), 0);
	captured_stderr((char[4096]){ "" }, 4096);
	return 0;
}

/* row B3 */
static int
a_child_that_is_stopped_for_a_while_is_slow_and_goes_on(void)
{
	return with_probe(stop_and_go_on);
}

/* SIGTERM does not reach it, SIGKILL does; row B3 */
static int
a_child_that_is_stopped_for_ever_is_killed_when_it_is_cancelled(void)
{
	struct actor_nursery_report report;
	struct actor_nursery *nursery;
	struct trees_probe probe = { 0 };
	uint64_t start;
	int rc = actor_nursery_open(&nursery);

	capture_stderr();
	if (rc == 0)
		rc = trees_probe_spawn(nursery, "stopped", probe_options(NULL, NULL), &probe);
	send_signal(probe_pid(probe), SIGSTOP);
	start = now_ms();
	actor_nursery_cancel(nursery);
	EXPECT_CODE(actor_nursery_close_report(nursery, rc, &report), 0);
	EXPECT(now_ms() - start >= LADDER_MS && now_ms() - start < LADDER_MS + LOAD_MS);
	EXPECT_INT(report.killed_count, 1);
	EXPECT_INT(count_parts(captured_stderr((char[4096]){ "" }, 4096), "is slow"), 1);
	return 0;
}

/* ---- children that are signalled ---- */

struct pending_call {
	struct trees_probe probe;
	int rc;
	char canceller[65], origin[65];
};

static const char *
name_of(const struct actor_uid *uid)
{
	return uid != NULL ? uid->name : "nobody";
}

static int
call_sleep(void *argument)
{
	struct pending_call *self = argument;
	Trees__Value *reply;

	self->rc = trees_probe_sleep(self->probe, TREES_PAUSE(.ms = UINT32_MAX), &reply);
	snprintf(self->canceller, sizeof self->canceller, "%s", name_of(actor_error_canceller(actor_error_last())));
	snprintf(self->origin, sizeof self->origin, "%s", name_of(actor_error_origin(actor_error_last())));
	return 0;
}

/* shows: CA-40 */
static int
a_signal_at_a_child_cancels_its_calls_and_is_its_status(void)
{
	static const int signals[] = { SIGINT, SIGTERM };

	for (size_t i = 0; i < ACTOR_COUNT(signals); i++) {
		struct pending_call call = { .rc = 0 };
		struct actor_nursery *tasks, *actors = NULL;
		int rc = actor_nursery_open(&tasks);

		trace_clear();
		if (rc == 0)
			rc = actor_nursery_open(&actors);
		if (rc == 0)
			rc = trees_probe_spawn(actors, "signalled", probe_options(NULL, NULL), &call.probe);
		if (rc == 0)
			rc = actor_nursery_start(tasks, call_sleep, &call);
		AWAIT(trace_count("sleeping") == 1);
		send_signal(probe_pid(call.probe), signals[i]);
		EXPECT_CODE(actor_nursery_close(actors, rc), ACTOR_EPEERGONE);
		EXPECT_INT(actor_error_wait_status(actor_error_last()), KILLED_BY(signals[i]));
		EXPECT_CODE(actor_nursery_close(tasks, 0), 0);
		EXPECT_CODE(call.rc, ACTOR_ECANCELED);
		EXPECT_TEXT(call.canceller, "signalled");
		EXPECT_TEXT(call.origin, "signalled");
		EXPECT_INT(trace_count("closing signalled"), 1);
	}
	return 0;
}

struct one_spawn {
	struct actor_nursery *nursery;
	int rc, status;
};

static int
spawn_slowly(void *argument)
{
	struct one_spawn *self = argument;
	struct trees_probe probe;

	self->rc = trees_probe_spawn(self->nursery, "slow", probe_options(START_SLOWLY "=1", NULL), &probe);
	self->status = actor_error_wait_status(actor_error_last());
	return 0;
}

/* row B1 */
static int
a_signal_at_a_child_that_starts_fails_its_spawn(void)
{
	struct one_spawn spawn = { .rc = 0 };
	struct actor_nursery *tasks;
	int rc = actor_nursery_open(&tasks);

	if (rc == 0)
		rc = actor_nursery_open(&spawn.nursery);
	if (rc == 0)
		rc = actor_nursery_start(tasks, spawn_slowly, &spawn);
	AWAIT(trace_count("starting slow") == 1);
	send_signal(trace_number("starting slow"), SIGTERM);
	AWAIT(spawn.rc != 0);
	EXPECT_CODE(spawn.rc, ACTOR_ECANCELED); /* by itself */
	EXPECT_CODE(actor_nursery_close(spawn.nursery, rc), 0);
	return actor_nursery_close(tasks, 0);
}

/*
 * The grandchild hears nobody; its parent ends it, and the error of the root's body is what comes out.
 *
 * shows: CA-41
 */
static int
a_grandchild_that_sleeps_deaf_is_killed_by_its_parent(void)
{
	char *path[] = { (char *)"middle", (char *)"sleeper" };
	struct actor_nursery *nursery;
	struct trees_probe probe;
	uint64_t start;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_probe_relay_run_in_actor(
		    nursery, "upper", probe_options(NULL, NULL),
		    TREES_JOURNEY(.n_path = 2, .path = path, .errand = TREES__ERRAND__PARK_BLOCKED), &probe);
	AWAIT(trace_count("parked sleeper") == 1);
	start = now_ms();
	if (rc == 0)
		rc = actor_fail(ACTOR_EINVAL, "the root failed");
	EXPECT_CODE(actor_nursery_close(nursery, rc), ACTOR_EINVAL);
	EXPECT_PART(actor_error_message(actor_error_last()), "the root failed");
	EXPECT(now_ms() - start < LADDER_MS + LOAD_MS);
	EXPECT(is_gone(trace_number("parked sleeper")));
	EXPECT_INT(trace_count("closing middle"), 1); /* it outlasted its child, and was not killed itself */
	EXPECT_INT(trace_count("closing upper"), 1);
	return 0;
}

#define CASCADE_LEAVES 27

/*
 * Forty healthy actors, of whom 27 fail when the root says so.
 *
 * shows: TD-14
 */
static int
a_failure_of_all_leaves_goes_up_a_healthy_tree_at_once(void)
{
	struct actor_nursery *nursery;
	struct trees_probe probe;
	uint64_t start = 0;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_probe_fail_as_tree_run_in_actor(
		    nursery, "top", probe_options(NULL, NULL),
		    TREES_SHAPE(.width = 3, .depth = 3, .leaves = CASCADE_LEAVES + 1), &probe);
	AWAIT(trace_count("met") == CASCADE_LEAVES);
	start = now_ms();
	trace("met root");
	EXPECT_CODE(actor_nursery_close(nursery, rc), ACTOR_EGROUP);
	printf("# %d ms from the failures to the root, with 40 actors reaped\n", (int)(now_ms() - start));
	EXPECT(now_ms() - start < LADDER_MS); /* nobody was waited for in vain */
	return 0;
}

static int
cancel_scope(void *scope)
{
	actor_scope_cancel(scope);
	return 0;
}

/* shows: TD-02 */
static int
a_wait_for_daemons_that_is_cancelled_asks_them_first(void)
{
	struct actor_nursery_report report = { .killed_count = 9 };
	struct actor_nursery *others, *nursery = NULL;
	struct actor_scope scope;
	struct trees_probe probe;
	int fired, rc = actor_nursery_open(&others);

	EXPECT_CODE(rc, 0);
	actor_scope_open(&scope, &(struct actor_scope_options){ 0 });
	rc = actor_nursery_open(&nursery);
	for (int i = 0; rc == 0 && i < 3; i++)
		rc = trees_probe_spawn(nursery, "daemon", probe_options(NULL, NULL), &probe);
	if (rc == 0)
		rc = actor_nursery_start(others, cancel_scope, &scope);
	EXPECT_CODE(rc, 0);
	rc = actor_nursery_close_report(nursery, rc, &report);
	EXPECT_CODE(rc, ACTOR_ECANCELED);
	EXPECT_INT(report.killed_count, 0);
	EXPECT_INT(trace_count("closing daemon"), 3);
	return actor_nursery_close(others, actor_scope_close(&scope, rc, &fired));
}

/* ---- statuses that somebody else takes ---- */

/* The actor's own code waits for any child, before the loop comes to it; row B6 */
static int
a_status_that_user_code_takes_is_unknown(void)
{
	struct actor_nursery *nursery;
	struct trees_probe probe;
	int pid = -1, status, rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_probe_spawn(nursery, "stolen", probe_options(NULL, NULL), &probe);
	if (rc == 0) {
		pid = probe_pid(probe);
		send_signal(pid, SIGKILL);
		EXPECT_INT(waitpid(-1, &status, 0), pid);
	}
	EXPECT_CODE(actor_nursery_close(nursery, rc), ACTOR_EPEERGONE);
	EXPECT_INT(actor_error_wait_status(actor_error_last()), -1);
	EXPECT_PART(actor_error_message(actor_error_last()), "its status is unknown");
	return 0;
}

static int
run_shell(struct trees_probe probe)
{
	Trees__Value *reply;
	char text[8] = "";
	FILE *pipe;

	EXPECT_INT(system("exit 3"), EXITED_WITH(3));
	pipe = popen("echo said", "r");
	EXPECT(pipe != NULL && fgets(text, sizeof text, pipe) != NULL);
	EXPECT_TEXT(text, "said\n");
	EXPECT_INT(pipe != NULL ? pclose(pipe) : -1, 0);
	return trees_probe_echo(probe, TREES_VALUE(.number = 1), &reply);
}

/* row B6 */
static int
programs_that_user_code_starts_are_its_own(void)
{
	return with_probe(run_shell);
}

/* ---- work that blocks ---- */

static int
call_work(void *argument)
{
	const struct trees_probe *probe = argument;
	Trees__Value *reply;

	return trees_probe_work(*probe, TREES_PAUSE(.ms = 400), &reply);
}

static int
work_and_answer(struct trees_probe probe)
{
	struct actor_nursery *nursery;
	Trees__Value *reply;
	uint64_t start;
	int answers = 0, rc = actor_nursery_open(&nursery);

	capture_stderr();
	for (int i = 0; rc == 0 && i < 4; i++)
		rc = actor_nursery_start(nursery, call_work, &probe);
	AWAIT(trace_count("parked child") == 4);
	start = now_ms();
	for (; rc == 0 && now_ms() - start < 200; answers++)
		rc = trees_probe_echo(probe, TREES_VALUE(.number = 1), &reply);
	rc = actor_nursery_close(nursery, rc);
	EXPECT(now_ms() - start < 4 * 400); /* side by side */
	EXPECT(answers > 10);
	EXPECT_INT(count_parts(captured_stderr((char[4096]){ "" }, 4096), "not awaited"), 0);
	return rc;
}

/* row G2 */
static int
an_actor_whose_work_blocks_a_thread_hears_others(void)
{
	return with_probe(work_and_answer);
}

/* It acknowledges, and does not end: so it has its budget; row G2 */
static int
an_actor_whose_thread_is_stuck_is_killed_when_its_budget_is_spent(void)
{
	struct actor_nursery_report report;
	struct actor_nursery *nursery;
	struct trees_probe probe;
	uint64_t start;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_probe_work_run_in_actor(nursery, "worker", probe_options(NULL, NULL),
		                                   TREES_PAUSE(.ms = 60000), &probe);
	AWAIT(trace_count("parked worker") == 1);
	start = now_ms();
	EXPECT_CODE(actor_portal_cancel_actor(probe.portal), 0);
	actor_nursery_cancel(nursery);
	EXPECT_CODE(actor_nursery_close_report(nursery, rc, &report), 0);
	EXPECT(now_ms() - start >= BUDGET_MS && now_ms() - start < BUDGET_MS + LOAD_MS);
	EXPECT_INT(report.killed_count, 1);
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(an_endpoint_that_does_not_yield_is_named),
		CHECK(a_child_that_is_stopped_for_a_while_is_slow_and_goes_on),
		CHECK(a_child_that_is_stopped_for_ever_is_killed_when_it_is_cancelled),
		CHECK(a_signal_at_a_child_cancels_its_calls_and_is_its_status),
		CHECK(a_signal_at_a_child_that_starts_fails_its_spawn),
		CHECK(a_grandchild_that_sleeps_deaf_is_killed_by_its_parent),
		CHECK(a_failure_of_all_leaves_goes_up_a_healthy_tree_at_once),
		CHECK(a_wait_for_daemons_that_is_cancelled_asks_them_first),
		CHECK(a_status_that_user_code_takes_is_unknown),
		CHECK(programs_that_user_code_starts_are_its_own),
		CHECK(an_actor_whose_work_blocks_a_thread_hears_others),
		CHECK(an_actor_whose_thread_is_stuck_is_killed_when_its_budget_is_spent),
	};

	probe_knobs.ping_ms = 50;
	return probe_main(argc, argv, checks, ACTOR_COUNT(checks), NULL);
}
