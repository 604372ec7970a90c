/* Emitted by actorgen from in.proto.  Edit that file, not this one. */
#ifndef ACTOR_GENERATED_IN_H
#define ACTOR_GENERATED_IN_H

#include <actor/generated.h>
#include <google/protobuf/empty.pb-c.h>

#include "in.pb-c.h"

#if ACTOR_GENERATED_ABI != 4
#error "in.actor.h and libactor do not fit: run the actorgen that came with this libactor"
#endif

ACTOR_BEGIN

/* ---- messages ---- */

/*
 * Keyword style: DEMO_REQUEST(.field = ...) is a pointer to one.  It lives as long as the block that it is written
 * in.
 */

#define DEMO_REQUEST(...) \
	(&(const Demo__Request){ .base = PROTOBUF_C_MESSAGE_INIT(&demo__request__descriptor), __VA_ARGS__ })
#define DEMO_REPLY(...) (&(const Demo__Reply){ .base = PROTOBUF_C_MESSAGE_INIT(&demo__reply__descriptor), __VA_ARGS__ })
#define DEMO_FIRST(...) (&(const Demo__First){ .base = PROTOBUF_C_MESSAGE_INIT(&demo__first__descriptor), __VA_ARGS__ })
#define DEMO_DOWN(...) (&(const Demo__Down){ .base = PROTOBUF_C_MESSAGE_INIT(&demo__down__descriptor), __VA_ARGS__ })
#define DEMO_UP(...) (&(const Demo__Up){ .base = PROTOBUF_C_MESSAGE_INIT(&demo__up__descriptor), __VA_ARGS__ })
#define DEMO_TOO_DEEP(...) \
	(&(const Demo__TooDeep){ .base = PROTOBUF_C_MESSAGE_INIT(&demo__too_deep__descriptor), __VA_ARGS__ })
#define DEMO_TOO_WIDE(...) \
	(&(const Demo__TooWide){ .base = PROTOBUF_C_MESSAGE_INIT(&demo__too_wide__descriptor), __VA_ARGS__ })

/* ==== demo.Legs ==== */

/* As in `enable` of struct actor_spawn_options. */
extern const struct actor_service demo_legs_service;

/* ---- serving ---- */

struct demo_legs_state; /* yours to define, one per actor; or leave it undefined */

/* Started in the endpoint: see struct actor_context.  Stale once the function has returned. */
struct demo_legs_started_context {
	struct actor_context context;
};

/* Send in the endpoint: see struct actor_context.  Stale once the function has returned. */
struct demo_legs_send_context {
	struct actor_context context;
};

/* Receive in the endpoint: see struct actor_context.  Stale once the function has returned. */
struct demo_legs_receive_context {
	struct actor_context context;
};

/* None in the endpoint: see struct actor_context.  Stale once the function has returned. */
struct demo_legs_none_context {
	struct actor_context context;
};

/* All in the endpoint: see struct actor_context.  Stale once the function has returned. */
struct demo_legs_walk_context {
	struct actor_context context;
};

/*
 * The implementation: one function per endpoint, run as a task of the actor that serves it.  `request` is
 * checked, and lives until the function returns; `reply` is initialised, and what it points to by then may come
 * from actor_alloc() and its like.  0, or a negative code: then no reply is sent.  No endpoint may be NULL.
 */
struct demo_legs_ops {
	/* Makes and unmakes the actor's state, once per actor; each may be left out. */
	int (*state_open)(struct demo_legs_state **ret_state);
	void (*state_close)(struct demo_legs_state *state);

	int (*started)(struct demo_legs_state *state, struct demo_legs_started_context context,
	               const Demo__Request *request, Demo__Reply *reply);

	int (*send)(struct demo_legs_state *state, struct demo_legs_send_context context, const Demo__Request *request,
	            Demo__Reply *reply);

	int (*receive)(struct demo_legs_state *state, struct demo_legs_receive_context context,
	               const Demo__Request *request, Demo__Reply *reply);

	int (*none)(struct demo_legs_state *state, struct demo_legs_none_context context, const Demo__Request *request,
	            Demo__Reply *reply);

	/*
	 * Walks the whole tree.
	 *
	 * Two paragraphs of it.  [in.proto:29]
	 *
	 * May raise demo.TooDeep and demo.TooWide.
	 */
	int (*walk)(struct demo_legs_state *state, struct demo_legs_walk_context context,
	            const Google__Protobuf__Empty *request, Google__Protobuf__Empty *reply);
};

