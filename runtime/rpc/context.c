/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The record of a context, which either side has, and the endpoint's side: there a context is the task that serves it.
 */
#include <base/text.h>
#include <rpc/context.h>
#include <stdio.h>
#include <string.h>

/* ---- the record ---- */

struct acti_context *
acti_context_new(struct actor *actor, const struct actor_service *service, const struct actor_endpoint *endpoint)
{
	struct acti_context *context = acti_pool_allocate(&actor->scheduler.pool, &actor->blocks, sizeof *context);

	if (context == NULL)
		return NULL;
	*context = (struct acti_context){ .actor = actor, .service = service, .endpoint = endpoint };
	if (!acti_table_add(&actor->contexts, &actor->scheduler.pool, &actor->blocks, &context->entry)) {
		acti_pool_release(&actor->scheduler.pool, context);
		return NULL;
	}
	acti_list_init(&context->waiters);
	acti_list_init(&context->cleanup.link);
	return context;
}

/* Who waits for something of it looks it up again, and finds that it is gone. */
void
acti_context_free(struct acti_context *context)
{
	acti_table_remove(&context->actor->contexts, &context->entry);
	acti_wake_all(&context->waiters);
	acti_stream_fini(context);
	acti_pool_release(acti_context_pool(context), context);
}

struct actor_context
acti_context_handle(const struct acti_context *context)
{
	return (struct actor_context){ context != NULL ? acti_table_handle(&context->entry) : 0 };
}

int
acti_context_check_options(const struct actor_endpoint *endpoint, const struct actor_context_options *options)
{
	if (options == NULL || (unsigned)options->overrun <= ACTOR_OVERRUN_DROP)
		return 0;
	return acti_fail(ACTOR_EINVAL, "%s: the option `overrun` is %d, which is none of enum actor_overrun",
	                 endpoint->name, (int)options->overrun);
}

int
acti_context_find(struct actor_context handle, struct acti_context **ret_context)
{
	struct actor *actor = acti_actor_current();
	struct acti_table_entry *entry;

	*ret_context = NULL;
	if (actor == NULL)
		return ACTOR_ENORUNTIME;
	entry = acti_table_find(&actor->contexts, handle.handle);
	if (entry == NULL)
		return acti_fail(ACTOR_ECLOSED, handle.handle == 0 ? "there is no context here: it was not opened"
		                                                   : "the context has closed");
	*ret_context = acti_container_of(entry, struct acti_context, entry);
	return 0;
}

/* ---- the endpoint's side ---- */

struct acti_context *
acti_context_serve(struct acti_dialog *dialog, const struct acti_start *start, unsigned flags)
{
	struct acti_context *context =
	    acti_context_new(dialog->connection->actor, dialog->served->service, dialog->endpoint);

	if (context == NULL)
		return NULL;
	acti_stream_init(context, NULL);
	context->dialog = dialog;
	context->task = dialog->task;
	context->is_accepted = true;
	context->out.credit_messages = start->credit_messages;
	context->out.credit_bytes = start->credit_bytes;
	acti_stream_take_policy(context, flags);
	return context;
}

/* Every await in its task names it from now on.  The task's scopes have all ended before the context does. */
void
acti_context_take_refusal(struct acti_context *context, const char *why, size_t size)
{
	if (context->refusal[0] != '\0')
		return; /* it is ending for a reason of its own */
	size = acti_utf8_whole(why, size < ACTI_REFUSAL_MAX ? size : ACTI_REFUSAL_MAX);
	memcpy(context->refusal, why, size);
	context->refusal[size] = '\0';
	acti_scope_explain(&context->task->root_scope, context->refusal);
}

void
acti_context_served(struct acti_context *context)
{
	context->dialog = NULL;
	acti_context_free(context);
}

static int
announce(struct acti_context *context, const ProtobufCMessage *value, size_t size)
{
	const struct acti_frame frame = {
		.body_size = (uint32_t)size,
		.kind = ACTI_FRAME_STARTED,
		.cid = context->dialog->cid,
	};
	struct acti_link *link = &context->dialog->connection->link;
	unsigned char *body;

	if (context->endpoint->send != NULL && !context->in.is_granted)
		acti_stream_grant(context);
	body = acti_link_queue(link, &frame);
	if (body == NULL)
		return acti_fail(acti_link_is_up(link) ? ACTOR_ENOMEM : ACTOR_EPEERGONE, "the first value of %s: %s",
		                 context->endpoint->name,
		                 acti_link_is_up(link) ? "out of memory" : "the opener is gone");
	if (value != NULL)
		acti_payload_pack(value, body, size);
	context->has_started = true;
	context->dialog->state = ACTI_DIALOG_ANNOUNCED;
	return 0;
}

int
acti_context_begin(struct acti_context *context)
{
	if (context->endpoint->kind == ACTOR_GENERATOR) {
		context->has_started = true;
		return 0;
	}
	return context->endpoint->started == NULL ? announce(context, NULL, 0) : 0;
}

