/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A nursery is a scope with children.  Cancelling the scope, from wherever, cancels the children: tasks by their own
 * scopes, which lie in it, calls and actors by their cancel function.  Its error grows as children fail; the
 * closing task takes it over, together with the error that it brought itself.
 */
#include <string.h>
#include <task/nursery.h>

static void
on_cancel(struct acti_scope *scope)
{
	struct actor_nursery *nursery = acti_container_of(scope, struct actor_nursery, scope);

	nursery->cancel_called = true;
	for (struct acti_list *link = nursery->children.next, *next; link != &nursery->children; link = next) {
		struct acti_child *child = acti_container_of(link, struct acti_child, link);

		next = link->next; /* a child may end while it is cancelled */
		if (child->cancel != NULL)
			child->cancel(child);
	}
}

int
actor_nursery_open_at(struct actor_nursery **ret, const char *file, int line)
{
	struct acti_task *task = acti_task_current();
	struct actor_nursery *nursery;

	*ret = NULL;
	if (task == NULL)
		return ACTOR_ENORUNTIME;
	nursery = acti_pool_allocate(&task->scheduler->pool, &task->blocks, sizeof *nursery);
	if (nursery == NULL)
		return acti_fail(ACTOR_ENOMEM, "a nursery (%s:%d): out of memory", file, line);
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
	nursery->file = file;
	nursery->line = line;
	acti_error_init(&nursery->error);
	*ret = nursery;
	return 0;
}

int
acti_nursery_check_open(const struct actor_nursery *nursery)
{
	if (nursery == NULL)
		return acti_fail(ACTOR_ECLOSED, "there is no nursery here: it was not opened");
	if (nursery->scope.cause != 0 || nursery->closing)
		return acti_fail(ACTOR_ECLOSED, "the nursery of %s:%d is %s: it takes nothing new", nursery->file,
		                 nursery->line, nursery->closing ? "closing, or has closed" : "cancelled");
	return 0;
}

void
acti_nursery_add(struct actor_nursery *nursery, struct acti_child *child, void (*cancel)(struct acti_child *child))
{
	child->nursery = nursery;
	child->cancel = cancel;
	acti_list_push_back(&nursery->children, &child->link);
	nursery->child_count++;
}

void
acti_nursery_fail(struct actor_nursery *nursery, const struct actor_error *error)
{
	if (nursery->scope.cause != 0 && acti_code_is_cancellation(error->code))
		return;
	acti_error_add(&nursery->task->scheduler->errors, &nursery->error, error);
	acti_scope_cancel(&nursery->scope, ACTOR_ECANCELED, NULL);
}

void
acti_nursery_remove(struct acti_child *child, const struct actor_error *error)
{
	struct actor_nursery *nursery = child->nursery;

	acti_list_remove(&child->link);
	child->nursery = NULL;
	nursery->child_count--;
	if (error != NULL)
		acti_nursery_fail(nursery, error);
	if (nursery->child_count == 0)
		acti_wake_all(&nursery->closer);
}

/* ---- tasks as children ---- */

static void
task_ended(struct acti_task *task, int rc)
{
	acti_nursery_remove(task->owner, rc < 0 ? &task->error : NULL);
}

int
actor_nursery_start(struct actor_nursery *nursery, actor_task_fn *fn, void *argument)
{
	int rc = acti_nursery_check_open(nursery);
	struct acti_task *task;
	struct acti_child *child;

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
	acti_nursery_add(nursery, child, NULL);
	task->serves = nursery->task->serves;
	acti_task_start(task, fn, argument, task_ended, child);
	return 0;
}

/* ---- closing ---- */

void
actor_nursery_cancel(struct actor_nursery *nursery)
{
	if (nursery == NULL)
		return;
	nursery->cancel_called = true;
	acti_scope_cancel(&nursery->scope, ACTOR_ECANCELED, NULL);
}

void
actor_nursery_inspect(const struct actor_nursery *nursery, struct actor_nursery_report *ret_report)
{
	*ret_report = (struct actor_nursery_report){
		.child_count = nursery->child_count,
		.killed_count = nursery->killed_count,
		.cancel_called = nursery->cancel_called,
	};
}

/* A cancellation from further out goes on its way, as the children's results may be missing. */
static int
settle(struct actor_nursery *nursery, int rc)
{
	struct acti_task *task = nursery->task;
	struct acti_error_pool *errors = &task->scheduler->errors;

	if (rc < 0) {
		if (task->error.code != rc)
			acti_error_set(errors, &task->error, rc, NULL);
		acti_error_add(errors, &nursery->error, &task->error);
	}
	if (nursery->error.code != 0) {
		acti_error_move(errors, &task->error, &nursery->error);
		return task->error.code;
	}
	if (nursery->scope.cause != 0 && !nursery->scope.own)
		return acti_scope_check(nursery->scope.parent, task);
	return rc > 0 ? rc : 0;
}

static int
join(struct actor_nursery *nursery, int rc, struct actor_nursery_report *ret_report)
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
		actor_nursery_cancel(nursery);
	while (nursery->child_count > 0)
		acti_wait_shielded(&nursery->closer);
	if (ret_report != NULL)
		actor_nursery_inspect(nursery, ret_report);
	task->scope = nursery->scope.parent;
	acti_scope_fini(&nursery->scope);
	acti_list_remove(&nursery->link);
	rc = settle(nursery, rc);
	for (struct acti_list *link; (link = acti_list_pop_front(&nursery->kept)) != NULL;) {
		struct acti_cleanup *kept = acti_container_of(link, struct acti_cleanup, link);

		kept->fn(kept);
	}
	acti_error_reset(&task->scheduler->errors, &nursery->error);
	acti_pool_release(&task->scheduler->pool, task->closed_nursery);
	task->closed_nursery = nursery;
	return rc;
}

/* Those that were opened after `outer` (NULL: all of the task's), innermost first. */
static int
join_forgotten(struct acti_task *task, const struct actor_nursery *outer, int rc)
{
	while (!acti_list_is_empty(&task->nurseries)) {
		struct actor_nursery *inner = acti_container_of(task->nurseries.prev, struct actor_nursery, link);
		const char *file = inner->file;
		int line = inner->line;
		int joined;

		if (inner == outer)
			break;
		task->scope = &inner->scope;
		actor_nursery_cancel(inner);
		joined = join(inner, rc, NULL);
		if (joined >= 0)
			rc = acti_fail(ACTOR_ECLOSED, "%s left the nursery of %s:%d open: close it on every path",
			               task->name, file, line);
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
actor_nursery_close_report(struct actor_nursery *nursery, int rc, struct actor_nursery_report *ret_report)
{
	if (nursery == NULL)
		return rc;
	if (acti_task_current() != nursery->task)
		return acti_fail(ACTOR_ECLOSED, "the nursery of %s:%d is another task's: only that may close it",
		                 nursery->file, nursery->line);
	return join(nursery, join_forgotten(nursery->task, nursery, rc), ret_report);
}

int
actor_nursery_close(struct actor_nursery *nursery, int rc)
{
	return actor_nursery_close_report(nursery, rc, NULL);
}
