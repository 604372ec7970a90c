/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTOR_PORTAL_H
#define ACTOR_PORTAL_H

#include <actor/error.h>

ACTOR_BEGIN

/*
 * A live handle for calling into another actor: an index and a generation, never a pointer, so a
 * copy that outlived its actor (or a zeroed one) fails with ACTOR_ECLOSED instead of crashing.
 * Copy it freely; there is nothing to release.  It lives until the nursery has closed that the actor was spawned in, or
 * that was named to find it; that of a one-shot lives until the task that opened the nursery ends, to give the result
 * again.
 */
struct actor_portal {
	uint64_t handle;
};

struct actor_identity {
	struct actor_uid uid;
	int pid;
};

/* Who this actor is.  ACTOR_ENORUNTIME outside a task. */
ACTOR_API int actor_self(struct actor_identity *ret_identity) ACTOR_MUST_USE;

/* Who the other one is, also after its death.  ACTOR_ECLOSED. */
ACTOR_API int actor_portal_identity(struct actor_portal portal, struct actor_identity *ret_identity) ACTOR_MUST_USE;

/*
 * Asks the whole actor to stop, and waits for the acknowledgement, at most 0.5 s, whatever scope the
 * caller is in.  0: acknowledged, and on its way out.  ACTOR_NO_ACK: it was gone already, or did not
 * answer; its nursery terminates it, if it is a child.  ACTOR_ECLOSED: the handle is stale.
 *
 * Of one that was found and is no child: ACTOR_EDENIED, unless it is the root of a program whose access.cancel_uids names
 * this process's user.  Of the actor itself: ACTOR_EINVAL.
 */
ACTOR_API int actor_portal_cancel_actor(struct actor_portal portal) ACTOR_AWAITS;

struct actor_bytes {
	const void *data;
	size_t size;
};

/*
 * A call by name: no generated code here.  `ns` is a proto service's full name ("demo.Tree"), or "self" for
 * the runtime's own verbs: "ping" (gives its request back), "modules" (a google.protobuf.StringValue that lists
 * what is exposed, one name a line), "cancel" (only asks it to stop: actor_portal_cancel_actor() also sees to it that
 * it ends).  The request is a packed message, and so is the reply, which belongs to the task, as any message;
 * ret_reply may be NULL.
 * Errors: as any call's; ACTOR_EDENIED for a module that is not exposed there or unknown, ACTOR_ENOENDPOINT,
 * ACTOR_EKIND for an endpoint that is not a function, ACTOR_EINVAL for a request that cannot be decoded.
 */
ACTOR_API int actor_portal_run_from_ns(struct actor_portal portal, const char *ns, const char *function,
                                       struct actor_bytes request, struct actor_bytes *ret_reply) ACTOR_AWAITS;

ACTOR_END
#endif
