/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: soak COUNT [SEED]
 *
 * COUNT times a child is spawned and comes to its end, in one of several ways, some side by side; and all the while somebody
 * kills processes of the tree at random, at whatever they are: starting, serving, with a child of their own, on their way
 * out.  Each time the parent must be told the truth; in the end nothing is left of any of it, no zombie, orphan, descriptor
 * or file, and the parent has not grown.
 *
 * The killer is the parent of the root, so that it gets all orphans.
 */
#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "worker.h"

#define AT_ONCE 3            /* cycles */
#define TREE_MAX 64          /* processes that the killer looks at */
#define PROCESSES_MAX 8192   /* of the machine */
#define GROWTH_MAX_KIB 1024  /* from a tenth of the cycles on: what the allocator may keep */
#define NOTICE_NS 1000000000 /* a tree is gone that long after its root */
#define KILLED_BY(status) ((status)&0x7f)

/* ---- chance ---- */

static uint64_t
chance(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state * UINT64_C(0x2545f4914f6cdd1d) >> 33;
}

/* ---- the root: cycle after cycle ---- */

static struct {
	uint64_t seed;
	int count, begun, ended_well, killed, failures;
	long settled_kib;
} soak;

static void
fail(const char *what)
{
	printf("FAILED: %s: %s\n", what, actor_error_last() != NULL ? actor_error_text(actor_error_last()) : "");
	soak.failures++;
}

/* Killed by us or by the killer; of a group, each member. */
static bool
is_told_truly(const struct actor_error *error)
{
	int code = actor_error_code(error), status = actor_error_wait_status(error);

	if (code == ACTOR_EGROUP) {
		for (size_t i = 0; i < actor_error_member_count(error); i++)
			if (!is_told_truly(actor_error_member(error, i)))
				return false;
		return actor_error_member_count(error) > 0;
	}
	return code == ACTOR_EPEERGONE && (KILLED_BY(status) == SIGKILL || KILLED_BY(status) == SIGTERM);
}

static int
cancel_a_call(struct scale_worker worker)
{
	Google__Protobuf__Empty *never;
	int fired, rc;
	ACTOR_SCOPE(limit, .timeout_ms = 2);

	rc = scale_worker_sleep(worker, NOTHING, &never);
	return actor_scope_close(&limit, rc, &fired);
}

static int
use(struct scale_worker worker, uint64_t way)
{
	Google__Protobuf__Empty *never;
	Scale__Number *answer;
	int number = (int)(way & 0xffff), rc;

	switch (way % 6) {
	case 0:
		return 0;
	case 1:
		return cancel_a_call(worker);
	case 2:
		return scale_worker_die(worker, NUMBER(SIGKILL), &never);
	case 3:
		rc = actor_portal_cancel_actor(worker.portal);
		return rc < 0 ? rc : 0;
	case 4:
		rc = scale_worker_nest(worker, NUMBER(number), &answer);
		break;
	default:
		rc = scale_worker_echo(worker, NUMBER(number), &answer);
		break;
	}
	if (rc != 0)
		return rc;
	if (answer->value != number)
		fail("a wrong answer");
	actor_free(answer); /* the task goes on */
	return 0;
}

static void
cycle(uint64_t way)
{
	struct actor_nursery *actors;
	struct scale_worker worker;
	int rc = actor_nursery_open(&actors);

	if (rc == 0)
		rc = scale_worker_spawn(actors, "worker", NULL, &worker);
	if (rc == 0)
		rc = use(worker, way);
	if (rc == 0)
		actor_nursery_cancel(actors);
	rc = actor_nursery_close(actors, rc);
	if (rc == 0)
		soak.ended_well++;
	else if (is_told_truly(actor_error_last()))
		soak.killed++;
	else
		fail("not what came to pass");
}

static int
go_round(void *argument)
{
	(void)argument;
	while (soak.begun < soak.count) {
		soak.begun++;
		if (soak.begun == soak.count / 10)
			soak.settled_kib = memory_kib(getpid(), "Rss:");
		cycle(chance(&soak.seed));
	}
	return 0;
}

