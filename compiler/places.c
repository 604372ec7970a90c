/* SPDX-License-Identifier: BSD-2-Clause */
#include "places.h"

#include <assert.h>
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

static bool
starts_with(const ag_location *location, const struct ag_path *path)
{
	return location->n_path >= path->length &&
	       (path->length == 0 || memcmp(location->path, path->steps, path->length * sizeof *path->steps) == 0);
}

static const ag_location *
find_exact(const ag_file_descriptor *file, const struct ag_path *path)
{
	const Google__Protobuf__SourceCodeInfo *info = file->source_code_info;

	for (size_t i = 0; info != NULL && i < info->n_location; i++)
		if (info->location[i]->n_path == path->length && starts_with(info->location[i], path))
			return info->location[i];
	return NULL;
}

/* An option has a location for each of its pieces, below the path of the whole. */
static const ag_location *
find_part(const ag_file_descriptor *file, const struct ag_path *path)
{
	const Google__Protobuf__SourceCodeInfo *info = file->source_code_info;

	for (size_t i = 0; info != NULL && i < info->n_location; i++)
		if (starts_with(info->location[i], path))
			return info->location[i];
	return NULL;
}

struct ag_place
ag_place_of(const ag_file_descriptor *file, const struct ag_path *path)
{
	struct ag_place place = { .file = file->name };
	const ag_location *found = find_exact(file, path);

	if (found == NULL)
		found = find_part(file, path);
	if (found != NULL && found->n_span >= 3) {
		place.line = found->span[0] + 1;
		place.column = found->span[1] + 1;
	}
	return place;
}

const char *
ag_comment_of(const ag_file_descriptor *file, const struct ag_path *path)
{
	const ag_location *found = find_exact(file, path);

	if (found == NULL)
		return "";
	if (found->leading_comments != NULL)
		return found->leading_comments;
	return found->trailing_comments != NULL ? found->trailing_comments : "";
}
