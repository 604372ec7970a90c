/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptors that are closed, reused, leaked, large, or that nobody reads. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "probe.h"

#define DESCRIPTORS_MAX 4096

static bool
is_socket(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

/* Spawns, and tells which of our descriptors is the link. */
static int
spawn_and_find_link(struct actor_nursery *nursery, const char *name, struct trees_probe *ret_probe, int *ret_link)
{
	bool before[DESCRIPTORS_MAX];
	int rc;

	*ret_link = -1;
	for (int fd = 0; fd < DESCRIPTORS_MAX; fd++)
		before[fd] = is_socket(fd);
	rc = trees_probe_spawn(nursery, name, probe_options(NULL, NULL), ret_probe);
	for (int fd = 0; rc == 0 && fd < DESCRIPTORS_MAX; fd++)
		if (!before[fd] && is_socket(fd))
			*ret_link = fd;
	EXPECT(rc != 0 || *ret_link > 2);
	return rc;
}

static void
expect_answer(struct trees_probe probe, int number)
{
	Trees__Value *reply;
	int rc = trees_probe_echo(probe, TREES_VALUE(.number = number), &reply);

	EXPECT_CODE(rc, 0);
	if (rc == 0)
		EXPECT_INT(reply->number, number);
}

/* ---- a link that is not there any more ---- */

enum theft {
	WHILE_CALLED, /* closed, while a call waits */
	BEFORE_CALL,  /* closed, and only then something is to be written */
	DUPLICATED,   /* closed, but for a copy: the child sees no end of its link */
	REUSED,       /* by a file */
};

struct sleeper {
	struct trees_probe probe;
	int rc;
};

static int
sleep_there(void *argument)
{
	struct sleeper *self = argument;
	Trees__Value *reply;

	self->rc = trees_probe_sleep(self->probe, TREES_PAUSE(.ms = 1000000), &reply);
	return 0;
}

static int
steal(struct actor_nursery *unlucky, enum theft theft, int file)
{
	struct sleeper sleeper = { .rc = 0 };
	struct actor_nursery *calls;
	int link, copy, rc = spawn_and_find_link(unlucky, "unlucky", &sleeper.probe, &link);

	if (rc == 0)
		rc = actor_nursery_open(&calls);
	if (rc != 0)
		return rc;
	if (theft == WHILE_CALLED)
		rc = actor_nursery_start(calls, sleep_there, &sleeper);
	if (theft == WHILE_CALLED)
		AWAIT(trace_count("sleeping unlucky") == 1);
	copy = theft == DUPLICATED ? fcntl(link, F_DUPFD_CLOEXEC, 0) : -1;
	if (theft == REUSED)
		dup2(file, link);
	else
		close(link);
	if (theft != WHILE_CALLED)
		rc = actor_nursery_start(calls, sleep_there, &sleeper);
	rc = actor_nursery_close(calls, rc);
	EXPECT_CODE(sleeper.rc, ACTOR_EPEERGONE);
	if (copy >= 0)
		close(copy);
	if (theft == REUSED) {
		EXPECT(fcntl(link, F_GETFD) >= 0); /* it is ours, and was not closed for us */
		close(link);
	}
	return rc;
}

static int
lose_a_link(enum theft theft)
{
	int file = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	struct actor_nursery *lucky, *unlucky;
	struct trees_probe other;
	struct stat status;
	int rc = actor_nursery_open(&lucky);

	EXPECT(file >= 0);
	if (rc == 0)
		rc = trees_probe_spawn(lucky, "lucky", probe_options(NULL, NULL), &other);
	if (rc == 0)
		rc = actor_nursery_open(&unlucky);
	if (rc != 0)
		return rc;
	rc = steal(unlucky, theft, file);
	/* By the death of the child, which without an end of its link has to be made to die, after the call has failed. */
	if (rc == 0 && theft != DUPLICATED)
		rc = actor_sleep_ms(ACTOR_NEVER);
	EXPECT_CODE(rc, theft == DUPLICATED ? 0 : ACTOR_ECANCELED);
	EXPECT_CODE(actor_nursery_close(unlucky, rc), ACTOR_EPEERGONE);
	expect_answer(other, 7);
	EXPECT_INT(fstat(file, &status), 0);
	EXPECT_INT(status.st_size, 0);
	close(file);
	return end_nursery(lucky, 0);
}

/* robustness: C7 */
static int
a_link_that_is_closed_under_a_call_fails_that_connection_and_nothing_else(void)
{
	return lose_a_link(WHILE_CALLED);
}

/* robustness: C7 */
static int
a_link_that_is_closed_before_a_call_fails_that_connection_and_nothing_else(void)
{
	return lose_a_link(BEFORE_CALL);
}

/* robustness: C7 */
static int
a_link_that_is_closed_but_for_a_copy_fails_that_connection_and_nothing_else(void)
{
	return lose_a_link(DUPLICATED);
}

/* robustness: C7 */
static int
a_number_that_has_become_a_file_is_neither_written_nor_closed(void)
{
	return lose_a_link(REUSED);
}

/* ---- strays ---- */

/* How many descriptors of a process are this file. */
static int
count_open(int pid, const char *path)
{
	char folder[64], entry_path[400], target[512];
	struct dirent *entry;
	DIR *directory;
	int count = 0;

	snprintf(folder, sizeof folder, "/proc/%d/fd", pid);
	directory = opendir(folder);
	if (directory == NULL)
		return -1;
	while ((entry = readdir(directory)) != NULL) {
		ssize_t size;

		snprintf(entry_path, sizeof entry_path, "%s/%s", folder, entry->d_name);
		size = readlink(entry_path, target, sizeof target - 1);
		target[size > 0 ? size : 0] = '\0';
		count += strcmp(target, path) == 0;
	}
	closedir(directory);
	return count;
}

/* robustness: C5, C6 */
static int
what_the_program_leaves_open_does_not_reach_a_child(void)
{
	char path[] = "/tmp/trees-stray-XXXXXX";
	int strays[100], count = 0;
	struct actor_nursery *nursery;
	struct trees_probe probe;
	int rc = actor_nursery_open(&nursery);

	strays[count++] = mkstemp(path);
	while (count < (int)ACTOR_COUNT(strays)) {
		strays[count] = dup(strays[0]); /* without O_CLOEXEC, as careless programs do */
		count++;
	}
	if (rc == 0)
		rc = trees_probe_spawn(nursery, "child", probe_options(NULL, NULL), &probe);
	EXPECT_INT(count_open(getpid(), path), count);
	if (rc == 0)
		EXPECT_INT(count_open(probe_pid(probe), path), 0);
	while (count > 0)
		close(strays[--count]);
	unlink(path);
	return end_nursery(nursery, rc);
}

/* ---- large numbers ---- */

/* robustness: C8 */
static int
descriptors_above_1023_work_as_any_other(void)
{
	struct rlimit before, limit;
	struct actor_nursery *nursery;
	struct trees_probe probe;
	int fillers[2000], count = 0, link = -1;
	int rc = actor_nursery_open(&nursery);

	getrlimit(RLIMIT_NOFILE, &before);
	limit = before;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	do
		fillers[count] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	while (fillers[count++] <= 1023 && fillers[count - 1] >= 0);
	EXPECT(fillers[count - 1] > 1023);
	if (rc == 0)
		rc = spawn_and_find_link(nursery, "child", &probe, &link);
	EXPECT(link > 1023);
	for (int i = 0; rc == 0 && i < 20; i++)
		expect_answer(probe, i);
	rc = end_nursery(nursery, rc);
	while (count > 0)
		close(fillers[--count]);
	setrlimit(RLIMIT_NOFILE, &before);
	return rc;
}

/* ---- standard descriptors ---- */

static int
call_without_standard_descriptors(struct trees_probe probe)
{
	struct stat status;

	for (int fd = 0; fd <= 2; fd++)
		EXPECT(fstat(fd, &status) == 0 && S_ISCHR(status.st_mode)); /* /dev/null */
	for (int i = 0; i < 20; i++) {
		printf("this goes nowhere, and into no socket\n");
		fflush(stdout);
		expect_answer(probe, i);
	}
	return 0;
}

/* Run by the next, with none of 0 to 2 open. */
static int
inner_tree(void)
{
	return getenv("TREES_CLOSED") != NULL ? with_probe(call_without_standard_descriptors) : 0;
}

/* robustness: C4 */
static int
a_tree_starts_with_its_standard_descriptors_closed(void)
{
	char command[256];
	int which, status;
	static const char *const closed[] = { "<&-", ">&-", "2>&-", "<&- >&- 2>&-" };

	for (which = 0; which < (int)ACTOR_COUNT(closed); which++) {
		/* What is not closed is /dev/null too, so that the inner check can say the same of all. */
		snprintf(command, sizeof command,
		         "TREES_CLOSED=1 exec /proc/%d/exe inner_tree </dev/null >/dev/null "
		         "2>/dev/null %s",
		         getpid(), closed[which]);
		status = system(command);
		EXPECT_INT(status, 0);
	}
	return 0;
}

/* ---- a log that nobody reads ---- */

static int
fill(int fd)
{
	char block[4096];
	int flags = fcntl(fd, F_GETFL), count = 0;

	memset(block, '.', sizeof block);
	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	while (write(fd, block, sizeof block) > 0 || write(fd, block, 1) > 0)
		count++;
	fcntl(fd, F_SETFL, flags);
	return count;
}

static const char *
take_all(int fd, char *text, size_t size)
{
	size_t used = 0;
	ssize_t count;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (used < size - 1 && (count = read(fd, text + used, size - 1 - used)) > 0)
		used += (size_t)count;
	text[used] = '\0';
	return text;
}

static int
log_much(struct trees_probe probe)
{
	for (int i = 0; i < 20; i++) {
		kill(getpid(), SIGUSR1); /* a dozen lines, and more of the child's */
		expect_answer(probe, i);
	}
	return 0;
}

/* robustness: C9 */
static int
a_full_stderr_stops_nobody_and_what_was_dropped_is_told(void)
{
	static char text[1024 * 1024];
	int ends[2], saved = dup(STDERR_FILENO);
	int rc = pipe(ends);

	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	EXPECT(fill(STDERR_FILENO) > 0);
	rc = with_probe(log_much);
	take_all(ends[0], text, sizeof text);
	EXPECT(strstr(text, "live[") == NULL);
	kill(getpid(), SIGUSR1);
	if (rc == 0)
		rc = actor_sleep_ms(1);
	AWAIT(strstr(take_all(ends[0], text, sizeof text), " log lines were dropped here\nlive[root@") != NULL);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(ends[0]);
	return rc;
}

/* robustness: C9, B2 */
static int
a_stderr_without_a_reader_or_on_a_full_disk_stops_nobody(void)
{
	int ends[2], saved = dup(STDERR_FILENO);
	int rc = pipe(ends);

	close(ends[0]);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	if (rc == 0)
		rc = with_probe(log_much);
	ends[0] = open("/dev/full", O_WRONLY | O_CLOEXEC);
	dup2(ends[0], STDERR_FILENO);
	close(ends[0]);
	if (rc == 0)
		rc = with_probe(log_much);
	dup2(saved, STDERR_FILENO);
	close(saved);
	return rc;
}

int
main(int argc, char **argv)
{
	static const struct check checks[] = {
		CHECK(a_link_that_is_closed_under_a_call_fails_that_connection_and_nothing_else),
		CHECK(a_link_that_is_closed_before_a_call_fails_that_connection_and_nothing_else),
		CHECK(a_link_that_is_closed_but_for_a_copy_fails_that_connection_and_nothing_else),
		CHECK(a_number_that_has_become_a_file_is_neither_written_nor_closed),
		CHECK(what_the_program_leaves_open_does_not_reach_a_child),
		CHECK(descriptors_above_1023_work_as_any_other),
		CHECK(inner_tree),
		CHECK(a_tree_starts_with_its_standard_descriptors_closed),
		CHECK(a_full_stderr_stops_nobody_and_what_was_dropped_is_told),
		CHECK(a_stderr_without_a_reader_or_on_a_full_disk_stops_nobody),
	};

	return probe_main(argc, argv, checks, ACTOR_COUNT(checks), NULL);
}
