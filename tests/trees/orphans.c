/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole trees, seen from outside: this process starts the root of a tree, kills some of it, and then must be able to
 * reap all of it.  As a subreaper it inherits those whose parent has gone; it has no runtime of its own.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

#define BOUND_MS 10000 /* for a tree to be gone */

/* ---- the trees ---- */

static int
park_below(Trees__Errand errand)
{
	char *path[] = { (char *)"middle", (char *)"leaf" };
	struct actor_nursery *nursery;
	struct trees_probe probe;
	Trees__Value *reply;
	int rc = actor_nursery_open(&nursery);

	if (rc == 0)
		rc = trees_probe_spawn(nursery, "top", probe_options(NULL, NULL), &probe);
	if (rc == 0) {
		trace("spawned top pid=%d", probe_pid(probe));
		rc = trees_probe_relay(probe, TREES_JOURNEY(.n_path = 2, .path = path, .errand = errand), &reply);
	}
	return actor_nursery_close(nursery, rc);
}

static int
deep_tree(void)
{
	return park_below(TREES__ERRAND__PARK);
}

static int
untethered_tree(void)
{
	return park_below(TREES__ERRAND__PARK_UNTETHERED);
}

static int
blocked_tree(void)
{
	return park_below(TREES__ERRAND__PARK_BLOCKED);
}

static const char *const three_names[] = { "top", "middle", "leaf" };

/* The root waits for daemons that nobody cancels. */
static int
daemons_that_are_waited_for(void)
{
	struct actor_nursery *nursery;
	struct trees_probe probe;
	int rc = actor_nursery_open(&nursery);

	for (size_t i = 0; rc == 0 && i < ACTOR_COUNT(three_names); i++) {
		rc = trees_probe_spawn(nursery, three_names[i], probe_options(NULL, NULL), &probe);
		if (rc == 0)
			trace("spawned %s pid=%d", three_names[i], probe_pid(probe));
	}
	trace("parked root");
	return actor_nursery_close(nursery, rc);
}

static int
park_one_shots(void *argument)
{
	struct actor_nursery *nursery;
	struct trees_probe probe;
	int rc = actor_nursery_open(&nursery);

	(void)argument;
	for (size_t i = 0; rc == 0 && i < ACTOR_COUNT(three_names); i++) {
		rc = trees_probe_relay_run_in_actor(nursery, three_names[i], probe_options(NULL, NULL),
		                                    TREES_JOURNEY(.errand = TREES__ERRAND__PARK), &probe);
		if (rc == 0)
			trace("spawned %s pid=%d", three_names[i], probe_pid(probe));
	}
	return actor_nursery_close(nursery, rc);
}

static int
one_shots_of_another_task(void)
{
	struct actor_nursery *tasks;
	int rc = actor_nursery_open(&tasks);

	if (rc == 0)
		rc = actor_nursery_start(tasks, park_one_shots, NULL);
	return actor_nursery_close(tasks, rc);
}

static const struct check trees[] = {
	CHECK(deep_tree),
	CHECK(untethered_tree),
	CHECK(blocked_tree),
	CHECK(daemons_that_are_waited_for),
	CHECK(one_shots_of_another_task),
};

/* ---- watching one ---- */

struct watched {
	int pid, pidfd;
	int status; /* as waitpid()'s; -1: it has not ended */
};

struct tree {
	struct watched root, top, middle, leaf;
	char log[4096]; /* what it wrote to stderr */
	FILE *log_file;
};

static void
wait_a_little(void)
{
	const struct timespec little = { .tv_nsec = 2000000 };

	nanosleep(&little, NULL);
}

static bool
trace_comes(const char *start, int count)
{
	uint64_t give_up = now_ms() + PATIENCE_MS;

	while (trace_count(start) < count && now_ms() < give_up)
		wait_a_little();
	return trace_count(start) >= count;
}

static void
watch(struct watched *process, int pid)
{
	*process = (struct watched){ .pid = pid, .pidfd = pidfd_open(pid, 0), .status = -1 };
}

