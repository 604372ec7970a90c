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
	void *opaque[64];
};

/*
 * A shield is for cleanup: while it is up, cancellations and deadlines around the scope do not reach it.  Awaits work
 * even if all around is cancelled already; the scope's own deadline and actor_scope_cancel() work as ever, and so do
 * those of scopes in it.  It is up for `shield_ms` from the opening; then what had happened around it counts again.
 * There is no shield without an end.  (Nor does it hold off the end of the process: who cancels an actor gives it a
 * time, and ends it by force when that is over.)
 *
 * The error in flight outlives the cleanup: what the task has for actor_error_last() when it opens a shield comes back
 * when the shield's scope is left, whatever failed meanwhile, unless actor_scope_close() is handed another code.
 *
 *     if (rc < 0) {
 *             ACTOR_SCOPE(cleanup, .shield_ms = 200);
 *             if (demo_store_unlock(store, DEMO_LOCK(...), NULL) != 0)
 *                     complain(actor_error_last());
 *     }
 *     return rc;      with its own details
 *
 * Of an error that is not a cancellation, an actor can keep 64 in this way at once; of more, only the code is kept.
 */
struct actor_scope_options {
	uint64_t timeout_ms; /* 0: no deadline of its own */
	uint64_t shield_ms;  /* 0: no shield */
};

/* Must be called in a task; elsewhere it aborts. */
ACTOR_API void actor_scope_open(struct actor_scope *scope, const struct actor_scope_options *options);

/* Wakes whatever awaits in it.  Any task of the actor may call it.  Nothing once it is closed. */
ACTOR_API void actor_scope_cancel(struct actor_scope *scope);

/*
 * Leaves the scope.  With `ret_fired`: tells there whether the scope itself was cancelled or timed out
 * and, if it was and rc is that cancellation, gives 0 in its place.  Without (NULL): gives rc.
 * Of a scope with a shield, an rc that is the error in flight is never taken for its own.
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

/*
 * Milliseconds until the nearest deadline around the task; UINT64_MAX: there is none.  Under a shield, that of a scope
 * around it counts from the shield's end on, and if all around is cancelled already, that end is the deadline.  This
 * is also the time that a call made now takes along: its task has it as a deadline.
 */
ACTOR_API uint64_t actor_time_left_ms(void);

ACTOR_END
#endif
