/* SPDX-License-Identifier: BSD-2-Clause */
#include <base/probe.h>
#include <errno.h>
#include <rpc/context.h>
#include <rpc/portal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BIT(kind) (1u << ACTI_FRAME_##kind)
#define DIALOG_KINDS                                                                                      \
	(BIT(START) | BIT(START_ACK) | BIT(STARTED) | BIT(YIELD) | BIT(STOP) | BIT(RETURN) | BIT(ERROR) | \
	 BIT(CANCEL) | BIT(CANCEL_ACK) | BIT(CREDIT))

static struct acti_connection *
of_link(struct acti_link *link)
{
	return acti_container_of(link, struct acti_connection, link);
}

/* ---- the table of dialogs ---- */

static struct acti_dialog **
bucket(struct acti_connection *connection, uint64_t cid)
{
	return &connection->buckets[(cid >> 1 ^ cid << 7) % ACTI_DIALOG_BUCKETS];
}

struct acti_dialog *
acti_dialog_find(struct acti_connection *connection, uint64_t cid)
{
	struct acti_dialog *dialog = connection->recent;

	if (dialog != NULL && dialog->cid == cid)
		return dialog;
	dialog = *bucket(connection, cid);
	while (dialog != NULL && dialog->cid != cid)
		dialog = dialog->next;
	connection->recent = dialog;
	return dialog;
}

struct acti_dialog *
acti_dialog_new(struct acti_connection *connection)
{
	struct acti_dialog *dialog =
	    acti_pool_allocate(&connection->actor->scheduler.pool, &connection->blocks, sizeof *dialog);

	if (dialog == NULL)
		return NULL;
	/* One by one: a compiler clears a struct of this size with an instruction that is slow to start. */
	acti_list_init(&dialog->link);
	dialog->connection = connection;
	dialog->context = NULL;
	dialog->cid = 0;
	dialog->state = ACTI_DIALOG_UNKNOWN;
	dialog->cancel_sent = false;
	dialog->since_ns = 0;
	dialog->call = NULL;
	dialog->queued_body = NULL;
	dialog->task = NULL;
	dialog->served = NULL;
	dialog->endpoint = NULL;
	dialog->request = dialog->reply = NULL;
	return dialog;
}

void
acti_dialog_insert(struct acti_dialog *dialog, uint64_t cid)
{
	struct acti_dialog **head = bucket(dialog->connection, cid);

	dialog->cid = cid;
	dialog->next = *head;
	*head = dialog;
}

void
acti_dialog_drop_queued(struct acti_dialog *dialog)
{
	if (dialog->queued_body == NULL)
		return;
	dialog->connection->queued_bytes -= dialog->queued_size;
	acti_pool_release(&dialog->connection->actor->scheduler.pool, dialog->queued_body);
	dialog->queued_body = NULL;
}

void
acti_dialog_free(struct acti_dialog *dialog)
{
	struct acti_pool *pool = &dialog->connection->actor->scheduler.pool;

	if (dialog->cid != 0) {
		struct acti_dialog **place = bucket(dialog->connection, dialog->cid);

		while (*place != dialog)
			place = &(*place)->next;
		*place = dialog->next;
	}
	if (dialog->connection->recent == dialog)
		dialog->connection->recent = NULL;
	acti_list_remove(&dialog->link);
	acti_dialog_drop_queued(dialog);
	acti_pool_release(pool, dialog);
}

/* ---- sending ---- */

/* More than calls and items may ever leave waiting: the peer asks for answers, and does not read them. */
static bool
is_overdue(const struct acti_connection *connection)
{
	const struct acti_limits *limits = &connection->actor->limits;
	const struct acti_link *link = &connection->link;
	size_t limit = link->is_stranger ? 2 * (size_t)limits->stranger_size_max
	                                 : (size_t)limits->pending_max + limits->queued_max;

	return acti_link_is_up(link) && acti_link_pending(link) > limit;
}

unsigned char *
acti_connection_queue_answer(struct acti_connection *connection, const struct acti_frame *frame)
{
	bool is_lost = is_overdue(connection);
	unsigned char *place = is_lost ? NULL : acti_link_queue(&connection->link, frame);

	if (is_lost)
		acti_log(connection->actor, ACTI_LOG_WARNING, "%s does not read its answers: %zu bytes of them wait",
		         connection->peer.name, acti_link_pending(&connection->link));
	if (place == NULL)
		acti_link_break(&connection->link); /* the peer may wait for it: better no link than a silent one */
	return place;
}

