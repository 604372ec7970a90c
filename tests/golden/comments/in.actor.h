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

/* ==== demo.Tree ==== */

/*
 * A block, with a list:
 *
 *   - one
 *   - two  [in.proto:12]
 *
 * As in `enable` of struct actor_spawn_options.
 */
extern const struct actor_service demo_tree_service;

/* ---- serving ---- */

struct demo_tree_state; /* yours to define, one per actor; or leave it undefined */

/*
 * The implementation: one function per endpoint, run as a task of the actor that serves it.  `request` is
 * checked, and lives until the function returns; `reply` is initialised, and what it points to by then may come
 * from actor_alloc() and its like.  0, or a negative code: then no reply is sent.  No endpoint may be NULL.
 */
struct demo_tree_ops {
	/* Makes and unmakes the actor's state, once per actor; each may be left out. */
	int (*state_open)(struct demo_tree_state **ret_state);
	void (*state_close)(struct demo_tree_state *state);

	/*
	 * Does it.  A very long line, which goes on and on until it is much longer than the hundred and twenty
	 * columns that a line may have.  [in.proto:14]
	 */
	int (*long_)(struct demo_tree_state *state, const Demo__Thing *request, Demo__Thing *reply);

	/* Matches a/ *.c, or ** / *.c, and / ** / too.  [in.proto:17] */
	int (*glob)(struct demo_tree_state *state, const Demo__Thing *request, Demo__Thing *reply);

	/* Told behind it.  [in.proto:19] */
	int (*behind)(struct demo_tree_state *state, const Demo__Thing *request, Demo__Thing *reply);

	int (*untold)(struct demo_tree_state *state, const Demo__Thing *request, Demo__Thing *reply);
};

/* For the modules of a struct actor_program.  `ops` is borrowed, as long as the program runs. */
static inline struct actor_module
demo_tree_module(const struct demo_tree_ops *ops)
{
	struct actor_module module = { &demo_tree_service, ops };
	return module;
}

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

/*
 * Does it.  A very long line, which goes on and on until it is much longer than the hundred and twenty columns that
 * a line may have.  [in.proto:14]
 *
 * *ret_reply is set on success only, and is the task's, as every received message.
 */
int demo_tree_long(struct demo_tree tree, const Demo__Thing *request, Demo__Thing **ret_reply) ACTOR_AWAITS;

/* The same as a child of `nursery`: *ret_reply is set by the time the nursery has closed without error. */
int demo_tree_long_start(struct actor_nursery *nursery, struct demo_tree tree, const Demo__Thing *request,
                         Demo__Thing **ret_reply) ACTOR_MUST_USE;

/*
 * Starts an actor for this one call, in which it ends by itself.  `name` may be NULL: "long"; so may `options`.
 * Awaits its readiness, not the result.
 */
int demo_tree_long_run_in_actor(struct actor_nursery *nursery, const char *name,
                                const struct actor_spawn_options *options, const Demo__Thing *request,
                                struct demo_tree *ret_tree) ACTOR_AWAITS;

/*
 * Awaits what that call gives; any number of times, the outcome stays the same.  ACTOR_NO_RESULT, at once, for a
 * portal of demo_tree_spawn(): a daemon has no result.
 */
int demo_tree_long_wait_for_result(struct demo_tree tree, Demo__Thing **ret_reply) ACTOR_AWAITS;

/*
 * Matches a/ *.c, or ** / *.c, and / ** / too.  [in.proto:17]
 *
 * *ret_reply is set on success only, and is the task's, as every received message.
 */
int demo_tree_glob(struct demo_tree tree, const Demo__Thing *request, Demo__Thing **ret_reply) ACTOR_AWAITS;

/* The same as a child of `nursery`: *ret_reply is set by the time the nursery has closed without error. */
int demo_tree_glob_start(struct actor_nursery *nursery, struct demo_tree tree, const Demo__Thing *request,
                         Demo__Thing **ret_reply) ACTOR_MUST_USE;

/*
 * Starts an actor for this one call, in which it ends by itself.  `name` may be NULL: "glob"; so may `options`.
 * Awaits its readiness, not the result.
 */
int demo_tree_glob_run_in_actor(struct actor_nursery *nursery, const char *name,
                                const struct actor_spawn_options *options, const Demo__Thing *request,
                                struct demo_tree *ret_tree) ACTOR_AWAITS;

/*
 * Awaits what that call gives; any number of times, the outcome stays the same.  ACTOR_NO_RESULT, at once, for a
 * portal of demo_tree_spawn(): a daemon has no result.
 */
int demo_tree_glob_wait_for_result(struct demo_tree tree, Demo__Thing **ret_reply) ACTOR_AWAITS;

/*
 * Told behind it.  [in.proto:19]
 *
 * *ret_reply is set on success only, and is the task's, as every received message.
 */
int demo_tree_behind(struct demo_tree tree, const Demo__Thing *request, Demo__Thing **ret_reply) ACTOR_AWAITS;

/* The same as a child of `nursery`: *ret_reply is set by the time the nursery has closed without error. */
int demo_tree_behind_start(struct actor_nursery *nursery, struct demo_tree tree, const Demo__Thing *request,
                           Demo__Thing **ret_reply) ACTOR_MUST_USE;

/*
 * Starts an actor for this one call, in which it ends by itself.  `name` may be NULL: "behind"; so may `options`.
 * Awaits its readiness, not the result.
 */
int demo_tree_behind_run_in_actor(struct actor_nursery *nursery, const char *name,
                                  const struct actor_spawn_options *options, const Demo__Thing *request,
                                  struct demo_tree *ret_tree) ACTOR_AWAITS;

/*
 * Awaits what that call gives; any number of times, the outcome stays the same.  ACTOR_NO_RESULT, at once, for a
 * portal of demo_tree_spawn(): a daemon has no result.
 */
int demo_tree_behind_wait_for_result(struct demo_tree tree, Demo__Thing **ret_reply) ACTOR_AWAITS;

/* *ret_reply is set on success only, and is the task's, as every received message. */
int demo_tree_untold(struct demo_tree tree, const Demo__Thing *request, Demo__Thing **ret_reply) ACTOR_AWAITS;

/* The same as a child of `nursery`: *ret_reply is set by the time the nursery has closed without error. */
int demo_tree_untold_start(struct actor_nursery *nursery, struct demo_tree tree, const Demo__Thing *request,
                           Demo__Thing **ret_reply) ACTOR_MUST_USE;

/*
 * Starts an actor for this one call, in which it ends by itself.  `name` may be NULL: "untold"; so may `options`.
 * Awaits its readiness, not the result.
 */
int demo_tree_untold_run_in_actor(struct actor_nursery *nursery, const char *name,
                                  const struct actor_spawn_options *options, const Demo__Thing *request,
                                  struct demo_tree *ret_tree) ACTOR_AWAITS;

/*
 * Awaits what that call gives; any number of times, the outcome stays the same.  ACTOR_NO_RESULT, at once, for a
 * portal of demo_tree_spawn(): a daemon has no result.
 */
int demo_tree_untold_wait_for_result(struct demo_tree tree, Demo__Thing **ret_reply) ACTOR_AWAITS;

ACTOR_END
#endif
