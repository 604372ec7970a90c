/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_BASE_LOG_H
#define ACTI_BASE_LOG_H

/* Lines of the log.  Where they go is the seam's business. */

#include <actor/error.h>
#include <actor/log.h>

enum acti_log_level {
	ACTI_LOG_ERROR = ACTOR_LOG_ERROR,
	ACTI_LOG_WARNING = ACTOR_LOG_WARNING,
	ACTI_LOG_INFO = ACTOR_LOG_INFO,
	ACTI_LOG_DEBUG = ACTOR_LOG_DEBUG,
};

#define ACTI_LOG_LINE_SIZE 1024

/*
 * Writes "actor[leaf_0@1a2b3c4d] warning: text\n" and gives its size without the terminator.  The text is escaped
 * as by acti_text_add_escaped(), so a line is one line, and is cut to fit.
 */
size_t acti_log_format(char line[static ACTI_LOG_LINE_SIZE], const struct actor_uid *uid, enum acti_log_level level,
                       const char *format, ...) ACTOR_PRINTF(4, 5);
size_t acti_log_format_list(char line[static ACTI_LOG_LINE_SIZE], const struct actor_uid *uid,
                            enum acti_log_level level, const char *format, __builtin_va_list arguments);

/*
 * The same, of pieces that need no escaping, up to a NULL.  For a signal handler: it calls nothing that formats.
 */
size_t acti_log_join(char *line, size_t size, const struct actor_uid *uid, enum acti_log_level level,
                     const char *const pieces[]);

/* The level of that name; 0: there is none. */
enum actor_log_level acti_log_level_of(const char *name);

const char *acti_log_level_name(enum acti_log_level level); /* "warning"; "<unknown>" */

#endif
