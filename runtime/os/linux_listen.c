/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Sockets with names, in the file system.  There are no abstract ones: those have no owner and no mode.
 *
 * Who has a name is decided by a lock, since bind() cannot: the file of a socket outlives its process, and to remove it
 * on a guess would take the name from a living one.  So a name is held by who holds the flock() of PATH.lock, which the
 * kernel gives back however a process ends:
 *
 *     open PATH.lock, made if need be         another's file, a link, no file: -EEXIST
 *     flock()                                 held: -EADDRINUSE, and the pid that stands in it
 *     is it still the file of that name?      removed by who ended meanwhile: start over
 *     write our pid into it                   for people: nothing depends on it
 *     what lies at PATH?                      nothing, or a dead socket of ours, which goes; else -EEXIST
 *     socket(), fchmod(), bind(), listen()
 *
 * Who finds it held by nobody that lives, as it seems, has come while somebody writes its pid, or sweeps: it waits for a
 * moment, some ms at the most.
 *
 * To end, a process that holds the lock removes PATH, then PATH.lock, then closes both.  Who comes in between finds the
 * lock held; who comes after that, and had opened the old file, finds that it is no longer the file of that name.
 *
 * A socket that is there without a lock may be another program's, or may have been handed to somebody (LISTEN_FDS).  It
 * is asked: only one that refuses a connection is dead.
 *
 * Directories are held by descriptors, opened without following a link, so all that is looked at, made and removed is in
 * one place.  There is no bind() of that kind: it goes by the path, and afterwards the socket must be in that place.  The
 * mode is set before bind(), so that nobody connects in between; what the umask takes away from it is given back by
 * fchmodat(), before listen().  The umask itself belongs to the whole process, other threads included.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <os/linux_internal.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define BACKLOG 128
#define SOCKET_SUFFIX ".sock"
#define LOCK_SUFFIX ".lock"
#define LOCK_SIZE_MAX 16   /* a pid and its newline */
#define LOCK_TRIES_MAX 100 /* with pauses, while others take it and give it back */
#define LOCK_PAUSE_NS 100000
#define LINKS_MAX 40 /* on the way to a directory, as the kernel has it */

#define HOLD_DIRECTORY (O_PATH | O_DIRECTORY | O_CLOEXEC)

_Static_assert(ACTI_SOCKET_PATH_SIZE == sizeof(((struct sockaddr_un *)0)->sun_path), "what the header says");

/* Where a socket is, or is to be. */
struct place {
	int dir_fd;
	char name[NAME_MAX + 1]; /* in that directory */
	char lock_name[NAME_MAX + 1];
};

/* What a failure returns: `rc`. */
static int
because(const char **reterr_why, const char *why, int rc)
{
	*reterr_why = why;
	return rc;
}

