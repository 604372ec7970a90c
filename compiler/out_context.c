/* SPDX-License-Identifier: BSD-2-Clause */
#include "out_context.h"

#include "output.h"

/* One side of a context: the handle, and what goes which way. */
struct side {
	struct ag_emit *e;
	enum ag_where where;
	const struct ag_endpoint *endpoint;
	const char *stem;      /* "demo_tree_fan_out_context": its functions' names begin so */
	const char *handle;    /* "demo_tree_fan_out_context", a struct */
	const char *parameter; /* "context" */
	const char *receive;   /* "receive", or "next" */
	const char *closed;    /* why send() may find the stream closed */
	const struct ag_message *sends, *receives;
};

/* ---- types and functions ---- */

static void
emit_about(const struct side *s, const char *about)
{
	ag_emit(s->e, "\n", NULL);
	ag_emit_comment(s->e, 0, "", s->endpoint->place, about);
}

static void
emit_handle(const struct side *s, const char *about, const char *name, const char *member)
{
	if (s->where != AG_IN_HEADER)
		return;
	emit_about(s, about);
	ag_emit(s->e,
	        "struct $name$ {\n"
	        "\tstruct actor_$member$ $member$;\n"
	        "};\n",
	        "name", name, "member", member, NULL);
}

/* Without a comment. */
static void
emit_function(const struct side *s, const char *mark, const char *signature, const char *body)
{
	if (s->where == AG_IN_HEADER)
		ag_emit(s->e, "int $signature$ $mark$;\n", "signature", signature, "mark", mark, NULL);
	else
		ag_emit(s->e,
		        "\n"
		        "int\n"
		        "$signature$\n"
		        "{\n"
		        "\treturn $body$;\n"
		        "}\n",
		        "signature", signature, "body", body, NULL);
}

static void
emit(const struct side *s, const char *about, const char *mark, const char *signature, const char *body)
{
	if (s->where == AG_IN_HEADER)
		emit_about(s, about);
	emit_function(s, mark, signature, body);
}

/* ---- streams, on either side ---- */

static void
emit_sending(const struct side *s)
{
	struct ag_arena *arena = s->e->text.arena;
	const char *about =
	    ag_format(arena,
	              "Sends an item, which is copied; waits while the other side's window is full.  ACTOR_EINVAL: it "
	              "breaks its type.  ACTOR_EOVERRUN: the window is full, and the other side wants no waiting.  %s",
	              s->closed);

	emit(s, about, "ACTOR_AWAITS",
	     ag_format(arena, "%s_send(struct %s %s, const %s *item)", s->stem, s->handle, s->parameter,
	               s->sends->c_type),
	     ag_format(arena, "acti_context_send(%s.context, (const ProtobufCMessage *)item)", s->parameter));
}

static void
emit_close_send(const struct side *s)
{
	struct ag_arena *arena = s->e->text.arena;

	emit(s, "There are no more items: the other side's receive() ends behind the last one.", "ACTOR_MUST_USE",
	     ag_format(arena, "%s_close_send(struct %s %s)", s->stem, s->handle, s->parameter),
	     ag_format(arena, "actor_context_close_send(%s.context)", s->parameter));
}

static void
emit_subscription(const struct side *s)
{
	struct ag_arena *arena = s->e->text.arena;
	const char *subscription = ag_format(arena, "%s_subscription", s->stem);

	emit_handle(s, "One of several receivers of the stream in this actor: see struct actor_subscription.",
	            subscription, "subscription");
	emit(s,
	     "One more receiver, of the items from now on, until actor_subscription_close() or the end of the context.",
	     "ACTOR_MUST_USE",
	     ag_format(arena, "%s_subscribe(struct %s %s, struct %s *ret_subscription)", s->stem, s->handle,
	               s->parameter, subscription),
	     ag_format(arena, "acti_context_subscribe(%s.context, &ret_subscription->subscription)", s->parameter));
	emit(s,
	     ag_format(arena, "As %s_%s().  Of ACTOR_LAGGED, actor_subscription_lagged() says more.", s->stem,
	               s->receive),
	     "ACTOR_AWAITS",
	     ag_format(arena, "%s_receive(struct %s subscription, %s **ret_item)", subscription, subscription,
	               s->receives->c_type),
	     "acti_subscription_receive(subscription.subscription, ret_item)");
}

