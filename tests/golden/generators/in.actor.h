/* Emitted by actorgen from in.proto.  Edit that file, not this one. */
#ifndef ACTOR_GENERATED_IN_H
#define ACTOR_GENERATED_IN_H

#include <actor/generated.h>
#include <google/protobuf/timestamp.pb-c.h>

#include "in.pb-c.h"

#if ACTOR_GENERATED_ABI != 4
#error "in.actor.h and libactor do not fit: run the actorgen that came with this libactor"
#endif

ACTOR_BEGIN

/* ---- messages ---- */

/*
 * Keyword style: DEMO_INTERVAL(.field = ...) is a pointer to one.  It lives as long as the block that it is written
 * in.
 */

#define DEMO_INTERVAL(...) \
	(&(const Demo__Interval){ .base = PROTOBUF_C_MESSAGE_INIT(&demo__interval__descriptor), __VA_ARGS__ })
#define DEMO_TOO_FAST(...) \
	(&(const Demo__TooFast){ .base = PROTOBUF_C_MESSAGE_INIT(&demo__too_fast__descriptor), __VA_ARGS__ })

/* ==== demo.Stream ==== */

/*
 * Its portal would be called as the handle is.  [in.proto:10]
 *
 * As in `enable` of struct actor_spawn_options.
 */
extern const struct actor_service demo_stream_service;

/* ---- serving ---- */

struct demo_stream_state; /* yours to define, one per actor; or leave it undefined */

/* Tick in the endpoint: see struct actor_context.  Stale once the function has returned. */
struct demo_stream_tick_context {
	struct actor_context context;
};

/* Register in the endpoint: see struct actor_context.  Stale once the function has returned. */
struct demo_stream_register_context {
	struct actor_context context;
};

/*
 * The implementation: one function per endpoint, run as a task of the actor that serves it.  `request` is
 * checked, and lives until the function returns; `reply` is initialised, and what it points to by then may come
 * from actor_alloc() and its like.  0, or a negative code: then no reply is sent.  No endpoint may be NULL.
 */
struct demo_stream_ops {
	/* Makes and unmakes the actor's state, once per actor; each may be left out. */
	int (*state_open)(struct demo_stream_state **ret_state);
	void (*state_close)(struct demo_stream_state *state);

	/*
	 * Tells the time, again and again.  [in.proto:12]
	 *
	 * May raise demo.TooFast.
	 */
	int (*tick)(struct demo_stream_state *state, struct demo_stream_tick_context context,
	            const Demo__Interval *request);

	int (*register_)(struct demo_stream_state *state, struct demo_stream_register_context context,
	                 const Demo__Interval *request);
};

/* For the modules of a struct actor_program.  `ops` is borrowed, as long as the program runs. */
static inline struct actor_module
demo_stream_module(const struct demo_stream_ops *ops)
{
	struct actor_module module = { &demo_stream_service, ops };
	return module;
}

/* ---- in the functions of contexts and generators ---- */

/*
 * Sends an item, which is copied; waits while the other side's window is full.  ACTOR_EINVAL: it breaks its type.
 * ACTOR_EOVERRUN: the window is full, and the other side wants no waiting.  ACTOR_ECLOSED: no more is sent.
 */
int demo_stream_tick_send(struct demo_stream_tick_context context, const Google__Protobuf__Timestamp *item)
    ACTOR_AWAITS;

/*
 * Sends an item, which is copied; waits while the other side's window is full.  ACTOR_EINVAL: it breaks its type.
 * ACTOR_EOVERRUN: the window is full, and the other side wants no waiting.  ACTOR_ECLOSED: no more is sent.
 */
int demo_stream_register_send(struct demo_stream_register_context context, const Demo__Interval *item) ACTOR_AWAITS;

/* ---- raising, and telling what was raised ---- */

/* Fails the endpoint with a demo.TooFast: `return demo_stream_raise_too_fast(...)`.  `value` is copied. */
int demo_stream_raise_too_fast(const Demo__TooFast *value) ACTOR_MUST_USE;

/* The demo.TooFast that was raised, in the task's memory; NULL if the error is another one, or its value was lost. */
const Demo__TooFast *demo_stream_raised_too_fast(const struct actor_error *error);

