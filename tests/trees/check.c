/* SPDX-License-Identifier: BSD-2-Clause */
#include "check.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "trace.h"

static struct {
	int expectations, failures; /* of the check that runs */
	int saved_stderr;
	FILE *captured;
} now;

/* ---- expectations ---- */

static bool
is_flipped(const char *file, int line)
{
	const char *wanted = getenv("CHECK_FLIP");
	const char *name = strrchr(file, '/');
	char here[256];

	if (wanted == NULL)
		return false;
	snprintf(here, sizeof here, "%s:%d", name != NULL ? name + 1 : file, line);
	return strcmp(here, wanted) == 0;
}

static bool
expect_list(bool holds, const char *file, int line, const char *format, va_list arguments)
{
	now.expectations++;
	if (holds != is_flipped(file, line))
		return true;
	now.failures++;
	printf("# %s:%d: ", file, line);
	vprintf(format, arguments);
	putchar('\n');
	return false;
}

bool
expect(bool holds, const char *file, int line, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	holds = expect_list(holds, file, line, format, arguments);
	va_end(arguments);
	return holds;
}

bool
expect_int(long long actual, long long wanted, const char *file, int line, const char *what)
{
	return expect(actual == wanted, file, line, "%s is %lld, not %lld", what, actual, wanted);
}

static const char *
last_error(int code)
{
	const struct actor_error *error = actor_error_last();

	return code != 0 && error != NULL ? actor_error_text(error) : "";
}

bool
expect_code(int actual, int wanted, const char *file, int line, const char *what)
{
	return expect(actual == wanted, file, line, "%s is %d (%s), not %d (%s); %s", what, actual,
	              actor_code_name(actual), wanted, actor_code_name(wanted), last_error(actual));
}

bool
expect_text(const char *actual, const char *wanted, const char *file, int line, const char *what)
{
	return expect(actual != NULL && strcmp(actual, wanted) == 0, file, line, "%s is \"%s\", not \"%s\"", what,
	              actual != NULL ? actual : "(null)", wanted);
}

bool
expect_part(const char *actual, const char *part, const char *file, int line, const char *what)
{
	return expect(actual != NULL && strstr(actual, part) != NULL, file, line, "%s is \"%s\": no \"%s\" in it", what,
	              actual != NULL ? actual : "(null)", part);
}

/* ---- what there is ---- */

uint64_t
now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

bool
is_gone(int pid)
{
	return pid > 0 && kill(pid, 0) != 0 && errno == ESRCH;
}

void
send_signal(int pid, int number)
{
	if (pid > 1)
		kill(pid, number);
}

int
open_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = -1; /* the directory's own */

	if (directory == NULL)
		return -1;
	for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
		if (atoi(entry->d_name) > 2)
			count++;
	closedir(directory);
	return count;
}

bool
has_children(void)
{
	siginfo_t info;

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

void
capture_stderr(void)
{
	fflush(stderr);
	now.captured = tmpfile();
	now.saved_stderr = dup(STDERR_FILENO);
	dup2(fileno(now.captured), STDERR_FILENO);
}

const char *
captured_so_far(char *text, size_t size)
{
	ssize_t count = pread(fileno(now.captured), text, size - 1, 0);

	text[count > 0 ? count : 0] = '\0';
	return text;
}

const char *
captured_stderr(char *text, size_t size)
{
	captured_so_far(text, size);
	dup2(now.saved_stderr, STDERR_FILENO);
	close(now.saved_stderr);
	fclose(now.captured);
	return text;
}

/* ---- running them ---- */

static bool
is_wanted(const struct check *check, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], check->name) == 0)
			return true;
	return argc < 2;
}

static bool
run_check(const struct check *check)
{
	int descriptors = open_descriptors();
	uint64_t start = now_ms();

	trace_clear();
	now.expectations = now.failures = 0;
	EXPECT_CODE(check->run(), 0);
	EXPECT(!has_children());
	EXPECT_INT(open_descriptors(), descriptors);
	printf("%s %s # %d expectations, %d ms\n", now.failures == 0 ? "ok" : "not ok", check->name, now.expectations,
	       (int)(now_ms() - start));
	return now.failures == 0;
}

int
run_checks(const struct check *checks, size_t count, int argc, char **argv)
{
	int failures = 0, wanted = 0;

	for (size_t i = 0; i < count; i++) {
		if (!is_wanted(&checks[i], argc, argv))
			continue;
		wanted++;
		failures += !run_check(&checks[i]);
	}
	printf("1..%d\n", wanted);
	return failures > 0 || wanted == 0 ? 1 : 0;
}
