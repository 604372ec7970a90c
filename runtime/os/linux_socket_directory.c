/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Directories of sockets: made, and closed to others.  They are held by descriptors, opened without following a link, so
 * all that is looked at, made and changed on the way is in one place.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <os/linux_socket.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 40 /* on the way to a directory, as the kernel has it */

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
		return acti_linux_because(reterr_why, "fstat", -errno);
	is_ours = status.st_uid == geteuid();
	if (!is_ours && status.st_uid != 0)
		return acti_linux_because(reterr_why, "a directory above it belongs to another user", -EPERM);
	is_open = (status.st_mode & S_IWOTH) != 0 ||
	          ((status.st_mode & S_IWGRP) != 0 && !(is_ours && status.st_gid == getegid()));
	if (is_open && (status.st_mode & S_ISVTX) == 0)
		return acti_linux_because(
		    reterr_why, "anybody may replace it: a directory above it is writable for others", -EPERM);
	return 0;
}

static int
take_name(struct way *way, char ret_name[static NAME_MAX + 1], const char **reterr_why)
{
	const char *name = way->rest + strspn(way->rest, "/"), *next;
	size_t size = strcspn(name, "/");

	if (size > NAME_MAX)
		return acti_linux_because(reterr_why, "a name in its path is longer than 255 bytes", -ENAMETOOLONG);
	memcpy(ret_name, name, size);
	ret_name[size] = '\0';
	next = name + size + strspn(name + size, "/");
	memmove(way->rest, next, strlen(next) + 1);
	return 0;
}

static int
enter(struct way *way, const char *name, const char **reterr_why)
{
	int fd = openat(way->fd, name, ACTI_HOLD_DIRECTORY | O_NOFOLLOW);

	way->is_made = false;
	if (fd < 0 && errno == ENOENT) {
		way->is_made = mkdirat(way->fd, name, 0700) == 0;
		if (!way->is_made && errno != EEXIST)
			return acti_linux_because(reterr_why, "mkdir", -errno);
		fd = openat(way->fd, name, ACTI_HOLD_DIRECTORY | O_NOFOLLOW);
	}
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		return acti_linux_because(reterr_why, "something else than a directory is in its place", -ENOTDIR);
	return fd < 0 ? acti_linux_because(reterr_why, "open", -errno) : fd;
}

/* The size of its text, which is not terminated.  Its owner is who decides where it leads. */
static ssize_t
read_link(int fd, char ret_text[static PATH_MAX], const char **reterr_why)
{
	struct stat status;
	ssize_t size;

	if (fstat(fd, &status) != 0)
		return acti_linux_because(reterr_why, "fstat", -errno);
	if (!S_ISLNK(status.st_mode))
		return acti_linux_because(reterr_why, "something else than a directory is in its place", -ENOTDIR);
	if (status.st_uid != 0 && status.st_uid != geteuid())
		return acti_linux_because(reterr_why, "a link above it belongs to another user", -EPERM);
	size = readlinkat(fd, "", ret_text, PATH_MAX);
	return size < 0 ? acti_linux_because(reterr_why, "readlink", -errno) : size;
}

static int
prepend(struct way *way, const char *text, size_t size, const char **reterr_why)
{
	size_t rest_size = strlen(way->rest) + 1;

	if (size + 1 + rest_size > sizeof(way->rest))
		return acti_linux_because(reterr_why, "its path is too long", -ENAMETOOLONG);
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
		return acti_linux_because(reterr_why, "open", -errno);
	size = read_link(link_fd, text, reterr_why);
	(void)close(link_fd);
	if (size < 0)
		return (int)size;
	if (way->link_count++ == LINKS_MAX)
		return acti_linux_because(reterr_why, "there are too many links above it", -ELOOP);
	rc = prepend(way, text, (size_t)size, reterr_why);
	if (rc != 0 || text[0] != '/')
		return rc;
	root_fd = open("/", ACTI_HOLD_DIRECTORY);
	if (root_fd < 0)
		return acti_linux_because(reterr_why, "open", -errno);
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
	return S_ISSOCK(status.st_mode) ? ends_in(name, ACTI_SOCKET_SUFFIX)
	                                : S_ISREG(status.st_mode) && ends_in(name, ACTI_SOCKET_SUFFIX ACTI_LOCK_SUFFIX);
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
		rc = acti_linux_because(reterr_why, "what it holds cannot be read", -errno);
		if (fd >= 0)
			(void)close(fd);
		return rc;
	}
	while (rc == 0 && (entry = readdir(entries)) != NULL) {
		if (!is_of_registry(fd, entry->d_name))
			rc = acti_linux_because(
			    reterr_why, "it holds other files: name a directory of its own for the registry", -EPERM);
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
		return acti_linux_because(reterr_why, "fstat", -errno);
	if (status.st_uid != geteuid())
		return acti_linux_because(reterr_why, "it belongs to another user", -EPERM);
	if ((status.st_mode & S_ISVTX) != 0)
		return acti_linux_because(reterr_why, "it is a directory for all (it has the sticky bit)", -EPERM);
	if (is_mode_enough(status.st_mode, is_shared))
		return 0;
	rc = way->is_made ? 0 : check_content(way->fd, reterr_why);
	if (rc == 0 && fchmodat(way->fd, ".", is_shared ? 0711 : 0700, 0) != 0)
		rc = acti_linux_because(reterr_why, "fchmodat", -errno);
	return rc;
}

int
acti_linux_socket_directory(struct acti_os *os, const char *path, bool is_shared, const char **reterr_why)
{
	struct way way = { .fd = -1 };
	int rc = 0;

	(void)os;
	if (path[0] != '/' || path[strspn(path, "/")] == '\0')
		return acti_linux_because(reterr_why, "it is no absolute path of a directory", -EINVAL);
	if (strlen(path) >= sizeof(way.rest))
		return acti_linux_because(reterr_why, "its path is too long", -ENAMETOOLONG);
	strcpy(way.rest, path);
	way.fd = open("/", ACTI_HOLD_DIRECTORY);
	if (way.fd < 0)
		return acti_linux_because(reterr_why, "open", -errno);
	while (rc == 0 && way.rest[0] != '\0')
		rc = step(&way, reterr_why);
	if (rc == 0)
		rc = set_mode(&way, is_shared, reterr_why);
	(void)close(way.fd);
	return rc;
}
