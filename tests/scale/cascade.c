/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: cascade ROUNDS
 *
 * A tree of 1 + 3 + 9 + 27 actors, in which everybody waits for his children; then the first leaf fails.  How long is it
 * until the root has closed its nursery, with that leaf's error, and everybody reaped?  In good health, and with actors
 * beside the path of the error that are stuck, by a handler that never yields or by SIGSTOP, at each depth.
 *
 * A handler sees its child's failure only when its nursery has closed, so the ladders of stuck actors at several depths
 * come one after the other; each case here has them at one depth.
 *
 * The limits are those of an idle machine.  How busy this one is, is told by a floor that is measured right before each
 * round: as many processes without a runtime, that end as soon as they are told and are reaped.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cascade.actor.h"
#include "worker.h"

#define DEPTH 3
#define WIDTH 3
#define LEAVES 27
#define ACTORS 39
#define ROUNDS_MAX 100
#define HEALTHY_MS 100
#define LADDER_MS 2100 /* 0.5 s for the acknowledgement, 1.6 s for SIGTERM */
#define STUCK_MS 2500
#define FLOORS 20 /* so many times the floor are granted, where that is more */
#define BOARD "CASCADE_BOARD"

enum way {
	HEALTHY,
	BLOCKED, /* a handler that never yields */
	STOPPED,
};

/* What the processes of the tree tell each other; in a file that all of them map. */
struct board {
	int way, stuck_depth;
	atomic_int parked, stuck;
	_Atomic uint64_t failed_ns, closed_ns;
	atomic_int is_right; /* the root got the leaf's error, by the leaf's way */
};

static struct board *board;

/* ---- in the tree ---- */

/* Who is stuck: the brothers of the path to the leaf that fails, at one depth.  A name is n, and _index for each step. */
static bool
is_stuck(const char *name)
{
	int depth = 0;

	for (const char *step = strchr(name, '_'); step != NULL; step = strchr(step + 1, '_'), depth++)
		if (step[1] != '0')
			return board->way != HEALTHY && depth + 1 == board->stuck_depth &&
			       strchr(step + 1, '_') == NULL;
	return false;
}

static int
count_stuck(void)
{
	return board->way != HEALTHY ? WIDTH - 1 : 0;
}

/* Once all leaves are there, as its own must have come up first. */
static int
get_stuck(void *argument)
{
	int rc = 0;

	(void)argument;
	while (rc == 0 && board->parked < LEAVES)
		rc = actor_sleep_ms(1);
	if (rc != 0)
		return rc;
	board->stuck++;
	if (board->way == STOPPED)
		raise(SIGSTOP);
	for (;;)
		;
}

static int
fail_when_all_are_there(void)
{
	int rc = 0;

	while (rc == 0 && (board->parked < LEAVES || board->stuck < count_stuck()))
		rc = actor_sleep_ms(1);
	/* For those that the last one to be stuck has yet to stop. */
	if (rc == 0)
		rc = actor_sleep_ms(10);
	board->failed_ns = now_ns();
	return rc != 0 ? rc : actor_fail(ACTOR_EINVAL, "the leaf fails");
}

static int
be_a_leaf(const char *name)
{
	board->parked++;
	if (strcmp(name, "n_0_0_0") == 0)
		return fail_when_all_are_there();
	if (is_stuck(name))
		return get_stuck(NULL);
	return actor_sleep_ms(UINT32_MAX);
}

static int
call_all(const struct cascade_tree children[WIDTH], uint32_t depth, const char *name)
{
	Google__Protobuf__Empty *answers[WIDTH];
	struct actor_nursery *calls;
	int rc = actor_nursery_open(&calls);

	for (int i = 0; rc == 0 && i < WIDTH; i++)
		rc = cascade_tree_grow_start(calls, children[i], CASCADE_SHAPE(.depth = depth, .width = WIDTH),
		                             &answers[i]);
	if (rc == 0 && is_stuck(name))
		rc = actor_nursery_start(calls, get_stuck, NULL);
	return actor_nursery_close(calls, rc);
}

static int
grow_below(const char *name, uint32_t depth)
{
	char entry[128], child[64];
	const char *environment[] = { entry, NULL };
	const struct actor_spawn_options options = { .environment = environment };
	struct cascade_tree children[WIDTH];
	struct actor_nursery *actors;
	int rc = actor_nursery_open(&actors);

	snprintf(entry, sizeof entry, BOARD "=%s", getenv(BOARD));
	for (int i = 0; rc == 0 && i < WIDTH; i++) {
		snprintf(child, sizeof child, "%s_%d", name, i);
		rc = cascade_tree_spawn(actors, child, &options, &children[i]);
	}
	if (rc == 0)
		rc = call_all(children, depth - 1, name);
	return actor_nursery_close(actors, rc);
}

static int
grow(struct cascade_tree_state *state, const Cascade__Shape *request, Google__Protobuf__Empty *reply)
{
	struct actor_identity self;
	int rc = actor_self(&self);

	(void)state, (void)reply;
	if (rc != 0)
		return rc;
	return request->depth == 0 ? be_a_leaf(self.uid.name) : grow_below(self.uid.name, request->depth);
}

