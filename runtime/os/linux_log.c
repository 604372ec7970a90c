/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Log lines go to descriptor 2, each in one write, and never make the loop wait.  O_NONBLOCK is not ours to set:
 * the descriptor is also that of the shell and of the whole tree.  So a line is written only where that cannot
 * block, and dropped otherwise; the next line that gets through is preceded by the count of those that did not.
 *
 * To ask poll() first is not enough for a pipe: every process of the tree writes into the same one, and the room
 * that two of them saw is enough for one.  Hence RWF_NOWAIT; kernels before 6.4 do not have it for pipes, and
 * only there that race is left.
 */

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <os/linux_internal.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static ssize_t
write_if_ready(const char *line, size_t size)
{
	struct pollfd ready = { .fd = STDERR_FILENO, .events = POLLOUT };

	if (poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0)
		return -1;
	return write(STDERR_FILENO, line, size);
}

static ssize_t
write_to_pipe(const char *line, size_t size)
{
	struct iovec piece = { .iov_base = (void *)(uintptr_t)line, .iov_len = size };
	ssize_t count = pwritev2(STDERR_FILENO, &piece, 1, -1, RWF_NOWAIT);

	if (count >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS))
		return count;
	return write_if_ready(line, size < PIPE_BUF ? size : PIPE_BUF); /* POLLOUT promises room for that much */
}

static bool
write_line(const char *line, size_t size)
{
	struct stat status;
	ssize_t count = -1;

	if (fstat(STDERR_FILENO, &status) != 0)
		return false;
	if (S_ISSOCK(status.st_mode))
		count = send(STDERR_FILENO, line, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	else if (S_ISFIFO(status.st_mode))
		count = write_to_pipe(line, size);
	else
		count = write_if_ready(line, size);
	return count > 0;
}

static bool
write_dropped(uint64_t dropped)
{
	char text[80];
	int size = snprintf(text, sizeof(text), "actor: %" PRIu64 " log lines were dropped here\n", dropped);

	return write_line(text, (size_t)size);
}

void
acti_linux_log(struct acti_os *os, const char *line, size_t size)
{
	struct acti_linux *self = acti_linux_of(os);

	if (self->log_dropped > 0 && write_dropped(self->log_dropped))
		self->log_dropped = 0;
	if (self->log_dropped > 0 || !write_line(line, size))
		self->log_dropped++;
}
