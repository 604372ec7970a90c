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

/* ==== demo.Nursery ==== */

/* As in `enable` of struct actor_spawn_options. */
extern const struct actor_service demo_nursery_service;

/* ---- serving ---- */

struct demo_nursery_state; /* yours to define, one per actor; or leave it undefined */

/*
 * The implementation: one function per endpoint, run as a task of the actor that serves it.  `request` is
 * checked, and lives until the function returns; `reply` is initialised, and what it points to by then may come
 * from actor_alloc() and its like.  0, or a negative code: then no reply is sent.  No endpoint may be NULL.
 */
struct demo_nursery_ops {
	/* Makes and unmakes the actor's state, once per actor; each may be left out. */
	int (*state_open)(struct demo_nursery_state **ret_state);
	void (*state_close)(struct demo_nursery_state *state);

	int (*delete_)(struct demo_nursery_state *state, const Demo__Item *request, Demo__Item *reply);

	int (*errno_)(struct demo_nursery_state *state, const Demo__Item *request, Demo__Item *reply);

	int (*httpget)(struct demo_nursery_state *state, const Demo__Item *request, Demo__Item *reply);

	int (*_under_score)(struct demo_nursery_state *state, const Demo__Item *request, Demo__Item *reply);
};

/* For the modules of a struct actor_program.  `ops` is borrowed, as long as the program runs. */
static inline struct actor_module
demo_nursery_module(const struct demo_nursery_ops *ops)
{
	struct actor_module module = { &demo_nursery_service, ops };
	return module;
}

/* ---- calling ---- */

/* Only an actor that serves a Nursery fits here.  Copy it freely; {0} is nobody. */
struct demo_nursery {
	struct actor_portal portal;
};

/*
 * Starts an actor that serves Nursery, and only that unless options->enable names more.  It is a daemon: cancel it
 * or its nursery, or closing the nursery waits without limit.  `options` may be NULL.  Awaits its readiness.
 */
int demo_nursery_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                       struct demo_nursery *ret_nursery_portal) ACTOR_AWAITS;

/*
 * The actor called `name`, which must serve Nursery: of this tree, or of another one with the same registry.
 * ACTOR_NOBODY: there is none.  See actor_find().
 */
int demo_nursery_find_actor(struct actor_nursery *nursery, const char *name, struct demo_nursery *ret_nursery_portal)
    ACTOR_AWAITS;

/* The same, but waits until there is one: see actor_wait_for(). */
int demo_nursery_wait_for_actor(struct actor_nursery *nursery, const char *name,
                                struct demo_nursery *ret_nursery_portal) ACTOR_AWAITS;

/* Workers that all serve Nursery, as daemons of a nursery of their own. */
struct demo_nursery_cluster {
	struct actor_cluster cluster;
};

/*
 * Starts them, all at once, and awaits their readiness; if one fails, none is left.  `options` may be NULL: one for
 * each processor.  What ends them is actor_cluster_close(&x.cluster, rc).
 */
int demo_nursery_cluster_open(const struct actor_cluster_options *options, struct demo_nursery_cluster *ret_cluster)
    ACTOR_AWAITS;

/* One of them; `index` is below cluster->cluster.count. */
static inline struct demo_nursery
demo_nursery_cluster_worker(const struct demo_nursery_cluster *cluster, size_t index)
{
	struct demo_nursery worker = { cluster->cluster.portals[index] };
	return worker;
}

/* *ret_reply is set on success only, and is the task's, as every received message. */
int demo_nursery_delete(struct demo_nursery nursery_portal, const Demo__Item *request, Demo__Item **ret_reply)
    ACTOR_AWAITS;

/* The same as a child of `nursery`: *ret_reply is set by the time the nursery has closed without error. */
int demo_nursery_delete_start(struct actor_nursery *nursery, struct demo_nursery nursery_portal,
                              const Demo__Item *request, Demo__Item **ret_reply) ACTOR_MUST_USE;

/*
 * Starts an actor for this one call, in which it ends by itself.  `name` may be NULL: "delete"; so may `options`.
 * Awaits its readiness, not the result.
 */
int demo_nursery_delete_run_in_actor(struct actor_nursery *nursery, const char *name,
                                     const struct actor_spawn_options *options, const Demo__Item *request,
                                     struct demo_nursery *ret_nursery_portal) ACTOR_AWAITS;

/*
 * Awaits what that call gives; any number of times, the outcome stays the same.  ACTOR_NO_RESULT, at once, for a
 * portal of demo_nursery_spawn(): a daemon has no result.
 */
