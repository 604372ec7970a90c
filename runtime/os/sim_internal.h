/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_OS_SIM_INTERNAL_H
#define ACTI_OS_SIM_INTERNAL_H

/*
 * What the files of the simulated world share.  sim.c has its decisions, its events and its steps, sim_fault.c what goes
 * wrong, sim_table.c the table of the seam, sim_process.c processes, sim_memory.c what they hold, sim_loop.c what they wait
 * for, sim_stream.c their descriptors, and sim_socket.c those that have names.
 */

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

extern const struct acti_os_ops acti_sim_ops;

/* ---- decisions ---- */

uint64_t acti_sim_draw(struct acti_sim *sim); /* that nobody has to know of when the run is shrunk */

/* 1 and up, each power of two as likely as the next. */
uint64_t acti_sim_soon_or_late(struct acti_sim *sim, uint32_t bits);

void acti_sim_plan(struct acti_sim *sim, uint32_t allowed_faults);
void acti_sim_inject(struct acti_sim *sim); /* what is planned for this step */

/* ---- memory ---- */

/* Of the simulator's own; what it simulates fails elsewhere. */
void acti_sim_out_of_memory(const void *block);

void *acti_sim_allocate(struct acti_memory *memory, size_t size);
void acti_sim_release(struct acti_memory *memory, void *block);
void *acti_sim_stack_map(struct acti_os *os, size_t size);
void acti_sim_stack_unmap(struct acti_os *os, void *memory, size_t size);
void acti_sim_drop_memory(struct acti_sim_process *process);
void acti_sim_stacks_free(struct acti_sim *sim);

/* ---- the loop of a process ---- */

void acti_sim_timer_start(struct acti_os *os, struct acti_timer *timer, uint64_t deadline_ns);
void acti_sim_timer_stop(struct acti_os *os, struct acti_timer *timer);
uint64_t acti_sim_next_timer(const struct acti_sim_process *process);
int acti_sim_signal_start(struct acti_os *os, struct acti_signal *signal, int number);
void acti_sim_signal_stop(struct acti_os *os, struct acti_signal *signal);
bool acti_sim_takes_signal(const struct acti_sim_process *process, int number);
int acti_sim_job_start(struct acti_os *os, struct acti_job *job, uint32_t threads_max);
bool acti_sim_job_withdraw(struct acti_os *os, struct acti_job *job);
int acti_sim_loop_run(struct acti_os *os, bool (*turn)(void *argument), void *argument);
void acti_sim_loop_stop(struct acti_os *os);
bool acti_sim_can_run(struct acti_sim_process *process);

/* ---- processes ---- */

int acti_sim_spawn(struct acti_os *os, const struct acti_spawn *plan, struct acti_process *ret_process, int *ret_link,
                   const char **ret_step);
int acti_sim_process_reap(struct acti_os *os, struct acti_process *process, int *ret_status);
int acti_sim_process_kill(struct acti_os *os, const struct acti_process *process, int signal);
void acti_sim_process_close(struct acti_os *os, struct acti_process *process);
void acti_sim_process_end(struct acti_os *os, struct acti_process *process);
void acti_sim_boot(struct acti_sim_process *process);
void acti_sim_end_orphan(struct acti_sim_process *process);

/* ---- descriptors ---- */

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
