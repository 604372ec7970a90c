/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The live view of an actor: what its own layers tell of it, told when SIGUSR1 comes.  Then its children are asked the
 * same.  A child that has not said Hello does not wait for that signal yet, and would die of it.
 */
#include <proc/child.h>
#include <proc/peer.h>
#include <signal.h>

/* ---- children ---- */

static const char *
stage_text(enum acti_child_stage stage)
{
	switch (stage) {
	case ACTI_CHILD_STARTING:
		return "starting";
	case ACTI_CHILD_SERVING:
		return "serving";
	case ACTI_CHILD_ASKED:
		return "asked to stop";
	case ACTI_CHILD_GOING:
		return "stopping";
	case ACTI_CHILD_UNLINKED:
		return "its link has ended";
	case ACTI_CHILD_TERMINATED:
		return "got SIGTERM";
	case ACTI_CHILD_REPORTING:
		return "crashed";
	case ACTI_CHILD_KILLED:
		return "got SIGKILL";
	}
	return "unknown";
}

static void
add_queued(struct acti_view *view, const struct acti_connection *connection)
{
	acti_view_add(view, "; ");
	acti_view_add_count(view, acti_link_pending(&connection->link) + connection->queued_bytes, "byte", "bytes");
	acti_view_add(view, " queued for it");
}

void
acti_child_process_view(struct acti_view *view, const struct acti_child *link)
{
	const struct acti_child_process *child = acti_container_of(link, const struct acti_child_process, child);

	acti_view_begin(view);
	acti_view_add(view, "actor ");
	acti_view_add_uid(view, &child->uid);
	acti_view_add(view, ", pid %d: %s, for ", (int)child->process.pid, stage_text(child->stage));
	acti_view_add_ms_since(view, child->since_ns);
	if (child->is_slow)
		acti_view_add(view, "; slow: it does not answer");
	add_queued(view, &child->connection);
	acti_view_end(view);
	if (acti_view_descend(view)) {
		acti_connection_view(view, &child->connection);
		acti_view_ascend(view);
	}
}

static void
add_waited_child(struct acti_view *view, const struct acti_task *task)
{
	acti_view_add_uid(view, &acti_container_of(task->queue, const struct acti_child_process, waiters)->uid);
}

void
acti_waiting_for_start(struct acti_view *view, const struct acti_task *task)
{
	acti_view_add(view, "waits for ");
	add_waited_child(view, task);
	acti_view_add(view, " to be ready");
}

void
acti_waiting_for_stop(struct acti_view *view, const struct acti_task *task)
{
	acti_view_add(view, "waits for ");
	add_waited_child(view, task);
	acti_view_add(view, " to acknowledge that it is to stop");
}

/* ---- the actor ---- */

static const char *
phase_text(enum acti_phase phase)
{
	switch (phase) {
	case ACTI_PHASE_STARTING:
		return "starting";
	case ACTI_PHASE_RUNNING:
		return "running";
	case ACTI_PHASE_CLOSING:
		return "closing its modules";
	case ACTI_PHASE_LEAVING:
		return "leaving";
	}
	return "unknown";
}

static void
show_actor(struct acti_view *view, const struct acti_proc *proc)
{
	const struct actor *actor = &proc->actor;
	const struct acti_scheduler *scheduler = &actor->scheduler;

	acti_view_begin(view);
	acti_view_add(view, "actor, pid %d, depth %u: %s", (int)actor->pid, actor->depth, phase_text(proc->phase));
	acti_view_add_scope(view, &actor->scope);
	acti_view_add(view, ", for ");
	acti_view_add_ms_since(view, proc->started_ns);
	acti_view_add(view, "; ");
	acti_view_add_count(view, scheduler->task_count, "task", "tasks");
	acti_view_add(view, ", ");
	acti_view_add_count(view, proc->child_count, "child", "children");
	acti_view_add(view, "; ");
	acti_view_add_count(view, actor->os->memory.in_use, "byte", "bytes");
	acti_view_add(view, " in use, ");
	acti_view_add_count(view, scheduler->idle_count, "idle stack", "idle stacks");
	acti_view_end(view);
}

static void
show_modules(struct acti_view *view, const struct actor *actor)
{
	for (size_t i = 0; i < actor->served_count; i++)
		acti_view_line(view, "module %s%s", actor->served[i].service->name,
		               actor->served[i].is_open ? "" : ", not open");
}

static void
show_parent(struct acti_view *view, const struct acti_proc *proc)
{
	if (!proc->has_parent)
		return;
	acti_view_begin(view);
	acti_view_add(view, "parent ");
	acti_view_add_uid(view, &proc->parent.peer);
	if (proc->parent_is_gone)
		acti_view_add(view, ": gone");
	add_queued(view, &proc->parent);
	acti_view_end(view);
	if (acti_view_descend(view)) {
		acti_connection_view(view, &proc->parent);
		acti_view_ascend(view);
	}
}

static void
relay(const struct acti_proc *proc)
{
	struct acti_os *os = proc->actor.os;

	acti_list_for_each(link, &proc->children) {
		const struct acti_child_process *child =
		    acti_container_of(link, const struct acti_child_process, sibling);

		if (child->connection.is_open && !child->said_bye)
			(void)os->ops->process_kill(os, &child->process, SIGUSR1); /* or it has ended this moment */
	}
}

void
acti_proc_view(struct acti_proc *proc)
{
	struct acti_view view;

	acti_view_init(&view, proc->actor.os, &proc->actor.uid);
	show_actor(&view, proc);
	view.depth = 1;
	show_modules(&view, &proc->actor);
	show_parent(&view, proc);
	acti_peers_view(&view, proc);
	acti_view_tasks(&view, &proc->actor.scheduler);
	acti_view_fini(&view);
	relay(proc);
}
