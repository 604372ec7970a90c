/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTOR_CONTEXT_H
#define ACTOR_CONTEXT_H

#include <actor/error.h>

ACTOR_BEGIN

/*
 * A context is two linked tasks, one in each of two actors: the endpoint's, and the opener's, which goes on with its own
 * work meanwhile.  The endpoint announces a first value, both send each other streams of items, and the endpoint gives a
 * result.  Emitted code wraps a handle in a type of its own per endpoint and side (struct demo_tree_fan_out_dialog at the
 * opener, struct demo_tree_fan_out_context in the endpoint), with functions for the declared legs only.
 *
 * At the opener a context is a scope, as a nursery is: opened and closed by the same task, last in first out.  If the
 * endpoint fails, what the opener awaits in it is cancelled, and closing gives the endpoint's error.  If the opener fails,
 * or is cancelled, the endpoint's task is cancelled.  Closing waits until that has ended, in every case.  An outcome that
 * is handed to _close() in place of an error is ACTOR_EINVAL, but ACTOR_END_OF_STREAM, and ACTOR_NO_RESULT of its own _wait(),
 * count as 0.
 *
 * An item is copied when it is sent; a send() that has to wait looks at it later, so nobody may change it until that is back.
 *
 * A handle is a place and a generation, as a portal's: one that is stale or zeroed fails with ACTOR_ECLOSED.  Any task of
 * the actor may use it; only the task that opened a context may close it.
 */
struct actor_context {
	uint64_t handle;
};

/* What a side does with items that come while its window is full of others, which nobody has received yet. */
enum actor_overrun {
	ACTOR_OVERRUN_WAIT = 0, /* nothing: the sender waits until there is room */
	ACTOR_OVERRUN_FAIL,     /* the sender's send() fails with ACTOR_EOVERRUN */
	ACTOR_OVERRUN_DROP,     /* the sender drops the item; receive() gives ACTOR_LAGGED where some are missing */
};

/* Of the direction in which this side receives.  Everything zero is the default. */
struct actor_context_options {
	/*
	 * What may wait here to be received: 64 messages, and 262,144 bytes, which one message may exceed.  As long as
	 * neither is set, and all that comes is received at once, they grow, to 8,192 and 2 MiB.
	 */
	uint32_t window_messages, window_bytes;
	enum actor_overrun overrun;
};

/*
 * In an endpoint, before it announces its first value.  ACTOR_EINVAL: later, or at the opener; an endpoint that declares no
 * first value has the defaults.
 */
ACTOR_API int actor_context_configure(struct actor_context context, const struct actor_context_options *options)
    ACTOR_MUST_USE;

/*
 * This side sends no more items: the other's receive() ends, once it has received what was sent.  Closing a context at the
 * opener, and returning from the endpoint, do it too.  0 also if it was done before.  ACTOR_ECLOSED.
 */
ACTOR_API int actor_context_close_send(struct actor_context context) ACTOR_MUST_USE;

/*
 * At the opener: asks the endpoint's task to stop, and waits for the acknowledgement, at most 0.6 s.  The opener goes on:
 * that end of the endpoint is no failure for it, and wait() and close() tell of it as ACTOR_NO_RESULT and 0.  If another
 * task than the opener's calls it, the opener's awaits in the context are cancelled when the endpoint has ended.
 *
 * In the endpoint: cancels its own task.  Nothing if it has ended, or was cancelled before.  ACTOR_ECLOSED.
 */
ACTOR_API int actor_context_cancel(struct actor_context context) ACTOR_AWAITS;

/* The innermost context that the running task has open, else the one that it serves; {0}: neither. */
ACTOR_API struct actor_context actor_context_current(void);

enum actor_context_state {
	ACTOR_CONTEXT_OPENING = 0,    /* the endpoint has not been heard of */
	ACTOR_CONTEXT_ACCEPTED,       /* its task runs, and has announced nothing */
	ACTOR_CONTEXT_STARTED,        /* the first value is there */
	ACTOR_CONTEXT_STREAMING,      /* items were sent or received */
	ACTOR_CONTEXT_STREAM_ENDED,   /* the other side sends no more */
	ACTOR_CONTEXT_RETURNED,       /* it has ended, with its result */
	ACTOR_CONTEXT_CANCELLED,      /* ended, by our cancel() */
	ACTOR_CONTEXT_PEER_CANCELLED, /* ended: the endpoint cancelled itself, or somebody else its actor */
	ACTOR_CONTEXT_FAILED,         /* ended, with another error */
};

struct actor_context_report {
	enum actor_context_state state;
	int is_opener; /* of the two sides */
	int cancel_called; /* by this side: actor_context_cancel(), or the end of the opener's scope; in the endpoint: by the other */
	int cancel_acked; /* the other side has it */
	int has_outcome;  /* it has ended */
	int code;         /* how: 0, or a negative enum actor_code */
	int has_canceller;
	struct actor_uid
	    canceller; /* who told this side; of an outcome's error, actor_error_canceller() says who asked for it */
	uint64_t sent_lost, received_lost; /* items that ACTOR_OVERRUN_DROP has dropped, each way */
};

/* ACTOR_ECLOSED. */
ACTOR_API int actor_context_inspect(struct actor_context context, struct actor_context_report *ret_report)
    ACTOR_MUST_USE;

/* "streaming" */
ACTOR_API const char *actor_context_state_text(enum actor_context_state state);

/*
 * One of several receivers of one stream in this actor: each gets a copy of each item from its subscription on.  Once there
 * is one, the context's own receive() is one of them, too.  Who is slower than the fastest by more than the window loses the
 * oldest items, and receive() gives ACTOR_LAGGED once.
 */
struct actor_subscription {
	uint64_t handle;
};

/* Of the last ACTOR_LAGGED of a receive() here; 0: of none. */
ACTOR_API uint64_t actor_context_lagged(struct actor_context context);
ACTOR_API uint64_t actor_subscription_lagged(struct actor_subscription subscription);

/* Nothing if it is stale.  They also end with their context. */
ACTOR_API void actor_subscription_close(struct actor_subscription subscription);

ACTOR_END
#endif
