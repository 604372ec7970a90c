/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The parent of a process that crashed.  It reads the record by itself, which takes microseconds.  It does not unwind:
 * that takes a library of tens of thousands of lines, files that the dead process has named, and milliseconds.  So a
 * process does it that is made for that, which can be waited for in the loop, and killed.
 */

#include <errno.h>
#include <os/crash.h>
#include <os/linux_internal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void
copy_text(char *to, size_t size, const char *from, size_t from_size)
{
	size_t used = strnlen(from, from_size);

	used = used < size ? used : size - 1;
	memcpy(to, from, used);
	to[used] = '\0';
}

bool
acti_crash_parse(const void *bytes, size_t size, pid_t pid, int signal, struct acti_crash *ret_crash)
{
	struct acti_crash_record record;
	size_t used;

	if (size < sizeof record)
		return false;
	memcpy(&record, bytes, sizeof record);
	if (record.magic != ACTI_CRASH_MAGIC || record.pid != pid || record.signal != signal)
		return false;
	*ret_crash = (struct acti_crash){
		.signal = signal,
		.has_address = record.code > 0,
		.is_overflow = record.is_overflow != 0,
		.address = record.address,
		.build = record.build,
	};
	copy_text(ret_crash->task, sizeof ret_crash->task, record.task, sizeof record.task);
	copy_text(ret_crash->endpoint, sizeof ret_crash->endpoint, record.module, sizeof record.module);
	used = strlen(ret_crash->endpoint);
	if (used > 0 && used + 1 < sizeof ret_crash->endpoint) {
		ret_crash->endpoint[used++] = '.';
		copy_text(ret_crash->endpoint + used, sizeof ret_crash->endpoint - used, record.endpoint,
		          sizeof record.endpoint);
	}
	return true;
}

int
acti_linux_crash_read(struct acti_os *os, const struct acti_process *process, int status, struct acti_crash *ret_crash)
{
	struct acti_crash_record record;
	ssize_t size;

	(void)os;
	if (process->crash_fd < 0 || !WIFSIGNALED(status) || !acti_crash_is_fault(WTERMSIG(status)))
		return -ENODATA;
	size = pread(process->crash_fd, &record, sizeof record, 0);
	if (size < 0 || !acti_crash_parse(&record, (size_t)size, process->pid, WTERMSIG(status), ret_crash))
		return -ENODATA;
	return 0;
}

int
acti_linux_crash_trace(struct acti_os *os, const struct acti_process *process, struct acti_process *ret_tracer,
                       int *ret_output)
{
	const struct acti_spawn spawn = { .title = "actor-trace" };
	const char *step;

	return acti_linux_start(acti_linux_of(os), &spawn, process->crash_fd, ret_tracer, ret_output, &step);
}
