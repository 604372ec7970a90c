/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTOR_SCOPE_H
#define ACTOR_SCOPE_H

#include <actor/error.h>

ACTOR_BEGIN

/*
 * A cancel scope, after Trio's (https://trio.readthedocs.io, "Cancellation and timeouts"): opened and
 * closed by the same task, last in first out.  Once it is cancelled, or its deadline has passed, every
 * await in it fails, again and again, until it is left: with ACTOR_ECANCELED, or ACTOR_EDEADLINE.
 *
 * The storage is the caller's, so opening cannot fail.  Leaving the block without closing closes one that was declared
 * with ACTOR_SCOPE (cleanup attribute); closing explicitly is how its own cancellation is told from one from outside.
 * A task that ends with a scope open aborts the process, and says so: the storage is gone.
 */
struct actor_scope {
	void *opaque[40];
};

struct actor_scope_options {
	uint64_t timeout_ms; /* 0: no deadline of its own */
};

/* Must be called in a task; elsewhere it aborts. */
ACTOR_API void actor_scope_open(struct actor_scope *scope, const struct actor_scope_options *options);

/* Wakes whatever awaits in it.  Any task of the actor may call it. */
ACTOR_API void actor_scope_cancel(struct actor_scope *scope);

/*
 * Leaves the scope.  With `ret_fired`: tells there whether the scope itself was cancelled or timed out
 * and, if it was and rc is that cancellation, gives 0 in its place.  Without (NULL): gives rc.
 */
ACTOR_API int actor_scope_close(struct actor_scope *scope, int rc, int *ret_fired) ACTOR_MUST_USE;

/* For the cleanup attribute; does nothing if the scope is closed. */
ACTOR_API void actor_scope_abandon(struct actor_scope *scope);

/* Declares an open scope: ACTOR_SCOPE(limit, .timeout_ms = 500); */
#define ACTOR_SCOPE(name, ...)                                                 \
	__attribute__((cleanup(actor_scope_abandon))) struct actor_scope name; \
	actor_scope_open(&name, &(const struct actor_scope_options){ __VA_ARGS__ })

/* Suspends the task for at least `ms`.  ACTOR_ECANCELED, ACTOR_EDEADLINE. */
ACTOR_API int actor_sleep_ms(uint64_t ms) ACTOR_AWAITS;

/* Lets others run.  ACTOR_ECANCELED, ACTOR_EDEADLINE. */
ACTOR_API int actor_checkpoint(void) ACTOR_AWAITS;

/* Milliseconds until the nearest deadline around the task; UINT64_MAX: there is none. */
ACTOR_API uint64_t actor_time_left_ms(void);

ACTOR_END
#endif