static bool
is_same(const struct stat *one, const struct stat *other)
{
	return one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

static bool
is_socket_of_ours(const struct stat *status)
{
	return S_ISSOCK(status->st_mode) && status->st_uid == geteuid();
}

/* ---- directories ------------------------------------------------------------------------------------------------ */

/* The way to a directory, name by name. */
struct way {
	int fd;              /* of the directory so far */
	char rest[PATH_MAX]; /* what is to follow, with the text of a link in place of its name */
	unsigned link_count;
	bool is_made; /* the directory so far */
};

/* Whether only root and we can replace what is in it, but for what others have put into one with the sticky bit. */
static int
check_ancestor(int fd, const char **reterr_why)
{
	struct stat status;
	bool is_ours, is_open;

	if (fstat(fd, &status) != 0)
		return because(reterr_why, "fstat", -errno);
	is_ours = status.st_uid == geteuid();
	if (!is_ours && status.st_uid != 0)
		return because(reterr_why, "a directory above it belongs to another user", -EPERM);
	is_open = (status.st_mode & S_IWOTH) != 0 ||
	          ((status.st_mode & S_IWGRP) != 0 && !(is_ours && status.st_gid == getegid()));
	if (is_open && (status.st_mode & S_ISVTX) == 0)
		return because(reterr_why, "anybody may replace it: a directory above it is writable for others",
		               -EPERM);
	return 0;
}

static int
take_name(struct way *way, char ret_name[static NAME_MAX + 1], const char **reterr_why)
{
	const char *name = way->rest + strspn(way->rest, "/"), *next;
	size_t size = strcspn(name, "/");

	if (size > NAME_MAX)
		return because(reterr_why, "a name in its path is longer than 255 bytes", -ENAMETOOLONG);
	memcpy(ret_name, name, size);
	ret_name[size] = '\0';
	next = name + size + strspn(name + size, "/");
	memmove(way->rest, next, strlen(next) + 1);
	return 0;
}

static int
enter(struct way *way, const char *name, const char **reterr_why)
{
	int fd = openat(way->fd, name, HOLD_DIRECTORY | O_NOFOLLOW);

	way->is_made = false;
	if (fd < 0 && errno == ENOENT) {
		way->is_made = mkdirat(way->fd, name, 0700) == 0;
		if (!way->is_made && errno != EEXIST)
			return because(reterr_why, "mkdir", -errno);
		fd = openat(way->fd, name, HOLD_DIRECTORY | O_NOFOLLOW);
	}
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		return because(reterr_why, "something else than a directory is in its place", -ENOTDIR);
	return fd < 0 ? because(reterr_why, "open", -errno) : fd;
}

/* The size of its text, which is not terminated.  Its owner is who decides where it leads. */
static ssize_t
read_link(int fd, char ret_text[static PATH_MAX], const char **reterr_why)
{
	struct stat status;
	ssize_t size;

	if (fstat(fd, &status) != 0)
		return because(reterr_why, "fstat", -errno);
	if (!S_ISLNK(status.st_mode))
		return because(reterr_why, "something else than a directory is in its place", -ENOTDIR);
	if (status.st_uid != 0 && status.st_uid != geteuid())
		return because(reterr_why, "a link above it belongs to another user", -EPERM);
	size = readlinkat(fd, "", ret_text, PATH_MAX);
	return size < 0 ? because(reterr_why, "readlink", -errno) : size;
}

static int
prepend(struct way *way, const char *text, size_t size, const char **reterr_why)
{
	size_t rest_size = strlen(way->rest) + 1;

	if (size + 1 + rest_size > sizeof(way->rest))
		return because(reterr_why, "its path is too long", -ENAMETOOLONG);
	memmove(way->rest + size + 1, way->rest, rest_size);
	memcpy(way->rest, text, size);
	way->rest[size] = '/';
	return 0;
}

static void
arrive(struct way *way, int fd)
{
	(void)close(way->fd);
	way->fd = fd;
}

/* What it leads to is walked as well: that has to be as safe as the rest of the way. */
static int
follow(struct way *way, const char *name, const char **reterr_why)
{
	int link_fd = openat(way->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), root_fd;
	char text[PATH_MAX];
	ssize_t size;
	int rc;

	if (link_fd < 0)
		return because(reterr_why, "open", -errno);
	size = read_link(link_fd, text, reterr_why);
	(void)close(link_fd);
	if (size < 0)
		return (int)size;
	if (way->link_count++ == LINKS_MAX)
		return because(reterr_why, "there are too many links above it", -ELOOP);
	rc = prepend(way, text, (size_t)size, reterr_why);
	if (rc != 0 || text[0] != '/')
		return rc;
	root_fd = open("/", HOLD_DIRECTORY);
	if (root_fd < 0)
		return because(reterr_why, "open", -errno);
	arrive(way, root_fd);
	return 0;
}

/* The last name is never a link: only those have something to follow. */
static int
step(struct way *way, const char **reterr_why)
{
	char name[NAME_MAX + 1];
	int rc = check_ancestor(way->fd, reterr_why);

	if (rc == 0)
		rc = take_name(way, name, reterr_why);
	if (rc == 0)
		rc = enter(way, name, reterr_why);
	if (rc == -ENOTDIR && way->rest[0] != '\0')
		return follow(way, name, reterr_why);
	if (rc < 0)
		return rc;
	arrive(way, rc);
	return 0;
}

static bool
ends_in(const char *text, const char *suffix)
{
	size_t size = strlen(text), suffix_size = strlen(suffix);

	return size > suffix_size && strcmp(text + size - suffix_size, suffix) == 0;
}

/* What goes while we look is no obstacle. */
static bool
is_of_registry(int dir_fd, const char *name)
{
	struct stat status;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return true;
	if (fstatat(dir_fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT;
	return S_ISSOCK(status.st_mode) ? ends_in(name, SOCKET_SUFFIX)
	                                : S_ISREG(status.st_mode) && ends_in(name, SOCKET_SUFFIX LOCK_SUFFIX);
}

/* A directory that has a use of its own, as a project's or /etc, is not for us to close. */
static int
check_content(int dir_fd, const char **reterr_why)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int rc = 0;

	if (entries == NULL) {
		rc = because(reterr_why, "what it holds cannot be read", -errno);
		if (fd >= 0)
			(void)close(fd);
		return rc;
	}
	while (rc == 0 && (entry = readdir(entries)) != NULL) {
		if (!is_of_registry(fd, entry->d_name))
			rc = because(reterr_why, "it holds other files: name a directory of its own for the registry",
			             -EPERM);
	}
	(void)closedir(entries);
	return rc;
}

/* A program that is for its user alone does not close the directory of one that is shared. */
static bool
is_mode_enough(mode_t mode, bool is_shared)
{
	return (mode & 0777) == 0711 || ((mode & 0777) == 0700 && !is_shared);
}

static int
set_mode(const struct way *way, bool is_shared, const char **reterr_why)
{
	struct stat status;
	int rc;

	if (fstat(way->fd, &status) != 0)
		return because(reterr_why, "fstat", -errno);
	if (status.st_uid != geteuid())
		return because(reterr_why, "it belongs to another user", -EPERM);
	if ((status.st_mode & S_ISVTX) != 0)
		return because(reterr_why, "it is a directory for all (it has the sticky bit)", -EPERM);
	if (is_mode_enough(status.st_mode, is_shared))
		return 0;
	rc = way->is_made ? 0 : check_content(way->fd, reterr_why);
	if (rc == 0 && fchmodat(way->fd, ".", is_shared ? 0711 : 0700, 0) != 0)
		rc = because(reterr_why, "fchmodat", -errno);
	return rc;
}

int
acti_linux_socket_directory(struct acti_os *os, const char *path, bool is_shared, const char **reterr_why)
{
	struct way way = { .fd = -1 };
	int rc = 0;

	(void)os;
	if (path[0] != '/' || path[strspn(path, "/")] == '\0')
		return because(reterr_why, "it is no absolute path of a directory", -EINVAL);
	if (strlen(path) >= sizeof(way.rest))
		return because(reterr_why, "its path is too long", -ENAMETOOLONG);
	strcpy(way.rest, path);
	way.fd = open("/", HOLD_DIRECTORY);
	if (way.fd < 0)
		return because(reterr_why, "open", -errno);
	while (rc == 0 && way.rest[0] != '\0')
		rc = step(&way, reterr_why);
	if (rc == 0)
		rc = set_mode(&way, is_shared, reterr_why);
	(void)close(way.fd);
	return rc;
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

static int
check_path(const char *path, const char **reterr_why)
{
	if (path[0] != '/')
		return because(reterr_why, "it is no absolute path", -EINVAL);
	if (strlen(path) >= ACTI_SOCKET_PATH_SIZE)
		return because(reterr_why, "its path is longer than 107 bytes", -ENAMETOOLONG);
	if (path[strlen(path) - 1] == '/')
		return because(reterr_why, "its path ends in a slash", -EINVAL);
	return 0;
}

static void
name_place(struct place *place, const char *name, size_t size)
{
	snprintf(place->name, sizeof(place->name), "%.*s", (int)size, name);
	snprintf(place->lock_name, sizeof(place->lock_name), "%.*s" LOCK_SUFFIX, (int)size, name);
}

/* A slash at the end of the directory would make the kernel follow a link. */
static int
open_place(struct place *place, const char *path, const char **reterr_why)
{
	char directory[ACTI_SOCKET_PATH_SIZE];
	int rc = check_path(path, reterr_why);
	const char *name;

	if (rc != 0)
		return rc;
	name = strrchr(path, '/') + 1;
	snprintf(directory, sizeof(directory), "%.*s", (int)(name - path), path);
	for (size_t size = strlen(directory); size > 1 && directory[size - 1] == '/'; size--)
		directory[size - 1] = '\0';
	name_place(place, name, strlen(name));
	place->dir_fd = open(directory, HOLD_DIRECTORY | O_NOFOLLOW);
	return place->dir_fd < 0 ? because(reterr_why, "its directory cannot be opened", -errno) : 0;
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

static void
write_holder(int lock_fd)
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
is_in_place(const struct place *place, int lock_fd)
{
	struct stat held, named;

	return fstat(lock_fd, &held) == 0 &&
	       fstatat(place->dir_fd, place->lock_name, &named, AT_SYMLINK_NOFOLLOW) == 0 && is_same(&held, &named);
}

static int
open_lock(const struct place *place, int flags)
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
take_lock(const struct place *place, int lock_fd, pid_t *reterr_holder)
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

/* The lock; `flags` has O_CREAT if its file is to be made. */
static int
lock(const struct place *place, int flags, pid_t *reterr_holder, const char **reterr_why)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE_NS };

	for (int tries = 0; tries < LOCK_TRIES_MAX; tries++) {
		int fd = open_lock(place, flags), rc;

		if (fd < 0)
			return because(reterr_why, "its lock file cannot be opened, or is something else", fd);
		rc = take_lock(place, fd, reterr_holder);
		if (rc == 0)
			return fd;
		(void)close(fd);
		if (rc != -EAGAIN)
			return because(reterr_why, rc == -EADDRINUSE ? "a living process has it" : "flock", rc);
		(void)nanosleep(&pause, NULL);
	}
	*reterr_holder = 0;
	return because(reterr_why, "a living process has it", -EADDRINUSE);
}

/* Gives the name back, and does nothing if somebody removed the file of the lock: then the name may be another's. */
static void
unlock(const struct place *place, int lock_fd, bool removes_socket)
{
	struct stat status;

	if (is_in_place(place, lock_fd)) {
		if (removes_socket && fstatat(place->dir_fd, place->name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
		    is_socket_of_ours(&status))
			(void)unlinkat(place->dir_fd, place->name, 0);
		(void)unlinkat(place->dir_fd, place->lock_name, 0);
	}
	(void)close(lock_fd);
}

/* ---- what is left of the dead ----------------------------------------------------------------------------------- */

/* Without a lock file it is not ours to judge. */
static void
remove_dead(const struct place *place)
{
	const char *why;
	pid_t holder;
	int lock_fd = lock(place, 0, &holder, &why);

	if (lock_fd >= 0)
		unlock(place, lock_fd, true);
}

void
acti_linux_socket_remove(struct acti_os *os, const char *path)
{
	struct place place;
	const char *why;

	(void)os;
	if (open_place(&place, path, &why) != 0)
		return;
	remove_dead(&place);
	(void)close(place.dir_fd);
}

static void
sweep_entry(struct place *place, const char *entry)
{
	size_t size = strlen(entry), suffix = strlen(LOCK_SUFFIX);

	if (size <= suffix || strcmp(entry + size - suffix, LOCK_SUFFIX) != 0)
		return;
	name_place(place, entry, size - suffix);
	remove_dead(place);
}

void
acti_linux_socket_directory_sweep(struct acti_os *os, const char *path)
{
	struct place place = { .dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) };
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

/* ---- connections ------------------------------------------------------------------------------------------------ */

static int
read_credentials(int fd, struct acti_credentials *ret_who)
{
	struct ucred who;
	socklen_t size = sizeof(who);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0)
		return -errno;
	*ret_who = (struct acti_credentials){ .uid = who.uid, .pid = who.pid };
	return 0;
}

/* With them, the descriptor; without, it is closed. */
static int
with_credentials(int fd, struct acti_credentials *ret_who)
{
	int rc = read_credentials(fd, ret_who);

	if (rc == 0)
		return fd;
	(void)close(fd);
	return rc;
}

/* A unix socket connects at once or not at all: it is queued where it is accepted. */
static int
connect_to(const char *path, struct acti_credentials *ret_who)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), error;

	if (fd < 0)
		return -errno;
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return with_credentials(fd, ret_who);
	error = errno;
	(void)close(fd);
	return -error;
}

