/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A nursery is a scope with children.  Cancelling the scope, from wherever, cancels the children: tasks by their own
 * scopes, which lie in it, calls and actors by their cancel function.  Its error grows as children fail; the
 * closing task takes it over, together with the error that it brought itself.
 *
 * Users hold a handle: a place in the scheduler's table, and the generation of the nursery that is there.  So a nursery
 * that has closed is refused for ever, in whatever task, and the table is as long as the most that were open at once.
 */
#include <string.h>
#include <task/nursery.h>

#define FIRST_SLOTS 16
#define SLOT_BITS 20

_Static_assert(sizeof(uintptr_t) == 8, "a handle holds a place and a generation that does not come again");

static struct actor_nursery *
handle_of(const struct acti_scheduler *scheduler, uint32_t slot)
{
	return (struct actor_nursery *)(scheduler->nursery_slots[slot].generation << SLOT_BITS | slot);
}

static bool
grow_table(struct acti_scheduler *scheduler)
{
	uint32_t count = scheduler->nursery_slot_count, grown = count > 0 ? count * 2 : FIRST_SLOTS;
	struct acti_nursery_slot *slots =
	    grown <= 1u << SLOT_BITS ? acti_allocate(&scheduler->os->memory, grown * sizeof *slots) : NULL;

	if (slots == NULL)
		return false;
	if (count > 0)
		memcpy(slots, scheduler->nursery_slots, count * sizeof *slots);
	for (uint32_t i = count; i < grown; i++)
		slots[i] = (struct acti_nursery_slot){ .generation = 1, .next_free = i + 1 };
	acti_release(&scheduler->os->memory, scheduler->nursery_slots);
	scheduler->nursery_slots = slots;
	scheduler->nursery_slot_count = grown; /* all that there were are in use: the first new one is free */
	return true;
}

/* false: memory is spent. */
static bool
take_slot(struct acti_scheduler *scheduler, struct acti_nursery *nursery)
{
	struct acti_nursery_slot *slot;

	if (scheduler->free_nursery_slot == scheduler->nursery_slot_count && !grow_table(scheduler))
		return false;
	nursery->slot = scheduler->free_nursery_slot;
	slot = &scheduler->nursery_slots[nursery->slot];
	scheduler->free_nursery_slot = slot->next_free;
	slot->nursery = nursery;
	return true;
}

/* All that it will need while things fail.  false: memory is spent. */
static bool
prepare(struct acti_scheduler *scheduler, struct acti_nursery *nursery)
{
	if (!acti_error_promise(&scheduler->errors))
		return false;
	if (take_slot(scheduler, nursery))
		return true;
	acti_error_end_promise(&scheduler->errors, NULL);
	return false;
}

static void
give_slot_back(struct acti_scheduler *scheduler, uint32_t index)
{
	struct acti_nursery_slot *slot = &scheduler->nursery_slots[index];

	slot->nursery = NULL;
	slot->generation++;
	slot->next_free = scheduler->free_nursery_slot;
	scheduler->free_nursery_slot = index;
}

/* NULL: it has closed, or never was. */
static struct acti_nursery *
look_up(const struct acti_scheduler *scheduler, const struct actor_nursery *handle)
{
	uintptr_t number = (uintptr_t)handle, slot = number & ((1u << SLOT_BITS) - 1);

	if (slot >= scheduler->nursery_slot_count || scheduler->nursery_slots[slot].generation != number >> SLOT_BITS)
		return NULL;
	return scheduler->nursery_slots[slot].nursery;
}

static void
on_cancel(struct acti_scope *scope)
{
	struct acti_nursery *nursery = acti_container_of(scope, struct acti_nursery, scope);

	nursery->cancel_called = true;
	for (struct acti_list *link = nursery->children.next, *next; link != &nursery->children; link = next) {
		struct acti_child *child = acti_container_of(link, struct acti_child, link);

		next = link->next; /* a child may end while it is cancelled */
		if (child->ops->cancel != NULL)
			child->ops->cancel(child);
	}
}

