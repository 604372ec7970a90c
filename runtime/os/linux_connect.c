/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections to sockets with names, from either side. */

#include <errno.h>
#include <os/linux_socket.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

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

int
acti_linux_connect_to(const char *path, struct acti_credentials *ret_who)
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
	int rc = acti_linux_check_path(path, &why);

	(void)os;
	if (rc != 0)
		return rc;
	if (lstat(path, &status) != 0)
		return -errno;
	if (S_ISLNK(status.st_mode))
		return -ELOOP;
	return S_ISSOCK(status.st_mode) ? acti_linux_connect_to(path, ret_who) : -ENOTSOCK;
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