int demo_nursery_delete_wait_for_result(struct demo_nursery nursery_portal, Demo__Item **ret_reply) ACTOR_AWAITS;

/* *ret_reply is set on success only, and is the task's, as every received message. */
int demo_nursery_errno(struct demo_nursery nursery_portal, const Demo__Item *request, Demo__Item **ret_reply)
    ACTOR_AWAITS;

/* The same as a child of `nursery`: *ret_reply is set by the time the nursery has closed without error. */
int demo_nursery_errno_start(struct actor_nursery *nursery, struct demo_nursery nursery_portal,
                             const Demo__Item *request, Demo__Item **ret_reply) ACTOR_MUST_USE;

/*
 * Starts an actor for this one call, in which it ends by itself.  `name` may be NULL: "errno"; so may `options`.
 * Awaits its readiness, not the result.
 */
int demo_nursery_errno_run_in_actor(struct actor_nursery *nursery, const char *name,
                                    const struct actor_spawn_options *options, const Demo__Item *request,
                                    struct demo_nursery *ret_nursery_portal) ACTOR_AWAITS;

/*
 * Awaits what that call gives; any number of times, the outcome stays the same.  ACTOR_NO_RESULT, at once, for a
 * portal of demo_nursery_spawn(): a daemon has no result.
 */
int demo_nursery_errno_wait_for_result(struct demo_nursery nursery_portal, Demo__Item **ret_reply) ACTOR_AWAITS;

/* *ret_reply is set on success only, and is the task's, as every received message. */
int demo_nursery_httpget(struct demo_nursery nursery_portal, const Demo__Item *request, Demo__Item **ret_reply)
    ACTOR_AWAITS;

/* The same as a child of `nursery`: *ret_reply is set by the time the nursery has closed without error. */
int demo_nursery_httpget_start(struct actor_nursery *nursery, struct demo_nursery nursery_portal,
                               const Demo__Item *request, Demo__Item **ret_reply) ACTOR_MUST_USE;

/*
 * Starts an actor for this one call, in which it ends by itself.  `name` may be NULL: "httpget"; so may `options`.
 * Awaits its readiness, not the result.
 */
int demo_nursery_httpget_run_in_actor(struct actor_nursery *nursery, const char *name,
                                      const struct actor_spawn_options *options, const Demo__Item *request,
                                      struct demo_nursery *ret_nursery_portal) ACTOR_AWAITS;

/*
 * Awaits what that call gives; any number of times, the outcome stays the same.  ACTOR_NO_RESULT, at once, for a
 * portal of demo_nursery_spawn(): a daemon has no result.
 */
int demo_nursery_httpget_wait_for_result(struct demo_nursery nursery_portal, Demo__Item **ret_reply) ACTOR_AWAITS;

/* *ret_reply is set on success only, and is the task's, as every received message. */
int demo_nursery_under_score(struct demo_nursery nursery_portal, const Demo__Item *request, Demo__Item **ret_reply)
    ACTOR_AWAITS;

/* The same as a child of `nursery`: *ret_reply is set by the time the nursery has closed without error. */
int demo_nursery_under_score_start(struct actor_nursery *nursery, struct demo_nursery nursery_portal,
                                   const Demo__Item *request, Demo__Item **ret_reply) ACTOR_MUST_USE;

/*
 * Starts an actor for this one call, in which it ends by itself.  `name` may be NULL: "_under_score"; so may `options`.
 * Awaits its readiness, not the result.
 */
int demo_nursery_under_score_run_in_actor(struct actor_nursery *nursery, const char *name,
                                          const struct actor_spawn_options *options, const Demo__Item *request,
                                          struct demo_nursery *ret_nursery_portal) ACTOR_AWAITS;

/*
 * Awaits what that call gives; any number of times, the outcome stays the same.  ACTOR_NO_RESULT, at once, for a
 * portal of demo_nursery_spawn(): a daemon has no result.
 */
int demo_nursery_under_score_wait_for_result(struct demo_nursery nursery_portal, Demo__Item **ret_reply) ACTOR_AWAITS;

/* ==== demo.Int ==== */

/* As in `enable` of struct actor_spawn_options. */
extern const struct actor_service demo_int_service;

/* ---- serving ---- */

struct demo_int_state; /* yours to define, one per actor; or leave it undefined */

/*
 * The implementation: one function per endpoint, run as a task of the actor that serves it.  `request` is
 * checked, and lives until the function returns; `reply` is initialised, and what it points to by then may come
 * from actor_alloc() and its like.  0, or a negative code: then no reply is sent.  No endpoint may be NULL.
 */
