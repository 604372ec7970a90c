/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The caller's side.  A call has a place for its outcome (struct acti_call), on the caller's stack or in a nursery,
 * and a dialog on a connection; whichever ends first lets go of the other.  When the peer has as many of our dialogs
 * as it takes, further ones wait here, packed, in order.  So do those that come when the link is down and its loss
 * not told yet: they fail with the cause, which is about to be known.
 */
#include <base/probe.h>
#include <errno.h>
#include <rpc/context.h>
#include <rpc/local.h>
#include <rpc/portal.h>
#include <stdio.h>
#include <string.h>

#define CANCEL_WAIT_MS 616 /* for a single call that was cancelled to end; then nobody waits for it */
#define NAME_MAX_SIZE 255
#define BY_NUMBER_NONE 0xffff

/* ---- what goes into a Start ---- */

struct target {
	uint16_t module; /* BY_NUMBER_NONE: by name */
	size_t module_size, endpoint_size;
};

/* The peer's number for a module of ours; the first call to it compares names and contracts. */
static int
find_module(struct acti_connection *connection, const struct actor_service *service, uint16_t *ret_number)
{
	for (size_t i = 0; i < connection->module_count; i++) {
		struct acti_peer_module *module = &connection->modules[i];

		if (module->service == NULL && strcmp(module->name, service->name) == 0) {
			if (module->fingerprint != service->fingerprint)
				return acti_fail(ACTOR_EPROTOCOL,
				                 "%s has another contract of %s (its build is %016llx, ours %016llx): "
				                 "build both from the same .proto files",
				                 connection->peer.name, service->name,
				                 (unsigned long long)connection->peer_build,
				                 (unsigned long long)connection->actor->build);
			module->service = service;
		}
		if (module->service == service) {
			*ret_number = (uint16_t)i;
			return 0;
		}
	}
	*ret_number = BY_NUMBER_NONE; /* the peer is asked by name, and says itself that it does not serve it */
	return 0;
}

static int
find_target(struct acti_connection *connection, const struct acti_request *request, struct target *ret_target)
{
	*ret_target = (struct target){ .module = BY_NUMBER_NONE };
	if (request->service != NULL) {
		int rc = find_module(connection, request->service, &ret_target->module);

		if (rc != 0 || ret_target->module != BY_NUMBER_NONE)
			return rc;
	}
	ret_target->module_size = strlen(request->module_name);
	ret_target->endpoint_size = strlen(request->endpoint_name);
	if (ret_target->module_size == 0 || ret_target->module_size > NAME_MAX_SIZE || ret_target->endpoint_size == 0 ||
	    ret_target->endpoint_size > NAME_MAX_SIZE)
		return acti_fail(ACTOR_EINVAL, "a name of 1 to %d bytes is wanted for module and endpoint",
		                 NAME_MAX_SIZE);
	return 0;
}

static size_t
body_size(const struct target *target, const struct acti_request *request)
{
	size_t names = target->module == BY_NUMBER_NONE ? 2 + target->module_size + target->endpoint_size : 0;

	return ACTI_START_PREFIX_SIZE + names + request->size;
}

static unsigned char *
put_name(unsigned char *place, const char *name, size_t size)
{
	*place++ = (unsigned char)size;
	memcpy(place, name, size);
	return place + size;
}

static void
fill_body(unsigned char *body, const struct target *target, const struct acti_request *request)
{
	const struct acti_start start = {
		.module = target->module,
		.endpoint = target->module == BY_NUMBER_NONE ? BY_NUMBER_NONE : (uint16_t)request->endpoint,
		.credit_messages = request->context != NULL ? request->context->in.window_messages : 0,
		.credit_bytes = request->context != NULL ? request->context->in.window_bytes : 0,
	};
	unsigned char *place = body + ACTI_START_PREFIX_SIZE;

	acti_start_encode(&start, body);
	if (target->module == BY_NUMBER_NONE) {
		place = put_name(place, request->module_name, target->module_size);
		place = put_name(place, request->endpoint_name, target->endpoint_size);
	}
	if (request->message != NULL)
		acti_payload_pack(request->message, place, request->size);
	else if (request->size > 0)
		memcpy(place, request->bytes.data, request->size);
}

