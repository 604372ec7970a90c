/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_TASK_TASK_H
#define ACTI_TASK_TASK_H

/*
 * Tasks and their scheduler.  A task runs on a stack of its own until it waits; the loop's stack runs the ready
 * ones in turn.  All of it belongs to one actor and one thread.
 */

#include <base/error.h>
#include <base/memory.h>
#include <os/os.h>
#include <task/coroutine.h>
#include <task/scope.h>
#include <task/view.h>

struct acti_nursery;

/* A place in the table of nurseries.  Its generation grows with each nursery that had it, so that a stale handle is seen. */
struct acti_nursery_slot {
	struct acti_nursery *nursery; /* NULL: free */
	uintptr_t generation;
	uint32_t next_free;
};

struct acti_scheduler {
	struct acti_os *os;
	struct actor *actor; /* whose it is */
	const struct actor_uid *uid;
	struct acti_pool pool;
	struct acti_error_pool errors;
	struct acti_list ready;
	uint32_t ready_count;
	struct acti_list idle_stacks; /* struct acti_task, ended */
	uint32_t idle_count;
	uint32_t stack_count;   /* mapped so far */
	struct acti_list tasks; /* all that have not ended */
	uint32_t task_count;
	struct acti_nursery_slot *nursery_slots;
	uint32_t nursery_slot_count;
	uint32_t free_nursery_slot; /* nursery_slot_count: none */
	struct acti_coroutine loop;
	struct acti_watchdog watchdog;
	uint32_t threads_max; /* for work that blocks */
};

enum acti_task_state {
	ACTI_TASK_NEW,
	ACTI_TASK_READY,
	ACTI_TASK_RUNNING,
	ACTI_TASK_WAITING,
	ACTI_TASK_ENDED,
};

/* Something to be undone when a task ends. */
struct acti_cleanup {
	struct acti_list link;
	void (*fn)(struct acti_cleanup *cleanup);
};

/* Says what it knows of a task; where that waits ("waits for ..."), its queue lies in what is waited for. */
typedef void acti_tell_fn(struct acti_view *view, const struct acti_task *task);

/* Lives at the top of its own stack. */
struct acti_task {
	struct acti_list link; /* of the ready queue, or of what it waits on */
	struct acti_list all_link;
	struct acti_scheduler *scheduler;
	struct acti_coroutine coroutine;
	enum acti_task_state state;
	bool interruptible; /* waiting, and to be woken by a cancellation */
	bool interrupted;
	/* of a wait: what the live view tells of it */
	acti_tell_fn *place;
	const struct acti_list *queue;
	uint64_t since_ns;
	const char *name; /* "Square", "root", "task"; for people */
	int (*fn)(void *argument);
	void *argument;
	void (*ended)(struct acti_task *task, int rc); /* on the task's own stack, its last act */
	void *owner;                                   /* for `ended` */
	const struct actor_endpoint *serves;           /* NULL: it is not an endpoint's */
	const struct actor_service *service;           /* of that */
	bool serves_itself;                            /* it called that, and runs it in its own place */
	acti_tell_fn *title;                           /* " demo.Tree.Square for ..."; NULL: its name will do */
	struct acti_scope *scope;                      /* the innermost */
	struct acti_scope root_scope;
	struct acti_list nurseries; /* that it has open, the innermost last */
	struct acti_list cleanups;
	struct acti_list blocks; /* its memory */
	void *stack;
	size_t stack_size;
	unsigned stack_id;
	struct actor_error error; /* actor_error_last() */
};

/* `uid`, of the actor, is borrowed. */
int acti_scheduler_init(struct acti_scheduler *scheduler, struct acti_os *os, struct actor *actor,
                        const struct actor_uid *uid);
void acti_scheduler_fini(struct acti_scheduler *scheduler); /* no task is left */

/* Runs ready tasks, a bounded number of them; true: there are more. */
bool acti_scheduler_run(struct acti_scheduler *scheduler);

/* The one that runs; NULL: the loop's stack, or a thread without an actor. */
struct acti_task *acti_task_current(void);

/* A task that does not run yet, with a scope in `parent`; NULL when memory is spent. */
struct acti_task *acti_task_new(struct acti_scheduler *scheduler, struct acti_scope *parent, const char *name);
void acti_task_start(struct acti_task *task, int (*fn)(void *argument), void *argument,
                     void (*ended)(struct acti_task *task, int rc), void *owner);
void acti_task_discard(struct acti_task *task); /* one that was not started */

/*
 * Suspends the running task on `queue` until acti_wake(); `place` says where that is.  0, or its scope's cause, at once or when that comes
 * while it waits: then it is off the queue, and the error is set.
 */
int acti_wait(struct acti_list *queue, acti_tell_fn *place) ACTOR_AWAITS;

/* The same, but the task's error stays: for one that may be set by what is waited for. */
int acti_wait_quietly(struct acti_list *queue, acti_tell_fn *place) ACTOR_AWAITS;

/* The same, whatever happens to its scope. */
void acti_wait_shielded(struct acti_list *queue, acti_tell_fn *place);

/* Waits on `queue` until the time comes, whatever happens to its scope; false: the time came first. */
bool acti_wait_shielded_until(struct acti_list *queue, acti_tell_fn *place, uint64_t deadline_ns);

void acti_wake(struct acti_task *task); /* nothing if it does not wait */
void acti_wake_all(struct acti_list *queue);

/* Lets the others run first. */
void acti_task_yield(struct acti_task *task);

/* Wakes the task if it waits interruptibly; for scopes. */
void acti_task_interrupt(struct acti_task *task);

/* What the task waits for is there: an interruption that it has not seen yet waits for its next wait. */
void acti_task_settle(struct acti_task *task);

/* Sets the running task's error, and gives the code. */
int acti_fail(int code, const char *format, ...) ACTOR_PRINTF(2, 3);

/* For who runs several actors on one thread: sets which task runs, and gives the one that did. */
struct acti_task *acti_thread_exchange_task(struct acti_task *task);

/* Remembers which actor this thread ran last, for the error of a call after its end. */
void acti_thread_set_ended(const struct actor_uid *uid);

#endif
