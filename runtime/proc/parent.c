/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A spawned actor's side of the link to its parent.  The parent's word starts it and ends it, and so does the
 * parent's own end, however that comes: an actor never outlives who is to supervise it.
 */
#include <proc/proc.h>
#include <stdio.h>
#include <string.h>

static struct acti_proc *
of_connection(struct acti_connection *connection)
{
	return acti_proc_of(connection->actor);
}

/* ---- starting ---- */

static void
send_failure(struct acti_proc *proc, const struct actor_error *error)
{
	acti_connection_send_error(&proc->parent, 0, error);
	acti_log(&proc->actor, ACTI_LOG_INFO, "could not start: %s", actor_error_text(error));
	proc->status = 1;
}

static void
open_modules_ended(struct acti_task *task, int rc)
{
	struct acti_proc *proc = task->owner;

	if (rc < 0) {
		send_failure(proc, &task->error);
		acti_scope_cancel(&proc->actor.scope, ACTOR_ECANCELED, &proc->actor.uid);
	} else {
		acti_connection_send(&proc->parent, ACTI_FRAME_START_ACK, 0, NULL, 0);
	}
	proc->phase = ACTI_PHASE_RUNNING;
}

static int
open_modules(void *argument)
{
	struct acti_proc *proc = argument;
	int rc = acti_proc_open_modules(proc);

	if (rc == 0 && proc->discovery != NULL)
		rc = proc->discovery->start(proc);
	return rc;
}

/* What the spec allows, as far as this program has it. */
static int
take_modules(struct acti_proc *proc, const actor_wire_SpawnSpec *spec)
{
	struct actor *actor = &proc->actor;

	for (size_t i = 0; i < spec->modules_count; i++) {
		const struct actor_module *module = acti_program_find_module(actor->program, spec->modules[i].name);

		if (module == NULL || module->service->fingerprint != spec->modules[i].fingerprint) {
			acti_error_set(&actor->scheduler.errors, actor->error, ACTOR_ENOMODULE,
			               module == NULL ? "the program of %s has no module %s"
			                              : "the program of %s has another contract of %s: build both "
			                                "from the same .proto files",
			               actor->uid.name, spec->modules[i].name);
			return ACTOR_ENOMODULE;
		}
		if (acti_proc_serve(proc, module, i + spec->family_only >= spec->modules_count) != 0)
			return ACTOR_ENOMODULE; /* as many as there may be have been decoded: it cannot be */
	}
	return 0;
}

static void
take_place(struct acti_proc *proc, const actor_wire_SpawnSpec *spec)
{
	struct acti_place *place = &proc->place;

	place->only_looks = spec->only_looks;
	place->registry_count = spec->registries_count;
	for (size_t i = 0; i < spec->registries_count; i++)
		snprintf(place->registries[i], sizeof place->registries[i], "%s", spec->registries[i]);
	place->listen_count = spec->listen_count;
	for (size_t i = 0; i < spec->listen_count; i++)
		snprintf(place->listen[i], sizeof place->listen[i], "%s", spec->listen[i]);
	snprintf(place->root_address, sizeof place->root_address, "%s", spec->root_address);
}

static void
boot(struct acti_proc *proc, const actor_wire_SpawnSpec *spec)
{
	struct actor *actor = &proc->actor;
	struct acti_task *task;
	char title[ACTI_UID_TEXT_SIZE];
	int rc;

	actor->depth = spec->depth;
	if (spec->log_level >= ACTI_LOG_ERROR && spec->log_level <= ACTI_LOG_DEBUG)
		actor->log_level = (enum acti_log_level)spec->log_level;
	actor->os->ops->title(actor->os, acti_uid_text(&actor->uid, title));
	take_place(proc, spec);
	rc = take_modules(proc, spec);
	acti_connection_send_hello(&proc->parent);
	task = rc == 0 ? acti_task_new(&actor->scheduler, &actor->scope, "start") : NULL;
	if (task == NULL) {
		if (rc == 0)
			acti_error_set(&actor->scheduler.errors, actor->error, ACTOR_ENOMEM, "no memory to start with");
		send_failure(proc, actor->error);
		acti_error_reset(&actor->scheduler.errors, actor->error);
		acti_scope_cancel(&actor->scope, ACTOR_ECANCELED, &actor->uid);
		proc->phase = ACTI_PHASE_RUNNING;
		return;
	}
	acti_task_start(task, open_modules, proc, open_modules_ended, proc);
}

/* ---- what the parent says ---- */