/* ---- calling ---- */

/* Only an actor that serves a Stream fits here.  Copy it freely; {0} is nobody. */
struct demo_stream {
	struct actor_portal portal;
};

/*
 * Starts an actor that serves Stream, and only that unless options->enable names more.  It is a daemon: cancel it
 * or its nursery, or closing the nursery waits without limit.  `options` may be NULL.  Awaits its readiness.
 */
int demo_stream_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                      struct demo_stream *ret_stream) ACTOR_AWAITS;

/*
 * The actor called `name`, which must serve Stream: of this tree, or of another one with the same registry.
 * ACTOR_NOBODY: there is none.  See actor_find().
 */
int demo_stream_find_actor(struct actor_nursery *nursery, const char *name, struct demo_stream *ret_stream)
    ACTOR_AWAITS;

/* The same, but waits until there is one: see actor_wait_for(). */
int demo_stream_wait_for_actor(struct actor_nursery *nursery, const char *name, struct demo_stream *ret_stream)
    ACTOR_AWAITS;

/* Workers that all serve Stream, as daemons of a nursery of their own. */
struct demo_stream_cluster {
	struct actor_cluster cluster;
};

/*
 * Starts them, all at once, and awaits their readiness; if one fails, none is left.  `options` may be NULL: one for
 * each processor.  What ends them is actor_cluster_close(&x.cluster, rc).
 */
int demo_stream_cluster_open(const struct actor_cluster_options *options, struct demo_stream_cluster *ret_cluster)
    ACTOR_AWAITS;

/* One of them; `index` is below cluster->cluster.count. */
static inline struct demo_stream
demo_stream_cluster_worker(const struct demo_stream_cluster *cluster, size_t index)
{
	struct demo_stream worker = { cluster->cluster.portals[index] };
	return worker;
}

/* The items of Tick: see struct actor_context. */
struct demo_stream_tick_stream {
	struct actor_context context;
};

/*
 * Tells the time, again and again.  [in.proto:12]
 *
 * May raise demo.TooFast.  Opens the stream: a scope of this task, until _close().  `options` may be NULL.
 */
int demo_stream_tick_open(struct demo_stream stream, const Demo__Interval *request,
                          const struct actor_context_options *options, struct demo_stream_tick_stream *ret_stream)
    ACTOR_AWAITS;

/*
 * Awaits the next item, the task's as every received message.  ACTOR_END_OF_STREAM: there are no more, now and
 * later.  ACTOR_LAGGED: some are missing here, see actor_context_lagged().
 */
int demo_stream_tick_next(struct demo_stream_tick_stream stream, Google__Protobuf__Timestamp **ret_item) ACTOR_AWAITS;

/* The same without waiting: ACTOR_WOULD_BLOCK if there is none yet. */
int demo_stream_tick_try_next(struct demo_stream_tick_stream stream, Google__Protobuf__Timestamp **ret_item)
    ACTOR_MUST_USE;

/* One of several receivers of the stream in this actor: see struct actor_subscription. */
struct demo_stream_tick_subscription {
	struct actor_subscription subscription;
};

/* One more receiver, of the items from now on, until actor_subscription_close() or the end of the context. */
int demo_stream_tick_subscribe(struct demo_stream_tick_stream stream,
                               struct demo_stream_tick_subscription *ret_subscription) ACTOR_MUST_USE;

/* As demo_stream_tick_next().  Of ACTOR_LAGGED, actor_subscription_lagged() says more. */
int demo_stream_tick_subscription_receive(struct demo_stream_tick_subscription subscription,
                                          Google__Protobuf__Timestamp **ret_item) ACTOR_AWAITS;

/*
 * Ends the stream: a generator that still runs is cancelled, and its end awaited.  `rc`, or its error, or both as a
 * group.
 */
int demo_stream_tick_close(struct demo_stream_tick_stream stream, int rc) ACTOR_AWAITS;

/* The items of Register: see struct actor_context. */
struct demo_stream_register_stream {
	struct actor_context context;
};

