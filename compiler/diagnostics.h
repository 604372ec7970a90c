/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AG_DIAGNOSTICS_H
#define AG_DIAGNOSTICS_H

#include "arena.h"

/* Where something is written; a line of 0: in that file, nobody knows where. */
struct ag_place {
	const char *file;
	int line, column;
};

/*
 * What is wrong with the user's .proto files.  Errors are gathered, so that one run tells all of them:
 *
 *     tree.proto:8:7: error: what, and what to write instead
 */
struct ag_diagnostics {
	struct ag_arena *arena;
	struct ag_error_entry *errors;
	size_t error_count, capacity;
};

void ag_diagnostics_init(struct ag_diagnostics *diagnostics, struct ag_arena *arena);

/* "tree.proto:8:7", or "tree.proto". */
const char *ag_place_text(struct ag_arena *arena, struct ag_place place);

void ag_error(struct ag_diagnostics *diagnostics, struct ag_place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* All of them, one a line, in the order of the files' text; "" when there are none. */
const char *ag_diagnostics_text(const struct ag_diagnostics *diagnostics);

#endif
