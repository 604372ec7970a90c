/* SPDX-License-Identifier: BSD-2-Clause */
#include "trace.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define ROOM 65536

bool
trace_create(void)
{
	char path[] = "/tmp/actor-trees-XXXXXX";
	int fd = mkstemp(path);

	if (fd < 0)
		return false;
	close(fd);
	return setenv(TRACE_VARIABLE, path, 1) == 0;
}

void
trace_remove(void)
{
	unlink(getenv(TRACE_VARIABLE));
}

void
trace_clear(void)
{
	(void)!truncate(getenv(TRACE_VARIABLE), 0);
}

void
trace(const char *format, ...)
{
	const char *path = getenv(TRACE_VARIABLE);
	char line[512];
	va_list arguments;
	int fd = path != NULL ? open(path, O_WRONLY | O_APPEND | O_CLOEXEC) : -1;

	if (fd < 0)
		return;
	va_start(arguments, format);
	vsnprintf(line, sizeof line - 1, format, arguments);
	va_end(arguments);
	strcat(line, "\n");
	(void)!write(fd, line, strlen(line)); /* one write: lines of others do not mix with it */
	close(fd);
}

static const char *
read_all(char text[static ROOM])
{
	int fd = open(getenv(TRACE_VARIABLE), O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : read(fd, text, ROOM - 1);

	text[size > 0 ? size : 0] = '\0';
	if (fd >= 0)
		close(fd);
	return text;
}

/* The text is kept here, not on the small stack of a task. */
static const char *
find(const char *start, int *ret_count, int *ret_first)
{
	static char text[ROOM];
	const char *found = NULL;
	int number = 0;

	*ret_count = 0;
	for (const char *line = read_all(text); *line != '\0'; number++) {
		const char *end = strchr(line, '\n');

		if (strncmp(line, start, strlen(start)) == 0 && (*ret_count)++ == 0) {
			found = line;
			*ret_first = number;
		}
		if (end == NULL)
			break;
		line = end + 1;
	}
	return found;
}

int
trace_count(const char *start)
{
	int count, first;

	find(start, &count, &first);
	return count;
}

int
trace_line(const char *start)
{
	int count, first = -1;

	return find(start, &count, &first) != NULL ? first : -1;
}

int
trace_number(const char *start)
{
	int count, first;
	const char *line = find(start, &count, &first);
	const char *value = line != NULL ? strchr(line, '=') : NULL;

	return value != NULL ? atoi(value + 1) : -1;
}

/* False: nothing was written in time.  A signal is no reason: the watchdog's clock ticks on. */
static bool
wait_for_writing(int fd, uint64_t end_ms)
{
	char events[4096] __attribute__((aligned(8)));
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	uint64_t now = now_ms();
	int count = now < end_ms ? poll(&ready, 1, (int)(end_ms - now)) : 0;

	if (count == 1)
		return read(fd, events, sizeof events) > 0;
	return count < 0 && errno == EINTR;
}

void
trace_block_until(const char *start)
{
	uint64_t end_ms = now_ms() + PATIENCE_MS;
	int fd = inotify_init1(IN_CLOEXEC);

	if (fd < 0 || inotify_add_watch(fd, getenv(TRACE_VARIABLE), IN_MODIFY) < 0)
		trace("the trace cannot be watched");
	else
		while (trace_count(start) == 0 && wait_for_writing(fd, end_ms))
			;
	if (fd >= 0)
		close(fd);
}

const char *
trace_entry(void)
{
	static char entry[512];
	const char *path = getenv(TRACE_VARIABLE);

	snprintf(entry, sizeof entry, TRACE_VARIABLE "=%s", path != NULL ? path : "");
	return entry;
}
