/* SPDX-License-Identifier: BSD-2-Clause */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <task/scope.h>
#include <task/task.h>

static void
inherit(struct acti_scope *scope, const struct acti_scope *parent)
{
	scope->cause = parent->cause;
	scope->why = parent->why;
	scope->has_canceller = parent->has_canceller;
	if (parent->has_canceller)
		scope->canceller = parent->canceller;
}

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
	scope->shield = NULL;
	scope->is_limited = parent != NULL && parent->is_limited;
	scope->cause = 0;
	scope->own = false;
	scope->has_canceller = false;
	scope->why = NULL;
	if (parent == NULL)
		return;
	acti_list_push_back(&parent->children, &scope->link);
	if (parent->cause != 0)
		inherit(scope, parent);
}

static void
expired(struct acti_timer *timer)
{
	struct acti_scope *scope = acti_container_of(timer, struct acti_scope, timer);

	acti_scope_cancel(scope, ACTOR_EDEADLINE, scope->deadline_owner);
}

void
acti_scope_set_deadline(struct acti_scope *scope, struct acti_os *os, uint64_t deadline_ns,
                        const struct actor_uid *owner)
{
	assert(acti_list_is_empty(&scope->children));
	scope->is_limited = true;
	scope->deadline_owner = owner;
	memset(&scope->timer, 0, sizeof scope->timer);
	scope->timer.expired = expired;
	scope->timer.os = os;
	os->ops->timer_start(os, &scope->timer, deadline_ns);
	scope->timer.deadline_ns = deadline_ns;
}

/* Everything below a scope that becomes cancelled does so too, unless it is already, or is shielded. */
static void mark_children(struct acti_scope *scope);

/* It has its cause: tells those that are concerned. */
static void
mark(struct acti_scope *scope)
{
	if (scope->on_cancel != NULL)
		scope->on_cancel(scope);
	if (scope->task != NULL && scope->task->scope == scope)
		acti_task_interrupt(scope->task);
	mark_children(scope);
}

static void
mark_children(struct acti_scope *scope)
{
	acti_list_for_each(link, &scope->children) {
		struct acti_scope *child = acti_container_of(link, struct acti_scope, link);

		if (child->cause != 0 || child->shield != NULL)
			continue;
		inherit(child, scope);
		mark(child);
	}
}

void
acti_scope_fini(struct acti_scope *scope)
{
	struct acti_scope *parent = scope->parent;

	if (scope->timer.os != NULL)
		scope->timer.os->ops->timer_stop(scope->timer.os, &scope->timer);
	scope->timer.os = NULL;
	/* What is left in it, by a close out of order, goes on in the scope around it. */
	acti_list_for_each(link, &scope->children)
		acti_container_of(link, struct acti_scope, link)->parent = parent;
	acti_list_remove(&scope->link);
	if (parent == NULL)
		return;
	acti_list_splice(&parent->children, &scope->children);
	if (parent->cause != 0)
		mark_children(parent); /* what a shield had kept it off from */
}

void
acti_scope_cancel(struct acti_scope *scope, int cause, const struct actor_uid *canceller)
{
	if (scope->cause != 0)
		return;
	scope->own = true;
	scope->cause = cause;
	scope->has_canceller = canceller != NULL;
	if (canceller != NULL)
		scope->canceller = *canceller;
	mark(scope);
}

void
acti_scope_explain(struct acti_scope *scope, const char *why)
{
	if (scope->cause == 0)
		scope->why = why;
}

int
acti_scope_check(const struct acti_scope *scope, struct acti_task *task)
{
	if (scope->cause == 0)
		return 0;
	acti_error_set(&task->scheduler->errors, &task->error, scope->cause, "%s",
	               scope->why != NULL ? scope->why : "");
	if (scope->has_canceller)
		acti_error_set_canceller(&task->error, &scope->canceller);
	return scope->cause;
}

bool
acti_scope_caused(const struct acti_scope *scope, const struct acti_task *task, int rc)
{
	return rc != 0 && rc == scope->cause && task->error.code == rc && !task->error.has_origin;
}

static uint64_t
earlier(uint64_t one, uint64_t other)
{
	return one < other ? one : other;
}

static uint64_t
later(uint64_t one, uint64_t other)
{
	return one > other ? one : other;
}

uint64_t
acti_scope_deadline(const struct acti_scope *scope)
{
	uint64_t deadline = UINT64_MAX, shielded_until = 0;

	if (scope != NULL && !scope->is_limited)
		return deadline; /* as it is for most calls */
	for (; scope != NULL; scope = scope->parent) {
		deadline = earlier(deadline, later(scope->timer.deadline_ns, shielded_until));
		if (scope->shield == NULL)
			continue;
		shielded_until = later(shielded_until, scope->shield->deadline_ns);
		if (scope->parent->cause != 0)
			deadline = earlier(deadline, shielded_until);
	}
	return deadline;
}

