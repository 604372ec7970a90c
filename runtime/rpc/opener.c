/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The opener's side of a context.  There it is a nursery with one child, the endpoint's task: its failure cancels what the
 * opener awaits, the opener's failure cancels it, and closing waits for it.
 */
#include <errno.h>
#include <rpc/context.h>
#include <rpc/portal.h>
#include <stdio.h>
#include <string.h>

#define ACK_WAIT_MS 616 /* for the acknowledgement of a cancellation */

static void context_done(struct acti_call *call);
static const struct acti_child_ops child_ops;

static int
find_opened(struct actor_context handle, struct acti_context **ret_context)
{
	int rc = acti_context_find(handle, ret_context);

	if (rc == 0 && !(*ret_context)->is_opener)
		return acti_fail(ACTOR_EINVAL, "%s: only its opener waits for the result",
		                 (*ret_context)->endpoint->name);
	return rc;
}

/* ---- what the endpoint says ---- */

void
acti_context_accepted(struct acti_context *context)
{
	context->is_accepted = true;
	context->has_started = context->endpoint->kind == ACTOR_GENERATOR;
	acti_wake_all(&context->waiters);
}

void
acti_context_take_started(struct acti_context *context, const unsigned char *body, size_t size)
{
	const struct actor_message *type = context->endpoint->started;
	struct acti_refusal refusal;
	char why[sizeof refusal.text + 64];
	int rc = 0;

	context->has_started = true;
	acti_wake_all(&context->waiters);
	if (type != NULL)
		rc = acti_message_decode(acti_context_pool(context), &context->task->blocks, &context->actor->limits,
		                         type, body, size, &context->started, &refusal);
	if (rc == -ENOMEM)
		acti_context_run_out(context, "the first value");
	if (rc == 0 || rc == -ENOMEM)
		return;
	snprintf(why, sizeof why, "the first value of %s: %s", context->endpoint->name, refusal.text);
	acti_context_refuse(context, ACTOR_EPROTOCOL, why);
}

void
acti_context_cancel_acked(struct acti_context *context)
{
	context->cancel_acked = true;
	acti_wake_all(&context->waiters);
}

/* ---- the end ---- */

/* As its own cancel() has it: nobody else's, and of the endpoint itself. */
static bool
is_as_asked(const struct acti_context *context, const struct actor_error *error)
{
	return context->cancelled_by != NULL && error->code == ACTOR_ECANCELED && error->hop_count <= 1 &&
	       (error->hop_count == 0 ||
	        (error->has_canceller && acti_uid_equal(&error->canceller, &context->actor->uid)));
}

static void
note_outcome(struct acti_context *context, const struct actor_error *error)
{
	context->has_outcome = true;
	context->code = error != NULL ? error->code : 0;
	context->error_id = error != NULL ? error->id : 0;
	context->is_absorbed = error != NULL && is_as_asked(context, error);
	acti_stream_end(context);
	acti_wake_all(&context->waiters);
}

static void
context_ended(struct acti_context *context, const struct actor_error *error)
{
	struct acti_os *os = context->actor->os;

	if (context->limit_runs)
		os->ops->timer_stop(os, &context->limit);
	context->limit_runs = false;
	context->dialog = NULL;
	if (context->has_outcome) { /* refused: the nursery knows why */
		acti_nursery_remove(&context->child, NULL);
		return;
	}
	note_outcome(context, error);
	acti_nursery_remove(&context->child, context->is_absorbed ? NULL : error);
	/* An opener that has cancelled it knows; one that others did that for is interrupted. */
	if (context->is_absorbed && context->cancelled_by != context->task)
		acti_scope_cancel(&context->nursery->scope, ACTOR_ECANCELED, &context->actor->uid);
}

