/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Being a member of a registry that has another registrar: a task keeps a connection to it, and the entry there.  When
 * the connection is lost, so is the entry; the task tries again, after a pause that differs from actor to actor, until the
 * registrar is back.  If the registrar is the parent, the link to it is the connection, and its end is the actor's own.
 */
#include <base/probe.h>
#include <disc/discovery.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PAUSE_MS 200 /* and up to as much again, so that not all come at once */
#define ANSWER_MS 1000

static void
changed(struct acti_membership *self)
{
	acti_wake_all(&self->waiters);
}

static void
waiting(struct acti_view *view, const struct acti_task *task)
{
	const struct acti_membership *self = acti_container_of(task->queue, const struct acti_membership, waiters);

	acti_view_add(view, self->is_registered ? "keeps the actor entered at %s" : "waits for the registrar at %s",
	              self->address);
}

/* ---- the connection ---- */

static void
drop_connection(struct acti_membership *self)
{
	struct acti_peer *peer = self->peer;

	acti_list_remove(&self->loss.link);
	if (self->portal != NULL)
		acti_portal_free(self->portal);
	self->portal = NULL;
	self->peer = NULL;
	self->is_registered = self->is_twin = false;
	changed(self);
	if (peer != NULL)
		acti_peer_put(peer);
}

static void
on_loss(struct acti_cleanup *cleanup)
{
	ACTI_PROBE("a registrar was lost");
	drop_connection(acti_container_of(cleanup, struct acti_membership, loss));
}

static int
use_connection(struct acti_membership *self, struct acti_connection *connection)
{
	self->portal = acti_portal_new(&self->proc->actor, &connection->peer, connection);
	if (self->portal == NULL)
		return acti_fail(ACTOR_ENOMEM, "a portal to the registrar: out of memory");
	self->portal->is_impatient = true; /* so that what bounds a question bounds the wait for it */
	self->loss.fn = on_loss;
	acti_list_push_back(&connection->losses, &self->loss.link);
	return 0;
}

static int
connect_to_parent(struct acti_membership *self)
{
	struct acti_connection *parent = &self->proc->parent;

	if (parent->is_lost)
		return acti_fail(ACTOR_ENOREGISTRAR, "the registrar was the parent, which is gone");
	return use_connection(self, parent);
}

/*
 * One registrar may keep several registries: it has one table, and wants one entry of an actor, over one connection.
 * Whoever comes to it second waits for what comes of the first.
 */
static int
find_twin(const struct acti_membership *self, const struct actor_uid *registrar, struct acti_membership **ret_twin)
{
	struct acti_discovery *all = self->proc->discovered;
	int rc = 0;

	*ret_twin = NULL;
	for (size_t i = 0; rc == 0 && *ret_twin == NULL && i < all->membership_count; i++) {
		struct acti_membership *other = &all->memberships[i];

		if (other == self || other->is_twin || other->portal == NULL ||
		    !acti_uid_equal(&other->portal->uid, registrar))
			continue;
		while (rc == 0 && other->portal != NULL && !other->is_registered)
			rc = acti_wait(&other->waiters, waiting);
		if (rc == 0 && other->is_registered && acti_uid_equal(&other->portal->uid, registrar))
			*ret_twin = other;
	}
	return rc;
}

/* The peer has a reference of ours, and keeps it if it is used. */
static int
use_peer(struct acti_membership *self, struct acti_peer *peer)
{
	struct acti_membership *twin = NULL;
	int rc;

	if (peer->connection.peer_is_registrar)
		rc = find_twin(self, &peer->connection.peer, &twin);
	else
		rc = acti_fail(ACTOR_ENOREGISTRAR, "who listens at %s is no registrar", self->address);
	if (rc == 0 && twin == NULL && peer->is_ended)
		rc = acti_fail(ACTOR_ENOREGISTRAR, "the registrar at %s is gone", self->address);
	if (rc == 0)
		rc = use_connection(self, twin != NULL ? twin->portal->connection : &peer->connection);
	if (rc == 0)
		self->is_twin = twin != NULL;
	if (rc == 0 && twin == NULL)
		self->peer = peer;
	else
		acti_peer_put(peer);
	return rc;
}

static int
connect_to_registrar(struct acti_membership *self)
{
	struct acti_proc *proc = self->proc;
	const struct acti_dial dial = { .address = self->address, .timeout_ms = proc->actor.limits.probe_ms };
	struct acti_peer *peer;
	int rc;

	if (proc->has_parent && proc->parent.peer_is_registrar)
		return connect_to_parent(self);
	rc = acti_peer_dial(proc, &dial, &peer);
	if (rc > 0)
		return acti_fail(ACTOR_ENOREGISTRAR, "nobody listens at %s", self->address);
	return rc == 0 ? use_peer(self, peer) : rc;
}

/* ---- the entry ---- */

