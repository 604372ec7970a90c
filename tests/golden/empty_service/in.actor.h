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

/* Keyword style: DEMO_THING(.field = ...) is a pointer to one.  It lives as long as the block that it is written in. */

#define DEMO_THING(...) (&(const Demo__Thing){ .base = PROTOBUF_C_MESSAGE_INIT(&demo__thing__descriptor), __VA_ARGS__ })

/* ==== demo.Nothing ==== */

/* As in `enable` of struct actor_spawn_options. */
extern const struct actor_service demo_nothing_service;

/* ---- serving ---- */

struct demo_nothing_state; /* yours to define, one per actor; or leave it undefined */

/*
 * The implementation: one function per endpoint, run as a task of the actor that serves it.  `request` is
 * checked, and lives until the function returns; `reply` is initialised, and what it points to by then may come
 * from actor_alloc() and its like.  0, or a negative code: then no reply is sent.  No endpoint may be NULL.
 */
struct demo_nothing_ops {
	/* Makes and unmakes the actor's state, once per actor; each may be left out. */
	int (*state_open)(struct demo_nothing_state **ret_state);
	void (*state_close)(struct demo_nothing_state *state);
};

/* For the modules of a struct actor_program.  `ops` is borrowed, as long as the program runs. */
static inline struct actor_module
demo_nothing_module(const struct demo_nothing_ops *ops)
{
	struct actor_module module = { &demo_nothing_service, ops };
	return module;
}

/* ---- calling ---- */

/* Only an actor that serves a Nothing fits here.  Copy it freely; {0} is nobody. */
struct demo_nothing {
	struct actor_portal portal;
};

/*
 * Starts an actor that serves Nothing, and only that unless options->enable names more.  It is a daemon: cancel it
 * or its nursery, or closing the nursery waits without limit.  `options` may be NULL.  Awaits its readiness.
 */
int demo_nothing_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                       struct demo_nothing *ret_nothing) ACTOR_AWAITS;

/*
 * The actor called `name`, which must serve Nothing: of this tree, or of another one with the same registry.
 * ACTOR_NOBODY: there is none.  See actor_find().
 */
int demo_nothing_find_actor(struct actor_nursery *nursery, const char *name, struct demo_nothing *ret_nothing)
    ACTOR_AWAITS;

/* The same, but waits until there is one: see actor_wait_for(). */
int demo_nothing_wait_for_actor(struct actor_nursery *nursery, const char *name, struct demo_nothing *ret_nothing)
    ACTOR_AWAITS;

/* Workers that all serve Nothing, as daemons of a nursery of their own. */
struct demo_nothing_cluster {
	struct actor_cluster cluster;
};

/*
 * Starts them, all at once, and awaits their readiness; if one fails, none is left.  `options` may be NULL: one for
 * each processor.  What ends them is actor_cluster_close(&x.cluster, rc).
 */
int demo_nothing_cluster_open(const struct actor_cluster_options *options, struct demo_nothing_cluster *ret_cluster)
    ACTOR_AWAITS;

/* One of them; `index` is below cluster->cluster.count. */
static inline struct demo_nothing
demo_nothing_cluster_worker(const struct demo_nothing_cluster *cluster, size_t index)
{
	struct demo_nothing worker = { cluster->cluster.portals[index] };
	return worker;
}

/* ==== demo.Something ==== */

/* As in `enable` of struct actor_spawn_options. */
extern const struct actor_service demo_something_service;

/* ---- serving ---- */

struct demo_something_state; /* yours to define, one per actor; or leave it undefined */

/*
 * The implementation: one function per endpoint, run as a task of the actor that serves it.  `request` is
 * checked, and lives until the function returns; `reply` is initialised, and what it points to by then may come
 * from actor_alloc() and its like.  0, or a negative code: then no reply is sent.  No endpoint may be NULL.
 */
struct demo_something_ops {
	/* Makes and unmakes the actor's state, once per actor; each may be left out. */
	int (*state_open)(struct demo_something_state **ret_state);
	void (*state_close)(struct demo_something_state *state);

	int (*do_)(struct demo_something_state *state, const Demo__Thing *request, Demo__Thing *reply);
};

/* For the modules of a struct actor_program.  `ops` is borrowed, as long as the program runs. */
static inline struct actor_module
demo_something_module(const struct demo_something_ops *ops)
{
	struct actor_module module = { &demo_something_service, ops };
	return module;
}

/* ---- calling ---- */

/* Only an actor that serves a Something fits here.  Copy it freely; {0} is nobody. */
struct demo_something {
	struct actor_portal portal;
};

/*
 * Starts an actor that serves Something, and only that unless options->enable names more.  It is a daemon: cancel it
 * or its nursery, or closing the nursery waits without limit.  `options` may be NULL.  Awaits its readiness.
 */
int demo_something_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                         struct demo_something *ret_something) ACTOR_AWAITS;

/*
 * The actor called `name`, which must serve Something: of this tree, or of another one with the same registry.
 * ACTOR_NOBODY: there is none.  See actor_find().
 */
int demo_something_find_actor(struct actor_nursery *nursery, const char *name, struct demo_something *ret_something)
    ACTOR_AWAITS;

/* The same, but waits until there is one: see actor_wait_for(). */
int demo_something_wait_for_actor(struct actor_nursery *nursery, const char *name, struct demo_something *ret_something)
    ACTOR_AWAITS;

/* Workers that all serve Something, as daemons of a nursery of their own. */
struct demo_something_cluster {
	struct actor_cluster cluster;
};

/*
 * Starts them, all at once, and awaits their readiness; if one fails, none is left.  `options` may be NULL: one for
 * each processor.  What ends them is actor_cluster_close(&x.cluster, rc).
 */
int demo_something_cluster_open(const struct actor_cluster_options *options, struct demo_something_cluster *ret_cluster)
    ACTOR_AWAITS;

/* One of them; `index` is below cluster->cluster.count. */
static inline struct demo_something
demo_something_cluster_worker(const struct demo_something_cluster *cluster, size_t index)
{
	struct demo_something worker = { cluster->cluster.portals[index] };
	return worker;
}

/* *ret_reply is set on success only, and is the task's, as every received message. */
int demo_something_do(struct demo_something something, const Demo__Thing *request, Demo__Thing **ret_reply)
    ACTOR_AWAITS;

/* The same as a child of `nursery`: *ret_reply is set by the time the nursery has closed without error. */
int demo_something_do_start(struct actor_nursery *nursery, struct demo_something something, const Demo__Thing *request,
                            Demo__Thing **ret_reply) ACTOR_MUST_USE;

/*
 * Starts an actor for this one call, in which it ends by itself.  `name` may be NULL: "do"; so may `options`.
 * Awaits its readiness, not the result.
 */
int demo_something_do_run_in_actor(struct actor_nursery *nursery, const char *name,
                                   const struct actor_spawn_options *options, const Demo__Thing *request,
                                   struct demo_something *ret_something) ACTOR_AWAITS;

/*
 * Awaits what that call gives; any number of times, the outcome stays the same.  ACTOR_NO_RESULT, at once, for a
 * portal of demo_something_spawn(): a daemon has no result.
 */
int demo_something_do_wait_for_result(struct demo_something something, Demo__Thing **ret_reply) ACTOR_AWAITS;

ACTOR_END
#endif
