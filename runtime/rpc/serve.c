/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The callee's side.  A Start finds a module of the allowlist and an endpoint of its table, or is refused; its request
 * is decoded before a task exists, so that user code never sees one that breaks its type.  The task's last act is to
 * send what came of it.
 */
#include <errno.h>
#include <rpc/context.h>
#include <string.h>

#define SELF "self"

struct target {
	struct acti_served *served;
	size_t endpoint;
	const unsigned char *payload;
	size_t size;
};

static bool
find_endpoint(struct acti_connection *connection, uint64_t cid, const char *name, size_t size, struct target *target)
{
	const struct actor_service *service = target->served->service;

	for (size_t i = 0; i < service->endpoint_count; i++)
		if (acti_name_is(name, size, service->endpoints[i].name)) {
			target->endpoint = i;
			return true;
		}
	acti_refuse(connection, cid, ACTOR_ENOENDPOINT, "%s has no endpoint %.*s", service->name, (int)size, name);
	return false;
}

static bool
find_by_name(struct acti_connection *connection, uint64_t cid, struct target *target)
{
	struct acti_start_names names;

	if (!acti_start_names_decode(target->payload, target->size, &names)) {
		acti_connection_violate(connection, "a Start whose names cannot be decoded");
		return false;
	}
	target->payload += names.size;
	target->size -= names.size;
	if (acti_name_is(names.module, names.module_size, SELF)) {
		acti_self(connection, cid, names.endpoint, names.endpoint_size, target->payload, target->size);
		return false;
	}
	target->served = acti_actor_find_served(connection->actor, acti_connection_served_count(connection),
	                                        names.module, names.module_size);
	if (target->served == NULL) {
		acti_refuse(connection, cid, ACTOR_EDENIED,
		            "%s does not expose the module %.*s: its spawner has to name it in "
		            "actor_spawn_options.enable, or spawn it by the module's own _spawn(); a root's "
		            "program, in actor_program.enable",
		            connection->actor->uid.name, (int)names.module_size, names.module);
		return false;
	}
	return find_endpoint(connection, cid, names.endpoint, names.endpoint_size, target);
}

static bool
find_by_number(struct acti_connection *connection, uint64_t cid, const struct acti_start *start, struct target *target)
{
	struct actor *actor = connection->actor;

	if (start->module >= acti_connection_served_count(connection)) {
		acti_refuse(connection, cid, ACTOR_EDENIED, "%s exposes no module %u", actor->uid.name, start->module);
		return false;
	}
	target->served = &actor->served[start->module];
	target->endpoint = start->endpoint;
	if (start->endpoint < target->served->service->endpoint_count)
		return true;
	acti_refuse(connection, cid, ACTOR_ENOENDPOINT, "%s has no endpoint %u", target->served->service->name,
	            start->endpoint);
	return false;
}

/* ---- the task ---- */

static int
run(void *argument)
{
	struct acti_dialog *dialog = argument;
	const struct actor_endpoint *endpoint = dialog->endpoint;
	struct acti_task *task = dialog->task;
	int rc = acti_scope_check(task->scope, task);

	if (rc != 0)
		return rc; /* it is over before it began */
	dialog->since_ns = dialog->connection->actor->os->turn_ns;
	if (endpoint->reply != NULL) {
		dialog->reply = actor_alloc(endpoint->reply->descriptor->sizeof_message);
		if (dialog->reply == NULL)
			return acti_fail(ACTOR_ENOMEM, "the reply of %s: out of memory", endpoint->name);
		acti_payload_init(endpoint->reply->descriptor, dialog->reply);
	}
	if (dialog->context != NULL)
		rc = acti_context_begin(dialog->context);
	if (rc == 0)
		rc = endpoint->thunk(dialog->served->ops, dialog->served->state, acti_context_handle(dialog->context),
		                     dialog->request, dialog->reply);
	if (dialog->context != NULL && dialog->context->in.has_run_out && acti_scope_caused(task->scope, task, rc))
		return acti_fail(ACTOR_ENOMEM, "%s", dialog->context->refusal);
	if (rc > 0)
		return acti_fail(ACTOR_EINVAL, "%s gave %d: 0 is success, an error is negative", endpoint->name, rc);
	if (rc == 0 && dialog->context != NULL && !dialog->context->has_started)
		return acti_fail(ACTOR_EPROTOCOL, "%s has returned without its first value", endpoint->name);
	return rc;
}