bool
acti_connection_send(struct acti_connection *connection, unsigned kind, uint64_t cid, const void *body, size_t size)
{
	const struct acti_frame frame = { .body_size = (uint32_t)size, .kind = kind, .cid = cid };
	unsigned char *place = acti_connection_queue_answer(connection, &frame);

	if (place != NULL && size > 0)
		memcpy(place, body, size);
	return place != NULL;
}

void
acti_connection_send_error(struct acti_connection *connection, uint64_t cid, const struct actor_error *error)
{
	struct actor *actor = connection->actor;
	size_t size = acti_error_encode(error, &actor->wire->error, actor->body, ACTI_ERROR_SIZE_MAX);
	size_t tail = error->value != NULL ? error->value->size : 0;
	const struct acti_frame frame = { .body_size = (uint32_t)(size + tail), .kind = ACTI_FRAME_ERROR, .cid = cid };
	unsigned char *place = acti_connection_queue_answer(connection, &frame);

	if (place == NULL) {
		/*
		 * The peer's calls fail with the loss of the link; this failure is known here only.  One that has
		 * gone is its usual cause, which whoever comes and goes must not fill the log with.
		 */
		acti_log(actor, connection->role == ACTI_ROLE_PEER ? ACTI_LOG_INFO : ACTI_LOG_WARNING,
		         "an error could not be sent to %s: %s", connection->peer.name, actor_error_text(error));
		return;
	}
	memcpy(place, actor->body, size);
	if (tail > 0)
		memcpy(place + size, error->value->bytes, tail);
}

void
acti_refuse(struct acti_connection *connection, uint64_t cid, int code, const char *format, ...)
{
	struct actor *actor = connection->actor;
	va_list arguments;

	va_start(arguments, format);
	acti_error_set_list(&actor->scheduler.errors, actor->error, code, format, arguments);
	va_end(arguments);
	acti_connection_send_error(connection, cid, actor->error);
	acti_error_reset(&actor->scheduler.errors, actor->error);
}

void
acti_connection_send_hello(struct acti_connection *connection)
{
	struct actor *actor = connection->actor;
	actor_wire_Hello *hello = &actor->wire->hello;

	memset(hello, 0, sizeof *hello);
	hello->version_min = hello->version_max = ACTI_PROTOCOL_VERSION;
	hello->has_uid = true;
	acti_uid_to_wire(&actor->uid, &hello->uid);
	hello->pid = (uint32_t)actor->pid;
	hello->registrar = actor->is_registrar;
	hello->probe = connection->is_probe && !connection->is_open; /* who answers such a one does not ask */
	hello->build = actor->build;
	hello->dialogs_max = acti_connection_dialogs_max(connection);
	hello->message_size_max = actor->limits.message_size_max;
	hello->modules_count = (pb_size_t)acti_connection_served_count(connection);
	for (size_t i = 0; i < hello->modules_count; i++) {
		snprintf(hello->modules[i].name, sizeof hello->modules[i].name, "%s", actor->served[i].service->name);
		hello->modules[i].fingerprint = actor->served[i].service->fingerprint;
	}
	acti_connection_send(connection, ACTI_FRAME_HELLO, 0, actor->body,
	                     acti_hello_encode(hello, actor->body, ACTI_ERROR_SIZE_MAX));
}

/* ---- receiving ---- */

/* A cid is somebody's only if its side has given it out. */
static bool
cid_is_known(const struct acti_connection *connection, const struct acti_frame *frame)
{
	bool ours = ((frame->cid ^ connection->next_cid) & 1) == 0;

	if (ours)
		return frame->kind != ACTI_FRAME_START && frame->cid < connection->next_cid;
	if (frame->kind == ACTI_FRAME_START)
		return frame->cid > connection->last_cid;
	return frame->cid <= connection->last_cid || frame->kind == ACTI_FRAME_CANCEL;
}

static bool
accepted(struct acti_dialog *dialog, const unsigned char *body, size_t size)
{
	const enum actor_endpoint_kind kind =
	    dialog->context != NULL ? dialog->context->endpoint->kind : ACTOR_FUNCTION;

	if (size != 1 || body[0] != (unsigned char)kind)
		return false;
	if (dialog->context != NULL)
		acti_context_accepted(dialog->context);
	if (dialog->call != NULL && dialog->call->accepted != NULL)
		dialog->call->accepted(dialog->call);
	return true;
}

