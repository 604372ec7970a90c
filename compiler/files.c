/* SPDX-License-Identifier: BSD-2-Clause */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "process.h"

char *
ag_path_join(struct ag_arena *arena, const char *folder, const char *name)
{
	size_t length = strlen(folder);

	if (name[0] == '/' || length == 0)
		return ag_strdup(arena, name);
	return ag_format(arena, "%s%s%s", folder, folder[length - 1] == '/' ? "" : "/", name);
}

bool
ag_file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

int
ag_make_folder_of(struct ag_arena *arena, const char *path)
{
	char *folder = ag_strdup(arena, path);

	for (char *slash = strchr(folder + (folder[0] == '/'), '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(folder, 0777) != 0 && errno != EEXIST)
			return -1;
		*slash = '/';
	}
	return 0;
}

static bool
has_text(struct ag_arena *arena, const char *path, const char *text)
{
	struct ag_bytes bytes = { NULL, 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool same;

	if (fd < 0)
		return false;
	same = ag_read_all(arena, fd, &bytes) == 0 && bytes.size == strlen(text) &&
	       memcmp(bytes.data, text, bytes.size) == 0;
	close(fd);
	return same;
}

/* mkstemp() makes private files; ours are as any other. */
static int
allow_as_usual(int fd)
{
	mode_t mask = umask(0);

	umask(mask);
	return fchmod(fd, 0666 & ~mask);
}

static int
replace(int fd, const char *temporary, const char *path, const char *text)
{
	int written = ag_write_all(fd, text, strlen(text)) == 0 && allow_as_usual(fd) == 0;
	int error = errno;

	if (close(fd) == 0 && written && rename(temporary, path) == 0)
		return 0;
	if (written)
		error = errno;
	unlink(temporary);
	errno = error;
	return -1;
}

int
ag_file_write(struct ag_arena *arena, const char *path, const char *text)
{
	char *temporary = ag_format(arena, "%s.tmp-XXXXXX", path);
	int fd;

	if (has_text(arena, path, text))
		return 0;
	if (ag_make_folder_of(arena, path) != 0)
		return -1;
	fd = mkstemp(temporary);
	return fd < 0 ? -1 : replace(fd, temporary, path, text);
}

int
ag_file_touch(struct ag_arena *arena, const char *path)
{
	int fd;

	if (ag_make_folder_of(arena, path) != 0)
		return -1;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return -1;
	if (futimens(fd, NULL) != 0) {
		close(fd);
		return -1;
	}
	return close(fd);
}
