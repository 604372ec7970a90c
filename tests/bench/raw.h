/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_RAW_H
#define BENCH_RAW_H

/*
 * What the calls are held against: two processes that pass the same bytes through a socketpair, and do nothing else.
 * What has come in one read is answered in one write.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Of a call of Echo with the benches' value. */
struct raw_sizes {
	size_t request, reply;
};
struct raw_sizes raw_sizes(void);

struct raw_end {
	int fd;
	int epoll_fd; /* waits for `fd`; -1: reads block */
};

struct raw_peer {
	struct raw_end end;
	pid_t pid; /* 0: there is none */
	size_t in_flight;
	size_t size, batch; /* of a source */
};

/* Starts the other process, on that CPU. */
int raw_open(struct raw_peer *peer, bool by_epoll, size_t in_flight, int cpu);
void raw_close(struct raw_peer *peer);

/* `count` exchanges with the struct raw_peer `argument`, as many at a time as it says: for a race. */
int raw_run(void *argument, uint64_t count);

/* One that sends `size` bytes for each thing that it is asked for, as many in one write as `batch` says. */
int raw_open_source(struct raw_peer *peer, size_t size, size_t batch, int cpu);
int raw_pull(void *argument, uint64_t count);

bool raw_write_all(int fd, const void *bytes, size_t size);
bool raw_read_all(int fd, void *bytes, size_t size);

#endif
