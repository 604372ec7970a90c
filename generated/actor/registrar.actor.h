/* Emitted by actorgen from actor/registrar.proto.  Edit that file, not this one. */
#ifndef ACTOR_GENERATED_ACTOR_REGISTRAR_H
#define ACTOR_GENERATED_ACTOR_REGISTRAR_H

#include <actor/generated.h>
#include <google/protobuf/empty.pb-c.h>

#include "actor/registrar.pb-c.h"

#if ACTOR_GENERATED_ABI != 4
#error "actor/registrar.actor.h and libactor do not fit: run the actorgen that came with this libactor"
#endif

ACTOR_BEGIN

/* ---- messages ---- */

/*
 * Keyword style: ACTOR_ACTOR_NAME(.field = ...) is a pointer to one.  It lives as long as the block that it is
 * written in.
 */

#define ACTOR_ACTOR_NAME(...) \
	(&(const Actor__ActorName){ .base = PROTOBUF_C_MESSAGE_INIT(&actor__actor_name__descriptor), __VA_ARGS__ })
#define ACTOR_ADDRESSES(...) \
	(&(const Actor__Addresses){ .base = PROTOBUF_C_MESSAGE_INIT(&actor__addresses__descriptor), __VA_ARGS__ })
#define ACTOR_REGISTRATION(...) \
	(&(const Actor__Registration){ .base = PROTOBUF_C_MESSAGE_INIT(&actor__registration__descriptor), __VA_ARGS__ })
#define ACTOR_REGISTRATIONS(...) \
	(&(const Actor__Registrations){ .base = PROTOBUF_C_MESSAGE_INIT(&actor__registrations__descriptor), \
	                                __VA_ARGS__ })

/* ==== actor.Registrar ==== */

/* As in `enable` of struct actor_spawn_options. */
extern const struct actor_service actor_registrar_service;

/* ---- serving ---- */

struct actor_registrar_state; /* yours to define, one per actor; or leave it undefined */

/*
 * The implementation: one function per endpoint, run as a task of the actor that serves it.  `request` is
 * checked, and lives until the function returns; `reply` is initialised, and what it points to by then may come
 * from actor_alloc() and its like.  0, or a negative code: then no reply is sent.  No endpoint may be NULL.
 */
struct actor_registrar_ops {
	/* Makes and unmakes the actor's state, once per actor; each may be left out. */
	int (*state_open)(struct actor_registrar_state **ret_state);
	void (*state_close)(struct actor_registrar_state *state);

	/*
	 * Enters the caller, by the identity that its connection has, or replaces its addresses.  The entry goes
	 * with the
	 * connection.  An address that another entry has is theirs no more, if they do not answer there.
	 * [actor/registrar.proto:14]
	 */
	int (*register_)(struct actor_registrar_state *state, const Actor__Addresses *request,
	                 Google__Protobuf__Empty *reply);

	/* Takes the caller's entry away.  [actor/registrar.proto:17] */
	int (*unregister)(struct actor_registrar_state *state, const Google__Protobuf__Empty *request,
	                  Google__Protobuf__Empty *reply);

	/* The latest entry with that name, if there is one: at most one.  [actor/registrar.proto:20] */
	int (*find)(struct actor_registrar_state *state, const Actor__ActorName *request, Actor__Registrations *reply);

	/* The same, but waits until there is one.  [actor/registrar.proto:23] */
	int (*wait_for)(struct actor_registrar_state *state, const Actor__ActorName *request,
	                Actor__Registrations *reply);

	/*
	 * All entries with that name, the latest first; without a name, all that there are.
	 * [actor/registrar.proto:26]
	 */
	int (*list)(struct actor_registrar_state *state, const Actor__ActorName *request, Actor__Registrations *reply);

	/*
	 * Says that nobody answers for an entry: the registrar looks for itself, and removes it if that is so.
	 * [actor/registrar.proto:29]
	 */
	int (*report)(struct actor_registrar_state *state, const Actor__Registration *request,
	              Google__Protobuf__Empty *reply);
};

/* For the modules of a struct actor_program.  `ops` is borrowed, as long as the program runs. */
static inline struct actor_module
actor_registrar_module(const struct actor_registrar_ops *ops)
{
	struct actor_module module = { &actor_registrar_service, ops };
	return module;
}

/* ---- calling ---- */

/* Only an actor that serves a Registrar fits here.  Copy it freely; {0} is nobody. */
struct actor_registrar {
	struct actor_portal portal;
};

/*
 * Starts an actor that serves Registrar, and only that unless options->enable names more.  It is a daemon: cancel it
 * or its nursery, or closing the nursery waits without limit.  `options` may be NULL.  Awaits its readiness.
 */
int actor_registrar_spawn(struct actor_nursery *nursery, const char *name, const struct actor_spawn_options *options,
                          struct actor_registrar *ret_registrar) ACTOR_AWAITS;

/*
 * The actor called `name`, which must serve Registrar: of this tree, or of another one with the same registry.
 * ACTOR_NOBODY: there is none.  See actor_find().
 */