/* Opens the stream: a scope of this task, until _close().  `options` may be NULL. */
int demo_stream_register_open(struct demo_stream stream, const Demo__Interval *request,
                              const struct actor_context_options *options,
                              struct demo_stream_register_stream *ret_stream) ACTOR_AWAITS;

/*
 * Awaits the next item, the task's as every received message.  ACTOR_END_OF_STREAM: there are no more, now and
 * later.  ACTOR_LAGGED: some are missing here, see actor_context_lagged().
 */
int demo_stream_register_next(struct demo_stream_register_stream stream, Demo__Interval **ret_item) ACTOR_AWAITS;

/* The same without waiting: ACTOR_WOULD_BLOCK if there is none yet. */
int demo_stream_register_try_next(struct demo_stream_register_stream stream, Demo__Interval **ret_item) ACTOR_MUST_USE;

/* One of several receivers of the stream in this actor: see struct actor_subscription. */
struct demo_stream_register_subscription {
	struct actor_subscription subscription;
};

/* One more receiver, of the items from now on, until actor_subscription_close() or the end of the context. */
int demo_stream_register_subscribe(struct demo_stream_register_stream stream,
                                   struct demo_stream_register_subscription *ret_subscription) ACTOR_MUST_USE;

/* As demo_stream_register_next().  Of ACTOR_LAGGED, actor_subscription_lagged() says more. */
int demo_stream_register_subscription_receive(struct demo_stream_register_subscription subscription,
                                              Demo__Interval **ret_item) ACTOR_AWAITS;

/*
 * Ends the stream: a generator that still runs is cancelled, and its end awaited.  `rc`, or its error, or both as a
 * group.
 */
int demo_stream_register_close(struct demo_stream_register_stream stream, int rc) ACTOR_AWAITS;

/* ==== demo.RetStream ==== */

/* As in `enable` of struct actor_spawn_options. */
extern const struct actor_service demo_ret_stream_service;

/* ---- serving ---- */

struct demo_ret_stream_state; /* yours to define, one per actor; or leave it undefined */

/* Open in the endpoint: see struct actor_context.  Stale once the function has returned. */
struct demo_ret_stream_open_context {
	struct actor_context context;
};

/*
 * The implementation: one function per endpoint, run as a task of the actor that serves it.  `request` is
 * checked, and lives until the function returns; `reply` is initialised, and what it points to by then may come
 * from actor_alloc() and its like.  0, or a negative code: then no reply is sent.  No endpoint may be NULL.
 */
struct demo_ret_stream_ops {
	/* Makes and unmakes the actor's state, once per actor; each may be left out. */
	int (*state_open)(struct demo_ret_stream_state **ret_state);
	void (*state_close)(struct demo_ret_stream_state *state);

	int (*open)(struct demo_ret_stream_state *state, struct demo_ret_stream_open_context context,
	            const Demo__Interval *request);
};

/* For the modules of a struct actor_program.  `ops` is borrowed, as long as the program runs. */
static inline struct actor_module
demo_ret_stream_module(const struct demo_ret_stream_ops *ops)
{
	struct actor_module module = { &demo_ret_stream_service, ops };
	return module;
}

/* ---- in the functions of contexts and generators ---- */

/*
 * Sends an item, which is copied; waits while the other side's window is full.  ACTOR_EINVAL: it breaks its type.
 * ACTOR_EOVERRUN: the window is full, and the other side wants no waiting.  ACTOR_ECLOSED: no more is sent.
 */
int demo_ret_stream_open_send(struct demo_ret_stream_open_context context, const Demo__Interval *item) ACTOR_AWAITS;

/* ---- calling ---- */

/* Only an actor that serves a RetStream fits here.  Copy it freely; {0} is nobody. */
struct demo_ret_stream {
	struct actor_portal portal;
};

/*
 * Starts an actor that serves RetStream, and only that unless options->enable names more.  It is a daemon: cancel it
 * or its nursery, or closing the nursery waits without limit.  `options` may be NULL.  Awaits its readiness.
 */
int demo_ret_stream_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                          struct demo_ret_stream *ret_ret_stream_portal) ACTOR_AWAITS;

/*
 * The actor called `name`, which must serve RetStream: of this tree, or of another one with the same registry.
 * ACTOR_NOBODY: there is none.  See actor_find().
 */
