/* SPDX-License-Identifier: BSD-2-Clause */
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
#include "whole_tree.h"

#define BOUND_MS 10000 /* for a tree to be gone */

void
wait_a_little(void)
{
	const struct timespec little = { .tv_nsec = 2000000 };

	nanosleep(&little, NULL);
}

bool
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
start_root(const struct tree *tree, const char *wanted, int log)
{
	char name[64];
	int pid;

	snprintf(name, sizeof name, "%s", wanted);
	fflush(stdout);
	pid = fork();
	if (pid != 0)
		return pid;
	if (tree->prepare != NULL)
		tree->prepare();
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

bool
start_lone_root(struct tree *tree, const char *name, int parked)
{
	struct watched none = { .pid = -1, .pidfd = -1, .status = -1 };
	bool is_up;

	tree->log_file = tmpfile();
	watch(&tree->root, start_root(tree, name, fileno(tree->log_file)));
	tree->top = tree->middle = tree->leaf = none;
	is_up = EXPECT(trace_comes("parked", parked));
	if (!is_up)
		give_up(tree);
	return is_up;
}

bool
start_tree(struct tree *tree, const char *name, int parked)
{
	bool is_up;

	if (!start_lone_root(tree, name, parked))
		return false;
	is_up = EXPECT(trace_comes("spawned", 3));
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

const char *
read_log(struct tree *tree)
{
	ssize_t size = pread(fileno(tree->log_file), tree->log, sizeof tree->log - 1, 0);

	tree->log[size > 0 ? size : 0] = '\0';
	return tree->log;
}

void
expect_end(struct tree *tree)
{
	struct watched *all[] = { &tree->root, &tree->top, &tree->middle, &tree->leaf };
	uint64_t limit = now_ms() + BOUND_MS;

	for (size_t i = 0; i < ACTOR_COUNT(all); i++)
		if (all[i]->pid > 0 && !EXPECT(ends_before(all[i], limit)))
			send_signal(all[i]->pid, SIGKILL);
	for (size_t i = 0; i < ACTOR_COUNT(all); i++)
		EXPECT(all[i]->pid < 0 || is_reaped_before(all[i], limit));
	reap_strays(limit);
	read_log(tree);
	fclose(tree->log_file);
}

int
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

int
drive(const struct check *trees, size_t tree_count, const struct check *checks, size_t check_count, int argc,
      char **argv)
{
	int status;

	if (getenv(TRACE_VARIABLE) != NULL)
		return probe_main(argc, argv, trees, tree_count, NULL);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!trace_create() || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) {
		perror("the driver");
		return 1;
	}
	status = run_checks(checks, check_count, argc, argv);
	trace_remove();
	return status;
}