/* The opener has refused what this side has sent: it is to know what, as it is the one that erred. */
static void
tell_why(const struct acti_dialog *dialog, const unsigned char *why, size_t size)
{
	bool is_peer = dialog->connection->role == ACTI_ROLE_PEER; /* who could fill the log */

	if (size == 0)
		return;
	acti_log(dialog->connection->actor, is_peer ? ACTI_LOG_INFO : ACTI_LOG_WARNING,
	         "%s is cancelled by its opener %s: %.*s", dialog->endpoint->name, dialog->connection->peer.name,
	         (int)(size < ACTI_REFUSAL_MAX ? size : ACTI_REFUSAL_MAX), (const char *)why);
	if (dialog->context != NULL)
		acti_context_take_refusal(dialog->context, (const char *)why, size);
}

static void
check_leg(struct acti_connection *connection, const char *fault)
{
	if (fault != NULL)
		acti_connection_violate(connection, "%s", fault);
}

static void
dialog_frame(struct acti_connection *connection, const struct acti_frame *frame, const unsigned char *body)
{
	struct acti_dialog *dialog = acti_dialog_find(connection, frame->cid);
	enum acti_dialog_state state = dialog != NULL ? dialog->state : ACTI_DIALOG_UNKNOWN;
	struct acti_dialog_step step = acti_dialog_step(state, frame->kind);

	if (dialog == NULL && !cid_is_known(connection, frame))
		step.action = ACTI_ACTION_VIOLATION;
	else if (dialog != NULL)
		dialog->state = step.next;
	switch (step.action) {
	case ACTI_ACTION_IGNORE:
		break;
	case ACTI_ACTION_OPEN:
		connection->last_cid = frame->cid;
		acti_serve(connection, frame, body);
		break;
	case ACTI_ACTION_ACCEPTED:
		if (!accepted(dialog, body, frame->body_size))
			acti_connection_violate(connection, "a StartAck with another kind of endpoint than was called");
		break;
	case ACTI_ACTION_RETURN:
		acti_call_returned(dialog, body, frame->body_size);
		break;
	case ACTI_ACTION_ERROR:
		acti_call_failed(dialog, body, frame->body_size);
		break;
	case ACTI_ACTION_FORGET:
		ACTI_PROBE("an abandoned call got its outcome after all");
		connection->call_count--;
		acti_dialog_free(dialog);
		acti_calls_send_queued(connection);
		break;
	case ACTI_ACTION_CANCEL:
		tell_why(dialog, body, frame->body_size);
		acti_serve_cancelled(connection);
		acti_scope_cancel(&dialog->task->root_scope, ACTOR_ECANCELED, &connection->peer);
		acti_connection_send(connection, ACTI_FRAME_CANCEL_ACK, frame->cid, NULL, 0);
		break;
	case ACTI_ACTION_ACK_ONLY:
		ACTI_PROBE("a cancel crossed the end of its call");
		acti_connection_send(connection, ACTI_FRAME_CANCEL_ACK, frame->cid, NULL, 0);
		break;
	case ACTI_ACTION_CANCEL_ACK:
		if (!dialog->cancel_sent)
			acti_connection_violate(connection, "a CancelAck that nobody asked for");
		else if (dialog->context != NULL)
			acti_context_cancel_acked(dialog->context);
		break;
	case ACTI_ACTION_STARTED:
		acti_context_take_started(dialog->context, body, frame->body_size);
		break;
	case ACTI_ACTION_ITEM:
		check_leg(connection, acti_stream_take_item(dialog->context, frame, body));
		break;
	case ACTI_ACTION_STOP:
		check_leg(connection, acti_stream_take_stop(dialog->context, frame, body));
		break;
	case ACTI_ACTION_CREDIT:
		check_leg(connection, acti_stream_take_credit(dialog->context, frame, body));
		break;
	default:
		acti_connection_violate(connection, "%s %s frame for a dialog that is %s",
		                        acti_frame_kind_article(frame->kind), acti_frame_kind_name(frame->kind),
		                        acti_dialog_state_name(state));
	}
}

/* Of the connection, or before it is open. */
static void
other_frame(struct acti_connection *connection, const struct acti_frame *frame, const unsigned char *body)
{
	if (frame->kind == ACTI_FRAME_PING)
		acti_connection_send(connection, ACTI_FRAME_PONG, frame->cid, NULL, 0);
	else if (frame->kind == ACTI_FRAME_PONG && connection->is_open)
		return; /* nobody here asks for one yet; whoever does gets what it sent */
	else if (frame->kind == ACTI_FRAME_HELLO && frame->cid != 0)
		acti_connection_violate(connection, "a Hello that belongs to a dialog");
	else if (!connection->is_open || frame->cid == 0)
		connection->ops->frame(connection, frame, body);
	else
		dialog_frame(connection, frame, body);
}