int demo_ret_stream_find_actor(struct actor_nursery *nursery, const char *name,
                               struct demo_ret_stream *ret_ret_stream_portal) ACTOR_AWAITS;

/* The same, but waits until there is one: see actor_wait_for(). */
int demo_ret_stream_wait_for_actor(struct actor_nursery *nursery, const char *name,
                                   struct demo_ret_stream *ret_ret_stream_portal) ACTOR_AWAITS;

/* Workers that all serve RetStream, as daemons of a nursery of their own. */
struct demo_ret_stream_cluster {
	struct actor_cluster cluster;
};

/*
 * Starts them, all at once, and awaits their readiness; if one fails, none is left.  `options` may be NULL: one for
 * each processor.  What ends them is actor_cluster_close(&x.cluster, rc).
 */
int demo_ret_stream_cluster_open(const struct actor_cluster_options *options,
                                 struct demo_ret_stream_cluster *ret_cluster) ACTOR_AWAITS;

/* One of them; `index` is below cluster->cluster.count. */
static inline struct demo_ret_stream
demo_ret_stream_cluster_worker(const struct demo_ret_stream_cluster *cluster, size_t index)
{
	struct demo_ret_stream worker = { cluster->cluster.portals[index] };
	return worker;
}

/* The items of Open: see struct actor_context. */
struct demo_ret_stream_open_stream {
	struct actor_context context;
};

/* Opens the stream: a scope of this task, until _close().  `options` may be NULL. */
int demo_ret_stream_open_open(struct demo_ret_stream ret_stream_portal, const Demo__Interval *request,
                              const struct actor_context_options *options,
                              struct demo_ret_stream_open_stream *ret_stream) ACTOR_AWAITS;

/*
 * Awaits the next item, the task's as every received message.  ACTOR_END_OF_STREAM: there are no more, now and
 * later.  ACTOR_LAGGED: some are missing here, see actor_context_lagged().
 */
int demo_ret_stream_open_next(struct demo_ret_stream_open_stream stream, Demo__Interval **ret_item) ACTOR_AWAITS;

/* The same without waiting: ACTOR_WOULD_BLOCK if there is none yet. */
int demo_ret_stream_open_try_next(struct demo_ret_stream_open_stream stream, Demo__Interval **ret_item) ACTOR_MUST_USE;

/* One of several receivers of the stream in this actor: see struct actor_subscription. */
struct demo_ret_stream_open_subscription {
	struct actor_subscription subscription;
};

/* One more receiver, of the items from now on, until actor_subscription_close() or the end of the context. */
int demo_ret_stream_open_subscribe(struct demo_ret_stream_open_stream stream,
                                   struct demo_ret_stream_open_subscription *ret_subscription) ACTOR_MUST_USE;

/* As demo_ret_stream_open_next().  Of ACTOR_LAGGED, actor_subscription_lagged() says more. */
int demo_ret_stream_open_subscription_receive(struct demo_ret_stream_open_subscription subscription,
                                              Demo__Interval **ret_item) ACTOR_AWAITS;

/*
 * Ends the stream: a generator that still runs is cancelled, and its end awaited.  `rc`, or its error, or both as a
 * group.
 */
int demo_ret_stream_open_close(struct demo_ret_stream_open_stream stream, int rc) ACTOR_AWAITS;

/* ==== demo.RetDialog ==== */

/* As in `enable` of struct actor_spawn_options. */
extern const struct actor_service demo_ret_dialog_service;

/* ---- serving ---- */

struct demo_ret_dialog_state; /* yours to define, one per actor; or leave it undefined */

/* Open in the endpoint: see struct actor_context.  Stale once the function has returned. */
struct demo_ret_dialog_open_context {
	struct actor_context context;
};

/*
 * The implementation: one function per endpoint, run as a task of the actor that serves it.  `request` is
 * checked, and lives until the function returns; `reply` is initialised, and what it points to by then may come
 * from actor_alloc() and its like.  0, or a negative code: then no reply is sent.  No endpoint may be NULL.
 */