void
acti_nursery_terminate(const struct actor_nursery *handle)
{
	struct acti_task *task = acti_task_current();
	struct acti_nursery *nursery = task != NULL ? look_up(task->scheduler, handle) : NULL;

	if (nursery == NULL)
		return;
	acti_list_for_each(link, &nursery->children) {
		struct acti_child *child = acti_container_of(link, struct acti_child, link);

		if (child->ops->terminate != NULL)
			child->ops->terminate(child);
	}
}

int
actor_nursery_open_at(struct actor_nursery **ret, const char *file, int line)
{
	struct acti_task *task = acti_task_current();
	struct acti_nursery *nursery;

	*ret = NULL;
	if (task == NULL)
		return ACTOR_ENORUNTIME;
	nursery = acti_pool_allocate(&task->scheduler->pool, &task->blocks, sizeof *nursery);
	if (nursery == NULL || !prepare(task->scheduler, nursery)) {
		acti_pool_release(&task->scheduler->pool, nursery);
		return acti_fail(ACTOR_ENOMEM, "a nursery (%s:%d): out of memory", file, line);
	}
	acti_scope_init(&nursery->scope, task->scope, task, on_cancel);
	task->scope = &nursery->scope;
	acti_list_push_back(&task->nurseries, &nursery->link);
	nursery->task = task;
	acti_list_init(&nursery->children);
	nursery->child_count = nursery->killed_count = 0;
	acti_list_init(&nursery->closer);
	acti_list_init(&nursery->kept);
	nursery->cancel_called = nursery->scope.cause != 0;
	nursery->closing = false;
	nursery->context = NULL;
	nursery->file = file;
	nursery->line = line;
	nursery->error = NULL;
	*ret = handle_of(task->scheduler, nursery->slot);
	return 0;
}

int
acti_nursery_find(const struct actor_nursery *handle, struct acti_nursery **ret_nursery)
{
	struct acti_task *task = acti_task_current();

	if (task == NULL)
		return ACTOR_ENORUNTIME;
	*ret_nursery = look_up(task->scheduler, handle);
	if (*ret_nursery != NULL)
		return 0;
	return acti_fail(ACTOR_ECLOSED, handle == NULL ? "there is no nursery here: it was not opened"
	                                               : "the nursery has closed: it takes nothing new");
}

int
acti_nursery_find_open(const struct actor_nursery *handle, struct acti_nursery **ret_nursery)
{
	int rc = acti_nursery_find(handle, ret_nursery);
	const struct acti_nursery *nursery = *ret_nursery;
	struct acti_task *task;

	if (rc != 0 || (nursery->scope.cause == 0 && !nursery->closing))
		return rc;
	task = acti_task_current();
	if (task->scope->cause != 0)
		return acti_scope_check(task->scope, task);
	return acti_fail(ACTOR_ECLOSED, "the nursery of %s:%d is %s: it takes nothing new", nursery->file,
	                 nursery->line, nursery->closing ? "closing" : "cancelled");
}

void
acti_nursery_add(struct acti_nursery *nursery, struct acti_child *child, const struct acti_child_ops *ops)
{
	child->nursery = nursery;
	child->ops = ops;
	acti_list_push_back(&nursery->children, &child->link);
	nursery->child_count++;
}

void
acti_nursery_fail(struct acti_nursery *nursery, const struct actor_error *error)
{
	struct acti_error_pool *errors = &nursery->task->scheduler->errors;

	if (nursery->scope.cause != 0 && acti_error_is_cancellation(error))
		return;
	if (nursery->error == NULL)
		nursery->error = acti_error_take_promised(errors);
	acti_error_add(errors, nursery->error, error);
	acti_scope_cancel(&nursery->scope, ACTOR_ECANCELED, nursery->task->scheduler->uid);
}

void
acti_nursery_remove(struct acti_child *child, const struct actor_error *error)
{
	struct acti_nursery *nursery = child->nursery;

	acti_list_remove(&child->link);
	child->nursery = NULL;
	nursery->child_count--;
	if (error != NULL)
		acti_nursery_fail(nursery, error);
	if (nursery->child_count == 0)
		acti_wake_all(&nursery->closer);
}