static void
context_done(struct acti_call *call)
{
	struct acti_context *context = acti_container_of(call, struct acti_context, call);
	struct acti_error_pool *errors = &context->actor->scheduler.errors;

	if (call->rc == 0 && !context->has_started) {
		call->rc = ACTOR_EPROTOCOL;
		acti_error_set(errors, call->error, ACTOR_EPROTOCOL, "%s has ended without its first value",
		               context->endpoint->name);
	}
	if (call->rc == ACTOR_ECANCELED && !context->has_canceller && call->error->hop_count > 0) {
		context->has_canceller = true;
		context->canceller = call->error->hops[call->error->hop_count - 1];
	}
	context_ended(context, call->rc != 0 ? call->error : NULL);
	acti_error_reset(errors, call->error);
}

/* Whoever meets it, and wherever: it is one failure. */
static const struct actor_error *
recorded_error(const struct acti_context *context)
{
	const struct actor_error *error = context->nursery->error;

	if (error == NULL || error->id == context->error_id)
		return error;
	for (size_t i = 0; i < actor_error_member_count(error); i++)
		if (actor_error_member(error, i)->id == context->error_id)
			return actor_error_member(error, i);
	return NULL;
}

int
acti_context_outcome(const struct acti_context *context)
{
	struct acti_task *task = acti_task_current();
	struct acti_error_pool *errors = &task->scheduler->errors;
	const struct actor_error *error;

	if (context->code == 0)
		return 0;
	error = recorded_error(context);
	if (error != NULL) {
		acti_error_copy(errors, &task->error, error);
		return context->code;
	}
	acti_error_set(errors, &task->error, context->code, "%s has ended", context->endpoint->name);
	if (context->has_canceller)
		acti_error_set_canceller(&task->error, &context->canceller);
	task->error.id = context->error_id;
	return context->code;
}

/* The endpoint does not take the cancellation: its peer is stuck, or worse.  Nobody waits for it any more. */
static void
give_up(struct acti_timer *timer)
{
	struct acti_context *context = acti_container_of(timer, struct acti_context, limit);
	struct actor_error *error = context->actor->error;

	context->limit_runs = false;
	if (context->cancel_acked)
		return;
	context->dialog->context = NULL;
	acti_call_abandon(&context->call);
	acti_error_set(&context->actor->scheduler.errors, error, ACTOR_ECANCELED, "%s did not acknowledge its end",
	               context->endpoint->name);
	context_ended(context, error);
	acti_error_reset(&context->actor->scheduler.errors, error);
}

static void
note_cancel(struct acti_context *context)
{
	context->cancel_called = context->has_canceller = true;
	context->canceller = context->actor->uid;
}

static void
cancel_dialog(struct acti_context *context)
{
	struct acti_os *os = context->actor->os;

	note_cancel(context);
	if (context->dialog->cid != 0 && !context->limit_runs) {
		context->limit_runs = true;
		context->limit = (struct acti_timer){ .expired = give_up };
		os->ops->timer_start(os, &context->limit, acti_deadline_after_ms(os, ACK_WAIT_MS));
	}
	acti_call_cancel(&context->call);
}

static void
cancel_child(struct acti_child *child)
{
	struct acti_context *context = acti_container_of(child, struct acti_context, child);

	if (context->dialog != NULL)
		cancel_dialog(context);
}

static void
show_child(struct acti_view *view, const struct acti_child *child)
{
	const struct acti_context *context = acti_container_of(child, const struct acti_context, child);
	const struct acti_dialog *dialog = context->dialog;

	acti_view_begin(view);
	acti_view_add(view, "context of %s.%s at ", context->service->name, context->endpoint->name);
	acti_view_add_uid(view, &dialog->connection->peer);
	acti_view_add(view, "%s, for ", dialog->cancel_sent ? ", cancelled" : "");
	acti_view_add_ms_since(view, dialog->since_ns);
	acti_view_end(view);
}

static const struct acti_child_ops child_ops = { .cancel = cancel_child, .show = show_child };

/* With the nursery, however that was closed. */
static void
clean_up(struct acti_cleanup *cleanup)
{
	struct acti_context *context = acti_container_of(cleanup, struct acti_context, cleanup);

	if (context->result != NULL)
		*context->result = context->code == 0 ? context->call.reply : NULL;
	acti_context_free(context);
}

