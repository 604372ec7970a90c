/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: peers IDLE CALLS ROUNDS
 *
 * A daemon with ten peers that call it all the time, CALLS in all, alone and with IDLE more that are connected and say nothing;
 * ROUNDS times, one after the other.  Tells the latency of the calls in both cases, and what an idle peer costs the daemon.
 * Fails when a call is not answered, or an idle peer costs more than it should.  The peers are written by hand.
 */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../hostile/raw.h"
#include "worker.h"

#define ACTIVE 10
#define IDLE_MAX 1000
#define CALLS_MAX 100000
#define ROUNDS_MAX 21
#define ANSWER_MS 20000
#define IDLE_COST_KIB_MAX 64 /* with its buffers, of which next to nothing is touched */

static int failures;
static char directory[64], registrar[96];

static void
expect(bool holds, const char *what)
{
	if (!holds)
		printf("FAILED: %s\n", what);
	failures += !holds;
}

static void
demand(bool holds, const char *what)
{
	if (holds)
		return;
	printf("FAILED: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- the daemon ---- */

static pid_t
start_daemon(int notified)
{
	pid_t pid;
	char ready[32];

	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl("/proc/self/exe", "peers", "serve", directory, NULL);
		_exit(127);
	}
	demand(pid > 0, "fork");
	demand(recv(notified, ready, sizeof ready, 0) > 0, "the daemon says that it is ready");
	return pid;
}

static int
bind_notified(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s.notified", directory);
	demand(bind(fd, (struct sockaddr *)&address, sizeof address) == 0, "bind");
	setenv("NOTIFY_SOCKET", address.sun_path, 1);
	return fd;
}

/* ---- peers by hand ---- */

static struct raw_frame frame;

static int
connect_peer(unsigned number)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct raw_bytes uid, hello;
	char name[32];
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s", registrar);
	demand(connect(fd, (struct sockaddr *)&address, sizeof address) == 0, "connect");
	snprintf(name, sizeof name, "peer_%u", number);
	raw_make_uid(&uid, name, 1 + number % 255);
	raw_make_hello(&hello, &uid, 1, 1);
	raw_send(fd, RAW_HELLO, 0, 0, hello.at, hello.size);
	demand(raw_receive(fd, &frame, ANSWER_MS) && frame.kind == RAW_HELLO, "a Hello answers a Hello");
	return fd;
}

static void
call(int fd, uint64_t cid)
{
	static const char names[] = "\x0cscale.Worker\x04"
				    "Echo";
	unsigned char body[16 + sizeof names - 1 + 2] = { 0xff, 0xff, 0xff, 0xff };

	memcpy(body + 16, names, sizeof names - 1);
	memcpy(body + 16 + sizeof names - 1, "\x08\x07", 2);
	raw_send(fd, RAW_START, RAW_BY_NAME, cid, body, sizeof body);
}

static int
by_size(const void *one, const void *other)
{
	uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;

	return a < b ? -1 : a > b;
}

struct latency {
	uint64_t half_ns, most_ns; /* the median, and the 99th of a hundred */
};

static void
take_answer(int fd)
{
	demand(raw_receive(fd, &frame, ANSWER_MS), "an answer comes");
	expect(frame.kind == RAW_RETURN && frame.size == 2 && memcmp(frame.body, "\x08\x07", 2) == 0,
	       "the answer is what was sent");
}

