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

/* In place of a time: never. */
#define ACTOR_NEVER UINT32_MAX

/*
 * The numbers by which an actor of this program supervises its children and itself; 0 is the default, which each
 * comment ends with.  They are the program's own: a child of another executable has that program's.
 */
struct actor_supervision {
	uint32_t ack_ms;       /* from asking a child to stop to its acknowledgement; else SIGTERM.  500 */
	uint32_t terminate_ms; /* from SIGTERM to SIGKILL.  1600 */
	uint32_t budget_ms;    /* that a cancelled child has in all; then SIGKILL.  2300 */
	uint32_t hop_ms;       /* a child has that much less than its parent, who so outlasts it.  20 */
	uint32_t ping_ms;      /* a child that is silent for so long is asked whether it lives.  1000, or ACTOR_NEVER */
	uint32_t watchdog_ms;  /* a task that does not await for so long is told of on stderr.  100, or ACTOR_NEVER */
};

struct actor_program {
	const struct actor_module *modules; /* what actors of this program can serve */
	size_t module_count;
	int (*root)(int argc, char **argv); /* the root actor's first task; not run in a child */
	enum actor_log_level log_level;     /* the root's, unless ACTOR_LOG says otherwise; 0: warning */
	struct actor_supervision supervision;
	uint32_t blocking_threads; /* of one actor, for actor_run_blocking(); 0: 4 */
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