/* The first that is refused is the outcome; what its sender still says is none, but its end is awaited. */
void
acti_context_refuse(struct acti_context *context, int code, const char *why)
{
	struct actor_error *error = context->actor->error;
	struct acti_dialog *dialog = context->dialog;

	if (context->has_outcome)
		return;
	if (!dialog->cancel_sent)
		acti_connection_send(dialog->connection, ACTI_FRAME_CANCEL, dialog->cid, why, strlen(why));
	dialog->cancel_sent = true;
	acti_error_set(&context->actor->scheduler.errors, error, code, "%s", why);
	note_outcome(context, error);
	acti_nursery_fail(context->nursery, error);
	acti_error_reset(&context->actor->scheduler.errors, error);
}

/* ---- opening and closing ---- */

static void
waiting(struct acti_view *view, const struct acti_task *task)
{
	const struct acti_context *context = acti_container_of(task->queue, const struct acti_context, waiters);

	acti_view_add(view, "waits for the %s of %s.%s",
	              context->cancel_called ? "end"
	              : context->has_started ? "result"
	                                     : "first value",
	              context->service->name, context->endpoint->name);
}

static int
start(struct acti_context *context, struct actor_portal portal, struct acti_request *request)
{
	struct acti_connection *connection;
	int rc = acti_call_find_room(portal, &connection);

	if (rc == ACTI_PORTAL_IS_SELF)
		return acti_fail(ACTOR_EINVAL, "%s: an actor opens no context to itself", context->endpoint->name);
	if (rc == 0)
		rc = acti_scope_check(&context->nursery->scope, context->task);
	if (rc != 0)
		return rc;
	request->scope = &context->nursery->scope;
	request->context = context;
	acti_call_init(&context->call, context_done, &context->task->blocks, context->actor->error);
	context->call.service = context->service;
	context->call.endpoint = context->endpoint;
	rc = acti_call_open(connection, &context->call, request);
	if (rc != 0)
		return rc;
	context->dialog = context->call.dialog;
	acti_nursery_add(context->nursery, &context->child, &child_ops);
	return 0;
}

/* Its scope lies in the task like a nursery's, and its record goes with that. */
static int
enclose(struct acti_context *context)
{
	int rc = actor_nursery_open_at(&context->nursery_handle, context->endpoint->name, 0);

	if (rc == 0)
		rc = acti_nursery_find(context->nursery_handle, &context->nursery);
	if (rc != 0) {
		acti_context_free(context);
		return rc;
	}
	context->nursery->context = context;
	context->cleanup.fn = clean_up;
	acti_list_push_back(&context->nursery->kept, &context->cleanup.link);
	return 0;
}

int
acti_context_open(struct actor_portal portal, const struct actor_service *service, size_t number,
                  const ProtobufCMessage *message, const struct actor_context_options *options, void *ret_started,
                  struct actor_context *ret_context)
{
	struct acti_task *task = acti_task_current();
	struct acti_request request;
	struct acti_context *context;
	int rc;

	if (task == NULL)
		return ACTOR_ENORUNTIME;
	rc = acti_request_prepare(&request, task->scheduler->actor, service, number, message);
	if (rc == 0)
		rc = acti_context_check_options(&service->endpoints[number], options);
	if (rc != 0)
		return rc;
	context = acti_context_new(task->scheduler->actor, service, &service->endpoints[number]);
	if (context == NULL)
		return acti_fail(ACTOR_ENOMEM, "a context of %s: out of memory", service->endpoints[number].name);
	context->is_opener = true;
	context->task = task;
	acti_stream_init(context, options);
	rc = enclose(context);
	if (rc != 0)
		return rc;
	rc = start(context, portal, &request);
	while (rc == 0 && !context->has_started && !context->has_outcome)
		rc = acti_wait(&context->waiters, waiting);
	if (rc == 0 && context->has_outcome && context->code != 0)
		rc = acti_context_outcome(context);
	if (rc != 0)
		return actor_nursery_close(context->nursery_handle, rc);
	if (ret_started != NULL)
		memcpy(ret_started, &context->started, sizeof context->started);
	*ret_context = acti_context_handle(context);
	return 0;
}