struct demo_ret_dialog_ops {
	/* Makes and unmakes the actor's state, once per actor; each may be left out. */
	int (*state_open)(struct demo_ret_dialog_state **ret_state);
	void (*state_close)(struct demo_ret_dialog_state *state);

	int (*open)(struct demo_ret_dialog_state *state, struct demo_ret_dialog_open_context context);
};

/* For the modules of a struct actor_program.  `ops` is borrowed, as long as the program runs. */
static inline struct actor_module
demo_ret_dialog_module(const struct demo_ret_dialog_ops *ops)
{
	struct actor_module module = { &demo_ret_dialog_service, ops };
	return module;
}

/* ---- in the functions of contexts and generators ---- */

/*
 * Sends an item, which is copied; waits while the other side's window is full.  ACTOR_EINVAL: it breaks its type.
 * ACTOR_EOVERRUN: the window is full, and the other side wants no waiting.  ACTOR_ECLOSED: no more is sent.
 */
int demo_ret_dialog_open_context_send(struct demo_ret_dialog_open_context context, const Demo__Interval *item)
    ACTOR_AWAITS;

/* There are no more items: the other side's receive() ends behind the last one. */
int demo_ret_dialog_open_context_close_send(struct demo_ret_dialog_open_context context) ACTOR_MUST_USE;

/*
 * Awaits the next item, the task's as every received message.  ACTOR_END_OF_STREAM: there are no more, now and
 * later.  ACTOR_LAGGED: some are missing here, see actor_context_lagged().
 */
int demo_ret_dialog_open_context_receive(struct demo_ret_dialog_open_context context, Demo__Interval **ret_item)
    ACTOR_AWAITS;

/* The same without waiting: ACTOR_WOULD_BLOCK if there is none yet. */
int demo_ret_dialog_open_context_try_receive(struct demo_ret_dialog_open_context context, Demo__Interval **ret_item)
    ACTOR_MUST_USE;

/* One of several receivers of the stream in this actor: see struct actor_subscription. */
struct demo_ret_dialog_open_context_subscription {
	struct actor_subscription subscription;
};

/* One more receiver, of the items from now on, until actor_subscription_close() or the end of the context. */
int demo_ret_dialog_open_context_subscribe(struct demo_ret_dialog_open_context context,
                                           struct demo_ret_dialog_open_context_subscription *ret_subscription)
    ACTOR_MUST_USE;

/* As demo_ret_dialog_open_context_receive().  Of ACTOR_LAGGED, actor_subscription_lagged() says more. */
int demo_ret_dialog_open_context_subscription_receive(struct demo_ret_dialog_open_context_subscription subscription,
                                                      Demo__Interval **ret_item) ACTOR_AWAITS;

/* ---- calling ---- */

/* Only an actor that serves a RetDialog fits here.  Copy it freely; {0} is nobody. */
struct demo_ret_dialog {
	struct actor_portal portal;
};

/*
 * Starts an actor that serves RetDialog, and only that unless options->enable names more.  It is a daemon: cancel it
 * or its nursery, or closing the nursery waits without limit.  `options` may be NULL.  Awaits its readiness.
 */
int demo_ret_dialog_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                          struct demo_ret_dialog *ret_ret_dialog_portal) ACTOR_AWAITS;

/*
 * The actor called `name`, which must serve RetDialog: of this tree, or of another one with the same registry.
 * ACTOR_NOBODY: there is none.  See actor_find().
 */
int demo_ret_dialog_find_actor(struct actor_nursery *nursery, const char *name,
                               struct demo_ret_dialog *ret_ret_dialog_portal) ACTOR_AWAITS;

/* The same, but waits until there is one: see actor_wait_for(). */
int demo_ret_dialog_wait_for_actor(struct actor_nursery *nursery, const char *name,
                                   struct demo_ret_dialog *ret_ret_dialog_portal) ACTOR_AWAITS;

/* Workers that all serve RetDialog, as daemons of a nursery of their own. */
struct demo_ret_dialog_cluster {
	struct actor_cluster cluster;
};

/*
 * Starts them, all at once, and awaits their readiness; if one fails, none is left.  `options` may be NULL: one for
 * each processor.  What ends them is actor_cluster_close(&x.cluster, rc).
 */
