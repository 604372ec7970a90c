/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_OS_SIM_INTERNAL_H
#define ACTI_OS_SIM_INTERNAL_H

/* Descriptors of the simulated world, shared by streams and by sockets that have names. */

#include <os/sim.h>

#define NS_PER_US 1000u
#define ACTI_SIM_USER 1000 /* whom all processes belong to */

struct sim_pipe {
	unsigned char *data;
	size_t capacity, start, arrived, size; /* [start, arrived) can be read, [arrived, size) is under way */
	size_t arriving;                       /* what the events know of: at most `size` */
	uint64_t clogged_until_ns, last_arrival_ns;
	bool write_closed, read_closed, ended, broken;
	int error; /* that reading gives in place of the end */
};

struct sim_end {
	bool is_open;
	bool is_peer;    /* of a stream that a connect has made: neither side is the other's child for that */
	bool is_waiting; /* in the queue of a listening socket: its owner cannot use it yet */
	bool is_there;   /* there, and can be accepted */
	struct acti_sim_process *owner;
	int peer;          /* -1: it is gone, or there is none */
	uint64_t in, out;  /* pipes */
	pid_t pid;         /* of the process that this stands for; 0: it is no process's */
	size_t name;       /* that it listens under, counted from 1; 0: it does not listen */
	bool exit_is_told; /* it has ended, and that can be seen */
	struct acti_watch *watch;
	unsigned readiness;
};

int acti_sim_open_end(struct acti_sim_process *owner);

/* One of the process's own; NULL, and a finding, if it is not. */
struct sim_end *acti_sim_own_end(struct acti_sim_process *process, int fd);

/* The same, for what it can read and write, or listen at. */
struct sim_end *acti_sim_own_stream(struct acti_sim_process *process, int fd);
struct sim_end *acti_sim_own_listener(struct acti_sim_process *process, int fd);

/* A stream's end goes, in whatever way. */
void acti_sim_close_end(struct acti_sim *sim, struct sim_end *end);

/* What comes now arrives so much later. */
uint64_t acti_sim_latency_ns(struct acti_sim *sim);

/* ---- sockets with names ---- */

/* Whether a connection can be accepted. */
bool acti_sim_somebody_waits(struct acti_sim *sim, const struct sim_end *listener);

/* The listening end goes with its process: its name stays, and nobody is behind it. */
void acti_sim_listener_dies(struct acti_sim *sim, const struct sim_end *listener);

#endif
