/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Who has the name of a socket.
 *
 * That is decided by a lock, since bind() cannot: the file of a socket outlives its process, and to remove it on a guess
 * would take the name from a living one.  So a name is held by who holds the flock() of PATH.lock, which the kernel gives
 * back however a process ends:
 *
 *     open PATH.lock, made if need be         another's file, a link, no file: -EEXIST
 *     flock()                                 held: -EADDRINUSE, and the pid that stands in it
 *     is it still the file of that name?      removed by who ended meanwhile: start over
 *
 * Who finds it held by nobody that lives, as it seems, has come while somebody writes its pid, or sweeps: it waits for a
 * moment, some ms at the most.
 *
 * To end, a process that holds the lock removes PATH, then PATH.lock, then closes both.  Who comes in between finds the
 * lock held; who comes after that, and had opened the old file, finds that it is no longer the file of that name.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <os/linux_socket.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK_SIZE_MAX 16   /* a pid and its newline */
#define LOCK_TRIES_MAX 100 /* with pauses, while others take it and give it back */
#define LOCK_PAUSE_NS 100000

static bool
is_same(const struct stat *one, const struct stat *other)
{
	return one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

bool
acti_linux_is_own_socket(const struct stat *status)
{
	return S_ISSOCK(status->st_mode) && status->st_uid == geteuid();
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

int
acti_linux_check_path(const char *path, const char **reterr_why)
{
	if (path[0] != '/')
		return acti_linux_because(reterr_why, "it is no absolute path", -EINVAL);
	if (strlen(path) >= ACTI_SOCKET_PATH_SIZE)
		return acti_linux_because(reterr_why, "its path is longer than 107 bytes", -ENAMETOOLONG);
	if (path[strlen(path) - 1] == '/')
		return acti_linux_because(reterr_why, "its path ends in a slash", -EINVAL);
	return 0;
}

static void
name_place(struct acti_linux_place *place, const char *name, size_t size)
{
	snprintf(place->name, sizeof(place->name), "%.*s", (int)size, name);
	snprintf(place->lock_name, sizeof(place->lock_name), "%.*s" ACTI_LOCK_SUFFIX, (int)size, name);
}

/* A slash at the end of the directory would make the kernel follow a link. */
int
acti_linux_place_open(struct acti_linux_place *place, const char *path, const char **reterr_why)
{
	char directory[ACTI_SOCKET_PATH_SIZE];
	int rc = acti_linux_check_path(path, reterr_why);
	const char *name;

	if (rc != 0)
		return rc;
	name = strrchr(path, '/') + 1;
	snprintf(directory, sizeof(directory), "%.*s", (int)(name - path), path);
	for (size_t size = strlen(directory); size > 1 && directory[size - 1] == '/'; size--)
		directory[size - 1] = '\0';
	name_place(place, name, strlen(name));
	place->dir_fd = open(directory, ACTI_HOLD_DIRECTORY | O_NOFOLLOW);
	return place->dir_fd < 0 ? acti_linux_because(reterr_why, "its directory cannot be opened", -errno) : 0;
}

/* ---- locks ------------------------------------------------------------------------------------------------------ */

/* 0: unknown; it has not been written yet, or is that of a dead process, which the next holder has not overwritten yet. */
static pid_t
read_holder(int lock_fd)
{
	char text[LOCK_SIZE_MAX + 1] = "";
	long pid;

	if (pread(lock_fd, text, sizeof(text) - 1, 0) <= 0)
		return 0;
	pid = strtol(text, NULL, 10);
	return pid > 0 && pid <= INT_MAX && (kill((pid_t)pid, 0) == 0 || errno != ESRCH) ? (pid_t)pid : 0;
}

void
acti_linux_place_sign(int lock_fd)
{
	char text[LOCK_SIZE_MAX];
	int size = snprintf(text, sizeof(text), "%d\n", getpid());

	if (ftruncate(lock_fd, 0) == 0)
		(void)!pwrite(lock_fd, text, (size_t)size, 0);
}

/* Nobody else's, and no file that only has such a name. */
static bool
is_lock(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
	       status.st_size <= LOCK_SIZE_MAX;
}

static bool
is_in_place(const struct acti_linux_place *place, int lock_fd)
{
	struct stat held, named;

	return fstat(lock_fd, &held) == 0 &&
	       fstatat(place->dir_fd, place->lock_name, &named, AT_SYMLINK_NOFOLLOW) == 0 && is_same(&held, &named);
}

static int
open_lock(const struct acti_linux_place *place, int flags)
{
	int fd = openat(place->dir_fd, place->lock_name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags, 0600);

	if (fd < 0)
		return errno == ELOOP || errno == EISDIR || errno == ENXIO ? -EEXIST : -errno;
	if (!is_lock(fd)) {
		(void)close(fd);
		return -EEXIST;
	}
	return acti_linux_move_fd(fd);
}

/* -EADDRINUSE: somebody has it, and has had the time to write who. -EAGAIN: try again. */
static int
take_lock(const struct acti_linux_place *place, int lock_fd, pid_t *reterr_holder)
{
	pid_t holder;

	if (flock(lock_fd, LOCK_EX | LOCK_NB) == 0)
		return is_in_place(place, lock_fd) ? 0 : -EAGAIN;
	if (errno != EWOULDBLOCK)
		return -errno;
	holder = read_holder(lock_fd);
	if (holder == 0)
		return -EAGAIN;
	*reterr_holder = holder;
	return -EADDRINUSE;
}

int
acti_linux_place_lock(const struct acti_linux_place *place, int flags, pid_t *reterr_holder, const char **reterr_why)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE_NS };

	for (int tries = 0; tries < LOCK_TRIES_MAX; tries++) {
		int fd = open_lock(place, flags), rc;

		if (fd < 0)
			return acti_linux_because(reterr_why, "its lock file cannot be opened, or is something else",
			                          fd);
		rc = take_lock(place, fd, reterr_holder);
		if (rc == 0)
			return fd;
		(void)close(fd);
		if (rc != -EAGAIN)
			return acti_linux_because(reterr_why, rc == -EADDRINUSE ? "a living process has it" : "flock",
			                          rc);
		(void)nanosleep(&pause, NULL);
	}
	*reterr_holder = 0;
	return acti_linux_because(reterr_why, "a living process has it", -EADDRINUSE);
}