/* A link is refused for who put it there: connect() would follow it, and sockets of others are at the ends of some. */
int
acti_linux_connect(struct acti_os *os, const char *path, struct acti_credentials *ret_who)
{
	struct stat status;
	const char *why;
	int rc = check_path(path, &why);

	(void)os;
	if (rc != 0)
		return rc;
	if (lstat(path, &status) != 0)
		return -errno;
	if (S_ISLNK(status.st_mode))
		return -ELOOP;
	return S_ISSOCK(status.st_mode) ? connect_to(path, ret_who) : -ENOTSOCK;
}

/* One that was given up again before we came is as good as none. */
int
acti_linux_accept(struct acti_os *os, int fd, struct acti_credentials *ret_who)
{
	int accepted;

	(void)os;
	do
		accepted = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	while (accepted < 0 && errno == EINTR);
	if (accepted < 0)
		return errno == ECONNABORTED ? -EAGAIN : -errno;
	return with_credentials(accepted, ret_who);
}

/* A peer that closes its socket, or dies, hangs up; one that only ends what it writes does not. */
bool
acti_linux_is_half_closed(struct acti_os *os, int fd)
{
	struct pollfd state = { .fd = fd };

	(void)os;
	return poll(&state, 1, 0) == 0;
}

/* ---- listening -------------------------------------------------------------------------------------------------- */