/* ---- tasks as children ---- */

struct task_child {
	struct acti_child child;
	struct acti_task *task;
};

static void
task_ended(struct acti_task *task, int rc)
{
	struct task_child *self = task->owner;

	acti_nursery_remove(&self->child, rc < 0 ? &task->error : NULL);
}

static void
show_task(struct acti_view *view, const struct acti_child *child)
{
	acti_view_task(view, acti_container_of(child, const struct task_child, child)->task);
}

static const struct acti_child_ops task_ops = { .show = show_task };

bool
acti_nursery_owns(const struct acti_task *task)
{
	return task->ended == task_ended;
}

const struct acti_nursery *
acti_nursery_of_scope(const struct acti_scope *scope)
{
	return scope->on_cancel == on_cancel ? acti_container_of(scope, const struct acti_nursery, scope) : NULL;
}

int
actor_nursery_start(struct actor_nursery *handle, actor_task_fn *fn, void *argument)
{
	struct acti_nursery *nursery;
	int rc = acti_nursery_find_open(handle, &nursery);
	struct acti_task *task;
	struct task_child *child;

	if (rc != 0)
		return rc;
	task = acti_task_new(nursery->task->scheduler, &nursery->scope, "task");
	if (task == NULL)
		return acti_fail(ACTOR_ENOMEM, "a task: no memory for its stack, or too many tasks");
	child = acti_pool_allocate(&task->scheduler->pool, &task->blocks, sizeof *child);
	if (child == NULL) {
		acti_task_discard(task);
		return acti_fail(ACTOR_ENOMEM, "a task: out of memory");
	}
	child->task = task;
	acti_nursery_add(nursery, &child->child, &task_ops);
	task->serves = nursery->task->serves;
	task->service = nursery->task->service;
	acti_task_start(task, fn, argument, task_ended, child);
	return 0;
}

/* ---- closing ---- */

static void
cancel(struct acti_nursery *nursery)
{
	nursery->cancel_called = true;
	acti_scope_cancel(&nursery->scope, ACTOR_ECANCELED, nursery->task->scheduler->uid);
}

static void
report(const struct acti_nursery *nursery, struct actor_nursery_report *ret_report)
{
	*ret_report = (struct actor_nursery_report){
		.child_count = nursery->child_count,
		.killed_count = nursery->killed_count,
		.cancel_called = nursery->cancel_called,
	};
}

void
actor_nursery_cancel(struct actor_nursery *handle)
{
	struct acti_task *task = acti_task_current();
	struct acti_nursery *nursery = task != NULL ? look_up(task->scheduler, handle) : NULL;

	if (nursery != NULL)
		cancel(nursery);
}

void
actor_nursery_inspect(const struct actor_nursery *handle, struct actor_nursery_report *ret_report)
{
	struct acti_task *task = acti_task_current();
	const struct acti_nursery *nursery = task != NULL ? look_up(task->scheduler, handle) : NULL;

	*ret_report = (struct actor_nursery_report){ 0 };
	if (nursery != NULL)
		report(nursery, ret_report);
}

/* A cancellation from further out goes on its way, as the children's results may be missing. */
static int
settle(struct acti_nursery *nursery, int rc)
{
	struct acti_task *task = nursery->task;
	struct acti_error_pool *errors = &task->scheduler->errors;

	if (rc < 0 && task->error.code != rc)
		acti_error_set(errors, &task->error, rc, NULL);
	if (nursery->error != NULL) {
		if (rc < 0)
			acti_error_add(errors, nursery->error, &task->error);
		acti_error_move(errors, &task->error, nursery->error);
	}
	if (rc < 0 || nursery->error != NULL)
		return task->error.code;
	if (nursery->scope.cause != 0 && !nursery->scope.own)
		return acti_scope_check(nursery->scope.parent, task);
	return rc > 0 ? rc : 0;
}

