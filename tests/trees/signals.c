/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals at whole trees, and other ways in which people and launchers treat processes. */
#include <actor/blocking.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "whole_tree.h"

#define PING_MS 200
#define ECHO_MS 100    /* in which signals belong together */
#define LADDER_MS 2100 /* that a deaf actor takes to be killed */
#define LOAD_MS 3000   /* what a loaded machine may add */

/* ---- the trees ---- */

static int
deep_tree(void)
{
	return park_below(TREES__ERRAND__PARK);
}

static int
blocked_tree(void)
{
	return park_below(TREES__ERRAND__PARK_BLOCKED);
}

static int
unlinked_tree(void)
{
	return park_below(TREES__ERRAND__PARK_UNLINKED);
}

static int
working_orphan(void)
{
	return park_below(TREES__ERRAND__WORK_UNTETHERED);
}

static int
stuck_root(void)
{
	struct actor_nursery *nursery;
	struct trees_probe probe;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_probe_spawn(nursery, "child", probe_options(NULL, NULL), &probe);
	trace("parked root");
	for (;;)
		continue;
	return actor_nursery_close(nursery, rc);
}

static int
wait_for_ever(void *argument)
{
	(void)argument;
	for (;;)
		pause();
	return 0;
}

static void
keep(void *argument)
{
	(void)argument;
}

static int
abandons_work(void)
{
	int fired, rc;

	ACTOR_SCOPE(limit, .timeout_ms = 20);
	rc = actor_run_blocking_or_abandon(wait_for_ever, NULL, keep);
	EXPECT_CODE(rc, ACTOR_EDEADLINE);
	trace("parked root");
	return actor_scope_close(&limit, rc, &fired);
}

static int
end_one(Trees__Way way, int status, int wanted)
{
	struct actor_nursery *nursery;
	struct trees_probe probe;
	Trees__Value *reply;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_probe_spawn(nursery, "mortal", probe_options(NULL, NULL), &probe);
	if (rc == 0)
		rc = trees_probe_die(probe, TREES_DEATH(.way = way, .status = status), &reply);
	EXPECT_CODE(actor_nursery_close(nursery, rc), ACTOR_EPEERGONE);
	EXPECT_INT(actor_error_wait_status(actor_error_last()), wanted);
	return 0;
}

/* Whether a root that somebody launched strangely sees how its children end, and goes on. */
static int
mortals(void)
{
	end_one(TREES__WAY__EXIT_AT_ONCE, 7, EXITED_WITH(7));
	end_one(TREES__WAY__KILL, 0, KILLED_BY(SIGKILL));
	trace("parked root");
	return 0;
}

static const struct check trees[] = {
	CHECK(deep_tree),  CHECK(blocked_tree),  CHECK(unlinked_tree), CHECK(working_orphan),
	CHECK(stuck_root), CHECK(abandons_work), CHECK(mortals),
};

/* ---- the checks ---- */

static void
sleep_ms(long ms)
{
	struct timespec left = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	while (nanosleep(&left, &left) != 0)
		continue;
}

static void
expect_orderly(const struct tree *tree)
{
	(void)tree;
	EXPECT_INT(trace_count("closing top"), 1);
	EXPECT_INT(trace_count("closing middle"), 1);
	EXPECT_INT(trace_count("closing leaf"), 1);
}

/*
 * The leaf is deaf: the steps against it would take their time.
 *
 * row B1
 */
static int
a_second_signal_ends_what_is_left_at_once(void)
{
	struct tree tree = { .prepare = NULL };
	uint64_t start;

	if (!start_tree(&tree, "blocked_tree", 1))
		return 0;
	send_signal(tree.root.pid, SIGINT);
	sleep_ms(ECHO_MS + 50);
	start = now_ms();
	send_signal(tree.root.pid, SIGTERM);
	expect_end(&tree);
	EXPECT(now_ms() - start < LADDER_MS - ECHO_MS - 50);
	EXPECT_INT(tree.root.status, KILLED_BY(SIGINT)); /* the first one is why */
	EXPECT_PART(tree.log, "signal 15 again: what is left ends now");
	return 0;
}

/* As of timeout(1), which signals a process and its group; row B1 */
static int
signals_that_come_together_are_one(void)
{
	struct tree tree = { .prepare = NULL };

	if (!start_tree(&tree, "deep_tree", 1))
		return 0;
	for (int i = 0; i < 3; i++)
		send_signal(tree.root.pid, SIGTERM);
	expect_end(&tree);
	EXPECT_INT(tree.root.status, KILLED_BY(SIGTERM));
	expect_orderly(&tree);
	return 0;
}

