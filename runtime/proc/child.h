/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_PROC_CHILD_H
#define ACTI_PROC_CHILD_H

/* The record of a spawned process: made by spawn.c, lives by child.c. */

#include <proc/crash.h>
#include <proc/proc.h>

enum acti_child_stage {
	ACTI_CHILD_STARTING,   /* it has until the start timeout */
	ACTI_CHILD_SERVING,    /* nothing is timed */
	ACTI_CHILD_ASKED,      /* a Cancel is sent, and not acknowledged */
	ACTI_CHILD_GOING,      /* acknowledged: it has its budget */
	ACTI_CHILD_UNLINKED,   /* its link ended, its end as a process must follow */
	ACTI_CHILD_TERMINATED, /* SIGTERM is sent */
	ACTI_CHILD_KILLED,     /* SIGKILL is sent */
	ACTI_CHILD_REPORTING,  /* it has crashed, and is reaped; the trace of that is being made */
};

struct acti_child_process {
	struct acti_child child;
	struct actor *actor; /* its parent: us */
	struct actor_uid uid;
	uint64_t number;                                    /* as a peer's: later ones have greater ones */
	char listen[ACTI_ADDRESSES_MAX][ACTI_ADDRESS_SIZE]; /* that it was told to have */
	size_t listen_count;
	struct acti_connection connection;
	struct acti_process process;
	struct acti_watch watch; /* of its pidfd */
	struct acti_timer timer; /* of the stage */
	enum acti_child_stage stage;
	uint64_t since_ns; /* when that began */
	uint64_t start_timeout_ms;
	bool is_booted;
	bool is_asked; /* to stop */
	bool is_acked;
	unsigned signals_sent; /* by us: the bits of their numbers */
	bool said_bye;
	bool is_gone;             /* reaped, and its dialogs have ended */
	bool is_pinged;           /* it owes an answer */
	bool is_slow;             /* it has owed one for too long */
	uint32_t reads;           /* its link's, when it was last looked at */
	int status;               /* as waitpid()'s; -1: unknown */
	unsigned references;      /* tasks that wait for it */
	struct acti_list waiters; /* for is_booted, is_acked, is_gone */
	struct actor_error loss;
	struct acti_crash_report report;
	struct acti_portal *portal;
	struct acti_list sibling; /* among the processes of its parent */
	struct acti_list retired_link;
};

extern const struct acti_connection_ops acti_child_connection_ops;

/* Follows its process and its link from now on; all of it is made. */
int acti_child_process_watch(struct acti_child_process *child);

/* It is reaped, and all is known: tells everybody. */
void acti_child_process_gone(struct acti_child_process *child);

/* view.c */
void acti_child_process_view(struct acti_view *view, const struct acti_child *child);

/* Where a task waits: on `waiters`. */
void acti_waiting_for_start(struct acti_view *view, const struct acti_task *task);
void acti_waiting_for_stop(struct acti_view *view, const struct acti_task *task);

/* Frees it if nothing needs it any more, between two turns. */
void acti_child_process_retire(struct acti_child_process *child);

/* Gives up the memory of one that was never watched, or is retired. */
void acti_child_process_free(struct acti_child_process *child);

#endif