static void
on_spec(struct acti_proc *proc, const unsigned char *body, size_t size)
{
	struct actor *actor = &proc->actor;
	actor_wire_SpawnSpec *spec = &actor->wire->spec;

	if (!acti_spawn_spec_decode(spec, body, size) || !acti_uid_from_wire(&spec->uid, &actor->uid) ||
	    (spec->has_root && !acti_uid_from_wire(&spec->root, &actor->root))) {
		acti_connection_violate(&proc->parent, "a SpawnSpec that cannot be decoded");
		return;
	}
	actor->os->ops->timer_stop(actor->os, &proc->handshake);
	boot(proc, spec);
}

static void
on_cancel(struct acti_proc *proc, const unsigned char *body, size_t size)
{
	struct actor *actor = &proc->actor;
	actor_wire_Cancel *cancel = &actor->wire->cancel;

	if (!acti_cancel_decode(cancel, body, size)) {
		acti_connection_violate(&proc->parent, "a Cancel that cannot be decoded");
		return;
	}
	acti_connection_send(&proc->parent, ACTI_FRAME_CANCEL_ACK, 0, NULL, 0);
	acti_link_flush(&proc->parent.link); /* at once: a cancelled task may block before this turn ends */
	actor->hooks->cancel_actor(actor, &proc->parent.peer, cancel->budget_ms);
}

static void
on_frame(struct acti_connection *connection, const struct acti_frame *frame, const unsigned char *body)
{
	struct acti_proc *proc = of_connection(connection);
	bool is_named = proc->actor.uid.name[0] != '\0';

	if (frame->kind == ACTI_FRAME_HELLO && !connection->is_open)
		acti_connection_take_hello(connection, body, frame->body_size, NULL);
	else if (frame->kind == ACTI_FRAME_BYE)
		acti_log(&proc->actor, ACTI_LOG_WARNING, "the parent ends the link: %.*s", (int)frame->body_size,
		         (const char *)body);
	else if (!connection->is_open)
		acti_connection_violate(connection, "%s %s before its Hello", acti_frame_kind_article(frame->kind),
		                        acti_frame_kind_name(frame->kind));
	else if (frame->kind == ACTI_FRAME_SPAWN_SPEC && !is_named)
		on_spec(proc, body, frame->body_size);
	else if (frame->kind == ACTI_FRAME_CANCEL && is_named)
		on_cancel(proc, body, frame->body_size);
	else if (frame->kind != ACTI_FRAME_PONG)
		acti_connection_violate(connection, "%s %s that concerns no dialog",
		                        acti_frame_kind_article(frame->kind), acti_frame_kind_name(frame->kind));
}

/* ---- its end ---- */

static void
on_ended(struct acti_connection *connection, const char *reason)
{
	struct acti_proc *proc = of_connection(connection);
	struct actor *actor = &proc->actor;

	if (reason != NULL || actor->uid.name[0] == '\0')
		acti_log(actor, ACTI_LOG_ERROR, "the link to the parent: %s",
		         reason != NULL ? reason : "it ended before a word was said");
	acti_error_set(&actor->scheduler.errors, &proc->parent_loss,
	               connection->link.is_violated ? ACTOR_EPROTOCOL : ACTOR_EPEERGONE, "the parent's link has ended");
	actor->os->ops->timer_stop(actor->os, &proc->handshake);
	proc->parent_is_gone = true;
	proc->status = 1;
	if (proc->phase == ACTI_PHASE_STARTING)
		proc->phase = ACTI_PHASE_RUNNING;
	acti_connection_lose(connection);
	acti_connection_drop_portals(connection);
	actor->hooks->cancel_actor(actor, connection->is_open ? &connection->peer : NULL,
	                           actor->limits.supervision.budget_ms);
	acti_supervision_force_in_time(proc);
}

static const struct acti_connection_ops ops = { .frame = on_frame, .ended = on_ended };

static void
handshake_expired(struct acti_timer *timer)
{
	struct acti_proc *proc = acti_container_of(timer, struct acti_proc, handshake);

	acti_connection_violate(&proc->parent, "nothing came: descriptor 3 is not the link of an actor");
}

int
acti_parent_open(struct acti_proc *proc, int link)
{
	struct actor *actor = &proc->actor;
	int rc;

	acti_error_init(&proc->parent_loss);
	rc = acti_connection_open(&proc->parent, actor, &ops, ACTI_ROLE_PARENT, link, false, &proc->parent_loss);
	if (rc != 0)
		return rc;
	proc->has_parent = true;
	proc->handshake.expired = handshake_expired;
	actor->os->ops->timer_start(actor->os, &proc->handshake,
	                            acti_deadline_after_ms(actor->os, actor->limits.handshake_ms));
	return 0;
}
