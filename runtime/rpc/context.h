/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_RPC_CONTEXT_H
#define ACTI_RPC_CONTEXT_H

/*
 * One side of a context or a generator: what a dialog has beyond the outcome of a call.  context.c has what
 * both sides need, and the endpoint's, opener.c the opener's side, stream.c the items.
 */

#include <actor/context.h>
#include <rpc/connection.h>
#include <rpc/inbox.h>
#include <rpc/table.h>
#include <task/nursery.h>

#define ACTI_REFUSAL_MAX 223 /* what is kept of an opener's words */

/* A task that waits for its turn to send; in its own frame. */
struct acti_writer {
	struct acti_list link; /* among the context's writers, by the time of their coming */
	struct acti_list waiter;
	const struct acti_context *context;
};

/* One of those who receive the items of a stream. */
struct acti_consumer {
	uint64_t next;   /* number of its next item, where there are several of them */
	uint64_t missed; /* items that it has not been told of */
	uint64_t lagged; /* as told last */
};

struct acti_stream_in {
	struct acti_inbox inbox;
	struct acti_item *partial; /* of which fragments have come */
	size_t largest;            /* that came in fragments */
	uint32_t window_messages, window_bytes;
	bool may_grow;   /* the window, as long as what comes is received as it comes */
	bool is_drained; /* nothing waited, at least once since the last grant */
	enum actor_overrun overrun;
	int64_t granted_messages, granted_bytes; /* that the peer may send; a message may exceed it */
	int64_t owed_messages, owed_bytes;       /* room that it does not know of yet */
	bool has_ended;
	bool has_run_out;    /* of memory: what comes is nobody's, and its endpoint is being cancelled */
	bool is_granted;     /* the peer knows of the window */
	bool is_closing;     /* nobody will receive what comes */
	uint32_t discarders; /* who wait for the result, and want no items */
	uint32_t receiving;  /* who wait for an item, or are about to take it */
	uint64_t lost;       /* in all */
	uint64_t lost_since; /* the last item that came */
	struct acti_list readers;
	struct acti_consumer own;
	/* once somebody has subscribed: what the fastest has received, the oldest first, at most a window of it */
	bool is_shared;
	struct acti_list kept;
	uint32_t kept_count;
	size_t kept_bytes;
	uint64_t kept_end; /* number of the next item */
	struct acti_list subscriptions;
};

struct acti_stream_out {
	int64_t credit_messages, credit_bytes;
	enum actor_overrun overrun; /* of the receiver */
	bool is_closed;             /* nothing more is sent */
	bool is_stopped;            /* and it has been said */
	bool is_sending;            /* a message in fragments */
	uint64_t lost, unreported;
	struct acti_list writers; /* who wait; only the first of them may send next */
};

struct acti_context {
	struct acti_table_entry entry;
	struct actor *actor;
	const struct actor_service *service;
	const struct actor_endpoint *endpoint;
	struct acti_dialog *dialog; /* NULL once it has ended, or before it began */
	struct acti_task *task;     /* that opened it; that serves it */
	bool is_opener;
	bool is_accepted, has_started, has_streamed;
	bool cancel_called, cancel_acked;
	bool has_canceller;
	struct actor_uid canceller; /* who told this side */
	struct acti_stream_in in;
	struct acti_stream_out out;
	/* the opener's side */
	struct acti_call call;
	struct acti_child child;
	struct actor_nursery *nursery_handle;
	struct acti_nursery *nursery;
	struct acti_cleanup cleanup; /* frees it with its nursery */
	struct acti_timer limit;     /* for the acknowledgement of a cancellation */
	bool limit_runs;
	struct acti_task *cancelled_by; /* whose cancel() it was */
	struct acti_list waiters;       /* for the first value, the acknowledgement, the end */
	void *started;
	void **result; /* where close() wants it */
	bool has_outcome;
	bool is_absorbed; /* its end is what our cancel() asked for */
	int code;
	uint64_t error_id;
	/* of either side */
	char refusal[ACTI_REFUSAL_MAX + 1]; /* why it ends too early; "": nobody has said */
};

static inline struct acti_pool *
acti_context_pool(const struct acti_context *context)
{
	return &context->actor->scheduler.pool;
}

/* ---- context.c ---- */

/* NULL: memory is spent. */
struct acti_context *acti_context_new(struct actor *actor, const struct actor_service *service,
                                      const struct actor_endpoint *endpoint);
