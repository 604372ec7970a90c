/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTOR_PROGRAM_H
#define ACTOR_PROGRAM_H

#include <actor/nursery.h>

ACTOR_BEGIN

/* One service and its implementation; made by the emitted demo_tree_module(&ops), never by hand. */
struct actor_module {
	const struct actor_service *service;
	const void *ops;
};

struct actor_program {
	const struct actor_module *modules; /* what actors of this program can serve */
	size_t module_count;
	int (*root)(int argc, char **argv); /* the root actor's first task; not run in a child */
};

/*
 * Runs the actor that this process is: the root, or a child that a parent spawned.  Call it first
 * in main(): whatever precedes it runs in every child too.  Gives main()'s exit status: 0 when root()
 * gave 0 (or, in a child, when its parent ended it), else 1, and the error is on stderr.  SIGINT and
 * SIGTERM cancel the root's task; the process then ends by that signal.
 *
 * In a task, where an actor runs already, it fails at once with ACTOR_ERUNNING.
 */
ACTOR_API int actor_main(int argc, char **argv, const struct actor_program *program);

ACTOR_END
#endif