static void
emit_receiving(const struct side *s)
{
	struct ag_arena *arena = s->e->text.arena;
	const char *parameters =
	    ag_format(arena, "(struct %s %s, %s **ret_item)", s->handle, s->parameter, s->receives->c_type);

	emit(s,
	     "Awaits the next item, the task's as every received message.  ACTOR_END_OF_STREAM: there are no more, now "
	     "and later.  ACTOR_LAGGED: some are missing here, see actor_context_lagged().",
	     "ACTOR_AWAITS", ag_format(arena, "%s_%s%s", s->stem, s->receive, parameters),
	     ag_format(arena, "acti_context_receive(%s.context, ret_item)", s->parameter));
	emit(s, "The same without waiting: ACTOR_WOULD_BLOCK if there is none yet.", "ACTOR_MUST_USE",
	     ag_format(arena, "%s_try_%s%s", s->stem, s->receive, parameters),
	     ag_format(arena, "acti_context_try_receive(%s.context, ret_item)", s->parameter));
	emit_subscription(s);
}

/* ---- the endpoint's side ---- */

void
ag_emit_context_handle(struct ag_emit *e, const struct ag_endpoint *endpoint)
{
	struct ag_arena *arena = e->text.arena;
	const struct side s = { .e = e, .where = AG_IN_HEADER, .endpoint = endpoint };

	emit_handle(&s,
	            ag_format(arena,
	                      "%s in the endpoint: see struct actor_context.  Stale once the function has returned.",
	                      endpoint->name),
	            ag_format(arena, "%s_context", endpoint->c_symbol), "context");
}

bool
ag_has_context_functions(const struct ag_endpoint *endpoint)
{
	return endpoint->kind == AG_GENERATOR || endpoint->started != NULL || endpoint->send != NULL ||
	       endpoint->receive != NULL;
}

static void
emit_started(const struct side *s)
{
	struct ag_arena *arena = s->e->text.arena;
	const struct ag_endpoint *endpoint = s->endpoint;

	emit(s,
	     ag_format(arena, "Announces the first value, which %s_open() awaits: once, before anything else.",
	               endpoint->c_symbol),
	     "ACTOR_AWAITS",
	     ag_format(arena, "%s_started(struct %s context, const %s *value)", endpoint->c_symbol, s->handle,
	               endpoint->started->c_type),
	     "acti_context_started(context.context, (const ProtobufCMessage *)value)");
}

void
ag_emit_context_functions(struct ag_emit *e, const struct ag_endpoint *endpoint, enum ag_where where)
{
	struct ag_arena *arena = e->text.arena;
	const char *handle = ag_format(arena, "%s_context", endpoint->c_symbol);
	const struct side s = {
		.e = e,
		.where = where,
		.endpoint = endpoint,
		.stem = endpoint->kind == AG_GENERATOR ? endpoint->c_symbol : handle,
		.handle = handle,
		.parameter = "context",
		.receive = "receive",
		.closed = endpoint->started != NULL ? "ACTOR_ECLOSED: no more is sent, or nothing was announced yet."
		                                    : "ACTOR_ECLOSED: no more is sent.",
		.sends = endpoint->kind == AG_GENERATOR ? endpoint->item : endpoint->receive,
		.receives = endpoint->send,
	};

	if (endpoint->started != NULL)
		emit_started(&s);
	if (s.sends != NULL)
		emit_sending(&s);
	if (s.sends != NULL && endpoint->kind == AG_CONTEXT)
		emit_close_send(&s);
	if (s.receives != NULL)
		emit_receiving(&s);
}

/* ---- the opener's side ---- */

/* "`options` and `ret_started` may be NULL." */
static const char *
open_note(const struct side *s, const char *note)
{
	struct ag_arena *arena = s->e->text.arena;
	const struct ag_endpoint *endpoint = s->endpoint;
	const char *what = endpoint->kind == AG_GENERATOR
	                       ? "Opens the stream: a scope of this task, until _close().  `options` may be NULL."
	                   : endpoint->started != NULL
	                       ? "Opens a context, a scope of this task until _close(), and awaits the first value.  "
	                         "`options` and `ret_started` may be NULL."
	                       : "Opens a context, a scope of this task until _close(), and awaits its acceptance.  "
	                         "`options` may be NULL.";

	return ag_format(arena, "%s%s%s", note != NULL ? note : "", note != NULL ? "  " : "", what);
}

/* The declaration has the comment of the .proto. */
static void
emit_open(const struct side *s, const char *note)
{
	struct ag_arena *arena = s->e->text.arena;
	const struct ag_endpoint *endpoint = s->endpoint;
	const char *prefix = endpoint->service->c_prefix, *portal = endpoint->service->c_parameter;
	const char *request = "", *request_value = "NULL", *started = "";

	if (endpoint->request != NULL) {
		request = ag_format(arena, "const %s *request, ", endpoint->request->c_type);
		request_value = "(const ProtobufCMessage *)request";
	}
	if (endpoint->started != NULL)
		started = ag_format(arena, "%s **ret_started, ", endpoint->started->c_type);
	if (s->where == AG_IN_HEADER) {
		ag_emit(s->e, "\n", NULL);
		ag_emit_comment(s->e, 0, endpoint->comment, endpoint->place, open_note(s, note));
	}
	emit_function(
	    s, "ACTOR_AWAITS",
	    ag_format(arena,
	              "%s_open(struct %s %s, %sconst struct actor_context_options *options, %sstruct %s *ret_%s)",
	              endpoint->c_symbol, prefix, portal, request, started, s->handle, s->parameter),
	    ag_format(arena, "acti_context_open(%s.portal, &%s_service, %s, %s, options, %s, &ret_%s->context)", portal,
	              prefix, endpoint->c_number, request_value, endpoint->started != NULL ? "ret_started" : "NULL",
	              s->parameter));
}

