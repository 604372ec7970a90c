/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_PROC_PROC_H
#define ACTI_PROC_PROC_H

/* An actor as a process: its way from start to end, its parent, and its children. */

#include <net/transport.h>
#include <rpc/connection.h>
#include <rpc/portal.h>

enum acti_phase {
	ACTI_PHASE_STARTING, /* a child: until its modules are open */
	ACTI_PHASE_RUNNING,
	ACTI_PHASE_CLOSING, /* no task or child is left; the modules are closed */
	ACTI_PHASE_LEAVING, /* what is queued for the parent leaves */
};

struct acti_proc;

/* What proc asks of discovery, which is above it.  In this order; all but the last run in tasks, and may await. */
struct acti_discovery_ops {
	/*
	 * The actor's modules are open: it is to listen, and to join its registries, or it fails.  A root's task runs
	 * after that, and a child tells its parent after that.
	 */
	int (*start)(struct acti_proc *proc) ACTOR_AWAITS;
	/* Its modules are closed: it leaves its registries. */
	void (*leave)(struct acti_proc *proc);
	void (*fini)(struct acti_proc *proc);
};

/* A socket that others connect to. */
struct acti_listener {
	struct acti_proc *proc;
	struct acti_listener_socket socket; /* fd -1: none */
	struct acti_watch watch;
	struct acti_timer pause; /* when descriptors are short */
};

#define ACTI_LISTENERS_MAX 8
#define ACTI_ADDRESSES_MAX 4 /* that are asked for */
#define ACTI_REGISTRIES_MAX 4

/* Lines that strangers bring about: so many in a while, and the rest is counted. */
struct acti_log_budget {
	uint64_t since_ns;
	uint32_t lines, dropped;
};

/* Where an actor is to be found, and by what. */
struct acti_place {
	char registries[ACTI_REGISTRIES_MAX][ACTI_SOCKET_PATH_SIZE]; /* directories */
	size_t registry_count;
	bool only_looks;                                    /* in them: it is not entered there */
	char listen[ACTI_ADDRESSES_MAX][ACTI_ADDRESS_SIZE]; /* asked for */
	size_t listen_count;
	char root_address[ACTI_ADDRESS_SIZE]; /* "": it has none */
};

struct acti_proc {
	struct actor actor;
	enum acti_phase phase;
	int argc;
	char **argv;
	int status; /* of the process: main()'s result */
	int signal; /* that ended it; 0: none */
	struct acti_signal interrupt, terminate, show;
	bool has_parent;
	bool parent_is_gone;
	struct acti_connection parent;
	struct acti_timer handshake; /* runs until the parent's SpawnSpec is here */
	struct actor_error parent_loss;
	uint64_t deadline_ns;    /* at which somebody ends this actor by force; 0: nobody does */
	uint64_t signalled_ns;   /* when `signal` came */
	bool is_forced;          /* what is left of it ends now: its children by SIGKILL, its tasks by being dropped */
	struct acti_timer force; /* the time for that */
	uint32_t tracer_count;   /* processes that make the trace of a crash */
	uint32_t child_count;    /* processes that are not reaped */
	struct acti_list children; /* these; struct acti_child_process */
	struct acti_timer pings;
	uint64_t ping_due_ns;
	uint64_t started_ns;
	struct acti_list retired; /* children whose memory may go, between two turns */
	const char *daemon_name;  /* NULL: it is no daemon of actor_run_daemon() */
	/* peers */
	struct acti_listener listeners[ACTI_LISTENERS_MAX];
	size_t listener_count;
	struct acti_list strangers, peers, retired_peers; /* struct acti_peer */
	uint32_t stranger_count, peer_count;
	uint64_t last_peer;        /* its number */
	struct acti_timer stalled; /* runs while the actor stops: who takes nothing then is left */
	struct acti_log_budget stranger_log;
	struct actor_error stranger_loss; /* what ended one of them: for no one */
	/* discovery */
	const struct acti_discovery_ops *discovery; /* NULL: none */
	struct acti_place place;
	struct acti_discovery *discovered; /* its own */
};

static inline struct acti_proc *
acti_proc_of(struct actor *actor)
{
	return acti_container_of(actor, struct acti_proc, actor);
}

/* What a process is to be. */
struct acti_proc_options {
	int argc;
	char **argv;
	const struct actor_program *program;
	const struct acti_limits *limits;
	const struct acti_discovery_ops *discovery; /* NULL: its actor is found by nobody */
	const char *daemon_name;                    /* NULL: it is not a daemon's root */
};

/*
 * The whole life of the actor that this process is, over any seam; gives the process's exit status, and the signal
 * that ended it (0: none), by which the process should end.
 */
int acti_proc_main(struct acti_os *os, const struct acti_proc_options *options, int *ret_signal);

/* Opens the modules that it serves, in a task. */
int acti_proc_open_modules(struct acti_proc *proc) ACTOR_AWAITS;

/* Enables a module: those for all come before those for the family. */
int acti_proc_serve(struct acti_proc *proc, const struct actor_module *module, bool is_for_family);

/* Its parent's side: takes the link, and lives as the parent says. */
int acti_parent_open(struct acti_proc *proc, int link);

/* ---- supervision.c ---- */

void acti_supervision_init(struct acti_proc *proc);

/* Somebody ends this actor by force when so many milliseconds have passed; 0: nobody.  The earliest counts. */
void acti_supervision_set_budget(struct acti_proc *proc, uint32_t budget_ms);

/* When the last child must have ended, so that its parent outlasts it; UINT64_MAX: no matter. */
uint64_t acti_supervision_limit_ns(const struct acti_proc *proc);

/* From now on a task that does not yield is told of. */
void acti_supervision_watch(struct acti_proc *proc);

/* What is left of this actor ends now: its children get SIGKILL, its tasks are dropped. */
void acti_supervision_force(struct acti_proc *proc);

/* The same, when its deadline has passed: for one whom nobody else would end. */
void acti_supervision_force_in_time(struct acti_proc *proc);

/* The first child is there, or the last has gone: they are pinged from, or until, now. */
void acti_supervision_start_pings(struct acti_proc *proc);
void acti_supervision_stop_pings(struct acti_proc *proc);

/* Frees the children that have gone. */
void acti_children_sweep(struct acti_proc *proc);

/* Shows what the actor is doing, and has its children do the same. */
void acti_proc_view(struct acti_proc *proc);

/* ---- one child ---- */

struct acti_child_process;

/* Asks it to stop, and then, step by step, makes it; nothing if that is under way. */
void acti_child_process_stop(struct acti_child_process *child);

/* Ends it now. */
void acti_child_process_kill(struct acti_child_process *child);

/* The time that it has left may have become less. */
void acti_child_process_hurry(struct acti_child_process *child);

/* Looks whether it lives, and asks it if it has been silent.  `judges`: silence counts against it. */
void acti_child_process_check(struct acti_child_process *child, bool judges);

/* Keeps the portal beyond its nursery, until the task that opened that ends. */
void acti_child_process_keep_portal(struct acti_portal *portal, struct acti_task *task);

/* ---- one-shots ---- */

void acti_one_shot_free(struct acti_portal *portal); /* NULL one_shot is fine */

#endif
