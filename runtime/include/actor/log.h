/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTOR_LOG_H
#define ACTOR_LOG_H

#include <actor/base.h>

ACTOR_BEGIN

/*
 * What an actor's runtime tells on stderr: lines of this level and those above it in this list.  The numbers travel.
 *
 * The root's level is that of the environment variable ACTOR_LOG (error, warning, info, debug), else that of
 * actor_program.log_level, else warning.  A child's is that of actor_spawn_options.log_level, else its parent's.
 */
enum actor_log_level {
	ACTOR_LOG_DEFAULT = 0,
	ACTOR_LOG_ERROR = 1,
	ACTOR_LOG_WARNING = 2,
	ACTOR_LOG_INFO = 3,
	ACTOR_LOG_DEBUG = 4,
};

/* That of this actor; ACTOR_LOG_DEFAULT outside a task. */
ACTOR_API enum actor_log_level actor_self_log_level(void);

ACTOR_END

#endif