int
acti_context_started(struct actor_context handle, const ProtobufCMessage *value)
{
	struct acti_task *task = acti_task_current();
	struct acti_connection *connection;
	struct acti_context *context;
	struct acti_refusal refusal;
	size_t size;
	int rc = acti_context_find(handle, &context);

	if (rc == 0)
		rc = acti_scope_check(task->scope, task);
	if (rc != 0)
		return rc;
	if (context->is_opener)
		return acti_fail(ACTOR_EINVAL, "%s: its endpoint announces the first value, not its opener",
		                 context->endpoint->name);
	if (context->has_started)
		return acti_fail(ACTOR_ERUNNING, "%s has announced its first value already", context->endpoint->name);
	if (value == NULL || value->descriptor != context->endpoint->started->descriptor)
		return acti_fail(ACTOR_EINVAL, "the first value of %s is a %s%s", context->endpoint->name,
		                 context->endpoint->started->descriptor->name, acti_message_hint(value));
	connection = context->dialog->connection;
	if (acti_message_measure(&context->actor->limits, context->endpoint->started, value, &size, &refusal) != 0)
		return acti_fail(ACTOR_EINVAL, "the first value of %s: %s", context->endpoint->name, refusal.text);
	if (size > connection->message_size_max)
		return acti_fail(ACTOR_EINVAL, "the first value of %s has %zu bytes: the opener takes %u",
		                 context->endpoint->name, size, connection->message_size_max);
	while (rc == 0 && acti_link_is_full(&connection->link)) {
		rc = acti_wait(&connection->link.writers, acti_waiting_for_room);
		if (rc == 0)
			rc = acti_context_find(handle, &context);
	}
	if (rc == 0 && context->has_started)
		return acti_fail(ACTOR_ERUNNING, "%s has announced its first value already", context->endpoint->name);
	if (rc == 0)
		rc = announce(context, value, size);
	if (rc == 0)
		acti_link_flush(&connection->link); /* at once: the endpoint may not await for a while */
	return rc;
}

int
actor_context_configure(struct actor_context handle, const struct actor_context_options *options)
{
	struct acti_context *context;
	int rc = acti_context_find(handle, &context);

	if (rc != 0)
		return rc;
	if (context->is_opener || context->has_started || context->in.is_granted)
		return acti_fail(ACTOR_EINVAL,
		                 "%s: an endpoint sets its window before its first value; an opener in _open()",
		                 context->endpoint->name);
	rc = acti_context_check_options(context->endpoint, options);
	if (rc == 0)
		acti_stream_configure(context, options);
	return rc;
}

/* ---- either side ---- */

void
acti_context_run_out(struct acti_context *context, const char *what)
{
	snprintf(context->refusal, sizeof context->refusal, "the %s of %s has no memory for %s",
	         context->is_opener ? "opener" : "endpoint", context->endpoint->name, what);
	if (context->is_opener) {
		acti_context_refuse(context, ACTOR_ENOMEM, context->refusal);
		return;
	}
	acti_scope_explain(&context->task->root_scope, context->refusal);
	acti_scope_cancel(&context->task->root_scope, ACTOR_ECANCELED, &context->actor->uid);
}

struct actor_context
actor_context_current(void)
{
	struct acti_task *task = acti_task_current();

	if (task == NULL)
		return acti_context_handle(NULL);
	for (struct acti_list *link = task->nurseries.prev; link != &task->nurseries; link = link->prev) {
		const struct acti_nursery *nursery = acti_container_of(link, struct acti_nursery, link);

		if (nursery->context != NULL)
			return acti_context_handle(nursery->context);
	}
	return acti_context_handle(acti_serving_context());
}

static enum actor_context_state
state_of(const struct acti_context *context)
{
	if (context->has_outcome && context->code == 0)
		return ACTOR_CONTEXT_RETURNED;
	if (context->has_outcome && context->is_absorbed)
		return ACTOR_CONTEXT_CANCELLED;
	if (context->has_outcome)
		return context->code == ACTOR_ECANCELED ? ACTOR_CONTEXT_PEER_CANCELLED : ACTOR_CONTEXT_FAILED;
	if (context->in.has_ended)
		return ACTOR_CONTEXT_STREAM_ENDED;
	if (context->has_streamed)
		return ACTOR_CONTEXT_STREAMING;
	if (context->has_started)
		return ACTOR_CONTEXT_STARTED;
	return context->is_accepted ? ACTOR_CONTEXT_ACCEPTED : ACTOR_CONTEXT_OPENING;
}

int
actor_context_inspect(struct actor_context handle, struct actor_context_report *ret_report)
{
	struct acti_context *context;
	const struct acti_scope *scope;
	int rc = acti_context_find(handle, &context);

	if (rc != 0)
		return rc;
	*ret_report = (struct actor_context_report){
		.state = state_of(context),
		.is_opener = context->is_opener,
		.cancel_called = context->cancel_called,
		.cancel_acked = context->cancel_acked,
		.has_outcome = context->has_outcome,
		.code = context->code,
		.has_canceller = context->has_canceller,
		.canceller = context->canceller,
		.sent_lost = context->out.lost,
		.received_lost = context->in.lost,
	};
	if (context->is_opener)
		return 0;
	scope = &context->task->root_scope;
	ret_report->cancel_called = scope->cause != 0;
	ret_report->has_canceller = scope->cause != 0 && scope->has_canceller;
	if (ret_report->has_canceller)
		ret_report->canceller = scope->canceller;
	return 0;
}

const char *
actor_context_state_text(enum actor_context_state state)
{
	static const char *const texts[] = {
		[ACTOR_CONTEXT_OPENING] = "opening",
		[ACTOR_CONTEXT_ACCEPTED] = "accepted",
		[ACTOR_CONTEXT_STARTED] = "started",
		[ACTOR_CONTEXT_STREAMING] = "streaming",
		[ACTOR_CONTEXT_STREAM_ENDED] = "stream ended",
		[ACTOR_CONTEXT_RETURNED] = "returned",
		[ACTOR_CONTEXT_CANCELLED] = "cancelled",
		[ACTOR_CONTEXT_PEER_CANCELLED] = "cancelled by the peer",
		[ACTOR_CONTEXT_FAILED] = "failed",
	};

	return (unsigned)state < ACTOR_COUNT(texts) ? texts[state] : "<unknown>";
}