/* One that has a full queue, or is for others, lives. */
static bool
is_listening(const char *path, pid_t *ret_holder)
{
	struct acti_credentials who = { 0 };
	int fd = connect_to(path, &who);

	if (fd == -ECONNREFUSED || fd == -ENOENT)
		return false;
	if (fd >= 0)
		(void)close(fd);
	*ret_holder = who.pid;
	return true;
}

/* With the lock held. */
static int
clear(const struct place *place, const char *path, pid_t *reterr_holder, const char **reterr_why)
{
	struct stat status;

	if (fstatat(place->dir_fd, place->name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? 0 : because(reterr_why, "fstatat", -errno);
	if (!is_socket_of_ours(&status))
		return because(reterr_why, "something else than a socket of ours lies there", -EEXIST);
	if (is_listening(path, reterr_holder))
		return because(reterr_why, "a living process listens there, without a lock", -EADDRINUSE);
	if (unlinkat(place->dir_fd, place->name, 0) != 0 && errno != ENOENT)
		return because(reterr_why, "unlink", -errno);
	return 0;
}

/* That the path still leads to the place, and that the mode is what was asked for, whatever the umask. */
static int
check_bound(const struct place *place, mode_t mode, const char **reterr_why)
{
	struct stat status;

	if (fstatat(place->dir_fd, place->name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !is_socket_of_ours(&status))
		return because(reterr_why, "somebody replaced its directory", -ENOTDIR);
	if ((status.st_mode & 0777) != mode && fchmodat(place->dir_fd, place->name, mode, AT_SYMLINK_NOFOLLOW) != 0)
		return because(reterr_why, "fchmodat", -errno);
	return 0;
}

static int
bind_and_listen(int fd, const struct place *place, const char *path, mode_t mode, const char **reterr_why)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int rc;

	memcpy(address.sun_path, path, strlen(path) + 1);
	if (fchmod(fd, mode) != 0)
		return because(reterr_why, "fchmod", -errno);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
		return because(reterr_why, "bind", errno == EADDRINUSE ? -EEXIST : -errno);
	rc = check_bound(place, mode, reterr_why);
	if (rc == 0 && listen(fd, BACKLOG) != 0)
		rc = because(reterr_why, "listen", -errno);
	if (rc != 0)
		(void)unlinkat(place->dir_fd, place->name, 0);
	return rc;
}

static int
open_listener(const struct place *place, const char *path, bool is_shared, const char **reterr_why)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), rc;

	fd = fd < 0 ? -errno : acti_linux_move_fd(fd);
	if (fd < 0)
		return because(reterr_why, "socket", fd);
	rc = bind_and_listen(fd, place, path, is_shared ? 0666 : 0600, reterr_why);
	if (rc == 0)
		return fd;
	(void)close(fd);
	return rc;
}