/* The time that is left is told when the frame is sent; rounded up, so that our own clock fires first. */
static void
set_deadline(struct acti_connection *connection, unsigned char *body, uint64_t deadline_ns)
{
	struct acti_os *os = connection->actor->os;
	struct acti_start start;
	uint64_t now, left;

	if (deadline_ns == UINT64_MAX || !acti_start_decode(body, ACTI_START_PREFIX_SIZE, &start))
		return;
	now = os->ops->now_ns(os);
	left = deadline_ns > now ? (deadline_ns - now) / ACTI_NS_PER_MS + 1 : 1;
	start.deadline_ms = left < UINT32_MAX ? (uint32_t)left : UINT32_MAX;
	acti_start_encode(&start, body);
}

/* ---- opening ---- */

static enum acti_dialog_state
first_state(const struct acti_context *context)
{
	if (context == NULL)
		return ACTI_DIALOG_CALLING;
	return context->endpoint->kind == ACTOR_GENERATOR ? ACTI_DIALOG_REQUESTING : ACTI_DIALOG_OPENING;
}

static void
enter(struct acti_dialog *dialog)
{
	struct acti_connection *connection = dialog->connection;

	acti_dialog_insert(dialog, connection->next_cid);
	connection->next_cid += 2;
	connection->call_count++;
	dialog->state = first_state(dialog->context);
	acti_list_remove(&dialog->link);
	acti_list_push_back(&connection->calls, &dialog->link);
}

static int
send_now(struct acti_dialog *dialog, const struct target *target, const struct acti_request *request, uint8_t flags)
{
	struct acti_connection *connection = dialog->connection;
	const struct acti_frame frame = {
		.body_size = (uint32_t)body_size(target, request),
		.kind = ACTI_FRAME_START,
		.flags = flags,
		.cid = connection->next_cid,
	};
	unsigned char *body = acti_link_queue(&connection->link, &frame);

	if (body == NULL)
		return acti_fail(ACTOR_ENOMEM, "a call to %s: out of memory", connection->peer.name);
	fill_body(body, target, request);
	set_deadline(connection, body, acti_scope_deadline(request->scope));
	enter(dialog);
	return 0;
}

static int
send_later(struct acti_dialog *dialog, const struct target *target, const struct acti_request *request, uint8_t flags)
{
	struct acti_connection *connection = dialog->connection;
	size_t size = body_size(target, request);

	dialog->queued_body = acti_pool_allocate(&connection->actor->scheduler.pool, &connection->blocks, size);
	if (dialog->queued_body == NULL)
		return acti_fail(ACTOR_ENOMEM, "a call to %s has to wait, and there is no memory for that",
		                 connection->peer.name);
	fill_body(dialog->queued_body, target, request);
	dialog->queued_deadline_ns = acti_scope_deadline(request->scope);
	dialog->queued_size = (uint32_t)size;
	connection->queued_bytes += size;
	dialog->queued_flags = flags;
	acti_list_push_back(&connection->queued, &dialog->link);
	return 0;
}

/* No other call may end after this one, so it cannot wait for better times. */
static void
fail_queued(struct acti_dialog *dialog)
{
	struct acti_call *call = dialog->call;

	call->rc = ACTOR_ENOMEM;
	acti_error_set(&dialog->connection->actor->scheduler.errors, call->error, ACTOR_ENOMEM,
	               "a call to %s has waited, and there is no memory to send it", dialog->connection->peer.name);
	call->dialog = NULL;
	acti_dialog_free(dialog);
	call->done(call);
}

void
acti_calls_send_queued(struct acti_connection *connection)
{
	while (connection->call_count < connection->call_max && !acti_list_is_empty(&connection->queued)) {
		struct acti_dialog *dialog = acti_container_of(connection->queued.next, struct acti_dialog, link);
		const struct acti_frame frame = {
			.body_size = dialog->queued_size,
			.kind = ACTI_FRAME_START,
			.flags = dialog->queued_flags,
			.cid = connection->next_cid,
		};
		unsigned char *body = acti_link_queue(&connection->link, &frame);

		if (body == NULL && !acti_link_is_up(&connection->link))
			return; /* the loss of the link ends it */
		if (body == NULL) {
			fail_queued(dialog);
			continue;
		}
		memcpy(body, dialog->queued_body, dialog->queued_size);
		set_deadline(connection, body, dialog->queued_deadline_ns);
		acti_dialog_drop_queued(dialog);
		enter(dialog);
	}
}

