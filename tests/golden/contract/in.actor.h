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

/* Keyword style: DEMO_ITEM(.field = ...) is a pointer to one.  It lives as long as the block that it is written in. */

#define DEMO_ITEM(...) (&(const Demo__Item){ .base = PROTOBUF_C_MESSAGE_INIT(&demo__item__descriptor), __VA_ARGS__ })
#define DEMO_RECEIPT(...) \
	(&(const Demo__Receipt){ .base = PROTOBUF_C_MESSAGE_INIT(&demo__receipt__descriptor), __VA_ARGS__ })
#define DEMO_FULL(...) (&(const Demo__Full){ .base = PROTOBUF_C_MESSAGE_INIT(&demo__full__descriptor), __VA_ARGS__ })
#define DEMO_BROKEN(...) \
	(&(const Demo__Broken){ .base = PROTOBUF_C_MESSAGE_INIT(&demo__broken__descriptor), __VA_ARGS__ })

/* ==== demo.Store ==== */

/* As in `enable` of struct actor_spawn_options. */
extern const struct actor_service demo_store_service;

/* ---- serving ---- */

struct demo_store_state; /* yours to define, one per actor; or leave it undefined */

/*
 * The implementation: one function per endpoint, run as a task of the actor that serves it.  `request` is
 * checked, and lives until the function returns; `reply` is initialised, and what it points to by then may come
 * from actor_alloc() and its like.  0, or a negative code: then no reply is sent.  No endpoint may be NULL.
 */
struct demo_store_ops {
	/* Makes and unmakes the actor's state, once per actor; each may be left out. */
	int (*state_open)(struct demo_store_state **ret_state);
	void (*state_close)(struct demo_store_state *state);

	/* May raise demo.Full and demo.Broken. */
	int (*put)(struct demo_store_state *state, const Demo__Item *request, Demo__Receipt *reply);
};

/* For the modules of a struct actor_program.  `ops` is borrowed, as long as the program runs. */
static inline struct actor_module
demo_store_module(const struct demo_store_ops *ops)
{
	struct actor_module module = { &demo_store_service, ops };
	return module;
}

/* ---- raising, and telling what was raised ---- */

/* Fails the endpoint with a demo.Full: `return demo_store_raise_full(...)`.  `value` is copied. */
int demo_store_raise_full(const Demo__Full *value) ACTOR_MUST_USE;

/* The demo.Full that was raised, in the task's memory; NULL if the error is another one, or its value was lost. */
const Demo__Full *demo_store_raised_full(const struct actor_error *error);

/* Fails the endpoint with a demo.Broken: `return demo_store_raise_broken(...)`.  `value` is copied. */
int demo_store_raise_broken(const Demo__Broken *value) ACTOR_MUST_USE;

/* The demo.Broken that was raised, in the task's memory; NULL if the error is another one, or its value was lost. */
const Demo__Broken *demo_store_raised_broken(const struct actor_error *error);

/* ---- calling ---- */

/* Only an actor that serves a Store fits here.  Copy it freely; {0} is nobody. */
struct demo_store {
	struct actor_portal portal;
};

/*
 * Starts an actor that serves Store, and only that unless options->enable names more.  It is a daemon: cancel it
 * or its nursery, or closing the nursery waits without limit.  `options` may be NULL.  Awaits its readiness.
 */
int demo_store_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                     struct demo_store *ret_store) ACTOR_AWAITS;

/*
 * The actor called `name`, which must serve Store: of this tree, or of another one with the same registry.
 * ACTOR_NOBODY: there is none.  See actor_find().
 */
int demo_store_find_actor(struct actor_nursery *nursery, const char *name, struct demo_store *ret_store) ACTOR_AWAITS;

/* The same, but waits until there is one: see actor_wait_for(). */
int demo_store_wait_for_actor(struct actor_nursery *nursery, const char *name, struct demo_store *ret_store)
    ACTOR_AWAITS;

/* Workers that all serve Store, as daemons of a nursery of their own. */
struct demo_store_cluster {
	struct actor_cluster cluster;
};

/*
 * Starts them, all at once, and awaits their readiness; if one fails, none is left.  `options` may be NULL: one for
 * each processor.  What ends them is actor_cluster_close(&x.cluster, rc).
 */
int demo_store_cluster_open(const struct actor_cluster_options *options, struct demo_store_cluster *ret_cluster)
    ACTOR_AWAITS;

/* One of them; `index` is below cluster->cluster.count. */
static inline struct demo_store
demo_store_cluster_worker(const struct demo_store_cluster *cluster, size_t index)
{
	struct demo_store worker = { cluster->cluster.portals[index] };
	return worker;
}

/*
 * May raise demo.Full and demo.Broken.  *ret_reply is set on success only, and is the task's, as every received
 * message.
 */
int demo_store_put(struct demo_store store, const Demo__Item *request, Demo__Receipt **ret_reply) ACTOR_AWAITS;

/* The same as a child of `nursery`: *ret_reply is set by the time the nursery has closed without error. */
int demo_store_put_start(struct actor_nursery *nursery, struct demo_store store, const Demo__Item *request,
                         Demo__Receipt **ret_reply) ACTOR_MUST_USE;

/*
 * Starts an actor for this one call, in which it ends by itself.  `name` may be NULL: "put"; so may `options`.
 * Awaits its readiness, not the result.
 */
int demo_store_put_run_in_actor(struct actor_nursery *nursery, const char *name,
                                const struct actor_spawn_options *options, const Demo__Item *request,
                                struct demo_store *ret_store) ACTOR_AWAITS;

/*
 * Awaits what that call gives; any number of times, the outcome stays the same.  ACTOR_NO_RESULT, at once, for a
 * portal of demo_store_spawn(): a daemon has no result.
 */
int demo_store_put_wait_for_result(struct demo_store store, Demo__Receipt **ret_reply) ACTOR_AWAITS;

ACTOR_END
#endif
