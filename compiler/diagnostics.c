/* SPDX-License-Identifier: BSD-2-Clause */
#include "diagnostics.h"

void
ag_diagnostics_init(struct ag_diagnostics *diagnostics, struct ag_arena *arena)
{
	*diagnostics = (struct ag_diagnostics){ .text = { .arena = arena } };
}

const char *
ag_place_text(struct ag_arena *arena, struct ag_place place)
{
	if (place.line == 0)
		return place.file;
	return ag_format(arena, "%s:%d:%d", place.file, place.line, place.column);
}

void
ag_error(struct ag_diagnostics *diagnostics, struct ag_place place, const char *format, ...)
{
	struct ag_arena *arena = diagnostics->text.arena;
	va_list args;

	va_start(args, format);
	ag_buffer_format(&diagnostics->text, "%s: error: %s\n", ag_place_text(arena, place),
	                 ag_vformat(arena, format, args));
	va_end(args);
	diagnostics->error_count++;
}