static int
start_root(const char *tree, int log)
{
	char name[64];
	int pid;

	snprintf(name, sizeof name, "%s", tree);
	fflush(stdout);
	pid = fork();
	if (pid != 0)
		return pid;
	dup2(log, STDERR_FILENO);
	dup2(log, STDOUT_FILENO);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execl("/proc/self/exe", "root", name, (char *)NULL);
	_exit(127);
}

/* What did not come up is killed from the top, and reaped as far as it is ours. */
static void
give_up(struct tree *tree)
{
	send_signal(tree->root.pid, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	fclose(tree->log_file);
}

/* Waits until three actors below the root are there, and `parked` of them parked. */
static bool
start_tree(struct tree *tree, const char *name, int parked)
{
	bool is_up;

	tree->log_file = tmpfile();
	watch(&tree->root, start_root(name, fileno(tree->log_file)));
	is_up = EXPECT(trace_comes("parked", parked)) && EXPECT(trace_comes("spawned", 3));
	watch(&tree->top, trace_number("spawned top"));
	watch(&tree->middle, trace_number("spawned middle"));
	watch(&tree->leaf, trace_number("spawned leaf"));
	if (!is_up)
		give_up(tree);
	return is_up;
}

static bool
ends_before(struct watched *process, uint64_t limit)
{
	struct pollfd end = { .fd = process->pidfd, .events = POLLIN };
	uint64_t now = now_ms();

	return poll(&end, 1, limit > now ? (int)(limit - now) : 0) == 1;
}

/* True: there is nothing left of it, its status is noted if it was ours to reap and not its own parent's. */
static bool
reap(struct watched *process)
{
	siginfo_t info = { .si_pid = 0 };

	if (waitid(P_PIDFD, (id_t)process->pidfd, &info, WEXITED | WNOHANG) == 0 && info.si_pid != 0)
		process->status = info.si_code == CLD_EXITED ? EXITED_WITH(info.si_status) : KILLED_BY(info.si_status);
	return is_gone(process->pid);
}

static bool
is_reaped_before(struct watched *process, uint64_t limit)
{
	bool is_reaped;

	while (!(is_reaped = reap(process)) && now_ms() < limit)
		wait_a_little();
	close(process->pidfd);
	return is_reaped;
}

/* Helpers of a sanitizer in a process that was killed come to us too. */
static void
reap_strays(uint64_t limit)
{
	siginfo_t info;

	while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) == 0 && now_ms() < limit)
		wait_a_little();
}

/* All of it ends by itself within the bound. */
static void
expect_end(struct tree *tree)
{
	struct watched *all[] = { &tree->root, &tree->top, &tree->middle, &tree->leaf };
	uint64_t limit = now_ms() + BOUND_MS;
	ssize_t size;

	for (size_t i = 0; i < ACTOR_COUNT(all); i++)
		if (!EXPECT(ends_before(all[i], limit)))
			send_signal(all[i]->pid, SIGKILL);
	for (size_t i = 0; i < ACTOR_COUNT(all); i++)
		EXPECT(is_reaped_before(all[i], limit));
	reap_strays(limit);
	size = pread(fileno(tree->log_file), tree->log, sizeof tree->log - 1, 0);
	tree->log[size > 0 ? size : 0] = '\0';
	fclose(tree->log_file);
}

/* ---- the checks ---- */

/* shows: SP-29 */
static int
killing_the_root_ends_all_its_descendants(void)
{
	struct tree tree;

	if (!start_tree(&tree, "deep_tree", 1))
		return 0;
	send_signal(tree.root.pid, SIGKILL);
	expect_end(&tree);
	EXPECT_INT(tree.root.status, KILLED_BY(SIGKILL));
	return 0;
}

/* shows: SP-29 */
static int
killing_an_actor_in_the_middle_ends_what_is_below_and_is_an_error_above(void)
{
	struct tree tree;

	if (!start_tree(&tree, "deep_tree", 1))
		return 0;
	send_signal(tree.middle.pid, SIGKILL);
	expect_end(&tree);
	EXPECT_INT(tree.root.status, EXITED_WITH(1));
	EXPECT_PART(tree.log, "middle");
	EXPECT_PART(tree.log, "SIGKILL");
	return 0;
}

/*
 * The kernel does not kill this leaf with its parent: that its link has ended is what it goes by.
 *
 * shows: SP-29, PR-18, ER-11
 */
