/* Emitted by actorgen from in.proto.  Edit that file, not this one. */
#ifndef ACTOR_GENERATED_IN_H
#define ACTOR_GENERATED_IN_H

#include <actor/generated.h>

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
#define DEMO_NAMES(...) (&(const Demo__Names){ .base = PROTOBUF_C_MESSAGE_INIT(&demo__names__descriptor), __VA_ARGS__ })
#define DEMO_VALUE(...) (&(const Demo__Value){ .base = PROTOBUF_C_MESSAGE_INIT(&demo__value__descriptor), __VA_ARGS__ })

/* ==== demo.Tree ==== */

/* As in `enable` of struct actor_spawn_options. */
extern const struct actor_service demo_tree_service;

/* ---- serving ---- */

struct demo_tree_state; /* yours to define, one per actor; or leave it undefined */

/* FanOut in the endpoint: see struct actor_context.  Stale once the function has returned. */
struct demo_tree_fan_out_context {
	struct actor_context context;
};

/* Bare in the endpoint: see struct actor_context.  Stale once the function has returned. */
struct demo_tree_bare_context {
	struct actor_context context;
};

/* Chat in the endpoint: see struct actor_context.  Stale once the function has returned. */
struct demo_tree_chat_context {
	struct actor_context context;
};

/* ChatWithStart in the endpoint: see struct actor_context.  Stale once the function has returned. */
struct demo_tree_chat_with_start_context {
	struct actor_context context;
};

/* Count in the endpoint: see struct actor_context.  Stale once the function has returned. */
struct demo_tree_count_context {
	struct actor_context context;
};

/*
 * The implementation: one function per endpoint, run as a task of the actor that serves it.  `request` is
 * checked, and lives until the function returns; `reply` is initialised, and what it points to by then may come
 * from actor_alloc() and its like.  0, or a negative code: then no reply is sent.  No endpoint may be NULL.
 */
struct demo_tree_ops {
	/* Makes and unmakes the actor's state, once per actor; each may be left out. */
	int (*state_open)(struct demo_tree_state **ret_state);
	void (*state_close)(struct demo_tree_state *state);

	int (*fan_out)(struct demo_tree_state *state, struct demo_tree_fan_out_context context,
	               const Demo__Request *request, Demo__Reply *reply);

	int (*bare)(struct demo_tree_state *state, struct demo_tree_bare_context context, const Demo__Request *request,
	            Demo__Reply *reply);

	int (*chat)(struct demo_tree_state *state, struct demo_tree_chat_context context);

	/* May raise demo.Names. */
	int (*chat_with_start)(struct demo_tree_state *state, struct demo_tree_chat_with_start_context context);

	int (*count)(struct demo_tree_state *state, struct demo_tree_count_context context,
	             const Demo__Request *request);
};

/* For the modules of a struct actor_program.  `ops` is borrowed, as long as the program runs. */
static inline struct actor_module
demo_tree_module(const struct demo_tree_ops *ops)
{
	struct actor_module module = { &demo_tree_service, ops };
	return module;
}

/* ---- in the functions of contexts and generators ---- */

/* Announces the first value, which demo_tree_fan_out_open() awaits: once, before anything else. */
int demo_tree_fan_out_started(struct demo_tree_fan_out_context context, const Demo__Names *value) ACTOR_AWAITS;

/*
 * Sends an item, which is copied; waits while the other side's window is full.  ACTOR_EINVAL: it breaks its type.
 * ACTOR_EOVERRUN: the window is full, and the other side wants no waiting.  ACTOR_ECLOSED: no more is sent, or
 * nothing was announced yet.
 */
int demo_tree_fan_out_context_send(struct demo_tree_fan_out_context context, const Demo__Value *item) ACTOR_AWAITS;

/* There are no more items: the other side's receive() ends behind the last one. */
int demo_tree_fan_out_context_close_send(struct demo_tree_fan_out_context context) ACTOR_MUST_USE;

/*
 * Awaits the next item, the task's as every received message.  ACTOR_END_OF_STREAM: there are no more, now and
 * later.  ACTOR_LAGGED: some are missing here, see actor_context_lagged().
 */