static void
tell(int descriptors, uint64_t start_ns)
{
	long grown_kib = memory_kib(getpid(), "Rss:") - soak.settled_kib;

	printf("%d cycles in %.1f s: %d ended well, %d were killed\n", soak.begun, seconds_since(start_ns),
	       soak.ended_well, soak.killed);
	printf("the parent has grown by %ld KiB: %.3f bytes a cycle\n", grown_kib,
	       (double)grown_kib * 1024 / (soak.count - soak.count / 10.0));
	if (open_descriptors() != descriptors)
		fail("a descriptor is left");
	if (has_children())
		fail("a child is left");
	if (soak.ended_well == 0 || soak.killed == 0)
		fail("all of one kind: this shows little");
#ifndef ACTOR_SANITIZED /* such a heap keeps what is freed */
	if (grown_kib > GROWTH_MAX_KIB)
		fail("the parent grows");
#endif
}

static int
root(int argc, char **argv)
{
	struct actor_nursery *tasks;
	int descriptors = open_descriptors();
	uint64_t start_ns = now_ns();
	int rc;

	(void)argc;
	soak.count = atoi(argv[2]);
	soak.seed = strtoull(argv[3], NULL, 10);
	rc = actor_nursery_open(&tasks);
	for (int i = 0; rc == 0 && i < AT_ONCE; i++)
		rc = actor_nursery_start(tasks, go_round, NULL);
	rc = actor_nursery_close(tasks, rc);
	tell(descriptors, start_ns);
	return rc != 0 ? rc : soak.failures > 0 ? actor_fail(ACTOR_EINVAL, "%d failures", soak.failures) : 0;
}

/* ---- the killer ---- */

/* Of a process; -1: it is gone.  After the name, which may have any character: state, parent. */
static pid_t
parent_of(pid_t pid)
{
	char path[64], text[512], *end;
	pid_t parent = -1;
	size_t size;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (file == NULL)
		return -1;
	size = fread(text, 1, sizeof text - 1, file);
	text[size] = '\0';
	fclose(file);
	end = strrchr(text, ')');
	if (end != NULL)
		parent = (pid_t)atoi(end + 4);
	return parent;
}

/* Those below the root, generation by generation. */
static size_t
find_tree(pid_t top, pid_t found[TREE_MAX])
{
	static struct {
		pid_t pid, parent;
	} all[PROCESSES_MAX];
	DIR *dir = opendir("/proc");
	size_t all_count = 0, count = 0;

	for (struct dirent *entry; dir != NULL && all_count < PROCESSES_MAX && (entry = readdir(dir)) != NULL;) {
		all[all_count].pid = (pid_t)atoi(entry->d_name);
		if (all[all_count].pid <= 0)
			continue;
		all[all_count].parent = parent_of(all[all_count].pid);
		all_count++;
	}
	if (dir != NULL)
		closedir(dir);
	for (size_t next = 0; next <= count; next++)
		for (size_t i = 0; i < all_count && count < TREE_MAX; i++)
			if (all[i].parent == (next == 0 ? top : found[next - 1]))
				found[count++] = all[i].pid;
	return count;
}

/* Between the look and the kill it may have ended, but its number is not given to another so soon. */
static void
kill_one(pid_t top, uint64_t *seed)
{
	pid_t found[TREE_MAX];
	size_t count = find_tree(top, found);

	if (count > 0)
		kill(found[chance(seed) % count], SIGKILL);
}

static pid_t
start_root(const char *count, const char *seed)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execl("/proc/self/exe", "soak", "root", count, seed, (char *)NULL);
	_exit(127);
}

int
main(int argc, char **argv)
{
	char place[] = "/tmp/actor-soak-XXXXXX";
	uint64_t seed;
	int status;
	pid_t top;

	if (worker_is_child() || (argc == 4 && strcmp(argv[1], "root") == 0))
		return worker_main(argc, argv, root);
	if (argc < 2 || mkdtemp(place) == NULL || chdir(place) != 0 || setenv("TMPDIR", place, 1) != 0 ||
	    setenv("XDG_RUNTIME_DIR", place, 1) != 0) {
		fprintf(stderr, "usage: soak COUNT [SEED]\n");
		return 2;
	}
	seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	become_subreaper();
	top = start_root(argv[1], argc > 2 ? argv[2] : "1");
	for (pid_t ended = 0; ended != top; ended = waitpid(-1, &status, WNOHANG)) {
		struct timespec pause = { .tv_nsec = (long)(chance(&seed) % 12) * 1000000 };

		nanosleep(&pause, NULL);
		kill_one(top, &seed);
	}
	if (!all_end_before(now_ns() + NOTICE_NS)) {
		printf("FAILED: processes are left\n");
		status = 1;
	}
	if (rmdir(place) != 0) {
		printf("FAILED: files are left in %s\n", place);
		status = 1;
	}
	return status != 0;
}
