/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTI_OS_LINUX_SOCKET_H
#define ACTI_OS_LINUX_SOCKET_H

/*
 * What the files of sockets with names share: linux_socket_directory.c makes their directories, linux_socket_name.c knows
 * who has a name, linux_listen.c listens, linux_connect.c connects and accepts.
 */

#include <limits.h>
#include <os/linux_internal.h>
#include <sys/stat.h>

#define ACTI_SOCKET_SUFFIX ".sock"
#define ACTI_LOCK_SUFFIX ".lock"

#define ACTI_HOLD_DIRECTORY (O_PATH | O_DIRECTORY | O_CLOEXEC)

/* Where a socket is, or is to be. */
struct acti_linux_place {
	int dir_fd;
	char name[NAME_MAX + 1]; /* in that directory */
	char lock_name[NAME_MAX + 1];
};

/* What a failure returns: `rc`. */
static inline int
acti_linux_because(const char **reterr_why, const char *why, int rc)
{
	*reterr_why = why;
	return rc;
}

/* linux_socket_name.c */
bool acti_linux_is_own_socket(const struct stat *status);
int acti_linux_check_path(const char *path, const char **reterr_why);
int acti_linux_place_open(struct acti_linux_place *place, const char *path, const char **reterr_why);

/* The lock; `flags` has O_CREAT if its file is to be made. */
int acti_linux_place_lock(const struct acti_linux_place *place, int flags, pid_t *reterr_holder,
                          const char **reterr_why);
void acti_linux_place_sign(int lock_fd); /* with our pid */

/* Gives the name back, and does nothing if somebody removed the file of the lock: then the name may be another's. */
void acti_linux_place_unlock(const struct acti_linux_place *place, int lock_fd, bool removes_socket);

/* linux_connect.c: a unix socket connects at once or not at all, since it is queued where it is accepted. */
int acti_linux_connect_to(const char *path, struct acti_credentials *ret_who);

#endif