int demo_ret_dialog_cluster_open(const struct actor_cluster_options *options,
                                 struct demo_ret_dialog_cluster *ret_cluster) ACTOR_AWAITS;

/* One of them; `index` is below cluster->cluster.count. */
static inline struct demo_ret_dialog
demo_ret_dialog_cluster_worker(const struct demo_ret_dialog_cluster *cluster, size_t index)
{
	struct demo_ret_dialog worker = { cluster->cluster.portals[index] };
	return worker;
}

/* Open at the opener: see struct actor_context. */
struct demo_ret_dialog_open_dialog {
	struct actor_context context;
};

/* Opens a context, a scope of this task until _close(), and awaits its acceptance.  `options` may be NULL. */
int demo_ret_dialog_open_open(struct demo_ret_dialog ret_dialog_portal, const struct actor_context_options *options,
                              struct demo_ret_dialog_open_dialog *ret_dialog) ACTOR_AWAITS;

/*
 * Sends an item, which is copied; waits while the other side's window is full.  ACTOR_EINVAL: it breaks its type.
 * ACTOR_EOVERRUN: the window is full, and the other side wants no waiting.  ACTOR_ECLOSED: no more is sent.
 * ACTOR_END_OF_STREAM: the endpoint has returned.
 */
int demo_ret_dialog_open_send(struct demo_ret_dialog_open_dialog dialog, const Demo__Interval *item) ACTOR_AWAITS;

/* There are no more items: the other side's receive() ends behind the last one. */
int demo_ret_dialog_open_close_send(struct demo_ret_dialog_open_dialog dialog) ACTOR_MUST_USE;

/*
 * Awaits the next item, the task's as every received message.  ACTOR_END_OF_STREAM: there are no more, now and
 * later.  ACTOR_LAGGED: some are missing here, see actor_context_lagged().
 */
int demo_ret_dialog_open_receive(struct demo_ret_dialog_open_dialog dialog, Demo__Interval **ret_item) ACTOR_AWAITS;

/* The same without waiting: ACTOR_WOULD_BLOCK if there is none yet. */
int demo_ret_dialog_open_try_receive(struct demo_ret_dialog_open_dialog dialog, Demo__Interval **ret_item)
    ACTOR_MUST_USE;

/* One of several receivers of the stream in this actor: see struct actor_subscription. */
struct demo_ret_dialog_open_subscription {
	struct actor_subscription subscription;
};

/* One more receiver, of the items from now on, until actor_subscription_close() or the end of the context. */
int demo_ret_dialog_open_subscribe(struct demo_ret_dialog_open_dialog dialog,
                                   struct demo_ret_dialog_open_subscription *ret_subscription) ACTOR_MUST_USE;

/* As demo_ret_dialog_open_receive().  Of ACTOR_LAGGED, actor_subscription_lagged() says more. */
int demo_ret_dialog_open_subscription_receive(struct demo_ret_dialog_open_subscription subscription,
                                              Demo__Interval **ret_item) ACTOR_AWAITS;

/* Awaits the end.  The endpoint's error, or ACTOR_NO_RESULT if this side has cancelled it. */
int demo_ret_dialog_open_wait(struct demo_ret_dialog_open_dialog dialog) ACTOR_AWAITS;

/* Asks the endpoint to stop: see actor_context_cancel(). */
int demo_ret_dialog_open_cancel(struct demo_ret_dialog_open_dialog dialog) ACTOR_AWAITS;

/*
 * Ends the context: sends no more, and awaits its end; cancels it if `rc` is an error.  `rc`, or the endpoint's
 * error, or both as a group.
 */
int demo_ret_dialog_open_close(struct demo_ret_dialog_open_dialog dialog, int rc) ACTOR_AWAITS;

/* ==== demo.RetStarted ==== */

/* As in `enable` of struct actor_spawn_options. */
extern const struct actor_service demo_ret_started_service;

/* ---- serving ---- */

struct demo_ret_started_state; /* yours to define, one per actor; or leave it undefined */

/* Open in the endpoint: see struct actor_context.  Stale once the function has returned. */
struct demo_ret_started_open_context {
	struct actor_context context;
};