static int
root(int argc, char **argv)
{
	const struct actor_error *error;
	int rc = grow_below("n", DEPTH);

	(void)argc, (void)argv;
	board->closed_ns = now_ns();
	error = actor_error_last();
	board->is_right = rc == ACTOR_EINVAL && actor_error_origin(error) != NULL &&
	                  strcmp(actor_error_origin(error)->name, "n_0_0_0") == 0 &&
	                  actor_error_hop_count(error) == DEPTH && !has_children();
	if (!board->is_right)
		printf("the root got: %s\n", actor_error_text(error));
	return 0;
}

/* ---- from outside ---- */

static bool
map_board(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	board = fd >= 0 ? mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
	if (fd >= 0)
		close(fd);
	return board != MAP_FAILED;
}

/* Milliseconds. */
static double
measure_floor(void)
{
	uint64_t start_ns;
	int pipe_fds[2];
	char byte;

	if (pipe(pipe_fds) != 0)
		return 0;
	for (int i = 0; i < ACTORS; i++) {
		if (fork() != 0)
			continue;
		close(pipe_fds[1]);
		_exit(read(pipe_fds[0], &byte, 1) == 0 ? 0 : 1);
	}
	close(pipe_fds[0]);
	start_ns = now_ns();
	close(pipe_fds[1]);
	while (wait(NULL) > 0)
		continue;
	return (double)(now_ns() - start_ns) / 1e6;
}

static bool
play(enum way way, int depth, double *ret_ms)
{
	bool is_alone;
	pid_t pid;

	*board = (struct board){ .way = (int)way, .stuck_depth = depth };
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl("/proc/self/exe", "cascade", "root", (char *)NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
	is_alone = all_end_before(now_ns() + UINT64_C(1000000000));
	*ret_ms = (double)(board->closed_ns - board->failed_ns) / 1e6;
	if (!is_alone)
		printf("FAILED: processes are left\n");
	return is_alone && board->is_right;
}

static int
compare(const void *one, const void *other)
{
	double a = *(const double *)one, b = *(const double *)other;

	return (a > b) - (a < b);
}

/* One case, round after round; true: it was as it should be. */
static bool
repeat(const char *name, enum way way, int depth, int rounds)
{
	double all_ms[ROUNDS_MAX], worst_floor = 0;
	bool is_well = true;

	for (int i = 0; i < rounds; i++) {
		double floor_ms = measure_floor();
		double granted_ms = way == HEALTHY ? HEALTHY_MS : STUCK_MS;
		double start_ms = way == HEALTHY ? 0 : LADDER_MS;

		is_well &= play(way, depth, &all_ms[i]);
		floor_ms = floor_ms > measure_floor() ? floor_ms : measure_floor();
		if (granted_ms < start_ms + FLOORS * floor_ms)
			granted_ms = start_ms + FLOORS * floor_ms;
		worst_floor = worst_floor > floor_ms ? worst_floor : floor_ms;
#ifndef ACTOR_SANITIZED /* which takes its time at each exit */
		if (all_ms[i] > granted_ms) {
			printf("FAILED: %s took %.1f ms, and %.1f are granted\n", name, all_ms[i], granted_ms);
			is_well = false;
		}
#endif
	}
	qsort(all_ms, (size_t)rounds, sizeof all_ms[0], compare);
	printf("%-28s median %7.1f ms, largest %7.1f ms, floor %.1f ms\n", name, all_ms[rounds / 2], all_ms[rounds - 1],
	       worst_floor);
	return is_well;
}

static bool
repeat_all(int rounds)
{
	bool is_well = repeat("healthy", HEALTHY, 0, rounds);
	char name[64];

	for (int depth = 1; depth <= DEPTH; depth++) {
		snprintf(name, sizeof name, "never yields, at depth %d", depth);
		is_well &= repeat(name, BLOCKED, depth, (rounds + 4) / 5);
		snprintf(name, sizeof name, "stopped, at depth %d", depth);
		is_well &= repeat(name, STOPPED, depth, (rounds + 4) / 5);
	}
	return is_well;
}

static int
be_an_actor(int argc, char **argv)
{
	static const struct cascade_tree_ops ops = { .grow = grow };
	const struct actor_module modules[] = { cascade_tree_module(&ops) };
	const struct actor_program program = { .modules = modules, .module_count = 1, .root = root };

	return map_board(getenv(BOARD)) ? actor_main(argc, argv, &program) : 1;
}

int
main(int argc, char **argv)
{
	char path[] = "/tmp/actor-cascade-XXXXXX";
	int rounds, fd;
	bool is_well;

	if (getenv(BOARD) != NULL)
		return be_an_actor(argc, argv);
	setvbuf(stdout, NULL, _IOLBF, 0);
	rounds = argc == 2 ? atoi(argv[1]) : 0;
	fd = mkstemp(path);
	if (rounds < 1 || rounds > ROUNDS_MAX || fd < 0 || ftruncate(fd, sizeof *board) != 0 || !map_board(path)) {
		fprintf(stderr, "usage: cascade ROUNDS\n");
		return 2;
	}
	close(fd);
	setenv(BOARD, path, 1);
	become_subreaper();
	is_well = repeat_all(rounds);
	unlink(path);
	return is_well ? 0 : 1;
}
