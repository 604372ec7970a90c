/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AG_PLACES_H
#define AG_PLACES_H

#include <google/protobuf/descriptor.pb-c.h>
#include <stdint.h>

#include "diagnostics.h"

enum {
	AG_PATH_MAX = 80
};

/* Where a node sits in its file's descriptor: field numbers and indexes, as protoc's source_code_info has them. */
struct ag_path {
	int32_t steps[AG_PATH_MAX];
	size_t length;
};

/* `path` with two more steps.  At most AG_PATH_MAX in all. */
struct ag_path ag_path_down(const struct ag_path *path, int32_t field, size_t index);
/* `path` with one more step, to a singular field. */
struct ag_path ag_path_to(const struct ag_path *path, int32_t field);

/* What protoc tells of the places in one file, sorted by path. */
struct ag_places {
	const char *file;
	const Google__Protobuf__SourceCodeInfo__Location **locations;
	size_t count;
};

void ag_places_init(struct ag_places *places, struct ag_arena *arena,
                    const Google__Protobuf__FileDescriptorProto *descriptor);

/* Where the node was written, or the first part of it that is known; without any, its file. */
struct ag_place ag_place_of(const struct ag_places *places, const struct ag_path *path);

/* The node's comment, "" without one. */
const char *ag_comment_of(const struct ag_places *places, const struct ag_path *path);

#endif