/*
 * The implementation: one function per endpoint, run as a task of the actor that serves it.  `request` is
 * checked, and lives until the function returns; `reply` is initialised, and what it points to by then may come
 * from actor_alloc() and its like.  0, or a negative code: then no reply is sent.  No endpoint may be NULL.
 */
struct demo_ret_started_ops {
	/* Makes and unmakes the actor's state, once per actor; each may be left out. */
	int (*state_open)(struct demo_ret_started_state **ret_state);
	void (*state_close)(struct demo_ret_started_state *state);

	int (*open)(struct demo_ret_started_state *state, struct demo_ret_started_open_context context);
};

/* For the modules of a struct actor_program.  `ops` is borrowed, as long as the program runs. */
static inline struct actor_module
demo_ret_started_module(const struct demo_ret_started_ops *ops)
{
	struct actor_module module = { &demo_ret_started_service, ops };
	return module;
}

/* ---- in the functions of contexts and generators ---- */

/* Announces the first value, which demo_ret_started_open_open() awaits: once, before anything else. */
int demo_ret_started_open_started(struct demo_ret_started_open_context context, const Demo__Interval *value)
    ACTOR_AWAITS;

/*
 * Sends an item, which is copied; waits while the other side's window is full.  ACTOR_EINVAL: it breaks its type.
 * ACTOR_EOVERRUN: the window is full, and the other side wants no waiting.  ACTOR_ECLOSED: no more is sent, or
 * nothing was announced yet.
 */
int demo_ret_started_open_context_send(struct demo_ret_started_open_context context, const Demo__Interval *item)
    ACTOR_AWAITS;

/* There are no more items: the other side's receive() ends behind the last one. */
int demo_ret_started_open_context_close_send(struct demo_ret_started_open_context context) ACTOR_MUST_USE;

/*
 * Awaits the next item, the task's as every received message.  ACTOR_END_OF_STREAM: there are no more, now and
 * later.  ACTOR_LAGGED: some are missing here, see actor_context_lagged().
 */
int demo_ret_started_open_context_receive(struct demo_ret_started_open_context context, Demo__Interval **ret_item)
    ACTOR_AWAITS;

/* The same without waiting: ACTOR_WOULD_BLOCK if there is none yet. */
int demo_ret_started_open_context_try_receive(struct demo_ret_started_open_context context, Demo__Interval **ret_item)
    ACTOR_MUST_USE;

/* One of several receivers of the stream in this actor: see struct actor_subscription. */
struct demo_ret_started_open_context_subscription {
	struct actor_subscription subscription;
};

/* One more receiver, of the items from now on, until actor_subscription_close() or the end of the context. */
int demo_ret_started_open_context_subscribe(struct demo_ret_started_open_context context,
                                            struct demo_ret_started_open_context_subscription *ret_subscription)
    ACTOR_MUST_USE;

/* As demo_ret_started_open_context_receive().  Of ACTOR_LAGGED, actor_subscription_lagged() says more. */
int demo_ret_started_open_context_subscription_receive(struct demo_ret_started_open_context_subscription subscription,
                                                       Demo__Interval **ret_item) ACTOR_AWAITS;

/* ---- calling ---- */

/* Only an actor that serves a RetStarted fits here.  Copy it freely; {0} is nobody. */
struct demo_ret_started {
	struct actor_portal portal;
};

/*
 * Starts an actor that serves RetStarted, and only that unless options->enable names more.  It is a daemon: cancel it
 * or its nursery, or closing the nursery waits without limit.  `options` may be NULL.  Awaits its readiness.
 */
int demo_ret_started_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                           struct demo_ret_started *ret_ret_started_portal) ACTOR_AWAITS;

/*
 * The actor called `name`, which must serve RetStarted: of this tree, or of another one with the same registry.
 * ACTOR_NOBODY: there is none.  See actor_find().
 */
int demo_ret_started_find_actor(struct actor_nursery *nursery, const char *name,
                                struct demo_ret_started *ret_ret_started_portal) ACTOR_AWAITS;