static bool
has_ended(int pid)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0;
}

/* row B1 */
static int
a_storm_of_signals_ends_a_tree_in_time(void)
{
	static const char *const names[] = { "deep_tree", "blocked_tree" };

	for (size_t i = 0; i < ACTOR_COUNT(names); i++) {
		struct tree tree = { .prepare = NULL };
		uint64_t start = now_ms();

		trace_clear();
		if (!start_tree(&tree, names[i], 1))
			return 0;
		while (!has_ended(tree.root.pid) && now_ms() - start < PATIENCE_MS) {
			send_signal(tree.root.pid, SIGINT);
			sleep_ms(1);
		}
		expect_end(&tree);
		EXPECT(now_ms() - start < LADDER_MS + LOAD_MS);
		EXPECT_INT(tree.root.status, KILLED_BY(SIGINT));
	}
	return 0;
}

static void
lead_a_group(void)
{
	setpgid(0, 0);
}

/* Ctrl-C is for the root: its children have groups of their own; row B1 */
static int
a_signal_at_the_group_is_one_at_the_root(void)
{
	struct tree tree = { .prepare = lead_a_group };

	if (!start_tree(&tree, "deep_tree", 1))
		return 0;
	kill(-tree.root.pid, SIGINT);
	expect_end(&tree);
	EXPECT_INT(tree.root.status, KILLED_BY(SIGINT));
	expect_orderly(&tree);
	return 0;
}

/* Of this process, or that came to it as orphans; bounded. */
static bool
reap_all(int root, int *ret_status)
{
	uint64_t limit = now_ms() + PATIENCE_MS;
	int pid, status;

	while ((pid = waitpid(-1, &status, WNOHANG)) >= 0 && now_ms() < limit) {
		if (pid == root)
			*ret_status = status;
		if (pid == 0)
			wait_a_little();
	}
	return pid < 0 && errno == ECHILD;
}

/* At each half millisecond of a tree's way up; row B1 */
static int
a_signal_that_comes_while_a_tree_starts_leaves_nothing(void)
{
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

	for (int step = 0; step < 40; step++) {
		char name[] = "deep_tree";
		int status = -1, pid;

		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			dup2(nowhere, STDOUT_FILENO);
			dup2(nowhere, STDERR_FILENO);
			execl("/proc/self/exe", "root", name, (char *)NULL);
			_exit(127);
		}
		nanosleep(&(struct timespec){ .tv_nsec = step * 500000 }, NULL);
		send_signal(pid, SIGTERM);
		EXPECT(reap_all(pid, &status));
		EXPECT_INT(status, KILLED_BY(SIGTERM));
	}
	close(nowhere);
	return 0;
}

/* Its loop cannot hear the signal, and nobody is above it; rows B1, G1 */
static int
a_root_that_never_yields_ends_by_the_signal_all_the_same(void)
{
	struct tree tree = { .prepare = NULL };
	uint64_t start;

	if (!start_lone_root(&tree, "stuck_root", 1))
		return 0;
	start = now_ms();
	send_signal(tree.root.pid, SIGTERM);
	expect_end(&tree);
	EXPECT(now_ms() - start < LADDER_MS + LOAD_MS);
	EXPECT_INT(tree.root.status, KILLED_BY(SIGTERM));
	EXPECT_PART(tree.log, "warning: root has not awaited for 100 ms");
	return 0;
}

/*
 * The leaf has closed its link, and hears nothing.
 *
 * shows: CA-42
 */
static int
children_without_a_link_are_reaped_when_the_root_is_interrupted(void)
{
	struct tree tree = { .prepare = NULL };
	uint64_t start;

	if (!start_tree(&tree, "unlinked_tree", 1))
		return 0;
	start = now_ms();
	send_signal(tree.root.pid, SIGINT);
	expect_end(&tree);
	EXPECT(now_ms() - start < LADDER_MS + LOAD_MS);
	EXPECT_INT(tree.root.status, KILLED_BY(SIGINT));
	return 0;
}

/*
 * Its parent is gone, so nobody kills it when its time is over.
 *
 * shows: SP-29
 */
static int
an_orphan_that_cannot_end_its_work_ends_itself_by_force(void)
{
	struct tree tree = { .prepare = NULL };
	uint64_t start;

	if (!start_tree(&tree, "working_orphan", 1))
		return 0;
	start = now_ms();
	send_signal(tree.middle.pid, SIGKILL);
	expect_end(&tree);
	EXPECT(now_ms() - start >= 300);
	EXPECT(now_ms() - start < LADDER_MS + LOAD_MS);
	EXPECT_INT(tree.leaf.status, KILLED_BY(SIGKILL));
	return 0;
}