int
acti_context_wait(struct actor_context handle, void *ret_reply)
{
	struct acti_context *context;
	int rc = find_opened(handle, &context);

	if (rc == 0) {
		context->in.discarders++;
		acti_stream_discard(context);
	}
	while (rc == 0 && !context->has_outcome) {
		int interrupted = acti_wait(&context->waiters, waiting);

		rc = find_opened(handle, &context);
		if (rc == 0 && interrupted != 0 && !context->has_outcome)
			rc = interrupted;
	}
	if (context != NULL && context->is_opener)
		context->in.discarders--; /* who was interrupted may go on to receive */
	if (rc != 0)
		return rc;
	if (context->is_absorbed)
		return ACTOR_NO_RESULT;
	rc = acti_context_outcome(context);
	if (rc == 0 && ret_reply != NULL)
		memcpy(ret_reply, &context->call.reply, sizeof context->call.reply);
	return rc;
}

/* The end that our cancel() has asked for is none of the body's failures. */
static int
absorb(const struct acti_context *context, int rc)
{
	const struct actor_error *error = &context->task->error;

	return context->is_absorbed && rc == ACTOR_ECANCELED && error->code == rc && error->id == context->error_id
	           ? 0
	           : rc;
}

/* What the body of the context has come to: that it has ended is no failure; what else was left to handle is one. */
static int
verdict(const struct acti_context *context, int rc)
{
	if (rc == ACTOR_END_OF_STREAM || (rc == ACTOR_NO_RESULT && context->is_absorbed))
		return 0;
	if (rc > 0)
		return acti_fail(ACTOR_EINVAL, "%s is closed with the outcome %d, which its opener has to handle",
		                 context->endpoint->name, rc);
	return absorb(context, rc);
}

int
acti_context_close(struct actor_context handle, int rc, void *ret_reply)
{
	struct acti_task *task = acti_task_current();
	struct acti_context *context;
	void *result = NULL;
	int found;

	if (ret_reply != NULL)
		memcpy(ret_reply, &result, sizeof result);
	if (task == NULL)
		return ACTOR_ENORUNTIME;
	if (acti_table_find(&task->scheduler->actor->contexts, handle.handle) == NULL && rc < 0)
		return rc; /* the error in flight is not replaced */
	found = find_opened(handle, &context);
	if (found != 0)
		return found;
	if (context->task != task)
		return acti_fail(ACTOR_ECLOSED, "the context of %s is another task's: only that may close it",
		                 context->endpoint->name);
	rc = verdict(context, rc);
	context->result = &result;
	acti_subscriptions_close(context);
	context->in.is_closing = true;
	acti_stream_discard(context);
	if (rc == 0 && context->endpoint->kind == ACTOR_GENERATOR && context->dialog != NULL) {
		context->cancelled_by = task;
		cancel_dialog(context);
	} else if (rc == 0) {
		acti_stream_close(context);
	}
	rc = actor_nursery_close(context->nursery_handle, rc);
	if (rc == 0 && ret_reply != NULL)
		memcpy(ret_reply, &result, sizeof result);
	return rc;
}

/* ---- cancelling ---- */

int
actor_context_cancel(struct actor_context handle)
{
	struct acti_task *task = acti_task_current();
	struct acti_context *context;
	uint64_t limit;
	int rc = acti_context_find(handle, &context);

	if (rc != 0)
		return rc;
	if (!context->is_opener) {
		acti_scope_cancel(&context->task->root_scope, ACTOR_ECANCELED, &context->actor->uid);
		return 0;
	}
	if (context->dialog == NULL || context->cancelled_by != NULL)
		return 0;
	context->cancelled_by = task;
	note_cancel(context);
	acti_call_cancel(&context->call);
	limit = acti_deadline_after_ms(context->actor->os, ACK_WAIT_MS);
	while (acti_table_find(&task->scheduler->actor->contexts, handle.handle) != NULL && !context->cancel_acked &&
	       !context->has_outcome && acti_wait_shielded_until(&context->waiters, waiting, limit))
		;
	return 0;
}