static int
enter(struct acti_membership *self)
{
	struct acti_proc *proc = self->proc;
	Actor__Addresses request = ACTOR__ADDRESSES__INIT;
	char addresses[ACTI_LISTENERS_MAX][ACTI_ADDRESS_SIZE], *list[ACTI_LISTENERS_MAX];
	struct actor_registrar registrar = { acti_portal_handle(self->portal) };
	struct actor_scope limit;
	int rc;

	if (self->is_twin || proc->place.only_looks) {
		self->is_registered = true;
		return 0;
	}
	for (size_t i = 0; i < proc->listener_count; i++) {
		acti_address_of_path(addresses[i], proc->listeners[i].socket.path);
		list[i] = addresses[i];
	}
	request.n_addresses = proc->listener_count;
	request.addresses = list;
	actor_scope_open(&limit, &(const struct actor_scope_options){ .timeout_ms = ANSWER_MS });
	rc = actor_registrar_register(registrar, &request, NULL);
	rc = actor_scope_close(&limit, rc, NULL);
	if (rc == 0 && self->portal == NULL) /* the connection was lost with the answer, before this task ran again */
		rc = acti_fail(ACTOR_ENOREGISTRAR, "the registrar at %s answered, and is gone", self->address);
	self->is_registered = rc == 0;
	return rc;
}

/* One that answers, but refuses, is left: it may be another by the next time. */
static int
join(struct acti_membership *self)
{
	int rc = connect_to_registrar(self);

	if (rc == 0) {
		rc = enter(self);
		if (rc != 0 && self->portal != NULL)
			drop_connection(self);
	}
	if (rc != 0)
		snprintf(self->why, sizeof self->why, "%s", actor_error_message(actor_error_last()));
	if (rc != 0 && !self->has_tried)
		acti_log(&self->proc->actor, ACTI_LOG_INFO, "not entered at %s yet: %s", self->address,
		         actor_error_text(actor_error_last()));
	self->has_tried = true;
	changed(self);
	return rc;
}

static int
pause_for_a_while(struct acti_membership *self)
{
	struct acti_os *os = self->proc->actor.os;
	unsigned char random = 0;

	(void)os->ops->random(os, &random, sizeof random); /* without it, the pause is a short one */
	return actor_sleep_ms(PAUSE_MS + random % PAUSE_MS);
}

static int
keep(void *argument)
{
	struct acti_membership *self = argument;
	int rc = 0;

	while (rc == 0 && acti_task_current()->scope->cause == 0) {
		if (join(self) == 0)
			acti_log(&self->proc->actor, ACTI_LOG_INFO, "entered at %s", self->address);
		while (rc == 0 && self->is_registered)
			rc = acti_wait(&self->waiters, waiting);
		if (rc == 0)
			rc = pause_for_a_while(self);
	}
	return rc;
}

static void
ended(struct acti_task *task, int rc)
{
	(void)task, (void)rc; /* only the end of the actor ends it */
}

int
acti_membership_open(struct acti_membership *self, struct acti_proc *proc, const char *address)
{
	struct acti_task *task = acti_task_new(&proc->actor.scheduler, &proc->actor.scope, "registry");

	memset(self, 0, sizeof *self);
	self->proc = proc;
	snprintf(self->address, sizeof self->address, "%s", address);
	acti_list_init(&self->loss.link);
	acti_list_init(&self->waiters);
	if (task == NULL)
		return acti_fail(ACTOR_ENOMEM, "no memory for a task that joins %s", address);
	acti_task_start(task, keep, self, ended, self);
	return 0;
}

int
acti_membership_fail(const struct acti_membership *self)
{
	return acti_fail(ACTOR_ENOREGISTRAR, "no registrar answers at %s%s%s", self->address,
	                 self->has_tried ? ": " : "", self->why);
}

int
acti_membership_wait(struct acti_membership *self, uint32_t timeout_ms)
{
	struct actor_scope limit;
	int fired, rc = 0;

	actor_scope_open(&limit, &(const struct actor_scope_options){ .timeout_ms = timeout_ms });
	while (rc == 0 && !self->is_registered)
		rc = acti_wait(&self->waiters, waiting);
	rc = actor_scope_close(&limit, rc, &fired);
	if (rc == 0 && fired && !self->is_registered)
		rc = acti_membership_fail(self);
	return rc;
}

int
acti_membership_wait_for_first_try(struct acti_membership *self)
{
	int rc = 0;

	while (rc == 0 && !self->has_tried)
		rc = acti_wait(&self->waiters, waiting);
	return rc;
}

void
acti_membership_leave(struct acti_membership *self)
{
	uint32_t unregister_ms = self->proc->actor.limits.unregister_ms;
	Google__Protobuf__Empty nothing = GOOGLE__PROTOBUF__EMPTY__INIT;
	struct actor_scope limit;
	int rc;

	if (!self->is_registered || self->is_twin || self->proc->place.only_looks)
		return;
	actor_scope_open(&limit, &(const struct actor_scope_options){ .timeout_ms = unregister_ms });
	rc = actor_registrar_unregister((struct actor_registrar){ acti_portal_handle(self->portal) }, &nothing, NULL);
	rc = actor_scope_close(&limit, rc, NULL);
	if (rc != 0) /* the end of the connection does it, too */
		acti_log(&self->proc->actor, ACTI_LOG_INFO, "the registrar at %s did not hear of the end: %s",
		         self->address, actor_error_text(actor_error_last()));
}

void
acti_membership_fini(struct acti_membership *self)
{
	if (self->portal != NULL)
		drop_connection(self);
}