static void
closing(struct acti_view *view, const struct acti_task *task)
{
	const struct acti_nursery *nursery = acti_container_of(task->queue, const struct acti_nursery, closer);

	acti_view_add(view, "closing the nursery of %s:%d: ", nursery->file, nursery->line);
	acti_view_add_count(view, nursery->child_count, "child", "children");
}

static int
join(struct acti_nursery *nursery, int rc, struct actor_nursery_report *ret_report)
{
	struct acti_task *task = nursery->task;

	/*
	 * What the body brought is its own failure, unless this nursery's cancellation gave it that: then the cause is
	 * among the children, or it was somebody's wish.
	 */
	if (nursery->scope.own && nursery->scope.parent->cause == 0 && acti_scope_caused(&nursery->scope, task, rc))
		rc = 0;
	nursery->closing = true;
	if (rc != 0)
		cancel(nursery);
	while (nursery->child_count > 0)
		acti_wait_shielded(&nursery->closer, closing);
	if (ret_report != NULL)
		report(nursery, ret_report);
	task->scope = nursery->scope.parent;
	acti_scope_fini(&nursery->scope);
	acti_list_remove(&nursery->link);
	rc = settle(nursery, rc);
	for (struct acti_list *link; (link = acti_list_pop_front(&nursery->kept)) != NULL;) {
		struct acti_cleanup *kept = acti_container_of(link, struct acti_cleanup, link);

		kept->fn(kept);
	}
	acti_error_end_promise(&task->scheduler->errors, nursery->error);
	give_slot_back(task->scheduler, nursery->slot);
	acti_pool_release(&task->scheduler->pool, nursery);
	return rc;
}

static int
tell_forgotten(const struct acti_task *task, const struct acti_nursery *was)
{
	if (was->context != NULL)
		return acti_fail(ACTOR_ECLOSED, "%s left a context of %s open: close it on every path", task->name,
		                 was->file);
	return acti_fail(ACTOR_ECLOSED, "%s left the nursery of %s:%d open: close it on every path", task->name,
	                 was->file, was->line);
}

/*
 * Those that were opened after `outer` (NULL: all of the task's), innermost first.  A body that ends well has forgotten
 * them, also where all around it is cancelled.
 */
static int
join_forgotten(struct acti_task *task, const struct acti_nursery *outer, int rc)
{
	while (!acti_list_is_empty(&task->nurseries)) {
		struct acti_nursery *inner = acti_container_of(task->nurseries.prev, struct acti_nursery, link);
		const struct acti_nursery was = { .context = inner->context, .file = inner->file, .line = inner->line };
		int joined;

		if (inner == outer)
			break;
		task->scope = &inner->scope;
		cancel(inner);
		joined = join(inner, rc, NULL);
		if (joined >= 0 || (rc >= 0 && acti_scope_caused(task->scope, task, joined)))
			rc = tell_forgotten(task, &was);
		else
			rc = joined; /* the error in flight, or that of a child: it comes first */
	}
	return rc;
}

int
acti_nursery_close_forgotten(struct acti_task *task, int rc)
{
	return join_forgotten(task, NULL, rc);
}

int
actor_nursery_close_report(struct actor_nursery *handle, int rc, struct actor_nursery_report *ret_report)
{
	struct acti_task *task = acti_task_current();
	struct acti_nursery *nursery = task != NULL ? look_up(task->scheduler, handle) : NULL;

	if (ret_report != NULL)
		*ret_report = (struct actor_nursery_report){ 0 };
	if (nursery == NULL && (handle == NULL || rc != 0))
		return rc; /* the error in flight is not replaced */
	if (nursery == NULL)
		return acti_fail(ACTOR_ECLOSED, "the nursery has closed already");
	if (task != nursery->task)
		return acti_fail(ACTOR_ECLOSED, "the nursery of %s:%d is another task's: only that may close it",
		                 nursery->file, nursery->line);
	return join(nursery, join_forgotten(task, nursery, rc), ret_report);
}

int
actor_nursery_close(struct actor_nursery *handle, int rc)
{
	return actor_nursery_close_report(handle, rc, NULL);
}