/* For the modules of a struct actor_program.  `ops` is borrowed, as long as the program runs. */
static inline struct actor_module
demo_legs_module(const struct demo_legs_ops *ops)
{
	struct actor_module module = { &demo_legs_service, ops };
	return module;
}

/* ---- in the functions of contexts and generators ---- */

/* Announces the first value, which demo_legs_started_open() awaits: once, before anything else. */
int demo_legs_started_started(struct demo_legs_started_context context, const Demo__First *value) ACTOR_AWAITS;

/*
 * Awaits the next item, the task's as every received message.  ACTOR_END_OF_STREAM: there are no more, now and
 * later.  ACTOR_LAGGED: some are missing here, see actor_context_lagged().
 */
int demo_legs_send_context_receive(struct demo_legs_send_context context, Demo__Down **ret_item) ACTOR_AWAITS;

/* The same without waiting: ACTOR_WOULD_BLOCK if there is none yet. */
int demo_legs_send_context_try_receive(struct demo_legs_send_context context, Demo__Down **ret_item) ACTOR_MUST_USE;

/* One of several receivers of the stream in this actor: see struct actor_subscription. */
struct demo_legs_send_context_subscription {
	struct actor_subscription subscription;
};

/* One more receiver, of the items from now on, until actor_subscription_close() or the end of the context. */
int demo_legs_send_context_subscribe(struct demo_legs_send_context context,
                                     struct demo_legs_send_context_subscription *ret_subscription) ACTOR_MUST_USE;

/* As demo_legs_send_context_receive().  Of ACTOR_LAGGED, actor_subscription_lagged() says more. */
int demo_legs_send_context_subscription_receive(struct demo_legs_send_context_subscription subscription,
                                                Demo__Down **ret_item) ACTOR_AWAITS;

/*
 * Sends an item, which is copied; waits while the other side's window is full.  ACTOR_EINVAL: it breaks its type.
 * ACTOR_EOVERRUN: the window is full, and the other side wants no waiting.  ACTOR_ECLOSED: no more is sent.
 */
int demo_legs_receive_context_send(struct demo_legs_receive_context context, const Demo__Up *item) ACTOR_AWAITS;

/* There are no more items: the other side's receive() ends behind the last one. */
int demo_legs_receive_context_close_send(struct demo_legs_receive_context context) ACTOR_MUST_USE;

/* Announces the first value, which demo_legs_walk_open() awaits: once, before anything else. */
int demo_legs_walk_started(struct demo_legs_walk_context context, const Demo__First *value) ACTOR_AWAITS;

/*
 * Sends an item, which is copied; waits while the other side's window is full.  ACTOR_EINVAL: it breaks its type.
 * ACTOR_EOVERRUN: the window is full, and the other side wants no waiting.  ACTOR_ECLOSED: no more is sent, or
 * nothing was announced yet.
 */
int demo_legs_walk_context_send(struct demo_legs_walk_context context, const Demo__Up *item) ACTOR_AWAITS;

/* There are no more items: the other side's receive() ends behind the last one. */
int demo_legs_walk_context_close_send(struct demo_legs_walk_context context) ACTOR_MUST_USE;

/*
 * Awaits the next item, the task's as every received message.  ACTOR_END_OF_STREAM: there are no more, now and
 * later.  ACTOR_LAGGED: some are missing here, see actor_context_lagged().
 */
int demo_legs_walk_context_receive(struct demo_legs_walk_context context, Demo__Down **ret_item) ACTOR_AWAITS;

/* The same without waiting: ACTOR_WOULD_BLOCK if there is none yet. */
int demo_legs_walk_context_try_receive(struct demo_legs_walk_context context, Demo__Down **ret_item) ACTOR_MUST_USE;

/* One of several receivers of the stream in this actor: see struct actor_subscription. */
struct demo_legs_walk_context_subscription {
	struct actor_subscription subscription;
};

/* One more receiver, of the items from now on, until actor_subscription_close() or the end of the context. */
int demo_legs_walk_context_subscribe(struct demo_legs_walk_context context,
                                     struct demo_legs_walk_context_subscription *ret_subscription) ACTOR_MUST_USE;

/* As demo_legs_walk_context_receive().  Of ACTOR_LAGGED, actor_subscription_lagged() says more. */
int demo_legs_walk_context_subscription_receive(struct demo_legs_walk_context_subscription subscription,
                                                Demo__Down **ret_item) ACTOR_AWAITS;