/* The same, but waits until there is one: see actor_wait_for(). */
int demo_ret_started_wait_for_actor(struct actor_nursery *nursery, const char *name,
                                    struct demo_ret_started *ret_ret_started_portal) ACTOR_AWAITS;

/* Workers that all serve RetStarted, as daemons of a nursery of their own. */
struct demo_ret_started_cluster {
	struct actor_cluster cluster;
};

/*
 * Starts them, all at once, and awaits their readiness; if one fails, none is left.  `options` may be NULL: one for
 * each processor.  What ends them is actor_cluster_close(&x.cluster, rc).
 */
int demo_ret_started_cluster_open(const struct actor_cluster_options *options,
                                  struct demo_ret_started_cluster *ret_cluster) ACTOR_AWAITS;

/* One of them; `index` is below cluster->cluster.count. */
static inline struct demo_ret_started
demo_ret_started_cluster_worker(const struct demo_ret_started_cluster *cluster, size_t index)
{
	struct demo_ret_started worker = { cluster->cluster.portals[index] };
	return worker;
}

/* Open at the opener: see struct actor_context. */
struct demo_ret_started_open_dialog {
	struct actor_context context;
};

/*
 * Opens a context, a scope of this task until _close(), and awaits the first value.  `options` and `ret_started` may
 * be NULL.
 */
int demo_ret_started_open_open(struct demo_ret_started ret_started_portal, const struct actor_context_options *options,
                               Demo__Interval **ret_started, struct demo_ret_started_open_dialog *ret_dialog)
    ACTOR_AWAITS;

/*
 * Sends an item, which is copied; waits while the other side's window is full.  ACTOR_EINVAL: it breaks its type.
 * ACTOR_EOVERRUN: the window is full, and the other side wants no waiting.  ACTOR_ECLOSED: no more is sent.
 * ACTOR_END_OF_STREAM: the endpoint has returned.
 */
int demo_ret_started_open_send(struct demo_ret_started_open_dialog dialog, const Demo__Interval *item) ACTOR_AWAITS;

/* There are no more items: the other side's receive() ends behind the last one. */
int demo_ret_started_open_close_send(struct demo_ret_started_open_dialog dialog) ACTOR_MUST_USE;

/*
 * Awaits the next item, the task's as every received message.  ACTOR_END_OF_STREAM: there are no more, now and
 * later.  ACTOR_LAGGED: some are missing here, see actor_context_lagged().
 */
int demo_ret_started_open_receive(struct demo_ret_started_open_dialog dialog, Demo__Interval **ret_item) ACTOR_AWAITS;

/* The same without waiting: ACTOR_WOULD_BLOCK if there is none yet. */
int demo_ret_started_open_try_receive(struct demo_ret_started_open_dialog dialog, Demo__Interval **ret_item)
    ACTOR_MUST_USE;

/* One of several receivers of the stream in this actor: see struct actor_subscription. */
struct demo_ret_started_open_subscription {
	struct actor_subscription subscription;
};

/* One more receiver, of the items from now on, until actor_subscription_close() or the end of the context. */
int demo_ret_started_open_subscribe(struct demo_ret_started_open_dialog dialog,
                                    struct demo_ret_started_open_subscription *ret_subscription) ACTOR_MUST_USE;

/* As demo_ret_started_open_receive().  Of ACTOR_LAGGED, actor_subscription_lagged() says more. */
int demo_ret_started_open_subscription_receive(struct demo_ret_started_open_subscription subscription,
                                               Demo__Interval **ret_item) ACTOR_AWAITS;

/* Awaits the end.  The endpoint's error, or ACTOR_NO_RESULT if this side has cancelled it. */
int demo_ret_started_open_wait(struct demo_ret_started_open_dialog dialog) ACTOR_AWAITS;

/* Asks the endpoint to stop: see actor_context_cancel(). */
int demo_ret_started_open_cancel(struct demo_ret_started_open_dialog dialog) ACTOR_AWAITS;

/*
 * Ends the context: sends no more, and awaits its end; cancels it if `rc` is an error.  `rc`, or the endpoint's
 * error, or both as a group.
 */
int demo_ret_started_open_close(struct demo_ret_started_open_dialog dialog, int rc) ACTOR_AWAITS;

ACTOR_END
#endif