void
acti_scope_expire(struct acti_scope *scope, struct acti_os *os)
{
	uint64_t now;

	if (!scope->is_limited)
		return;
	now = os->ops->now_ns(os);
	for (; scope != NULL; scope = scope->parent)
		if (scope->timer.os != NULL && scope->timer.deadline_ns <= now)
			acti_scope_cancel(scope, ACTOR_EDEADLINE, scope->deadline_owner);
}

/* ---- the public side ---- */

/* What a struct actor_scope holds. */
struct public_scope {
	struct acti_scope scope;
	bool has_shield; /* which may be over */
	struct acti_timer shield;
	struct acti_error_aside in_flight; /* of one with a shield */
};

_Static_assert(sizeof(struct public_scope) <= sizeof(struct actor_scope), "struct actor_scope is too small");

static struct public_scope *
inside(struct actor_scope *scope)
{
	return (struct public_scope *)scope->opaque;
}

static void
shield_over(struct acti_timer *timer)
{
	struct acti_scope *scope = &acti_container_of(timer, struct public_scope, shield)->scope;
	const struct acti_scope *parent = scope->parent;

	scope->shield = NULL;
	if (scope->cause != 0 || parent->cause == 0)
		return;
	inherit(scope, parent);
	mark(scope);
}

static void
raise_shield(struct public_scope *self, struct acti_task *task, uint64_t ms)
{
	struct acti_os *os = task->scheduler->os;

	self->has_shield = true;
	self->scope.cause = 0;
	self->scope.has_canceller = false;
	self->scope.why = NULL;
	self->scope.is_limited = true;
	self->scope.shield = &self->shield;
	self->shield = (struct acti_timer){ .expired = shield_over };
	os->ops->timer_start(os, &self->shield, acti_deadline_after_ms(os, ms));
	acti_error_put_aside(&task->scheduler->errors, &task->error, &self->in_flight);
}

void
actor_scope_open(struct actor_scope *public, const struct actor_scope_options *options)
{
	struct acti_task *task = acti_task_current();
	struct public_scope *self = inside(public);

	if (task == NULL)
		abort(); /* the caller's own bug: nothing could ever cancel it */
	acti_scope_init(&self->scope, task->scope, task, NULL);
	task->scope = &self->scope;
	self->has_shield = false;
	if (options->shield_ms != 0)
		raise_shield(self, task, options->shield_ms);
	if (options->timeout_ms != 0) {
		struct acti_os *os = task->scheduler->os;

		acti_scope_set_deadline(&self->scope, os, acti_deadline_after_ms(os, options->timeout_ms),
		                        task->scheduler->uid);
	}
}

void
actor_scope_cancel(struct actor_scope *public)
{
	struct acti_scope *scope = &inside(public)->scope;

	if (scope->task != NULL)
		acti_scope_cancel(scope, ACTOR_ECANCELED, scope->task->scheduler->uid);
}

static void
leave(struct public_scope *self)
{
	struct acti_scope *scope = &self->scope;
	struct acti_os *os = scope->task->scheduler->os;

	if (self->has_shield)
		os->ops->timer_stop(os, &self->shield);
	scope->task->scope = scope->parent;
	scope->task = NULL;
	acti_scope_fini(scope);
}

void
actor_scope_abandon(struct actor_scope *public)
{
	struct public_scope *self = inside(public);
	struct acti_task *task = self->scope.task;

	if (task == NULL)
		return;
	leave(self);
	if (self->has_shield)
		acti_error_take_back(&task->scheduler->errors, &task->error, &self->in_flight);
}

/*
 * With a shield there may be two errors: that in flight, which comes back whenever its code is handed in or the
 * cleanup went well, and a new one, which replaces it only if the caller hands in that one's code.
 */
int
actor_scope_close(struct actor_scope *public, int rc, int *ret_fired)
{
	struct public_scope *self = inside(public);
	struct acti_scope *scope = &self->scope;
	struct acti_task *task = acti_task_current();
	bool in_flight = self->has_shield && rc != 0 && rc == self->in_flight.code;
	bool fired = scope->own;
	bool absorbed = ret_fired != NULL && fired && !in_flight && acti_scope_caused(scope, task, rc);

	if (absorbed)
		rc = self->has_shield ? 0 : acti_scope_check(scope->parent, task);
	if (self->has_shield && rc < 0 && !in_flight)
		acti_error_drop_aside(&task->scheduler->errors, &self->in_flight);
	actor_scope_abandon(public);
	if (ret_fired != NULL)
		*ret_fired = fired;
	return rc;
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