static void
on_frame(struct acti_link *link, const struct acti_frame *frame, const unsigned char *body)
{
	struct acti_connection *connection = of_link(link);

	if ((DIALOG_KINDS >> frame->kind & 1) != 0 && connection->is_open && frame->cid != 0)
		dialog_frame(connection, frame, body);
	else
		other_frame(connection, frame, body);
}

static size_t
on_items(struct acti_link *link, const unsigned char *frames, size_t size)
{
	struct acti_connection *connection = of_link(link);
	struct acti_dialog *dialog = acti_dialog_find(connection, acti_get_u64(frames + 8));

	if (dialog == NULL || acti_dialog_step(dialog->state, ACTI_FRAME_YIELD).action != ACTI_ACTION_ITEM)
		return 0;
	return acti_stream_take_items(dialog->context, frames, size);
}

static void
on_ended(struct acti_link *link, const char *reason)
{
	struct acti_connection *connection = of_link(link);

	connection->ops->ended(connection, reason);
}

/* Tells the peer why, as far as the socket takes it at once. */
static void
say_bye(struct acti_link *link, const char *reason)
{
	if (acti_connection_send(of_link(link), ACTI_FRAME_BYE, 0, reason, strlen(reason)))
		acti_link_flush(link);
}

static void
on_half_closed(struct acti_link *link)
{
	struct acti_connection *connection = of_link(link);

	connection->ops->half_closed(connection);
}

static const struct acti_link_ops link_ops = {
	.frame = on_frame, .items = on_items, .ended = on_ended, .violated = say_bye
};
static const struct acti_link_ops peer_link_ops = {
	.frame = on_frame,
	.items = on_items,
	.ended = on_ended,
	.violated = say_bye,
	.half_closed = on_half_closed,
};

void
acti_connection_violate(struct acti_connection *connection, const char *format, ...)
{
	char reason[160];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, sizeof reason, format, arguments);
	va_end(arguments);
	say_bye(&connection->link, reason);
	connection->link.is_violated = true;
	acti_link_close(&connection->link);
	connection->ops->ended(connection, reason);
}

/* ---- beginning and end ---- */

static size_t
body_max(const struct acti_limits *limits)
{
	return limits->message_size_max + limits->control_size_max;
}

static int
open_link(struct acti_connection *connection, int fd, bool is_maker)
{
	struct actor *actor = connection->actor;
	const struct acti_limits *limits = &actor->limits;
	struct acti_link *link = &connection->link;
	int rc;

	if (connection->role != ACTI_ROLE_PEER)
		rc = acti_link_open(link, actor->os, &link_ops, fd, &actor->flush_list, body_max(limits),
		                    limits->queued_max);
	else
		rc = acti_link_open_to_stranger(link, actor->os, &peer_link_ops, fd, &actor->flush_list,
		                                is_maker ? limits->control_size_max : limits->stranger_size_max,
		                                limits->queued_max);
	acti_link_share_turns(link, limits->starts_per_turn, &actor->turns);
	return rc;
}

int
acti_connection_open(struct acti_connection *connection, struct actor *actor, const struct acti_connection_ops *ops,
                     enum acti_role role, int fd, bool is_maker, struct actor_error *loss)
{
	*connection = (struct acti_connection){
		.actor = actor,
		.ops = ops,
		.role = role,
		.next_cid = is_maker ? 1 : 2,
		.loss = loss,
	};
	acti_list_init(&connection->calls);
	acti_list_init(&connection->queued);
	acti_list_init(&connection->blocks);
	acti_list_init(&connection->portals);
	acti_list_init(&connection->losses);
	acti_scope_init(&connection->served, &actor->scope, NULL, NULL);
	return open_link(connection, fd, is_maker);
}

uint32_t
acti_connection_dialogs_max(const struct acti_connection *connection)
{
	const struct acti_limits *limits = &connection->actor->limits;

	return connection->role == ACTI_ROLE_PEER ? limits->peer_dialogs_max : limits->dialogs_max;
}

size_t
acti_connection_served_count(const struct acti_connection *connection)
{
	const struct actor *actor = connection->actor;

	return connection->role == ACTI_ROLE_PEER ? actor->served_for_all : actor->served_count;
}