void acti_context_free(struct acti_context *context);

/* NULL: {0}. */
struct actor_context acti_context_handle(const struct acti_context *context);

/* ACTOR_EINVAL: they are nonsense, as where somebody has forgotten to clear them. */
int acti_context_check_options(const struct actor_endpoint *endpoint, const struct actor_context_options *options);

/* ACTOR_ECLOSED, as the running task's error, for a stale or zeroed handle. */
int acti_context_find(struct actor_context handle, struct acti_context **ret_context);

/* The endpoint's side of a dialog, with what the opener grants; NULL: memory is spent. */
struct acti_context *acti_context_serve(struct acti_dialog *dialog, const struct acti_start *start, unsigned flags);
void acti_context_served(struct acti_context *context); /* its task has ended */

/* In the endpoint's task, before its function: without a leg for it, the first value is announced by the runtime. */
int acti_context_begin(struct acti_context *context);

/* A Cancel with these words follows. */
void acti_context_take_refusal(struct acti_context *context, const char *why, size_t size);

/* Ends it with ACTOR_ENOMEM, on whichever side this is: it is nobody else's fault. */
void acti_context_run_out(struct acti_context *context, const char *what);

/* ---- opener.c ---- */

/* The dialog's frames. */
void acti_context_accepted(struct acti_context *context);
void acti_context_take_started(struct acti_context *context, const unsigned char *body, size_t size);
void acti_context_cancel_acked(struct acti_context *context);

/* What the running task's error becomes, and is returned, once the context has ended. */
int acti_context_outcome(const struct acti_context *context);

/* Fails it, as an error of its own: the endpoint is cancelled, and told `why`.  Nothing once it has ended. */
void acti_context_refuse(struct acti_context *context, int code, const char *why);

/* ---- stream.c ---- */

void acti_stream_init(struct acti_context *context, const struct actor_context_options *options);
void acti_stream_configure(struct acti_context *context, const struct actor_context_options *options);
void acti_stream_fini(struct acti_context *context);

/* What this side will take, and how, for the frame that tells it. */
unsigned acti_stream_policy_flags(const struct acti_context *context);
void acti_stream_take_policy(struct acti_context *context, unsigned flags);
void acti_stream_grant(struct acti_context *context);

/* Frames.  NULL, or how they break the protocol. */
const char *acti_stream_take_item(struct acti_context *context, const struct acti_frame *frame,
                                  const unsigned char *body);
/* The small whole items that `frames` begin with, all at once; gives the bytes that were taken, which may be 0. */
size_t acti_stream_take_items(struct acti_context *context, const unsigned char *frames, size_t size);
const char *acti_stream_take_stop(struct acti_context *context, const struct acti_frame *frame,
                                  const unsigned char *body);
const char *acti_stream_take_credit(struct acti_context *context, const struct acti_frame *frame,
                                    const unsigned char *body);

/* The other side has ended: nothing more comes, and nobody takes what is sent. */
void acti_stream_end(struct acti_context *context);

/* Drops what is there, if nobody wants it. */
void acti_stream_discard(struct acti_context *context);

/* The endpoint is about to tell that it has ended: what it has dropped since its last item comes first. */
void acti_stream_tell_lost(struct acti_context *context);

/* Says that this side sends no more. */
void acti_stream_close(struct acti_context *context);

/* For receivers: an item, decoded; what to say when there is none; whether to go on. */
int acti_stream_decode(struct acti_context *context, const unsigned char *bytes, size_t size, void *ret_item);

/* Out of memory for an item: the end of this context, and of nothing else. */
void acti_stream_run_out(struct acti_context *context);
int acti_stream_end_code(const struct acti_context *context);
int acti_stream_check(const struct acti_context *context);

/* An endpoint receives nothing before its first value: its opener may be waiting for that, and neither would go on. */
int acti_stream_check_started(const struct acti_context *context);

/* Until an item has come, or the end, or nothing will; the context may have gone by then. */
void acti_stream_await_item(struct acti_context *context);

/* ---- subscription.c ---- */

/* What a consumer of a shared stream gets; ACTOR_WOULD_BLOCK: nothing yet. */
int acti_stream_take_shared(struct acti_context *context, struct acti_consumer *consumer, void *ret_item);

/* Takes the next item out of the queue, for all of them; false: there is none. */
bool acti_stream_share_next(struct acti_context *context);
void acti_subscriptions_close(struct acti_context *context);

#endif