static int
listen_in(const struct place *place, const char *path, bool is_shared, struct acti_listener_socket *ret_socket,
          pid_t *reterr_holder, const char **reterr_why)
{
	int lock_fd = lock(place, O_CREAT, reterr_holder, reterr_why), rc;

	if (lock_fd < 0)
		return lock_fd;
	write_holder(lock_fd);
	rc = clear(place, path, reterr_holder, reterr_why);
	if (rc == 0)
		rc = open_listener(place, path, is_shared, reterr_why);
	if (rc < 0) {
		unlock(place, lock_fd, false);
		return rc;
	}
	*ret_socket = (struct acti_listener_socket){ .fd = rc, .lock_fd = lock_fd };
	snprintf(ret_socket->path, sizeof(ret_socket->path), "%s", path);
	return 0;
}

int
acti_linux_listen(struct acti_os *os, const char *path, bool is_shared, struct acti_listener_socket *ret_socket,
                  pid_t *reterr_holder, const char **reterr_why)
{
	struct place place;
	int rc = open_place(&place, path, reterr_why);

	(void)os;
	if (rc != 0)
		return rc;
	rc = listen_in(&place, path, is_shared, ret_socket, reterr_holder, reterr_why);
	(void)close(place.dir_fd);
	return rc;
}

void
acti_linux_listen_end(struct acti_os *os, struct acti_listener_socket *socket)
{
	struct place place;
	const char *why;

	(void)os;
	if (socket->lock_fd >= 0 && open_place(&place, socket->path, &why) == 0) {
		unlock(&place, socket->lock_fd, true);
		(void)close(place.dir_fd);
	} else if (socket->lock_fd >= 0) {
		(void)close(socket->lock_fd);
	}
	if (socket->fd >= 0)
		(void)close(socket->fd);
	socket->fd = socket->lock_fd = -1;
}

