/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_TASK_VIEW_H
#define ACTI_TASK_VIEW_H

/*
 * The live view: what an actor is doing, told to people, one line a thing, nested by indentation.  Each layer writes
 * its own part; what a lower layer has no idea of describes itself (acti_tell_fn, struct acti_child_ops).  Lines go
 * to the log, whatever its level.  Nothing is allocated, and the count of lines is bounded.
 */

#include <base/error.h>
#include <base/log.h>
#include <base/text.h>
#include <os/os.h>

#define ACTI_VIEW_LINES_MAX 1000 /* of one view */
#define ACTI_VIEW_LIST_MAX 50    /* things of one list that are shown */
#define ACTI_VIEW_DEPTH_MAX 32

struct acti_scheduler;
struct acti_scope;
struct acti_task;

struct acti_view {
	struct acti_os *os;
	const struct actor_uid *uid; /* whose it is */
	uint64_t now_ns;
	unsigned depth;        /* two spaces each */
	uint32_t line_count;   /* that were written */
	uint32_t left_out;     /* for want of room */
	struct acti_text text; /* the line in the making */
	char line[ACTI_LOG_LINE_SIZE];
};

void acti_view_init(struct acti_view *view, struct acti_os *os, const struct actor_uid *uid);
void acti_view_fini(struct acti_view *view); /* says how much was left out */

/* A line: begin, pieces, end. */
void acti_view_begin(struct acti_view *view);
void acti_view_end(struct acti_view *view);

/* Pieces.  All text is escaped; one of more than a line is cut. */
void acti_view_add(struct acti_view *view, const char *format, ...) ACTOR_PRINTF(2, 3);
void acti_view_add_uid(struct acti_view *view, const struct actor_uid *uid);
void acti_view_add_number(struct acti_view *view, uint64_t number); /* "1,234" */
void acti_view_add_count(struct acti_view *view, uint64_t count, const char *one, const char *many);
void acti_view_add_ms_since(struct acti_view *view, uint64_t since_ns); /* "1,234 ms" */
void acti_view_add_ms_until(struct acti_view *view, uint64_t deadline_ns);

/* A whole line. */
void acti_view_line(struct acti_view *view, const char *format, ...) ACTOR_PRINTF(2, 3);

/*
 * Of a list: counts its next thing, and says whether that is to be shown; after the list, the rest is told.
 */
static inline bool
acti_view_has_room(size_t *count)
{
	return ++*count <= ACTI_VIEW_LIST_MAX;
}

void acti_view_rest(struct acti_view *view, size_t count, const char *what);

/* Enters the level below; false: it is too deep, which is told. */
bool acti_view_descend(struct acti_view *view);
void acti_view_ascend(struct acti_view *view);

/* ", cancelled by root@1a2b3c4d", ", 1,234 ms left", or nothing. */
void acti_view_add_scope(struct acti_view *view, const struct acti_scope *scope);

/* A task with its scopes and nurseries, and all that these own. */
void acti_view_task(struct acti_view *view, const struct acti_task *task);

/* Those that are no nursery's own. */
void acti_view_tasks(struct acti_view *view, const struct acti_scheduler *scheduler);

#endif