int actor_registrar_find_actor(struct actor_nursery *nursery, const char *name, struct actor_registrar *ret_registrar)
    ACTOR_AWAITS;

/* The same, but waits until there is one: see actor_wait_for(). */
int actor_registrar_wait_for_actor(struct actor_nursery *nursery, const char *name,
                                   struct actor_registrar *ret_registrar) ACTOR_AWAITS;

/* Workers that all serve Registrar, as daemons of a nursery of their own. */
struct actor_registrar_cluster {
	struct actor_cluster cluster;
};

/*
 * Starts them, all at once, and awaits their readiness; if one fails, none is left.  `options` may be NULL: one for
 * each processor.  What ends them is actor_cluster_close(&x.cluster, rc).
 */
int actor_registrar_cluster_open(const struct actor_cluster_options *options,
                                 struct actor_registrar_cluster *ret_cluster) ACTOR_AWAITS;

/* One of them; `index` is below cluster->cluster.count. */
static inline struct actor_registrar
actor_registrar_cluster_worker(const struct actor_registrar_cluster *cluster, size_t index)
{
	struct actor_registrar worker = { cluster->cluster.portals[index] };
	return worker;
}

/*
 * Enters the caller, by the identity that its connection has, or replaces its addresses.  The entry goes with the
 * connection.  An address that another entry has is theirs no more, if they do not answer there.
 * [actor/registrar.proto:14]
 *
 * *ret_reply is set on success only, and is the task's, as every received message.
 */
int actor_registrar_register(struct actor_registrar registrar, const Actor__Addresses *request,
                             Google__Protobuf__Empty **ret_reply) ACTOR_AWAITS;

/* The same as a child of `nursery`: *ret_reply is set by the time the nursery has closed without error. */
int actor_registrar_register_start(struct actor_nursery *nursery, struct actor_registrar registrar,
                                   const Actor__Addresses *request, Google__Protobuf__Empty **ret_reply) ACTOR_MUST_USE;

/*
 * Starts an actor for this one call, in which it ends by itself.  `name` may be NULL: "register"; so may `options`.
 * Awaits its readiness, not the result.
 */
int actor_registrar_register_run_in_actor(struct actor_nursery *nursery, const char *name,
                                          const struct actor_spawn_options *options, const Actor__Addresses *request,
                                          struct actor_registrar *ret_registrar) ACTOR_AWAITS;

/*
 * Awaits what that call gives; any number of times, the outcome stays the same.  ACTOR_NO_RESULT, at once, for a
 * portal of actor_registrar_spawn(): a daemon has no result.
 */
int actor_registrar_register_wait_for_result(struct actor_registrar registrar, Google__Protobuf__Empty **ret_reply)
    ACTOR_AWAITS;

/*
 * Takes the caller's entry away.  [actor/registrar.proto:17]
 *
 * *ret_reply is set on success only, and is the task's, as every received message.
 */
int actor_registrar_unregister(struct actor_registrar registrar, const Google__Protobuf__Empty *request,
                               Google__Protobuf__Empty **ret_reply) ACTOR_AWAITS;

/* The same as a child of `nursery`: *ret_reply is set by the time the nursery has closed without error. */
int actor_registrar_unregister_start(struct actor_nursery *nursery, struct actor_registrar registrar,
                                     const Google__Protobuf__Empty *request, Google__Protobuf__Empty **ret_reply)
    ACTOR_MUST_USE;

/*
 * Starts an actor for this one call, in which it ends by itself.  `name` may be NULL: "unregister"; so may `options`.
 * Awaits its readiness, not the result.
 */
int actor_registrar_unregister_run_in_actor(struct actor_nursery *nursery, const char *name,
                                            const struct actor_spawn_options *options,
                                            const Google__Protobuf__Empty *request,
                                            struct actor_registrar *ret_registrar) ACTOR_AWAITS;

/*
 * Awaits what that call gives; any number of times, the outcome stays the same.  ACTOR_NO_RESULT, at once, for a
 * portal of actor_registrar_spawn(): a daemon has no result.
 */
int actor_registrar_unregister_wait_for_result(struct actor_registrar registrar, Google__Protobuf__Empty **ret_reply)
    ACTOR_AWAITS;

/*
 * The latest entry with that name, if there is one: at most one.  [actor/registrar.proto:20]
 *
 * *ret_reply is set on success only, and is the task's, as every received message.
 */
int actor_registrar_find(struct actor_registrar registrar, const Actor__ActorName *request,
                         Actor__Registrations **ret_reply) ACTOR_AWAITS;

/* The same as a child of `nursery`: *ret_reply is set by the time the nursery has closed without error. */
int actor_registrar_find_start(struct actor_nursery *nursery, struct actor_registrar registrar,
                               const Actor__ActorName *request, Actor__Registrations **ret_reply) ACTOR_MUST_USE;

/*
 * Starts an actor for this one call, in which it ends by itself.  `name` may be NULL: "find"; so may `options`.
 * Awaits its readiness, not the result.
 */
