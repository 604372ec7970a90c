/* SPDX-License-Identifier: BSD-2-Clause */
#include "places.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

typedef Google__Protobuf__SourceCodeInfo__Location ag_location;

struct ag_path
ag_path_to(const struct ag_path *path, int32_t field)
{
	struct ag_path longer = *path;

	assert(longer.length < AG_PATH_MAX);
	longer.steps[longer.length++] = field;
	return longer;
}

struct ag_path
ag_path_down(const struct ag_path *path, int32_t field, size_t index)
{
	struct ag_path longer = ag_path_to(path, field);

	return ag_path_to(&longer, (int32_t)index);
}

static int
compare_paths(const int32_t *a, size_t a_length, const int32_t *b, size_t b_length)
{
	for (size_t i = 0; i < a_length && i < b_length; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return (a_length > b_length) - (a_length < b_length);
}

static int
compare_locations(const void *a, const void *b)
{
	const ag_location *x = *(const ag_location *const *)a, *y = *(const ag_location *const *)b;

	return compare_paths(x->path, x->n_path, y->path, y->n_path);
}

void
ag_places_init(struct ag_places *places, struct ag_arena *arena,
               const Google__Protobuf__FileDescriptorProto *descriptor)
{
	const Google__Protobuf__SourceCodeInfo *info = descriptor->source_code_info;

	places->file = descriptor->name;
	places->count = info != NULL ? info->n_location : 0;
	places->locations = ag_alloc_array(arena, places->count, sizeof(ag_location *));
	if (places->count == 0)
		return;
	memcpy(places->locations, info->location, places->count * sizeof(ag_location *));
	qsort(places->locations, places->count, sizeof(ag_location *), compare_locations);
}

/* Of the path, or else of the first path below it, for an option has a location for each of its pieces; or NULL. */
static const ag_location *
find(const struct ag_places *places, const struct ag_path *path)
{
	size_t low = 0, high = places->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const ag_location *location = places->locations[middle];

		if (compare_paths(location->path, location->n_path, path->steps, path->length) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == places->count || places->locations[low]->n_path < path->length)
		return NULL;
	if (compare_paths(places->locations[low]->path, path->length, path->steps, path->length) != 0)
		return NULL;
	return places->locations[low];
}

struct ag_place
ag_place_of(const struct ag_places *places, const struct ag_path *path)
{
	struct ag_place place = { .file = places->file };
	const ag_location *found = find(places, path);

	if (found != NULL && found->n_span >= 3) {
		place.line = found->span[0] + 1;
		place.column = found->span[1] + 1;
	}
	return place;
}

const char *
ag_comment_of(const struct ag_places *places, const struct ag_path *path)
{
	const ag_location *found = find(places, path);

	if (found == NULL || found->n_path != path->length)
		return "";
	if (found->leading_comments != NULL)
		return found->leading_comments;
	return found->trailing_comments != NULL ? found->trailing_comments : "";
}
