/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include <task/scope.h>
#include <task/task.h>

void
acti_scope_init(struct acti_scope *scope, struct acti_scope *parent, struct acti_task *task,
                void (*on_cancel)(struct acti_scope *scope))
{
	scope->parent = parent;
	acti_list_init(&scope->children);
	acti_list_init(&scope->link);
	scope->task = task;
	scope->on_cancel = on_cancel;
	scope->timer.os = NULL;
	scope->timer.deadline_ns = UINT64_MAX;
	scope->cause = 0;
	scope->own = false;
	scope->has_canceller = false;
	if (parent == NULL)
		return;
	acti_list_push_back(&parent->children, &scope->link);
	scope->cause = parent->cause;
	scope->has_canceller = parent->has_canceller;
	if (parent->has_canceller)
		scope->canceller = parent->canceller;
}

void
acti_scope_fini(struct acti_scope *scope)
{
	if (scope->timer.os != NULL)
		scope->timer.os->ops->timer_stop(scope->timer.os, &scope->timer);
	scope->timer.os = NULL;
	/* What is left in it, by a close out of order, goes on in the scope around it. */
	acti_list_for_each(link, &scope->children)
		acti_container_of(link, struct acti_scope, link)->parent = scope->parent;
	if (scope->parent != NULL)
		acti_list_splice(&scope->parent->children, &scope->children);
	acti_list_remove(&scope->link);
}

static void
expired(struct acti_timer *timer)
{
	acti_scope_cancel(acti_container_of(timer, struct acti_scope, timer), ACTOR_EDEADLINE, NULL);
}

void
acti_scope_set_deadline(struct acti_scope *scope, struct acti_os *os, uint64_t deadline_ns)
{
	memset(&scope->timer, 0, sizeof scope->timer);
	scope->timer.expired = expired;
	scope->timer.os = os;
	os->ops->timer_start(os, &scope->timer, deadline_ns);
	scope->timer.deadline_ns = deadline_ns;
}

/* Everything below a scope that becomes cancelled does so too, unless it is already. */
static void
mark(struct acti_scope *scope, int cause, const struct actor_uid *canceller)
{
	scope->cause = cause;
	scope->has_canceller = canceller != NULL;
	if (canceller != NULL)
		scope->canceller = *canceller;
	if (scope->on_cancel != NULL)
		scope->on_cancel(scope);
	if (scope->task != NULL && scope->task->scope == scope)
		acti_task_interrupt(scope->task);
	acti_list_for_each(link, &scope->children) {
		struct acti_scope *child = acti_container_of(link, struct acti_scope, link);

		if (child->cause == 0)
			mark(child, cause, canceller);
	}
}

void
acti_scope_cancel(struct acti_scope *scope, int cause, const struct actor_uid *canceller)
{
	if (scope->cause != 0)
		return;
	scope->own = true;
	mark(scope, cause, canceller);
}

int
acti_scope_check(const struct acti_scope *scope, struct acti_task *task)
{
	if (scope->cause == 0)
		return 0;
	acti_error_set(&task->scheduler->errors, &task->error, scope->cause, NULL);
	if (scope->has_canceller)
		acti_error_set_canceller(&task->error, &scope->canceller);
	return scope->cause;
}

bool
acti_scope_caused(const struct acti_scope *scope, const struct acti_task *task, int rc)
{
	return rc != 0 && rc == scope->cause && task->error.code == rc && !task->error.has_origin;
}

uint64_t
acti_scope_deadline(const struct acti_scope *scope)
{
	uint64_t deadline = UINT64_MAX;

	for (; scope != NULL; scope = scope->parent)
		if (scope->timer.deadline_ns < deadline)
			deadline = scope->timer.deadline_ns;
	return deadline;
}

/* ---- the public side ---- */

_Static_assert(sizeof(struct acti_scope) <= sizeof(struct actor_scope), "struct actor_scope is too small");

static struct acti_scope *
inside(struct actor_scope *scope)
{
	return (struct acti_scope *)scope->opaque;
}

void
actor_scope_open(struct actor_scope *public, const struct actor_scope_options *options)
{
	struct acti_task *task = acti_task_current();
	struct acti_scope *scope = inside(public);

	if (task == NULL)
		abort(); /* the caller's own bug: nothing could ever cancel it */
	acti_scope_init(scope, task->scope, task, NULL);
	task->scope = scope;
	if (options->timeout_ms != 0) {
		struct acti_os *os = task->scheduler->os;

		acti_scope_set_deadline(scope, os, acti_deadline_after_ms(os, options->timeout_ms));
	}
}

void
actor_scope_cancel(struct actor_scope *scope)
{
	acti_scope_cancel(inside(scope), ACTOR_ECANCELED, NULL);
}

void
actor_scope_abandon(struct actor_scope *public)
{
	struct acti_scope *scope = inside(public);

	if (scope->task == NULL)
		return;
	scope->task->scope = scope->parent;
	scope->task = NULL;
	acti_scope_fini(scope);
}

int
actor_scope_close(struct actor_scope *public, int rc, int *ret_fired)
{
	struct acti_scope *scope = inside(public);
	bool fired = scope->own;
	bool absorbed = fired && scope->parent->cause == 0 && acti_scope_caused(scope, acti_task_current(), rc);

	actor_scope_abandon(public);
	if (ret_fired == NULL)
		return rc;
	*ret_fired = fired;
	return absorbed ? 0 : rc;
}

uint64_t
actor_time_left_ms(void)
{
	struct acti_task *task = acti_task_current();
	uint64_t deadline = task != NULL ? acti_scope_deadline(task->scope) : UINT64_MAX;
	uint64_t now;

	if (deadline == UINT64_MAX)
		return UINT64_MAX;
	now = task->scheduler->os->ops->now_ns(task->scheduler->os);
	return deadline > now ? (deadline - now + ACTI_NS_PER_MS - 1) / ACTI_NS_PER_MS : 0;
}