/* Two of them at once, from the bottom and from the top; row A15 */
static int
when_both_ends_of_a_link_die_together_nothing_is_left(void)
{
	struct tree tree = { .prepare = NULL };

	if (!start_tree(&tree, "deep_tree", 1))
		return 0;
	send_signal(tree.leaf.pid, SIGKILL);
	send_signal(tree.middle.pid, SIGKILL);
	expect_end(&tree);
	EXPECT_INT(tree.root.status, EXITED_WITH(1));
	EXPECT_PART(tree.log, "SIGKILL");
	trace_clear();
	if (!start_tree(&tree, "deep_tree", 1))
		return 0;
	send_signal(tree.root.pid, SIGKILL);
	send_signal(tree.top.pid, SIGKILL);
	expect_end(&tree);
	EXPECT_INT(tree.root.status, KILLED_BY(SIGKILL));
	return 0;
}

static void
signal_below(const struct tree *tree, int number)
{
	send_signal(tree->top.pid, number);
	send_signal(tree->middle.pid, number);
	send_signal(tree->leaf.pid, number);
}

/* As a suspend of the machine does it, at times while an answer is under way; rows I2, I3 */
static int
after_all_of_it_was_stopped_nobody_is_slow(void)
{
	struct tree tree = { .prepare = NULL };

	if (!start_tree(&tree, "deep_tree", 1))
		return 0;
	for (int i = 0; i < 5; i++) {
		signal_below(&tree, SIGSTOP);
		sleep_ms(PING_MS * 6 / 10);
		send_signal(tree.root.pid, SIGSTOP);
		sleep_ms(3 * PING_MS + 37 * i);
		send_signal(tree.root.pid, SIGCONT);
		sleep_ms(10);
		signal_below(&tree, SIGCONT);
		sleep_ms(PING_MS + 23 * i);
	}
	send_signal(tree.root.pid, SIGTERM);
	expect_end(&tree);
	EXPECT(strstr(tree.log, "slow") == NULL);
	EXPECT(strstr(tree.log, "not awaited") == NULL);
	expect_orderly(&tree);
	return 0;
}

/* ---- strange launchers ---- */

static void
ignore_children(void)
{
	signal(SIGCHLD, SIG_IGN);
}

static void
want_no_zombies(void)
{
	sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT }, NULL);
}

static void
block_everything(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
}

/* row B5 */
static int
a_root_sees_how_its_children_end_whatever_it_inherited(void)
{
	static void (*const launchers[])(void) = { ignore_children, want_no_zombies, block_everything };

	for (size_t i = 0; i < ACTOR_COUNT(launchers); i++) {
		struct tree tree = { .prepare = launchers[i] };

		trace_clear();
		if (!start_lone_root(&tree, "mortals", 1))
			return 0;
		expect_end(&tree);
		EXPECT_INT(tree.root.status, EXITED_WITH(0));
	}
	return 0;
}

static int
a_thread_that_is_stuck_does_not_keep_a_root_from_ending(void)
{
	struct tree tree = { .prepare = NULL };

	if (!start_lone_root(&tree, "abandons_work", 1))
		return 0;
	expect_end(&tree);
	EXPECT_INT(tree.root.status, EXITED_WITH(0));
	return 0;
}

static const struct check checks[] = {
	CHECK(a_second_signal_ends_what_is_left_at_once),
	CHECK(signals_that_come_together_are_one),
	CHECK(a_storm_of_signals_ends_a_tree_in_time),
	CHECK(a_signal_at_the_group_is_one_at_the_root),
	CHECK(a_signal_that_comes_while_a_tree_starts_leaves_nothing),
	CHECK(a_root_that_never_yields_ends_by_the_signal_all_the_same),
	CHECK(children_without_a_link_are_reaped_when_the_root_is_interrupted),
	CHECK(an_orphan_that_cannot_end_its_work_ends_itself_by_force),
	CHECK(when_both_ends_of_a_link_die_together_nothing_is_left),
	CHECK(after_all_of_it_was_stopped_nobody_is_slow),
	CHECK(a_root_sees_how_its_children_end_whatever_it_inherited),
	CHECK(a_thread_that_is_stuck_does_not_keep_a_root_from_ending),
};

int
main(int argc, char **argv)
{
	probe_knobs.ping_ms = PING_MS;
	probe_has_threads = true;
	return drive(trees, ACTOR_COUNT(trees), checks, ACTOR_COUNT(checks), argc, argv);
}
