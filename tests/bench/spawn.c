/* SPDX-License-Identifier: BSD-2-Clause */
/* A process that is started, called once, and ended, against a static program that answers once. */
#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "programs.h"
#include "race.h"
#include "raw.h"
#include "server.h"

#define REFERENCE "posix_spawn"
#define ROUND_MS 40
#define LINK_FD 3

/* ---- the reference ---- */

struct reference {
	char program[PATH_MAX];
	char request_size[24], reply_size[24];
	struct raw_sizes sizes;
};

static int
reference_spawn(struct reference *reference, pid_t *ret_pid, int *ret_fd)
{
	char *arguments[] = { reference->program, reference->request_size, reference->reply_size, NULL };
	char *environment[] = { NULL };
	posix_spawn_file_actions_t actions;
	int ends[2];
	int error;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return actor_fail(ACTOR_ESPAWN, "socketpair: %s", strerror(errno));
	error = posix_spawn_file_actions_init(&actions);
	if (error == 0) {
		error = posix_spawn_file_actions_adddup2(&actions, ends[1], LINK_FD);
		if (error == 0)
			error = posix_spawn(ret_pid, reference->program, &actions, NULL, arguments, environment);
		(void)posix_spawn_file_actions_destroy(&actions);
	}
	close(ends[1]);
	if (error != 0) {
		close(ends[0]);
		return actor_fail(ACTOR_ESPAWN, "%s: %s", reference->program, strerror(error));
	}
	*ret_fd = ends[0];
	return 0;
}

static int
reference_cycle(struct reference *reference)
{
	char bytes[256] = { 0 };
	int fd = -1, status = -1;
	pid_t pid = -1;
	bool answered;
	int rc = reference_spawn(reference, &pid, &fd);

	if (rc != 0)
		return rc;
	answered =
	    raw_write_all(fd, bytes, reference->sizes.request) && raw_read_all(fd, bytes, reference->sizes.reply);
	close(fd);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return answered && status == 0 ? 0 : actor_fail(ACTOR_EPEERGONE, "%s did not answer", reference->program);
}

static int
reference_run(void *argument, uint64_t count)
{
	int rc = 0;

	for (uint64_t i = 0; rc == 0 && i < count; i++)
		rc = reference_cycle(argument);
	return rc;
}

static int
reference_open(struct reference *reference)
{
	reference->sizes = raw_sizes();
	snprintf(reference->request_size, sizeof reference->request_size, "%zu", reference->sizes.request);
	snprintf(reference->reply_size, sizeof reference->reply_size, "%zu", reference->sizes.reply);
	return program_beside(PROGRAM_ANSWER_ONCE, reference->program);
}

/* ---- actors ---- */

static int
actor_cycle(const char *executable)
{
	const struct actor_spawn_options options = { .executable = executable };
	struct actor_nursery *actors = NULL;
	struct bench_server server;
	ACTOR_OWNED(Bench__Number, reply);
	int rc = actor_nursery_open(&actors);

	if (rc == 0)
		rc = bench_server_spawn(actors, "server", &options, &server);
	if (rc == 0)
		rc = bench_server_echo(server, SERVER_NUMBER, &reply);
	if (rc == 0)
		actor_nursery_cancel(actors);
	return actor_nursery_close(actors, rc);
}

static int
actor_run(void *argument, uint64_t count)
{
	int rc = 0;

	for (uint64_t i = 0; rc == 0 && i < count; i++)
		rc = actor_cycle(argument);
	return rc;
}

static void
tell_reference(struct report *report, const struct race_entrant *reference)
{
	report_value(report, REFERENCE, reference->wall_ns / 1e6, "ms");
	report_value(report, REFERENCE ".cpu", reference->cpu_ns / 1e6, "ms");
}

static void
tell(struct report *report, const struct race_entrant *entrant, const struct race_entrant *reference)
{
	const struct report_bar bar = { REFERENCE, 2.5, false };
	char metric[64];

	report_against(report, entrant->name, entrant->wall_ns / 1e6, "ms", REFERENCE, reference->wall_ns / 1e6);
	snprintf(metric, sizeof metric, "%s.bar", entrant->name);
	report_bar(report, metric, entrant->wall_ns, reference->wall_ns, &bar);
	snprintf(metric, sizeof metric, "%s.cpu", entrant->name);
	report_against(report, metric, entrant->cpu_ns / 1e6, "ms", REFERENCE ".cpu", reference->cpu_ns / 1e6);
}

int
bench_spawn(struct report *report)
{
	struct reference reference;
	char static_program[PATH_MAX];
	struct race_entrant entrants[] = {
		{ .name = REFERENCE, .run = reference_run, .argument = &reference, .step = 1 },
		{ .name = "actor", .run = actor_run, .step = 1 },
		{ .name = "actor_static", .run = actor_run, .argument = static_program, .step = 1 },
	};
	int rc = reference_open(&reference);

	if (rc == 0)
		rc = program_beside(PROGRAM_STATIC, static_program);
	if (rc == 0)
		rc = race(entrants, ACTOR_COUNT(entrants), ROUND_MS);
	if (rc == 0)
		tell_reference(report, &entrants[0]);
	for (size_t i = 1; rc == 0 && i < ACTOR_COUNT(entrants); i++)
		tell(report, &entrants[i], &entrants[0]);
	return rc;
}