void
acti_linux_place_unlock(const struct acti_linux_place *place, int lock_fd, bool removes_socket)
{
	struct stat status;

	if (is_in_place(place, lock_fd)) {
		if (removes_socket && fstatat(place->dir_fd, place->name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
		    acti_linux_is_own_socket(&status))
			(void)unlinkat(place->dir_fd, place->name, 0);
		(void)unlinkat(place->dir_fd, place->lock_name, 0);
	}
	(void)close(lock_fd);
}

/* ---- what is left of the dead ----------------------------------------------------------------------------------- */

/* Without a lock file it is not ours to judge. */
static void
remove_dead(const struct acti_linux_place *place)
{
	const char *why;
	pid_t holder;
	int lock_fd = acti_linux_place_lock(place, 0, &holder, &why);

	if (lock_fd >= 0)
		acti_linux_place_unlock(place, lock_fd, true);
}

void
acti_linux_socket_remove(struct acti_os *os, const char *path)
{
	struct acti_linux_place place;
	const char *why;

	(void)os;
	if (acti_linux_place_open(&place, path, &why) != 0)
		return;
	remove_dead(&place);
	(void)close(place.dir_fd);
}

static void
sweep_entry(struct acti_linux_place *place, const char *entry)
{
	size_t size = strlen(entry), suffix = strlen(ACTI_LOCK_SUFFIX);

	if (size <= suffix || strcmp(entry + size - suffix, ACTI_LOCK_SUFFIX) != 0)
		return;
	name_place(place, entry, size - suffix);
	remove_dead(place);
}

void
acti_linux_socket_directory_sweep(struct acti_os *os, const char *path)
{
	struct acti_linux_place place = { .dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) };
	struct dirent *entry;
	struct stat status;
	DIR *entries;

	(void)os;
	if (place.dir_fd < 0)
		return;
	entries = fstat(place.dir_fd, &status) == 0 && status.st_uid == geteuid() ? fdopendir(place.dir_fd) : NULL;
	if (entries == NULL) {
		(void)close(place.dir_fd);
		return;
	}
	while ((entry = readdir(entries)) != NULL)
		sweep_entry(&place, entry->d_name);
	(void)closedir(entries);
}