int
acti_call_open(struct acti_connection *connection, struct acti_call *call, const struct acti_request *request)
{
	struct acti_dialog *dialog;
	struct target target;
	uint8_t flags;
	int rc = find_target(connection, request, &target);

	if (rc == 0 && request->size > connection->message_size_max)
		rc = acti_fail(ACTOR_EINVAL, "the request has %zu bytes: %s takes %u", request->size,
		               connection->peer.name, connection->message_size_max);
	if (rc == 0 && acti_link_pending(&connection->link) + connection->queued_bytes + request->size >
	                   connection->actor->limits.pending_max)
		rc = acti_fail(ACTOR_ENOMEM, "%zu bytes wait for %s already: the limit is %u",
		               acti_link_pending(&connection->link) + connection->queued_bytes, connection->peer.name,
		               connection->actor->limits.pending_max);
	if (rc != 0)
		return rc;
	dialog = acti_dialog_new(connection);
	if (dialog == NULL)
		return acti_fail(ACTOR_ENOMEM, "a call to %s: out of memory", connection->peer.name);
	flags = (uint8_t)((target.module == BY_NUMBER_NONE ? ACTI_FLAG_BY_NAME : 0) |
	                  (request->want_ack ? ACTI_FLAG_WANT_ACK : 0) |
	                  (request->context != NULL ? acti_stream_policy_flags(request->context) : 0));
	dialog->call = call;
	dialog->context = request->context;
	dialog->since_ns = connection->actor->os->turn_ns;
	call->scope = request->scope;
	call->module_name = request->module_name;
	call->endpoint_name = request->endpoint_name;
	rc = acti_link_is_up(&connection->link) && connection->call_count < connection->call_max
	         ? send_now(dialog, &target, request, flags)
	         : send_later(dialog, &target, request, flags);
	if (rc != 0) {
		acti_dialog_free(dialog);
		return rc;
	}
	call->dialog = dialog;
	call->rc = 0;
	return 0;
}

/* ---- ending ---- */

/* The dialog is over: tells who waits for it first, as that may cancel those that would take its room. */
static void
finish(struct acti_dialog *dialog)
{
	struct acti_connection *connection = dialog->connection;
	struct acti_call *call = dialog->call;
	bool was_queued = dialog->cid == 0;

	call->dialog = NULL;
	acti_dialog_free(dialog);
	if (!was_queued)
		connection->call_count--;
	call->done(call);
	if (!was_queued)
		acti_calls_send_queued(connection);
}

static void
decode_reply(struct actor *actor, struct acti_call *call, const unsigned char *body, size_t size)
{
	struct acti_refusal refusal;
	int rc;

	if (call->endpoint != NULL && call->endpoint->reply == NULL)
		return;
	if (call->endpoint == NULL) {
		call->reply = acti_pool_allocate(&actor->scheduler.pool, call->owner, size);
		if (call->reply != NULL && size > 0)
			memcpy(call->reply, body, size);
		call->reply_size = size;
		rc = call->reply != NULL ? 0 : -ENOMEM;
	} else {
		rc = acti_message_decode(&actor->scheduler.pool, call->owner, &actor->limits, call->endpoint->reply,
		                         body, size, &call->reply, &refusal);
	}
	if (rc == 0)
		return;
	call->rc = rc == -ENOMEM ? ACTOR_ENOMEM : ACTOR_EPROTOCOL;
	acti_error_set(&actor->scheduler.errors, call->error, call->rc, "the reply of %s: %s",
	               call->endpoint != NULL ? call->endpoint->name : "the call",
	               rc == -ENOMEM ? "out of memory" : refusal.text);
}

void
acti_call_returned(struct acti_dialog *dialog, const unsigned char *body, size_t size)
{
	struct acti_call *call = dialog->call;

	decode_reply(dialog->connection->actor, call, body, size);
	finish(dialog);
}

void
acti_call_failed(struct acti_dialog *dialog, const unsigned char *body, size_t size)
{
	struct acti_connection *connection = dialog->connection;
	struct actor *actor = connection->actor;
	struct acti_call *call = dialog->call;

	/* The callee keeps our deadline, too; that it may be quicker to tell of it does not make it the callee's. */
	if (call->scope != NULL)
		acti_scope_expire(call->scope, actor->os);
	if (!acti_error_decode(&actor->scheduler.errors, call->error, &actor->wire->error, &connection->peer, body,
	                       size)) {
		acti_connection_violate(connection, "an Error that cannot be decoded");
		return;
	}
	call->rc = call->error->code;
	finish(dialog);
}

