/* SPDX-License-Identifier: BSD-2-Clause */
#include "programs.h"

#include <actor/error.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int
program_self(char ret_path[static PATH_MAX])
{
	ssize_t size = readlink("/proc/self/exe", ret_path, PATH_MAX - 1);

	if (size < 0)
		return actor_fail(ACTOR_ESPAWN, "/proc/self/exe: %s", strerror(errno));
	ret_path[size] = '\0';
	return 0;
}

int
program_beside(const char *name, char ret_path[static PATH_MAX])
{
	int rc = program_self(ret_path);
	size_t folder_size;

	if (rc != 0)
		return rc;
	folder_size = (size_t)(strrchr(ret_path, '/') - ret_path) + 1;
	if (folder_size + strlen(name) >= PATH_MAX)
		return actor_fail(ACTOR_ESPAWN, "the path of %s is too long", name);
	strcpy(ret_path + folder_size, name);
	return access(ret_path, X_OK) == 0 ? 0 : actor_fail(ACTOR_ESPAWN, "%s: %s", ret_path, strerror(errno));
}