/* ---- raising, and telling what was raised ---- */

/* Fails the endpoint with a demo.TooDeep: `return demo_legs_raise_too_deep(...)`.  `value` is copied. */
int demo_legs_raise_too_deep(const Demo__TooDeep *value) ACTOR_MUST_USE;

/* The demo.TooDeep that was raised, in the task's memory; NULL if the error is another one, or its value was lost. */
const Demo__TooDeep *demo_legs_raised_too_deep(const struct actor_error *error);

/* Fails the endpoint with a demo.TooWide: `return demo_legs_raise_too_wide(...)`.  `value` is copied. */
int demo_legs_raise_too_wide(const Demo__TooWide *value) ACTOR_MUST_USE;

/* The demo.TooWide that was raised, in the task's memory; NULL if the error is another one, or its value was lost. */
const Demo__TooWide *demo_legs_raised_too_wide(const struct actor_error *error);

/* ---- calling ---- */

/* Only an actor that serves a Legs fits here.  Copy it freely; {0} is nobody. */
struct demo_legs {
	struct actor_portal portal;
};

/*
 * Starts an actor that serves Legs, and only that unless options->enable names more.  It is a daemon: cancel it
 * or its nursery, or closing the nursery waits without limit.  `options` may be NULL.  Awaits its readiness.
 */
int demo_legs_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                    struct demo_legs *ret_legs) ACTOR_AWAITS;

/*
 * The actor called `name`, which must serve Legs: of this tree, or of another one with the same registry.
 * ACTOR_NOBODY: there is none.  See actor_find().
 */
int demo_legs_find_actor(struct actor_nursery *nursery, const char *name, struct demo_legs *ret_legs) ACTOR_AWAITS;

/* The same, but waits until there is one: see actor_wait_for(). */
int demo_legs_wait_for_actor(struct actor_nursery *nursery, const char *name, struct demo_legs *ret_legs) ACTOR_AWAITS;

/* Workers that all serve Legs, as daemons of a nursery of their own. */
struct demo_legs_cluster {
	struct actor_cluster cluster;
};

/*
 * Starts them, all at once, and awaits their readiness; if one fails, none is left.  `options` may be NULL: one for
 * each processor.  What ends them is actor_cluster_close(&x.cluster, rc).
 */
int demo_legs_cluster_open(const struct actor_cluster_options *options, struct demo_legs_cluster *ret_cluster)
    ACTOR_AWAITS;

/* One of them; `index` is below cluster->cluster.count. */
static inline struct demo_legs
demo_legs_cluster_worker(const struct demo_legs_cluster *cluster, size_t index)
{
	struct demo_legs worker = { cluster->cluster.portals[index] };
	return worker;
}

/* Started at the opener: see struct actor_context. */
struct demo_legs_started_dialog {
	struct actor_context context;
};

/*
 * Opens a context, a scope of this task until _close(), and awaits the first value.  `options` and `ret_started` may
 * be NULL.
 */
int demo_legs_started_open(struct demo_legs legs, const Demo__Request *request,
                           const struct actor_context_options *options, Demo__First **ret_started,
                           struct demo_legs_started_dialog *ret_dialog) ACTOR_AWAITS;

/* Awaits the result.  The endpoint's error, or ACTOR_NO_RESULT if this side has cancelled it. */
int demo_legs_started_wait(struct demo_legs_started_dialog dialog, Demo__Reply **ret_reply) ACTOR_AWAITS;

/* Asks the endpoint to stop: see actor_context_cancel(). */
int demo_legs_started_cancel(struct demo_legs_started_dialog dialog) ACTOR_AWAITS;

/*
 * Ends the context: sends no more, and awaits its end; cancels it if `rc` is an error.  `rc`, or the endpoint's
 * error, or both as a group.  *ret_reply is NULL if there is no result; `ret_reply` may be NULL.
 */
int demo_legs_started_close(struct demo_legs_started_dialog dialog, int rc, Demo__Reply **ret_reply) ACTOR_AWAITS;

/* Send at the opener: see struct actor_context. */
struct demo_legs_send_dialog {
	struct actor_context context;
};

/* Opens a context, a scope of this task until _close(), and awaits its acceptance.  `options` may be NULL. */
int demo_legs_send_open(struct demo_legs legs, const Demo__Request *request,
                        const struct actor_context_options *options, struct demo_legs_send_dialog *ret_dialog)
    ACTOR_AWAITS;