/* The side that erred is the side that fails: a reply that breaks its type is the endpoint's error. */
static int
measure_reply(struct acti_dialog *dialog, size_t *ret_size)
{
	struct actor *actor = dialog->connection->actor;
	struct acti_refusal refusal;
	int rc = 0;

	if (dialog->reply != NULL)
		rc = acti_message_measure(&actor->limits, dialog->endpoint->reply, dialog->reply, ret_size, &refusal);
	if (rc == 0 && *ret_size > dialog->connection->message_size_max)
		return acti_fail(ACTOR_EINVAL, "the reply of %s has %zu bytes: the caller takes %u",
		                 dialog->endpoint->name, *ret_size, dialog->connection->message_size_max);
	return rc == 0 ? 0 : acti_fail(ACTOR_EINVAL, "the reply of %s: %s", dialog->endpoint->name, refusal.text);
}

static bool
send_reply(struct acti_dialog *dialog, size_t size)
{
	const struct acti_frame frame = { .body_size = (uint32_t)size, .kind = ACTI_FRAME_RETURN, .cid = dialog->cid };
	unsigned char *body = acti_link_queue(&dialog->connection->link, &frame);

	if (body != NULL && dialog->reply != NULL)
		acti_payload_pack(dialog->reply, body, size);
	return body != NULL;
}

/* Whatever became of its scope, the outcome is told. */
static void
ended(struct acti_task *task, int rc)
{
	struct acti_dialog *dialog = task->owner;
	struct acti_connection *connection = dialog->connection;
	size_t size = 0;

	while (acti_link_is_up(&connection->link) && acti_link_is_full(&connection->link))
		acti_wait_shielded(&connection->link.writers, acti_waiting_for_room);
	if (rc == 0)
		rc = measure_reply(dialog, &size);
	if (rc == 0 && dialog->context != NULL)
		acti_stream_tell_lost(dialog->context);
	if (rc == 0 && acti_link_is_up(&connection->link) && !send_reply(dialog, size))
		rc = acti_fail(ACTOR_ENOMEM, "the reply of %s: out of memory", dialog->endpoint->name);
	if (rc != 0)
		acti_connection_send_error(connection, dialog->cid, &task->error);
	else if (!acti_link_is_up(&connection->link))
		acti_log(connection->actor, ACTI_LOG_INFO, "%s did well, but its caller %s is gone",
		         dialog->endpoint->name, connection->peer.name);
	if (dialog->context != NULL)
		acti_context_served(dialog->context);
	acti_dialog_free(dialog);
	connection->served_count--;
	if (connection->served_count == 0 && connection->ops->idle != NULL)
		connection->ops->idle(connection);
}

static int
decode_request(struct acti_task *task, const struct target *target, void **ret_request,
               struct acti_refusal *reterr_refusal)
{
	struct actor *actor = task->scheduler->actor;
	const struct actor_endpoint *endpoint = &target->served->service->endpoints[target->endpoint];

	*ret_request = NULL;
	if (endpoint->request == NULL)
		return 0;
	return acti_message_decode(&actor->scheduler.pool, &task->blocks, &actor->limits, endpoint->request,
	                           target->payload, target->size, ret_request, reterr_refusal);
}

static int
start_dialog(struct acti_dialog *dialog, struct acti_task *task, const struct target *target,
             const struct acti_frame *frame, const struct acti_start *start)
{
	const struct actor_endpoint *endpoint = &target->served->service->endpoints[target->endpoint];

	dialog->task = task;
	dialog->served = target->served;
	dialog->endpoint = endpoint;
	dialog->state = endpoint->kind == ACTOR_FUNCTION    ? ACTI_DIALOG_SERVING
	                : endpoint->kind == ACTOR_GENERATOR ? ACTI_DIALOG_YIELDING
	                                                    : ACTI_DIALOG_ACCEPTING;
	if (endpoint->kind == ACTOR_FUNCTION)
		return 0;
	dialog->context = acti_context_serve(dialog, start, frame->flags);
	return dialog->context != NULL ? 0 : -ENOMEM;
}

