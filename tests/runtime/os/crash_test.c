/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What a process left of its crash, if that process was hostile: the parent reads anything, and believes no size.  The
 * traces are made by this same program, which main() starts as its own tracer.
 */

#include <criterion/criterion.h>
#include <errno.h>
#include <os/crash.h>
#include <os/linux.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PID 4711
#define PATIENCE_MS 20000

static struct acti_crash_record
good_record(void)
{
	return (struct acti_crash_record){
		.magic = ACTI_CRASH_MAGIC,
		.pid = PID,
		.signal = SIGSEGV,
		.code = SEGV_MAPERR,
		.address = 0x18,
		.build = 7,
		.task = "Square",
		.module = "demo.Tree",
		.endpoint = "Square",
	};
}

Test(crash, a_record_says_what_where_and_of_which_build)
{
	struct acti_crash_record record = good_record();
	struct acti_crash crash;

	cr_assert(acti_crash_parse(&record, sizeof record, PID, SIGSEGV, &crash));
	cr_assert_eq(crash.signal, SIGSEGV);
	cr_assert(crash.has_address);
	cr_assert_eq(crash.address, 0x18);
	cr_assert_not(crash.is_overflow);
	cr_assert_eq(crash.build, 7);
	cr_assert_str_eq(crash.task, "Square");
	cr_assert_str_eq(crash.endpoint, "demo.Tree.Square");
}

Test(crash, a_record_of_something_else_is_none)
{
	struct acti_crash_record record = good_record();
	struct acti_crash crash;

	cr_assert_not(acti_crash_parse(&record, sizeof record - 1, PID, SIGSEGV, &crash), "cut short");
	cr_assert_not(acti_crash_parse(&record, 0, PID, SIGSEGV, &crash), "empty");
	cr_assert_not(acti_crash_parse(&record, sizeof record, PID + 1, SIGSEGV, &crash), "another process");
	cr_assert_not(acti_crash_parse(&record, sizeof record, PID, SIGABRT, &crash), "another end");
	record.magic++;
	cr_assert_not(acti_crash_parse(&record, sizeof record, PID, SIGSEGV, &crash), "another form");
}

Test(crash, texts_without_an_end_are_cut)
{
	struct acti_crash_record record = good_record();
	struct acti_crash crash;

	memset(record.task, 'a', sizeof record.task);
	memset(record.module, 'b', sizeof record.module);
	memset(record.endpoint, 'c', sizeof record.endpoint);
	cr_assert(acti_crash_parse(&record, sizeof record, PID, SIGSEGV, &crash));
	cr_assert_eq(strlen(crash.task), sizeof crash.task - 1);
	cr_assert_eq(strlen(crash.endpoint), sizeof crash.endpoint - 1);
	cr_assert_eq(crash.endpoint[sizeof record.module], '.');
}

static uint64_t
next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

Test(crash, any_bytes_are_read_without_harm)
{
	uint64_t seed = 88172645463325252u;

	for (int i = 0; i < 200000; i++) {
		struct acti_crash_record record = good_record();
		unsigned char *bytes = malloc(sizeof record); /* of its own, so that a sanitizer knows its end */
		size_t size = i % 4 == 0 ? next(&seed) % (sizeof record + 1) : sizeof record;
		struct acti_crash crash;

		memcpy(bytes, &record, sizeof record);
		for (uint64_t changes = next(&seed) % 40; changes > 0; changes--)
			bytes[next(&seed) % sizeof record] = (unsigned char)next(&seed);
		if (acti_crash_parse(bytes, size, PID, SIGSEGV, &crash)) {
			cr_assert_lt(strnlen(crash.task, sizeof crash.task), sizeof crash.task);
			cr_assert_lt(strnlen(crash.endpoint, sizeof crash.endpoint), sizeof crash.endpoint);
		}
		free(bytes);
	}
}

/* ---- with files ---- */

static struct acti_os *
new_os(void)
{
	const char *step;
	struct acti_os *os;

	cr_assert_eq(acti_os_linux_new(&os, &step), 0, "%s", step);
	return os;
}

static struct acti_process
process_with(const void *bytes, size_t size)
{
	struct acti_process process = { .pid = PID, .pidfd = -1, .crash_fd = memfd_create("test", MFD_CLOEXEC) };

	cr_assert_geq(process.crash_fd, 0);
	cr_assert_eq(pwrite(process.crash_fd, bytes, size, 0), (ssize_t)size);
	return process;
}