void
acti_call_lost(struct acti_dialog *dialog, const struct actor_error *loss)
{
	struct acti_error_pool *errors = &dialog->connection->actor->scheduler.errors;
	struct acti_call *call = dialog->call;

	acti_dialog_free(dialog);
	if (call == NULL)
		return;
	acti_error_copy(errors, call->error, loss);
	call->dialog = NULL;
	call->rc = loss->code;
	call->done(call);
}

void
acti_call_cancel(struct acti_call *call)
{
	struct acti_dialog *dialog = call->dialog;
	struct acti_connection *connection = dialog->connection;
	struct actor *actor = connection->actor;

	if (dialog->cid == 0) {
		ACTI_PROBE("a call was cancelled before it was sent");
		acti_error_set(&actor->scheduler.errors, call->error, ACTOR_ECANCELED, NULL);
		call->rc = ACTOR_ECANCELED;
		finish(dialog);
		return;
	}
	if (dialog->cancel_sent)
		return;
	dialog->cancel_sent = acti_connection_send(connection, ACTI_FRAME_CANCEL, dialog->cid, NULL, 0);
	if (dialog->cancel_sent)
		acti_connection_asked(connection);
}

void
acti_call_abandon(struct acti_call *call)
{
	call->dialog->state = ACTI_DIALOG_ABANDONED;
	call->dialog->call = NULL;
	call->dialog = NULL;
}

/* ---- what the stubs call ---- */

/* Member by member, as in acti_dialog_new(). */
void
acti_call_init(struct acti_call *call, void (*done)(struct acti_call *call), struct acti_list *owner,
               struct actor_error *error)
{
	call->done = done;
	call->accepted = NULL;
	call->dialog = NULL;
	call->service = NULL;
	call->endpoint = NULL;
	call->module_name = call->endpoint_name = NULL;
	call->owner = owner;
	call->reply = NULL;
	call->reply_size = 0;
	call->error = error;
	call->rc = 0;
}

/* What a plain call waits with, on its own stack. */
struct plain_call {
	struct acti_call call;
	struct acti_task *task;
	struct acti_list waiter;
	bool is_done;
};

static void
plain_done(struct acti_call *call)
{
	struct plain_call *plain = acti_container_of(call, struct plain_call, call);

	plain->is_done = true;
	acti_task_settle(plain->task); /* or the reason of an interruption would take the place of the call's error */
	acti_wake_all(&plain->waiter);
}

static void
waiting_for_reply(struct acti_view *view, const struct acti_task *task)
{
	const struct plain_call *plain = acti_container_of(task->queue, const struct plain_call, waiter);
	const struct acti_dialog *dialog = plain->call.dialog;

	acti_view_add(view, "waits for the %s of ", dialog != NULL && dialog->cancel_sent ? "end" : "reply");
	acti_call_view_name(view, &plain->call);
	if (dialog == NULL)
		return; /* it is here, and the task about to run */
	acti_view_add(view, " from ");
	acti_view_add_uid(view, &dialog->connection->peer);
}

/*
 * The caller was cancelled: so is the remote task.  What it still says within the time is heard: a result or a
 * failure of its own that was on the way wins over our cancellation.
 */
static void
wind_up(struct plain_call *plain, struct actor *actor, bool waits)
{
	uint64_t limit = acti_deadline_after_ms(actor->os, CANCEL_WAIT_MS);

	acti_call_cancel(&plain->call);
	while (waits && !plain->is_done && acti_wait_shielded_until(&plain->waiter, waiting_for_reply, limit))
		;
	if (!plain->is_done) {
		ACTI_PROBE("a call was abandoned");
		acti_call_abandon(&plain->call);
	}
}

/* The portal is looked up anew after each wait, as it may have gone meanwhile. */
int
acti_call_find_room(struct actor_portal handle, struct acti_connection **ret_connection)
{
	int rc = acti_portal_connect(handle, ret_connection);

	while (rc == 0 && acti_link_is_full(&(*ret_connection)->link)) {
		rc = acti_wait(&(*ret_connection)->link.writers, acti_waiting_for_room);
		if (rc == 0)
			rc = acti_portal_connect(handle, ret_connection);
	}
	return rc;
}

static bool
is_impatient(struct actor_portal handle)
{
	struct acti_portal *portal;

	return acti_portal_find(handle, &portal) == 0 && portal->is_impatient;
}