int demo_tree_fan_out_context_receive(struct demo_tree_fan_out_context context, Demo__Value **ret_item) ACTOR_AWAITS;

/* The same without waiting: ACTOR_WOULD_BLOCK if there is none yet. */
int demo_tree_fan_out_context_try_receive(struct demo_tree_fan_out_context context, Demo__Value **ret_item)
    ACTOR_MUST_USE;

/* One of several receivers of the stream in this actor: see struct actor_subscription. */
struct demo_tree_fan_out_context_subscription {
	struct actor_subscription subscription;
};

/* One more receiver, of the items from now on, until actor_subscription_close() or the end of the context. */
int demo_tree_fan_out_context_subscribe(struct demo_tree_fan_out_context context,
                                        struct demo_tree_fan_out_context_subscription *ret_subscription) ACTOR_MUST_USE;

/* As demo_tree_fan_out_context_receive().  Of ACTOR_LAGGED, actor_subscription_lagged() says more. */
int demo_tree_fan_out_context_subscription_receive(struct demo_tree_fan_out_context_subscription subscription,
                                                   Demo__Value **ret_item) ACTOR_AWAITS;

/*
 * Sends an item, which is copied; waits while the other side's window is full.  ACTOR_EINVAL: it breaks its type.
 * ACTOR_EOVERRUN: the window is full, and the other side wants no waiting.  ACTOR_ECLOSED: no more is sent.
 */
int demo_tree_chat_context_send(struct demo_tree_chat_context context, const Demo__Value *item) ACTOR_AWAITS;

/* There are no more items: the other side's receive() ends behind the last one. */
int demo_tree_chat_context_close_send(struct demo_tree_chat_context context) ACTOR_MUST_USE;

/*
 * Awaits the next item, the task's as every received message.  ACTOR_END_OF_STREAM: there are no more, now and
 * later.  ACTOR_LAGGED: some are missing here, see actor_context_lagged().
 */
int demo_tree_chat_context_receive(struct demo_tree_chat_context context, Demo__Value **ret_item) ACTOR_AWAITS;

/* The same without waiting: ACTOR_WOULD_BLOCK if there is none yet. */
int demo_tree_chat_context_try_receive(struct demo_tree_chat_context context, Demo__Value **ret_item) ACTOR_MUST_USE;

/* One of several receivers of the stream in this actor: see struct actor_subscription. */
struct demo_tree_chat_context_subscription {
	struct actor_subscription subscription;
};

/* One more receiver, of the items from now on, until actor_subscription_close() or the end of the context. */
int demo_tree_chat_context_subscribe(struct demo_tree_chat_context context,
                                     struct demo_tree_chat_context_subscription *ret_subscription) ACTOR_MUST_USE;

/* As demo_tree_chat_context_receive().  Of ACTOR_LAGGED, actor_subscription_lagged() says more. */
int demo_tree_chat_context_subscription_receive(struct demo_tree_chat_context_subscription subscription,
                                                Demo__Value **ret_item) ACTOR_AWAITS;

/* Announces the first value, which demo_tree_chat_with_start_open() awaits: once, before anything else. */
int demo_tree_chat_with_start_started(struct demo_tree_chat_with_start_context context, const Demo__Names *value)
    ACTOR_AWAITS;

/*
 * Sends an item, which is copied; waits while the other side's window is full.  ACTOR_EINVAL: it breaks its type.
 * ACTOR_EOVERRUN: the window is full, and the other side wants no waiting.  ACTOR_ECLOSED: no more is sent, or
 * nothing was announced yet.
 */
int demo_tree_chat_with_start_context_send(struct demo_tree_chat_with_start_context context, const Demo__Value *item)
    ACTOR_AWAITS;

/* There are no more items: the other side's receive() ends behind the last one. */
int demo_tree_chat_with_start_context_close_send(struct demo_tree_chat_with_start_context context) ACTOR_MUST_USE;

/*
 * Awaits the next item, the task's as every received message.  ACTOR_END_OF_STREAM: there are no more, now and
 * later.  ACTOR_LAGGED: some are missing here, see actor_context_lagged().
 */
int demo_tree_chat_with_start_context_receive(struct demo_tree_chat_with_start_context context, Demo__Value **ret_item)
    ACTOR_AWAITS;