struct demo_int_ops {
	/* Makes and unmakes the actor's state, once per actor; each may be left out. */
	int (*state_open)(struct demo_int_state **ret_state);
	void (*state_close)(struct demo_int_state *state);

	int (*spawned)(struct demo_int_state *state, const Demo__Item *request, Demo__Item *reply);
};

/* For the modules of a struct actor_program.  `ops` is borrowed, as long as the program runs. */
static inline struct actor_module
demo_int_module(const struct demo_int_ops *ops)
{
	struct actor_module module = { &demo_int_service, ops };
	return module;
}

/* ---- calling ---- */

/* Only an actor that serves a Int fits here.  Copy it freely; {0} is nobody. */
struct demo_int {
	struct actor_portal portal;
};

/*
 * Starts an actor that serves Int, and only that unless options->enable names more.  It is a daemon: cancel it
 * or its nursery, or closing the nursery waits without limit.  `options` may be NULL.  Awaits its readiness.
 */
int demo_int_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                   struct demo_int *ret_int_portal) ACTOR_AWAITS;

/*
 * The actor called `name`, which must serve Int: of this tree, or of another one with the same registry.
 * ACTOR_NOBODY: there is none.  See actor_find().
 */
int demo_int_find_actor(struct actor_nursery *nursery, const char *name, struct demo_int *ret_int_portal) ACTOR_AWAITS;

/* The same, but waits until there is one: see actor_wait_for(). */
int demo_int_wait_for_actor(struct actor_nursery *nursery, const char *name, struct demo_int *ret_int_portal)
    ACTOR_AWAITS;

/* Workers that all serve Int, as daemons of a nursery of their own. */
struct demo_int_cluster {
	struct actor_cluster cluster;
};

/*
 * Starts them, all at once, and awaits their readiness; if one fails, none is left.  `options` may be NULL: one for
 * each processor.  What ends them is actor_cluster_close(&x.cluster, rc).
 */
int demo_int_cluster_open(const struct actor_cluster_options *options, struct demo_int_cluster *ret_cluster)
    ACTOR_AWAITS;

/* One of them; `index` is below cluster->cluster.count. */
static inline struct demo_int
demo_int_cluster_worker(const struct demo_int_cluster *cluster, size_t index)
{
	struct demo_int worker = { cluster->cluster.portals[index] };
	return worker;
}

/* *ret_reply is set on success only, and is the task's, as every received message. */
int demo_int_spawned(struct demo_int int_portal, const Demo__Item *request, Demo__Item **ret_reply) ACTOR_AWAITS;

/* The same as a child of `nursery`: *ret_reply is set by the time the nursery has closed without error. */
int demo_int_spawned_start(struct actor_nursery *nursery, struct demo_int int_portal, const Demo__Item *request,
                           Demo__Item **ret_reply) ACTOR_MUST_USE;

/*
 * Starts an actor for this one call, in which it ends by itself.  `name` may be NULL: "spawned"; so may `options`.
 * Awaits its readiness, not the result.
 */
int demo_int_spawned_run_in_actor(struct actor_nursery *nursery, const char *name,
                                  const struct actor_spawn_options *options, const Demo__Item *request,
                                  struct demo_int *ret_int_portal) ACTOR_AWAITS;

/*
 * Awaits what that call gives; any number of times, the outcome stays the same.  ACTOR_NO_RESULT, at once, for a
 * portal of demo_int_spawn(): a daemon has no result.
 */
int demo_int_spawned_wait_for_result(struct demo_int int_portal, Demo__Item **ret_reply) ACTOR_AWAITS;

/* ==== demo.Cluster ==== */

/* As in `enable` of struct actor_spawn_options. */
extern const struct actor_service demo_cluster_service;

/* ---- serving ---- */

struct demo_cluster_state; /* yours to define, one per actor; or leave it undefined */

/*
 * The implementation: one function per endpoint, run as a task of the actor that serves it.  `request` is
 * checked, and lives until the function returns; `reply` is initialised, and what it points to by then may come
 * from actor_alloc() and its like.  0, or a negative code: then no reply is sent.  No endpoint may be NULL.
 */
struct demo_cluster_ops {
	/* Makes and unmakes the actor's state, once per actor; each may be left out. */
	int (*state_open)(struct demo_cluster_state **ret_state);
	void (*state_close)(struct demo_cluster_state *state);
};

/* For the modules of a struct actor_program.  `ops` is borrowed, as long as the program runs. */
static inline struct actor_module
demo_cluster_module(const struct demo_cluster_ops *ops)
{
	struct actor_module module = { &demo_cluster_service, ops };
	return module;
}

/* ---- calling ---- */

