/* SPDX-License-Identifier: BSD-2-Clause */
#include "diagnostics.h"

#include <stdlib.h>
#include <string.h>

struct ag_error_entry {
	struct ag_place place;
	const char *what;
	size_t index; /* errors at one place stay in the order in which they were found */
};

void
ag_diagnostics_init(struct ag_diagnostics *diagnostics, struct ag_arena *arena)
{
	*diagnostics = (struct ag_diagnostics){ .arena = arena };
}

const char *
ag_place_text(struct ag_arena *arena, struct ag_place place)
{
	if (place.line == 0)
		return place.file;
	return ag_format(arena, "%s:%d:%d", place.file, place.line, place.column);
}

static void
grow(struct ag_diagnostics *d)
{
	size_t capacity = d->capacity != 0 ? 2 * d->capacity : 16;
	struct ag_error_entry *errors = ag_alloc_array(d->arena, capacity, sizeof *errors);

	if (d->error_count != 0)
		memcpy(errors, d->errors, d->error_count * sizeof *errors);
	d->errors = errors;
	d->capacity = capacity;
}

void
ag_error(struct ag_diagnostics *diagnostics, struct ag_place place, const char *format, ...)
{
	struct ag_error_entry *entry;
	va_list args;

	if (diagnostics->error_count == diagnostics->capacity)
		grow(diagnostics);
	entry = &diagnostics->errors[diagnostics->error_count];
	va_start(args, format);
	*entry =
	    (struct ag_error_entry){ place, ag_vformat(diagnostics->arena, format, args), diagnostics->error_count };
	va_end(args);
	diagnostics->error_count++;
}

static int
compare(const void *a, const void *b)
{
	const struct ag_error_entry *x = a, *y = b;
	int order = strcmp(x->place.file, y->place.file);

	if (order == 0)
		order = (x->place.line > y->place.line) - (x->place.line < y->place.line);
	if (order == 0)
		order = (x->place.column > y->place.column) - (x->place.column < y->place.column);
	return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

const char *
ag_diagnostics_text(const struct ag_diagnostics *diagnostics)
{
	struct ag_arena *arena = diagnostics->arena;
	struct ag_buffer text = { .arena = arena };
	size_t count = diagnostics->error_count;
	struct ag_error_entry *sorted = ag_alloc_array(arena, count, sizeof *sorted);

	if (count == 0)
		return "";
	memcpy(sorted, diagnostics->errors, count * sizeof *sorted);
	qsort(sorted, count, sizeof *sorted, compare);
	for (size_t i = 0; i < count; i++)
		ag_buffer_format(&text, "%s: error: %s\n", ag_place_text(arena, sorted[i].place), sorted[i].what);
	return ag_buffer_text(&text);
}