/* The same without waiting: ACTOR_WOULD_BLOCK if there is none yet. */
int demo_tree_chat_with_start_context_try_receive(struct demo_tree_chat_with_start_context context,
                                                  Demo__Value **ret_item) ACTOR_MUST_USE;

/* One of several receivers of the stream in this actor: see struct actor_subscription. */
struct demo_tree_chat_with_start_context_subscription {
	struct actor_subscription subscription;
};

/* One more receiver, of the items from now on, until actor_subscription_close() or the end of the context. */
int demo_tree_chat_with_start_context_subscribe(struct demo_tree_chat_with_start_context context,
                                                struct demo_tree_chat_with_start_context_subscription *ret_subscription)
    ACTOR_MUST_USE;

/* As demo_tree_chat_with_start_context_receive().  Of ACTOR_LAGGED, actor_subscription_lagged() says more. */
int demo_tree_chat_with_start_context_subscription_receive(struct demo_tree_chat_with_start_context_subscription subscription,
                                                           Demo__Value **ret_item) ACTOR_AWAITS;

/*
 * Sends an item, which is copied; waits while the other side's window is full.  ACTOR_EINVAL: it breaks its type.
 * ACTOR_EOVERRUN: the window is full, and the other side wants no waiting.  ACTOR_ECLOSED: no more is sent.
 */
int demo_tree_count_send(struct demo_tree_count_context context, const Demo__Value *item) ACTOR_AWAITS;

/* ---- raising, and telling what was raised ---- */

/* Fails the endpoint with a demo.Names: `return demo_tree_raise_names(...)`.  `value` is copied. */
int demo_tree_raise_names(const Demo__Names *value) ACTOR_MUST_USE;

/* The demo.Names that was raised, in the task's memory; NULL if the error is another one, or its value was lost. */
const Demo__Names *demo_tree_raised_names(const struct actor_error *error);

/* ---- calling ---- */

/* Only an actor that serves a Tree fits here.  Copy it freely; {0} is nobody. */
struct demo_tree {
	struct actor_portal portal;
};

/*
 * Starts an actor that serves Tree, and only that unless options->enable names more.  It is a daemon: cancel it
 * or its nursery, or closing the nursery waits without limit.  `options` may be NULL.  Awaits its readiness.
 */
int demo_tree_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                    struct demo_tree *ret_tree) ACTOR_AWAITS;

/*
 * The actor called `name`, which must serve Tree: of this tree, or of another one with the same registry.
 * ACTOR_NOBODY: there is none.  See actor_find().
 */
int demo_tree_find_actor(struct actor_nursery *nursery, const char *name, struct demo_tree *ret_tree) ACTOR_AWAITS;

/* The same, but waits until there is one: see actor_wait_for(). */
int demo_tree_wait_for_actor(struct actor_nursery *nursery, const char *name, struct demo_tree *ret_tree) ACTOR_AWAITS;

/* Workers that all serve Tree, as daemons of a nursery of their own. */
struct demo_tree_cluster {
	struct actor_cluster cluster;
};

/*
 * Starts them, all at once, and awaits their readiness; if one fails, none is left.  `options` may be NULL: one for
 * each processor.  What ends them is actor_cluster_close(&x.cluster, rc).
 */
int demo_tree_cluster_open(const struct actor_cluster_options *options, struct demo_tree_cluster *ret_cluster)
    ACTOR_AWAITS;

/* One of them; `index` is below cluster->cluster.count. */
static inline struct demo_tree
demo_tree_cluster_worker(const struct demo_tree_cluster *cluster, size_t index)
{
	struct demo_tree worker = { cluster->cluster.portals[index] };
	return worker;
}

/* FanOut at the opener: see struct actor_context. */
struct demo_tree_fan_out_dialog {
	struct actor_context context;
};

/*
 * Opens a context, a scope of this task until _close(), and awaits the first value.  `options` and `ret_started` may
 * be NULL.
 */
int demo_tree_fan_out_open(struct demo_tree tree, const Demo__Request *request,
                           const struct actor_context_options *options, Demo__Names **ret_started,
                           struct demo_tree_fan_out_dialog *ret_dialog) ACTOR_AWAITS;