static int
call_and_wait(struct actor_portal handle, struct plain_call *plain, struct acti_request *request)
{
	struct acti_task *task = acti_task_current();
	struct acti_connection *connection;
	int rc = acti_call_find_room(handle, &connection);

	request->scope = task->scope;
	if (rc == 0)
		rc = acti_scope_check(task->scope, task);
	if (rc == 0)
		rc = acti_call_open(connection, &plain->call, request);
	if (rc != 0)
		return rc;
	while (rc == 0 && !plain->is_done)
		rc = acti_wait(&plain->waiter, waiting_for_reply);
	if (rc != 0 && !plain->is_done)
		wind_up(plain, task->scheduler->actor, !is_impatient(handle));
	if (!plain->is_done)
		return acti_scope_check(task->scope, task);
	if (acti_code_is_cancellation(plain->call.rc) && task->scope->cause != 0)
		return acti_scope_check(task->scope, task);
	return plain->call.rc;
}

static void
plain_init(struct plain_call *plain, struct acti_task *task)
{
	acti_call_init(&plain->call, plain_done, &task->blocks, &task->error);
	plain->task = task;
	acti_list_init(&plain->waiter);
	plain->is_done = false;
}

/* Checks the message against its own type and the limits: nothing that breaks them is sent. */
int
acti_request_prepare(struct acti_request *request, struct actor *actor, const struct actor_service *service,
                     size_t endpoint, const ProtobufCMessage *message)
{
	struct acti_refusal refusal;

	*request = (struct acti_request){
		.service = service,
		.endpoint = endpoint,
		.module_name = service->name,
		.endpoint_name = service->endpoints[endpoint].name,
		.message = message,
	};
	if (message == NULL && service->endpoints[endpoint].request == NULL)
		return 0;
	if (message == NULL || message->descriptor != service->endpoints[endpoint].request->descriptor)
		return acti_fail(ACTOR_EINVAL, "%s.%s takes a %s%s", service->name, request->endpoint_name,
		                 service->endpoints[endpoint].request->descriptor->name, acti_message_hint(message));
	if (acti_message_measure(&actor->limits, service->endpoints[endpoint].request, message, &request->size,
	                         &refusal) != 0)
		return acti_fail(ACTOR_EINVAL, "the request of %s.%s: %s", service->name, request->endpoint_name,
		                 refusal.text);
	return 0;
}

int
acti_call(struct actor_portal handle, const struct actor_service *service, size_t endpoint,
          const ProtobufCMessage *message, void *ret_reply)
{
	struct acti_task *task = acti_task_current();
	struct acti_request request;
	struct plain_call plain;
	int rc;

	if (task == NULL)
		return ACTOR_ENORUNTIME;
	rc = acti_request_prepare(&request, task->scheduler->actor, service, endpoint, message);
	if (rc != 0)
		return rc;
	plain_init(&plain, task);
	plain.call.service = service;
	plain.call.endpoint = &service->endpoints[endpoint];
	rc = call_and_wait(handle, &plain, &request);
	if (rc == ACTI_PORTAL_IS_SELF)
		return acti_local_call(service, endpoint, message, ret_reply);
	if (rc == 0 && ret_reply != NULL)
		memcpy(ret_reply, &plain.call.reply, sizeof plain.call.reply);
	return rc;
}

int
actor_portal_run_from_ns(struct actor_portal handle, const char *ns, const char *function, struct actor_bytes bytes,
                         struct actor_bytes *ret_reply)
{
	struct acti_task *task = acti_task_current();
	struct acti_request request = {
		.module_name = ns, .endpoint_name = function, .bytes = bytes, .size = bytes.size
	};
	struct plain_call plain;
	int rc;

	if (task == NULL)
		return ACTOR_ENORUNTIME;
	if (bytes.size > task->scheduler->actor->limits.message_size_max)
		return acti_fail(ACTOR_EINVAL, "a request of %zu bytes: the limit is %u", bytes.size,
		                 task->scheduler->actor->limits.message_size_max);
	plain_init(&plain, task);
	rc = call_and_wait(handle, &plain, &request);
	if (rc == ACTI_PORTAL_IS_SELF)
		return acti_local_run(ns, function, bytes, ret_reply);
	if (rc == 0 && ret_reply != NULL)
		*ret_reply = (struct actor_bytes){ plain.call.reply, plain.call.reply_size };
	return rc;
}