static struct latency
measure(const int *fds, int calls)
{
	static uint64_t took[CALLS_MAX], begun[ACTIVE], cid[ACTIVE];
	static uint64_t next_cid = 1; /* of all connections: greater than any before */
	struct pollfd polled[ACTIVE];
	int sent = 0, answered = 0;

	for (int i = 0; i < ACTIVE; i++)
		polled[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	for (; sent < ACTIVE; sent++, next_cid += 2) {
		begun[sent] = now_ns();
		call(fds[sent], cid[sent] = next_cid);
	}
	while (answered < calls) {
		demand(poll(polled, ACTIVE, ANSWER_MS) > 0, "an answer comes in time");
		for (int i = 0; i < ACTIVE && answered < calls; i++) {
			if (polled[i].revents == 0)
				continue;
			take_answer(fds[i]);
			took[answered++] = now_ns() - begun[i];
			if (sent++ >= calls) {
				polled[i].fd = -1;
				continue;
			}
			begun[i] = now_ns();
			call(fds[i], next_cid);
			next_cid += 2;
		}
	}
	qsort(took, (size_t)calls, sizeof took[0], by_size);
	return (struct latency){ took[calls / 2], took[calls * 99 / 100] };
}

/* ---- a comparison ---- */

static uint64_t
median(uint64_t *values, int count)
{
	qsort(values, (size_t)count, sizeof values[0], by_size);
	return values[count / 2];
}

static void
tell(const char *what, uint64_t alone_ns, uint64_t beside_ns)
{
	printf("%s: %.1f us alone, %.1f us beside the idle ones: %.2f\n", what, (double)alone_ns / 1e3,
	       (double)beside_ns / 1e3, (double)beside_ns / (double)alone_ns);
}

static int
descriptors_of(pid_t pid)
{
	char path[64];
	int count = 0;
	DIR *folder;

	snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
	folder = opendir(path);
	demand(folder != NULL, path);
	while (readdir(folder) != NULL)
		count++;
	closedir(folder);
	return count;
}

static void
compare(pid_t daemon, int idle_count, int calls, int rounds)
{
	static uint64_t half[2][ROUNDS_MAX], most[2][ROUNDS_MAX];
	static int idle[IDLE_MAX];
	int active[ACTIVE];
	long before_kib, cost_kib = 0;
	unsigned number = 0;
	int descriptors;

	for (int i = 0; i < ACTIVE; i++)
		active[i] = connect_peer(++number);
	descriptors = descriptors_of(daemon);
	(void)measure(active, calls < 1000 ? calls : 1000); /* what is allocated once is there */
	for (int round = 0; round < rounds; round++) {
		struct latency latency = measure(active, calls);

		half[0][round] = latency.half_ns;
		most[0][round] = latency.most_ns;
		before_kib = memory_kib((int)daemon, "Rss:");
		for (int i = 0; i < idle_count; i++)
			idle[i] = connect_peer(++number);
		if (round == 0)
			cost_kib = memory_kib((int)daemon, "Rss:") - before_kib;
		latency = measure(active, calls);
		half[1][round] = latency.half_ns;
		most[1][round] = latency.most_ns;
		for (int i = 0; i < idle_count; i++)
			close(idle[i]);
		while (descriptors_of(daemon) > descriptors)
			(void)measure(active, ACTIVE); /* until it has seen that they are gone */
	}
	printf("%d active peers, %d idle ones, %d calls, %d rounds\n", ACTIVE, idle_count, calls, rounds);
	tell("median", median(half[0], rounds), median(half[1], rounds));
	tell("99 of 100", median(most[0], rounds), median(most[1], rounds));
	printf("an idle peer costs the daemon %.1f KiB of resident memory\n", (double)cost_kib / idle_count);
#ifndef ACTOR_SANITIZED /* such a heap has red zones */
	expect(cost_kib < (long)idle_count * IDLE_COST_KIB_MAX, "an idle peer is cheap");
#endif
	for (int i = 0; i < ACTIVE; i++)
		close(active[i]);
}

static int
argument(char **argv, int index, int limit)
{
	int value = argv[index] != NULL ? atoi(argv[index]) : 0;

	if (value >= 1 && value <= limit)
		return value;
	fprintf(stderr, "usage: peers IDLE CALLS ROUNDS, up to %d, %d and %d\n", IDLE_MAX, CALLS_MAX, ROUNDS_MAX);
	exit(2);
}

static void
raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int
run(char **argv)
{
	int idle = argument(argv, 1, IDLE_MAX), status = 0, notified;
	int calls = argument(argv, 2, CALLS_MAX), rounds = argument(argv, 3, ROUNDS_MAX);
	pid_t daemon;

	snprintf(directory, sizeof directory, "/tmp/actor-peers-XXXXXX");
	demand(mkdtemp(directory) != NULL, "mkdtemp");
	snprintf(registrar, sizeof registrar, "%s/registry.sock", directory);
	notified = bind_notified();
	daemon = start_daemon(notified);
	compare(daemon, idle, calls, rounds);
	kill(daemon, SIGTERM);
	demand(waitpid(daemon, &status, 0) == daemon, "waitpid");
	expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM, "the daemon ends by the signal");
	expect(rmdir(directory) == 0, "it leaves nothing in its directory");
	unlink(getenv("NOTIFY_SOCKET"));
	return failures != 0;
}

int
main(int argc, char **argv)
{
	raise_limit();
	if (argc == 3 && strcmp(argv[1], "serve") == 0)
		return worker_daemon(argc, argv, "server", argv[2]);
	if (argc != 4 && !worker_is_child())
		return argument((char *[]){ argv[0], NULL }, 1, 0);
	return run(argv);
}