static int
an_actor_whose_link_has_ended_cancels_its_tasks_and_exits(void)
{
	struct tree tree;

	if (!start_tree(&tree, "untethered_tree", 1))
		return 0;
	send_signal(tree.middle.pid, SIGKILL);
	expect_end(&tree);
	EXPECT_INT(trace_number("unparked leaf code"), ACTOR_ECANCELED);
	EXPECT_INT(trace_count("closing leaf"), 1);
	EXPECT_INT(tree.leaf.status, EXITED_WITH(1)); /* it came to us: nobody killed it */
	EXPECT_PART(tree.log, "could not be sent");
	return 0;
}

/* shows: SP-29 */
static int
killing_the_root_ends_an_actor_that_goes_by_its_link_alone(void)
{
	struct tree tree;

	if (!start_tree(&tree, "untethered_tree", 1))
		return 0;
	send_signal(tree.root.pid, SIGKILL);
	expect_end(&tree);
	EXPECT_INT(trace_count("unparked leaf"), 1); /* by itself, whatever its parents came to do before they died */
	return 0;
}

/* shows: SP-29 */
static int
killing_the_root_ends_an_actor_that_blocks(void)
{
	struct tree tree;

	if (!start_tree(&tree, "blocked_tree", 1))
		return 0;
	send_signal(tree.root.pid, SIGKILL);
	expect_end(&tree);
	return 0;
}

/* From the inside, by cancelling; nobody is killed. */
static void
expect_orderly_end(struct tree *tree, int signal_number)
{
	send_signal(tree->root.pid, signal_number);
	expect_end(tree);
	EXPECT_INT(tree->root.status, KILLED_BY(signal_number));
	EXPECT_INT(trace_count("closing top"), 1);
	EXPECT_INT(trace_count("closing middle"), 1);
	EXPECT_INT(trace_count("closing leaf"), 1);
}

/* shows: CA-27, CA-38 */
static int
an_interrupt_of_the_root_ends_the_tree_from_the_inside(void)
{
	static const int signals[] = { SIGINT, SIGTERM };
	struct tree tree;

	for (size_t i = 0; i < ACTOR_COUNT(signals); i++) {
		trace_clear();
		if (!start_tree(&tree, "deep_tree", 1))
			return 0;
		expect_orderly_end(&tree, signals[i]);
		EXPECT(trace_line("closing leaf") < trace_line("closing middle"));
		EXPECT(trace_line("closing middle") < trace_line("closing top"));
	}
	return 0;
}

/* shows: CA-39 */
static int
an_interrupt_ends_one_shots_that_another_task_started(void)
{
	struct tree tree;

	if (start_tree(&tree, "one_shots_of_another_task", 3))
		expect_orderly_end(&tree, SIGINT);
	return 0;
}

/* shows: CA-34 */
static int
an_interrupt_ends_daemons_that_the_root_waits_for(void)
{
	struct tree tree;

	if (start_tree(&tree, "daemons_that_are_waited_for", 1))
		expect_orderly_end(&tree, SIGINT);
	return 0;
}

static const struct check checks[] = {
	CHECK(killing_the_root_ends_all_its_descendants),
	CHECK(killing_an_actor_in_the_middle_ends_what_is_below_and_is_an_error_above),
	CHECK(an_actor_whose_link_has_ended_cancels_its_tasks_and_exits),
	CHECK(killing_the_root_ends_an_actor_that_goes_by_its_link_alone),
	CHECK(killing_the_root_ends_an_actor_that_blocks),
	CHECK(an_interrupt_of_the_root_ends_the_tree_from_the_inside),
	CHECK(an_interrupt_ends_one_shots_that_another_task_started),
	CHECK(an_interrupt_ends_daemons_that_the_root_waits_for),
};

int
main(int argc, char **argv)
{
	int status;

	if (getenv(TRACE_VARIABLE) != NULL)
		return probe_main(argc, argv, trees, ACTOR_COUNT(trees), NULL);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!trace_create() || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) {
		perror("the driver");
		return 1;
	}
	status = run_checks(checks, ACTOR_COUNT(checks), argc, argv);
	trace_remove();
	return status;
}