Test(crash, only_a_process_that_a_fault_ended_has_a_record)
{
	struct acti_crash_record record = good_record();
	struct acti_process process = process_with(&record, sizeof record), nowhere = { .crash_fd = -1 };
	struct acti_os *os = new_os();
	struct acti_crash crash;

	record.signal = SIGKILL;
	cr_assert_eq(os->ops->crash_read(os, &process, SIGSEGV, &crash), 0);
	cr_assert_eq(os->ops->crash_read(os, &process, SIGSEGV | WCOREFLAG, &crash), 0);
	cr_assert_eq(os->ops->crash_read(os, &process, SIGABRT, &crash), -ENODATA);
	cr_assert_eq(os->ops->crash_read(os, &process, SIGSEGV << 8, &crash), -ENODATA, "exited");
	cr_assert_eq(os->ops->crash_read(os, &nowhere, SIGSEGV, &crash), -ENODATA);
	cr_assert_eq(pwrite(process.crash_fd, &record, sizeof record, 0), (ssize_t)sizeof record);
	cr_assert_eq(os->ops->crash_read(os, &process, SIGKILL, &crash), -ENODATA, "SIGKILL leaves no time to write");
	cr_assert_eq(ftruncate(process.crash_fd, 0), 0);
	cr_assert_eq(os->ops->crash_read(os, &process, SIGSEGV, &crash), -ENODATA, "it shrank");
	os->ops->process_close(os, &process);
	acti_os_linux_free(os);
}

/* The tracer's output, to its end. */
static size_t
trace(struct acti_os *os, const struct acti_process *process, char *text, size_t size)
{
	struct acti_process tracer;
	struct pollfd ready = { .events = POLLIN };
	size_t used = 0;
	ssize_t count;
	int status;

	cr_assert_eq(os->ops->crash_trace(os, process, &tracer, &ready.fd), 0);
	do {
		cr_assert_eq(poll(&ready, 1, PATIENCE_MS), 1);
		count = os->ops->read(os, ready.fd, text + used, size - 1 - used);
		used += count > 0 ? (size_t)count : 0;
	} while (count > 0 && used < size - 1);
	text[used] = '\0';
	os->ops->process_kill(os, &tracer, SIGKILL);
	while (os->ops->process_reap(os, &tracer, &status) == -EAGAIN)
		continue;
	os->ops->process_close(os, &tracer);
	os->ops->close(os, ready.fd);
	return used;
}

/* Sizes beyond all bounds, files that are none, a stack that is a loop: it ends, and this process is as before. */
Test(crash, a_tracer_comes_to_an_end_whatever_it_is_given)
{
	static const char maps[] = "0-ffffffffffffffff r-xp 00000000 00:00 1 /dev/zero\n"
				   "1000-2000 r-xp 00000000 00:00 1 /proc/kmsg\n"
				   "2000-1000 r-xp 00000000 00:00 1 /bin/sh\n"
				   "nonsense / \n\n/\n"
				   "400000-500000 r-xp 00000000 00:00 1 /proc/self/exe\n";
	size_t size = ACTI_CRASH_MAPS + sizeof maps;
	unsigned char *bytes = calloc(1, size);
	struct acti_os *os = new_os();
	char text[20000];

	for (int i = 0; i < 6; i++) {
		struct acti_crash_record record = good_record();
		struct acti_process process;

		record.stack_size = record.maps_size = i % 2 == 0 ? UINT64_MAX : sizeof maps - 1;
		record.register_count = i == 5 ? UINT64_MAX : i == 4 ? 1 : 17;
		record.stack_start = i == 3 ? UINT64_MAX - 100 : 0x400000;
		record.sp = record.stack_start;
		record.pc = 0x400100;
		for (size_t k = 0; k < ACTI_CRASH_REGISTERS_MAX; k++)
			record.registers[k] = 0x400000;
		memcpy(bytes, &record, sizeof record);
		memcpy(bytes + ACTI_CRASH_MAPS, maps, sizeof maps);
		process = process_with(bytes, i == 2 ? ACTI_CRASH_STACK / 2 : size);
		trace(os, &process, text, sizeof text);
		os->ops->process_close(os, &process);
	}
	free(bytes);
	acti_os_linux_free(os);
}

int
main(int argc, char **argv)
{
	struct criterion_test_set *tests;
	const char *step;
	struct acti_os *os;
	int status;

	if (getenv("ACTOR_TRACE_CRASH") != NULL)
		return acti_os_linux_new(&os, &step) == 0; /* does not return */
	tests = criterion_initialize();
	status = criterion_handle_args(argc, argv, true) ? !criterion_run_all_tests(tests) : 0;
	criterion_finalize(tests);
	return status;
}
