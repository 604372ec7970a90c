/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AG_FILES_H
#define AG_FILES_H

#include <stdbool.h>

#include "arena.h"

/* "a/b" of "a" and "b"; `name` itself when it is absolute. */
char *ag_path_join(struct ag_arena *arena, const char *folder, const char *name);

bool ag_file_exists(const char *path);

/* Makes the folder that `path` is in, and those above it.  -1 and errno. */
int ag_make_folder_of(struct ag_arena *arena, const char *path);

/*
 * Puts `text` into the file as a whole, or leaves what was there: readers see one or the other.  A file that has this
 * text already is not touched, so that nothing is rebuilt for it.  Folders are made as needed.  -1 and errno.
 */
int ag_file_write(struct ag_arena *arena, const char *path, const char *text);

/* Makes the file new, empty when it was not there.  -1 and errno. */
int ag_file_touch(struct ag_arena *arena, const char *path);

#endif
