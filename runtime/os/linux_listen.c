/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Sockets with names, in the file system.  There are no abstract ones: those have no owner and no mode.
 *
 *     the lock of PATH                        linux_socket_name.c
 *     write our pid into it                   for people: nothing depends on it
 *     what lies at PATH?                      nothing, or a dead socket of ours, which goes; else -EEXIST
 *     socket(), fchmod(), bind(), listen()
 *
 * A socket that is there without a lock may be another program's, or may have been handed to somebody (LISTEN_FDS).  It
 * is asked: only one that refuses a connection is dead.
 *
 * The directory is held by a descriptor, but there is no bind() of that kind: it goes by the path, and afterwards the
 * socket must be in that place.  The mode is set before bind(), so that nobody connects in between; what the umask takes
 * away from it is given back by fchmodat(), before listen().  The umask itself belongs to the whole process, other threads
 * included.
 */

#include <errno.h>
#include <fcntl.h>
#include <os/linux_socket.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128

_Static_assert(ACTI_SOCKET_PATH_SIZE == sizeof(((struct sockaddr_un *)0)->sun_path), "what the header says");

/* ---- listening -------------------------------------------------------------------------------------------------- */

/* One that has a full queue, or is for others, lives. */
static bool
is_listening(const char *path, pid_t *ret_holder)
{
	struct acti_credentials who = { 0 };
	int fd = acti_linux_connect_to(path, &who);

	if (fd == -ECONNREFUSED || fd == -ENOENT)
		return false;
	if (fd >= 0)
		(void)close(fd);
	*ret_holder = who.pid;
	return true;
}

/* With the lock held. */
static int
clear(const struct acti_linux_place *place, const char *path, pid_t *reterr_holder, const char **reterr_why)
{
	struct stat status;

	if (fstatat(place->dir_fd, place->name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? 0 : acti_linux_because(reterr_why, "fstatat", -errno);
	if (!acti_linux_is_own_socket(&status))
		return acti_linux_because(reterr_why, "something else than a socket of ours lies there", -EEXIST);
	if (is_listening(path, reterr_holder))
		return acti_linux_because(reterr_why, "a living process listens there, without a lock", -EADDRINUSE);
	if (unlinkat(place->dir_fd, place->name, 0) != 0 && errno != ENOENT)
		return acti_linux_because(reterr_why, "unlink", -errno);
	return 0;
}

/* That the path still leads to the place, and that the mode is what was asked for, whatever the umask. */
static int
check_bound(const struct acti_linux_place *place, mode_t mode, const char **reterr_why)
{
	struct stat status;

	if (fstatat(place->dir_fd, place->name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !acti_linux_is_own_socket(&status))
		return acti_linux_because(reterr_why, "somebody replaced its directory", -ENOTDIR);
	if ((status.st_mode & 0777) != mode && fchmodat(place->dir_fd, place->name, mode, AT_SYMLINK_NOFOLLOW) != 0)
		return acti_linux_because(reterr_why, "fchmodat", -errno);
	return 0;
}

static int
bind_and_listen(int fd, const struct acti_linux_place *place, const char *path, mode_t mode, const char **reterr_why)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int rc;

	memcpy(address.sun_path, path, strlen(path) + 1);
	if (fchmod(fd, mode) != 0)
		return acti_linux_because(reterr_why, "fchmod", -errno);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
		return acti_linux_because(reterr_why, "bind", errno == EADDRINUSE ? -EEXIST : -errno);
	rc = check_bound(place, mode, reterr_why);
	if (rc == 0 && listen(fd, BACKLOG) != 0)
		rc = acti_linux_because(reterr_why, "listen", -errno);
	if (rc != 0)
		(void)unlinkat(place->dir_fd, place->name, 0);
	return rc;
}

static int
open_listener(const struct acti_linux_place *place, const char *path, bool is_shared, const char **reterr_why)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), rc;

	fd = fd < 0 ? -errno : acti_linux_move_fd(fd);
	if (fd < 0)
		return acti_linux_because(reterr_why, "socket", fd);
	rc = bind_and_listen(fd, place, path, is_shared ? 0666 : 0600, reterr_why);
	if (rc == 0)
		return fd;
	(void)close(fd);
	return rc;
}

static int
listen_in(const struct acti_linux_place *place, const char *path, bool is_shared,
          struct acti_listener_socket *ret_socket, pid_t *reterr_holder, const char **reterr_why)
{
	int lock_fd = acti_linux_place_lock(place, O_CREAT, reterr_holder, reterr_why), rc;

	if (lock_fd < 0)
		return lock_fd;
	acti_linux_place_sign(lock_fd);
	rc = clear(place, path, reterr_holder, reterr_why);
	if (rc == 0)
		rc = open_listener(place, path, is_shared, reterr_why);
	if (rc < 0) {
		acti_linux_place_unlock(place, lock_fd, false);
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
	struct acti_linux_place place;
	int rc = acti_linux_place_open(&place, path, reterr_why);

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
	struct acti_linux_place place;
	const char *why;

	(void)os;
	if (socket->lock_fd >= 0 && acti_linux_place_open(&place, socket->path, &why) == 0) {
		acti_linux_place_unlock(&place, socket->lock_fd, true);
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
		return acti_linux_because(reterr_why, "there are no more", -ENOENT);
	if (self->listener_fds[index] >= 0)
		wrong = look_at(self->listener_fds[index], ret_socket);
	if (wrong != NULL)
		return acti_linux_because(reterr_why, wrong, -EINVAL);
	want_no_messages(ret_socket->fd);
	self->listener_fds[index] = -1;
	return 0;
}
