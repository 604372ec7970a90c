/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A task that waits for another thread.  The record of what that does lies with the task, which stays until it is done;
 * work that may be abandoned has a record of its own, which stays until the thread has given it back.
 */
#include <actor/blocking.h>
#include <string.h>
#include <task/task.h>
#include <task/view.h>

struct work {
	struct acti_job job;
	struct acti_list waiter;
	actor_blocking_fn *fn;
	void *argument;
	int rc;
	bool is_done;
	/* of one that may be abandoned */
	void (*release)(void *argument);
	bool is_abandoned;
};

static struct work *
of_job(struct acti_job *job)
{
	return acti_container_of(job, struct work, job);
}

/* On the other thread. */
static void
run(struct acti_job *job)
{
	struct work *work = of_job(job);

	work->rc = work->fn(work->argument);
}

static void
give_up(struct acti_os *os, struct work *work)
{
	work->release(work->argument);
	acti_release(&os->memory, work);
}

static void
done(struct acti_job *job)
{
	struct work *work = of_job(job);

	work->is_done = true;
	if (work->is_abandoned)
		give_up(job->os, work);
	else
		acti_wake_all(&work->waiter);
}

static void
waiting(struct acti_view *view, const struct acti_task *task)
{
	(void)task;
	acti_view_add(view, "waits for work on another thread");
}

static int
start(struct acti_task *task, struct work *work)
{
	struct acti_os *os = task->scheduler->os;
	int rc;

	acti_list_init(&work->waiter);
	work->job.run = run;
	work->job.done = done;
	rc = os->ops->job_start(os, &work->job, task->scheduler->threads_max);
	return rc == 0 ? 0 : acti_fail(ACTOR_ENOMEM, "a thread for work that blocks: %s", strerror(-rc));
}

static int
result_of(const struct work *work)
{
	return work->rc < 0 ? acti_fail(work->rc, "the work on another thread failed") : work->rc;
}

int
actor_run_blocking(actor_blocking_fn *fn, void *argument)
{
	struct acti_task *task = acti_task_current();
	struct work work = { .fn = fn, .argument = argument };
	int rc;

	if (task == NULL)
		return ACTOR_ENORUNTIME;
	rc = acti_scope_check(task->scope, task);
	if (rc == 0)
		rc = start(task, &work);
	if (rc != 0)
		return rc;
	rc = acti_wait_quietly(&work.waiter, waiting);
	if (rc != 0 && task->scheduler->os->ops->job_withdraw(work.job.os, &work.job))
		return acti_scope_check(task->scope, task);
	while (!work.is_done)
		acti_wait_shielded(&work.waiter, waiting);
	return result_of(&work);
}

/* Whatever the work gave, a cancellation must not be mistaken for another. */
static int
own_result(struct acti_os *os, struct work *work)
{
	int rc = acti_code_is_cancellation(work->rc)
	             ? acti_fail(ACTOR_EINVAL, "the work on another thread gave %s", actor_code_name(work->rc))
	             : result_of(work);

	acti_release(&os->memory, work);
	return rc;
}

int
actor_run_blocking_or_abandon(actor_blocking_fn *fn, void *argument, void (*release)(void *argument))
{
	struct acti_task *task = acti_task_current();
	struct acti_os *os;
	struct work *work;
	int rc;

	if (task == NULL)
		return ACTOR_ENORUNTIME;
	rc = acti_scope_check(task->scope, task);
	if (rc != 0) {
		release(argument);
		return rc;
	}
	os = task->scheduler->os;
	work = acti_allocate(&os->memory, sizeof *work);
	if (work == NULL)
		return acti_fail(ACTOR_ENOMEM, "work that blocks: out of memory");
	*work = (struct work){ .fn = fn, .argument = argument, .release = release };
	rc = start(task, work);
	if (rc != 0) {
		acti_release(&os->memory, work);
		return rc;
	}
	rc = acti_wait_quietly(&work->waiter, waiting);
	if (rc == 0 || work->is_done)
		return own_result(os, work);
	if (os->ops->job_withdraw(os, &work->job))
		give_up(os, work);
	else
		work->is_abandoned = true;
	return acti_scope_check(task->scope, task);
}
