/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_OS_SIM_H
#define ACTI_OS_SIM_H

/*
 * The seam over a simulated world: processes, byte streams, time and memory, all in this process and all decided by
 * one seed.  Nothing here runs by itself: the layer above (sim/) gives each simulated process a stack, enters it, and
 * is told when it wants to be left.
 *
 * The idea, and much of what may go wrong here, is FoundationDB's ("Flow" and its simulator) and TigerBeetle's (VOPR):
 * https://apple.github.io/foundationdb/testing.html, https://github.com/tigerbeetle/tigerbeetle.
 *
 * One world is for one thread.  Misuse of the seam (a watch on a closed descriptor, a process reaped twice) is a finding: it
 * ends the run with acti_sim_fail().
 */

#include <os/os.h>
#include <stdio.h>

/* What may go wrong.  A seed turns about half of them off, and draws how often the others happen. */
enum acti_sim_fault {
	ACTI_SIM_PARTIAL,    /* reads and writes of fewer bytes than there are */
	ACTI_SIM_DELAY,      /* bytes, ends and deaths arrive late */
	ACTI_SIM_CLOG,       /* a stream stands still for a while */
	ACTI_SIM_RESET,      /* a stream breaks; what was under way is cut anywhere */
	ACTI_SIM_HALF_CLOSE, /* one direction of a stream ends */
	ACTI_SIM_WRITE,      /* a write fails */
	ACTI_SIM_KILL,       /* a process dies between two of its turns */
	ACTI_SIM_TORN,       /* a process dies within a call of the seam; a write may have begun */
	ACTI_SIM_SIGNAL,     /* a process gets SIGINT or SIGTERM from outside */
	ACTI_SIM_STOP,       /* a process stands still for a while */
	ACTI_SIM_SPAWN,      /* a spawn fails */
	ACTI_SIM_BOOT,       /* a process takes long to start */
	ACTI_SIM_MEMORY,     /* an allocation fails, or all from one on */
	ACTI_SIM_STACK,      /* a stack cannot be mapped */
	ACTI_SIM_CLOCK,      /* time jumps, as after a suspend */
	ACTI_SIM_ORPHAN,     /* the kernel kills a child some time after its parent has died */
	ACTI_SIM_STATUS,     /* somebody else reaps a child */
	ACTI_SIM_SPURIOUS,   /* readiness without cause */
	ACTI_SIM_SITE,       /* the fault points within the core: ACTI_MAYBE */
	ACTI_SIM_CONNECT,    /* who connects is refused though somebody listens; an accept fails for a while */
	ACTI_SIM_FAULTS,
};

enum acti_sim_policy {
	ACTI_SIM_FIFO,
	ACTI_SIM_LIFO,
	ACTI_SIM_RANDOM,
	ACTI_SIM_PRIORITY, /* fixed priorities of processes, changed at a few points: Burckhardt et al., ASPLOS 2010 */
	ACTI_SIM_POLICIES,
};

enum acti_sim_stage {
	ACTI_SIM_SPAWNED, /* has run nothing yet */
	ACTI_SIM_ALIVE,
	ACTI_SIM_ZOMBIE, /* has ended, and its parent has not taken its status */
	ACTI_SIM_REAPED,
};

#define ACTI_SIM_FOREVER UINT64_MAX

struct acti_sim;

struct acti_sim_process {
	struct acti_os os;
	struct acti_sim *sim;
	struct acti_list link; /* of all, in the order of their pids */
	pid_t pid;
	struct acti_sim_process *parent; /* NULL: the first, or its parent is gone */
	pid_t parent_pid;                /* of who spawned it; 0: nobody */
	enum acti_sim_stage stage;
	int status;            /* as waitpid()'s */
	bool by_fault;         /* killed by the simulator */
	bool by_order;         /* killed by a signal of another process */
	bool link_was_broken;  /* its link to its parent, by the simulator */
	bool peer_was_broken;  /* a stream of its to somebody else, by the simulator: so with both sides */
	bool was_told_to_stop; /* by its parent, on their link */
	bool memory_failed;    /* an allocation of its */
	bool has_death_signal; /* it is killed as soon as its parent dies; else a while later */
	bool has_taken_link;
	uint64_t ended_ns, orphaned_ns;
	uint64_t heard_ns;        /* when the last of what it wrote has arrived */
	uint64_t disturbed_ns;    /* when it last went on after it had stood still: stopped, or blocked */
	unsigned starts, replies; /* dialogs that its parent opened in it, and those that it ended, as written */
	unsigned peer_starts, peer_replies; /* the same on the streams that a connect has made */
	char title[100];
	char executable[64]; /* "": the first one's */
	/* what it holds */
	struct acti_list blocks, stacks;
	size_t bytes, descriptors, stack_count;
	struct acti_list timers, watches, signals;
	struct acti_list jobs;    /* that wait, or run: nobody can tell */
	uint32_t jobs_ready;      /* that may end */
	uint64_t pending_signals; /* a bit per number */
	unsigned signal_count;    /* that it took */
	int link_end;             /* inherited; -1: none */
	/* running */
	bool is_stopped, is_running, loop_stopped, wants_turn;
	uint64_t blocked_until_ns;
	uint32_t priority;
	void *loop_argument; /* what its loop was run with */
	void *runner;        /* of the layer above */
	const void *program; /* the same: what it runs, and its children with it */
};

