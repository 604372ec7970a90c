/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTOR_GENERATED_H
#define ACTOR_GENERATED_H

/* For emitted code only, versioned: the runtime may move its insides without a regeneration. */

#include <actor/cluster.h>
#include <actor/discovery.h>
#include <actor/program.h>
#include <actor/scope.h>
#include <protobuf-c/protobuf-c.h>

#define ACTOR_GENERATED_ABI 2

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
	const ProtobufCMessageDescriptor *request, *reply;
	const ProtobufCMessageDescriptor *const *raises; /* NULL-terminated; NULL: none */
	size_t ops_offset;                               /* of its slot in the ops */
	int (*thunk)(const void *ops, void *state, const void *request, void *reply);
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
 * Opens a cluster of actors that serve it, all at once, under options->names or those that the task's memory then holds.
 * On failure none is left, and *ret_cluster is {0}.  ACTOR_EINVAL: as many names as workers are wanted, or a name.
 * Otherwise as actor_nursery_spawn().
 */
ACTOR_API int acti_cluster_open(const struct actor_service *service, const struct actor_cluster_options *options,
                                struct actor_cluster *ret_cluster) ACTOR_AWAITS;

/* Fails the task with a typed error; ACTOR_ERAISED, or ACTOR_EINVAL if its endpoint does not declare it. */
ACTOR_API int acti_raise(const ProtobufCMessage *value) ACTOR_MUST_USE;

/* The value that was raised, decoded into the task's memory; NULL if it is of another type, or lost. */
ACTOR_API const void *acti_raised(const struct actor_error *error, const ProtobufCMessageDescriptor *type);

ACTOR_END
#endif
