/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTOR_BLOCKING_H
#define ACTOR_BLOCKING_H

#include <actor/error.h>

ACTOR_BEGIN

/*
 * Work that blocks or computes for long, on a thread beside the actor's: a task that did it itself would keep its whole
 * actor from hearing anybody.  The functions here await its end.
 *
 * `fn` runs on one of at most actor_program.blocking_threads threads (default 4), which are made when they are needed
 * and end with the actor.  Work beyond that waits its turn, first come, first served; each waiting task has one piece
 * of it at most, so the queue is as bounded as the tasks are.
 *
 * On those threads there is no actor: every function of this library that needs one fails with ACTOR_ENORUNTIME,
 * actor_alloc() gives NULL, and actor_fail() only gives its code.  So `fn` puts what it finds into `argument`.  All
 * signals are blocked there but those of the thread's own faults.  A process that `fn` forks and that asks to die with
 * its parent (PR_SET_PDEATHSIG) dies with the *thread*; and between fork and exec it may do only what a signal handler
 * may, as other threads may have held locks.  Actors are spawned by tasks only.
 */
typedef int actor_blocking_fn(void *argument);

/*
 * Gives what `fn` gave: 0, an outcome, or a negative code, which is then also actor_error_last().
 *
 * A cancellation is heard as long as `fn` has not begun: then it never does.  Once it runs it is not abandoned, since it
 * uses `argument`, which is the caller's: its result counts, and the cancellation is heard at the next await.  So this
 * call lasts as long as `fn` does.  An actor that is to end and whose `fn` does not is killed by its parent when its
 * budget is spent, like any other that does not end; a root waits for it, until the second signal.
 *
 * ACTOR_ENORUNTIME outside a task; ACTOR_ENOMEM: not even one thread can be made; ACTOR_ECANCELED, ACTOR_EDEADLINE.
 */
ACTOR_API int actor_run_blocking(actor_blocking_fn *fn, void *argument) ACTOR_AWAITS;

/*
 * The same for work that may be left to itself.  A cancellation ends the wait at once, and gives ACTOR_ECANCELED or
 * ACTOR_EDEADLINE: then `argument`, to be allocated by malloc() or the like, is no longer the caller's, and
 * release(argument) is called by the actor when `fn` has returned, or at once if it has not begun: it must not await.
 * It is not called at all if the actor ends first.  With every other outcome `argument` stays the caller's.
 *
 * `fn` must not give these two codes itself (it is an ACTOR_EINVAL if it does).  Work that was abandoned and never
 * returns has its thread for good.
 */
ACTOR_API int actor_run_blocking_or_abandon(actor_blocking_fn *fn, void *argument, void (*release)(void *argument))
    ACTOR_AWAITS;

ACTOR_END

#endif