/*
 * Sends an item, which is copied; waits while the other side's window is full.  ACTOR_EINVAL: it breaks its type.
 * ACTOR_EOVERRUN: the window is full, and the other side wants no waiting.  ACTOR_ECLOSED: no more is sent.
 * ACTOR_END_OF_STREAM: the endpoint has returned.
 */
int demo_legs_send_send(struct demo_legs_send_dialog dialog, const Demo__Down *item) ACTOR_AWAITS;

/* There are no more items: the other side's receive() ends behind the last one. */
int demo_legs_send_close_send(struct demo_legs_send_dialog dialog) ACTOR_MUST_USE;

/* Awaits the result.  The endpoint's error, or ACTOR_NO_RESULT if this side has cancelled it. */
int demo_legs_send_wait(struct demo_legs_send_dialog dialog, Demo__Reply **ret_reply) ACTOR_AWAITS;

/* Asks the endpoint to stop: see actor_context_cancel(). */
int demo_legs_send_cancel(struct demo_legs_send_dialog dialog) ACTOR_AWAITS;

/*
 * Ends the context: sends no more, and awaits its end; cancels it if `rc` is an error.  `rc`, or the endpoint's
 * error, or both as a group.  *ret_reply is NULL if there is no result; `ret_reply` may be NULL.
 */
int demo_legs_send_close(struct demo_legs_send_dialog dialog, int rc, Demo__Reply **ret_reply) ACTOR_AWAITS;

/* Receive at the opener: see struct actor_context. */
struct demo_legs_receive_dialog {
	struct actor_context context;
};

/* Opens a context, a scope of this task until _close(), and awaits its acceptance.  `options` may be NULL. */
int demo_legs_receive_open(struct demo_legs legs, const Demo__Request *request,
                           const struct actor_context_options *options, struct demo_legs_receive_dialog *ret_dialog)
    ACTOR_AWAITS;

/*
 * Awaits the next item, the task's as every received message.  ACTOR_END_OF_STREAM: there are no more, now and
 * later.  ACTOR_LAGGED: some are missing here, see actor_context_lagged().
 */
int demo_legs_receive_receive(struct demo_legs_receive_dialog dialog, Demo__Up **ret_item) ACTOR_AWAITS;

/* The same without waiting: ACTOR_WOULD_BLOCK if there is none yet. */
int demo_legs_receive_try_receive(struct demo_legs_receive_dialog dialog, Demo__Up **ret_item) ACTOR_MUST_USE;

/* One of several receivers of the stream in this actor: see struct actor_subscription. */
struct demo_legs_receive_subscription {
	struct actor_subscription subscription;
};

/* One more receiver, of the items from now on, until actor_subscription_close() or the end of the context. */
int demo_legs_receive_subscribe(struct demo_legs_receive_dialog dialog,
                                struct demo_legs_receive_subscription *ret_subscription) ACTOR_MUST_USE;

/* As demo_legs_receive_receive().  Of ACTOR_LAGGED, actor_subscription_lagged() says more. */
int demo_legs_receive_subscription_receive(struct demo_legs_receive_subscription subscription, Demo__Up **ret_item)
    ACTOR_AWAITS;

/* Awaits the result.  The endpoint's error, or ACTOR_NO_RESULT if this side has cancelled it. */
int demo_legs_receive_wait(struct demo_legs_receive_dialog dialog, Demo__Reply **ret_reply) ACTOR_AWAITS;

/* Asks the endpoint to stop: see actor_context_cancel(). */
int demo_legs_receive_cancel(struct demo_legs_receive_dialog dialog) ACTOR_AWAITS;

/*
 * Ends the context: sends no more, and awaits its end; cancels it if `rc` is an error.  `rc`, or the endpoint's
 * error, or both as a group.  *ret_reply is NULL if there is no result; `ret_reply` may be NULL.
 */
int demo_legs_receive_close(struct demo_legs_receive_dialog dialog, int rc, Demo__Reply **ret_reply) ACTOR_AWAITS;

/* None at the opener: see struct actor_context. */
struct demo_legs_none_dialog {
	struct actor_context context;
};

/* Opens a context, a scope of this task until _close(), and awaits its acceptance.  `options` may be NULL. */
int demo_legs_none_open(struct demo_legs legs, const Demo__Request *request,
                        const struct actor_context_options *options, struct demo_legs_none_dialog *ret_dialog)
    ACTOR_AWAITS;