struct acti_sim_hooks {
	void (*enter)(struct acti_sim_process *process); /* runs it until it leaves or ends */
	void (*leave)(struct acti_sim_process *process); /* within it: suspends it */
	void (*abandon)(struct acti_sim_process *process) __attribute__((noreturn)); /* within it: it has just died */
	void (*drop)(struct acti_sim_process *process); /* it has died: forget how it ran */
	/* Bytes that it wrote to a stream, whether or not they arrive. */
	void (*wrote)(struct acti_sim_process *process, int end, const unsigned char *bytes, size_t size);
	void (*start)(struct acti_sim *sim, size_t which); /* the time of a further root has come */
};

struct acti_sim_decisions {
	uint32_t *at;
	size_t count, capacity;
};

struct acti_sim {
	const struct acti_sim_hooks *hooks;
	uint64_t seed;
	uint64_t random[2];
	struct acti_sim_decisions taken;
	const uint32_t *given; /* decisions to take in place of the seed's; after them, always 0 */
	size_t given_count;
	uint64_t now_ns, sequence;
	uint64_t hash; /* of all that happened */
	FILE *trace;   /* NULL: none */
	struct acti_list processes;
	pid_t last_pid;
	struct sim_end *ends;
	size_t end_capacity;
	struct sim_pipe **pipes;
	size_t pipe_count, pipe_capacity;
	struct sim_name *names; /* of sockets; some are free */
	size_t name_count, name_capacity;
	struct sim_event *events; /* a heap */
	size_t event_count, event_capacity;
	struct acti_list idle_stacks;
	/* faults */
	uint32_t faults;          /* bits that are on */
	uint32_t fired;           /* bits that have done something */
	uint32_t sockets_allowed; /* bits that are on once a socket listens, if the seed says so */
	bool healed;
	uint64_t start_ns, heal_ns, healed_ns;
	enum acti_sim_policy policy, task_policy;
	uint64_t steps, calls, allocations, stacks;
	uint64_t kill_steps[2], stop_steps[2], signal_steps[2], break_steps[2], clog_steps[2], change_steps[3];
	uint64_t torn_call, write_call, jump_step, spawn_number, spawns;
	uint64_t allocation_at, stack_at;                /* 0: none fails */
	bool allocations_from;                           /* all from that on */
	size_t allocation_size_min, allocation_size_max; /* others do not count, and never fail; 0: all do */
	uint32_t sites_seed;
	size_t pipe_limit; /* bytes that a stream holds */
	/* the finding */
	char failure[1024]; /* "": none */
};

/* A world without processes, over and over: begin() drops all of the former run. */
void acti_sim_init(struct acti_sim *sim, const struct acti_sim_hooks *hooks);
void acti_sim_begin(struct acti_sim *sim, uint64_t seed, uint32_t allowed_faults);
void acti_sim_fini(struct acti_sim *sim);

/* A root: the first process, or a further one; `title` is for people. */
struct acti_sim_process *acti_sim_start(struct acti_sim *sim, const char *title);

/* Plans a further one, for after so long: hooks->start makes it. */
void acti_sim_start_later(struct acti_sim *sim, uint64_t delay_ns, size_t which);

/* Does the next thing; false: nothing is left to happen. */
bool acti_sim_step(struct acti_sim *sim);

/* No more faults; clogs open, stopped processes go on. */
void acti_sim_heal(struct acti_sim *sim);