/*
 * Sends an item, which is copied; waits while the other side's window is full.  ACTOR_EINVAL: it breaks its type.
 * ACTOR_EOVERRUN: the window is full, and the other side wants no waiting.  ACTOR_ECLOSED: no more is sent.
 * ACTOR_END_OF_STREAM: the endpoint has returned.
 */
int demo_tree_fan_out_send(struct demo_tree_fan_out_dialog dialog, const Demo__Value *item) ACTOR_AWAITS;

/* There are no more items: the other side's receive() ends behind the last one. */
int demo_tree_fan_out_close_send(struct demo_tree_fan_out_dialog dialog) ACTOR_MUST_USE;

/*
 * Awaits the next item, the task's as every received message.  ACTOR_END_OF_STREAM: there are no more, now and
 * later.  ACTOR_LAGGED: some are missing here, see actor_context_lagged().
 */
int demo_tree_fan_out_receive(struct demo_tree_fan_out_dialog dialog, Demo__Value **ret_item) ACTOR_AWAITS;

/* The same without waiting: ACTOR_WOULD_BLOCK if there is none yet. */
int demo_tree_fan_out_try_receive(struct demo_tree_fan_out_dialog dialog, Demo__Value **ret_item) ACTOR_MUST_USE;

/* One of several receivers of the stream in this actor: see struct actor_subscription. */
struct demo_tree_fan_out_subscription {
	struct actor_subscription subscription;
};

/* One more receiver, of the items from now on, until actor_subscription_close() or the end of the context. */
int demo_tree_fan_out_subscribe(struct demo_tree_fan_out_dialog dialog,
                                struct demo_tree_fan_out_subscription *ret_subscription) ACTOR_MUST_USE;

/* As demo_tree_fan_out_receive().  Of ACTOR_LAGGED, actor_subscription_lagged() says more. */
int demo_tree_fan_out_subscription_receive(struct demo_tree_fan_out_subscription subscription, Demo__Value **ret_item)
    ACTOR_AWAITS;

/* Awaits the result.  The endpoint's error, or ACTOR_NO_RESULT if this side has cancelled it. */
int demo_tree_fan_out_wait(struct demo_tree_fan_out_dialog dialog, Demo__Reply **ret_reply) ACTOR_AWAITS;

/* Asks the endpoint to stop: see actor_context_cancel(). */
int demo_tree_fan_out_cancel(struct demo_tree_fan_out_dialog dialog) ACTOR_AWAITS;

/*
 * Ends the context: sends no more, and awaits its end; cancels it if `rc` is an error.  `rc`, or the endpoint's
 * error, or both as a group.  *ret_reply is NULL if there is no result; `ret_reply` may be NULL.
 */
int demo_tree_fan_out_close(struct demo_tree_fan_out_dialog dialog, int rc, Demo__Reply **ret_reply) ACTOR_AWAITS;

/* Bare at the opener: see struct actor_context. */
struct demo_tree_bare_dialog {
	struct actor_context context;
};

/* Opens a context, a scope of this task until _close(), and awaits its acceptance.  `options` may be NULL. */
int demo_tree_bare_open(struct demo_tree tree, const Demo__Request *request,
                        const struct actor_context_options *options, struct demo_tree_bare_dialog *ret_dialog)
    ACTOR_AWAITS;

/* Awaits the result.  The endpoint's error, or ACTOR_NO_RESULT if this side has cancelled it. */
int demo_tree_bare_wait(struct demo_tree_bare_dialog dialog, Demo__Reply **ret_reply) ACTOR_AWAITS;

/* Asks the endpoint to stop: see actor_context_cancel(). */
int demo_tree_bare_cancel(struct demo_tree_bare_dialog dialog) ACTOR_AWAITS;

/*
 * Ends the context: sends no more, and awaits its end; cancels it if `rc` is an error.  `rc`, or the endpoint's
 * error, or both as a group.  *ret_reply is NULL if there is no result; `ret_reply` may be NULL.
 */
int demo_tree_bare_close(struct demo_tree_bare_dialog dialog, int rc, Demo__Reply **ret_reply) ACTOR_AWAITS;

