/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTOR_GENERATED_H
#define ACTOR_GENERATED_H

/* For emitted code only, versioned: the runtime may move its insides without a regeneration. */

#include <actor/cluster.h>
#include <actor/context.h>
#include <actor/discovery.h>
#include <actor/message.h>
#include <actor/program.h>
#include <actor/scope.h>
#include <protobuf-c/protobuf-c.h>

#define ACTOR_GENERATED_ABI 4

ACTOR_BEGIN

enum actor_endpoint_kind {
	ACTOR_FUNCTION = 1,  /* a request, a reply */
	ACTOR_GENERATOR = 2, /* a request, a stream of items */
	ACTOR_CONTEXT = 3,   /* two linked tasks: started value, streams, result */
};

struct actor_endpoint {
	const char *name; /* "Square" */
	const char *op;   /* "square": its slot in the ops, for messages */
	enum actor_endpoint_kind kind;
	const struct actor_message *request, *reply; /* NULL: a context without; a generator has no reply */
	const struct actor_message *started;         /* legs; NULL: there is none */
	const struct actor_message *send;            /* opener to endpoint */
	const struct actor_message *receive;         /* endpoint to opener; a generator's items */
	const struct actor_message *const *raises;   /* NULL-terminated; NULL: none */
	size_t ops_offset;                           /* of its slot in the ops */
	int (*thunk)(const void *ops, void *state, struct actor_context context, const void *request, void *reply);
};

struct actor_service {
	int abi;
	const char *name;     /* "demo.Tree" */
	uint64_t fingerprint; /* of the contract: endpoints, kinds, and every message that they reach */
	const struct actor_endpoint *endpoints;
	size_t endpoint_count;
	int (*state_open)(const void *ops, void **ret_state); /* once per actor */
	void (*state_close)(const void *ops, void *state);
};

/*
 * What the stubs call.  `endpoint` is its number in the service.  `ret_reply` is the address of the caller's
 * typed pointer, set on success only.
 */
ACTOR_API int acti_call(struct actor_portal portal, const struct actor_service *service, size_t endpoint,
                        const ProtobufCMessage *request, void *ret_reply) ACTOR_AWAITS;
ACTOR_API int acti_call_start(struct actor_nursery *nursery, struct actor_portal portal,
                              const struct actor_service *service, size_t endpoint, const ProtobufCMessage *request,
                              void *ret_reply) ACTOR_MUST_USE;
ACTOR_API int acti_run_in_actor(struct actor_nursery *nursery, const char *name,
                                const struct actor_spawn_options *options, const struct actor_service *service,
                                size_t endpoint, const ProtobufCMessage *request, struct actor_portal *ret_portal)
    ACTOR_AWAITS;
ACTOR_API int acti_wait_for_result(struct actor_portal portal, const struct actor_service *service, size_t endpoint,
                                   void *ret_reply) ACTOR_AWAITS;

/*
 * Contexts, and generators, which are contexts that receive only.  `request` may be NULL if there is none; so may `options`,
 * `ret_started` and `ret_reply`.  They are the addresses of the caller's typed pointers, as ret_item is: messages are the
 * running task's.  Which leg an item belongs to follows from the side.
 *
 * Opening awaits the first value, or where none is declared the acceptance, and fails as a call does; then there is nothing
 * to close.  If the endpoint has failed by the time that the opener runs, it fails with that, also if a first value came.
 * ACTOR_EINVAL also for a context to the own actor.
 *
 * send(): ACTOR_EINVAL: the item breaks its type; nothing was sent.  ACTOR_ECLOSED: this side has closed its stream, or
 * cancelled the endpoint, or, in an endpoint, has not announced yet.  ACTOR_END_OF_STREAM: the endpoint has returned;
 * nothing was sent.
 * ACTOR_EOVERRUN: see enum actor_overrun.  receive(): ACTOR_END_OF_STREAM, again and again; ACTOR_LAGGED.
 * Both give the endpoint's error if it has failed.  try_receive(): ACTOR_WOULD_BLOCK, too.
 *
 * send() lets other tasks run only when it has to wait, or drops an item; until it is back the item must not be changed.
 * A message that is NULL, where one is declared, is ACTOR_EINVAL.  During a wait(), items that come and that nobody
 * waits for are dropped.
 *
 * wait() awaits the result: 0, the endpoint's error, or ACTOR_NO_RESULT if this side cancelled it.  close() sends what ends
 * the stream, awaits the end, and gives rc, or the endpoint's error, or both as a group; *ret_reply is NULL if there is no
 * result.  An rc of ACTOR_END_OF_STREAM counts as 0, and so does an ACTOR_NO_RESULT of wait(); another outcome is one that
 * nobody has handled: it counts as ACTOR_EINVAL.  A generator that has not ended is cancelled by it.
 */
ACTOR_API int acti_context_open(struct actor_portal portal, const struct actor_service *service, size_t endpoint,
                                const ProtobufCMessage *request, const struct actor_context_options *options,
                                void *ret_started, struct actor_context *ret_context) ACTOR_AWAITS;
ACTOR_API int acti_context_started(struct actor_context context, const ProtobufCMessage *value) ACTOR_AWAITS;
ACTOR_API int acti_context_send(struct actor_context context, const ProtobufCMessage *item) ACTOR_AWAITS;
ACTOR_API int acti_context_receive(struct actor_context context, void *ret_item) ACTOR_AWAITS;
ACTOR_API int acti_context_try_receive(struct actor_context context, void *ret_item) ACTOR_MUST_USE;
ACTOR_API int acti_context_wait(struct actor_context context, void *ret_reply) ACTOR_AWAITS;
ACTOR_API int acti_context_close(struct actor_context context, int rc, void *ret_reply) ACTOR_AWAITS;

/* A copy of the stream for one more receiver.  ACTOR_ECLOSED, ACTOR_ENOMEM. */
ACTOR_API int acti_context_subscribe(struct actor_context context, struct actor_subscription *ret_subscription)
    ACTOR_MUST_USE;
ACTOR_API int acti_subscription_receive(struct actor_subscription subscription, void *ret_item) ACTOR_AWAITS;

/*
 * Opens a cluster of actors that serve it, all at once, under options->names or those that the task's memory then holds.
 * On failure none is left, and *ret_cluster is {0}.  ACTOR_EINVAL: as many names as workers are wanted, or a name.
 * Otherwise as actor_nursery_spawn().
 */
ACTOR_API int acti_cluster_open(const struct actor_service *service, const struct actor_cluster_options *options,
                                struct actor_cluster *ret_cluster) ACTOR_AWAITS;

/* Fails the task with a typed error; ACTOR_ERAISED, or ACTOR_EINVAL if its endpoint does not declare it. */
ACTOR_API int acti_raise(const ProtobufCMessage *value) ACTOR_MUST_USE;

/* The value that was raised, decoded into the task's memory; NULL if it is of another type, or lost, or breaks its type. */
ACTOR_API const void *acti_raised(const struct actor_error *error, const struct actor_message *type);

ACTOR_END
#endif
