/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls per call.  This program runs itself under strace, with marks in its trace: calls of getpgid() that
 * nobody else makes.  After a mark that follows a pause both sides are at rest, so the counts between two such are
 * exact.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "programs.h"
#include "server.h"

#define MARK_NAME "getpgid(-4711"
#define SIGNAL_END "rt_sigreturn"
#define MARK_PID (-4711)
#define NAMES_MAX 64
#define NAME_SIZE 32

static const struct way {
	const char *name;
	int (*run)(void *argument, uint64_t count);
	uint64_t count;
	double limit; /* on one side */
} ways[] = {
	{ "1", server_run_one, 1000, 3.02 }, /* a ping may come in between */
	{ "64.tasks", server_run_tasks, 100 * BENCH_IN_FLIGHT, 0.2 },
	{ "64.batches", server_run_batches, 100 * BENCH_IN_FLIGHT, 0.2 },
	{ "items", server_run_count, 100000, 0.1 },
};

/* ---- what is traced ---- */

static void
mark_at_rest(void)
{
	const struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };

	(void)nanosleep(&pause, NULL);
	(void)getpgid(MARK_PID);
}

/* Three marks each: both begin, the client has ended, the server has. */
static int
traced_way(const struct way *way, struct server *server)
{
	int rc = way->run(server, way->count);

	mark_at_rest();
	if (rc == 0)
		rc = way->run(server, way->count);
	(void)getpgid(MARK_PID);
	mark_at_rest();
	return rc;
}

int
bench_syscalls_traced(void)
{
	struct actor_nursery *actors = NULL;
	struct server server;
	int rc = actor_nursery_open(&actors);

	if (rc == 0)
		rc = server_spawn(actors, SERVER_ANYWHERE, &server);
	for (size_t i = 0; rc == 0 && i < ACTOR_COUNT(ways); i++)
		rc = traced_way(&ways[i], &server);
	if (rc == 0)
		actor_nursery_cancel(actors);
	return actor_nursery_close(actors, rc);
}

/* ---- reading the trace ---- */

struct tally {
	char names[NAMES_MAX][NAME_SIZE];
	uint64_t counts[NAMES_MAX];
	size_t name_count;
	uint64_t total;
};

static void
count_one(struct tally *tally, const char *name, size_t size)
{
	size_t i = 0;

	tally->total++;
	while (i < tally->name_count && (strlen(tally->names[i]) != size || memcmp(tally->names[i], name, size) != 0))
		i++;
	if (i == NAMES_MAX || size >= NAME_SIZE)
		return; /* in the total all the same */
	if (i == tally->name_count) {
		memcpy(tally->names[i], name, size);
		tally->name_count++;
	}
	tally->counts[i]++;
}

struct trace {
	struct tally client, server;
	size_t mark_count;
	long client_pid;
};

/* A line is "PID name(...", or "PID <... name resumed>", or about a signal or an end. */
static void
read_line(struct trace *trace, const char *line)
{
	char *name;
	long pid = strtol(line, &name, 10);
	size_t size;

	name += strspn(name, " ");
	size = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
	if (size == 0 || name[size] != '(')
		return;
	if (size == strlen(SIGNAL_END) && strncmp(name, SIGNAL_END, size) == 0)
		return; /* the watchdog's tick is the clock's, not a call's */
	if (strncmp(name, MARK_NAME, strlen(MARK_NAME)) == 0) {
		trace->client_pid = pid;
		trace->mark_count++;
	} else if (pid != trace->client_pid && trace->mark_count % 3 != 0) {
		count_one(&trace->server, name, size);
	} else if (pid == trace->client_pid && trace->mark_count % 3 == 1) {
		count_one(&trace->client, name, size);
	}
}

/* Up to the third mark. */
static void
read_way(struct trace *trace, FILE *file)
{
	char line[512];

	trace->mark_count = 0;
	while (trace->mark_count < 3 && fgets(line, sizeof line, file) != NULL)
		read_line(trace, line);
}

static void
tell_side(struct report *report, const struct way *way, const char *side, const struct tally *tally)
{
	char metric[96];

	snprintf(metric, sizeof metric, "%s.%s", way->name, side);
	report_limited(report, metric, (double)tally->total / (double)way->count, "syscalls", way->limit);
	for (size_t i = 0; i < tally->name_count; i++) {
		snprintf(metric, sizeof metric, "%s.%s.%s", way->name, side, tally->names[i]);
		report_value(report, metric, (double)tally->counts[i] / (double)way->count, "syscalls");
	}
}

static int
tell_all(struct report *report, FILE *file)
{
	struct trace *trace = actor_alloc(sizeof *trace);
	int rc = trace == NULL ? actor_fail(ACTOR_ENOMEM, "the trace: out of memory") : 0;

	for (size_t i = 0; rc == 0 && i < ACTOR_COUNT(ways); i++) {
		memset(trace, 0, sizeof *trace);
		read_way(trace, file);
		if (trace->mark_count != 3)
			rc = actor_fail(ACTOR_EPROTOCOL, "the trace ends before the marks of %s", ways[i].name);
		if (rc != 0)
			break;
		tell_side(report, &ways[i], "client", &trace->client);
		tell_side(report, &ways[i], "server", &trace->server);
	}
	return rc;
}

/* ---- making it ---- */

/* 0, the errno of the spawn, or -1: strace or what it ran failed. */
static int
run_strace(const char *trace_path)
{
	char program[PATH_MAX];
	char *arguments[] = { "strace", "-f", "-qq", "-s0", "-o", (char *)trace_path, program, "--traced", NULL };
	int status = -1;
	int error;
	pid_t pid;

	if (program_self(program) != 0)
		return ENOENT;
	error = posix_spawnp(&pid, "strace", NULL, NULL, arguments, environ);
	if (error != 0)
		return error;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status == 0 ? 0 : -1;
}

static int
measure(struct report *report, const char *trace_path)
{
	int error = run_strace(trace_path);
	FILE *file;
	int rc;

	if (error == ENOENT) {
		report_skipped(report, "strace is not installed");
		return 0;
	}
	if (error != 0)
		return actor_fail(ACTOR_ESPAWN, "strace: %s", error > 0 ? strerror(error) : "it failed, see above");
	file = fopen(trace_path, "re");
	if (file == NULL)
		return actor_fail(ACTOR_ESPAWN, "%s: %s", trace_path, strerror(errno));
	rc = tell_all(report, file);
	fclose(file);
	return rc;
}

int
bench_syscalls(struct report *report)
{
	char path[] = "/tmp/actor-bench-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);
	int rc;

	if (fd < 0)
		return actor_fail(ACTOR_ESPAWN, "%s: %s", path, strerror(errno));
	close(fd);
	rc = measure(report, path);
	unlink(path);
	return rc;
}