static void
emit_wait(const struct side *s)
{
	struct ag_arena *arena = s->e->text.arena;
	const struct ag_message *reply = s->endpoint->reply;
	const char *result = reply != NULL ? ag_format(arena, ", %s **ret_reply", reply->c_type) : "";

	emit(s,
	     reply != NULL
	         ? "Awaits the result.  The endpoint's error, or ACTOR_NO_RESULT if this side has cancelled it."
	         : "Awaits the end.  The endpoint's error, or ACTOR_NO_RESULT if this side has cancelled it.",
	     "ACTOR_AWAITS", ag_format(arena, "%s_wait(struct %s dialog%s)", s->stem, s->handle, result),
	     ag_format(arena, "acti_context_wait(dialog.context, %s)", reply != NULL ? "ret_reply" : "NULL"));
}

static void
emit_cancel(const struct side *s)
{
	struct ag_arena *arena = s->e->text.arena;

	emit(s, "Asks the endpoint to stop: see actor_context_cancel().", "ACTOR_AWAITS",
	     ag_format(arena, "%s_cancel(struct %s dialog)", s->stem, s->handle),
	     "actor_context_cancel(dialog.context)");
}

static void
emit_close(const struct side *s)
{
	struct ag_arena *arena = s->e->text.arena;
	const struct ag_message *reply = s->endpoint->reply;
	const char *result = reply != NULL ? ag_format(arena, ", %s **ret_reply", reply->c_type) : "";
	const char *about =
	    s->endpoint->kind == AG_GENERATOR ? "Ends the stream: a generator that still runs is cancelled, and its "
						"end awaited.  `rc`, or its error, "
						"or both as a group."
	    : reply != NULL
		? "Ends the context: sends no more, and awaits its end; cancels it if `rc` is an error.  `rc`, or the "
		  "endpoint's error, or both as a group.  *ret_reply is NULL if there is no result; `ret_reply` may be "
		  "NULL."
		: "Ends the context: sends no more, and awaits its end; cancels it if `rc` is an error.  `rc`, or the "
		  "endpoint's error, or both as a group.";

	emit(s, about, "ACTOR_AWAITS",
	     ag_format(arena, "%s_close(struct %s %s, int rc%s)", s->stem, s->handle, s->parameter, result),
	     ag_format(arena, "acti_context_close(%s.context, rc, %s)", s->parameter,
	               reply != NULL ? "ret_reply" : "NULL"));
}

static void
emit_dialog(const struct side *s, const char *note)
{
	struct ag_arena *arena = s->e->text.arena;

	emit_handle(s, ag_format(arena, "%s at the opener: see struct actor_context.", s->endpoint->name), s->handle,
	            "context");
	emit_open(s, note);
	if (s->sends != NULL) {
		emit_sending(s);
		emit_close_send(s);
	}
	if (s->receives != NULL)
		emit_receiving(s);
	emit_wait(s);
	emit_cancel(s);
	emit_close(s);
}

static void
emit_stream(const struct side *s, const char *note)
{
	struct ag_arena *arena = s->e->text.arena;

	emit_handle(s, ag_format(arena, "The items of %s: see struct actor_context.", s->endpoint->name), s->handle,
	            "context");
	emit_open(s, note);
	emit_receiving(s);
	emit_close(s);
}

void
ag_emit_opener(struct ag_emit *e, const struct ag_endpoint *endpoint, const char *note, enum ag_where where)
{
	bool is_generator = endpoint->kind == AG_GENERATOR;
	const char *parameter = is_generator ? "stream" : "dialog";
	const struct side s = {
		.e = e,
		.where = where,
		.endpoint = endpoint,
		.stem = endpoint->c_symbol,
		.handle = ag_format(e->text.arena, "%s_%s", endpoint->c_symbol, parameter),
		.parameter = parameter,
		.receive = is_generator ? "next" : "receive",
		.closed = "ACTOR_ECLOSED: no more is sent.  ACTOR_END_OF_STREAM: the endpoint has returned.",
		.sends = endpoint->send,
		.receives = is_generator ? endpoint->item : endpoint->receive,
	};

	(is_generator ? emit_stream : emit_dialog)(&s, note);
}