static void
start_task(struct acti_connection *connection, const struct acti_frame *frame, const struct target *target,
           const struct acti_start *start, struct acti_task *task)
{
	struct actor *actor = connection->actor;
	const struct actor_endpoint *endpoint = &target->served->service->endpoints[target->endpoint];
	struct acti_dialog *dialog = acti_dialog_new(connection);
	struct acti_refusal refusal;
	void *request;
	int rc = dialog == NULL ? -ENOMEM : decode_request(task, target, &request, &refusal);

	if (rc == 0)
		rc = start_dialog(dialog, task, target, frame, start);
	if (rc != 0) {
		if (dialog != NULL)
			acti_dialog_free(dialog);
		acti_task_discard(task);
		acti_refuse(connection, frame->cid, rc == -ENOMEM ? ACTOR_ENOMEM : ACTOR_EINVAL,
		            "the request of %s.%s: %s", target->served->service->name, endpoint->name,
		            rc == -ENOMEM ? "out of memory" : refusal.text);
		return;
	}
	acti_dialog_insert(dialog, frame->cid);
	dialog->request = request;
	task->serves = endpoint;
	task->service = target->served->service;
	task->title = acti_dialog_view_title;
	if (frame->flags & ACTI_FLAG_WANT_ACK || dialog->context != NULL) {
		const unsigned char kind = (unsigned char)endpoint->kind;

		acti_connection_send(connection, ACTI_FRAME_START_ACK, frame->cid, &kind, sizeof kind);
		acti_link_flush(&connection->link); /* at once: the function may block before this turn ends */
	}
	if (start->deadline_ms > 0)
		acti_scope_set_deadline(&task->root_scope, actor->os,
		                        acti_deadline_after_ms(actor->os, start->deadline_ms), &connection->peer);
	connection->served_count++;
	acti_task_start(task, run, dialog, ended, dialog);
}

/* ---- calls that are begun only to be cancelled ---- */

static uint64_t
cancel_interval_ns(const struct acti_limits *limits)
{
	return ACTI_NS_PER_MS * 1000ull / limits->cancels_per_s;
}

/* A bucket of tokens, of which each cancellation takes one, is kept as the time at which it will be full again. */
void
acti_serve_cancelled(struct acti_connection *connection)
{
	struct acti_os *os = connection->actor->os;
	uint64_t now;

	if (connection->role != ACTI_ROLE_PEER)
		return;
	now = os->ops->now_ns(os);
	if (connection->cancels_full_ns < now)
		connection->cancels_full_ns = now;
	connection->cancels_full_ns += cancel_interval_ns(&connection->actor->limits);
}

/* Until there is a token; 0: there is one.  The time of the turn may be past: it is enough to see that nothing is wrong. */
static uint64_t
cancel_wait_ns(const struct acti_connection *connection)
{
	const struct acti_limits *limits = &connection->actor->limits;
	struct acti_os *os = connection->actor->os;
	uint64_t room_ns, now;

	if (connection->cancels_full_ns <= os->turn_ns)
		return 0;
	room_ns = (limits->cancels_burst - 1) * cancel_interval_ns(limits);
	if (connection->cancels_full_ns <= os->turn_ns + room_ns)
		return 0;
	now = os->ops->now_ns(os) + room_ns;
	return connection->cancels_full_ns > now ? connection->cancels_full_ns - now : 0;
}

/* false: it has been refused. */
static bool
may_begin(struct acti_connection *connection, uint64_t cid)
{
	uint64_t wait_ns = cancel_wait_ns(connection);

	if (wait_ns > 0)
		acti_refuse(connection, cid, ACTOR_ENOMEM,
		            "%s takes no call of this peer for %u ms, as too many of those that ran were cancelled: "
		            "begin fewer, or let them end",
		            connection->actor->uid.name, (unsigned)(wait_ns / ACTI_NS_PER_MS) + 1);
	return wait_ns == 0;
}