/* Chat at the opener: see struct actor_context. */
struct demo_tree_chat_dialog {
	struct actor_context context;
};

/* Opens a context, a scope of this task until _close(), and awaits its acceptance.  `options` may be NULL. */
int demo_tree_chat_open(struct demo_tree tree, const struct actor_context_options *options,
                        struct demo_tree_chat_dialog *ret_dialog) ACTOR_AWAITS;

/*
 * Sends an item, which is copied; waits while the other side's window is full.  ACTOR_EINVAL: it breaks its type.
 * ACTOR_EOVERRUN: the window is full, and the other side wants no waiting.  ACTOR_ECLOSED: no more is sent.
 * ACTOR_END_OF_STREAM: the endpoint has returned.
 */
int demo_tree_chat_send(struct demo_tree_chat_dialog dialog, const Demo__Value *item) ACTOR_AWAITS;

/* There are no more items: the other side's receive() ends behind the last one. */
int demo_tree_chat_close_send(struct demo_tree_chat_dialog dialog) ACTOR_MUST_USE;

/*
 * Awaits the next item, the task's as every received message.  ACTOR_END_OF_STREAM: there are no more, now and
 * later.  ACTOR_LAGGED: some are missing here, see actor_context_lagged().
 */
int demo_tree_chat_receive(struct demo_tree_chat_dialog dialog, Demo__Value **ret_item) ACTOR_AWAITS;

/* The same without waiting: ACTOR_WOULD_BLOCK if there is none yet. */
int demo_tree_chat_try_receive(struct demo_tree_chat_dialog dialog, Demo__Value **ret_item) ACTOR_MUST_USE;

/* One of several receivers of the stream in this actor: see struct actor_subscription. */
struct demo_tree_chat_subscription {
	struct actor_subscription subscription;
};

/* One more receiver, of the items from now on, until actor_subscription_close() or the end of the context. */
int demo_tree_chat_subscribe(struct demo_tree_chat_dialog dialog, struct demo_tree_chat_subscription *ret_subscription)
    ACTOR_MUST_USE;

/* As demo_tree_chat_receive().  Of ACTOR_LAGGED, actor_subscription_lagged() says more. */
int demo_tree_chat_subscription_receive(struct demo_tree_chat_subscription subscription, Demo__Value **ret_item)
    ACTOR_AWAITS;

/* Awaits the end.  The endpoint's error, or ACTOR_NO_RESULT if this side has cancelled it. */
int demo_tree_chat_wait(struct demo_tree_chat_dialog dialog) ACTOR_AWAITS;

/* Asks the endpoint to stop: see actor_context_cancel(). */
int demo_tree_chat_cancel(struct demo_tree_chat_dialog dialog) ACTOR_AWAITS;

/*
 * Ends the context: sends no more, and awaits its end; cancels it if `rc` is an error.  `rc`, or the endpoint's
 * error, or both as a group.
 */
int demo_tree_chat_close(struct demo_tree_chat_dialog dialog, int rc) ACTOR_AWAITS;

/* ChatWithStart at the opener: see struct actor_context. */
struct demo_tree_chat_with_start_dialog {
	struct actor_context context;
};

/*
 * May raise demo.Names.  Opens a context, a scope of this task until _close(), and awaits the first value.
 * `options` and `ret_started` may be NULL.
 */
int demo_tree_chat_with_start_open(struct demo_tree tree, const struct actor_context_options *options,
                                   Demo__Names **ret_started, struct demo_tree_chat_with_start_dialog *ret_dialog)
    ACTOR_AWAITS;

/*
 * Sends an item, which is copied; waits while the other side's window is full.  ACTOR_EINVAL: it breaks its type.
 * ACTOR_EOVERRUN: the window is full, and the other side wants no waiting.  ACTOR_ECLOSED: no more is sent.
 * ACTOR_END_OF_STREAM: the endpoint has returned.
 */
int demo_tree_chat_with_start_send(struct demo_tree_chat_with_start_dialog dialog, const Demo__Value *item)
    ACTOR_AWAITS;

