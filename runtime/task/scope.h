/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_TASK_SCOPE_H
#define ACTI_TASK_SCOPE_H

/*
 * Cancel scopes.  They form a tree: a scope lies in the one that its task was in when it was opened; a task's own
 * scope lies in that of the nursery which it was started in.  Cancelling one marks all below it, once, so that an
 * await has to look only at the innermost.
 *
 * A scope with a shield is not marked by those around it while the shield is up; when its time is over, what had
 * happened around it by then reaches it.
 */

#include <actor/scope.h>
#include <base/error.h>
#include <os/os.h>

struct acti_task;

struct acti_scope {
	struct acti_scope *parent;
	struct acti_list children;
	struct acti_list link;                       /* among the parent's children */
	struct acti_task *task;                      /* that is in it; NULL: nobody, it only holds others */
	void (*on_cancel)(struct acti_scope *scope); /* once, when it becomes cancelled; may be NULL */
	struct acti_timer timer;                     /* runs if timer.os is set */
	const struct actor_uid *deadline_owner;      /* who set it */
	struct acti_timer *shield;                   /* NULL: none, or its time is over */
	bool is_limited;                             /* by a deadline or a shield, its own or one around it */
	int cause;                                   /* 0: live; ACTOR_ECANCELED, ACTOR_EDEADLINE */
	bool own;                                    /* the cause is its own, not inherited */
	bool has_canceller;
	struct actor_uid canceller;
	const char *why; /* borrowed until its end; NULL: nobody has said */
};

/* A scope in `parent` (NULL: a root) for `task` (NULL: none).  A cancelled parent makes it cancelled. */
void acti_scope_init(struct acti_scope *scope, struct acti_scope *parent, struct acti_task *task,
                     void (*on_cancel)(struct acti_scope *scope));
void acti_scope_fini(struct acti_scope *scope);

/* Gives it a deadline, once, before there is a scope in it.  `owner`, who set it, is borrowed until the end of the scope. */
void acti_scope_set_deadline(struct acti_scope *scope, struct acti_os *os, uint64_t deadline_ns,
                             const struct actor_uid *owner);

/* Marks it and all below, wakes their tasks.  `canceller` may be NULL.  Nothing if it is cancelled already. */
void acti_scope_cancel(struct acti_scope *scope, int cause, const struct actor_uid *canceller);

/* Says why, for the errors in it and in all below, ahead of a cancellation.  `why` is borrowed until its end. */
void acti_scope_explain(struct acti_scope *scope, const char *why);

/* Its cause; if it is cancelled, also makes that the error of `task`. */
int acti_scope_check(const struct acti_scope *scope, struct acti_task *task);

/* Whether rc, and the error of `task` that goes with it, came from acti_scope_check() and not from another actor. */
bool acti_scope_caused(const struct acti_scope *scope, const struct acti_task *task, int rc);

/*
 * The time at which an await in it fails, as far as that is known now; UINT64_MAX: none.  What a shield keeps off, it
 * keeps off until its own end.
 */
uint64_t acti_scope_deadline(const struct acti_scope *scope);

/* Cancels it and what is around it, where a deadline has passed whose timer has not fired yet. */
void acti_scope_expire(struct acti_scope *scope, struct acti_os *os);

#endif