void
acti_serve(struct acti_connection *connection, const struct acti_frame *frame, const unsigned char *body)
{
	struct actor *actor = connection->actor;
	struct target target;
	struct acti_start start;
	struct acti_task *task;
	const struct actor_endpoint *endpoint;

	if (!acti_start_decode(body, frame->body_size, &start)) {
		acti_connection_violate(connection, "a Start of %u bytes", frame->body_size);
		return;
	}
	target.payload = body + ACTI_START_PREFIX_SIZE;
	target.size = frame->body_size - ACTI_START_PREFIX_SIZE;
	if (!(frame->flags & ACTI_FLAG_BY_NAME ? find_by_name(connection, frame->cid, &target)
	                                       : find_by_number(connection, frame->cid, &start, &target)))
		return;
	endpoint = &target.served->service->endpoints[target.endpoint];
	if ((endpoint->kind == ACTOR_FUNCTION) != (start.credit_messages == 0)) {
		acti_refuse(connection, frame->cid, ACTOR_EKIND, "%s.%s is %s", target.served->service->name,
		            endpoint->name, endpoint->kind == ACTOR_FUNCTION ? "a function" : "not a function");
		return;
	}
	if (actor->scope.cause != 0 || !target.served->is_open) {
		acti_refuse(connection, frame->cid, ACTOR_ECLOSED, "%s is %s: it takes no calls", actor->uid.name,
		            actor->scope.cause != 0 ? "stopping" : "starting");
		return;
	}
	if (!may_begin(connection, frame->cid))
		return;
	if (connection->served_count >= acti_connection_dialogs_max(connection) ||
	    (task = acti_task_new(&actor->scheduler, &connection->served, endpoint->name)) == NULL) {
		acti_refuse(connection, frame->cid, ACTOR_ENOMEM,
		            "%s runs %u calls of this peer already, or has no memory", actor->uid.name,
		            connection->served_count);
		return;
	}
	start_task(connection, frame, &target, &start, task);
}

struct acti_connection *
acti_serving_connection(void)
{
	struct acti_task *task = acti_task_current();

	if (task == NULL || task->ended != ended || task->serves_itself)
		return NULL;
	return ((struct acti_dialog *)task->owner)->connection;
}

struct acti_context *
acti_serving_context(void)
{
	struct acti_task *task = acti_task_current();

	if (task == NULL || task->ended != ended || task->serves_itself)
		return NULL;
	return ((struct acti_dialog *)task->owner)->context;
}

/* ---- typed errors ---- */

/* NULL: it is not declared. */
static const struct actor_message *
find_raised(const struct actor_endpoint *endpoint, const ProtobufCMessageDescriptor *type)
{
	if (endpoint == NULL || endpoint->raises == NULL)
		return NULL;
	for (size_t i = 0; endpoint->raises[i] != NULL; i++)
		if (endpoint->raises[i]->descriptor == type)
			return endpoint->raises[i];
	return NULL;
}

int
acti_raise(const ProtobufCMessage *value)
{
	struct acti_task *task = acti_task_current();
	const struct actor_message *type;
	struct acti_refusal refusal;
	size_t size;

	if (task == NULL)
		return ACTOR_ENORUNTIME;
	if (value == NULL)
		return acti_fail(ACTOR_EINVAL, "there is no value to raise");
	type = find_raised(task->serves, value->descriptor);
	if (type == NULL)
		return acti_fail(ACTOR_EINVAL,
		                 "%s does not declare that it raises %s: add it to (actor.endpoint).raises",
		                 task->serves != NULL ? task->serves->name : "this task, which serves no endpoint,",
		                 value->descriptor->name);
	if (acti_message_measure(&task->scheduler->actor->limits, type, value, &size, &refusal) != 0)
		return acti_fail(ACTOR_EINVAL, "what %s raises: %s", task->serves->name, refusal.text);
	acti_fail(ACTOR_ERAISED, "%s raised it", task->serves->name);
	strncpy(task->error.type, value->descriptor->name, sizeof task->error.type - 1);
	if (size <= ACTI_RAISED_VALUE_MAX)
		task->error.value = acti_value_new(&task->scheduler->os->memory, size);
	if (task->error.value != NULL)
		acti_payload_pack(value, task->error.value->bytes, size);
	else
		task->error.value_lost = true;
	return ACTOR_ERAISED;
}

const void *
acti_raised(const struct actor_error *error, const struct actor_message *type)
{
	struct acti_task *task = acti_task_current();
	struct acti_refusal refusal;
	void *message;
	int rc;

	if (task == NULL || error == NULL || error->value == NULL || strcmp(error->type, type->descriptor->name) != 0)
		return NULL;
	rc = acti_message_decode(&task->scheduler->pool, &task->blocks, &task->scheduler->actor->limits, type,
	                         error->value->bytes, error->value->size, &message, &refusal);
	if (rc == -EBADMSG)
		acti_log(task->scheduler->actor, ACTI_LOG_WARNING, "a raised value is not given: %s", refusal.text);
	return rc == 0 ? message : NULL;
}
