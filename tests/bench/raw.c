/* SPDX-License-Identifier: BSD-2-Clause */
#include "raw.h"

#include <actor/error.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wire/frame.h>

#include "bench.h"
#include "place.h"
#include "server.h"

#define BUFFER_SIZE 65536
#define LINK_FD 3
#define RAW_BATCH_BYTES_MAX (2u * 1024 * 1024)

struct raw_sizes
raw_sizes(void)
{
	size_t payload = bench__number__get_packed_size(SERVER_NUMBER);

	return (struct raw_sizes){
		.request = ACTI_FRAME_HEADER_SIZE + ACTI_START_PREFIX_SIZE + payload,
		.reply = ACTI_FRAME_HEADER_SIZE + payload,
	};
}

/* ---- both ends ---- */

bool
raw_write_all(int fd, const void *bytes, size_t size)
{
	const char *at = bytes;

	while (size > 0) {
		ssize_t count = send(fd, at, size, MSG_NOSIGNAL);

		if (count < 0 && errno != EINTR)
			return false;
		if (count > 0) {
			at += count;
			size -= (size_t)count;
		}
	}
	return true;
}

/* What is there, at least one byte; 0: the end, or an error. */
static size_t
read_some(const struct raw_end *end, void *bytes, size_t size)
{
	struct epoll_event event;
	ssize_t count;

	if (end->epoll_fd >= 0)
		while (epoll_wait(end->epoll_fd, &event, 1, -1) < 0)
			if (errno != EINTR)
				return 0;
	do
		count = recv(end->fd, bytes, size, 0);
	while (count < 0 && errno == EINTR);
	return count > 0 ? (size_t)count : 0;
}

bool
raw_read_all(int fd, void *bytes, size_t size)
{
	const struct raw_end end = { .fd = fd, .epoll_fd = -1 };
	char *at = bytes;

	while (size > 0) {
		size_t count = read_some(&end, at, size);

		if (count == 0)
			return false;
		at += count;
		size -= count;
	}
	return true;
}

static int
watch(int fd)
{
	struct epoll_event event = { .events = EPOLLIN };
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);

	if (epoll_fd >= 0 && epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
		close(epoll_fd);
		return -1;
	}
	return epoll_fd;
}

/* ---- the other process ---- */

static void
serve(const struct raw_end *end)
{
	const struct raw_sizes sizes = raw_sizes();
	static char in[BUFFER_SIZE], out[BENCH_IN_FLIGHT * BUFFER_SIZE / 1024];
	size_t got, have = 0;

	while ((got = read_some(end, in, sizeof in)) > 0) {
		have += got;
		if (!raw_write_all(end->fd, out, have / sizes.request * sizes.reply))
			break;
		have %= sizes.request;
	}
}

/* Asked for a number of things, it gives them. */
static void
give(const struct raw_peer *peer, int fd)
{
	static char out[RAW_BATCH_BYTES_MAX];
	uint64_t count;

	while (raw_read_all(fd, &count, sizeof count))
		while (count > 0) {
			size_t now = count < peer->batch ? (size_t)count : peer->batch;

			if (!raw_write_all(fd, out, now * peer->size))
				return;
			count -= now;
		}
}

/* The child has nothing of ours but its end: the links to other children would live on in it. */
static _Noreturn void
be_peer(const struct raw_peer *peer, int fd, bool by_epoll, int cpu)
{
	struct raw_end end = { .fd = LINK_FD, .epoll_fd = -1 };

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(fd, LINK_FD) < 0 || close_range(LINK_FD + 1, ~0u, 0) != 0 || !place_move(cpu))
		_exit(1);
	if (by_epoll) {
		end.epoll_fd = watch(LINK_FD);
		if (end.epoll_fd < 0)
			_exit(1);
	}
	if (peer->size > 0)
		give(peer, LINK_FD);
	else
		serve(&end);
	_exit(0);
}

static int
open_peer(struct raw_peer *peer, bool by_epoll, int cpu)
{
	int ends[2];

	peer->end = (struct raw_end){ -1, -1 };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return actor_fail(ACTOR_ESPAWN, "socketpair: %s", strerror(errno));
	peer->end.fd = ends[0];
	peer->pid = fork();
	if (peer->pid == 0)
		be_peer(peer, ends[1], by_epoll, cpu);
	close(ends[1]);
	if (peer->pid < 0) {
		peer->pid = 0;
		return actor_fail(ACTOR_ESPAWN, "fork: %s", strerror(errno));
	}
	if (by_epoll && (peer->end.epoll_fd = watch(ends[0])) < 0)
		return actor_fail(ACTOR_ESPAWN, "epoll: %s", strerror(errno));
	return 0;
}

int
raw_open(struct raw_peer *peer, bool by_epoll, size_t in_flight, int cpu)
{
	*peer = (struct raw_peer){ .in_flight = in_flight };
	return open_peer(peer, by_epoll, cpu);
}

int
raw_open_source(struct raw_peer *peer, size_t size, size_t batch, int cpu)
{
	*peer = (struct raw_peer){ .size = size, .batch = batch };
	return open_peer(peer, false, cpu);
}

void
raw_close(struct raw_peer *peer)
{
	if (peer->end.epoll_fd >= 0)
		close(peer->end.epoll_fd);
	if (peer->end.fd >= 0)
		close(peer->end.fd);
	if (peer->pid > 0)
		while (waitpid(peer->pid, NULL, 0) < 0 && errno == EINTR)
			;
	*peer = (struct raw_peer){ .end = { -1, -1 } };
}

/* ---- this process ---- */

int
raw_run(void *argument, uint64_t count)
{
	const struct raw_peer *peer = argument;
	const struct raw_sizes sizes = raw_sizes();
	uint64_t to_send = count, to_get = count;
	size_t room = peer->in_flight, got, have = 0;
	char out[BENCH_IN_FLIGHT * 64] = { 0 }, in[BUFFER_SIZE];

	while (to_get > 0) {
		size_t now = room < to_send ? room : (size_t)to_send;

		if (!raw_write_all(peer->end.fd, out, now * sizes.request))
			return actor_fail(ACTOR_EPEERGONE, "the reference: send: %s", strerror(errno));
		to_send -= now;
		room -= now;
		got = read_some(&peer->end, in, sizeof in);
		if (got == 0)
			return actor_fail(ACTOR_EPEERGONE, "the reference has ended");
		have += got;
		room += have / sizes.reply;
		to_get -= have / sizes.reply;
		have %= sizes.reply;
	}
	return 0;
}

int
raw_pull(void *argument, uint64_t count)
{
	const struct raw_peer *peer = argument;
	uint64_t left = count * peer->size;
	static char in[4 * BUFFER_SIZE];

	if (!raw_write_all(peer->end.fd, &count, sizeof count))
		return actor_fail(ACTOR_EPEERGONE, "the reference: send: %s", strerror(errno));
	while (left > 0) {
		size_t got = read_some(&peer->end, in, left < sizeof in ? (size_t)left : sizeof in);

		if (got == 0)
			return actor_fail(ACTOR_EPEERGONE, "the reference has ended");
		left -= got;
	}
	return 0;
}