/* false: memory is spent. */
static bool
accept_peer(struct acti_connection *connection, const actor_wire_Hello *hello, const struct actor_uid *peer)
{
	if (connection->role == ACTI_ROLE_PEER &&
	    acti_link_admit(&connection->link, body_max(&connection->actor->limits)) != 0)
		return false;
	connection->peer = *peer;
	connection->peer_pid = (int)hello->pid;
	connection->peer_is_registrar = hello->registrar;
	connection->is_probe = connection->is_probe || hello->probe;
	connection->call_max = hello->dialogs_max > 0 ? hello->dialogs_max : 1;
	connection->peer_build = hello->build;
	connection->message_size_max = hello->message_size_max;
	connection->module_count = hello->modules_count;
	if (hello->modules_count > 0) {
		connection->modules = acti_pool_allocate(&connection->actor->scheduler.pool, &connection->blocks,
		                                         hello->modules_count * sizeof *connection->modules);
		if (connection->modules == NULL)
			return false;
	}
	for (size_t i = 0; i < connection->module_count; i++) {
		struct acti_peer_module *module = &connection->modules[i];

		snprintf(module->name, sizeof module->name, "%s", hello->modules[i].name);
		module->fingerprint = hello->modules[i].fingerprint;
		module->service = NULL;
	}
	connection->is_open = true;
	return true;
}

/* Our own fault, so the peer is not told of one; it sees the end of the link. */
static void
give_up(struct acti_connection *connection, const struct actor_uid *peer)
{
	acti_error_set(&connection->actor->scheduler.errors, connection->loss, ACTOR_ENOMEM,
	               "no memory for what %s says of itself", peer->name);
	acti_link_break(&connection->link);
}

void
acti_connection_take_hello(struct acti_connection *connection, const unsigned char *body, size_t size,
                           const struct actor_uid *expected)
{
	actor_wire_Hello *hello = &connection->actor->wire->hello;
	struct actor_uid uid;
	char text[ACTI_UID_TEXT_SIZE];

	if (!acti_hello_decode(hello, body, size) || !acti_uid_from_wire(&hello->uid, &uid))
		acti_connection_violate(connection, "a Hello that cannot be decoded");
	else if (hello->version_min > ACTI_PROTOCOL_VERSION || hello->version_max < ACTI_PROTOCOL_VERSION)
		acti_connection_violate(connection, "it speaks versions %u to %u of the protocol, not %u",
		                        hello->version_min, hello->version_max, ACTI_PROTOCOL_VERSION);
	else if (expected != NULL && (!acti_uid_equal(&uid, expected) || strcmp(uid.name, expected->name) != 0))
		acti_connection_violate(connection, "it says that it is %s, which it is not",
		                        acti_uid_text(&uid, text));
	else if (!accept_peer(connection, hello, &uid))
		give_up(connection, &uid);
}

void
acti_connection_asked(struct acti_connection *connection)
{
	struct acti_os *os = connection->actor->os;

	if (connection->asked_ns != 0 && connection->asked_reads == connection->link.reads)
		return;
	connection->asked_ns = os->ops->now_ns(os);
	connection->asked_reads = connection->link.reads;
}

uint64_t
acti_connection_silent_ms(const struct acti_connection *connection)
{
	struct acti_os *os = connection->actor->os;

	if (connection->asked_ns == 0 || connection->asked_reads != connection->link.reads)
		return 0;
	return (os->ops->now_ns(os) - connection->asked_ns) / ACTI_NS_PER_MS;
}

void
acti_connection_lose_calls(struct acti_connection *connection)
{
	struct acti_list *lists[] = { &connection->calls, &connection->queued };

	connection->is_lost = true;
	for (size_t i = 0; i < ACTOR_COUNT(lists); i++)
		while (!acti_list_is_empty(lists[i]))
			acti_call_lost(acti_container_of(lists[i]->next, struct acti_dialog, link), connection->loss);
}

void
acti_connection_lose(struct acti_connection *connection)
{
	acti_link_close(&connection->link);
	acti_connection_lose_calls(connection);
	acti_scope_cancel(&connection->served, ACTOR_ECANCELED, &connection->peer);
	for (struct acti_list *link; (link = acti_list_pop_front(&connection->losses)) != NULL;) {
		struct acti_cleanup *cleanup = acti_container_of(link, struct acti_cleanup, link);

		cleanup->fn(cleanup);
	}
}

void
acti_connection_drop_portals(struct acti_connection *connection)
{
	for (struct acti_list *link; (link = acti_list_pop_front(&connection->portals)) != NULL;)
		acti_portal_lose(acti_container_of(link, struct acti_portal, connection_link), connection->loss);
}

void
acti_connection_fini(struct acti_connection *connection)
{
	acti_link_close(&connection->link);
	acti_scope_fini(&connection->served);
	acti_pool_release_all(&connection->actor->scheduler.pool, &connection->blocks);
}