int actor_registrar_find_run_in_actor(struct actor_nursery *nursery, const char *name,
                                      const struct actor_spawn_options *options, const Actor__ActorName *request,
                                      struct actor_registrar *ret_registrar) ACTOR_AWAITS;

/*
 * Awaits what that call gives; any number of times, the outcome stays the same.  ACTOR_NO_RESULT, at once, for a
 * portal of actor_registrar_spawn(): a daemon has no result.
 */
int actor_registrar_find_wait_for_result(struct actor_registrar registrar, Actor__Registrations **ret_reply)
    ACTOR_AWAITS;

/*
 * The same, but waits until there is one.  [actor/registrar.proto:23]
 *
 * *ret_reply is set on success only, and is the task's, as every received message.
 */
int actor_registrar_wait_for(struct actor_registrar registrar, const Actor__ActorName *request,
                             Actor__Registrations **ret_reply) ACTOR_AWAITS;

/* The same as a child of `nursery`: *ret_reply is set by the time the nursery has closed without error. */
int actor_registrar_wait_for_start(struct actor_nursery *nursery, struct actor_registrar registrar,
                                   const Actor__ActorName *request, Actor__Registrations **ret_reply) ACTOR_MUST_USE;

/*
 * Starts an actor for this one call, in which it ends by itself.  `name` may be NULL: "wait_for"; so may `options`.
 * Awaits its readiness, not the result.
 */
int actor_registrar_wait_for_run_in_actor(struct actor_nursery *nursery, const char *name,
                                          const struct actor_spawn_options *options, const Actor__ActorName *request,
                                          struct actor_registrar *ret_registrar) ACTOR_AWAITS;

/*
 * Awaits what that call gives; any number of times, the outcome stays the same.  ACTOR_NO_RESULT, at once, for a
 * portal of actor_registrar_spawn(): a daemon has no result.
 */
int actor_registrar_wait_for_wait_for_result(struct actor_registrar registrar, Actor__Registrations **ret_reply)
    ACTOR_AWAITS;

/*
 * All entries with that name, the latest first; without a name, all that there are.  [actor/registrar.proto:26]
 *
 * *ret_reply is set on success only, and is the task's, as every received message.
 */
int actor_registrar_list(struct actor_registrar registrar, const Actor__ActorName *request,
                         Actor__Registrations **ret_reply) ACTOR_AWAITS;

/* The same as a child of `nursery`: *ret_reply is set by the time the nursery has closed without error. */
int actor_registrar_list_start(struct actor_nursery *nursery, struct actor_registrar registrar,
                               const Actor__ActorName *request, Actor__Registrations **ret_reply) ACTOR_MUST_USE;

/*
 * Starts an actor for this one call, in which it ends by itself.  `name` may be NULL: "list"; so may `options`.
 * Awaits its readiness, not the result.
 */
int actor_registrar_list_run_in_actor(struct actor_nursery *nursery, const char *name,
                                      const struct actor_spawn_options *options, const Actor__ActorName *request,
                                      struct actor_registrar *ret_registrar) ACTOR_AWAITS;

/*
 * Awaits what that call gives; any number of times, the outcome stays the same.  ACTOR_NO_RESULT, at once, for a
 * portal of actor_registrar_spawn(): a daemon has no result.
 */
int actor_registrar_list_wait_for_result(struct actor_registrar registrar, Actor__Registrations **ret_reply)
    ACTOR_AWAITS;

/*
 * Says that nobody answers for an entry: the registrar looks for itself, and removes it if that is so.
 * [actor/registrar.proto:29]
 *
 * *ret_reply is set on success only, and is the task's, as every received message.
 */
int actor_registrar_report(struct actor_registrar registrar, const Actor__Registration *request,
                           Google__Protobuf__Empty **ret_reply) ACTOR_AWAITS;

/* The same as a child of `nursery`: *ret_reply is set by the time the nursery has closed without error. */
int actor_registrar_report_start(struct actor_nursery *nursery, struct actor_registrar registrar,
                                 const Actor__Registration *request, Google__Protobuf__Empty **ret_reply)
    ACTOR_MUST_USE;

/*
 * Starts an actor for this one call, in which it ends by itself.  `name` may be NULL: "report"; so may `options`.
 * Awaits its readiness, not the result.
 */
int actor_registrar_report_run_in_actor(struct actor_nursery *nursery, const char *name,
                                        const struct actor_spawn_options *options, const Actor__Registration *request,
                                        struct actor_registrar *ret_registrar) ACTOR_AWAITS;

/*
 * Awaits what that call gives; any number of times, the outcome stays the same.  ACTOR_NO_RESULT, at once, for a
 * portal of actor_registrar_spawn(): a daemon has no result.
 */
int actor_registrar_report_wait_for_result(struct actor_registrar registrar, Google__Protobuf__Empty **ret_reply)
    ACTOR_AWAITS;

ACTOR_END
#endif
