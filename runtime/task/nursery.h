/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_TASK_NURSERY_H
#define ACTI_TASK_NURSERY_H

#include <actor/nursery.h>
#include <task/task.h>

struct acti_child;

struct acti_child_ops {
	void (*cancel)(struct acti_child *child);    /* NULL: its scope lies in the nursery's */
	void (*terminate)(struct acti_child *child); /* NULL: as cancel */
	void (*show)(struct acti_view *view, const struct acti_child *child);
};

/* Anything that a nursery owns: a task, a call, an actor. */
struct acti_child {
	struct acti_list link;
	struct acti_nursery *nursery;
	const struct acti_child_ops *ops;
};

/*
 * What users hold as a struct actor_nursery is a handle, a number in the form of a pointer, that goes stale when the
 * nursery has closed.
 */
struct acti_nursery {
	struct acti_scope scope;
	struct acti_list link; /* among those of its task */
	struct acti_task *task;
	uint32_t slot; /* its place in the scheduler's table */
	struct acti_list children;
	size_t child_count, killed_count;
	struct acti_list closer; /* its task, while it waits for the last child */
	struct acti_list kept;   /* struct acti_cleanup, run when it has closed */
	bool cancel_called, closing;
	const char *file;
	int line;                  /* 0: it is that of a context, and `file` the endpoint's name */
	void *context;             /* NULL: it is none's */
	struct actor_error *error; /* of the children, a group in the making; NULL: none has failed */
};

/*
 * The nursery behind a handle; ACTOR_ECLOSED, set as the running task's error, once it has closed, or if it was not
 * opened.  ACTOR_ENORUNTIME outside a task.  The second form is for something new: it fails from the time on at which
 * the nursery is cancelled or closing; for a task that is cancelled with it, as any await.
 */
int acti_nursery_find(const struct actor_nursery *handle, struct acti_nursery **ret_nursery);
int acti_nursery_find_open(const struct actor_nursery *handle, struct acti_nursery **ret_nursery);

void acti_nursery_add(struct acti_nursery *nursery, struct acti_child *child, const struct acti_child_ops *ops);

/* A failure of a child: the first cancels the rest.  Cancellations that the nursery brought about are none. */
void acti_nursery_fail(struct acti_nursery *nursery, const struct actor_error *error);

/* What can be ended by force is told to end, without being asked first; the rest is as it was.  NULL is fine. */
void acti_nursery_terminate(const struct actor_nursery *handle);

/* The child has ended, with `error` (borrowed; NULL: well). */
void acti_nursery_remove(struct acti_child *child, const struct actor_error *error);

/* Whether the task was started in a nursery; and the nursery of a scope, if it is a nursery's. */
bool acti_nursery_owns(const struct acti_task *task);
const struct acti_nursery *acti_nursery_of_scope(const struct acti_scope *scope);

/* Cancels and joins what a task left open; its code, or ACTOR_ECLOSED with the place. */
int acti_nursery_close_forgotten(struct acti_task *task, int rc);

#endif