/* Awaits the result.  The endpoint's error, or ACTOR_NO_RESULT if this side has cancelled it. */
int demo_legs_none_wait(struct demo_legs_none_dialog dialog, Demo__Reply **ret_reply) ACTOR_AWAITS;

/* Asks the endpoint to stop: see actor_context_cancel(). */
int demo_legs_none_cancel(struct demo_legs_none_dialog dialog) ACTOR_AWAITS;

/*
 * Ends the context: sends no more, and awaits its end; cancels it if `rc` is an error.  `rc`, or the endpoint's
 * error, or both as a group.  *ret_reply is NULL if there is no result; `ret_reply` may be NULL.
 */
int demo_legs_none_close(struct demo_legs_none_dialog dialog, int rc, Demo__Reply **ret_reply) ACTOR_AWAITS;

/* All at the opener: see struct actor_context. */
struct demo_legs_walk_dialog {
	struct actor_context context;
};

/*
 * Walks the whole tree.
 *
 * Two paragraphs of it.  [in.proto:29]
 *
 * May raise demo.TooDeep and demo.TooWide.  Opens a context, a scope of this task until _close(), and awaits the
 * first value.  `options` and `ret_started` may be NULL.
 */
int demo_legs_walk_open(struct demo_legs legs, const Google__Protobuf__Empty *request,
                        const struct actor_context_options *options, Demo__First **ret_started,
                        struct demo_legs_walk_dialog *ret_dialog) ACTOR_AWAITS;

/*
 * Sends an item, which is copied; waits while the other side's window is full.  ACTOR_EINVAL: it breaks its type.
 * ACTOR_EOVERRUN: the window is full, and the other side wants no waiting.  ACTOR_ECLOSED: no more is sent.
 * ACTOR_END_OF_STREAM: the endpoint has returned.
 */
int demo_legs_walk_send(struct demo_legs_walk_dialog dialog, const Demo__Down *item) ACTOR_AWAITS;

/* There are no more items: the other side's receive() ends behind the last one. */
int demo_legs_walk_close_send(struct demo_legs_walk_dialog dialog) ACTOR_MUST_USE;

/*
 * Awaits the next item, the task's as every received message.  ACTOR_END_OF_STREAM: there are no more, now and
 * later.  ACTOR_LAGGED: some are missing here, see actor_context_lagged().
 */
int demo_legs_walk_receive(struct demo_legs_walk_dialog dialog, Demo__Up **ret_item) ACTOR_AWAITS;

/* The same without waiting: ACTOR_WOULD_BLOCK if there is none yet. */
int demo_legs_walk_try_receive(struct demo_legs_walk_dialog dialog, Demo__Up **ret_item) ACTOR_MUST_USE;

/* One of several receivers of the stream in this actor: see struct actor_subscription. */
struct demo_legs_walk_subscription {
	struct actor_subscription subscription;
};

/* One more receiver, of the items from now on, until actor_subscription_close() or the end of the context. */
int demo_legs_walk_subscribe(struct demo_legs_walk_dialog dialog, struct demo_legs_walk_subscription *ret_subscription)
    ACTOR_MUST_USE;

/* As demo_legs_walk_receive().  Of ACTOR_LAGGED, actor_subscription_lagged() says more. */
int demo_legs_walk_subscription_receive(struct demo_legs_walk_subscription subscription, Demo__Up **ret_item)
    ACTOR_AWAITS;

/* Awaits the result.  The endpoint's error, or ACTOR_NO_RESULT if this side has cancelled it. */
int demo_legs_walk_wait(struct demo_legs_walk_dialog dialog, Google__Protobuf__Empty **ret_reply) ACTOR_AWAITS;

/* Asks the endpoint to stop: see actor_context_cancel(). */
int demo_legs_walk_cancel(struct demo_legs_walk_dialog dialog) ACTOR_AWAITS;

/*
 * Ends the context: sends no more, and awaits its end; cancels it if `rc` is an error.  `rc`, or the endpoint's
 * error, or both as a group.  *ret_reply is NULL if there is no result; `ret_reply` may be NULL.
 */
int demo_legs_walk_close(struct demo_legs_walk_dialog dialog, int rc, Google__Protobuf__Empty **ret_reply) ACTOR_AWAITS;

ACTOR_END
#endif