/* Something held that should not.  The first one counts. */
void acti_sim_fail(struct acti_sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A decision: below `count`, which is above 0. */
uint32_t acti_sim_choose(struct acti_sim *sim, uint32_t count);
bool acti_sim_chance(struct acti_sim *sim, uint32_t one_in);

/* Notes what happens: into the hash, and if `trace` is set as a line. */
void acti_sim_note(struct acti_sim *sim, const struct acti_sim_process *process, const char *what, uint64_t a,
                   uint64_t b);

/* ---- processes ---- */

struct acti_sim_process *acti_sim_find(struct acti_sim *sim, pid_t pid); /* also a dead one; NULL: never was */

/* Its main function has returned; called outside it. */
void acti_sim_returned(struct acti_sim_process *process, int status);

/* Ends it from outside.  `status` as waitpid()'s. */
void acti_sim_end(struct acti_sim_process *process, int status);

/* As kill(): may end it. */
void acti_sim_signal(struct acti_sim_process *process, int number);

/* Within it: as a system call that blocks. */
void acti_sim_block(struct acti_sim_process *process, uint64_t until_ns);

/* The process at the other end of this one, or that listens there and has not accepted yet; NULL: none. */
struct acti_sim_process *acti_sim_peer(struct acti_sim *sim, int end);

/* Whether a connect has made it; else it is between a parent and its child. */
bool acti_sim_is_peer_stream(struct acti_sim *sim, int end);

/* What is written at this end, and what is read there: numbers that are never used again in a run. */
uint64_t acti_sim_stream_out(struct acti_sim *sim, int end);
uint64_t acti_sim_stream_in(struct acti_sim *sim, int end);
uint64_t acti_sim_stream_read(struct acti_sim *sim, uint64_t stream); /* bytes, so far */

/* ---- within os/ ---- */

enum sim_event_kind {
	SIM_ARRIVE, /* bytes of pipe `a` up to `b` */
	SIM_END,    /* of pipe `a` */
	SIM_BOOT,   /* of process `a` */
	SIM_EXIT,   /* of process `a` is told by its pidfd */
	SIM_CONTINUE,
	SIM_ORPHAN, /* process `a` is killed, as its parent is gone */
	SIM_JOB,    /* of process `a` may end */
	SIM_HEAL,
	SIM_START,     /* the further root `a` */
	SIM_CONNECTED, /* what is read from pipe `a` can be accepted */
};

void acti_sim_event(struct acti_sim *sim, uint64_t time_ns, enum sim_event_kind kind, uint64_t a, uint64_t b);
void acti_sim_streams_reset(struct acti_sim *sim);
void acti_sim_streams_free(struct acti_sim *sim);
void acti_sim_pair(struct acti_sim_process *one, struct acti_sim_process *other, int *ret_one, int *ret_other);
int acti_sim_open_pidfd(struct acti_sim_process *owner, struct acti_sim_process *child);
struct acti_sim_process *acti_sim_pidfd_process(struct acti_sim *sim, int fd);
bool acti_sim_pidfd_is_told(struct acti_sim *sim, int fd);
void acti_sim_exit_is_told(struct acti_sim *sim, pid_t pid);
void acti_sim_arrived(struct acti_sim *sim, uint64_t pipe, uint64_t upto);
void acti_sim_pipe_ended(struct acti_sim *sim, uint64_t pipe);
void acti_sim_break_random(struct acti_sim *sim);
void acti_sim_close_all(struct acti_sim_process *process);
bool acti_sim_on(struct acti_sim *sim, enum acti_sim_fault fault); /* and takes it as fired */
bool acti_sim_may(const struct acti_sim *sim, enum acti_sim_fault fault);
void acti_sim_dies_here(struct acti_sim_process *process); /* the torn death, if its call has come */
struct acti_sim_process *acti_sim_of(struct acti_os *os);
int acti_sim_watch_start(struct acti_os *os, struct acti_watch *watch, int fd, unsigned readiness);
void acti_sim_watch_change(struct acti_os *os, struct acti_watch *watch, unsigned readiness);
void acti_sim_watch_stop(struct acti_os *os, struct acti_watch *watch);
ssize_t acti_sim_read(struct acti_os *os, int fd, void *buffer, size_t size);
ssize_t acti_sim_write(struct acti_os *os, int fd, const void *buffer, size_t size);
void acti_sim_close(struct acti_os *os, int fd);
void acti_sim_shutdown(struct acti_os *os, int fd);
bool acti_sim_is_half_closed(struct acti_os *os, int fd);
int acti_sim_socket_directory(struct acti_os *os, const char *path, bool is_shared, const char **reterr_why);
void acti_sim_socket_directory_sweep(struct acti_os *os, const char *path);
void acti_sim_socket_remove(struct acti_os *os, const char *path);
int acti_sim_listen(struct acti_os *os, const char *path, bool is_shared, struct acti_listener_socket *ret_socket,
                    pid_t *reterr_holder, const char **reterr_why);
int acti_sim_inherited_listener(struct acti_os *os, size_t index, struct acti_listener_socket *ret_socket,
                                const char **reterr_why);
void acti_sim_listen_end(struct acti_os *os, struct acti_listener_socket *socket);
int acti_sim_accept(struct acti_os *os, int fd, struct acti_credentials *ret_who);
int acti_sim_connect(struct acti_os *os, const char *path, struct acti_credentials *ret_who);
void acti_sim_connected(struct acti_sim *sim, uint64_t pipe);
bool acti_sim_watch_is_ready(struct acti_sim *sim, struct acti_list *link); /* one of process->watches */
struct acti_watch *acti_sim_watch_at(struct acti_list *link);
void acti_sim_watch_fire(struct acti_sim_process *process, struct acti_watch *watch, bool for_nothing);
void acti_sim_break(struct acti_sim *sim, int fd);
void acti_sim_handle_events(struct acti_sim_process *process);

/* Whether sockets have faults of their own: drawn when the first one listens. */
void acti_sim_plan_sockets(struct acti_sim *sim);

/* A path at which it listens, or that it left; NULL: there is none. */
const char *acti_sim_name_left(const struct acti_sim_process *process, bool *ret_listens);

#endif
