/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_RPC_LOCAL_H
#define ACTI_RPC_LOCAL_H

/*
 * Calls of an actor to itself, through a portal that stands for it: the same allowlist, types and limits, but no link.
 * The function runs in the caller's own task, so that its cancellation is the caller's, and its error is not boxed.
 */

#include <actor/generated.h>

int acti_local_call(const struct actor_service *service, size_t endpoint, const ProtobufCMessage *message,
                    void *ret_reply) ACTOR_AWAITS;

/* By name; the reply belongs to the task. */
int acti_local_run(const char *module, const char *endpoint, struct actor_bytes request, struct actor_bytes *ret_reply)
    ACTOR_AWAITS;

/* As a child of the nursery, in a task of its own. */
int acti_local_start(struct actor_nursery *nursery, const struct actor_service *service, size_t endpoint,
                     const ProtobufCMessage *message, void *ret_reply) ACTOR_MUST_USE;

#endif
