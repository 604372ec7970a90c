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
 * Keyword style: ACME_STORE_ITEM(.field = ...) is a pointer to one.  It lives as long as the block that it is
 * written in.
 */

#define ACME_STORE_ITEM(...) \
	(&(const Acme__Store__Item){ .base = PROTOBUF_C_MESSAGE_INIT(&acme__store__item__descriptor), __VA_ARGS__ })

/* ==== demo.Store ==== */

/* As in `enable` of struct actor_spawn_options. */
extern const struct actor_service acme_store_store_service;

/* ---- serving ---- */

struct acme_store_store_state; /* yours to define, one per actor; or leave it undefined */

/*
 * The implementation: one function per endpoint, run as a task of the actor that serves it.  `request` is
 * checked, and lives until the function returns; `reply` is initialised, and what it points to by then may come
 * from actor_alloc() and its like.  0, or a negative code: then no reply is sent.  No endpoint may be NULL.
 */
struct acme_store_store_ops {
	/* Makes and unmakes the actor's state, once per actor; each may be left out. */
	int (*state_open)(struct acme_store_store_state **ret_state);
	void (*state_close)(struct acme_store_store_state *state);

	int (*put)(struct acme_store_store_state *state, const Acme__Store__Item *request, Acme__Store__Item *reply);
};

/* For the modules of a struct actor_program.  `ops` is borrowed, as long as the program runs. */
static inline struct actor_module
acme_store_store_module(const struct acme_store_store_ops *ops)
{
	struct actor_module module = { &acme_store_store_service, ops };
	return module;
}

/* ---- calling ---- */

/* Only an actor that serves a Store fits here.  Copy it freely; {0} is nobody. */
struct acme_store_store {
	struct actor_portal portal;
};

/*
 * Starts an actor that serves Store, and only that unless options->enable names more.  It is a daemon: cancel it
 * or its nursery, or closing the nursery waits without limit.  `options` may be NULL.  Awaits its readiness.
 */
int acme_store_store_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                           struct acme_store_store *ret_store) ACTOR_AWAITS;

/*
 * The actor called `name`, which must serve Store: of this tree, or of another one with the same registry.
 * ACTOR_NOBODY: there is none.  See actor_find().
 */
int acme_store_store_find_actor(struct actor_nursery *nursery, const char *name, struct acme_store_store *ret_store)
    ACTOR_AWAITS;

/* The same, but waits until there is one: see actor_wait_for(). */
int acme_store_store_wait_for_actor(struct actor_nursery *nursery, const char *name, struct acme_store_store *ret_store)
    ACTOR_AWAITS;

/* Workers that all serve Store, as daemons of a nursery of their own. */
struct acme_store_store_cluster {
	struct actor_cluster cluster;
};

/*
 * Starts them, all at once, and awaits their readiness; if one fails, none is left.  `options` may be NULL: one for
 * each processor.  What ends them is actor_cluster_close(&x.cluster, rc).
 */
int acme_store_store_cluster_open(const struct actor_cluster_options *options,
                                  struct acme_store_store_cluster *ret_cluster) ACTOR_AWAITS;

/* One of them; `index` is below cluster->cluster.count. */
static inline struct acme_store_store
acme_store_store_cluster_worker(const struct acme_store_store_cluster *cluster, size_t index)
{
	struct acme_store_store worker = { cluster->cluster.portals[index] };
	return worker;
}

/* *ret_reply is set on success only, and is the task's, as every received message. */
int acme_store_store_put(struct acme_store_store store, const Acme__Store__Item *request, Acme__Store__Item **ret_reply)
    ACTOR_AWAITS;

/* The same as a child of `nursery`: *ret_reply is set by the time the nursery has closed without error. */
int acme_store_store_put_start(struct actor_nursery *nursery, struct acme_store_store store,
                               const Acme__Store__Item *request, Acme__Store__Item **ret_reply) ACTOR_MUST_USE;

/*
 * Starts an actor for this one call, in which it ends by itself.  `name` may be NULL: "put"; so may `options`.
 * Awaits its readiness, not the result.
 */
int acme_store_store_put_run_in_actor(struct actor_nursery *nursery, const char *name,
                                      const struct actor_spawn_options *options, const Acme__Store__Item *request,
                                      struct acme_store_store *ret_store) ACTOR_AWAITS;

/*
 * Awaits what that call gives; any number of times, the outcome stays the same.  ACTOR_NO_RESULT, at once, for a
 * portal of acme_store_store_spawn(): a daemon has no result.
 */
int acme_store_store_put_wait_for_result(struct acme_store_store store, Acme__Store__Item **ret_reply) ACTOR_AWAITS;

ACTOR_END
#endif