/* Only an actor that serves a Cluster fits here.  Copy it freely; {0} is nobody. */
struct demo_cluster {
	struct actor_portal portal;
};

/*
 * Starts an actor that serves Cluster, and only that unless options->enable names more.  It is a daemon: cancel it
 * or its nursery, or closing the nursery waits without limit.  `options` may be NULL.  Awaits its readiness.
 */
int demo_cluster_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                       struct demo_cluster *ret_cluster) ACTOR_AWAITS;

/*
 * The actor called `name`, which must serve Cluster: of this tree, or of another one with the same registry.
 * ACTOR_NOBODY: there is none.  See actor_find().
 */
int demo_cluster_find_actor(struct actor_nursery *nursery, const char *name, struct demo_cluster *ret_cluster)
    ACTOR_AWAITS;

/* The same, but waits until there is one: see actor_wait_for(). */
int demo_cluster_wait_for_actor(struct actor_nursery *nursery, const char *name, struct demo_cluster *ret_cluster)
    ACTOR_AWAITS;

/* Workers that all serve Cluster, as daemons of a nursery of their own. */
struct demo_cluster_cluster {
	struct actor_cluster cluster;
};

/*
 * Starts them, all at once, and awaits their readiness; if one fails, none is left.  `options` may be NULL: one for
 * each processor.  What ends them is actor_cluster_close(&x.cluster, rc).
 */
int demo_cluster_cluster_open(const struct actor_cluster_options *options, struct demo_cluster_cluster *ret_cluster)
    ACTOR_AWAITS;

/* One of them; `index` is below cluster->cluster.count. */
static inline struct demo_cluster
demo_cluster_cluster_worker(const struct demo_cluster_cluster *cluster, size_t index)
{
	struct demo_cluster worker = { cluster->cluster.portals[index] };
	return worker;
}

/* ==== demo.Worker ==== */

/* As in `enable` of struct actor_spawn_options. */
extern const struct actor_service demo_worker_service;

/* ---- serving ---- */

struct demo_worker_state; /* yours to define, one per actor; or leave it undefined */

/*
 * The implementation: one function per endpoint, run as a task of the actor that serves it.  `request` is
 * checked, and lives until the function returns; `reply` is initialised, and what it points to by then may come
 * from actor_alloc() and its like.  0, or a negative code: then no reply is sent.  No endpoint may be NULL.
 */
struct demo_worker_ops {
	/* Makes and unmakes the actor's state, once per actor; each may be left out. */
	int (*state_open)(struct demo_worker_state **ret_state);
	void (*state_close)(struct demo_worker_state *state);
};

/* For the modules of a struct actor_program.  `ops` is borrowed, as long as the program runs. */
static inline struct actor_module
demo_worker_module(const struct demo_worker_ops *ops)
{
	struct actor_module module = { &demo_worker_service, ops };
	return module;
}

/* ---- calling ---- */

/* Only an actor that serves a Worker fits here.  Copy it freely; {0} is nobody. */
struct demo_worker {
	struct actor_portal portal;
};

/*
 * Starts an actor that serves Worker, and only that unless options->enable names more.  It is a daemon: cancel it
 * or its nursery, or closing the nursery waits without limit.  `options` may be NULL.  Awaits its readiness.
 */
int demo_worker_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                      struct demo_worker *ret_worker) ACTOR_AWAITS;

/*
 * The actor called `name`, which must serve Worker: of this tree, or of another one with the same registry.
 * ACTOR_NOBODY: there is none.  See actor_find().
 */
int demo_worker_find_actor(struct actor_nursery *nursery, const char *name, struct demo_worker *ret_worker)
    ACTOR_AWAITS;

/* The same, but waits until there is one: see actor_wait_for(). */
int demo_worker_wait_for_actor(struct actor_nursery *nursery, const char *name, struct demo_worker *ret_worker)
    ACTOR_AWAITS;

/* Workers that all serve Worker, as daemons of a nursery of their own. */
struct demo_worker_cluster {
	struct actor_cluster cluster;
};

/*
 * Starts them, all at once, and awaits their readiness; if one fails, none is left.  `options` may be NULL: one for
 * each processor.  What ends them is actor_cluster_close(&x.cluster, rc).
 */
int demo_worker_cluster_open(const struct actor_cluster_options *options, struct demo_worker_cluster *ret_cluster)
    ACTOR_AWAITS;

/* One of them; `index` is below cluster->cluster.count. */
static inline struct demo_worker
demo_worker_cluster_worker(const struct demo_worker_cluster *cluster, size_t index)
{
	struct demo_worker worker = { cluster->cluster.portals[index] };
	return worker;
}

ACTOR_END
#endif
