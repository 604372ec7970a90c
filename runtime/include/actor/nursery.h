/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTOR_NURSERY_H
#define ACTOR_NURSERY_H

#include <actor/log.h>
#include <actor/portal.h>
#include <actor/scope.h>

ACTOR_BEGIN

/*
 * Owns what is started in it: tasks, calls and actors.  Closing returns only after the last has
 * ended, so nothing outlives the block that started it.  It is a scope too: the first failure cancels
 * the rest, and the body.
 *
 *     struct actor_nursery *n;
 *     int rc = actor_nursery_open(&n);
 *     ...                                 every further step:  if (rc == 0) rc = ...
 *     return actor_nursery_close(n, rc);  the only way out
 *
 * A task that ends with a nursery open has it cancelled and joined, and fails with ACTOR_ECLOSED
 * and the place of the open: a forgotten close is loud, and leaks nothing.
 *
 * What is handed out is a handle, not an address.  Once its nursery has closed, every function refuses it, in whatever
 * task and however much later.
 */
struct actor_nursery;

/* On failure *ret is NULL, so that close() may follow.  ACTOR_ENOMEM, ACTOR_ENORUNTIME. */
#define actor_nursery_open(ret) actor_nursery_open_at((ret), __FILE__, __LINE__)
ACTOR_API int actor_nursery_open_at(struct actor_nursery **ret, const char *file, int line) ACTOR_MUST_USE;

/*
 * Waits for everything in it, by the task that opened it, last in first out.  `rc` is how the body went: if
 * it is not 0, all is cancelled first and rc, with its details, is what comes back, unless a child failed
 * too: then a group.  With rc == 0 a daemon actor is waited for WITHOUT LIMIT: cancel it first.  NULL gives rc.
 * ACTOR_ECLOSED: it has closed already (with an rc that is not 0, that comes back), or is another task's.
 */
ACTOR_API int actor_nursery_close(struct actor_nursery *nursery, int rc) ACTOR_AWAITS;

/* Cancels all that is in it, and refuses newcomers.  Our own wish: close() then returns 0.  Nothing once it has closed. */
ACTOR_API void actor_nursery_cancel(struct actor_nursery *nursery);

struct actor_nursery_report {
	size_t child_count;  /* tasks, calls and actors that have not ended */
	size_t killed_count; /* actors that needed a signal of ours to end; one that crashed instead has failed */
	int cancel_called;   /* somebody asked for it: actor_nursery_cancel(), or a failure */
};

/* How it stands.  Never fails: of one that has closed, or NULL, all is 0. */
ACTOR_API void actor_nursery_inspect(const struct actor_nursery *nursery, struct actor_nursery_report *ret_report);

/* The same as actor_nursery_close(), and how it ended; with killed_count 0, everyone went gracefully. */
ACTOR_API int actor_nursery_close_report(struct actor_nursery *nursery, int rc, struct actor_nursery_report *ret_report)
    ACTOR_AWAITS;

typedef int actor_task_fn(void *argument);

/*
 * A child task.  `argument` is borrowed until it ends.  Its code, if negative, is the nursery's error.
 * ACTOR_ECLOSED once the nursery is cancelled or closing; of a task that was cancelled with it, as any await:
 * ACTOR_ECANCELED, ACTOR_EDEADLINE.  ACTOR_ENOMEM.
 */
ACTOR_API int actor_nursery_start(struct actor_nursery *nursery, actor_task_fn *fn, void *argument) ACTOR_MUST_USE;

/* What a child is given.  Everything zero is the default. */
struct actor_service; /* emitted, one per proto service */
struct actor_spawn_options {
	const struct actor_service *const *enable;      /* besides the typed one; NULL-terminated */
	const struct actor_service *const *family_only; /* of those, what only its parent and its children may call */
	const char *const
	    *listen; /* addresses, as in actor_program.listen; NULL: one of its own, if there is a registry */
	const char *executable;         /* NULL: this very build of this program */
	const char *const *environment; /* "NAME=value", added to what is inherited; NULL-terminated */
	uint64_t start_timeout_ms;      /* 0: 10 s */
	enum actor_log_level log_level; /* 0: this actor's */
};

/*
 * The general spawn; demo_tree_spawn() and its like are typed forms of it.  `service` may be NULL when
 * options->enable names what the child serves.  Returns when the child has opened its modules.
 *
 * `name` is 1 to 64 of [A-Za-z0-9._-]; names need not be unique.  The child gets descriptors 0 to 2, and of the
 * environment PATH, LANG, LC_*, TZ, HOME, XDG_RUNTIME_DIR, TERM, ACTOR_LOG, *SAN_OPTIONS and `environment`.
 *
 * ACTOR_EINVAL: the name.  ACTOR_ENOMODULE: this program does not have a module that is asked for (nothing was
 * started).  ACTOR_ECLOSED: the nursery is cancelled or closing; see actor_nursery_start().  ACTOR_ESPAWN: the system refused, and why.
 * ACTOR_EPEERGONE: it died while starting, with its wait status.  ACTOR_EDEADLINE: it did not start in time.
 * Any error of its state_open(), boxed.
 */
ACTOR_API int actor_nursery_spawn(struct actor_nursery *nursery, const char *name, const struct actor_service *service,
                                  const struct actor_spawn_options *options, struct actor_portal *ret_portal)
    ACTOR_AWAITS;

ACTOR_END
#endif
