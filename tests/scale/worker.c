/* SPDX-License-Identifier: BSD-2-Clause */
#include "worker.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int
echo(struct scale_worker_state *state, const Scale__Number *request, Scale__Number *reply)
{
	(void)state;
	reply->value = request->value;
	return 0;
}

static int
sleep_until_cancelled(struct scale_worker_state *state, const Google__Protobuf__Empty *request,
                      Google__Protobuf__Empty *reply)
{
	(void)state, (void)request, (void)reply;
	return actor_sleep_ms(UINT32_MAX);
}

static int
nest(struct scale_worker_state *state, const Scale__Number *request, Scale__Number *reply)
{
	struct actor_nursery *actors;
	struct scale_worker inner;
	Scale__Number *answer;
	int rc = actor_nursery_open(&actors);

	(void)state;
	if (rc == 0)
		rc = scale_worker_spawn(actors, "inner", NULL, &inner);
	if (rc == 0)
		rc = scale_worker_echo(inner, request, &answer);
	if (rc == 0)
		reply->value = answer->value;
	if (rc == 0)
		actor_nursery_cancel(actors);
	return actor_nursery_close(actors, rc);
}

static int
die(struct scale_worker_state *state, const Scale__Number *request, Google__Protobuf__Empty *reply)
{
	(void)state, (void)reply;
	signal(request->value, SIG_DFL);
	raise(request->value);
	return 0;
}

static const struct scale_worker_ops ops = { .echo = echo, .sleep = sleep_until_cancelled, .nest = nest, .die = die };

int
worker_daemon(int argc, char **argv, const char *name, const char *registry)
{
	const struct actor_module modules[] = { scale_worker_module(&ops) };
	const struct actor_program program = { .modules = modules, .module_count = 1, .registry = registry };

	return actor_run_daemon(argc, argv, name, &program);
}

int
worker_main(int argc, char **argv, int (*root)(int argc, char **argv))
{
	const struct actor_module modules[] = { scale_worker_module(&ops) };
	const struct actor_program program = { .modules = modules, .module_count = 1, .root = root };

	return actor_main(argc, argv, &program);
}

bool
worker_is_child(void)
{
	return getenv("ACTOR_LINK") != NULL;
}

uint64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

double
seconds_since(uint64_t start_ns)
{
	return (double)(now_ns() - start_ns) / 1e9;
}

int
open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = -1; /* not the one that reads this */

	while (dir != NULL && readdir(dir) != NULL)
		count++;
	if (dir != NULL)
		closedir(dir);
	return count;
}

long
memory_kib(int pid, const char *which)
{
	char path[64], line[256];
	long kib = -1;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/smaps_rollup", pid);
	file = fopen(path, "re");
	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		if (strncmp(line, which, strlen(which)) == 0)
			kib = strtol(line + strlen(which), NULL, 10);
	if (file != NULL)
		fclose(file);
	return kib;
}

bool
has_children(void)
{
	siginfo_t info;

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

void
become_subreaper(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

bool
all_end_before(uint64_t limit_ns)
{
	const struct timespec little = { .tv_nsec = 500000 };

	for (;;) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);

		if (pid < 0 && errno == ECHILD)
			return true;
		if (pid == 0 && now_ns() > limit_ns)
			return false;
		if (pid == 0)
			nanosleep(&little, NULL);
	}
}