/* There are no more items: the other side's receive() ends behind the last one. */
int demo_tree_chat_with_start_close_send(struct demo_tree_chat_with_start_dialog dialog) ACTOR_MUST_USE;

/*
 * Awaits the next item, the task's as every received message.  ACTOR_END_OF_STREAM: there are no more, now and
 * later.  ACTOR_LAGGED: some are missing here, see actor_context_lagged().
 */
int demo_tree_chat_with_start_receive(struct demo_tree_chat_with_start_dialog dialog, Demo__Value **ret_item)
    ACTOR_AWAITS;

/* The same without waiting: ACTOR_WOULD_BLOCK if there is none yet. */
int demo_tree_chat_with_start_try_receive(struct demo_tree_chat_with_start_dialog dialog, Demo__Value **ret_item)
    ACTOR_MUST_USE;

/* One of several receivers of the stream in this actor: see struct actor_subscription. */
struct demo_tree_chat_with_start_subscription {
	struct actor_subscription subscription;
};

/* One more receiver, of the items from now on, until actor_subscription_close() or the end of the context. */
int demo_tree_chat_with_start_subscribe(struct demo_tree_chat_with_start_dialog dialog,
                                        struct demo_tree_chat_with_start_subscription *ret_subscription) ACTOR_MUST_USE;

/* As demo_tree_chat_with_start_receive().  Of ACTOR_LAGGED, actor_subscription_lagged() says more. */
int demo_tree_chat_with_start_subscription_receive(struct demo_tree_chat_with_start_subscription subscription,
                                                   Demo__Value **ret_item) ACTOR_AWAITS;

/* Awaits the end.  The endpoint's error, or ACTOR_NO_RESULT if this side has cancelled it. */
int demo_tree_chat_with_start_wait(struct demo_tree_chat_with_start_dialog dialog) ACTOR_AWAITS;

/* Asks the endpoint to stop: see actor_context_cancel(). */
int demo_tree_chat_with_start_cancel(struct demo_tree_chat_with_start_dialog dialog) ACTOR_AWAITS;

/*
 * Ends the context: sends no more, and awaits its end; cancels it if `rc` is an error.  `rc`, or the endpoint's
 * error, or both as a group.
 */
int demo_tree_chat_with_start_close(struct demo_tree_chat_with_start_dialog dialog, int rc) ACTOR_AWAITS;

/* The items of Count: see struct actor_context. */
struct demo_tree_count_stream {
	struct actor_context context;
};

/* Opens the stream: a scope of this task, until _close().  `options` may be NULL. */
int demo_tree_count_open(struct demo_tree tree, const Demo__Request *request,
                         const struct actor_context_options *options, struct demo_tree_count_stream *ret_stream)
    ACTOR_AWAITS;

/*
 * Awaits the next item, the task's as every received message.  ACTOR_END_OF_STREAM: there are no more, now and
 * later.  ACTOR_LAGGED: some are missing here, see actor_context_lagged().
 */
int demo_tree_count_next(struct demo_tree_count_stream stream, Demo__Value **ret_item) ACTOR_AWAITS;

/* The same without waiting: ACTOR_WOULD_BLOCK if there is none yet. */
int demo_tree_count_try_next(struct demo_tree_count_stream stream, Demo__Value **ret_item) ACTOR_MUST_USE;

/* One of several receivers of the stream in this actor: see struct actor_subscription. */
struct demo_tree_count_subscription {
	struct actor_subscription subscription;
};

/* One more receiver, of the items from now on, until actor_subscription_close() or the end of the context. */
int demo_tree_count_subscribe(struct demo_tree_count_stream stream,
                              struct demo_tree_count_subscription *ret_subscription) ACTOR_MUST_USE;

/* As demo_tree_count_next().  Of ACTOR_LAGGED, actor_subscription_lagged() says more. */
int demo_tree_count_subscription_receive(struct demo_tree_count_subscription subscription, Demo__Value **ret_item)
    ACTOR_AWAITS;

/*
 * Ends the stream: a generator that still runs is cancelled, and its end awaited.  `rc`, or its error, or both as a
 * group.
 */
int demo_tree_count_close(struct demo_tree_count_stream stream, int rc) ACTOR_AWAITS;

ACTOR_END
#endif
