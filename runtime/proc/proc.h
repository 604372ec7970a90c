/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_PROC_PROC_H
#define ACTI_PROC_PROC_H

/* An actor as a process: its way from start to end, its parent, and its children. */

#include <rpc/connection.h>
#include <rpc/portal.h>

/* Each hop gives its children that much less of its own budget. */
#define ACTI_BUDGET_HOP_MS 20

enum acti_phase {
	ACTI_PHASE_STARTING, /* a child: until its modules are open */
	ACTI_PHASE_RUNNING,
	ACTI_PHASE_CLOSING, /* no task or child is left; the modules are closed */
	ACTI_PHASE_LEAVING, /* what is queued for the parent leaves */
};

struct acti_proc {
	struct actor actor;
	enum acti_phase phase;
	int argc;
	char **argv;
	int status; /* of the process: main()'s result */
	int signal; /* that ended it; 0: none */
	struct acti_signal interrupt, terminate;
	bool has_parent;
	bool parent_is_gone;
	struct acti_connection parent;
	struct acti_timer handshake; /* runs until the parent's SpawnSpec is here */
	struct actor_error parent_loss;
	uint32_t budget_ms;       /* to end in; 0: nobody has cancelled this actor */
	uint32_t child_count;     /* processes that are not reaped */
	struct acti_list retired; /* children whose memory may go, between two turns */
};

static inline struct acti_proc *
acti_proc_of(struct actor *actor)
{
	return acti_container_of(actor, struct acti_proc, actor);
}

/*
 * The whole life of the actor that this process is, over any seam; gives the process's exit status, and the signal
 * that ended it (0: none), by which the process should end.
 */
int acti_proc_main(struct acti_os *os, int argc, char **argv, const struct actor_program *program,
                   const struct acti_limits *limits, int *ret_signal);

/* Its parent's side: takes the link, and lives as the parent says. */
int acti_parent_open(struct acti_proc *proc, int link);

/* Frees the children that have gone. */
void acti_children_sweep(struct acti_proc *proc);

/* ---- one child ---- */

struct acti_child_process;

/* Asks it to stop, and then, step by step, makes it; nothing if that is under way. */
void acti_child_process_stop(struct acti_child_process *child);

/* Keeps the portal beyond its nursery, until the task that opened that ends. */
void acti_child_process_keep_portal(struct acti_portal *portal, struct acti_task *task);

/* ---- one-shots ---- */

void acti_one_shot_free(struct acti_portal *portal); /* NULL one_shot is fine */

#endif