/* ---- what we were started with ---------------------------------------------------------------------------------- */

static int
option(int fd, int name)
{
	int value = 0;
	socklen_t size = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

/* What is wrong with it, or NULL, and then *ret_socket is it. */
static const char *
look_at(int fd, struct acti_listener_socket *ret_socket)
{
	struct sockaddr_un address = { 0 };
	socklen_t size = sizeof(address);

	if (option(fd, SO_DOMAIN) != AF_UNIX || option(fd, SO_TYPE) != SOCK_STREAM)
		return "it is no unix stream socket";
	if (option(fd, SO_ACCEPTCONN) != 1)
		return "it does not listen";
	if (getsockname(fd, (struct sockaddr *)&address, &size) != 0 || address.sun_path[0] != '/')
		return "its name is no absolute path of a file";
	if (strnlen(address.sun_path, sizeof(address.sun_path)) >= sizeof(ret_socket->path))
		return "its path is longer than 107 bytes";
	*ret_socket = (struct acti_listener_socket){ .fd = fd, .lock_fd = -1 };
	snprintf(ret_socket->path, sizeof(ret_socket->path), "%s", address.sun_path);
	return NULL;
}

/* Credentials that come along with each message would be taken for descriptors that do. */
static void
want_no_messages(int fd)
{
	int none = 0;

	(void)setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &none, sizeof(none));
	(void)setsockopt(fd, SOL_SOCKET, SO_PASSSEC, &none, sizeof(none));
}

int
acti_linux_inherited_listener(struct acti_os *os, size_t index, struct acti_listener_socket *ret_socket,
                              const char **reterr_why)
{
	struct acti_linux *self = acti_linux_of(os);
	const char *wrong = "it is not open, or was taken before";

	if (index >= self->listener_count)
		return because(reterr_why, "there are no more", -ENOENT);
	if (self->listener_fds[index] >= 0)
		wrong = look_at(self->listener_fds[index], ret_socket);
	if (wrong != NULL)
		return because(reterr_why, wrong, -EINVAL);
	want_no_messages(ret_socket->fd);
	self->listener_fds[index] = -1;
	return 0;
}
