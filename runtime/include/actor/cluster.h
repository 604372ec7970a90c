/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTOR_CLUSTER_H
#define ACTOR_CLUSTER_H

#include <actor/nursery.h>

ACTOR_BEGIN

/* Everything zero is the default.  Read while the cluster opens; the texts of names are not copied, and must outlive it. */
struct actor_cluster_options {
	size_t
	    count; /* 0: one worker for each processor that this process may use; at most as many as children, 1024 */
	const char *const *names;                /* as many; NULL: "<this actor>.worker_<i>" */
	const struct actor_spawn_options *spawn; /* of each; NULL: the defaults */
	uint32_t hard_kill;                      /* closing begins with SIGTERM, and does not ask first */
};

/*
 * A fleet of daemons that serve the same, in a nursery of its own; demo_tree_cluster_open() and its like open one.  Its
 * lists are of the task that opened it, and are there until that ends or the cluster is closed.
 */
struct actor_cluster {
	struct actor_nursery *nursery;
	size_t count;
	const char *const *names;           /* by index */
	const struct actor_portal *portals; /* by index */
	int hard_kill;
};

/*
 * Cancels all of them, and waits until they are gone.  `rc` is how the body went, as for actor_nursery_close(), whose
 * result it gives.  One whose opening failed, or {0}, gives rc.  The lists and the portals are stale after it.
 */
ACTOR_API int actor_cluster_close(struct actor_cluster *cluster, int rc) ACTOR_AWAITS;

/* The place of that name; cluster->count: there is none. */
ACTOR_API size_t actor_cluster_index(const struct actor_cluster *cluster, const char *name);

ACTOR_END
#endif