/* ---- calls as children of a nursery ---- */

struct nursery_call {
	struct acti_call call;
	struct acti_child child;
	struct acti_timer limit;
	bool limit_runs; /* once it is cancelled */
	void *ret_reply;
};

static void
nursery_call_done(struct acti_call *call)
{
	struct nursery_call *self = acti_container_of(call, struct nursery_call, call);
	struct acti_scheduler *scheduler = acti_container_of(call->owner, struct acti_task, blocks)->scheduler;

	if (self->limit_runs)
		scheduler->os->ops->timer_stop(scheduler->os, &self->limit);
	if (call->rc == 0 && self->ret_reply != NULL)
		memcpy(self->ret_reply, &call->reply, sizeof call->reply);
	acti_nursery_remove(&self->child, call->rc != 0 ? call->error : NULL);
	acti_error_reset(&scheduler->errors, call->error);
	acti_pool_release(&scheduler->pool, self);
}

static void
nursery_call_given_up(struct acti_timer *timer)
{
	struct nursery_call *self = acti_container_of(timer, struct nursery_call, limit);
	struct actor *actor = self->call.dialog->connection->actor;

	acti_call_abandon(&self->call);
	acti_error_set(&actor->scheduler.errors, self->call.error, ACTOR_ECANCELED, NULL);
	self->call.rc = ACTOR_ECANCELED;
	nursery_call_done(&self->call);
}

static void
nursery_call_cancel(struct acti_child *child)
{
	struct nursery_call *self = acti_container_of(child, struct nursery_call, child);
	struct acti_dialog *dialog = self->call.dialog;

	if (dialog->cid != 0) {
		struct acti_os *os = dialog->connection->actor->os;

		if (!self->limit_runs)
			self->limit = (struct acti_timer){ .expired = nursery_call_given_up };
		self->limit_runs = true;
		os->ops->timer_start(os, &self->limit, acti_deadline_after_ms(os, CANCEL_WAIT_MS));
	}
	acti_call_cancel(&self->call);
}

static void
show_nursery_call(struct acti_view *view, const struct acti_child *child)
{
	const struct nursery_call *self = acti_container_of(child, const struct nursery_call, child);
	const struct acti_dialog *dialog = self->call.dialog;

	acti_view_begin(view);
	acti_view_add(view, "call of ");
	acti_call_view_name(view, &self->call);
	acti_view_add(view, " to ");
	acti_view_add_uid(view, &dialog->connection->peer);
	acti_view_add(view, "%s, for ", dialog->cancel_sent ? ", cancelled" : "");
	acti_view_add_ms_since(view, dialog->since_ns);
	acti_view_end(view);
}

static const struct acti_child_ops nursery_call_ops = { .cancel = nursery_call_cancel, .show = show_nursery_call };

int
acti_call_start(struct actor_nursery *owner, struct actor_portal handle, const struct actor_service *service,
                size_t endpoint, const ProtobufCMessage *message, void *ret_reply)
{
	struct acti_task *task = acti_task_current();
	struct acti_connection *connection;
	struct acti_request request;
	struct nursery_call *self;
	struct acti_nursery *nursery;
	int rc = acti_nursery_find_open(owner, &nursery);

	if (rc == 0)
		rc = acti_portal_connect(handle, &connection);
	if (rc == ACTI_PORTAL_IS_SELF)
		return acti_local_start(owner, service, endpoint, message, ret_reply);
	if (rc == 0)
		rc = acti_request_prepare(&request, connection->actor, service, endpoint, message);
	if (rc != 0)
		return rc;
	request.scope = &nursery->scope;
	self = acti_pool_allocate(&task->scheduler->pool, &nursery->task->blocks, sizeof *self);
	if (self == NULL)
		return acti_fail(ACTOR_ENOMEM, "a call to %s: out of memory", connection->peer.name);
	acti_call_init(&self->call, nursery_call_done, &nursery->task->blocks, connection->actor->error);
	self->call.service = service;
	self->call.endpoint = &service->endpoints[endpoint];
	self->limit_runs = false;
	self->ret_reply = ret_reply;
	rc = acti_call_open(connection, &self->call, &request);
	if (rc != 0) {
		acti_pool_release(&task->scheduler->pool, self);
		return rc;
	}
	acti_nursery_add(nursery, &self->child, &nursery_call_ops);
	return 0;
}
